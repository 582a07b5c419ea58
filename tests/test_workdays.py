"""Working days: against the announced calendars, an independent count, and every boundary of a period."""

from __future__ import annotations

import json
import os
import random
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest

from jiyue.base import workdays

DAY = timedelta(days=1)


@cache
def announced() -> dict[date, bool]:
    """Day -> whether it is off, of all days that an announcement names; read from the folder of real texts."""
    folder = Path(os.environ.get("JIYUE_REAL_TEXTS", "")) / "holidays"
    if not os.environ.get("JIYUE_REAL_TEXTS") or not folder.is_dir():
        pytest.skip("JIYUE_REAL_TEXTS names no folder with holidays")
    years = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("20*.json"))]
    return {date.fromisoformat(day["date"]): day["isOffDay"] for year in years for day in year["days"]}


def works(day: date) -> bool:
    """The independent judgment: an announcement if there is one, else Monday to Friday."""
    return not announced()[day] if day in announced() else day.isoweekday() <= 5


def test_every_day_is_as_it_was_announced() -> None:
    day, wrong = date(2007, 1, 1), []
    while day.year <= 2026:
        wrong += [day] if workdays.is_workday(day) != works(day) else []
        day += DAY
    assert wrong == []


def test_five_thousand_periods_agree_with_an_independent_count() -> None:
    chance = random.Random(17)
    span = (date(2026, 11, 1) - date(2007, 1, 1)).days
    worked = [0]  # how many days of work there were up to each day, counted one by one
    for n in range(1, span + 1):
        worked.append(worked[-1] + works(date(2007, 1, 1) + timedelta(days=n)))
    for _ in range(5000):
        day = date(2007, 1, 1) + timedelta(days=chance.randrange(span))
        count = chance.choice([0, 1, 3, 7, 8, 10, 15, 16, 20, 30])
        end, left = day, count
        while left:
            end += DAY
            left -= works(end)
        found = workdays.add(day, count)
        assert (found.day, found.provisional) == (end, end.year > 2026), (day, count)
        assert workdays.between(day, end) == count
        other = date(2007, 1, 1) + timedelta(days=chance.randrange(span))
        first, last = sorted((day, other))
        days = worked[(last - date(2007, 1, 1)).days] - worked[(first - date(2007, 1, 1)).days]
        assert workdays.between(first, last) == days == -workdays.between(last, first)


@pytest.mark.parametrize("count", [7, 15])
def test_the_last_day_is_in_time_and_the_next_one_late(count: int) -> None:
    day = date(2007, 1, 1)
    while day < date(2026, 11, 1):
        deadline = workdays.add(day, count)
        assert not deadline.is_late(deadline.day)
        assert deadline.is_late(deadline.day + DAY)
        assert workdays.between(day, deadline.day) == count
        following = workdays.add(deadline.day, 1).day  # the working day on which it is counted late
        assert workdays.between(day, following) == count + 1
        day += DAY


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-11-20", 7, "2026-12-01"),  # over a weekend
        ("2026-09-24", 6, "2026-10-10"),  # over Mid-Autumn and National Day; Saturday 10 October is made up
        ("2026-09-24", 7, "2026-10-12"),
        ("2025-01-24", 1, "2025-01-26"),  # Sunday 26 January is a working day
        ("2026-02-28", 0, "2026-02-28"),  # a made-up Saturday
        ("2024-02-09", 1, "2024-02-18"),  # 除夕 was a working day in 2024; Sunday 18 February made up
    ],
)
def test_make_up_days_count(start: str, count: int, end: str) -> None:
    assert workdays.add(date.fromisoformat(start), count) == (date.fromisoformat(end), False)


def test_a_year_without_an_announcement_is_provisional() -> None:
    assert not workdays.is_announced(2031)
    assert workdays.add(date(2031, 4, 30), 1) == (date(2031, 5, 1), True)
    assert workdays.add(date(2026, 12, 28), 3) == (date(2026, 12, 31), False)
    assert workdays.is_provisional(date(2026, 12, 31), date(2031, 1, 4))
    with pytest.raises(ValueError, match="negative"):
        workdays.add(date(2026, 1, 1), -1)
