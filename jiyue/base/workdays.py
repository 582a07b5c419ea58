"""Working days (工作日) of mainland China: weekends, public holidays and the days on which they are made up for (调休).

Days are dates in Beijing (jiyue.base.clock). The holidays of a year are announced by the State Council's general office
(国务院办公厅关于部分节假日安排的通知), usually in November of the year before. Until then a year is provisional: only its
weekends are known, and whatever is computed from it says so.

A period counted in working days begins on the day after the one that starts it; its last day is still in time, and it is
late only from the next day (民法典 第二百零一条, 行政诉讼法 第八十一条 likewise).
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

_DAY = timedelta(days=1)


class Deadline(NamedTuple):
    """The last day that is in time. provisional: it may move, because a year it depends on has no announced calendar."""

    day: date
    provisional: bool

    def is_late(self, day: date) -> bool:
        """Whether what is done on that day, or not done by then, is late: only from the day after the last one."""
        return day > self.day


@lru_cache(maxsize=1)
def _calendar() -> tuple[frozenset[date], frozenset[date], frozenset[int]]:
    """(days off, working days at weekends, years whose holidays were announced)."""
    from chinese_calendar.constants import holidays, workdays  # noqa: PLC0415  (30 ms that a build without deadlines has no use for)

    return frozenset(holidays), frozenset(workdays), frozenset(day.year for day in holidays)


def is_announced(year: int) -> bool:
    """Whether the holidays of a year are known."""
    return year in _calendar()[2]


def is_workday(day: date) -> bool:
    """Whether offices work on that day. Of a year without an announced calendar: whether it is Monday to Friday."""
    off, made_up, _ = _calendar()
    return day in made_up or (day.weekday() < 5 and day not in off)


@lru_cache(maxsize=256)
def _of(year: int) -> tuple[int, ...]:
    """The working days of a year, as ordinals."""
    first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    return tuple(n for n in range(first, last + 1) if is_workday(date.fromordinal(n)))


def add(day: date, count: int) -> Deadline:
    """The count-th working day after a day (which may be a holiday itself); count 0 is the day itself. ValueError below 0."""
    if count < 0:
        raise ValueError("a period has no negative length")
    end = day
    for _ in range(count):
        end += _DAY
        while not is_workday(end):
            end += _DAY
    return Deadline(end, is_provisional(day + _DAY, end))


def between(first: date, last: date) -> int:
    """How many working days lie after first, up to last included: 0 on the day itself, negative if last is earlier."""
    if last < first:
        return -between(last, first)
    start, end = first.toordinal(), last.toordinal()
    return sum(
        bisect_right(days, end) - bisect_right(days, start) for days in map(_of, range(first.year, last.year + 1))
    )


def is_provisional(first: date, last: date) -> bool:
    """Whether a count over these days, both included, rests on a year whose holidays are not announced yet."""
    return any(not is_announced(year) for year in range(first.year, last.year + 1))
