"""Finds dead links in articles from the catalogue alone, before anything is rendered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote

from jiyue.base.patterns import pattern
from jiyue.catalogue.article import Article
from jiyue.catalogue.references import page_path
from jiyue.catalogue.scan import RESERVED_FOLDERS, SiteScan

MISSING, HIDDEN, CASE = "missing", "hidden", "case"
"""Why a link is dead: no such target; the target is not public (now); the target's name differs in case."""

PER_PAGE = 20
"""Articles per page of a column's list."""

_FEEDS = ("feed.atom", "feed.rss", "feed.json")
_UTILITY_PAGES = ("", "index.html", "404.html", "sitemap.html", "robots.txt", "sitemap.xml", "api/site.json", "api/columns.json",
             "api/schema.json", "theme/manifest.webmanifest", "theme/icon.svg", "theme/icon-192.png", "theme/icon-512.png")  # fmt: skip
_OF_SEARCH = ("search/", "search/index.html")
_OF_THE_ROOT = ("cluster.json", "cluster.atom", "cluster.rss", "sitemap-cluster.xml", "api/cluster.json")
_LIST = pattern(r"(?:(.*)/)?(?:index(?:_([1-9]\d{0,5}))?\.html)?")
_PUSHED = pattern(r"(?:.*/)?[a-z2-7]{12}(?:\.html|/[^/]+)")
"""A pushed article and its pictures. When a site's links are checked, it is not yet known what the site receives."""
_SOMEWHERE = frozenset({*_UTILITY_PAGES, *_OF_SEARCH, *_OF_THE_ROOT, "sites.html"})


class Dead(NamedTuple):
    """A dead address, in the form of `references.plain`. path: its target; right: the correct path (CASE only)."""

    address: str
    path: str
    why: str
    right: str = ""


FILTERS = ("validity", "year", "topic", "organ", "genre", "state", "category", "unit")
STATISTICS = "index.statistics.html"
"""The page of a column's figures."""
_FILTER = pattern(rf"(?:.*/)?(?:(?:{'|'.join(FILTERS)})\.[0-9a-f]{{8}}(?:\.[1-9]\d{{0,5}})?|index\.statistics)\.html")


def filter_page(facet: str, value: str, number: int) -> str:
    """The name of a page of a column's list, of those with one value of a filter if facet is not ''.

    No article, folder or other list can be named so: theirs have no dot. It depends on the value alone, so it stays.
    """
    if not facet:
        return "index.html" if number == 1 else f"index_{number}.html"
    name = f"{facet}.{hashlib.blake2b(value.encode('utf-8', 'surrogatepass'), digest_size=4).hexdigest()}"
    return f"{name}.html" if number == 1 else f"{name}.{number}.html"


def is_filter_page(path: str) -> bool:
    """Whether a path is that of a list by one value of a filter, or of a column's figures."""
    return _FILTER.fullmatch(path) is not None


def _may_be_made(path: str) -> bool:
    """Whether this path may be a page made by the platform, or a pushed article."""
    folder, _, name = path.rpartition("/")
    return bool(
        path in _SOMEWHERE
        or name in _FEEDS
        or folder.partition("/")[0] in RESERVED_FOLDERS
        or _LIST.fullmatch(path)
        or _FILTER.fullmatch(path)
        or _PUSHED.fullmatch(path)
    )


class Lists:
    """The pages that the platform generates for a site: lists and feeds of its columns, utility pages, data.

    counts: column -> its public articles, pushed ones included; years: the years of their dates; search: whether the
    site has a search page; root: whether it is the root of a cluster with other sites.
    """

    def __init__(
        self, declared: Iterable[str], counts: Mapping[str, int], years: Iterable[str], *, search: bool, root: bool
    ) -> None:
        filled = {"/".join(steps[:n]) for steps in (p.split("/") for p in counts) for n in range(1, len(steps) + 1)}
        self.counts = counts
        self.columns = {path for path in counts if path} | filled.intersection(declared)
        self.utility_pages = {
            *_UTILITY_PAGES,
            *_FEEDS,
            *(f"api/articles-{year or 'undated'}.jsonl" for year in years),
        }
        self.utility_pages.update(_OF_SEARCH if search else (), _OF_THE_ROOT, ("sites.html",) if root else ())
        if not root:
            self.utility_pages.difference_update(_OF_THE_ROOT)

    def has(self, path: str) -> bool:
        """Whether a path relative to the site's is one of them; a list's path ends with `/`."""
        if path in self.utility_pages:
            return True
        folder, _, name = path.rpartition("/")
        if name in _FEEDS or _FILTER.fullmatch(path):
            return folder in self.columns
        match = _LIST.fullmatch(path)
        if match is None or folder not in self.columns:
            return False
        return int(match[2] or 1) <= -(-self._length(folder) // PER_PAGE)

    def _length(self, column: str) -> int:
        if column in self.counts:
            return self.counts[column]
        return sum(count for path, count in self.counts.items() if path.startswith(column + "/"))


def cluster_links(site_url: str, row: Article) -> Iterator[tuple[str, str]]:
    """(address, complete URL) of an article's links that can only be checked with the whole cluster."""
    extra = row.extra
    for address in (*extra.get("pages", ()), *(a for a, _ in extra.get("files", ())), *extra.get("others", ())):
        path = page_path(row.folder, address)
        if path is not None and _may_be_made(path):
            yield address, f"{site_url}/{quote(path)}"


class Targets:
    """The valid link targets of one site at a moment. withheld: source paths of withheld files."""

    def __init__(self, scan: SiteScan, withheld: Iterable[str], now: str) -> None:
        hidden = set(withheld)
        prefix = len(f"content/{scan.site}/")
        rows = [(row, row.source_path not in hidden and row.is_public(now)) for row in scan.rows]
        self.pages = {row.path: public for row, public in rows}
        self.sources = {row.source_path[prefix:]: public for row, public in rows}
        self.files = {a.path: f"content/{scan.site}/{a.path}" not in hidden for a in scan.attachments}
        for place in scan.places:  # unreadable files and drafts exist, but are not public
            self.sources.setdefault(place, False)
            self.files.setdefault(place, False)

    def dead(self, row: Article) -> list[Dead]:
        """An article's dead addresses, except those that need the whole cluster to check (`cluster_links`)."""
        extra = row.extra
        files = (*(a for a, _ in extra.get("files", ())), *extra.get("others", ()), *extra.get("pictures", ()))
        results = [self._of(row, a, self.sources) for a in extra.get("articles", ())]
        results += [self._of(row, a, self.files) for a in files]
        results += [self._of(row, a, self.pages) for a in extra.get("pages", ())]
        return list(dict.fromkeys(dead for dead in results if dead))

    def page(self, path: str) -> str:
        """Why the path of an article's page or a file is dead; '' if it is valid."""
        known = self.pages if path in self.pages else self.files
        return "" if known.get(path) else HIDDEN if path in known else MISSING

    def _of(self, row: Article, address: str, known: dict[str, bool]) -> Dead | None:
        path = page_path(row.folder, address)
        if path is None:
            return Dead(address, "", MISSING)
        if known.get(path):
            return None
        if path in known:
            return Dead(address, path, HIDDEN)
        if known is not self.sources and _may_be_made(path):
            return None
        folded = path.casefold()
        right = next((other for other, there in known.items() if there and other.casefold() == folded), "")
        return Dead(address, path, CASE if right else MISSING, right)
