"""Sets of days as spans: sorted, disjoint, half-open (first day, first day after). A day is a number, `date.toordinal()`.

A measure says once and for all on which days something is wrong; what is wrong today, since when, and when the next thing
will be, are then questions to the same spans, so that a forecast cannot disagree with the verdict of its day.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date

FIRST, END = 1, date.max.toordinal() + 1
"""The first day that there is, and the day after the last."""
Span = tuple[int, int]
Spans = tuple[Span, ...]
ALWAYS: Spans = ((FIRST, END),)
NEVER: Spans = ()


def number(day: str) -> int:
    """The number of a day 'YYYY-MM-DD', with or without a time behind it."""
    return date(int(day[:4]), int(day[5:7]), int(day[8:10])).toordinal()


def text(day: int) -> str:
    """The inverse of number()."""
    return date.fromordinal(day).isoformat()


def union(spans: Iterable[Span]) -> Spans:
    """The days in any of these spans, which may overlap, be empty and come in any order."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return tuple(merged)


def without(spans: Spans, taken: Spans) -> Spans:
    """The days of `spans` that are not in `taken`."""
    left: list[Span] = []
    for start, end in spans:
        at = start
        for begin, stop in taken:
            if stop <= at:
                continue
            if begin >= end:
                break
            if begin > at:
                left.append((at, begin))
            at = stop
        if at < end:
            left.append((at, end))
    return tuple(left)


def both(one: Spans, other: Spans) -> Spans:
    """The days in both."""
    return without(one, without(ALWAYS, other))


def around(spans: Spans, day: int) -> Span | None:
    """The span that a day is in."""
    at = bisect_right(spans, (day, END)) - 1
    return spans[at] if at >= 0 and spans[at][0] <= day < spans[at][1] else None


def next_day(spans: Spans, day: int) -> int | None:
    """The first day from this one on that is in the spans."""
    return next((max(start, day) for start, end in spans if end > day), None)


def at_least(sets: Iterable[tuple[Spans, int]], count: int) -> Spans:
    """The days on which sets with a weight of `count` in all have the day. count > 0."""
    changes: dict[int, int] = {}
    for spans, weight in sets:
        for start, end in spans:
            changes[start] = changes.get(start, 0) + weight
            changes[end] = changes.get(end, 0) - weight
    found: list[Span] = []
    total, since = 0, 0
    for day in sorted(changes):
        before = total >= count
        total += changes[day]
        if total >= count and not before:
            since = day
        elif before and total < count:
            found.append((since, day))
    return tuple(found)
