"""Take every mention of withdrawn pages out of a file of an older release, without building anything.

Lists, feeds, sitemaps and data files of an older release name pages that were withdrawn since. What can be cleaned
is cleaned by the shape of its kind; what can't is said to be unclean, and the caller serves the present version.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from jiyue.release.withheld import Tombstone, quoted, url_of

_ITEMS = ("li", "tr", "dd")
_LINKS = ("href", "src", "content", "action")
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_XML_ITEM = re.compile(rb"\s*<(url|item|entry|sitemap)\b[^>]*>.*?</\1>", re.DOTALL)
_LEAST_TITLE = 6
"""Characters of a title that is telling enough to be looked for in data files."""


class Marks:
    """What gives a withdrawn page away: its address in the ways it is written, its id, and in data its title."""

    def __init__(self, site: str, base: str, stones: Iterable[Tombstone]) -> None:
        self.base = base.rstrip("/")
        self.local: set[str] = set()
        self.absolute: set[str] = set()
        words: set[str] = set()
        telling: set[str] = set()
        for stone in stones:
            self.absolute.add(unquote(stone.host.rstrip("/") + stone.url))
            if stone.site == site:
                self.local.add(stone.url)
                words |= {_word(stone.url), _word(quoted(stone.url))}
            else:
                words |= {stone.host.rstrip("/") + stone.url, stone.host.rstrip("/") + quoted(stone.url)}
            if len(stone.id) >= _LEAST_TITLE:
                telling.add(stone.id)
            if len(stone.title) >= _LEAST_TITLE:
                telling |= {stone.title, json.dumps(stone.title)[1:-1]}
        self.words = sorted(w.encode() for w in words if len(w) > 1)
        self.telling = sorted(w.encode() for w in telling)

    def in_data(self, data: bytes) -> bool:
        """Whether a data file names a withdrawn page."""
        return any(w in data for w in self.words) or any(w in data for w in self.telling)

    def hit(self, href: str, page: str) -> bool:
        """Whether a link on a page (its local url) leads to a withdrawn page."""
        absolute = urljoin(self.base + page, href)
        target = unquote(urlsplit(absolute)._replace(query="", fragment="").geturl())
        return target in self.absolute or (target.startswith(self.base) and target[len(self.base) :] in self.local)


def scrub(path: str, data: bytes, marks: Marks) -> bytes | None:
    """The file without any mention; the same object when it has none; None when it can't be cleaned for certain."""
    suffix = "." + path.rpartition(".")[2]
    if suffix == ".html":
        return _html(path, data, marks)
    if not marks.in_data(data):
        return data
    if suffix == ".jsonl":
        cleaned = b"".join(line for line in data.splitlines(keepends=True) if not marks.in_data(line))
    elif suffix in (".xml", ".atom", ".rss"):
        cleaned = _XML_ITEM.sub(lambda m: b"" if marks.in_data(m[0]) else m[0], data)
    elif suffix == ".txt":
        cleaned = b"".join(line for line in data.splitlines(keepends=True) if not marks.in_data(line))
    elif suffix == ".json":
        cleaned = _json(data, marks)
    else:
        return None
    return None if marks.in_data(cleaned) else cleaned


def _json(data: bytes, marks: Marks) -> bytes:
    try:
        value = json.loads(data)
    except ValueError:
        return data
    return json.dumps(_without(value, marks), ensure_ascii=False, separators=(",", ":")).encode()


def _without(value: Any, marks: Marks) -> Any:
    """Lists lose the innermost elements that name a withdrawn page."""
    if isinstance(value, dict):
        return {k: _without(v, marks) for k, v in value.items()}
    if isinstance(value, list):
        inner = (_without(v, marks) for v in value)
        return [v for v in inner if not marks.in_data(json.dumps(v, ensure_ascii=False).encode())]
    return value


def _html(path: str, data: bytes, marks: Marks) -> bytes | None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None if marks.in_data(data) else data
    plain = unquote(text)
    if not any(unquote(word.decode()).rpartition("/")[2] in plain for word in marks.words):
        return data
    finder = _Finder(text, url_of(path), marks)
    if not finder.hits:
        return data
    if not finder.whole():
        return None
    kept, at = [], 0
    for start, end in sorted(finder.ranges):
        kept.append(text[at : max(at, start)])
        at = max(at, end)
    cleaned = "".join([*kept, text[at:]])
    return None if _Finder(cleaned, url_of(path), marks).hits else cleaned.encode()


class _Finder(HTMLParser):
    """Where a page names withdrawn pages (hits), and the ranges to cut so that it does not.

    A range is the list item or table row around a link, else the link itself; void elements go alone.
    """

    def __init__(self, text: str, page: str, marks: Marks) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.page, self.marks = text, page, marks
        self.lines = [0]
        for line in text.split("\n"):
            self.lines.append(self.lines[-1] + len(line) + 1)
        self.stack: list[tuple[str, int, bool]] = []
        self.ranges: list[tuple[int, int]] = []
        self.hits: list[int] = []
        self.feed(text)
        self.close()

    def whole(self) -> bool:
        """Whether cutting the ranges takes every hit away."""
        return all(any(start <= hit < end for start, end in self.ranges) for hit in self.hits)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = self._at()
        hit = any(value and name in _LINKS and self._leads(value) for name, value in attrs)
        if hit:
            self.hits.append(at)
        if tag not in _VOID:
            self.stack.append((tag, at, hit and tag == "a"))
        elif hit:
            self.ranges.append((at, self._after(at)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        depth = next((i for i in range(len(self.stack) - 1, -1, -1) if self.stack[i][0] == tag), -1)
        if depth < 0:
            return
        if any(hit for _, _, hit in self.stack[depth:]):
            if tag in _ITEMS or not any(name in _ITEMS for name, _, _ in self.stack[:depth]):
                self.ranges.append((self.stack[depth][1], self._after(self._at())))
            else:
                name, at, _ = self.stack[depth - 1]
                self.stack[depth - 1] = (name, at, True)
        del self.stack[depth:]

    def handle_data(self, data: str) -> None:
        if self.stack and self.stack[-1][0] == "script" and self.marks.in_data(data.encode()):
            self.hits.append(self._at())

    def _at(self) -> int:
        line, column = self.getpos()
        return self.lines[line - 1] + column

    def _after(self, at: int) -> int:
        return self.text.find(">", at) + 1 or len(self.text)

    def _leads(self, value: str) -> bool:
        try:
            return self.marks.hit(value, self.page)
        except ValueError:  # not a URL
            return False


def _word(url: str) -> str:
    return url.lstrip("/")
