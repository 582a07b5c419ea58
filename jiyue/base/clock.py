"""Beijing time (Asia/Shanghai). Code that needs the current time takes it as an argument."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from jiyue.base.patterns import pattern

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has had one time zone without daylight saving since 1991, so a fixed offset is exact for publishing."""

_DATE = pattern(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|年(\d{1,2})月(\d{1,2})日)"
    r"(?:(?:[T ] *)(\d{1,2})[:：](\d{2})(?:[:：](\d{2})(?:\.\d+)?)?)? *(Z|[+-]\d{2}:?\d{2})?"
)
_USUAL = pattern(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\+08:00)?)?", re.ASCII)


def parse_date(text: str) -> str | None:
    """A date as officers write it -> 'YYYY-MM-DD HH:MM' in Beijing time, or None if it is no valid date.

    Accepts 2026-11-20, 2026/11/20 and 2026年11月20日, each optionally with 09:30[:15] and an offset.
    """
    if _USUAL.fullmatch(text):  # fast path: nearly every article has this form, and this runs once per article
        try:
            datetime.fromisoformat(text)
        except ValueError:
            return None
        return f"{text[:10]} {text[11:16]}"
    match = _DATE.fullmatch(text.strip())
    if not match:
        return None
    year, *rest = match.groups()
    month, day = next(pair for pair in (rest[0:2], rest[2:4], rest[4:6]) if pair[0])
    hour, minute, second, offset = rest[6:]
    try:
        # only an offset needs an aware datetime, and this runs once per article
        moment = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
        if offset and offset != "+08:00":
            iso = "+00:00" if offset == "Z" else offset if ":" in offset else f"{offset[:3]}:{offset[3:]}"
            moment = datetime.fromisoformat(moment.isoformat() + iso).astimezone(BEIJING)
    except (ValueError, OverflowError):
        return None
    return f"{moment.year:04}-{moment.month:02}-{moment.day:02} {moment.hour:02}:{moment.minute:02}"


def now() -> str:
    """The current minute in Beijing, 'YYYY-MM-DD HH:MM'."""
    return datetime.now(BEIJING).strftime("%Y-%m-%d %H:%M")


def aware(moment: str) -> datetime:
    """'YYYY-MM-DD HH:MM' in Beijing time -> aware datetime."""
    return datetime.strptime(moment, "%Y-%m-%d %H:%M").replace(tzinfo=BEIJING)


def minute(seconds: float) -> str:
    """Seconds since 1970 -> 'YYYY-MM-DD HH:MM' in Beijing time."""
    return datetime.fromtimestamp(seconds, BEIJING).strftime("%Y-%m-%d %H:%M")
