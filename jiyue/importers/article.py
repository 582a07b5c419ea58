"""Converts one text into an article from its front matter, its manifest row and the text itself.

An article's date is the day on which this version of the text was published: for a law the day of its last amendment,
never the day on which it takes effect. Sources in order of trust: front matter; a date in brackets at the end of the
file name, since it dates this very version; manifest.csv, publication before issue; the page's fields; promulgation
lines; the date under the signature; other dates in the file name. A date in the future is never a publication date.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from jiyue.base.diagnostics import Rule, error, warning
from jiyue.importers import bodies, clutter, dates, front, manifest
from jiyue.importers.heads import Head, read_head
from jiyue.importers.official import document_fields
from jiyue.importers.phrases import as_doc_number, heading_of, is_h1, is_organ, tidy
from jiyue.importers.titles import find_title
from jiyue.importers.visibility import visibility

NO_SILENCE = "导入时逐个读取来源文件，不能成为文章的都要说明原因，不会悄悄丢失。"
FRONT_MATTER = error("import-front-matter", "文件头格式错误", NO_SILENCE)
EMPTY = error("import-empty", "没有正文", NO_SILENCE)
NO_TITLE = error("import-no-title", "找不到标题", NO_SILENCE)
NO_DATE = error("import-no-date", "找不到日期", NO_SILENCE)
DRAFT = warning(
    "import-draft", "草稿和不公开的内容不导入", "来源标明是草稿、私密、待审或未到发布时间的内容，不得公开。"
)
EXPIRED = warning("import-expired", "已到期的内容不导入", "来源写明到期撤下的内容，迁移不能使它重新公开。")
DATES_DIFFER = warning("import-dates-differ", "两处日期不一致", "目录表可能登记的是另一个版本的日期。")
REPEALED = warning("import-repealed", "已失效的文件", "已废止或失效的文件公开时必须标明，不能列为现行有效。")

_REPEALED = re.compile(r"^[\[【(（]已?(?:废止|失效)[\])】）]")


class Note(NamedTuple):
    """A problem in an imported article that somebody should check."""

    rule: Rule
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Article:
    """An article ready to be written. dropped: lines of the source (from 1) that are not in the body; fields: further front matter."""

    title: str
    date: datetime | None
    source: str
    doc_number: str
    body: str
    dropped: frozenset[int]
    notes: tuple[Note, ...] = ()
    expires: datetime | None = None
    fields: Mapping[str, str | datetime] = field(default_factory=dict)


class NotImportedError(Exception):
    """A file can't be imported; str() says why."""

    def __init__(self, rule: Rule, message: str, hint: str, line: int = 0) -> None:
        super().__init__(message)
        self.rule, self.message, self.hint, self.line = rule, message, hint, line


def read_article(
    lines: list[str], row: manifest.Row, stem: str, *, plain: bool, now: datetime, folders: Sequence[str] = (),
    official: bool = False, whole: bool = False, page: bool = False,
    given: Mapping[str, str] | None = None,
) -> Article:  # fmt: skip
    """Convert a text. lines: see clean_lines; row may be empty; folders: names of the file's parent folders.

    whole: the lines are the body, without the clutter of a page; only a heading that is the title is not part of it. page: a
    single page, which may have no date. given: metadata instead of that in front matter.

    official: the texts are official documents (公文), whose catalogue fields are read, too.

    Raises NotImportedError.
    """
    try:
        fields, taken = (dict(given), 0) if given is not None else ({}, 0) if plain else front.split(lines)
    except front.BadFrontMatter as problem:
        hint = "请改正文件开头两行 --- 之间的内容，例如标题中有冒号时加上英文引号。"
        raise NotImportedError(FRONT_MATTER, f"文件头读不出来：{problem}", hint, problem.line) from None
    seen = visibility(fields, row, folders, now)
    if seen.gone:
        raise NotImportedError(EXPIRED, seen.reason, "仍需公开的，改正来源中的到期时间，再导入一次。")
    if seen.reason:
        hint = "审定可以公开的，去掉来源中的这项标记（或移出这个文件夹），再导入一次。"
        raise NotImportedError(DRAFT, seen.reason, hint)
    rest = lines[taken:]
    if not any(line.strip() for line in rest):
        raise NotImportedError(EMPTY, "文件没有正文", "请补上正文，或者从来源中删除这个文件。")
    hidden = set() if plain else bodies.hidden_lines(rest)
    visible = ["" if at in hidden else line for at, line in enumerate(rest)]
    head = read_head(visible)
    title, said_by = find_title(fields, row, visible, head, stem)
    if not title:
        hint = "请在文件开头写明标题（# 标题，或者 title: 标题），或者在 manifest.csv 中登记后重新导入。"
        raise NotImportedError(NO_TITLE, "文件头、目录表、正文开头和文件名中都没有标题", hint, 1)
    date, notes = _date(fields, row, Head() if whole else head, stem, now, page=page)
    if not official and (manifest.is_repealed(row) or _REPEALED.search(title)):
        hint = "请在文章中标明已废止或失效；不需要公开的，删除导入的文章。"
        notes = (*notes, Note(REPEALED, "来源标明这个文件已经废止或失效", hint))
    dropped = hidden | head.dropped | set(said_by) if not whole else hidden | _heading(title, visible)
    body = bodies.from_plain(rest, dropped) if plain else bodies.from_markdown(rest, dropped)
    if not body.strip():
        raise NotImportedError(EMPTY, "除标题和网页按钮以外没有正文", "请补上正文，或者从来源中删除这个文件。")
    number = tidy(fields.get("doc_number", "")) or head.doc_number or as_doc_number(manifest.doc_number_of(row))
    gone = frozenset(range(1, taken + 1)) | {at + taken + 1 for at in dropped}
    more = {"kind": "document", **document_fields(title, number, row, head, rest, now)} if official else {}
    return Article(title, date, _source(fields, row, head), number, body, gone, notes, seen.expires, more)


def _date(
    fields: front.Fields, row: manifest.Row, head: Head, stem: str, now: datetime, *, page: bool
) -> tuple[datetime | None, tuple[Note, ...]]:
    """(publication date, notes)."""
    in_front = [date for key in ("date", "published", "created") if (date := dates.read_date(fields.get(key, "")))]
    version, listed = dates.bracketed_date(stem), manifest.dates_of(row)
    others = [version, *listed, *head.field_dates(), head.history, head.signed, dates.date_in_name(stem)]
    candidates = [date for date in (*in_front, *others) if date is not None]
    past = [date for date in candidates if date <= now]
    if not candidates and page:
        return None, ()
    if not past:
        message = "文件头、目录表、正文和文件名中都没有日期"
        if candidates:
            message = f"只找到一个将来的日期（{min(candidates):%Y-%m-%d}）"
        hint = "请写明发布日期（date: 2026-11-20），或者在 manifest.csv 的 publish_date 列登记后重新导入。"
        raise NotImportedError(NO_DATE, message, hint, 1)
    if in_front and in_front[0] > now:
        hint = "到了时间再导入；日期写错的，改正来源中的日期。"
        raise NotImportedError(DRAFT, f"定于 {in_front[0]:%Y-%m-%d %H:%M} 发布", hint)
    if version and listed and version == past[0] and listed[0].date() != version.date():
        message = f"文件名中的日期是 {version:%Y-%m-%d}，目录表中是 {listed[0]:%Y-%m-%d}，已采用文件名中的日期"
        return version, (Note(DATES_DIFFER, message, "请核对正文是哪一个版本；日期不对时修改文章的 date。"),)
    return past[0], ()


def _heading(title: str, lines: list[str]) -> set[int]:
    """The first line that is not empty, if it is a heading that says the title."""
    first = next((at for at, line in enumerate(lines) if line.strip()), None)
    says = first is not None and is_h1(lines[first].strip()) and heading_of(lines[first]) == title
    return {first} if says and first is not None else set()


def _source(fields: front.Fields, row: manifest.Row, head: Head) -> str:
    """The unit that a text comes from, or ""; places and persons do not count."""
    named = tidy(fields.get("source", "")) or tidy(head.fields.get(clutter.SOURCE, ""))
    units = [
        head.fields.get(clutter.ISSUER, ""),
        "、".join(head.signers),
        head.promulgated_by,
        *manifest.issuers_of(row),
    ]
    return named or next((tidy(unit) for unit in units if unit and all(map(is_organ, unit.split("、")))), "")
