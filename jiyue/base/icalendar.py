"""Calendars (iCalendar, RFC 5545) of whole days. The same events give the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

_FOLD = 75
"""The most octets of a line, its end not counted (RFC 5545, 3.1)."""


class Event(NamedTuple):
    """An event from a day to another, both counted, 'YYYY-MM-DD'. key: what it is, the same in every run.

    priority: 1 the highest, 9 the lowest.
    """

    key: tuple[str, ...]
    first: str
    last: str
    summary: str
    description: str = ""
    category: str = ""
    priority: int = 5


def calendar(name: str, product: str, stamp: str, events: Iterable[Event]) -> str:
    """The calendar's text. stamp: the day of which it is, 'YYYY-MM-DD'."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//Jiyue//{product}//ZH", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(name)}",
        *(line for one in events for line in _event(one, stamp)),
        "END:VCALENDAR",
    ]  # fmt: skip
    return "".join(f"{fold(line)}\r\n" for line in lines)


def _event(one: Event, stamp: str) -> Iterable[str]:
    uid = hashlib.sha256("\0".join(one.key).encode()).hexdigest()[:32]
    yield "BEGIN:VEVENT"
    yield f"UID:{uid}@jiyue"
    yield f"DTSTAMP:{stamp.replace('-', '')}T000000Z"
    yield f"DTSTART;VALUE=DATE:{one.first.replace('-', '')}"
    yield f"DTEND;VALUE=DATE:{_next(one.last).replace('-', '')}"
    yield f"SUMMARY:{escaped(one.summary)}"
    yield f"DESCRIPTION:{escaped(one.description)}"
    yield f"CATEGORIES:{escaped(one.category)}"
    yield f"PRIORITY:{one.priority}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _next(day: str) -> str:
    """The day after; of the last day that there is, itself."""
    last = date.fromisoformat(day)
    return str(last if last == date.max else last + timedelta(1))


def escaped(value: str) -> str:
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
