"""Converts workbooks (.xlsx): each sheet that is shown becomes a table, with its merged cells."""

from __future__ import annotations

import io
import warnings
import zipfile
from html import escape
from pathlib import PurePosixPath
from typing import Any

from jiyue.base.workbook import LARGEST, MOST_COLUMNS, shown
from jiyue.importers import html
from jiyue.importers.word.converted import BadDocument, Converted, Loss

MOST_ROWS = 2000
"""Rows of a sheet in a page; a longer one is a file for readers to download."""
_REMEDY = "用表格软件另存一次，或者作为附件发布。"


def convert_xlsx(data: bytes, name: str) -> Converted:
    """Convert a workbook. name: the file's. Values as they were last computed. Raises BadDocument."""
    import openpyxl  # noqa: PLC0415  (0.2 s, only where there is a workbook)

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            if sum(part.file_size for part in book.infolist()) > LARGEST:
                raise BadDocument("工作簿太大", _REMEDY)
        with warnings.catch_warnings(action="ignore"):  # parts that openpyxl does not know
            workbook = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
            sheets = [_Sheet(one) for one in workbook.worksheets if one.sheet_state == "visible"]
            hidden = [str(one.title) for one in workbook.worksheets if one.sheet_state != "visible"]
    except BadDocument:
        raise
    except Exception:  # openpyxl raises whatever a broken part leads to
        raise BadDocument("不是可以读的工作簿", _REMEDY) from None
    losses = [Loss(f"工作表「{one}」", "隐藏的工作表没有带入") for one in hidden]
    parts = []
    shown_sheets = [sheet for sheet in sheets if sheet.rows]
    for sheet in shown_sheets:
        losses += sheet.losses
        if len(shown_sheets) > 1:
            parts.append(f"<h2>{escape(sheet.name)}</h2>")
        parts.append(sheet.html())
    if not parts:
        raise BadDocument("工作簿里没有内容", "确认表格没有隐藏。")
    root = html.parse("".join(parts))
    for table in root.iter("table"):
        html.mark_head(table)
    markdown = html.to_markdown(root, "")
    return Converted(markdown, {"title": PurePosixPath(name).stem}, {}, tuple(losses))


class _Sheet:
    """rows: (cell, columns, rows that it spans, value); cells below and right of a merged one's first are left out."""

    def __init__(self, sheet: Any) -> None:
        self.name = str(sheet.title)
        self.losses: list[Loss] = []
        place = f"工作表「{self.name}」"
        if sheet.max_row > MOST_ROWS or sheet.max_column > MOST_COLUMNS:
            raise BadDocument(
                f"{place}有 {sheet.max_row} 行、{sheet.max_column} 列，太大", "作为附件发布，正文写要点。"
            )
        gone_rows = {at for at, one in sheet.row_dimensions.items() if one.hidden}
        gone_columns = _hidden_columns(sheet)
        spans: dict[tuple[int, int], tuple[int, int]] = {}
        covered: set[tuple[int, int]] = set()
        for merged in sheet.merged_cells.ranges:
            rows = [at for at in range(merged.min_row, merged.max_row + 1) if at not in gone_rows]
            columns = [at for at in range(merged.min_col, merged.max_col + 1) if at not in gone_columns]
            if not rows or not columns:
                continue
            spans[rows[0], columns[0]] = (len(columns), len(rows))
            covered |= {(row, column) for row in rows for column in columns} - {(rows[0], columns[0])}
        self.rows: list[list[tuple[str, int, int]]] = []
        lost = 0
        for number, cells in enumerate(sheet.iter_rows(), 1):
            row = []
            for column, cell in enumerate(cells, 1):
                text = shown(cell).strip()
                if number in gone_rows or column in gone_columns:
                    lost += bool(text)
                elif (number, column) not in covered:
                    row.append((_of_merged(sheet, cell, text), *spans.get((number, column), (1, 1))))
            if number not in gone_rows:
                self.rows.append(row)
            if any(cell.comment for cell in cells):
                self.losses.append(Loss(f"{place}第 {number} 行", "批注没有带入"))
        if lost:
            self.losses.append(Loss(place, f"隐藏的行和列里的 {lost} 个格子没有带入"))
        if sheet._charts or sheet._images:
            self.losses.append(Loss(place, f"{len(sheet._charts)} 个图表、{len(sheet._images)} 张图片没有带入"))
        self._trim()

    def _trim(self) -> None:
        """Leave out empty rows at the end, and empty columns at the right of all rows."""
        while self.rows and not any(text for text, _, _ in self.rows[-1]):
            self.rows.pop()
        while self.rows and all(len(row) > 1 and row[-1] == ("", 1, 1) for row in self.rows):
            for row in self.rows:
                row.pop()

    def html(self) -> str:
        lines = []
        for row in self.rows:
            cells = "".join(
                f'<td colspan="{columns}" rowspan="{rows}">{"<br>".join(map(escape, text.splitlines()))}</td>'
                for text, columns, rows in row
            )
            lines.append(f"<tr>{cells}</tr>")
        return f"<table>{''.join(lines)}</table>"


def _hidden_columns(sheet: Any) -> set[int]:
    return {
        at
        for one in sheet.column_dimensions.values()
        if one.hidden
        for at in range(one.min or 0, min(one.max or 0, MOST_COLUMNS) + 1)
    }


def _of_merged(sheet: Any, cell: Any, text: str) -> str:
    """The text of a cell; of one that stands for a merged one whose first row or column is hidden, that one's."""
    if text or type(cell).__name__ != "MergedCell":
        return text
    for merged in sheet.merged_cells.ranges:
        if cell.coordinate in merged:
            return shown(sheet.cell(merged.min_row, merged.min_col)).strip()
    return text
