"""Reads tables as rows of cells: CSV, the first sheet of a workbook (XLSX), or a YAML list. Cells are text, as displayed.

Line numbers are those of the file, or a workbook's row numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.workbook import BadWorkbook, sheet_rows

Row = tuple[int, list[str]]
"""(line, cells); a cell has no line breaks."""

FILE_TYPES = ("csv", "xlsx", "yaml", "yml")


class BadTable(Exception):
    """A file that isn't a table: the line, and for officers what is wrong and what to do."""

    def __init__(self, line: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.line, self.message, self.hint = line, message, hint


def read_cells(name: str, data: bytes) -> list[Row]:
    """The non-empty rows of a file. The suffix of name is its type, one of FILE_TYPES. Raises BadTable."""
    kind = name.rpartition(".")[2].lower()
    if kind == "xlsx":
        try:
            rows = list(sheet_rows(data))
        except BadWorkbook as problem:
            raise BadTable(problem.row, problem.message, problem.hint) from None
        wide = len(rows[0][1]) if rows else 0
        return [(line, [*cells, *[""] * (wide - len(cells))]) for line, cells in rows]
    try:
        text = decode(data)
    except NotUtf8 as problem:
        raise BadTable(problem.line, problem.message, problem.hint) from None
    return list(_yaml(text) if kind in ("yaml", "yml") else csv_cells(text))


def csv_cells(text: str, first: int = 1) -> Iterator[Row]:
    """The non-empty rows of a text separated by tabs, commas or full-width commas. first: the number of its first line."""
    text = text.removeprefix("\ufeff")
    head = text.partition("\n")[0]
    delimiter = "\t" if "\t" in head else "," if "," in head or "，" not in head else "，"
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = first
    try:
        for row in reader:
            cells = [" ".join(cell.split()) for cell in row]
            if any(cells):
                yield line, cells
            line = first + reader.line_num
    except csv.Error:
        raise BadTable(line, "这里的引号没有配对", '单元格里有引号时写两个：""') from None


_NO_LIST = "写成列表：每行一项，如「- [长春市, 320]」，第一行是表头；或者每项写成「- {市州: 长春市, 办结: 320}」"


def _yaml(text: str) -> Iterator[Row]:
    import yaml  # noqa: PLC0415  (only where there is such a file)

    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, RecursionError) as problem:
        mark = getattr(problem, "problem_mark", None)
        raise BadTable(mark.line + 1 if mark else 1, "YAML 读不出来", "核对缩进、冒号和引号") from None
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        raise BadTable(1, "不是一个列表", _NO_LIST)
    head: list[str] = []
    for item in node.value:
        line = item.start_mark.line + 1
        if isinstance(item, yaml.MappingNode):
            cells = {_scalar(key): _scalar(value) for key, value in item.value}
            if not head:
                head = list(cells)
                yield line, head
            if strange := next((key for key in cells if key not in head), ""):
                raise BadTable(line, f"第一项没有「{strange[:40]}」", "各项的名称写得一样")
            yield line, [cells.get(key, "") for key in head]
        elif isinstance(item, yaml.SequenceNode):
            yield line, [_scalar(value) for value in item.value]
        else:
            raise BadTable(line, "这一项不是一行", _NO_LIST)


def _scalar(node: Any) -> str:
    """A scalar as written, so that 0.10 and 2026-11-20 stay the same."""
    if not isinstance(node.value, str):
        raise BadTable(node.start_mark.line + 1, "单元格里还有列表", "单元格里只写文字或者数字")
    return "" if node.tag == "tag:yaml.org,2002:null" else " ".join(node.value.split())
