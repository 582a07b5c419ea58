"""manifest.csv: a table in the files' folder or above it, with metadata that the files do not have."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath

from jiyue.base.diagnostics import Diagnostic, warning
from jiyue.importers.dates import read_date
from jiyue.importers.reading import MAX_BYTES, decode

NAME = "manifest.csv"
# Column names in order of trust. The day of publication comes before the day of issue.
PATH = ("path", "file", "filename", "文件", "文件名", "路径")
TITLE = ("title", "标题", "名称")
DATE = ("publish_date", "published", "发布日期", "公开日期", "公布日期", "date", "日期", "issue_date", "成文日期")
DOC_NUMBER = ("doc_number", "文号", "发文字号")
REPEALED = ("expired", "repealed", "失效", "废止")
YES = frozenset({"1", "true", "yes", "是", "已失效", "失效", "已废止", "废止"})
ISSUER = ("source", "来源", "issuer", "main_issuer", "发布机构", "发文机关")
# For official documents.
ISSUED = ("成文日期", "issue_date")
INDEX = ("index_no", "索引号")
TOPIC = ("topic", "主题分类")
EFFECTIVE = ("effective", "valid_from", "施行日期", "实施日期")
UNTIL = ("valid_until", "有效期至")
LEVEL = ("level", "normative", "文件性质", "效力级别")

BAD_TABLE = warning(
    "import-manifest",
    "目录表无法使用",
    "标题和日期的目录表（manifest.csv）读不出来时，只能依靠文件自身，结果可能不全。",
)

Row = Mapping[str, str]
Table = dict[tuple[str, ...], Row]


class Manifests:
    """The tables of an imported folder. Each is read once, when first needed."""

    def __init__(self, source: Path, site: str) -> None:
        self._source = source
        self._site = site
        self._tables: dict[Path, Table] = {}
        self.diagnostics: list[Diagnostic] = []

    def row(self, file: Path) -> Row:
        """A file's row, from the nearest table in its own folder or above, up to the imported folder."""
        for folder in file.parents:
            table = self._table(folder)
            if (row := table.get(file.relative_to(folder).parts)) is not None:
                return row
            if folder == self._source:
                break
        return {}

    def _table(self, folder: Path) -> Table:
        if folder not in self._tables:
            self._tables[folder] = self._read(folder / NAME)
        return self._tables[folder]

    def _read(self, path: Path) -> Table:
        if not path.is_file() or path.is_symlink():
            return {}
        problem = "文件太大"
        try:
            if path.stat().st_size <= MAX_BYTES:
                text, problem = decode(path.read_bytes())
                if text is not None:
                    return by_path(csv.DictReader(io.StringIO(text, newline="")))
        except (OSError, csv.Error) as reason:
            problem = str(reason)
        self.diagnostics.append(
            BAD_TABLE.at(
                path.relative_to(self._source).as_posix(),
                0,
                f"目录表没有读出来：{problem}",
                "请另存为 UTF-8 编码的 CSV，第一行为列名（path、title、publish_date 等）。",
                site=self._site,
            )
        )
        return {}


def by_path(rows: Iterable[Mapping[str, object]]) -> Table:
    """Rows by the parts of their file's path relative to the table.

    If the table was made further up, all its paths share leading folders. The rows are also entered without them, level
    by level, unless two rows would collide.
    """
    clean: list[tuple[tuple[str, ...], Row]] = []
    for row in rows:
        texts = {key: value for key, value in row.items() if isinstance(key, str) and isinstance(value, str)}
        name = next(cells(texts, PATH), "")
        if parts := tuple(part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in {"/", "."}):
            clean.append((parts, texts))
    shared = 0
    while clean and all(len(parts) > shared + 1 and parts[shared] == clean[0][0][shared] for parts, _ in clean):
        shared += 1
    return {parts[cut:]: row for cut in range(shared, -1, -1) for parts, row in clean}


def title_of(row: Row) -> str:
    """The title in the table, which may be truncated."""
    return next(cells(row, TITLE), "")


def doc_number_of(row: Row) -> str:
    """The row's 发文字号, or ''."""
    return next(cells(row, DOC_NUMBER), "")


def is_repealed(row: Row) -> bool:
    """Whether the table marks the text as no longer in force."""
    return any(cell.lower() in YES for cell in cells(row, REPEALED))


def issuers_of(row: Row) -> list[str]:
    """The issuers of a text according to the table. Some tables give places instead of offices."""
    return list(cells(row, ISSUER))


def dates_of(row: Row) -> list[datetime]:
    """The row's valid dates, in order of trust."""
    return [date for cell in cells(row, DATE) if (date := read_date(cell)) is not None]


def cells(row: Row, columns: Iterable[str]) -> Iterator[str]:
    """The row's cells in these columns that are not empty."""
    return (cell for column in columns if (cell := row.get(column, "").strip()))
