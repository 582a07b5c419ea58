"""`jiyue import markdown`: Markdown and plain texts of several shapes become articles of one column.

What is trusted first, for the title: front matter, manifest.csv, the heading or the page's fields, the first lines of a
plain text, the file name. A `# heading` that is longer than the table's title and contains it is the full name.

The date of an article is the day on which this version of the text was published: for a law the day of its last
amendment, never the day on which it takes effect. Trusted first: front matter; a date in brackets that ends the file
name, since it dates this very version; manifest.csv, publication before issue; the page's fields; the promulgation
lines; the date under the signature; other dates in the file name. A date later than `today` is no date of publication.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from jiyue.diagnostics import Rule, Severity, error, warning
from jiyue.importers import bodies, clutter, dates, front, manifest
from jiyue.importers.heads import (
    Head,
    as_doc_number,
    guess_title,
    heading_of,
    is_organ,
    lines_saying,
    read_head,
    squeeze,
    tidy,
)
from jiyue.importers.reading import MAX_BYTES, Decoded, clean_lines, decode, text_files
from jiyue.importers.report import Imported, ImportReport

_WHY = "导入时逐个读取来源文件，不能成为文章的都要说明原因，不会悄悄丢失。"
NO_SOURCE = error("import-source", "没有可导入的文件夹", _WHY)
UNREADABLE = error("import-unreadable", "文件无法读取", _WHY)
TOO_LARGE = error("import-too-large", "文件太大", _WHY)
ENCODING = error("import-encoding", "文字编码无法识别", _WHY)
FRONT_MATTER = error("import-front-matter", "文件头格式错误", _WHY)
EMPTY = error("import-empty", "没有正文", _WHY)
NO_TITLE = error("import-no-title", "找不到标题", _WHY)
NO_DATE = error("import-no-date", "找不到日期", _WHY)
TAKEN = error("import-exists", "目标文件已存在且内容不同", "重复导入不能覆盖已经修改过的文章。")
DRAFT = warning("import-draft", "草稿不导入", "来源标明是草稿的内容未经审定，不得公开。")
DATES_DIFFER = warning("import-dates-differ", "两处日期不一致", "目录表可能登记的是另一个版本的日期。")
REPEALED = warning("import-repealed", "已失效的文件", "已废止或失效的文件公开时必须标明，不能列为现行有效。")
CONVERTED = Rule("import-converted", Severity.INFO, "文字编码已转换", "平台上的文章一律使用 UTF-8。")

_TRUNCATED = re.compile(r"(?:\.{3,}|…+)$")
_IN_FORCE = re.compile(r"^[\[【(（](?:有效|现行有效)[\])）】]\s*")
_REPEALED = re.compile(r"^[\[【(（]已?(?:废止|失效)[\])】）]")
_HAN = re.compile(r"[\u3400-\u9fff]")


class Note(NamedTuple):
    """What somebody has to look at in an article that was imported all the same."""

    rule: Rule
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Article:
    """What one source file says, ready to be written. dropped: the lines (from 1) of the source not in the body."""

    title: str
    date: datetime
    source: str
    doc_number: str
    body: str
    dropped: frozenset[int]
    notes: tuple[Note, ...] = ()


class NotImportedError(Exception):
    """Why a file becomes no article."""

    def __init__(self, rule: Rule, message: str, hint: str, line: int = 0) -> None:
        super().__init__(message)
        self.rule, self.message, self.hint, self.line = rule, message, hint, line


def import_markdown(source: Path, root: Path, site: str, column: str, *, today: datetime) -> ImportReport:
    """Turn every Markdown and text file below `source` into an article of root/content/<site>/<column>/.

    A file is named by its date and a hash of its path below `source`, so a second import finds what the first one
    wrote: the same bytes are left alone, other bytes are never overwritten. today is local time in Asia/Shanghai (or
    carries its zone). Raises ValueError where site or column are no plain folder names below content/.
    """
    target = _target_folder(root, site, column)
    now = today.astimezone(dates.SHANGHAI).replace(tzinfo=None) if today.tzinfo else today
    report = ImportReport()
    if not source.is_dir():
        hint = "请检查路径；导入需要一个文件夹，其中有 .md、.markdown 或 .txt 文件。"
        report.diagnostics.append(NO_SOURCE.at(_shown(source), 0, "这个文件夹不存在", hint, site=site))
        return report
    source = source.resolve()
    tables = manifest.Manifests(source, site)
    for path in text_files(source, target):
        shown = _shown(path.relative_to(source))
        try:
            text = _read(path)
            lines, plain = clean_lines(text.text or ""), path.suffix.lower() == ".txt"
            article = read_article(lines, tables.row(path), path.stem, plain=plain, now=now)
            written = _write(article, target, path.relative_to(source))
        except NotImportedError as why:
            report.diagnostics.append(why.rule.at(shown, why.line, why.message, why.hint, site=site))
            continue
        report.written.append(Imported(shown, _shown(written.relative_to(root.resolve())), article.title, article.date))
        if text.encoding != "utf-8":
            message = f"原文是 {text.encoding.upper()} 编码，已转换为 UTF-8"
            report.diagnostics.append(CONVERTED.at(shown, 0, message, "请抽查文章中有无乱码。", site=site))
        report.diagnostics += [note.rule.at(shown, 0, note.message, note.hint, site=site) for note in article.notes]
    report.diagnostics.extend(tables.diagnostics)
    return report


def read_article(lines: list[str], row: manifest.Row, stem: str, *, plain: bool, now: datetime) -> Article:
    """One text as an article. lines are clean (see clean_lines), row may be empty. Raises NotImportedError."""
    try:
        fields, taken = ({}, 0) if plain else front.split(lines)
    except front.BadFrontMatter as problem:
        hint = "请改正文件开头两行 --- 之间的内容，例如标题中有冒号时加上英文引号。"
        raise NotImportedError(FRONT_MATTER, f"文件头读不出来：{problem}", hint, problem.line) from None
    if fields.get("draft", "").lower() == "true" or fields.get("status", "").lower() == "draft":
        raise NotImportedError(DRAFT, "来源标明这是草稿", "审定后去掉 draft 标记，再导入一次。")
    rest = lines[taken:]
    if not any(line.strip() for line in rest):
        raise NotImportedError(EMPTY, "文件没有正文", "请补上正文，或者从来源中删除这个文件。")
    hidden = set() if plain else bodies.hidden_lines(rest)
    visible = ["" if at in hidden else line for at, line in enumerate(rest)]
    head = read_head(visible)
    title, said_by = _title(fields, row, visible, head, stem)
    date, notes = _date(fields, row, head, stem, now)
    if manifest.is_repealed(row) or _REPEALED.search(title):
        hint = "请在文章中标明已废止或失效；不需要公开的，删除导入的文章。"
        notes = (*notes, Note(REPEALED, "来源标明这个文件已经废止或失效", hint))
    dropped = hidden | head.dropped | set(said_by)
    body = bodies.from_plain(rest, dropped) if plain else bodies.from_markdown(rest, dropped)
    if not body.strip():
        raise NotImportedError(EMPTY, "除标题和网页按钮以外没有正文", "请补上正文，或者从来源中删除这个文件。")
    number = tidy(fields.get("doc_number", "")) or head.doc_number or as_doc_number(manifest.doc_number_of(row))
    gone = frozenset(range(1, taken + 1)) | {at + taken + 1 for at in dropped}
    return Article(title, date, _source(fields, row, head), number, body, gone, notes)


def _title(fields: front.Fields, row: manifest.Row, lines: list[str], head: Head, stem: str) -> tuple[str, list[int]]:
    """The title, and the lines of the text that say it."""
    own = heading_of(lines[head.h1]) if head.h1 is not None else ""
    listed = _IN_FORCE.sub("", tidy(manifest.title_of(row)))
    if _TRUNCATED.search(listed):
        begins = _TRUNCATED.sub("", listed)
        listed = own if squeeze(own).startswith(squeeze(begins)) else guess_title(lines, head, begins) or listed
    candidates = (
        tidy(fields.get("title", "")),
        own if listed and _is_fuller(own, listed) else listed,
        own,
        tidy(head.fields.get(clutter.TITLE, "")),
        guess_title(lines, head),
        _title_from_name(stem),
    )
    title = next(filter(None, candidates), "")
    if not title:
        hint = "请在文件开头写明标题（# 标题，或者 title: 标题），或者在 manifest.csv 中登记后重新导入。"
        raise NotImportedError(NO_TITLE, "文件头、目录表、正文开头和文件名中都没有标题", hint, 1)
    return title, lines_saying(title, lines, head)


def _date(
    fields: front.Fields, row: manifest.Row, head: Head, stem: str, now: datetime
) -> tuple[datetime, tuple[Note, ...]]:
    """The date of publication, and what somebody has to look at."""
    in_front = [date for key in ("date", "published", "created") if (date := dates.read_date(fields.get(key, "")))]
    version, listed = dates.bracketed_date(stem), manifest.dates_of(row)
    others = [version, *listed, *head.field_dates(), head.history, head.signed, dates.date_in_name(stem)]
    found = [date for date in (*in_front, *others) if date is not None]
    past = [date for date in found if date <= now]
    if not past:
        message = "文件头、目录表、正文和文件名中都没有日期"
        if found:
            message = f"只找到一个将来的日期（{min(found):%Y-%m-%d}）"
        hint = "请写明发布日期（date: 2026-11-20），或者在 manifest.csv 的 publish_date 列登记后重新导入。"
        raise NotImportedError(NO_DATE, message, hint, 1)
    if version and listed and version == past[0] and listed[0].date() != version.date():
        message = f"文件名中的日期是 {version:%Y-%m-%d}，目录表中是 {listed[0]:%Y-%m-%d}，已采用文件名中的日期"
        return version, (Note(DATES_DIFFER, message, "请核对正文是哪一个版本；日期不对时修改文章的 date。"),)
    return past[0], ()


def _source(fields: front.Fields, row: manifest.Row, head: Head) -> str:
    """The unit a text comes from, or ""; a place or a person is no unit."""
    said = tidy(fields.get("source", "")) or tidy(head.fields.get(clutter.SOURCE, ""))
    units = [
        head.fields.get(clutter.ISSUER, ""),
        "、".join(head.signers),
        head.promulgated_by,
        *manifest.issuers_of(row),
    ]
    return said or next((tidy(unit) for unit in units if unit and all(map(is_organ, unit.split("、")))), "")


def _is_fuller(own: str, listed: str) -> bool:
    """Whether a heading is the full form of a listed title: all its characters, in order, and not twice as many."""
    long, short = iter(squeeze(own)), squeeze(listed)
    return len(short) * 3 >= len(squeeze(own)) and all(character in long for character in short)


def _title_from_name(stem: str) -> str:
    words = tidy(dates.without_dates(stem))
    return words if len(_HAN.findall(words)) >= 4 else ""


def _read(path: Path) -> Decoded:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            hint = "请把文章拆开，或者把数据作为附件放在文章旁边。"
            raise NotImportedError(TOO_LARGE, f"文件有 {size / 1024 / 1024:.1f} MB，上限是 {MAX_BYTES >> 20} MB", hint)
        data = path.read_bytes()
    except OSError as problem:
        message = f"系统不允许读取：{problem.strerror}"
        raise NotImportedError(UNREADABLE, message, "请检查文件权限，然后重新导入。") from None
    decoded = decode(data)
    if decoded.text is None:
        message = f"不是 UTF-8 文本，看起来是：{decoded.encoding}"
        raise NotImportedError(ENCODING, message, "请用文本编辑器打开，另存为 UTF-8 编码，然后重新导入。")
    return decoded


def _write(article: Article, folder: Path, relative: Path) -> Path:
    name = unicodedata.normalize("NFC", relative.as_posix())
    key = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    path = folder / f"{article.date:%Y%m%d}-{key}.md"
    text = front.dump(article.title, article.date, article.source, article.doc_number) + "\n" + article.body + "\n"
    data = text.encode("utf-8")
    if path.exists() or path.is_symlink():
        if not path.is_file() or path.read_bytes() != data:
            hint = "如果要用来源中的内容，请先删除或改名这个文件，再重新导入。"
            raise NotImportedError(TAKEN, f"{path.name} 已经存在，内容不同，没有覆盖", hint)
        return path
    folder.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.part")  # hidden, so that an interrupted import leaves no article behind
    half.write_bytes(data)
    half.replace(path)
    return path


def _target_folder(root: Path, site: str, column: str) -> Path:
    parts = [site, *column.split("/")]
    if any(not part or part[0] == "." or part != part.strip() or "\\" in part or "\0" in part for part in parts):
        raise ValueError(f"站点“{site}”或栏目“{column}”不是 content/ 下的文件夹名")
    if "/" in site:
        raise ValueError(f"站点“{site}”不是文件夹名")
    content = root.resolve() / "content"
    folder = content.joinpath(*parts)
    if not folder.resolve().is_relative_to(content.resolve()):
        raise ValueError(f"栏目“{column}”指向 content/ 以外的地方")
    return folder


def _shown(path: Path) -> str:
    """A path that can be printed, whatever bytes the file system has."""
    return path.as_posix().encode("utf-8", "replace").decode("utf-8")
