"""Which files of a site an article has to do with: those that a judgement of it has to look at.

Of a site with many articles the others are left out, so a judgement costs the same on a site of any size. What they add up to (how
long lists are, which documents and numbers there are) comes from the site's summary.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from jiyue.catalogue.article import Article
from jiyue.catalogue.references import REFERENCES, composed, local_path, page_path
from jiyue.catalogue.scan import SiteScan
from jiyue.catalogue.summary import Push, Summary
from jiyue.catalogue.validity import normal
from jiyue.checks.article.links import path_on
from jiyue.registry.site import PICTURES, Site
from jiyue.registry.url_ledger import old_address

LARGE = 2_000
"""Files of a site from which on it is narrowed."""
_NAMING = ("interprets", "replaces", "replaced_by", "amends", "translation_of")
_LINKING = tuple(name for name in REFERENCES if name != "ids")


class Around:
    """The names by which the files of a site can be referred to, or clash with each other."""

    def __init__(self, site: Site, scan: SiteScan) -> None:
        self.site, self.base = site, f"content/{site.id}/"
        self._by: dict[str, set[str]] = defaultdict(set)
        for place in scan.places:
            self._by[f"file {composed(place).casefold()}"].add(self.base + place)
        for row in scan.rows:
            for key in self._own(row):
                self._by[key].add(row.source_path.partition(":")[0])

    def of(self, row: Article | None) -> set[str]:
        """The paths that an article has to do with. row: None if it can't be read as one."""
        keys = {f"file {self.site.facts.get(name, '').casefold()}" for name in PICTURES}
        if row:
            keys.update(self._own(row))
            keys.update(self._named(row))
        return {path for key in keys for path in self._by.get(key, ())}

    def _own(self, row: Article) -> Iterator[str]:
        """What an article is called, and what no two may share."""
        yield f"file {row.path.casefold()}"
        yield f"name {row.id}"
        if number := row.extra.get("doc_number"):
            yield f"name {normal(str(number))}"
        if number := row.extra.get("index_no"):
            yield f"index {str(number).strip()}"
        if original := row.extra.get("translation_of"):
            yield f"original {original}"
        for alias in row.extra.get("aliases", ()):
            yield f"alias {old_address(alias, self.site.url)}"

    def _named(self, row: Article) -> Iterator[str]:
        """What an article refers to: by an address of any kind, or by a name of an article."""
        for name in (row.id, row.source_path.removeprefix("content/")):
            yield f"original {name}"
        for field in _NAMING:
            written = row.extra.get(field, ())
            for name in [written] if isinstance(written, str) else written:
                yield f"name {name}"
                yield f"name {normal(str(name))}"
                yield f"file {str(name).removeprefix('content/').removeprefix(f'{self.site.id}/').casefold()}"
        for one in (one for field in _LINKING for one in row.extra.get(field, ())):
            address = one if isinstance(one, str) else one[0]
            for path in (
                local_path(row.folder, address),
                page_path(row.folder, address),
                path_on(self.site.url, address),
            ):
                if path:
                    yield f"file {composed(path).casefold()}"


def widened(narrow: Summary, whole: Summary, path: str) -> Summary:
    """The summary of a narrowed scan, with what the whole site adds up to. path: of the article that was judged."""
    looked_at = {one.source_path for one in narrow.documents} | {path}
    return replace(
        narrow,
        counts=whole.counts,
        years=whole.years,
        documents=[*narrow.documents, *(one for one in whole.documents if one.source_path not in looked_at)],
        document_names=list(dict.fromkeys([*narrow.document_names, *whole.document_names])),
        index_numbers=whole.index_numbers + narrow.index_numbers,
        pushes=_exchanged(narrow.pushes, whole.pushes, path),
        reports=_exchanged(narrow.reports, whole.reports, path),
        withheld=sorted({*narrow.withheld, *(one for one in whole.withheld if one != path)}),
        declined=whole.declined,
        decisions=whole.decisions,
    )


def _exchanged(narrow: list[Push], whole: list[Push], path: str) -> list[Push]:
    """What the site pushes or reports, the judged article as it is now."""
    others = [one for one in whole if one.article.source_path != path]
    return [*others, *(one for one in narrow if one.article.source_path == path)]
