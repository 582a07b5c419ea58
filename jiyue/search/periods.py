"""Assigns documents to segments by period, and numbers them. A pure function of dates and ids (docs/search.md § 4)."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

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


def dated(doc: SearchDoc) -> str:
    """The document's date; documents without one count as the oldest."""
    return doc.date if DATE.fullmatch(doc.date) else UNDATED


def by_segment(documents: Iterable[SearchDoc]) -> dict[str, dict[str, list[SearchDoc]]]:
    """Segment → block → documents, in an order that depends only on the given order of the block's.

    `c` is the newest document's period, in blocks of a day; `b` the earlier periods of its year, if a year has many
    documents; `a` the rest. Both of these are in blocks of a month. The length of a period depends on the documents per year.
    """
    days: defaultdict[str, list[SearchDoc]] = defaultdict(list)
    for doc in documents:
        days[doc.date].append(doc)
    for day in [day for day in days if not DATE.fullmatch(day) and day != UNDATED]:
        days[UNDATED] += days.pop(day)
    if not days:
        return {}
    newest = max(days)
    year = int(newest[:4])
    a_year = max(sum(len(docs) for day, docs in days.items() if day[:4] == f"{one:04d}") for one in (year, year - 1))
    period = next((of for parts, of in PERIODS if a_year <= FRESH_DOCUMENTS * parts), PERIODS[-1][1])
    fresh = {day: docs for day, docs in days.items() if period(day) == period(newest)}
    if sum(map(len, fresh.values())) > FRESH_MOST:
        fresh = {}
    segments: dict[str, defaultdict[str, list[SearchDoc]]] = {name: defaultdict(list) for name in "abc"}
    segments["c"] |= fresh
    for day, docs in days.items():
        if day not in fresh:
            this_year = a_year >= CLOSED_YEAR_FROM and day[:4] == newest[:4]
            segments["b" if this_year else "a"][day[:7]] += docs
    return {name: dict(blocks) for name, blocks in segments.items() if blocks}


def capacity(count: int) -> int:
    """Numbers reserved for a block of `count` parts: at least a quarter free, in steps, so that it rarely changes."""
    size = 8
    while size < count + count // 4 + 2:
        size = size * 3 // 2 if size & (size - 1) == 0 else size // 3 * 4
    return size


@dataclass(frozen=True, slots=True)
class Row:
    """A document's place in its segment: `width` numbers, one for each of its parts, from `number` on (relative to the block's first)."""

    number: int
    id: str
    digest: str
    width: int = 1


def numbered(documents: Iterable[tuple[str, str, str, int]]) -> list[Row]:
    """The rows of one block from (date, id, digest, width), in order of date: a higher number never has an older document.

    Each gets the first free number at or after the one that its day and the hash of its id point to, so that adding or
    removing a document moves only a few adjacent ones.
    """
    ordered = sorted(
        (date, hashlib.blake2b(id_.encode("utf-8", "surrogatepass"), digest_size=4).digest(), id_, digest, width)
        for date, id_, digest, width in documents
    )
    left = sum(row[-1] for row in ordered)
    size = capacity(left)
    first, last = (int(date[8:]) for date in (ordered[0][0], ordered[-1][0]))
    days = 31 if last > first else 1
    rows: list[Row] = []
    free = 0
    for date, spread, id_, digest, width in ordered:
        day = min(days - 1, int(date[8:]) - 1) if days > 1 else 0
        place = (max(0, day) * 65536 + int.from_bytes(spread[:2], "big")) * (size * 3 // 4) // (days * 65536)
        number = min(max(place, free), size - left)
        rows.append(Row(number, id_, digest, width))
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
