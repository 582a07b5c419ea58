"""The forecast as a calendar (RFC 5545): an event for each thing that will be wrong, on the last day on which it can be mended."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from jiyue.audit.due import Due, dues
from jiyue.audit.run import Audit
from jiyue.registry.inspection import InspectionRule

USUAL_DAYS = 90
"""How far ahead a calendar looks where nothing else is asked for."""
_FOLD = 75
"""The most octets of a line, its end not counted (RFC 5545, 3.1)."""


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
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Jiyue//audit//ZH", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(f'{name}：到期提醒')}",
        *(line for one in coming for line in _event(audit, one)),
        "END:VCALENDAR",
    ]  # fmt: skip
    return "".join(f"{fold(line)}\r\n" for line in lines)


def _event(audit: Audit, one: Due) -> Iterable[str]:
    rule: InspectionRule = audit.rules[one.site][one.rule]
    name = audit.registry.sites[one.site].name
    uid = hashlib.sha256("\0".join((one.site, one.rule, one.key, one.day)).encode()).hexdigest()[:32]
    yield "BEGIN:VEVENT"
    yield f"UID:{uid}@jiyue"
    yield f"DTSTAMP:{audit.day.replace('-', '')}T000000Z"
    yield f"DTSTART;VALUE=DATE:{one.latest.replace('-', '')}"
    yield f"DTEND;VALUE=DATE:{one.day.replace('-', '')}"
    yield f"SUMMARY:{_text(f'{rule.name}（{name}）：{one.day} 起不合格')}"
    details = "\n".join(
        part for part in (one.message, f"责任单位：{one.unit}" if one.unit else "", one.hint, one.path) if part
    )
    yield f"DESCRIPTION:{_text(details)}"
    yield f"CATEGORIES:{_text(one.rule)}"
    yield f"PRIORITY:{1 if one.severity == 'error' else 5}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _text(value: str) -> str:
    """A value of type TEXT (RFC 5545, 3.3.11); other control characters can't be written."""
    plain = "".join(character for character in value if character == "\n" or character >= " ")
    for character in ("\\", ";", ","):
        plain = plain.replace(character, f"\\{character}")
    return plain.replace("\n", "\\n").replace("\x7f", "")


def fold(line: str) -> str:
    """A line of content folded to at most 75 octets, never within a character."""
    parts: list[str] = []
    part, size = "", 0
    for character in line:
        octets = len(character.encode("utf-8", "surrogatepass"))
        if size + octets > _FOLD:
            parts.append(part)
            part, size = "", 1  # the space that a continuation begins with
        part += character
        size += octets
    return "\r\n ".join([*parts, part])
