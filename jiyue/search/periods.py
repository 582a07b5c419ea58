"""Assigns documents to segments by period, and numbers them. A pure function of dates and ids (docs/search.md § 4)."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from jiyue.base.patterns import pattern
from jiyue.search.model import SearchDoc

FRESH_DOCUMENTS = 48
"""The current period is chosen so that it has about this many documents in a normal year."""
FRESH_MOST = 256
"""A period with more documents is a bulk import (a migrated site, say), so it counts as closed."""
CLOSED_YEAR_FROM = 1500
"""Documents per year from which closed years are separate from the closed periods of this year."""
UNDATED = "0000-00-00"
DATE = pattern(r"\d{4}-\d\d-\d\d")


def _third(date: str) -> str:
    """旬: the first, second or last ten days of a month."""
    return f"{date[:7]}-{min(2, (int(date[8:]) - 1) // 10)}x"


PERIODS: tuple[tuple[int, Callable[[str], str]], ...] = (
    (1, lambda date: date[:4]),
    (12, lambda date: date[:7]),
    (36, _third),
    (365, lambda date: date),
)
"""(periods per year, date -> its period), coarsest first."""


def dated(date: str) -> str:
    """The day of a document with this date; documents without one count as the oldest."""
    return date if DATE.fullmatch(date) else UNDATED


class Division(NamedTuple):
    """Which documents lie together. It depends on their number on each day alone.

    period: places in PERIODS. fresh: the newest document's period, '' if it counts as closed. year: of the segment `b`, '' without one.
    """

    period: int
    fresh: str
    year: str

    @classmethod
    def of(cls, days: Mapping[str, int]) -> Division:
        """The division of this many documents a day. The length of a period depends on the documents per year."""
        newest = max(days, default=UNDATED)
        year = int(newest[:4])
        recent = {day: count for day, count in days.items() if day[:4] >= f"{year - 1:04d}"}
        a_year = max(sum(recent[day] for day in recent if day[:4] == f"{one:04d}") for one in (year, year - 1))
        fitting = (place for place, (parts, _) in enumerate(PERIODS) if a_year <= FRESH_DOCUMENTS * parts)
        period = next(fitting, len(PERIODS) - 1)
        of = PERIODS[period][1]
        fresh = of(newest)
        if sum(count for day, count in recent.items() if of(day) == fresh) > FRESH_MOST:
            fresh = ""
        return cls(period, fresh, newest[:4] if a_year >= CLOSED_YEAR_FROM else "")

    def place(self, day: str) -> tuple[str, str]:
        """(segment, block) of a day: `c` is the newest document's period, in blocks of a day; `b` the earlier periods of its
        year, if a year has many documents; `a` the rest. Both of these are in blocks of a month."""
        if PERIODS[self.period][1](day) == self.fresh:
            return "c", day
        return "b" if day[:4] == self.year else "a", day[:7]


def by_segment(documents: Iterable[SearchDoc], division: Division) -> dict[str, dict[str, list[SearchDoc]]]:
    """Segment → block → documents in order of day and id. documents: in order of id."""
    days: defaultdict[str, list[SearchDoc]] = defaultdict(list)
    for doc in documents:
        days[doc.date].append(doc)
    undated = [docs for day, docs in days.items() if dated(day) == UNDATED]
    ordered = {day: docs for day, docs in days.items() if dated(day) != UNDATED}
    if undated:
        ordered[UNDATED] = sorted((doc for docs in undated for doc in docs), key=lambda doc: doc.id)
    segments: defaultdict[str, defaultdict[str, list[SearchDoc]]] = defaultdict(lambda: defaultdict(list))
    for day in sorted(ordered):
        segment, block = division.place(day)
        segments[segment][block] += ordered[day]
    return {name: dict(segments[name]) for name in sorted(segments)}


def capacity(count: int) -> int:
    """Numbers reserved for a block of `count` parts: at least a quarter free, in steps, so that it rarely changes."""
    size = 8
    while size < count + count // 4 + 2:
        size = size * 3 // 2 if size & (size - 1) == 0 else size // 3 * 4
    return size


class Row(NamedTuple):
    """A document's place in its segment: `width` numbers, one for each of its parts, from `number` on (relative to the block's first)."""

    number: int
    width: int
    day: str
    id: str
    digest: str


def numbered(documents: Iterable[tuple[str, str, str, int]]) -> list[Row]:
    """The rows of one block from (day, id, digest, width), in order of day: a higher number never has an older document.

    Each gets the first free number at or after the one that its day and the hash of its id point to, so that adding or
    removing a document moves only a few adjacent ones.
    """
    ordered = sorted(
        (day, hashlib.blake2b(id_.encode("utf-8", "surrogatepass"), digest_size=4).digest(), id_, digest, width)
        for day, id_, digest, width in documents
    )
    left = sum(row[-1] for row in ordered)
    size = capacity(left)
    first, last = (int(day[8:]) for day in (ordered[0][0], ordered[-1][0]))
    days = 31 if last > first else 1
    rows: list[Row] = []
    free = 0
    for day, spread, id_, digest, width in ordered:
        of_month = min(days - 1, int(day[8:]) - 1) if days > 1 else 0
        place = (max(0, of_month) * 65536 + int.from_bytes(spread[:2], "big")) * (size * 3 // 4) // (days * 65536)
        number = min(max(place, free), size - left)
        rows.append(Row(number, width, day, id_, digest))
        free = number + width
        left -= width
    return rows


def starts(capacities: Mapping[str, int]) -> tuple[dict[str, int], int]:
    """(block -> its first number, blocks in order of time; the end of the last)."""
    begin: dict[str, int] = {}
    at = 0
    for name in sorted(capacities):
        begin[name] = at
        at += capacities[name]
    return begin, at
