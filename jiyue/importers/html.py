"""Converts an element of a web page to the platform's Markdown: paragraphs, headings, lists, tables, links, pictures.

Nothing that can be read is dropped: what Markdown has no form for becomes a link to it. lxml parses the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape as escape_html
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import lxml.etree
import lxml.html

from jiyue.importers.bodies import escape_start, escape_words
from jiyue.importers.reading import clean_lines

UNREAD = frozenset(
    "script style noscript template head title link meta base form input button select textarea svg canvas map".split()  # noqa: SIM905
)
"""Elements that are no text."""
PLAYED = {"video": "视频", "audio": "音频", "iframe": "嵌入的网页", "embed": "嵌入的文件", "object": "嵌入的文件"}
_BLOCK_NAMES = """
address article aside blockquote body caption center dd details dir div dl dt fieldset figcaption figure footer h1
h2 h3 h4 h5 h6 header hr html li main menu nav ol p pre section summary table tbody td tfoot th thead tr ul
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_WRAPS = {"b": "strong", "strong": "strong", "em": "em", "i": "em"}
_TWICE = re.compile(r"</(strong|em)>([ \u3000\xa0]*)<\1>")
# CommonMark's marks need a letter on their inner side, and none of their own beside them; elements don't
_STRONG = re.compile(r"(?<![*>])<strong>(\w(?:[^<>*_\n`]*\w)?)</strong>(?![*<])")
_KEPT = frozenset({"sub", "sup", "u", "s", "del", "ins"})
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_MARKS_IN_HTML = re.compile(r"[\\`*_{}\[\]|~!:\"#]")
_NO_ITEM = re.compile(r"[#>|]|```|<table|\* \* \*")
"""How blocks begin that can't stand in a list everywhere."""
_ITEM = re.compile(r"- |\d+\. ")
_EDGES = " \t\u3000\xa0"
_WORD = re.compile(r"\w")
_NEW_PARAGRAPH = re.compile(r"\n[ ]*(?:\n[ \n]*|(?=[\u3000\xa0]{2}))")
"""Line breaks that stand for a new paragraph: two, or one before an indent."""

FILE = re.compile(r"\.(?:pdf|docx?|wps|xlsx?|et|pptx?|dps|ofd|csv|txt|zip|rar|7z|mp4|webm|mp3)$", re.IGNORECASE)
PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)$", re.IGNORECASE)


class Reference(NamedTuple):
    """A picture or attached file that a text names. url is absolute."""

    url: str
    picture: bool


def parse(text: str, *, deep: bool = False) -> Any:
    """The root of a page, however broken. Raises ValueError if it has no elements at all.

    deep: keep what is nested more than 256 deep, which is left out otherwise; reading it may raise RecursionError.
    """
    try:
        # an encoding that the text declares would be applied to it a second time
        root = lxml.html.document_fromstring(
            re.sub(r"^\s*<\?xml[^>]*\?>", "", text), parser=lxml.html.HTMLParser(huge_tree=True) if deep else None
        )
    except (lxml.etree.LxmlError, ValueError, AssertionError):
        raise ValueError("no page") from None
    return root


def references(element: Any, base: str) -> list[Reference]:
    """The pictures and files of an element in their order, each once. base: the page's address."""
    found: dict[str, Reference] = {}
    for one in _read(element):
        if one.tag == "img" and (url := _address(picture_source(one), base)):
            found.setdefault(url, Reference(url, True))
        elif one.tag == "a" and (url := _address(one.get("href"), base)):
            path = urlsplit(url).path
            if FILE.search(path) or PICTURE.search(path):
                found.setdefault(url, Reference(url, bool(PICTURE.search(path))))
    return list(found.values())


def to_markdown(element: Any, base: str, files: Mapping[str, str] = {}) -> str:
    """An element as Markdown. base: the page's address; files: address -> name beside the article, of what was downloaded.

    A picture that is not among the files becomes a link: pages ask no other host for anything.
    """
    return "\n\n".join(_Converter(base, files).block(element))


def visible_text(element: Any, leave_out: Callable[[Any], bool] = lambda _: False) -> str:
    """The characters of an element that a reader sees, without white space."""
    parts: list[str] = []

    def walk(one: Any) -> None:
        if not is_read(one) or leave_out(one):
            return
        parts.append(one.text or "")
        for child in one:
            walk(child)
            parts.append(child.tail or "")

    walk(element)
    return "".join("".join(clean_lines("".join(parts))).split())


def text_nodes(element: Any) -> Iterator[str]:
    """The pieces of text in an element that a reader sees, in their order, without white space; none is empty."""
    if is_read(element):
        if element.text and (text := _bare(element.text)):
            yield text
        for child in element:
            yield from text_nodes(child)
            if child.tail and (text := _bare(child.tail)):
                yield text


def picture_source(image: Any) -> str:
    """The address of a picture, also of one that a script would load later; '' for one inside the page's own text."""
    given = [image.get(name) or "" for name in ("data-original", "data-src", "original-src", "src")]
    return next((one for one in given if one.strip() and not one.strip().lower().startswith("data:")), "")


class _Converter:
    def __init__(self, base: str, files: Mapping[str, str]) -> None:
        self.base, self.files = base, files
        self.linked = False  # whether the words are those of a link

    # -- blocks --

    def blocks(self, element: Any) -> list[str]:
        """The blocks of an element that contains other blocks, or one paragraph."""
        out: list[str] = []
        line: list[str] = [self.words(element.text)]

        def end() -> None:
            out.extend(_paragraphs("".join(line)))
            line.clear()

        for child in element:
            if is_read(child):
                if child.tag in _BLOCKS or _has_blocks(child):
                    end()
                    out.extend(self.block(child))
                else:
                    line.append(self.inline(child))
            line.append(self.words(child.tail))
        end()
        return out

    def block(self, element: Any) -> list[str]:  # noqa: PLR0911
        tag = element.tag
        if re.fullmatch("h[1-6]", tag):
            words = " ".join(" ".join(self.blocks_or_words(element)).split())
            words = re.sub(r"(?<!\\)#", r"\\#", words)  # trailing ones would disappear
            return [f"{'#' * max(2, int(tag[1]))} {words}"] if words else []
        if tag in ("ul", "ol", "menu", "dir"):
            return self.list_of(element, ordered=tag == "ol")
        if tag == "table":
            return self.table(element)
        if tag == "blockquote":
            inner = "\n\n".join(self.blocks(element))
            return ["\n".join(f"> {line}".rstrip() for line in inner.split("\n"))] if inner else []
        if tag == "pre":
            text = element.text_content().strip("\n")
            fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
            return [f"{fence}\n{text}\n{fence}"] if text.strip() else []
        if tag == "hr":
            return ["* * *"]
        return self.blocks(element)

    def blocks_or_words(self, element: Any) -> list[str]:
        return [block.replace("<br>\n", " ") for block in self.blocks(element)]

    def list_of(self, element: Any, *, ordered: bool) -> list[str]:
        """A list; its items one after the other if one of them has more in it than paragraphs and lists."""
        items = [parts for child in element if is_read(child) and (parts := self.blocks(child))]
        if any(_ITEM.match(parts[0]) or any(map(_NO_ITEM.match, parts)) for parts in items):
            return [part for parts in items for part in parts]
        rows = []
        for number, parts in enumerate(items, 1):
            first, *rest = "\n\n".join(parts).split("\n")
            mark = f"{number}. " if ordered else "- "
            rows.append("\n".join([mark + first, *(f"    {line}".rstrip() for line in rest)]))
        return [("\n\n" if any("\n\n" in row for row in rows) else "\n").join(rows)] if rows else []

    # -- tables --

    def table(self, element: Any) -> list[str]:
        """A table of data as a table, one that only arranges the page as the blocks in its cells."""
        rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in _rows_of(element)]
        rows = [row for row in rows if row]
        caption = [block for one in element if one.tag == "caption" for block in self.blocks(one)]
        nested = any(cell.find(".//table") is not None for row in rows for cell in row)
        if nested or max((len(row) for row in rows), default=0) < 2 or len(rows) < 2:
            return caption + [block for row in rows for cell in row for block in self.blocks(cell)]
        spans = any(_span(cell, "colspan") > 1 or _span(cell, "rowspan") > 1 for row in rows for cell in row)
        cells = [[self.blocks(cell) for cell in row] for row in rows]
        flat = all(len(cell) <= 1 and not (cell and _no_cell(cell[0])) for row in cells for cell in row)
        if spans or not flat:
            return [*caption, self.html_table(rows)]
        width = max(len(row) for row in cells)
        lines = [_table_row([*("".join(cell) for cell in row), *[""] * (width - len(row))]) for row in cells]
        return [*caption, "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])]

    def html_table(self, rows: list[list[Any]]) -> str:
        out = ["<table>"]
        for row in rows:
            out.append("<tr>")
            for cell in row:
                spans = "".join(f' {n}="{_span(cell, n)}"' for n in ("colspan", "rowspan") if _span(cell, n) > 1)
                out.append(f"<{cell.tag}{spans}>{self.html_words(cell)}</{cell.tag}>")
            out.append("</tr>")
        return "\n".join([*out, "</table>"])

    def html_words(self, element: Any) -> str:
        """The content of a cell as HTML on one line: words, line breaks, links and pictures."""
        parts = [_html(element.text)]
        for child in element:
            if is_read(child):
                inner = self.html_words(child)
                if child.tag == "br" or (child.tag in _BLOCKS and any(part.strip() for part in parts)):
                    parts.append("<br>")
                if child.tag == "img" and (url := _address(picture_source(child), self.base)):
                    words = _html(child.get("alt"))
                    known = self.files.get(url)
                    link = f'<a href="{escape_html(url)}">图片：{words or "原图"}</a>'
                    parts.append(f'<img src="{escape_html(known)}" alt="{words}">' if known else link)
                elif child.tag == "a" and inner.strip() and (url := _address(child.get("href"), self.base)):
                    parts.append(f'<a href="{escape_html(self.files.get(url, url))}">{inner}</a>')
                elif child.tag in _KEPT or child.tag in _WRAPS:
                    parts.append(f"<{child.tag}>{inner}</{child.tag}>" if inner.strip() else "")
                else:
                    parts.append(inner)
            parts.append(_html(child.tail))
        return _SPACE.sub(" ", "".join(parts)).strip(_EDGES)

    # -- words --

    def inline(self, element: Any) -> str:
        """An element without blocks in it as Markdown on one line; `\\n` stands for a line break."""
        tag = element.tag
        if tag == "br":
            return "\n"
        if tag == "img":
            return self.picture(element)
        if tag in PLAYED:
            source = element.find(".//source")
            given = [element.get("src"), element.get("data"), source.get("src") if source is not None else None]
            url = next((url for one in given if (url := _address(one, self.base))), "")
            return f"[{PLAYED[tag]}]({_target(self.files.get(url, url))})" if url else self.inside(element)
        url = _address(element.get("href"), self.base) if tag == "a" and not self.linked else ""
        self.linked = self.linked or bool(url)
        inner = self.inside(element)
        if url:
            self.linked = False
            return f"[{_one_line(inner)}]({_target(self.files.get(url, url))})" if _one_line(inner) else inner
        words = inner.strip(_EDGES + "\n")
        if not words or "\n" in words:
            return inner
        start, end = inner[: inner.index(words)], inner[inner.index(words) + len(words) :]
        name = _WRAPS.get(tag, tag if tag in _KEPT else "")
        return f"{start}<{name}>{words}</{name}>{end}" if name else inner

    def inside(self, element: Any) -> str:
        parts = [self.words(element.text)]
        for child in element:
            parts.append(self.inline(child) if is_read(child) else "")
            parts.append(self.words(child.tail))
        return "".join(parts)

    def picture(self, image: Any) -> str:
        url = _address(picture_source(image), self.base)
        if not url:
            return ""
        words = _one_line(self.words(image.get("alt") or image.get("title"))).replace("]", "&#93;")
        known = self.files.get(url)
        return f"![{words}]({_target(known)})" if known else f"[图片：{words or '原图'}]({_target(url)})"

    def words(self, text: str | None) -> str:
        clean = " ".join(clean_lines(_SPACE.sub(" ", text or "")))
        clean = escape_words(clean).replace("[", r"\[").replace("|", r"\|")
        clean = re.sub(r"&(?!amp;|lt;)", "&amp;", clean)
        clean = re.sub(r"!$", r"\\!", clean)  # a link may follow
        return clean.replace("]", "&#93;") if self.linked else clean


def _paragraphs(line: str) -> Iterator[str]:
    for part in _NEW_PARAGRAPH.split(_STRONG.sub(r"**\1**", _TWICE.sub(r"\2", line))):
        rows = [row.strip(_EDGES) for row in part.split("\n")]
        if rows := [row for row in rows if row]:
            yield "<br>\n".join(escape_start(row) for row in rows)


def _read(element: Any) -> Iterator[Any]:
    """An element and everything in it that is read."""
    if is_read(element):
        yield element
        for child in element:
            yield from _read(child)


def is_read(element: Any) -> bool:
    """Whether an element is text that a reader sees; what is in it may not be."""
    return (
        isinstance(element.tag, str)
        and element.tag not in UNREAD
        and not _HIDDEN.search(element.get("style") or "")
        and element.get("hidden") is None
    )


def _bare(text: str) -> str:
    bare = "".join(text.split())
    return bare if bare.isprintable() else "".join(clean_lines(bare))


def _has_blocks(element: Any) -> bool:
    return any(isinstance(one.tag, str) and one.tag in _BLOCKS for one in element.iterdescendants())


def _rows_of(table: Any) -> Iterator[Any]:
    for part in table:
        if part.tag == "tr" and is_read(part):
            yield part
        elif part.tag in ("thead", "tbody", "tfoot") and is_read(part):
            yield from (row for row in part if row.tag == "tr" and is_read(row))


def _span(cell: Any, name: str) -> int:
    given = (cell.get(name) or "").strip()
    return min(int(given), 1000) if given.isdecimal() and given.isascii() else 1


def mark_head(table: Any) -> None:
    """Make heads of the cells of the first row, and of the rows into which its merged cells reach, if a table has none."""
    rows = list(table.iter("tr"))
    if len(rows) < 2 or next(table.iter("th"), None) is not None:
        return
    spans = [int(span) for cell in rows[0].iter("td") if (span := cell.get("rowspan") or "1").isdecimal()]
    for row in rows[: min(max(spans, default=1), len(rows) - 1)]:
        for cell in row.iterchildren("td"):
            cell.tag = "th"


def _no_cell(block: str) -> bool:
    """Whether a block can't stand in a cell of a Markdown table."""
    return bool(_NO_ITEM.match(block) or _ITEM.match(block)) or "\n" in block.replace("<br>\n", "")


def _table_row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("<br>\n", "<br>") for cell in cells) + " |"


def _html(text: str | None) -> str:
    """Words for raw HTML: no line break, and no mark that Markdown, where it reads between elements, would take for its own."""
    words = escape_html(_SPACE.sub(" ", " ".join(clean_lines(text or ""))), quote=False)
    return _MARKS_IN_HTML.sub(lambda mark: f"&#{ord(mark[0])};", words)


def _one_line(words: str) -> str:
    return " ".join(words.split())


def _address(href: str | None, base: str) -> str:
    """The absolute address of a link to the web, '' for any other (mailto:, javascript:, #part)."""
    given = re.sub(r"[\t\r\n]", "", href or "").strip().replace(" ", "%20")
    if not given or given.startswith("#"):
        return ""
    try:
        url = urljoin(base, given)
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.hostname else ""


def _target(url: str) -> str:
    """An address or file name as the target of a Markdown link."""
    for mark in "\\<>()*_`[]\"' ":
        url = url.replace(mark, f"%{ord(mark):02X}") if mark != "_" else url
    return url
