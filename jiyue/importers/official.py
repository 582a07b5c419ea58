"""Reads the catalogue fields of an official document from its text, its page and its manifest.

Nothing is guessed: a field that no source states is left out. Sources in order of trust: the page's labelled fields, the
manifest, the text. Fields: 政府信息公开目录 (政府信息公开条例 第二十四条); kinds of documents: 党政机关公文处理工作条例 第八条.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import zip_longest

from jiyue.importers import clutter, manifest
from jiyue.importers.dates import find_dates, read_date
from jiyue.importers.heads import Head
from jiyue.importers.phrases import enacted, is_organ, order_number, tidy

LABELS = {
    "doc_number": "发文字号", "index_no": "索引号", "issuer": "发文机关", "topic": "主题分类", "genre": "公文种类", "created": "成文日期",
    "effective": "施行日期", "valid_until": "有效期至", "validity": "有效性", "ended": "废止日期", "normative": "文件性质",
}  # fmt: skip
"""Field of the front matter -> its name for officers, in order of writing."""

GENRES = (
    "命令", "令", "决议", "决定", "公报", "公告", "通告", "意见", "通知", "通报", "报告", "请示", "批复", "议案", "函", "纪要",
)  # fmt: skip
_GENRE = re.compile(rf"({'|'.join(GENRES)})(?:[(（][^()（）]*[)）])*$")
_VALIDITY = ("尚未施行", "已修改", "废止", "失效")
_IN_FORCE_FROM = re.compile(
    r"(?:本|此)[\u4e00-\u9fff]{1,14}(?:自|从|于)(.{4,40}?)起?(?:开始)?(?:施行|实施|执行|生效)"
    r"|^\W*(?:自|从)?(.{6,20}?)起?(?:施行|实施|生效)\W*$"
)
_ON_PUBLICATION = re.compile(r"(?:公布|发布|印发|颁布|下发|批准)之?日")
_PUBLISHED = re.compile(r"公布|发布|颁布|印发")
_RULES = {
    "部门规章": "规章",
    "地方政府规章": "规章",
    "规章": "规章",
    "行政规范性文件": "行政规范性文件",
    "规范性文件": "行政规范性文件",
}

Value = str | datetime


def document_fields(
    title: str, number: str, row: manifest.Row, head: Head, lines: Sequence[str], now: datetime
) -> dict[str, Value]:
    """Field of the front matter -> value; days as datetimes at midnight or later. lines: the text's, without its front matter.

    number: the 发文字号 that the article has already, or ''.
    """
    own = head.fields
    created = (
        _first_day(own.get(clutter.ISSUED, ""), *manifest.cells(row, manifest.ISSUED)) or head.signed or head.history
    )
    created = created if created and created <= now else None
    stated = own.get(clutter.VALIDITY, "") + (title if title[:1] in "[【(（" or title[-1:] in "]】)）" else "")
    validity = next((state for state in _VALIDITY if state in stated), "失效" if manifest.is_repealed(row) else "")
    genre = _GENRE.search(title)
    level = next(manifest.cells(row, manifest.LEVEL), "")
    fields: dict[str, Value | None] = {
        "doc_number": number or next((n for at in head.lines if (n := order_number(lines[at]))), ""),
        "index_no": own.get(clutter.INDEX, "") or next(manifest.cells(row, manifest.INDEX), ""),
        "issuer": _issuer(row, head),
        "topic": tidy(own.get(clutter.TOPIC, "")) or next(manifest.cells(row, manifest.TOPIC), ""),
        "genre": tidy(own.get(clutter.GENRE, "")) or (genre[1] if genre else ""),
        "created": created,
        "effective": _first_day(own.get(clutter.EFFECTIVE, ""), *manifest.cells(row, manifest.EFFECTIVE))
        or _effective(lines, _first_published(lines, head, created)),
        "valid_until": _first_day(*manifest.cells(row, manifest.UNTIL)),
        "validity": validity,
        "ended": _first_day(own.get(clutter.ENDED, "")) if validity in ("废止", "失效") else None,
        "normative": _RULES.get(level, ""),
    }
    return {name: value for name in LABELS if (value := fields[name])}


def _first_day(*texts: str) -> datetime | None:
    return next((date for text in texts if text and (date := read_date(text))), None)


def _first_published(lines: Sequence[str], head: Head, created: datetime | None) -> datetime | None:
    """The first date in the promulgation lines, that of publication if a line names it.

    What one assembly passed and another approved is published later than both: None, unless a line says when.
    """
    history = [lines[at] for at in head.lines if enacted(lines[at])]
    public = [line for line in history if _PUBLISHED.search(line)]
    if not public and any("会议批准" in line for line in history):
        return None
    days = [day for line in public for day in _published_days(line)]
    return min(days or (date.date for line in public or history for date in find_dates(line)), default=created)


def _published_days(line: str) -> Iterator[datetime]:
    """The dates of a line after which it speaks of publication, before the next date."""
    bare, dates = unicodedata.normalize("NFKC", line), find_dates(line)
    for date, following in zip_longest(dates, dates[1:]):
        if _PUBLISHED.search(bare[date.end : following.start if following else None]):
            yield date.date


def _issuer(row: manifest.Row, head: Head) -> str:
    """The office or offices that issued the text, separated by 、, without places."""
    units = [
        head.fields.get(clutter.ISSUER, ""),
        "、".join(head.signers),
        head.promulgated_by,
        *manifest.issuers_of(row),
    ]
    return next((tidy(unit) for unit in units if unit and all(map(is_organ, unit.split("、")))), "")


def _effective(lines: Sequence[str], published: datetime | None) -> datetime | None:
    """The day from which a text says that it is in force; 自发布之日起 means the day of its first publication or passing."""
    for line in (one for one in reversed(lines) if "施行" in one or "实施" in one or "执行" in one or "生效" in one):
        text = unicodedata.normalize("NFKC", line).strip()
        for match in _IN_FORCE_FROM.finditer(text) if len(text) <= 400 else ():
            when = match[1] or match[2]
            if dates := find_dates(when):
                return dates[0].date
            if _ON_PUBLICATION.search(when):
                return published
    return None
