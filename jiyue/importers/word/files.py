"""`jiyue import docx`: Word files, workbooks and PDF into articles of a column, with their pictures beside them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from jiyue.base.diagnostics import Rule, Severity, error, warning
from jiyue.catalogue.migrated import note_migrated
from jiyue.importers import dates, manifest
from jiyue.importers.article import NO_DATE, NO_SILENCE, Article, NotImportedError, read_article
from jiyue.importers.dates import read_date
from jiyue.importers.markdown import NO_SOURCE, UNREADABLE
from jiyue.importers.report import Imported, ImportReport
from jiyue.importers.texts import target_folder, write_article
from jiyue.importers.word.converted import BadDocument, Converted
from jiyue.importers.word.formats import OLD, SUFFIXES, convert_file
from jiyue.importers.word.legacy import LARGEST, to_docx

BAD = error("import-office", "文档读不出来", NO_SILENCE)
LOST = warning("import-lost", "文档里有内容没有带入", NO_SILENCE)
CHANGED = Rule("import-changed", Severity.INFO, "文档里的内容换了形式，请核对", NO_SILENCE)
BATCH = 20
"""Old files that LibreOffice converts at one start."""


class _File(NamedTuple):
    """A file to import. name: below the given folder, by which a second import recognizes it."""

    path: Path
    name: str


def import_files(
    sources: Sequence[Path], root: Path, site: str, column: str, *, today: datetime, official: bool = False, date: str = ""
) -> ImportReport:  # fmt: skip
    """Turn files, and those in folders, into articles in root/content/<site>/<column>/, as import_markdown does.

    official: all are official documents; one with a letterhead always is. date: of files that state none, YYYY-MM-DD.
    Raises ValueError if site or column are not plain folder names.
    """
    target = target_folder(root, site, column)
    now = today.astimezone(dates.SHANGHAI).replace(tzinfo=None) if today.tzinfo else today
    report = ImportReport()
    listed: list[str] = []
    files = [file for source in sources for file in _files(source, target)]
    if not files:
        hint = f"可以导入的有：{'、'.join(sorted(SUFFIXES))}。"
        report.diagnostics.append(
            NO_SOURCE.at(str(sources[0] if sources else ""), 0, "没有可以导入的文件", hint, site=site)
        )
    tables = {folder: manifest.Manifests(folder, site) for folder in dict.fromkeys(_top(source) for source in sources)}
    for at in range(0, len(files), BATCH):
        some = files[at : at + BATCH]
        converted = to_docx({
            one.name: data for one in some if one.path.suffix.lower() in OLD and (data := _bytes(one.path))[:2] != b"PK"
        })  # fmt: skip
        for one in some:
            row = next(_rows(tables, one.path), {})
            try:
                result = _converted(one, converted.get(one.name))
                article = _article(result, row, one, now, official=official, date=date)
                written = write_article(article, target, one.name, now, result.files)
            except NotImportedError as why:
                report.diagnostics.append(why.rule.at(one.name, why.line, why.message, why.hint, site=site))
                continue
            path = written.relative_to(root.resolve()).as_posix()
            listed += [path, *(f"{path.rpartition('/')[0]}/{name}" for name in result.files)]
            report.written.append(Imported(one.name, path, article.title, article.date))
            report.fields.update(article.fields.keys())
            for loss in result.losses:
                rule, hint = (LOST, "需要的，对照原文补进文章。") if loss.lost else (CHANGED, "对照原文看一眼。")
                report.diagnostics.append(rule.at(one.name, 0, f"{loss.place}：{loss.message}", hint, site=site))
            report.diagnostics += [
                note.rule.at(one.name, 0, note.message, note.hint, site=site) for note in article.notes
            ]
    for table in tables.values():
        report.diagnostics.extend(table.diagnostics)
    if report.written:
        batch = f"{site}.{column.replace('/', '-')}"
        report.listed = note_migrated(root, batch, listed).relative_to(root).as_posix()
    return report


def _files(source: Path, leave_out: Path) -> Iterator[_File]:
    """The files of a source in order of their names; hidden ones, locks of Word (~$…) and links are passed over."""
    if not source.is_dir():
        yield _File(source, source.name)
        return
    for top, folders, names in os.walk(source):
        here = Path(top)
        folders[:] = sorted(
            name for name in folders if name[0] != "." and not (here / name).is_symlink() and here / name != leave_out
        )
        for name in sorted(names):
            path = here / name
            if name[0] not in ".~" and path.suffix.lower() in SUFFIXES and path.is_file() and not path.is_symlink():
                yield _File(path, path.relative_to(source).as_posix())


def _top(source: Path) -> Path:
    return source.resolve() if source.is_dir() else source.resolve().parent


def _rows(tables: Mapping[Path, manifest.Manifests], path: Path) -> Iterator[manifest.Row]:
    """What the tables say about a file, the first is right."""
    path = path.resolve()
    return (row for folder, table in tables.items() if path.is_relative_to(folder) and (row := table.row(path)))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes() if path.stat().st_size <= LARGEST else b""
    except OSError:
        return b""


def _converted(one: _File, as_docx: bytes | None) -> Converted:
    try:
        size = one.path.stat().st_size
        if size > LARGEST:
            raise BadDocument(
                f"文件有 {size // 1_000_000} MB，上限是 {LARGEST // 1_000_000} MB", "把图片压缩，或者分成几篇。"
            )
        return convert_file(one.path.read_bytes(), one.path.name, as_docx)
    except OSError as problem:
        message = f"系统不允许读取：{problem.strerror}"
        raise NotImportedError(UNREADABLE, message, "请检查文件权限，然后重新导入。") from None
    except BadDocument as why:
        raise NotImportedError(BAD, str(why), why.hint) from None


def _article(
    result: Converted, row: Mapping[str, str], one: _File, now: datetime, *, official: bool, date: str
) -> Article:  # fmt: skip
    official = official or result.fields.get("kind") == "document"
    title = result.fields.get("title", "")
    head = ["---", f"date: {date}", "---"] if date else []
    lines = [*head, *([f"# {title}", ""] if title else []), *result.markdown.split("\n")]
    if not list(manifest.dates_of(row)) and (created := result.fields.get("created")):
        row = {**row, manifest.ISSUED[0]: created}
    try:
        article = read_article(lines, row, one.path.stem, plain=False, now=now, official=official)
    except NotImportedError as why:
        if why.rule is NO_DATE:
            why.hint = (
                "用 --date 写明发布日期（--date 2026-11-20），或者在 manifest.csv 的 publish_date 列登记后重新导入。"
            )
        raise
    stated = {name: _value(value) for name, value in result.fields.items() if name != "title"}
    status = {"status": stated["status"]} if "status" in stated else {}
    return replace(
        article,
        title=title or article.title,
        doc_number=result.fields.get("doc_number", "") or article.doc_number,
        body=result.markdown if title else article.body,
        fields={**article.fields, **stated} if official else {**article.fields, **status},
    )


def _value(text: str) -> str | datetime:
    """A field as it is written: days as days."""
    day = read_date(text) if len(text) == len("2026-11-28") and text[:4].isdecimal() else None
    return day or text
