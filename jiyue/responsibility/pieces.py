"""The articles of a cluster as proofs of work done: whose they are, and on which days they are public."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jiyue.audit.measures.facts import lifetime
from jiyue.audit.measures.spans import Span
from jiyue.base.cache import Cache
from jiyue.catalogue.article import Article
from jiyue.catalogue.scan import recall_scan, scan_site
from jiyue.catalogue.summary import Summary
from jiyue.catalogue.validity import normal
from jiyue.registry.site import Registry, Site
from jiyue.responsibility.matrix import sponsor

_KEPT = ("doc_number", "created", "interprets", "interpretation")


class Piece(NamedTuple):
    """An article that nothing withholds. span: the days on which it is public. unit: who delivered it.

    copied: reposted from elsewhere; pushed, reported: whether it goes to sites below and above. extra: fields of _KEPT.
    """

    path: str
    site: str
    id: str
    column: str
    kind: str
    title: str
    date: str
    span: Span
    unit: str
    copied: bool
    pushed: bool
    reported: bool
    extra: dict[str, Any]


class Pieces:
    """All pieces, by what officers may call them: a path in the repository or below content/, `site/id`, an id or a 文号."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self.all = list(pieces)
        self._names: dict[tuple[str, str], Piece] = {}
        self._readings: dict[str, list[Piece]] = {}
        for one in self.all:
            for site, name in self._of(one):
                self._names.setdefault((site, name), one)
        for one in self.all:
            for name in one.extra.get("interprets", ()):
                if there := self.find(name, one.site):
                    self._readings.setdefault(there.path, []).append(one)

    def find(self, name: str, site: str) -> Piece | None:
        """The article that a name means, written by someone of a site."""
        name = name.strip()
        return self._names.get((site, name)) or self._names.get(("", name)) or self._names.get((site, normal(name)))

    def interpretations(self, path: str) -> list[Piece]:
        """Those of a document."""
        return self._readings.get(path, [])

    @staticmethod
    def _of(one: Piece) -> Iterable[tuple[str, str]]:
        yield "", one.path
        yield "", one.path.removeprefix("content/")
        yield "", f"{one.site}/{one.id}"
        yield one.site, one.id
        yield one.site, one.path.removeprefix(f"content/{one.site}/")
        if number := one.extra.get("doc_number"):
            yield one.site, normal(number)
            yield "", number


def pieces_of(root: Path, registry: Registry, summaries: Mapping[str, Summary], cache: Cache) -> Pieces:
    """The articles of all sites; a site's scan is opened only where its content, what of it is withheld, or its posts changed."""
    return Pieces(one for site in registry.sites.values() for one in _of_site(root, site, summaries[site.id], cache))


def _of_site(root: Path, site: Site, summary: Summary, cache: Cache) -> list[Piece]:
    owners = {column.path: column.owner for column in site.columns}
    posts = {one["post"]: one["unit"] for one in site.officers}
    units = {*owners.values(), *posts.values(), *site.own_names}
    state = repr((summary.digest, summary.withheld, sorted(owners.items()), sorted(posts.items()), site.own_names))
    key = hashlib.blake2b(state.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    def unit_of(row: Article) -> str:
        if row.source in units and row.source not in site.own_names:
            return row.source
        return posts.get(row.author) or owners.get(row.column) or sponsor(site)

    def look() -> list[Piece]:
        scan = recall_scan(root, site, cache, summary.content) or scan_site(root, site, cache)
        return [
            Piece(
                row.source_path, row.site, row.id, row.column, row.kind, row.title, row.date,
                lifetime(row.date, row.publish_at, row.expires, row.withdrawn_at), unit_of(row), "repost_of" in row.extra,
                bool(row.push_down), bool(row.extra.get("report_up")), {name: row.extra[name] for name in _KEPT if row.extra.get(name)},
            )
            for row in scan.without(summary.withheld).rows
            if row.date
        ]  # fmt: skip

    rows = cache.memo(f"pieces/{site.id}.json", key, look)
    return [Piece(*row)._replace(span=(row[7][0], row[7][1])) for row in rows]
