"""HTML as our converter and officers write it -> nodes of a document.

Only well-formed HTML whose every element and attribute has a place in the schema is understood; a guess would change
what a reader sees.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any, NamedTuple

from jiyue.base.patterns import pattern
from jiyue.editor.document.schema import ALIGNS, RANK, Node, is_local, joined, mark, safe_address, strange

VOID = frozenset({"br", "hr", "img"})
FOOTNOTE = "x-footnote"
"""Element that stands for a reference to a footnote; its label is its attribute `label`."""

_MARKS = {
    "strong": "strong", "b": "strong", "em": "em", "i": "em", "u": "underline", "ins": "underline", "s": "strike",
    "del": "strike", "sup": "sup", "sub": "sub", "code": "code",
}  # fmt: skip
_SPACE = pattern(r"[ \t\n\r\f]+")
_ALIGN = pattern(r"text-align: ?(left|center|right);?|align-(left|center|right)")
_HEADING = pattern(r"h[1-6]")
_LANGUAGE = pattern(r"language-([\w+#.-]{1,30})")


class NotUnderstood(Exception):
    """HTML that has no place in a document. str() is Chinese and says what it is."""


class Element(NamedTuple):
    """An element with its attributes and, in order, the texts and elements in it."""

    tag: str
    attributes: dict[str, str]
    children: list[Element | str]


def elements(html: str) -> list[Element | str]:
    """The top elements of well-formed HTML. Raises NotUnderstood."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    if len(reader.open) != 1:
        raise NotUnderstood(f"没有结束的 <{reader.open[-1].tag}>")
    return reader.open[0].children


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("", {}, [])]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if len(given) != len(attrs):
            raise NotUnderstood(f"<{tag}> 的属性重复")
        made = Element(tag, given, [])
        self.open[-1].children.append(made)
        if tag not in VOID:
            self.open.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            raise NotUnderstood(f"<{tag}/>")
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if len(self.open) < 2 or self.open[-1].tag != tag:
            raise NotUnderstood(f"多余的 </{tag}>")
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if strange(data):
            raise NotUnderstood("看不见的控制字符")
        self.open[-1].children.append(data)

    def handle_comment(self, data: str) -> None:
        raise NotUnderstood("HTML 注释")

    def handle_decl(self, decl: str) -> None:
        raise NotUnderstood("HTML 声明")

    def unknown_decl(self, data: str) -> None:
        raise NotUnderstood("HTML 声明")

    def handle_pi(self, data: str) -> None:
        raise NotUnderstood("处理指令")


def blocks(children: list[Element | str], *, nested: bool = True) -> list[Node]:
    """The blocks of a container; words directly in it are paragraphs. Raises NotUnderstood."""
    out: list[Node] = []
    line: list[Element | str] = []

    def end() -> None:
        if content := inline(line):
            out.append(paragraph(content))
        line.clear()

    for child in children:
        if isinstance(child, Element) and child.tag in _BLOCKS:
            end()
            out.append(block(child))
            if nested and out[-1]["type"] in ("data_block", "horizontal_rule"):
                raise NotUnderstood("列表、引用里的图表或者分隔线")
        else:
            line.append(child)
    end()
    return out


def paragraph(content: list[Node]) -> Node:
    """A paragraph of inline nodes."""
    return _node("paragraph", content, source="", before="")


def block(element: Element) -> Node:
    """The node of a block element. Raises NotUnderstood."""
    made = _BLOCKS.get(element.tag)
    if made is None:
        raise NotUnderstood(f"<{element.tag}>")
    node: Node = made(element)
    return node


def _node(kind: str, content: list[Node], /, **attributes: Any) -> Node:
    node: Node = {"type": kind}
    if attributes:
        node["attrs"] = attributes
    if content:
        node["content"] = content
    return node


def _only(element: Element, *names: str) -> dict[str, str]:
    for name in element.attributes:
        if name not in names:
            raise NotUnderstood(f"<{element.tag}> 的属性 {name}")
    return element.attributes


def _paragraph(element: Element) -> Node:
    _only(element)
    return paragraph(inline(element.children))


def _heading(element: Element) -> Node:
    _only(element)
    return _node("heading", inline(element.children), level=int(element.tag[1]), source="", before="")


def _quote(element: Element) -> Node:
    _only(element)
    content = blocks(element.children)
    if not content:
        raise NotUnderstood("空的引用")
    return _node("blockquote", content, source="", before="")


def _list(element: Element) -> Node:
    given = _only(element, "start") if element.tag == "ol" else _only(element)
    items = []
    for child in element.children:
        if isinstance(child, str):
            if child.strip():
                raise NotUnderstood("列表里的文字不在任何一项里")
            continue
        if child.tag != "li":
            raise NotUnderstood(f"列表里的 <{child.tag}>")
        _only(child)
        content = blocks(child.children)
        if not content or content[0]["type"] != "paragraph":
            content = [paragraph([]), *content]
        loose = any(isinstance(one, Element) and one.tag == "p" for one in child.children)
        items.append(_node("list_item", content, loose=loose))
    if not items:
        raise NotUnderstood("空的列表")
    if element.tag == "ul":
        return _node("bullet_list", items, source="", before="")
    start = given.get("start", "1")
    if not re.fullmatch("[0-9]{1,9}", start):
        raise NotUnderstood("列表的序号不是数字")
    return _node("ordered_list", items, start=int(start), source="", before="")


def _rule(element: Element) -> Node:
    _only(element)
    return _node("horizontal_rule", [], source="", before="")


def _code(element: Element) -> Node:
    _only(element)
    inside = element.children
    if len(inside) != 1 or not isinstance(inside[0], Element) or inside[0].tag != "code":
        raise NotUnderstood("<pre> 里不是 <code>")
    given = _only(inside[0], "class").get("class", "")
    language = _LANGUAGE.fullmatch(given) if given else None
    if given and not language:
        raise NotUnderstood(f"代码的样式 {given[:40]}")
    if any(isinstance(one, Element) for one in inside[0].children):
        raise NotUnderstood("代码里的标签")
    text = "".join(one for one in inside[0].children if isinstance(one, str)).removesuffix("\n")
    content: list[Node] = [{"type": "text", "text": text}] if text else []
    name = language[1] if language else ""
    if name in ("chart", "table"):
        return _node("data_block", content, kind=name, source="", before="")
    return _node("code_block", content, language=name, source="", before="")


def _table(element: Element) -> Node:
    _only(element)
    caption, rows = "", []
    for part in _parts(element, "caption", "thead", "tbody", "tfoot", "tr"):
        _only(part)
        if part.tag == "caption":
            if any(isinstance(one, Element) for one in part.children) or caption:
                raise NotUnderstood("表格的标题里的标签")
            caption = _SPACE.sub(" ", "".join(map(str, part.children))).strip()
        elif part.tag == "tr":
            rows.append(_row(part))
        else:
            for row in _parts(part, "tr"):
                rows.append(_row(row))
    if not rows or not rectangular(rows):
        raise NotUnderstood("表格各行的格数不一")
    return _node("table", rows, caption=caption, source="", before="")


def _parts(element: Element, *names: str) -> list[Element]:
    out = []
    for child in element.children:
        if isinstance(child, Element) and child.tag in names:
            out.append(child)
        elif isinstance(child, Element) or child.strip():
            raise NotUnderstood(f"<{element.tag}> 里的{f'<{child.tag}>' if isinstance(child, Element) else '文字'}")
    return out


def _row(element: Element) -> Node:
    _only(element)
    cells = []
    for cell in _parts(element, "td", "th"):
        given = _only(cell, "colspan", "rowspan", "style", "class", "align", *(["scope"] if cell.tag == "th" else []))
        placed = given.get("style") or given.get("class") or given.get("align") or ""
        match = _ALIGN.fullmatch(placed.strip())
        side = (match[1] or match[2]) if match else placed
        if side not in ALIGNS or sum(name in given for name in ("style", "class", "align")) > 1:
            raise NotUnderstood(f"单元格的样式 {placed[:40]}")
        attributes: dict[str, Any] = {name: _span(given.get(name, "1")) for name in ("colspan", "rowspan")}
        attributes["align"] = side
        if cell.tag == "th":
            attributes["scope"] = given.get("scope", "")
            if attributes["scope"] not in ("", "col", "row", "colgroup", "rowgroup"):
                raise NotUnderstood("表头的 scope")
        content = blocks(cell.children) or [paragraph([])]
        if any(one["type"] != "paragraph" for one in content):
            raise NotUnderstood("单元格里的列表、表格或者标题")
        cells.append(_node("table_header" if cell.tag == "th" else "table_cell", content, **attributes))
    return _node("table_row", cells)


def _span(written: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,2}|1000", written):
        raise NotUnderstood("合并单元格的数目")
    return int(written)


def rectangular(rows: list[Node]) -> bool:
    """Whether the cells of a table fill a rectangle, each place once."""
    width = 0
    taken: dict[tuple[int, int], bool] = {}
    for y, row in enumerate(rows):
        x = 0
        for cell in row.get("content", []):
            while (y, x) in taken:
                x += 1
            wide, high = cell["attrs"]["colspan"], cell["attrs"]["rowspan"]
            if y + high > len(rows) or wide * high > 100_000:
                return False
            for place in ((y + down, x + right) for down in range(high) for right in range(wide)):
                if place in taken:
                    return False
                taken[place] = True
            x += wide
            width = max(width, x)
    return width > 0 and len(taken) == width * len(rows)


_BLOCKS = {
    "p": _paragraph,
    **{f"h{level}": _heading for level in range(1, 7)},
    "blockquote": _quote,
    "ul": _list,
    "ol": _list,
    "hr": _rule,
    "pre": _code,
    "table": _table,
}


def inline(children: list[Element | str]) -> list[Node]:
    """The inline nodes of a line of words, white space as a browser shows it. Raises NotUnderstood."""
    found: list[Node] = []
    _collect(children, {}, found)
    out: list[Node] = []
    blank = True  # at the start, after a line break or a blank: further white space isn't seen
    for node in found:
        if node["type"] == "text":
            text = _SPACE.sub(" ", node["text"])
            if blank:
                text = text.removeprefix(" ")
            if text:
                blank = text.endswith(" ")
                out.append({**node, "text": text})
        else:
            if node["type"] == "hard_break":
                _trim(out)
            blank = node["type"] == "hard_break"
            out.append(node)
    _trim(out)
    return joined(out)


def _trim(out: list[Node]) -> None:
    while out and out[-1]["type"] == "text":
        text = out[-1]["text"].rstrip(" ")
        if text:
            out[-1] = {**out[-1], "text": text}
            return
        out.pop()


def _collect(children: list[Element | str], marks: dict[str, Node], out: list[Node]) -> None:
    for child in children:
        if isinstance(child, str):
            out.append(_marked({"type": "text", "text": child}, marks))
            continue
        tag = child.tag
        if tag == "br":
            _only(child)
            out.append(_marked({"type": "hard_break"}, marks))
        elif tag == "img":
            given = _only(child, "src", "alt", "title")
            if not is_local(given.get("src", "")):
                raise NotUnderstood("别的网站的图片")
            out.append(
                _marked(_node("image", [], **{name: given.get(name, "") for name in ("src", "alt", "title")}), marks)
            )
        elif tag == FOOTNOTE:
            out.append(_marked(_node("footnote_ref", [], label=child.attributes["label"]), marks))
        elif tag == "a":
            given = _only(child, "href", "title", "rel")
            if not given.get("href") or not safe_address(given["href"]):
                raise NotUnderstood("链接的地址")
            if "link" in marks:
                raise NotUnderstood("链接里的链接")
            made = mark("link", href=given["href"], title=given.get("title", ""))
            _collect(child.children, {**marks, "link": made}, out)
        elif tag in _MARKS:
            _only(child)
            name = _MARKS[tag]
            _collect(child.children, {**marks, name: mark(name)}, out)
        else:
            raise NotUnderstood(f"<{tag}>")


def _marked(node: Node, marks: dict[str, Node]) -> Node:
    if marks:
        node["marks"] = [marks[name] for name in sorted(marks, key=RANK.__getitem__)]
    return node
