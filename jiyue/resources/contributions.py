"""What officers contributed: each public article with its post and unit, its length, its pictures, and whether a superior adopted it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jiyue.base.cache import Cache
from jiyue.base.encoding import NotUtf8
from jiyue.base.patterns import pattern
from jiyue.catalogue.scan import recall_scan, scan_site
from jiyue.catalogue.sources import source_text
from jiyue.catalogue.summary import Summary
from jiyue.registry.site import Registry, Site
from jiyue.responsibility.pieces import pieces_of

_NOT_READ = pattern(r"(?m)\]\([^)\n]*\)|<[^>\n]+>|^\s*\|?[\s:|-]+\|?\s*$|[#*_`>|\[\]!\\]|\s")


class Contribution(NamedTuple):
    """An article that nothing withholds. date: of publication, 'YYYY-MM-DD'; post: '' where none is named; kind: of articles, or
    TRANSLATION; length: characters that readers see; name: `site/id`, as ledgers of decisions call it."""

    site: str
    path: str
    name: str
    title: str
    date: str
    column: str
    kind: str
    post: str
    unit: str
    length: int
    pictures: int
    copied: bool


def contributions(
    root: Path, registry: Registry, summaries: Mapping[str, Summary], cache: Cache, translation: str
) -> list[Contribution]:
    """The contributions of all sites, letters and single pages without a date left out. A text is read once for each version."""
    units = {one.path: one.unit for one in pieces_of(root, registry, summaries, cache).all}
    return [
        Contribution(*row)._replace(unit=units.get(row[1], ""))
        for site in registry.sites.values()
        for row in _of_site(root, site, summaries[site.id], cache, translation)
    ]


def length_of(body: str) -> int:
    """The characters of a text in Markdown that readers see, blanks not counted."""
    return len(_NOT_READ.sub("", body))


def _of_site(root: Path, site: Site, summary: Summary, cache: Cache, translation: str) -> list[list[Any]]:
    state = repr((summary.digest, summary.withheld, site.lang))
    key = hashlib.blake2b(state.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    def look() -> list[list[Any]]:
        scan = recall_scan(root, site, cache, summary.content) or scan_site(root, site, cache)
        return [
            [
                row.site, row.source_path, f"{row.site}/{row.id}", row.title, row.date[:10], row.column,
                row.kind if row.extra.get("lang", site.lang) == site.lang else translation, row.author, "",
                _length(root, row.source_path, row.body_line), len(row.extra.get("pictures", ())), "repost_of" in row.extra,
            ]
            for row in scan.without(summary.withheld).rows
            if row.date and row.kind != "letter"
        ]  # fmt: skip

    rows: list[list[Any]] = cache.memo(f"contributions/{site.id}.json", key, look)
    return rows


def _length(root: Path, path: str, line: int) -> int:
    try:
        return length_of(source_text(root, path).split("\n", line - 1)[-1])
    except (OSError, NotUtf8):
        return 0
