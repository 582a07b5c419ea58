"""Statistics of a site's letters as of a day: numbers, and time to reply."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from datetime import date
from typing import Any

from jiyue.letters.ledger import Letter

WITHIN = (1, 3, 5, 7, 10, 15, 20, 30)
"""Working days after receipt, for each of which the letters answered by then are counted."""


def figures(letters: Iterable[Letter], today: date) -> dict[str, Any]:
    """Counts of letters received, answered, answered WITHIN some days, overdue, vetoed; median and p90 in working days.

    The median of an even number is the mean of the middle two; p90 is the smallest number of days that nine out of ten
    didn't exceed. Both are None without replies.
    """
    known = [letter for letter in letters if letter.received <= today]
    days = sorted(n for letter in known if (n := letter.days(today)) is not None)
    return {
        "received": len(known),
        "answered": len(days),
        "within": {str(limit): sum(n <= limit for n in days) for limit in WITHIN},
        "overdue": sum(letter.is_overdue(today) for letter in known),
        "over_three_months": sum(letter.is_vetoed(today) for letter in known),
        "median": statistics.median(days) if days else None,
        "p90": days[math.ceil(0.9 * len(days)) - 1] if days else None,
    }


def report(letters: Iterable[Letter], today: date) -> dict[str, Any]:
    """The figures of all letters, of each unit, and of each kind."""
    known = list(letters)

    def grouped(name: str) -> dict[str, Any]:
        groups = sorted({getattr(letter, name) for letter in known})
        return {group: figures((one for one in known if getattr(one, name) == group), today) for group in groups}

    return {**figures(known, today), "units": grouped("unit"), "kinds": grouped("kind")}
