"""Reads the first visible sheet of a workbook (XLSX) with openpyxl, as rows of text as displayed."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any

LARGEST = 50_000_000
"""The most bytes of a workbook's parts, decompressed: more is an attack, not a table."""
MOST_COLUMNS = 200


class BadWorkbook(Exception):
    """The row, and for officers what is wrong and what to do."""

    def __init__(self, row: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.row, self.message, self.hint = row, message, hint


def sheet_rows(data: bytes, *, formulas: bool = False, lines: bool = False) -> Iterator[tuple[int, list[str]]]:
    """(row number from 1, cells, each on one line) of every row that is not empty. Raises BadWorkbook.

    formulas: a cell that computes gives its formula, `=A1+B1`, instead of the value that it had when last saved. lines: a
    cell keeps its line breaks.
    """
    import openpyxl  # noqa: PLC0415  (0.2 s, only where there is a workbook)

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            if sum(part.file_size for part in book.infolist()) > LARGEST:
                raise BadWorkbook(1, "XLSX 太大", "删去不用的工作表，或者另存为 CSV")
        with warnings.catch_warnings(action="ignore"):  # parts that openpyxl does not know are no matter here
            workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=not formulas)
            sheet = next(one for one in workbook.worksheets if one.sheet_state == "visible")
            sheet.reset_dimensions()  # as a file states them they may be wrong
            for number, row in enumerate(sheet.iter_rows(), 1):
                texts = [shown(cell) for cell in row]
                cells = [cell.strip() if lines else " ".join(cell.split()) for cell in texts]
                while cells and not cells[-1]:
                    cells.pop()
                if len(cells) > MOST_COLUMNS:
                    raise BadWorkbook(number, f"表格超过 {MOST_COLUMNS} 列", "删去右边多余的格子，或者分成几个表")
                if cells:
                    yield number, cells
    except BadWorkbook:
        raise
    except Exception:  # openpyxl raises whatever a broken part leads to
        raise BadWorkbook(1, "不是可以读的 XLSX", "用表格软件另存一次，或者另存为 CSV") from None


def shown(cell: Any) -> str:
    """The value of a cell of openpyxl as a spreadsheet shows it."""
    value = cell.value
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}" if value.hour or value.minute else f"{value:%Y-%m-%d}"
    if isinstance(value, (int, float)) and "%" in cell.number_format:
        return f"{value * 100:.10g}%"
    if isinstance(value, float):
        return f"{value:.15g}"
    return "" if value is None else str(getattr(value, "text", value))  # the formula of an array is an object
