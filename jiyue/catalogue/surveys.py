"""Surveys (征集调查): not begun, open or over, by their dates and the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from jiyue.catalogue.article import Article

UPCOMING, OPEN, CLOSED = "尚未开始", "进行中", "已结束"
MIDNIGHT = " 00:00"


def survey_moments(row: Article) -> tuple[str, str]:
    """('YYYY-MM-DD HH:MM' from which a survey is open, from which it is over); ('', '') for anything else.

    A last day without a time counts whole.
    """
    if row.kind != "survey":
        return "", ""
    opens, closes = str(row.extra.get("opens", "")), str(row.extra.get("closes", ""))
    if closes.endswith(MIDNIGHT):
        closes = f"{datetime.fromisoformat(closes[:10]) + timedelta(days=1):%Y-%m-%d}{MIDNIGHT}"
    return opens, closes


def survey_state(row: Article, now: str) -> str:
    """UPCOMING, OPEN or CLOSED; '' for other articles."""
    opens, closes = survey_moments(row)
    if not closes:
        return ""
    return CLOSED if closes <= now else UPCOMING if opens > now else OPEN
