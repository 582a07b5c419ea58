"""The phase of a survey (征集调查) or an interview (在线访谈), from its dates and the clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from jiyue.base.workdays import add_working_days
from jiyue.catalogue.article import Article

UPCOMING, OPEN, CLOSED, RESULT = "尚未开始", "进行中", "已结束", "已公布结果"
"""The phases of a survey."""
ANNOUNCED = "预告"
"""The phase of an interview before it is held; afterwards it has none."""
LOOKS = {UPCOMING: "future", OPEN: "good", CLOSED: "closed", RESULT: "closed", ANNOUNCED: "future"}
"""Phase -> the theme's name for its look."""

DAYS_TO_RESULT = 20
"""Working days after a survey's end within which its result is due, where it names no day (本平台)."""
_MIDNIGHT = " 00:00"


def phase_moments(row: Article) -> tuple[str, ...]:
    """The moments 'YYYY-MM-DD HH:MM' at which the phase of a survey or an interview changes; none for anything else."""
    if row.kind == "interview":
        return (row.extra["held"],) if "held" in row.extra else ()
    if row.kind != "survey":
        return ()
    return str(row.extra.get("opens", "")), _end(row)


def phase(row: Article, now: str) -> str:
    """UPCOMING, OPEN, CLOSED, RESULT, ANNOUNCED; '' for what has no phase (now)."""
    moments = phase_moments(row)
    if not moments:
        return ""
    if row.kind == "interview":
        return ANNOUNCED if moments[0] > now else ""
    opens, closes = moments
    if closes <= now:
        return RESULT if has_result(row) else CLOSED
    return UPCOMING if opens > now else OPEN


def has_result(row: Article) -> bool:
    """Whether a survey states its result."""
    return not row.extra.keys().isdisjoint(("result", "opinions", "opinions_file"))


def result_due(row: Article) -> date:
    """The deadline for the result of a survey."""
    if given := row.extra.get("result_due"):
        return date.fromisoformat(given[:10])
    return add_working_days(date.fromisoformat(str(row.extra["closes"])[:10]), DAYS_TO_RESULT).day


def _end(row: Article) -> str:
    """From when a survey is over. A last day without a time counts whole."""
    closes = str(row.extra.get("closes", ""))
    if closes.endswith(_MIDNIGHT):
        closes = f"{datetime.fromisoformat(closes[:10]) + timedelta(days=1):%Y-%m-%d}{_MIDNIGHT}"
    return closes
