"""Parses dates in Chinese official texts: 2019年3月2日, 二○○五年十一月二十一日, 2016-12-28 12:18, (2019-03-02)."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
YEARS = range(1900, 2101)
LONGEST = 500
"""Longer lines (in characters) are prose, where dates are not the document's."""

LONGEST_ALONE = 40

_JAVA = re.compile(r"^[A-Za-z]{3} ([A-Za-z]{3}) (\d{1,2}) (\d\d:\d\d:\d\d) ([A-Z]{3,4}|GMT[+-]\d\d:?\d\d) (\d{4})$")
"""A date as Java writes it: Fri Nov 20 09:30:00 CST 2026."""
_CHINA = re.compile(r"(?<=\s)(?:CST|GMT\+08:?00)$")
"""RFC 822's CST is Central Standard Time, but here it is China's."""
_RFC822 = re.compile(r"[A-Za-z]{3,9},?\s+\d|\d{1,2}\s+[A-Za-z]{3}")

# People type the round zero of 二○○五 as any circle, Latin and Cyrillic letters included.
_DIGIT = {**dict(zip("一二三四五六七八九", range(1, 10), strict=True)), **dict.fromkeys("〇零○◯OoОоΟο0", 0)}
_ARABIC = (
    r"(?<!\d)(\d{4})\s*[年/.-]\s*(\d{1,2})\s*[月/.-]\s*(\d{1,2})(?:\s*日)?(?!\d)(?:[T\s]+(\d{1,2}):(\d{2})(?!\d))?"
)
_HAN = rf"([{''.join(_DIGIT)}]{{4}})\s*年\s*([一二三四五六七八九十]{{1,3}})\s*月\s*([一二三四五六七八九十]{{1,3}})\s*日"
_ANY = re.compile(f"{_ARABIC}|{_HAN}")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})(?!\d)")
_BRACKETED = re.compile(r"[(（]\s*(\d{4}-\d{1,2}-\d{1,2})\s*[)）]\s*$")


class DateMatch(NamedTuple):
    """A date and its position (start, end) in the NFKC-normalized text."""

    date: datetime
    start: int
    end: int


def find_dates(text: str) -> list[DateMatch]:
    """The dates in a line, in order. Skips impossible ones (2026-13-40)."""
    if len(text) > LONGEST:
        return []
    dates = []
    for match in _ANY.finditer(unicodedata.normalize("NFKC", text)):
        year, month, day, hour, minute, han_year, han_month, han_day = match.groups()
        if han_year:
            numbers = (int("".join(str(_DIGIT[c]) for c in han_year)), _tens(han_month), _tens(han_day), 0, 0)
        else:
            numbers = (int(year), int(month), int(day), int(hour or 0), int(minute or 0))
        if (date := _date(*numbers)) is not None:
            dates.append(DateMatch(date, match.start(), match.end()))
    return dates


def read_date(text: str) -> datetime | None:
    """The date of a field such as `date:` or 发布日期: ISO 8601 with or without a zone, else the first date in it.

    Naive local time in Asia/Shanghai.
    """
    text = text.strip()
    try:
        date = datetime.fromisoformat(text)
        date = date.astimezone(SHANGHAI).replace(tzinfo=None) if date.tzinfo else date
        return date if date.year in YEARS else None
    except (ValueError, OverflowError):
        dates = find_dates(text)
        return dates[0].date if dates else None


def moment(text: str) -> datetime | None:
    """The time in a text in Beijing, naive. A time without a zone is taken as Beijing's, whatever the format asks for.

    RFC 822 wants a zone; Chinese systems leave it out and mean their own, or write +0800 after all kinds of dates.
    """
    text = " ".join(text.split())
    if not text:
        return None
    text = _JAVA.sub(r"\2 \1 \5 \3 \4", text)
    if _RFC822.match(text):
        text = _CHINA.sub("+0800", text)
        from email.utils import parsedate_to_datetime  # noqa: PLC0415  (only feeds have such dates)

        try:
            parsed = parsedate_to_datetime(text)
        except (TypeError, ValueError, IndexError, OverflowError):
            return None
        return in_beijing(parsed)
    if zoned := re.fullmatch(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?)\s*([+-]\d\d:?\d\d|Z|UTC|GMT)", text):
        offset = "+00:00" if zoned[2].isalpha() else zoned[2]
        text = zoned[1] + (offset if ":" in offset else f"{offset[:3]}:{offset[3:]}")
    parsed_date = read_date(text)
    return parsed_date.replace(second=0, microsecond=0) if parsed_date else None


def in_beijing(time: datetime) -> datetime:
    """A moment in Beijing, naive, to the minute; one without a zone stays as it is."""
    local = time.astimezone(SHANGHAI).replace(tzinfo=None) if time.tzinfo else time
    return local.replace(second=0, microsecond=0)


def only_date(line: str) -> datetime | None:
    """The date of a line that has nothing else, as under the signature of an official document."""
    dates = find_dates(line.strip()) if len(line.strip()) <= LONGEST_ALONE else []
    bare = unicodedata.normalize("NFKC", line.strip()) if dates else ""
    if len(dates) == 1 and not (bare[: dates[0].start] + bare[dates[0].end :]).strip(" \t()"):
        return dates[0].date
    return None


def bracketed_date(stem: str) -> datetime | None:
    """The date in brackets at the end of a file name, 护士条例(2020-03-27), which dates this very version."""
    match = _BRACKETED.search(unicodedata.normalize("NFKC", stem))
    return read_date(match[1]) if match else None


def date_in_name(stem: str) -> datetime | None:
    """Any other date in a file name, such as t20201213_4954824 or 2019-03-02-title."""
    if match := _COMPACT.search(stem):
        return _date(*(int(part) for part in match.groups()))
    dates = find_dates(stem.replace("_", "-"))
    return dates[0].date if dates else None


def without_dates(stem: str) -> str:
    """A file name without the dates in it, for use as a title."""
    bare = _COMPACT.sub(" ", _BRACKETED.sub(" ", unicodedata.normalize("NFC", stem)))
    return re.sub(r"\d{4}-\d{1,2}-\d{1,2}", " ", bare).strip(" -_.")


def _tens(han: str) -> int:
    """三十一 → 31; 0 for anything but a number below a hundred."""
    tens, ten, ones = han.rpartition("十")
    if any(len(part) > 1 or part == "十" for part in (tens, ones)):
        return 0
    return (_DIGIT.get(tens, 1) * 10 if ten else 0) + _DIGIT.get(ones, 0)


def _date(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime | None:
    try:
        return datetime(year, month, day, hour, minute) if year in YEARS else None
    except ValueError:
        return None
