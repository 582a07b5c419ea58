"""Working days: compared with the announcements, with a manual count, and for years not announced yet."""

from __future__ import annotations

import json
import os
import random
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiyue.base import workdays
from jiyue.base.workdays import (
    Deadline,
    add_months,
    add_working_days,
    day_of_receipt,
    is_announced,
    is_working_day,
    working_days_between,
)

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def announced() -> dict[date, bool]:
    """The days named by the State Council's announcements of 2007 to 2026 -> whether they are worked."""
    folder = os.environ.get("JIYUE_REAL_TEXTS")
    if not folder:
        pytest.skip("JIYUE_REAL_TEXTS names no folder with the announced holidays")
    days = {}
    for path in sorted(Path(folder, "holidays").glob("2*.json")):
        for entry in json.loads(path.read_text(encoding="utf-8"))["days"]:
            days[date.fromisoformat(entry["date"])] = not entry["isOffDay"]
    assert len(days) > 600
    return days


def worked(announced: dict[date, bool], day: date) -> bool:
    return announced.get(day, day.weekday() < 5)


def counted_by_hand(announced: dict[date, bool], day: date, days: int) -> date:
    """A day at a time, as a person counts on the calendar."""
    while days:
        day += DAY
        days -= worked(announced, day)
    return day


def test_every_day_of_twenty_years_is_as_announced(announced: dict[date, bool]) -> None:
    day, wrong = date(2007, 1, 1), []
    while day.year < 2027:
        if is_working_day(day) != worked(announced, day):
            wrong.append(day)
        day += DAY
    assert wrong == []


def test_deadlines_agree_with_a_count_by_hand(announced: dict[date, bool]) -> None:
    chance = random.Random(17)
    days = (date(2026, 12, 31) - date(2007, 1, 1)).days
    for _ in range(5_000):
        day = date(2007, 1, 1) + chance.randrange(days) * DAY
        for number in (1, 5, 7, 15, 20):
            due = counted_by_hand(announced, day, number)
            if due.year > 2026:
                continue
            found = add_working_days(day, number)
            assert found.day == due, (day, number)
            # the classes of the letters' statistics: day 7 is in time, day 8 is not
            assert [found.is_past(due - DAY), found.is_past(due), found.is_past(due + DAY)] == [False, False, True]
            assert working_days_between(day, due).days == number
            assert working_days_between(day, due - DAY).days == number - 1
            assert working_days_between(due, day).days == -sum(
                worked(announced, day + n * DAY) for n in range(1, (due - day).days + 1)
            )


@pytest.mark.parametrize(
    ("received", "days", "due"),
    [
        ((2026, 2, 9), 7, (2026, 2, 25)),  # Spring Festival 15 to 23 February; Saturday the 14th is worked
        ((2026, 2, 9), 8, (2026, 2, 26)),
        ((2026, 9, 18), 7, (2026, 9, 29)),  # Sunday the 20th is worked, 25 to 27 September is Mid-Autumn
        ((2026, 9, 18), 15, (2026, 10, 15)),  # 1 to 7 October is off, Saturday the 10th is worked
        ((2026, 9, 18), 16, (2026, 10, 16)),
        ((2026, 5, 1), 1, (2026, 5, 6)),  # received on a holiday
        ((2020, 1, 20), 7, (2020, 2, 6)),  # Spring Festival of 2020 was made longer, to 2 February
    ],
)
def test_deadlines_on_the_calendar(received: tuple[int, int, int], days: int, due: tuple[int, int, int]) -> None:
    assert add_working_days(date(*received), days) == Deadline(date(*due), provisional=False)


@pytest.mark.parametrize(
    ("day", "months", "result"),
    [
        ((2026, 8, 28), 3, (2026, 11, 28)),
        ((2026, 11, 30), 3, (2027, 2, 28)),
        ((2027, 11, 30), 3, (2028, 2, 29)),
        ((2026, 9, 30), 3, (2026, 12, 30)),
        ((2026, 12, 31), 2, (2027, 2, 28)),
        ((2026, 1, 31), 12, (2027, 1, 31)),
    ],
)
def test_months(day: tuple[int, int, int], months: int, result: tuple[int, int, int]) -> None:
    assert add_months(date(*day), months) == date(*result)


def test_a_year_that_is_not_announced_is_provisional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workdays, "_announced_years", lambda: frozenset(range(2004, 2027)))
    assert add_working_days(date(2026, 11, 2), 15) == (date(2026, 11, 23), False)
    assert add_working_days(date(2026, 12, 21), 7) == (date(2026, 12, 30), True)  # New Year may reach into December
    assert add_working_days(date(2026, 12, 28), 4) == (date(2027, 1, 4), True)  # 1 January is a holiday by law
    assert working_days_between(date(2026, 11, 2), date(2027, 3, 1)).provisional
    assert not working_days_between(date(2025, 12, 29), date(2026, 3, 2)).provisional
    assert working_days_between(date(2003, 12, 31), date(2004, 3, 1)).provisional
    assert not is_announced(date(2027, 6, 1))


def test_what_comes_after_hours_counts_from_the_next_working_day_where_that_is_wanted() -> None:
    friday, saturday, monday = date(2026, 11, 27), date(2026, 11, 28), date(2026, 11, 30)
    assert day_of_receipt(friday, 16, closing_hour=17) == friday
    assert day_of_receipt(friday, 17, closing_hour=17) == monday
    assert day_of_receipt(saturday, 9, closing_hour=17) == monday
    assert day_of_receipt(saturday, 23) == saturday


def test_no_negative_number_of_days() -> None:
    with pytest.raises(ValueError, match="below 0"):
        add_working_days(date(2026, 11, 27), -1)


@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)), st.integers(0, 900))
def test_adding_and_counting_are_each_other_s_inverse(day: date, days: int) -> None:
    due = add_working_days(day, days)
    assert working_days_between(day, due.day) == (days, due.provisional)
    assert days == 0 or is_working_day(due.day)
