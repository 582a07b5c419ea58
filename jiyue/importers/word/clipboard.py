"""Converts what Word, WPS and browsers put on the clipboard as HTML.

Office programs write the number of an automatic list, as they show it, in a span of `mso-list:Ignore`, which every browser
shows and no editor keeps; here it stays. Notes are linked by `mso-footnote-id`, deleted text is `<del>`.
"""

from __future__ import annotations

import base64
import binascii
import copy
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import unquote_to_bytes

import lxml.html

from jiyue.base import clock
from jiyue.importers import html
from jiyue.importers.word import marks
from jiyue.importers.word.assemble import Shown, assemble
from jiyue.importers.word.completeness import Passage, missing, page_text, squeezed
from jiyue.importers.word.converted import BadDocument, Converted, Loss
from jiyue.importers.word.facts import read_facts
from jiyue.importers.word.headings import Block
from jiyue.importers.word.looks import Look
from jiyue.importers.word.pictures import NotShown, as_file, description

LONGEST = 25_000_000
"""Characters, with the pictures in them."""
DEEPEST = 200
_HEADER = re.compile(r"\s*Version:[\d.]+\s(?:\w+:[^\r\n]*\s)*?(?=\s*<)")
"""What Windows puts before the HTML (CF_HTML)."""
_BLOCKS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "td", "th", "div", "dd", "dt", "caption", "pre"})
_BULLETS = frozenset("·•●○■□◆◇▪▫–-oØü§lnuvwqþ➢✓")
_SYMBOLS = re.compile(r"symbol|wingdings|webdings", re.IGNORECASE)
_LEVEL = re.compile(r"mso-list:[^;]*\blevel(\d)")
_NOTE = re.compile(r"mso-(?:footnote|endnote)-id:\s*([\w-]+)")
_POINTS = re.compile(r"([\d.]+)\s*(pt|px)?")


def convert_html(text: str) -> Converted:
    """Convert HTML of the clipboard, also with Windows' header before it. Raises BadDocument.

    All words are in the Markdown; the fields repeat what they state.
    """
    if len(text) > LONGEST:
        raise BadDocument(f"内容超过 {LONGEST // 1_000_000} MB，太大", "分几次粘贴，或者导入 Word 文件。")
    try:
        root = html.parse(marks.clean(_HEADER.sub("", text, count=1)))
    except ValueError:
        raise BadDocument("剪贴板里没有可以读的内容", "重新复制一次，或者粘贴为纯文本。") from None
    body = root.find("body") if root.find("body") is not None else root
    if _depth(body) > DEEPEST:
        raise BadDocument("内容套了太多层", "粘贴为纯文本，再设置格式。")
    return _Paste(body).converted()


class _Paste:
    def __init__(self, body: Any) -> None:
        self.body = body
        self.losses: list[Loss] = []
        self.files: dict[str, bytes] = {}
        self.pictures: list[Shown] = []

    def converted(self) -> Converted:
        self._drop()
        whole = copy.deepcopy(self.body)
        notes = self._notes()
        self._numbers(self.body)
        for note in notes:
            self._numbers(note)
        for holder in (self.body, *notes):
            self._pictures(holder)
        for table in self.body.iter("table"):
            html.mark_head(table)
        fields = self._headings()
        text = html.to_markdown(self.body, "")
        markdown = assemble(text, self.pictures, [html.to_markdown(note, "") for note in notes])
        for words in missing(_passages(whole), page_text(markdown)):
            self.losses.append(Loss("全文核对", f"下面的文字没有带入，请对照原文补上：{words[:80]}"))
        return Converted(markdown, fields, self.files, tuple(dict.fromkeys(self.losses)))

    def _drop(self) -> None:
        """Take away what the program does not show as text: deleted words, comments, hidden words."""
        for one in list(self.body.iter()):
            if not isinstance(one.tag, str) or one.getparent() is None:
                continue
            style = _style(one)
            if one.tag == "del" and "msodel" in (one.get("class") or "").lower():
                self._dropped(one, "修订中删除的文字没有带入")
            elif one.tag == "ins":
                one.drop_tag()
            elif "mso-element:comment" in style or "mso-special-character:comment" in style:
                self._dropped(one, "批注没有带入")
            elif "mso-comment-reference" in style:
                one.drop_tag()
            elif "mso-hide:all" in style:
                self._dropped(one, "隐藏的文字没有带入")

    def _dropped(self, one: Any, message: str) -> None:
        words = " ".join(one.text_content().split())
        if words and words != "[]":
            self.losses.append(Loss("剪贴板", f"{message}：{words[:30]}"))
        one.drop_tree()

    def _notes(self) -> list[Any]:
        """Put marks where the text refers to notes; the notes, in their order, taken out of the text."""
        found: dict[str, Any] = {}
        for one in list(self.body.iter("div")):
            if re.search("mso-element:(?:footnote|endnote)(?![-\\w])", _style(one)) and one.get("id"):
                found[one.get("id")] = one
        if not found:
            return []
        order = list(found)
        for link in list(self.body.iter("a")):
            match = _NOTE.search(_style(link))
            if not match or match[1] not in found:
                continue
            inside = any(above is found[match[1]] for above in link.iterancestors())
            mark = "" if inside else marks.mark(marks.NOTE, order.index(match[1]))
            _replace(link, mark)
        lists = [
            one for one in self.body.iter("div") if re.search("mso-element:(?:footnote|endnote)-list", _style(one))
        ]
        for note in found.values():
            note.getparent().remove(note)
        for one in lists:
            if not one.text_content().strip() and one.getparent() is not None:
                one.drop_tree()
        return list(found.values())

    def _numbers(self, holder: Any) -> None:
        """Keep the number of each list item; items that have only a mark become lists."""
        items: list[tuple[Any, int]] = []
        for span in list(holder.iter("span")):
            if "mso-list:ignore" not in _style(span):
                continue
            label = " ".join(span.text_content().replace("\xa0", " ").split())
            paragraph = next((one for one in span.iterancestors() if one.tag in _BLOCKS), None)
            symbol = any(
                _SYMBOLS.search(_style(one)) for one in (span, *span.iterancestors("span"), *span.iter("span"))
            )
            if paragraph is not None and (symbol or not label or (len(label) == 1 and label in _BULLETS)):
                level = _LEVEL.search(_style(paragraph))
                _replace(span, "")
                items.append((paragraph, int(level[1]) if level else 1))
            else:
                gap = "" if re.search(r"[、，．：；）】〕》)\]]$", label) else " "
                _replace(span, label + gap)
        _as_lists(items)

    def _pictures(self, holder: Any) -> None:
        for image in list(holder.iter("img")):
            source = (image.get("src") or "").strip()
            alt = description(image.get("alt"), image.get("title"))
            if source[:5].lower() != "data:":
                if not re.match("https?:", source, re.IGNORECASE):
                    message = "图片没有随剪贴板过来，请另存为文件后插入" + (f"（{alt}）" if alt else "")
                    self.losses.append(Loss("剪贴板", message))
                    _replace(image, "")
                else:
                    self.losses.append(Loss("剪贴板", f"别处网页上的图片改成了链接：{source[:80]}", lost=False))
                continue
            try:
                name, data = as_file(_data(source))
            except NotShown as why:
                self.losses.append(Loss("剪贴板", f"图片没有带入：{why}"))
                _replace(image, "")
                continue
            self.files[name] = data
            if not alt:
                self.losses.append(Loss("剪贴板", "图片没有说明文字（替代文字），请补上", lost=False))
            _replace(image, marks.mark(marks.PICTURE, len(self.pictures)))
            self.pictures.append(Shown(name, alt))

    def _headings(self) -> dict[str, str]:
        """Make headings of the paragraphs that are some; what the text states about itself."""
        paragraphs = [
            one for one in self.body.iter("p", "h1", "h2", "h3", "h4", "h5", "h6", "div")
            if not any(above.tag in ("td", "th", "li", "blockquote") for above in one.iterancestors())
            and not any(isinstance(inner.tag, str) and inner.tag in (*_BLOCKS, "table", "ul", "ol") for inner in one.iterdescendants())
        ]  # fmt: skip
        blocks = [Block(" ".join(marks.without(one.text_content()).split()), _look(one)) for one in paragraphs]
        facts = read_facts(blocks, datetime.fromisoformat(clock.now()))
        for at, one in enumerate(paragraphs):
            level = facts.levels.get(at, 0)
            if level or re.fullmatch("h[1-6]", one.tag):
                one.tag = f"h{level}" if level else "p"
            if level:
                for bold in list(one.iter("b", "strong")):
                    bold.drop_tag()
        return dict(facts.fields)


def _as_lists(items: list[tuple[Any, int]]) -> None:
    """Make nested lists of paragraphs with marks; those that follow each other are one list."""
    open_lists: list[tuple[int, Any]] = []
    last: Any = None
    for paragraph, level in items:
        if last is None or paragraph.getprevious() is not last:
            open_lists = []
        while open_lists and open_lists[-1][0] > level:
            open_lists.pop()
        if not open_lists:
            holder = lxml.html.Element("ul")
            paragraph.addprevious(holder)
            open_lists.append((level, holder))
            last = holder
        elif open_lists[-1][0] < level:
            holder = lxml.html.Element("ul")
            open_lists[-1][1][-1].append(holder)
            open_lists.append((level, holder))
        tail, paragraph.tail = paragraph.tail, None
        open_lists[-1][1].append(paragraph)
        last.tail = (last.tail or "") + (tail or "")
        paragraph.tag = "li"


def _look(element: Any) -> Look:
    fonts: set[str] = set()
    bold = True
    sizes: dict[float, int] = {}
    for words, styles, strong in _pieces(element, [], strong=element.tag[0] == "h"):
        joined = ";".join(styles)
        fonts.add(_last(joined, "mso-fareast-font-family") or _last(joined, "font-family"))
        size = _POINTS.match(_last(joined, "font-size"))
        points = float(size[1]) * (0.75 if size[2] == "px" else 1) if size else 0.0
        sizes[points] = sizes.get(points, 0) + len(words)
        bold = bold and strong
    style, classes = _style(element), (element.get("class") or "").lower()
    level = re.search(r"mso-outline-level:\s*(\d)", style)
    return Look(
        style="title" if "msotitle" in classes else "",
        outline=int(element.tag[1]) if re.fullmatch("h[1-6]", element.tag) else int(level[1]) if level else 0,
        align=_last(style, "text-align") or (element.get("align") or ""),
        fonts=frozenset(font.split(",")[0].strip("'\" ") for font in fonts),
        size=max(sizes, key=lambda one: sizes[one]) if sizes else 0,
        bold=bool(sizes) and bold,
    )


def _pieces(element: Any, styles: list[str], *, strong: bool) -> Iterator[tuple[str, list[str], bool]]:
    """(words, styles from the outside in, whether bold) of an element's texts."""
    styles = [*styles, _style(element)]
    weight = _last(styles[-1], "font-weight")
    strong = element.tag in ("b", "strong") or (weight in ("bold", "700") if weight else strong)
    if words := "".join((element.text or "").split()):
        yield words, styles, strong
    for child in element:
        if isinstance(child.tag, str):
            yield from _pieces(child, styles, strong=strong)
        if words := "".join((child.tail or "").split()):
            yield words, styles, strong


def _last(style: str, name: str) -> str:
    found = re.findall(rf"(?:^|;)\s*{name}\s*:\s*([^;]+)", style)
    return str(found[-1]).strip() if found else ""


def _style(element: Any) -> str:
    return re.sub(r"\s*:\s*", ":", (element.get("style") or "").lower())


def _replace(element: Any, words: str) -> None:
    """Put words where an element stands; its tail stays."""
    element.tail = words + (element.tail or "")
    element.drop_tree()


def _data(source: str) -> bytes:
    head, _, content = source.partition(",")
    try:
        return base64.b64decode(content) if head.lower().endswith(";base64") else unquote_to_bytes(content)
    except (binascii.Error, ValueError):
        raise NotShown("图片损坏") from None


def _passages(body: Any) -> Iterator[Passage]:
    """What the clipboard shows, a passage a run of text between blocks; rendered numbers among it."""
    parts: list[str] = []

    def walk(one: Any) -> Iterator[Passage]:
        block = one.tag in _BLOCKS or one.tag in ("table", "tr", "ul", "ol", "br", "hr", "blockquote")
        note = _NOTE.search(_style(one)) if one.tag == "a" else None
        if block:
            yield from end()
        if not note and isinstance(one.tag, str) and html.is_read(one):
            if "mso-list:ignore" in _style(one):
                words = " ".join(one.text_content().split())
                parts.append("" if len(words) <= 1 and (words in _BULLETS or not words) else words)
            else:
                parts.append(one.text or "")
                for child in one:
                    yield from walk(child)
                    parts.append(child.tail or "")
        if block:
            yield from end()

    def end() -> Iterator[Passage]:
        text = squeezed("".join(parts))
        parts.clear()
        if text:
            yield Passage(text)

    yield from walk(body)
    yield from end()


def _depth(body: Any) -> int:
    deepest, waiting = 0, [(body, 1)]
    while waiting:
        one, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting += [(child, depth + 1) for child in one]
    return deepest
