"""`jiyue import table`: imports an export of another system, a table with the text of an article in a cell of each row.

The first row names the columns. Names that a manifest may have (jiyue.importers.manifest) are understood as they are; for
others a map in YAML says what they are: `columns: {text: 正文内容, title: 文章标题, publish_date: 发布时间}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from jiyue.base.diagnostics import did_you_mean
from jiyue.importers import manifest
from jiyue.importers.article import EMPTY, NotImportedError
from jiyue.importers.export import BadExport, column_map, rows
from jiyue.importers.reading import clean_lines
from jiyue.importers.report import ImportReport
from jiyue.importers.texts import Old, Place, Reading, import_texts

TEXT = ("text", "full_text", "content", "body", "正文", "内容", "正文内容")
"""Columns with the text."""
KEY = ("id", "key", "编号", "文章编号", "url", "source_url", "网址", "链接", *manifest.PATH)
"""Columns that name a row, so that a second import recognizes it; else its title and its date do."""
KNOWN = frozenset([
    *TEXT, *KEY, *manifest.TITLE, *manifest.DATE, *manifest.DOC_NUMBER, *manifest.REPEALED, *manifest.ISSUER, *manifest.ISSUED,
    *manifest.INDEX, *manifest.TOPIC, *manifest.EFFECTIVE, *manifest.UNTIL, *manifest.LEVEL,
])  # fmt: skip
"""What a map may name."""


def load_map(path: Path) -> dict[str, str]:
    """Known name -> column of the export. Raises BadExport."""
    return column_map(path, sorted(KNOWN), "{text: 正文内容, title: 文章标题, publish_date: 发布时间}")


def import_table(
    sources: list[Path], columns: Mapping[str, str], root: Path, site: str, column: str, *, today: datetime, official: bool
) -> ImportReport:  # fmt: skip
    """Turn the rows of tables into articles, as import_markdown does files; a row that can't become one is reported alone.

    columns: known name -> column, of those that have another name. Raises BadExport if a table can't be read, ValueError as
    import_markdown.
    """
    report = ImportReport()
    readings = [reading for source in sources for reading in _readings(source, columns)]
    import_texts(readings, Place(root, site, column, today), report, official=official)
    return report


def _readings(source: Path, columns: Mapping[str, str]) -> Iterator[Reading]:
    for number, (line, cells) in enumerate(rows(source)):
        row = {**cells, **{name: cells.get(other, "") for name, other in columns.items()}}
        if not number:
            missing = next((other for other in columns.values() if other not in cells), "")
            if missing:
                raise BadExport(f"{source} 没有「{missing}」这一列。{did_you_mean(missing, cells)}")
            if not any(name in row for name in TEXT):
                raise BadExport(f"{source} 没有正文列：用 --map 说明哪一列是正文，如 columns: {{text: 文章内容}}")
        yield source.name, line, lambda row=row: _old(row)  # type: ignore[misc]


def _old(row: Mapping[str, str]) -> Old:
    text = next(manifest.cells(row, TEXT), "")
    if not text:
        raise NotImportedError(EMPTY, "这一行没有正文", "补上正文，或者删去这一行。")
    title = manifest.title_of(row)
    name = next(manifest.cells(row, KEY), "") or f"{title} {next(manifest.cells(row, manifest.DATE), '')}"
    return Old(name, clean_lines(text), row, "", plain=True)
