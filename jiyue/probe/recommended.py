"""Compares what pages outside the cluster show of the portal's recommended column with the list that the root site publishes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urldefrag, urljoin

from jiyue.linkage.recommended import JSON
from jiyue.upstream.fetch import Fetcher, FetchError, as_text, own_address

MOST = 4 << 20
"""Bytes of a page: far above any home page."""
AT_ONCE = 8
"""Pages that are fetched at the same time."""


class Row(NamedTuple):
    """A row of the list."""

    title: str
    url: str


class Published(NamedTuple):
    """The list as the root site publishes it. column: the address of its column; embed: that of the page to embed."""

    rows: tuple[Row, ...]
    column: str
    embed: str
    updated: str


class Shown(NamedTuple):
    """What a page shows. embedded: it embeds our own page, which is always the list itself.

    missing: rows that it lacks; stale: rows of the column on it that are in the list no more. problem: why nothing is known
    of it, in Chinese. updated: the time stamp of the fragment on it, '' without one.
    """

    name: str
    url: str
    missing: tuple[Row, ...] = ()
    stale: tuple[Row, ...] = ()
    embedded: bool = False
    updated: str = ""
    problem: str = ""

    @property
    def same(self) -> bool:
        """Whether it shows the list, whole and nothing that has left it."""
        return not (self.missing or self.stale or self.problem)

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        rows = {key: [row._asdict() for row in getattr(self, key)] for key in ("missing", "stale")}
        return {**self._asdict(), **rows, "same": self.same}


def published_list(output: Path, root: str) -> Published:
    """The list in the output of the last build. Raises OSError without one, ValueError if it is no list."""
    data = json.loads((output / root / JSON).read_text("utf-8"))
    try:
        rows = tuple(Row(one["title"], one["url"]) for one in data["items"])
        return Published(rows, data["column"]["url"], data["embed"], data["updated"])
    except (KeyError, TypeError) as problem:
        raise ValueError(f"{JSON}: {problem}") from None


def probe(pages: Sequence[tuple[str, str]], ours: Published, fetch: Callable[[str], str] | None = None) -> list[Shown]:
    """Look at pages, given as (name, address), several at once; in their order."""
    get = fetch or page_text

    def look(page: tuple[str, str]) -> Shown:
        name, url = page
        try:
            return compare(name, url, get(url), ours)
        except FetchError as problem:
            return Shown(name, url, problem=problem.message)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(look, pages))


def page_text(url: str) -> str:
    """The text of a page. It may lie in an internal network, as its address was chosen by the operator. Raises FetchError."""
    answer = Fetcher(own=own_address(url)).get(url, MOST)
    text = as_text(answer.body, answer.content_type)
    if text is None:
        raise FetchError("看不出网页的编码", "请对方网站写明编码")
    return text


def compare(name: str, url: str, html: str, ours: Published) -> Shown:
    """What a page shows, by its links: a row counts as shown by its address, or by its title as sites with their own copy have it."""
    page = _Page(url, html)
    if ours.embed in page.frames:
        return Shown(name, url, embedded=True)
    links = {_bare(row.url) for row in page.links}
    titles = {_words(row.title) for row in page.links}
    missing = tuple(row for row in ours.rows if _bare(row.url) not in links and _words(row.title) not in titles)
    current = {_bare(row.url) for row in ours.rows}
    stale = tuple(
        row
        for row in dict.fromkeys(page.links)
        if _bare(row.url).startswith(ours.column) and _is_article(row.url) and _bare(row.url) not in current
    )
    return Shown(name, url, missing, stale, updated=page.updated)


def _bare(url: str) -> str:
    return urldefrag(url).url


def _words(title: str) -> str:
    """A title without spaces: pages break and indent it as they like."""
    return "".join(title.split())


def _is_article(url: str) -> bool:
    return _bare(url).endswith(".html") and not _bare(url).rpartition("/")[2].startswith("index")


class _Page(HTMLParser):
    """The links of a page with complete addresses, the addresses of its frames, and the time stamp of our fragment on it."""

    def __init__(self, url: str, html: str) -> None:
        super().__init__()
        self.base = url
        self.links: list[Row] = []
        self.frames: set[str] = set()
        self.updated = ""
        self._open: tuple[str, list[str]] | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "base" and given.get("href"):
            self.base = self._complete(given["href"])
        elif tag == "a" and given.get("href"):
            self._end()
            self._open = self._complete(given["href"]), [given.get("title") or ""]
        elif tag == "iframe" and given.get("src"):
            self.frames.add(self._complete(given["src"]))
        if "recommended" in (given.get("class") or "").split():
            self.updated = given.get("data-updated") or self.updated

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._end()

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[1].append(data)

    def close(self) -> None:
        super().close()
        self._end()

    def _end(self) -> None:
        """Close the open link. Its title attribute goes before its text, which sites cut short."""
        if self._open:
            url, (title, *text) = self._open
            self.links.append(Row(" ".join((title or "".join(text)).split()), url))
            self._open = None

    def _complete(self, address: str | None) -> str:
        try:
            return urljoin(self.base, (address or "").strip())
        except ValueError:
            return ""


def pages_of(urls: Iterable[str], outside: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pages to look at: the given addresses, with their names where the cluster knows them; without any, all it knows."""
    known = list(outside)
    names = {url: name for name, url in known}
    chosen = list(dict.fromkeys(urls))
    return [(names.get(url, url), url) for url in chosen] if chosen else known
