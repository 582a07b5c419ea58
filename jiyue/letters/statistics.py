"""Statistics of a site's letters as of a day: numbers, and time to reply."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from jiyue.catalogue.letters import Letter

WITHIN = (1, 3, 5, 7, 10, 15, 20, 30)
"""Working days after receipt, for each of which the letters answered by then are counted."""
FEWEST = 20
"""Groups with fewer letters are not compared: the share of a handful is chance."""
_Z = 1.959964
"""The normal deviate of a confidence of 95 %."""


def figures(letters: Iterable[Letter], today: date) -> dict[str, Any]:
    """Counts of letters received, answered, answered WITHIN some days, overdue, vetoed; median and p90 in working days.

    in_time: answered by their deadline; decided: those of which that is known, answered or overdue.
    The median of an even number is the mean of the middle two; p90 is the smallest number of days that nine out of ten
    didn't exceed. Both are None without replies.
    """
    known = [letter for letter in letters if letter.received <= today]
    days = sorted(n for letter in known if (n := letter.days(today)) is not None)
    overdue = sum(letter.is_overdue(today) for letter in known)
    return {
        "received": len(known),
        "answered": len(days),
        "in_time": sum(letter.was_in_time(today) for letter in known),
        "decided": len(days) + overdue,
        "within": {str(limit): sum(n <= limit for n in days) for limit in WITHIN},
        "overdue": overdue,
        "over_three_months": sum(letter.is_vetoed(today) for letter in known),
        "median": statistics.median(days) if days else None,
        "p90": days[math.ceil(0.9 * len(days)) - 1] if days else None,
    }


def report(letters: Iterable[Letter], today: date) -> dict[str, Any]:
    """The figures of all letters, of each unit, and of each kind."""
    known = list(letters)

    def grouped(name: str) -> dict[str, Any]:
        groups: dict[str, list[Letter]] = {}
        for letter in known:
            groups.setdefault(getattr(letter, name), []).append(letter)
        return {group: figures(groups[group], today) for group in sorted(groups)}

    return {**figures(known, today), "units": grouped("unit"), "kinds": grouped("kind")}


def by_month(letters: Iterable[Letter], today: date, most: int = 12) -> list[tuple[str, int, int]]:
    """('YYYY-MM', received, answered) of the last months in which there were letters, at most so many, in order."""
    received: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    for letter in letters:
        if letter.received <= today:
            received[f"{letter.received:%Y-%m}"] += 1
        if day := letter.answered(today):
            answered[f"{day:%Y-%m}"] += 1
    return [(month, received[month], answered[month]) for month in sorted({*received, *answered})[-most:]]


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The interval of a share at a confidence of 95 % (Wilson 1927): right for few cases and for shares near 0 and 1. of > 0."""
    share, z2 = hits / of, _Z * _Z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z / (1 + z2 / of) * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)
