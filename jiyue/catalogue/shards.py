"""Assigns articles to sitemap files from the rows alone, so that the root site knows all shards without opening them.

sitemaps.org allows 50,000 addresses and 50 MB per file, Baidu 10 MB; the limits below leave room for home and columns.
"""

from __future__ import annotations

from collections.abc import Iterable

from jiyue.catalogue.article import Article
from jiyue.catalogue.editions import translations

MAX_ADDRESSES = 45_000
MAX_BYTES = 9_000_000
MAX_PICTURES = 1_000
"""Limit per page (Google's image sitemaps)."""
_ADDRESS, _PICTURE, _EDITION = 180, 180, 180
"""Bytes of an entry without its path: markup, date and a site's address of at most 100 characters."""


def shards(rows: Iterable[Article]) -> list[list[Article]]:
    """A site's own rows (no reposts), split into sitemap files; at least one. Includes rows that are not yet public."""
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
    """Path -> bytes of the links to its editions, public or not; the original is counted twice."""
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
    """Upper bound of the percent-encoded length in bytes; ASCII in names of articles and folders needs no encoding."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass")) * 3
