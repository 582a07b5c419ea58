"""`jiyue import markdown` and `table`: old texts into articles of one column, from a folder of files or the rows of a table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

from jiyue.base.diagnostics import error
from jiyue.importers import manifest
from jiyue.importers.article import NO_SILENCE, NotImportedError
from jiyue.importers.reading import MAX_BYTES, Decoded, clean_lines, decode, text_files
from jiyue.importers.report import ImportReport
from jiyue.importers.texts import Old, Place, import_texts

NO_SOURCE = error("import-source", "没有可导入的文件夹", NO_SILENCE)
UNREADABLE = error("import-unreadable", "文件无法读取", NO_SILENCE)
TOO_LARGE = error("import-too-large", "文件太大", NO_SILENCE)
ENCODING = error("import-encoding", "文字编码无法识别", NO_SILENCE)


def import_markdown(
    source: Path, root: Path, site: str, column: str, *, today: datetime, official: bool = False
) -> ImportReport:
    """Turn every Markdown and text file below `source` into an article in root/content/<site>/<column>/.

    today: local time in Asia/Shanghai, or an aware datetime. official: the articles are official documents, with their
    catalogue fields (jiyue.importers.official). Raises ValueError if site or column are not plain folder names.
    """
    place = Place(root, site, column, today)
    target = place.folder(column)
    report = ImportReport()
    if not source.is_dir():
        hint = "请检查路径；导入需要一个文件夹，其中有 .md、.markdown 或 .txt 文件。"
        report.diagnostics.append(NO_SOURCE.at(shown_path(source), 0, "这个文件夹不存在", hint, site=site))
        return report
    source = source.resolve()
    tables = manifest.Manifests(source, site)

    def old(path: Path) -> Old:
        text, relative = read_text(path), path.relative_to(source)
        return Old(
            relative.as_posix(), clean_lines(text.text or ""), tables.row(path), path.stem,
            path.suffix.lower() == ".txt", relative.parent.parts, text.encoding, find=finder(source, path, [source]),
        )  # fmt: skip

    readings = ((shown_path(path.relative_to(source)), 0, partial(old, path)) for path in text_files(source, target))
    import_texts(readings, place, report, official=official)
    report.diagnostics.extend(tables.diagnostics)
    return report


def finder(source: Path, beside: Path, roots: list[Path]) -> Callable[[str], Path | None]:
    """Old.find for a text: files of a folder that a target means, beside the text, or from one of the roots."""

    def find(target: str) -> Path | None:
        parts = urlsplit(target)
        if not parts.path or parts.scheme or parts.netloc:
            return None
        inner = unquote(parts.path)
        folders = roots if inner.startswith("/") else [beside.parent, beside.with_suffix("")]
        for folder in folders:
            path = (folder / inner.lstrip("/")).resolve()
            if path.is_relative_to(source) and path.is_file():
                return path
        return None

    return find


def read_text(path: Path) -> Decoded:
    """The text of a file. Raises NotImportedError."""
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


def shown_path(path: Path) -> str:
    """A printable form of a path with any bytes."""
    return path.as_posix().encode("utf-8", "replace").decode("utf-8")
