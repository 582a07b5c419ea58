"""`jiyue import markdown` and `table`: old texts into articles of one column, from a folder of files or the rows of a table."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from jiyue.base.diagnostics import Rule, Severity, error
from jiyue.catalogue.migrated import note_migrated
from jiyue.importers import dates, front, manifest
from jiyue.importers.article import NO_SILENCE, Article, NotImportedError, read_article
from jiyue.importers.reading import MAX_BYTES, Decoded, clean_lines, decode, text_files
from jiyue.importers.report import Imported, ImportReport

NO_SOURCE = error("import-source", "没有可导入的文件夹", NO_SILENCE)
UNREADABLE = error("import-unreadable", "文件无法读取", NO_SILENCE)
TOO_LARGE = error("import-too-large", "文件太大", NO_SILENCE)
ENCODING = error("import-encoding", "文字编码无法识别", NO_SILENCE)
TAKEN = error("import-exists", "目标文件已存在且内容不同", "重复导入不能覆盖已经修改过的文章。")
CONVERTED = Rule("import-converted", Severity.INFO, "文字编码已转换", "平台上的文章一律使用 UTF-8。")


class Old(NamedTuple):
    """An old text. name: by which an import recognizes it again, a path; lines: see clean_lines; row: metadata, by column.

    stem, folders: the names of its file and of the folders above it; encoding: what it was in.
    """

    name: str
    lines: list[str]
    row: manifest.Row
    stem: str
    plain: bool
    folders: tuple[str, ...] = ()
    encoding: str = "utf-8"


Reading = tuple[str, int, Callable[[], Old]]
"""Where an old text lies (path relative to the source, line), and what reads it, which may raise NotImportedError."""


def import_markdown(
    source: Path, root: Path, site: str, column: str, *, today: datetime, official: bool = False
) -> ImportReport:
    """Turn every Markdown and text file below `source` into an article in root/content/<site>/<column>/.

    today: local time in Asia/Shanghai, or an aware datetime. official: the articles are official documents, with their
    catalogue fields (jiyue.importers.official). Raises ValueError if site or column are not plain folder names.
    """
    target = target_folder(root, site, column)
    report = ImportReport()
    if not source.is_dir():
        hint = "请检查路径；导入需要一个文件夹，其中有 .md、.markdown 或 .txt 文件。"
        report.diagnostics.append(NO_SOURCE.at(_shown(source), 0, "这个文件夹不存在", hint, site=site))
        return report
    source = source.resolve()
    tables = manifest.Manifests(source, site)

    def old(path: Path) -> Old:
        text, relative = _read(path), path.relative_to(source)
        plain = path.suffix.lower() == ".txt"
        return Old(
            relative.as_posix(), clean_lines(text.text or ""), tables.row(path), path.stem, plain,
            relative.parent.parts, text.encoding,
        )  # fmt: skip

    readings = ((_shown(path.relative_to(source)), 0, partial(old, path)) for path in text_files(source, target))
    import_texts(readings, root, site, column, report, today=today, official=official)
    report.diagnostics.extend(tables.diagnostics)
    return report


def import_texts(
    readings: Iterable[Reading], root: Path, site: str, column: str, report: ImportReport, *, today: datetime, official: bool
) -> None:  # fmt: skip
    """Turn old texts into articles of a column; what can't become one is reported, each by itself.

    An article's name consists of its date and a hash of the old text's name, so a second import recognizes existing ones:
    it skips equal files and never overwrites others. All are listed in sites/migrated/; their old dates become valid once an
    admin commits the list.
    """
    target = target_folder(root, site, column)
    now = today.astimezone(dates.SHANGHAI).replace(tzinfo=None) if today.tzinfo else today
    for shown, line, reading in readings:
        try:
            old = reading()
            article = read_article(
                old.lines, old.row, old.stem, plain=old.plain, now=now, folders=old.folders, official=official
            )
            written = write_article(article, target, old.name)
        except NotImportedError as why:
            report.diagnostics.append(why.rule.at(shown, line or why.line, why.message, why.hint, site=site))
            continue
        report.written.append(Imported(shown, _shown(written.relative_to(root.resolve())), article.title, article.date))
        report.fields.update(article.fields.keys() if official else ())
        if old.encoding != "utf-8":
            message = f"原文是 {old.encoding.upper()} 编码，已转换为 UTF-8"
            report.diagnostics.append(CONVERTED.at(shown, 0, message, "请抽查文章中有无乱码。", site=site))
        report.diagnostics += [note.rule.at(shown, line, note.message, note.hint, site=site) for note in article.notes]
    if report.written:
        report.listed = (
            note_migrated(root, f"{site}.{column.replace('/', '-')}", (one.target for one in report.written))
            .relative_to(root)
            .as_posix()
        )


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


def write_article(article: Article, folder: Path, name: str, files: Mapping[str, bytes] = {}) -> Path:
    """Write an article and the files beside it; name: that of the old text, from which the article's follows.

    Raises NotImportedError if one of them is there with other contents.
    """
    name = unicodedata.normalize("NFC", name)
    key = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    path = folder / f"{article.date:%Y%m%d}-{key}.md"
    head = front.dump(article.title, article.date, article.source, article.doc_number, article.expires, article.fields)
    text = head + "\n" + article.body + "\n"
    data = text.encode("utf-8")
    for one, content in [*((folder / one, content) for one, content in files.items()), (path, data)]:
        _write(one, content)
    return path


def _write(path: Path, data: bytes) -> None:
    if path.exists() or path.is_symlink():
        if not path.is_file() or path.read_bytes() != data:
            hint = "如果要用来源中的内容，请先删除或改名这个文件，再重新导入。"
            raise NotImportedError(TAKEN, f"{path.name} 已经存在，内容不同，没有覆盖", hint)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.part")  # hidden, so that an interrupted import leaves no partial file
    half.write_bytes(data)
    half.replace(path)


def target_folder(root: Path, site: str, column: str) -> Path:
    """The folder of a column. Raises ValueError if site or column are not plain folder names."""
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
    """A printable form of a path with any bytes."""
    return path.as_posix().encode("utf-8", "replace").decode("utf-8")
