"""The forecast as a calendar (RFC 5545): an event for each thing that will be wrong, on the last day on which it can be mended."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from jiyue.audit.due import Due, dues
from jiyue.audit.run import Audit
from jiyue.base.icalendar import Event, calendar
from jiyue.registry.inspection import InspectionRule

USUAL_DAYS = 90
"""How far ahead a calendar looks where nothing else is asked for."""


def as_ics(audit: Audit, due: int) -> str:
    """The calendar of the sites of an audit. due: days ahead, 0 for the usual."""
    names = [audit.registry.sites[site].name for site in audit.sites]
    return _calendar(
        audit, names[0] if len(names) == 1 else audit.registry.cluster.name, dues(audit, due or USUAL_DAYS)
    )


def calendars(audit: Audit, due: int = 0) -> dict[str, str]:
    """File name -> calendar: one for each site, and one for each unit that something will be due for, on whatever sites."""
    coming = dues(audit, due or USUAL_DAYS)
    made = {
        f"site-{site}.ics": _calendar(
            audit, audit.registry.sites[site].name, [one for one in coming if one.site == site]
        )
        for site in audit.sites
    }
    for unit in sorted({one.unit for one in coming} - {""}):
        made[f"unit-{file_name(unit)}.ics"] = _calendar(audit, unit, [one for one in coming if one.unit == unit])
    return made


def file_name(unit: str) -> str:
    """A unit's name as part of a file's: letters and digits, and a mark that tells it from others that look the same so."""
    plain = re.sub(r"\W+", "-", unit).strip("-")[:40]
    return plain if plain == unit else f"{plain}-{hashlib.sha256(unit.encode()).hexdigest()[:6]}"


def _calendar(audit: Audit, name: str, coming: Iterable[Due]) -> str:
    return calendar(f"{name}：到期提醒", "audit", audit.day, (_event(audit, one) for one in coming))


def _event(audit: Audit, one: Due) -> Event:
    rule: InspectionRule = audit.rules[one.site][one.rule]
    name = audit.registry.sites[one.site].name
    details = "\n".join(
        part for part in (one.message, f"责任单位：{one.unit}" if one.unit else "", one.hint, one.path) if part
    )
    return Event(
        (one.site, one.rule, one.key, one.day), one.latest, one.latest, f"{rule.name}（{name}）：{one.day} 起不合格", details,
        one.rule, 1 if one.severity == "error" else 5,
    )  # fmt: skip
