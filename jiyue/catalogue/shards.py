"""Which articles stand in which sitemap: decided from the rows alone, so that the root site knows every site's shards unopened.

sitemaps.org allows 50,000 addresses and 50 MB a file, Baidu 10 MB; the rest below these is room for home and columns.
"""

from __future__ import annotations

from collections.abc import Iterable

from jiyue.catalogue.article import Article
from jiyue.catalogue.editions import translations

MAX_ADDRESSES = 45_000
MAX_BYTES = 9_000_000
MAX_PICTURES = 1_000
"""Of one page (Google's image sitemaps)."""
_ADDRESS, _PICTURE, _EDITION = 180, 180, 180
"""Bytes of an entry beside its path: markup, date and a site's address of 100 characters at most."""


def shards(rows: Iterable[Article]) -> list[list[Article]]:
    """The rows that are this site's own to announce, cut into files; at least one. Not yet public ones count as well."""
    files: list[list[Article]] = [[]]
    size = 0
    rows = list(rows)
    editions = _editions(rows)
    for row in rows:
        if "repost_of" in row.extra:
            continue
        folder = _encoded(row.folder)
        cost = _ADDRESS + folder + _encoded(row.name) + editions.get(row.path, 0)
        for picture in row.extra.get("pictures", ())[:MAX_PICTURES]:
            cost += _PICTURE + folder + 3 * len(picture.encode("utf-8", "surrogatepass"))
        if files[-1] and (len(files[-1]) == MAX_ADDRESSES or size + cost > MAX_BYTES):
            files.append([])
            size = 0
        files[-1].append(row)
        size += cost
    return files


def _editions(rows: list[Article]) -> dict[str, int]:
    """Path -> bytes of the links to its editions: as many as there may ever be, and one of them named twice."""
    costs: dict[str, int] = {}
    for original, group in translations(rows).items():
        paths = [original, *(row.path for row in group)]
        cost = sum(_EDITION + _encoded(path) for path in (original, *paths))
        costs |= dict.fromkeys(paths, cost)
    return costs


def shard_name(number: int) -> str:
    """`sitemap.xml`, `sitemap-2.xml` …, counted from 1."""
    return "sitemap.xml" if number == 1 else f"sitemap-{number}.xml"


def _encoded(text: str) -> int:
    """Bytes once percent-encoded, or a little more; names of articles and folders hold no ASCII that needs it."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass")) * 3
