"""Ways to write one block as Markdown, from the plainest to the one that always holds (raw HTML)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from jiyue.base.patterns import pattern
from jiyue.editor.document.schema import RANK, Node
from jiyue.editor.document.visible import line as seen
from jiyue.importers.bodies import escape_start

Read = Callable[[str], Node | None]


class Unspeakable(Exception):
    """This way of writing has no form for the block. str() is Chinese, or '' where another way may have one."""


class Spelling(NamedTuple):
    """tags: marks as HTML elements instead of signs; entities: every sign as a character reference; raw: the block as HTML.

    bullet: the sign of an unordered list's items.
    """

    tags: bool = False
    entities: bool = False
    raw: bool = False
    bullet: str = "-"


SPELLINGS = (Spelling(), Spelling(tags=True), Spelling(tags=True, entities=True), Spelling(raw=True))

_SAFE = pattern(r"[^\W\d_][^\\`*_{}\[\]<>&|~\n\r\t\x00-\x1f\x7f-\xa0!:]*")
"""Words that mean themselves anywhere."""
_MARKS = re.compile(r"([\\`*{}\[\]|]|(?<![^\W_])_|_(?![^\W_]))")
_ENTITY = re.compile(r"&(?=#|\w+;)")
_SIGNS = re.compile(r"[!-/:-@\[-`{-~]")
_IN_QUOTES = re.compile(r"[\\`*{}\[\]|<>&\"'!]|(?<![^\W_])_|_(?![^\W_])")
_EDGES = " \t\n\r\f"
_TAGS = {"strong": "strong", "em": "em", "underline": "u", "strike": "del", "sup": "sup", "sub": "sub", "code": "code"}
_ADDRESS = pattern(r"[^\s\x00-\x20()<>\[\]\\`\"]+")
_WIDE_ADDRESS = pattern(r"[^\x00-\x1f<>\\`\"]+")


def written(node: Node, spelling: Spelling, read: Read) -> str:
    """A block as Markdown. read: the paragraph that a text is by itself, None if it isn't one."""
    if spelling.raw:
        return raw_html(node)
    return "\n".join(_Writer(spelling, read).block(node))


class _Writer:
    def __init__(self, spelling: Spelling, read: Read) -> None:
        self.spelling, self.read, self.depth = spelling, read, 0

    def block(self, node: Node) -> list[str]:  # noqa: PLR0911  (one kind of block a line)
        """The lines of a block."""
        kind, content = node["type"], node.get("content", [])
        if kind == "paragraph":
            return self.line(content).split("\n")
        if kind == "heading":
            words = self.line(content, breaks="<br>")
            return [f"{'#' * node['attrs']['level']} {re.sub(r'(?<!&)#', lambda _: chr(92) + '#', words)}"]
        if kind in ("bullet_list", "ordered_list"):
            return self.list_of(node)
        if kind == "blockquote":
            return [f"> {line}".rstrip() for line in self.blocks(content)]
        if kind == "footnote":
            first, *others = self.blocks(content)
            return [f"[^{node['attrs']['label']}]: {first}", *(f"    {line}".rstrip() for line in others)]
        if kind in ("code_block", "data_block"):
            return _indented(node) if self.depth else _code(node)
        if kind == "horizontal_rule":
            return ["* * *"]
        if kind == "table":
            return self.table(node)
        raise Unspeakable

    def blocks(self, content: list[Node]) -> list[str]:
        out: list[str] = []
        self.depth += 1
        for node in content:
            out += ([""] if out else []) + self.block(node)
        self.depth -= 1
        return out

    def list_of(self, node: Node) -> list[str]:
        items = node["content"]
        loose = [item["attrs"]["loose"] or _is_long(item) for item in items]
        number = node["attrs"].get("start", 0)
        out: list[str] = []
        for at, item in enumerate(items):
            head = f"{number + at}. " if node["type"] == "ordered_list" else f"{self.spelling.bullet} "
            first, *others = item["content"]
            if first["type"] != "paragraph":
                raise Unspeakable
            lines = self.block(first)
            self.depth += 1
            for other in others:
                lines += ([""] if loose[at] else []) + self.block(other)
            self.depth -= 1
            out += [""] if at and loose[at] and loose[at - 1] else []
            out += [head + lines[0], *(f"    {line}".rstrip() for line in lines[1:])]
        return out

    def table(self, node: Node) -> list[str]:
        if node["attrs"]["caption"] or not _is_plain(node):
            raise Unspeakable
        rows = [[self.cell(cell) for cell in row["content"]] for row in node["content"]]
        sides = {"": "---", "left": ":---", "center": ":---:", "right": "---:"}
        rule = [sides[cell["attrs"]["align"]] for cell in node["content"][0]["content"]]
        head, *others = (f"| {' | '.join(cells)} |" for cells in rows)
        return [head, f"|{'|'.join(rule)}|", *others]

    def cell(self, cell: Node) -> str:
        content = cell["content"][0].get("content", [])
        return self.line(content, breaks="<br>", cell=True)

    # -- words --

    def line(self, content: list[Node], breaks: str = "<br>\n", *, cell: bool = False) -> str:
        """Inline nodes as Markdown: as this spelling would, or stronger if that reads as something else."""
        if len(content) == 1 and content[0]["type"] == "text" and "marks" not in content[0]:
            words = " ".join(content[0]["text"].split(" ")).strip(_EDGES)
            if _SAFE.fullmatch(words) and "  " not in words:
                return words
        wanted = seen(content)
        made = ""
        for spelling in SPELLINGS[SPELLINGS.index(self.spelling._replace(bullet="-")) : -1]:
            made = _inline(content, spelling, breaks)
            found = self.read(made.replace("\\|", "|") if cell else made)
            if found is not None and seen(found.get("content", [])) == wanted:
                return made
        return made


def _is_long(item: Node) -> bool:
    return any(one["type"] not in ("bullet_list", "ordered_list") for one in item["content"][1:])


def _is_plain(table: Node) -> bool:
    """Whether a table has the form that Markdown has: a head of one row, one paragraph a cell, no spans."""
    rows = [row.get("content", []) for row in table["content"]]
    width = len(rows[0])
    return (
        len(rows) > 1
        and width > 0
        and all(len(row) == width for row in rows)
        and all(
            cell["type"] == ("table_header" if at == 0 else "table_cell") for at, row in enumerate(rows) for cell in row
        )
        and all(
            cell["attrs"]["colspan"] == cell["attrs"]["rowspan"] == 1
            and not cell["attrs"].get("scope")
            and len(cell["content"]) == 1
            for row in rows
            for cell in row
        )
        and all(row[x]["attrs"]["align"] == rows[0][x]["attrs"]["align"] for row in rows for x in range(width))
    )


def _code(node: Node) -> list[str]:
    text = "".join(one["text"] for one in node.get("content", [])).strip("\n")
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence + (node["attrs"].get("language") or node["attrs"].get("kind", "")), *text.split("\n"), fence]


def _indented(node: Node) -> list[str]:
    """Code within a list or a quotation, where the converter knows no fences."""
    text = "".join(one["text"] for one in node.get("content", [])).strip("\n")
    if node["attrs"].get("language") or not text.strip():
        raise Unspeakable
    return [f"    {line}".rstrip() for line in text.split("\n")]


def _escaped(text: str, spelling: Spelling) -> str:
    text = re.sub(f"[{_EDGES}]+", " ", text)
    if spelling.entities:
        return _SIGNS.sub(lambda sign: f"&#{ord(sign[0])};", text)
    text = _MARKS.sub(r"\\\1", _ENTITY.sub("&amp;", text).replace("<", "&lt;"))
    return re.sub(r"!$", "&#33;", text)  # a link may follow


def _inline(content: list[Node], spelling: Spelling, breaks: str) -> str:
    """Inline nodes as Markdown on one line, or several after breaks."""
    pieces: list[tuple[str, dict[str, Node]]] = []
    for node in content:
        marks = {one["type"]: one for one in node.get("marks", [])}
        if node["type"] == "text":
            pieces += _words(node["text"], marks, spelling)
        elif node["type"] == "hard_break":
            pieces.append(("\n", {}))
        elif node["type"] == "image":
            pieces.append((_image(node, spelling), marks))
        elif node["type"] == "footnote_ref":
            pieces.append((f"[^{node['attrs']['label']}]", marks))
    text = _joined(pieces, spelling)
    lines = [escape_start(line.strip(_EDGES)) for line in text.strip(_EDGES).split("\n")]
    return breaks.join(lines)


def _words(text: str, marks: dict[str, Node], spelling: Spelling) -> list[tuple[str, dict[str, Node]]]:
    """A text with its marks; blanks at its edges lose those that signs can't put around them."""
    if not marks:
        return [(_escaped(text, spelling), {})]
    bare = text.strip(_EDGES + "\u3000\xa0")
    if not bare:
        return [(_escaped(text, spelling), {})]
    start, end = text[: text.index(bare)], text[text.rindex(bare) + len(bare) :]
    if "code" in marks and not spelling.tags:
        if "`" in bare or "\\" in bare or "|" in bare:
            inner = f"<code>{_escaped(bare, Spelling(entities=True))}</code>"
        else:
            inner = f"`{' '.join(bare.split())}`"
    else:
        inner = _escaped(bare, spelling)
        if "code" in marks:
            inner = f"<code>{inner}</code>"
    rest = {name: one for name, one in marks.items() if name != "code"}
    return [(_escaped(start, spelling), {}), (inner, rest), (_escaped(end, spelling), {})]


def _joined(pieces: list[tuple[str, dict[str, Node]]], spelling: Spelling) -> str:
    """Pieces with the signs of their marks, each as long as it can be."""
    out: list[str] = []
    open_marks: list[Node] = []
    waiting = ""  # blanks, which belong to no mark until it is known what follows
    for text, marks in pieces:
        if not text:
            continue
        if not marks and not text.strip(_EDGES + "\u3000\xa0"):
            waiting += text
            continue
        wanted = [marks[name] for name in sorted(marks, key=RANK.__getitem__)]
        same = 0
        while same < len(open_marks) and same < len(wanted) and open_marks[same] == wanted[same]:
            same += 1
        closing = "".join(_close(one, spelling) for one in reversed(open_marks[same:]))
        opening = "".join(_open(one, spelling) for one in wanted[same:])
        out += [closing, waiting, opening, text]
        waiting = ""
        open_marks = wanted
    out += [*(_close(one, spelling) for one in reversed(open_marks)), waiting]
    return "".join(out)


def _open(one: Node, spelling: Spelling) -> str:
    name = one["type"]
    if name == "link":
        return _anchor(one) if spelling.tags or not _has_plain_address(one) else "["
    if not spelling.tags and name in ("strong", "em"):
        return "**" if name == "strong" else "*"
    return f"<{_TAGS[name]}>"


def _close(one: Node, spelling: Spelling) -> str:
    name = one["type"]
    if name == "link":
        return "</a>" if spelling.tags or not _has_plain_address(one) else f"]({_target(one['attrs'])})"
    if not spelling.tags and name in ("strong", "em"):
        return "**" if name == "strong" else "*"
    return f"</{_TAGS[name]}>"


def _has_plain_address(one: Node) -> bool:
    attributes = one["attrs"]
    address = attributes.get("href") or attributes.get("src", "")
    return bool(_WIDE_ADDRESS.fullmatch(address)) and not re.search(r"[\"\\\n<>*_`\[\]&]", attributes["title"])


def _target(attributes: dict[str, str]) -> str:
    title = attributes["title"]
    address = attributes.get("href") or attributes.get("src", "")
    address = address if _ADDRESS.fullmatch(address) else f"<{address}>"
    return f'{address} "{title}"' if title else address


def _anchor(one: Node) -> str:
    attributes = one["attrs"]
    title = f' title="{_attribute(attributes["title"])}"' if attributes["title"] else ""
    return f'<a href="{_attribute(attributes["href"])}"{title}>'


def _image(node: Node, spelling: Spelling) -> str:
    attributes = node["attrs"]
    alt = " ".join(attributes["alt"].split())
    if spelling.tags or not _has_plain_address(node) or re.search(r"[\[\]\\`*_<>&\"!|{}]", alt):
        return _img(node)
    return f"![{alt}]({_target(attributes)})"


def _img(node: Node) -> str:
    attributes = node["attrs"]
    title = f' title="{_attribute(attributes["title"])}"' if attributes["title"] else ""
    return f'<img src="{_attribute(attributes["src"])}" alt="{_attribute(attributes["alt"])}"{title}>'


def _attribute(value: str) -> str:
    """A value between quotes, with no sign that the converter would take for Markdown's before it sees the element."""
    return _IN_QUOTES.sub(lambda sign: f"&#{ord(sign[0])};", " ".join(value.split()))


# -- raw HTML --


def raw_html(node: Node) -> str:
    """A block as HTML without empty lines, which the converter passes on as it is, but for what holds a footnote."""
    kind, content = node["type"], node.get("content", [])
    attributes = node.get("attrs", {})
    read = _read_inside(node)
    if kind in ("paragraph", "heading"):
        tag = "p" if kind == "paragraph" else f"h{attributes['level']}"
        return f"<{tag}{read}>{html_line(content)}</{tag}>"
    if kind in ("bullet_list", "ordered_list"):
        tag = "ul" if kind == "bullet_list" else "ol"
        start = f' start="{attributes["start"]}"' if attributes.get("start", 1) != 1 else ""
        items = "".join(f"<li{_read_inside(item)}>{_html_blocks(item['content'])}</li>\n" for item in content)
        return f"<{tag}{start}{read}>\n{items}</{tag}>"
    if kind == "blockquote":
        return f"<blockquote{read}>\n{_html_blocks(content, always=True)}\n</blockquote>"
    if kind == "horizontal_rule":
        return "<hr>"
    if kind in ("code_block", "data_block"):
        text = _SIGNS.sub(lambda sign: f"&#{ord(sign[0])};", "".join(one["text"] for one in content))
        text = text.replace("\n", "&#10;")
        name = attributes.get("language") or attributes.get("kind", "")
        language = f' class="language-{name}"' if name else ""
        return f"<pre><code{language}>{text}&#10;</code></pre>"
    if kind == "table":
        return _html_table(node)
    raise Unspeakable


def _read_inside(node: Node) -> str:
    """The attribute by which the converter reads what is in an element, for one with a footnote in it."""
    return ' markdown="1"' if _has_note(node) else ""


def _has_note(node: Node) -> bool:
    return node["type"] == "footnote_ref" or any(map(_has_note, node.get("content", [])))


def _html_blocks(content: list[Node], *, always: bool = False) -> str:
    if len(content) == 1 and content[0]["type"] == "paragraph" and not always:
        return html_line(content[0].get("content", []))
    return "\n".join(raw_html(one) for one in content)


def _html_table(node: Node) -> str:
    caption = node["attrs"]["caption"]
    read = _read_inside(node)
    if caption and read:
        raise Unspeakable("有标题的表格里不能有脚注，把标题改为表格上面的一段")
    out = [f"<table{read}>", *([f"<caption>{_html(caption)}</caption>"] if caption else [])]
    rows = node["content"]
    heads = next((at for at, row in enumerate(rows) if not _is_head(row)), len(rows))
    heads = heads if _closed(rows[:heads]) else 0
    parts = [("thead", rows[:heads]), ("tbody", rows[heads:])] if 0 < heads < len(rows) else [("", rows)]
    for name, some in parts:
        out += [f"<{name}{read}>"] if name else []
        for row in some:
            out += [f"<tr{_read_inside(row)}>", *(_html_cell(cell) for cell in row.get("content", [])), "</tr>"]
        out += [f"</{name}>"] if name else []
    return "\n".join([*out, "</table>"])


def _is_head(row: Node) -> bool:
    return bool(row.get("content")) and all(cell["type"] == "table_header" for cell in row["content"])


def _closed(rows: list[Node]) -> bool:
    """Whether no cell reaches below these rows."""
    return all(at + cell["attrs"]["rowspan"] <= len(rows) for at, row in enumerate(rows) for cell in row["content"])


def _html_cell(cell: Node) -> str:
    given = cell["attrs"]
    tag = "th" if cell["type"] == "table_header" else "td"
    spans = "".join(f' {name}="{given[name]}"' for name in ("colspan", "rowspan") if given[name] > 1)
    scope = f' scope="{given["scope"]}"' if given.get("scope") else ""
    side = f' class="align-{given["align"]}"' if given["align"] else ""
    return f"<{tag}{scope}{spans}{side}{_read_inside(cell)}>{_html_blocks(cell['content'])}</{tag}>"


def html_line(content: list[Node]) -> str:
    """Inline nodes as HTML on one line."""
    pieces: list[tuple[str, dict[str, Node]]] = []
    for node in content:
        marks = {one["type"]: one for one in node.get("marks", [])}
        if node["type"] == "text":
            code = marks.pop("code", None)
            text = _html(node["text"])
            pieces.append((f"<code>{text}</code>" if code else text, marks))
        elif node["type"] == "hard_break":
            pieces.append(("<br>", marks))
        elif node["type"] == "image":
            pieces.append((_img(node), marks))
        else:
            pieces.append((f"[^{node['attrs']['label']}]", marks))
    return _joined(pieces, Spelling(tags=True)).strip(_EDGES)


def _html(text: str) -> str:
    """Words for raw HTML, with no sign that Markdown, where it reads between elements, would take for its own."""
    text = re.sub(f"[{_EDGES}]+", " ", text)
    text = re.sub(r"[\\`*_{}\[\]|~!<>&\"]", lambda sign: f"&#{ord(sign[0])};", text)
    return re.sub(r"^([-+:#=]|\d+[.)])", lambda start: "".join(f"&#{ord(sign)};" for sign in start[0]), text)
