"""What the visual editor asks the server: a text as a document, a document as a text, a clipboard's HTML as a part of one."""

from __future__ import annotations

from base64 import b64encode
from mimetypes import guess_type

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jiyue.editor.document.parse import LONGEST, Why, parse
from jiyue.editor.document.schema import SPELLING, Invalid, Node, checked
from jiyue.editor.document.serialize import Unwritable, serialize
from jiyue.editor.model import Refused
from jiyue.editor.web.pages import data, form_of

LONGEST_PASTE = 25_000_000
"""Characters of a clipboard's HTML. Word puts its pictures into it."""


def as_document(request: Request) -> Response:
    """`{markdown}` → `{document}`, or `{why, line}` if the text can only be edited as text."""
    text = _text(request, "markdown", 2 * LONGEST)
    found = parse(text)
    if isinstance(found, Why):
        return data({"why": found.reason, "line": found.line})
    return data({"document": found})


def as_text(request: Request) -> Response:
    """`{document}` → `{markdown}`. What is no document is refused (400), what has no form in Markdown too (422)."""
    try:
        return data({"markdown": serialize(checked(form_of(request).json.get("document")))})
    except Invalid as problem:
        raise Refused(str(problem), 400) from None
    except Unwritable as problem:
        raise Refused(str(problem), 422) from None


def pasted(request: Request) -> Response:
    """`{html}` of the clipboard, or a form with a Word file or a workbook as `file` → `{content, losses, files}`.

    content: blocks; losses: what could not be carried, in Chinese; files: pictures that were in it ({name, type, data in
    base64}), by whose names content refers to them. They aren't saved yet.
    """
    # lxml and the readers of many formats, only when something is pasted
    from jiyue.importers.word.clipboard import convert_html  # noqa: PLC0415  (as said)
    from jiyue.importers.word.converted import BadDocument  # noqa: PLC0415  (as said)
    from jiyue.importers.word.formats import convert_file  # noqa: PLC0415  (as said)

    brought = form_of(request).uploads("file")[:1]
    try:
        made = next((convert_file(one.data, one.name) for one in brought), None)
        made = made or convert_html(_text(request, "html", LONGEST_PASTE))
    except BadDocument as problem:
        raise Refused(f"{problem}。{problem.hint}".replace("。。", "。"), 422) from None
    files = [
        {"name": name, "type": guess_type(name)[0] or "application/octet-stream", "data": b64encode(content).decode()}
        for name, content in made.files.items()
    ]
    losses = [f"{loss.place}：{loss.message}" if loss.place else loss.message for loss in made.losses]
    return data({"content": _content(made.markdown), "losses": losses, "files": files})


routes = [
    Route("/api/parse", as_document, methods=["POST"]),
    Route("/api/serialize", as_text, methods=["POST"]),
    Route("/api/paste", pasted, methods=["POST"]),
]


def _text(request: Request, name: str, longest: int) -> str:
    text = form_of(request).json.get(name)
    if not isinstance(text, str):
        raise Refused(f"请求里没有 {name}", 400)
    if len(text) > longest:
        raise Refused(f"内容有 {len(text)} 字，超过 {longest} 字", 413)
    return text


def _content(markdown: str) -> list[Node]:
    """Blocks to insert: without the spelling that they had elsewhere, source blocks as plain paragraphs of their text."""
    found = parse(markdown)
    if isinstance(found, Why):
        raise Refused(f"粘贴的内容没有合适的写法：{found.reason}。可以粘贴为纯文本", 422)
    out: list[Node] = []
    for block in found["content"]:
        if block["type"] == "source":
            lines = block["attrs"]["source"].split("\n")
            out += [
                {"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines if line.strip()
            ]
        else:
            kept = {name: value for name, value in block["attrs"].items() if name not in SPELLING}
            out.append({**block, "attrs": kept})
    return out
