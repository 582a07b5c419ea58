"""Working days in China: Monday to Friday without holidays, with the Saturdays and Sundays worked in their place.

The State Council's General Office announces the days of a year late in the year before. The announced ones come from
chinesecalendar; a year that it does not know yet counts by the law alone, and every result that rests on such a year is
provisional. All days are days in Beijing (`jiyue.base.clock`).
"""

from __future__ import annotations

from bisect import bisect_right
from calendar import monthrange
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
"""Month and day of the holidays that fall on the same date every year: 《全国年节及纪念日放假办法》(2024) 第二条. The others
follow the moon and the sun, and with which weekends they are joined is known only when it is announced."""

_NEW_YEAR_REACHES_BACK = (12, 25)
"""From this day on a year may be changed by the next year's announcement: New Year's holiday of 2019 began on 30 December
2018, and the 29th was worked for it."""


class Counted(NamedTuple):
    """A number of working days. provisional: one of the years was not announced yet."""

    days: int
    provisional: bool


class Deadline(NamedTuple):
    """A deadline, the last day in time. provisional: the holidays of a year up to it aren't announced yet."""

    day: date
    provisional: bool

    def is_past(self, today: date) -> bool:
        """Whether it is missed: never on the day itself, from the next day on."""
        return today > self.day


def is_announced(day: date) -> bool:
    """Whether it is known for certain if this day is worked."""
    years = _announced_years()
    return day.year in years and ((day.month, day.day) < _NEW_YEAR_REACHES_BACK or day.year + 1 in years)


def is_working_day(day: date) -> bool:
    """Whether a day is a working day; for a year not announced yet, by law alone."""
    position = bisect_right(_working_days(day.year), day)
    return position > 0 and _working_days(day.year)[position - 1] == day


def add_working_days(day: date, days: int) -> Deadline:
    """The working day that many after a day, which itself does not count (《民法典》第二百零一条); 0 gives the day itself.

    Raises ValueError for a negative number of days, OverflowError beyond the year 9999.
    """
    if days < 0:
        raise ValueError(f"{days} working days: a number below 0")
    if days == 0:
        return Deadline(day, not is_announced(day))
    year, wanted = day.year, bisect_right(_working_days(day.year), day) + days
    while wanted > len(_working_days(year)):
        wanted -= len(_working_days(year))
        year += 1
    last = _working_days(year)[wanted - 1]
    return Deadline(last, _is_provisional(day, last))


def working_days_between(start: date, end: date) -> Counted:
    """How many working days there are after the start, the end included; negative where the end is before the start.

    So `working_days_between(day, add_working_days(day, n).day)` is n.
    """
    if end < start:
        days, provisional = working_days_between(end, start)
        return Counted(-days, provisional)
    days = bisect_right(_working_days(end.year), end) - bisect_right(_working_days(start.year), start)
    days += sum(len(_working_days(year)) for year in range(start.year, end.year))
    return Counted(days, _is_provisional(start, end))


def add_months(day: date, months: int) -> date:
    """The same day so many calendar months later, or that month's last day where it has none: 《民法典》第二百零二条."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def day_of_receipt(day: date, hour: int = 0, closing_hour: int = 24) -> date:
    """The day from which a term is counted (its day 0) for what came in on a day in a certain hour.

    With a closing hour below 24, what comes after it, or on a day that is not worked, counts as come on the next working
    day; with 24 it counts as come on the day itself.
    """
    if closing_hour >= 24 or (hour < closing_hour and is_working_day(day)):
        return day
    return add_working_days(day, 1).day


def _is_provisional(start: date, end: date) -> bool:
    return not is_announced(end) or any(year not in _announced_years() for year in range(start.year, end.year))


@cache
def _announced_years() -> frozenset[int]:
    from chinese_calendar.constants import holidays  # noqa: PLC0415  (50 ms, and most builds count no working days)

    return frozenset(day.year for day in holidays)


@cache
def _working_days(year: int) -> tuple[date, ...]:
    """All working days of a year, in order."""
    from chinese_calendar.constants import holidays, workdays  # noqa: PLC0415  (50 ms, see above)

    first = date(year, 1, 1)
    # no more than one `date` beyond the year is made: 9999 is the last that there is
    days = [first + timedelta(n) for n in range(366 if monthrange(year, 2)[1] == 29 else 365)]
    if year in _announced_years():
        return tuple(day for day in days if day in workdays or (day.weekday() < 5 and day not in holidays))
    return tuple(day for day in days if day.weekday() < 5 and (day.month, day.day) not in FIXED_HOLIDAYS)
