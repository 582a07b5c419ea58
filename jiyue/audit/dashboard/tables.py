"""Tables of the dashboard: one description gives the HTML table and the files beside it. The same table gives the same bytes."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

import openpyxl
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

Value = str | int | float | Decimal | None

_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODIFIED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


class Cell(NamedTuple):
    """A cell. href: where it leads, relative to the dashboard's folder; mark: its class, for the eye; text: how `value` is
    shown where that is not the value itself."""

    value: Value
    href: str = ""
    mark: str = ""
    text: str = ""

    @property
    def is_money(self) -> bool:
        """Whether it is an amount of money."""
        return isinstance(self.value, Decimal)

    @property
    def shown(self) -> str:
        """As people read it."""
        if self.text:
            return self.text
        if self.value is None or self.value == "":
            return "—"
        if isinstance(self.value, Decimal):
            return f"{self.value:,.2f}"
        return f"{self.value:g}" if isinstance(self.value, float) else str(self.value)


class Column(NamedTuple):
    """A column. key: its name in files; figure: the entry of the data dictionary that it is explained by, '' for plain words.

    optional: it may be empty in every row without anything being wrong with the report.
    """

    key: str
    name: str
    figure: str = ""
    optional: bool = False


class Table(NamedTuple):
    """A table. name: of its files, relative to the dashboard's folder, without an ending. book: of the workbook that it
    shares with others as a sheet, '' for one of its own."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: list[tuple[Cell, ...]]
    book: str = ""

    @property
    def workbook(self) -> str:
        """The path of its workbook."""
        return f"{self.book or self.name}.xlsx"

    def files(self) -> dict[str, bytes]:
        """Path -> bytes of the table as CSV and JSON."""
        return {f"{self.name}.csv": as_csv(self), f"{self.name}.json": as_json(self)}


def row(*values: Value | Cell) -> tuple[Cell, ...]:
    """A row; what is no cell yet becomes one."""
    return tuple(value if isinstance(value, Cell) else Cell(value) for value in values)


def as_csv(table: Table) -> bytes:
    """RFC 4180 with a byte order mark, by which spreadsheets know the encoding, under the Chinese names of the columns."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(column.name for column in table.columns)
    writer.writerows([_plain(_in_file(cell)) for cell in cells] for cells in table.rows)
    return ("\ufeff" + text.getvalue()).encode()


def as_json(table: Table) -> bytes:
    """{"title", "rows": [{key: value}]}."""
    keys = [column.key for column in table.columns]
    rows = [dict(zip(keys, map(_in_file, cells), strict=True)) for cells in table.rows]
    return (json.dumps({"title": table.title, "rows": rows}, ensure_ascii=False, indent=1, default=str) + "\n").encode()


def as_xlsx(tables: Iterable[Table]) -> bytes:
    """A workbook with a sheet for each table, whose head stays in sight. Without the time of its making."""
    book = openpyxl.Workbook()
    for default in book.worksheets:
        book.remove(default)
    for table in tables:
        title = table.title.rpartition("：")[2]
        sheet = book.create_sheet(re.sub(r"[\\/*?:\[\]]", " ", title)[:31])
        for line in ([column.name for column in table.columns], *(map(_in_file, cells) for cells in table.rows)):
            sheet.append([_plain(value) for value in line])
        for at, column in enumerate(table.columns, 1):
            longest = max([len(column.name), *(len(cells[at - 1].shown) for cells in table.rows)])
            sheet.column_dimensions[get_column_letter(at)].width = min(60, max(8, 2 * longest))
            sheet.cell(1, at).font = Font(bold=True)
        sheet.freeze_panes = "A2"
    made = io.BytesIO()
    book.save(made)
    return _timeless(made)


def _timeless(book: io.BytesIO) -> bytes:
    """The workbook with the same time in all its parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = _MODIFIED.sub(rb"\g<1>1980-01-01T00:00:00Z", data)
            part = zipfile.ZipInfo(name, _EPOCH)
            part.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(part, data)
    return out.getvalue()


def _in_file(cell: Cell) -> Value:
    return cell.text or cell.value


def _plain(value: Value) -> Value:
    """A value that no spreadsheet takes for a formula, and without characters that a workbook can't hold."""
    if not isinstance(value, str):
        return "" if value is None else value
    value = "".join(sign for sign in value if sign.isprintable() or sign in "\n\t\u3000")
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t") else value
