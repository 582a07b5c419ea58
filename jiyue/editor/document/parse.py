"""Markdown of our dialect -> a document.

The converter that makes an article's page is asked what a block means, so that the editor shows what the page shows: the
block's HTML becomes its node. Each block carries its own text (`source`) and the white space before it, from which
`serialize` gives back byte for byte what nobody changed. A block that HTML understood by `elements` can't express is
shown as its text (`source` node).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from jiyue.base.patterns import pattern
from jiyue.catalogue.complexity import too_complex
from jiyue.catalogue.dialect import python_markdown
from jiyue.editor.document.elements import FOOTNOTE, NotUnderstood, blocks, elements, paragraph
from jiyue.editor.document.schema import Node, strange
from jiyue.editor.document.segments import Segment, segments
from jiyue.render.fast_markdown import quick

LONGEST = 150_000
"""Most characters of a body that is edited visually."""
MOST_BLOCKS = 5_000
MOST_DEFINED = 2_000_000
"""Characters of definitions that are read, all of them with each block that may refer to one: a few seconds."""
_MOST_SOURCE = 0.25
"""Largest share of a body in blocks that are shown as their text."""
_WIDEST = 12
"""Most proposed blocks that are joined into one."""

_PLAIN = pattern(r"[^\W\d_][^\\`*_{}\[\]<>&|~\n\r\t\x00-\x20\x7f-\xa0\u2028\u2029\u3000!:]*")
"""A line of words without anything that a converter could take for a mark."""
_DEFINITION = pattern(r"^ {0,3}(?:\[[^\]\n]*\]:|\*\[[^\]\n]*\]:)", re.MULTILINE)
_REFERENCE = pattern(r"^ {0,3}\[(?!\^)[^\]\n]*\]:.*", re.MULTILINE)
_LABEL = pattern(r"^ {0,3}\[\^([^\]\n]*)\]:", re.MULTILINE)
_NOTES = pattern(r'\n?<div class="footnote">\n<hr>\n<ol>\n(.*)</ol>\n</div>\Z', re.DOTALL)
_NOTE = pattern(r'<li id="fn:([^"]*)">\n(.*?)\n</li>\n(?=<li id="fn:|\Z)', re.DOTALL)
_BACK = pattern(
    r'(?:&#160;)?<a class="footnote-backref"[^>]*>[^<]*</a>|<p>(?:<a class="footnote-backref"[^>]*>[^<]*</a>)+</p>'
)
_MARK = pattern(r'<sup id="fnref\d*:([^"]*)"><a class="footnote-ref" href="#fn:\1">\d+</a></sup>')
_BLANK = pattern(r"\s+")
_FENCED = pattern(r"^(```+|~~~+).*?^\1 *$", re.MULTILINE | re.DOTALL)


class Why(NamedTuple):
    """Why a body opens as its text. reason: Chinese; line: counts from 1 within the body, 0 if it isn't one line's."""

    reason: str
    line: int = 0


class Context(NamedTuple):
    """What the meaning of a block depends on beside itself: definitions of references, labels of footnotes."""

    references: str = ""
    labels: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        notes = "\n\n".join(f"[^{label}]: x" for label in self.labels)
        return f"\n\n{self.references}\n\n{notes}" if self.references or notes else ""


class Block(NamedTuple):
    """A block's node, the HTML that it stands for, and why it is shown as its text ('' if it isn't)."""

    node: Node
    html: str
    reason: str = ""


def parse(text: str) -> Node | Why:  # noqa: PLR0911  (each refusal is one line)
    """A body as a document of schema.json, or why it can only be edited as text. Its nodes are shared: `checked` copies them."""
    if len(text) > LONGEST:
        return Why(f"正文有 {len(text)} 字，超过可视编辑的 {LONGEST} 字")
    if "\r" in text or strange(text):
        return Why("正文里有看不见的控制字符或者回车符", _strange_line(text))
    if (at := too_complex(text)) is not None:
        return Why("正文的标记太多，或者有没有结束的标记", text.count("\n", 0, at) + 1)
    proposed, end = segments(text)
    if not proposed:
        return {"type": "doc", "attrs": {"end": text}, "content": [paragraph([])]}
    if len(proposed) > MOST_BLOCKS:
        return Why(f"正文有 {len(proposed)} 段，超过可视编辑的 {MOST_BLOCKS} 段")
    context = context_of(text)
    if len(context.text) * sum("[" in one.source for one in proposed) > MOST_DEFINED:
        return Why("正文里链接、缩写、脚注的定义太多", 0)
    html = quick(text)
    whole, notes = _parted(python_markdown(text) if html is None else html)
    nodes: list[Node] = []
    unclear, reason, line = 0, "", 0
    done = at = 0
    while at < len(proposed):
        found = _next(proposed, at, _Whole(whole, notes, html is not None), done, context)
        if found is None:
            return Why("这一段的写法和前后文连在一起，认不出它的边界", proposed[at].line)
        segment, block, width, done = found
        attributes = {**block.node.get("attrs", {}), "source": segment.source, "before": segment.before}
        nodes.append({**block.node, "attrs": attributes})
        if block.reason:
            unclear += len(segment.source)
            reason, line = reason or block.reason, line or segment.line
        at += width
    if whole[done:].strip():
        return Why("正文的写法前后相连，认不出各段的边界")
    if unclear > max(_MOST_SOURCE * len(text), 200) and unclear > 200:
        return Why(f"正文有 {round(100 * unclear / len(text))}% 是可视编辑没有的写法，如：{reason}", line)
    return {"type": "doc", "attrs": {"end": end}, "content": nodes}


def context_of(text: str) -> Context:
    """What a text defines."""
    if "]:" not in text:
        return Context()
    bare = _FENCED.sub("", text)
    labels = tuple(dict.fromkeys(_LABEL.findall(bare)))
    return Context("\n".join(_REFERENCE.findall(bare)), labels)


@lru_cache(maxsize=2048)
def parse_block(source: str, context: Context, fast: bool = True) -> Block:
    """One block by itself. fast: whether the quick converter may read it; the node is the same, its HTML is spelled otherwise."""
    if "\n" not in source and _PLAIN.fullmatch(source):
        words = source.rstrip()
        return Block(paragraph([{"type": "text", "text": words}]), f"<p>{words}</p>")
    extra = context.text if "[" in source else ""
    note = _LABEL.match(source)
    if note:
        html, notes = _parted(python_markdown(f"[^{note[1]}]\n\n{source}{Context(context.references).text}"))
        html = ""
    else:
        quickly = quick(source) if fast and not extra else None
        html, notes = _parted(python_markdown(source + extra) if quickly is None else quickly)
    try:
        if note:
            return Block(_note(note[1], notes.get(note[1], ""), source), "")
        if _DEFINITION.search(_FENCED.sub("", source)):
            raise NotUnderstood("链接、缩写的定义")
        if f"<{FOOTNOTE}" in source.lower():
            raise NotUnderstood("自定义的标签")
        found = blocks(elements(html), nested=False)
        if len(found) != 1:
            raise NotUnderstood("没有文字" if not found else "几个部分之间没有空行")
        return Block(found[0], html)
    except NotUnderstood as problem:
        return Block({"type": "source", "attrs": {"source": "", "before": ""}}, html, str(problem))


def _note(label: str, html: str, source: str) -> Node:
    if len(_LABEL.findall(source)) != 1:
        raise NotUnderstood("脚注里的脚注定义")
    content = blocks(elements(html))
    if not content or content[0]["type"] != "paragraph":
        content = [paragraph([]), *content]
    if not re.fullmatch(r"[\w-]{1,40}", label):
        raise NotUnderstood("脚注的名称")
    return {"type": "footnote", "attrs": {"label": label, "source": "", "before": ""}, "content": content}


class _Whole(NamedTuple):
    """The HTML of the whole text, its footnotes', and whether the quick converter made it."""

    html: str
    notes: dict[str, str]
    fast: bool


def _next(
    proposed: list[Segment], at: int, whole: _Whole, done: int, context: Context
) -> tuple[Segment, Block, int, int] | None:
    """The block that begins here, how many proposed ones it takes, and where its HTML ends in that of the whole text."""
    blank = _BLANK.match(whole.html, done)
    start = blank.end() if blank else done
    segment = proposed[at]
    for width in range(1, min(_WIDEST, len(proposed) - at) + 1):
        if width > 1:
            more = proposed[at + width - 1]
            segment = Segment(segment.before, segment.source + more.before + more.source, segment.line)
        block = parse_block(segment.source, context, whole.fast)
        if block.node["type"] == "footnote" and not _same_note(block.node, segment.source, whole.notes):
            continue
        end = start + len(block.html)
        if whole.html.startswith(block.html, start) and (
            not block.html or end == len(whole.html) or whole.html[end].isspace()
        ):
            return segment, block, width, end if block.html else done
    return None


def _same_note(node: Node, source: str, notes: dict[str, str]) -> bool:
    label = node["attrs"]["label"]
    try:
        return label in notes and node["content"] == blocks(elements(notes[label]))
    except NotUnderstood:
        return False


def _parted(html: str) -> tuple[str, dict[str, str]]:
    """The HTML of a text without its footnotes, and theirs by label. References to them get an element of their own."""
    notes: dict[str, str] = {}
    if 'class="footnote' in html:
        if match := _NOTES.search(html):
            html = html[: match.start()]
            notes = {name: _MARK.sub(_as_element, _BACK.sub("", inner)) for name, inner in _NOTE.findall(match[1])}
        html = _MARK.sub(_as_element, html)
    return html, notes


def _as_element(match: re.Match[str]) -> str:
    return f'<{FOOTNOTE} label="{match[1]}"></{FOOTNOTE}>'


def _strange_line(text: str) -> int:
    return next((n for n, line in enumerate(text.split("\n"), 1) if "\r" in line or strange(line)), 0)
