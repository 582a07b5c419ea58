"""Who was trained (吉政办发〔2015〕5号（十九）): courses and exercises of a year, by unit and post."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from jiyue.catalogue.registers import Row
from jiyue.registry.site import Registry
from jiyue.resources.entries import Course, Exercise


class Trained(NamedTuple):
    """A post and its year. hours: of the courses that it, or its unit as a whole, attended; best: of its exercises, 0 to 1, None
    without any; last: the day of the last course or exercise, ''."""

    site: str
    unit: str
    post: str
    courses: int
    hours: Decimal
    exercises: int
    best: float | None
    last: str


def trained(
    registry: Registry, courses: Iterable[Row[Course]], exercises: Iterable[Row[Exercise]], year: str, day: str
) -> list[Trained]:
    """Every post in office on a day, with what it did in a year until that day. A course that names posts is theirs alone."""
    attended = [row for row in courses if row.entry.date.startswith(year) and row.entry.date <= day]
    done = [row for row in exercises if row.entry.date.startswith(year) and row.entry.date <= day]
    found = []
    for site in registry.sites.values():
        for officer in site.officers:
            if not officer.get("since", "") <= day <= officer.get("until", "9999"):
                continue
            post, unit = officer["post"], officer["unit"]
            mine = [
                row.entry
                for row in attended
                if row.site in ("", site.id)
                and row.entry.site in ("", site.id)
                and (post in row.entry.posts if row.entry.posts else unit in row.entry.units)
                and (not row.entry.posts or not row.entry.units or unit in row.entry.units)
            ]
            own = [
                row.entry
                for row in done
                if row.site in ("", site.id) and row.entry.post == post and row.entry.unit in ("", unit)
            ]
            best = max((one.done / one.of for one in own), default=None)
            days = [one.date for one in mine] + [one.date for one in own]
            hours = sum((one.hours for one in mine), Decimal(0))
            found.append(Trained(site.id, unit, post, len(mine), hours, len(own), best, max(days, default="")))
    return list(dict.fromkeys(found))
