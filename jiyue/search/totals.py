"""What an index says of all its documents together, kept so that a change needs the changed documents alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from operator import itemgetter
from typing import Any

from jiyue.catalogue.kinds import KINDS
from jiyue.search import suggest
from jiyue.search.model import SearchDoc
from jiyue.search.periods import dated
from jiyue.search.postings import FACETS
from jiyue.search.suggest import Title

SPARE = 100
"""Titles kept beyond those suggested: so many may be withdrawn before all documents are needed."""
_FACETS = {"column": "column_name", "kind": "", "site": "site_name", "validity": "", "lang": ""}
"""Facet → the field with its value's name, if it has one."""
_Named = Counter[tuple[str, str]]
"""(value, name) → number of documents."""


@dataclass(slots=True)
class Totals:
    """The counts of an index's documents. manifest: the digest of the index's manifest, '' while it is not written.

    dates: documents of each date, as given. facets: facet → documents of each value and name. titles: the first for
    suggestions, best first, all or with SPARE.
    """

    dates: Counter[str]
    facets: dict[str, _Named]
    titles: list[Title]
    manifest: str = ""

    @classmethod
    def of(cls, documents: Sequence[SearchDoc], suggestions: bool) -> Totals:
        """The totals of these documents. suggestions: whether titles are wanted."""
        titles = suggest.ranked(documents, suggest.MOST + SPARE) if suggestions else []
        return cls(Counter(map(itemgetter(_place("date")), documents)), _counted(documents), titles)

    @property
    def documents(self) -> int:
        """Their number."""
        return self.dates.total()

    def days(self) -> Mapping[str, int]:
        """Documents of each day, as the periods count them."""
        days = Counter(self.dates)
        for date in [date for date in days if dated(date) != date]:
            days[dated(date)] += days.pop(date)
        return days

    def changed(self, gone: Sequence[SearchDoc], come: Sequence[SearchDoc], suggestions: bool) -> Totals | None:
        """The totals without these and with those documents; None if that can't be told from the totals."""
        dates = Counter(self.dates)
        dates.subtract(doc.date for doc in gone)
        dates.update(doc.date for doc in come)
        facets = {facet: Counter(named) for facet, named in self.facets.items()}
        for sign, docs in ((-1, gone), (1, come)):
            for facet, named in _counted(docs).items():
                for key, count in named.items():
                    facets[facet][key] += sign * count
        if min((*dates.values(), *(count for named in facets.values() for count in named.values())), default=0) < 0:
            return None
        titles = self._titles(gone, come) if suggestions else []
        if titles is None:
            return None
        return Totals(+dates, {facet: +named for facet, named in facets.items()}, titles)

    def _titles(self, gone: Sequence[SearchDoc], come: Sequence[SearchDoc]) -> list[Title] | None:
        ids = {doc.id for doc in gone}
        kept = [title for title in self.titles if title.id not in ids]
        every = len(self.titles) == self.documents
        if every:
            return suggest.first([*kept, *map(suggest.title, come)], suggest.MOST + SPARE)
        if not self.titles:
            return None
        last = self.titles[-1]
        titles = suggest.first([*kept, *(one for one in map(suggest.title, come) if one > last)], suggest.MOST + SPARE)
        return titles if len(titles) >= suggest.MOST else None

    def filters(self) -> dict[str, list[list[str]]]:
        """Facet → sorted [value, name] pairs that occur. No counts, so that a new document rarely changes the file.

        Where documents name a value differently, its name is the one that most of them use.
        """
        years: _Named = Counter()
        for date, count in self.dates.items():
            years[date[:4], ""] += count
        named = {**self.facets, "year": years}
        return {facet: pairs for facet in FACETS if (pairs := _pairs(named[facet], facet))}

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        facets = {
            facet: [[*key, count] for key, count in sorted(named.items())] for facet, named in self.facets.items()
        }
        return {"dates": self.dates, "facets": facets, "titles": self.titles, "manifest": self.manifest}

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Totals:
        """From what plain() returned."""
        facets = {
            facet: Counter({(value, name): count for value, name, count in rows})
            for facet, rows in plain["facets"].items()
        }
        titles = [Title(*title) for title in plain["titles"]]
        return cls(Counter(plain["dates"]), facets, titles, plain["manifest"])


@dataclass(slots=True)
class IndexReport:
    """The result of making an index: its totals, how many documents were cut into terms, and how each segment was made."""

    totals: Totals
    tokenized: int = 0
    segments: dict[str, str] = field(default_factory=dict)


def _place(name: str) -> int:
    return SearchDoc._fields.index(name)


def _counted(documents: Sequence[SearchDoc]) -> dict[str, _Named]:
    """Each facet's values and names, with their numbers of documents."""
    counted: dict[str, _Named] = {}
    for facet, name in _FACETS.items():
        values = map(itemgetter(_place(facet)), documents)
        names = map(itemgetter(_place(name)), documents) if name else repeat("")
        counted[facet] = Counter(zip(values, names, strict=False))
    return counted


def _pairs(named: _Named, facet: str) -> list[list[str]]:
    names: dict[str, tuple[int, str]] = {}
    for (value, name), count in named.items():
        names[value] = max(names.get(value, (0, "")), (count, name))
    if facet == "kind":
        names = {value: (0, KINDS[value].label if value in KINDS else "") for value in names}
    return [[value, names[value][1] or value] for value in sorted(names) if value]
