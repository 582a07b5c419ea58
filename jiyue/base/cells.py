"""Tables as rows of cells: CSV, the first sheet of a workbook (XLSX), a YAML list. What is read is text, as it is shown.

Line numbers are those of the file, for a workbook its rows.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple
from xml.etree import ElementTree

from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.patterns import pattern

Row = tuple[int, list[str]]
"""Line and cells, each cell on one line."""

FILE_TYPES = ("csv", "xlsx", "yaml", "yml")
LARGEST_PART = 50_000_000
"""Bytes of one part of a workbook, unpacked."""
MOST_COLUMNS = 200


class BadTable(Exception):
    """Why a file is no table: the line, and for officers what is wrong and what to do."""

    def __init__(self, line: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.line, self.message, self.hint = line, message, hint


def read_cells(name: str, data: bytes) -> list[Row]:
    """The rows of a file that are not empty. name tells its type, one of FILE_TYPES. Raises BadTable."""
    kind = name.rpartition(".")[2].lower()
    if kind == "xlsx":
        rows = list(_sheet(data))
        wide = len(rows[0][1]) if rows else 0
        return [(line, [*cells, *[""] * (wide - len(cells))]) for line, cells in rows]
    try:
        text = decode(data)
    except NotUtf8 as problem:
        raise BadTable(problem.line, problem.message, problem.hint) from None
    return list(_yaml(text) if kind in ("yaml", "yml") else csv_cells(text))


def csv_cells(text: str, first: int = 1) -> Iterator[Row]:
    """The rows of a text that are not empty; its first line is number first. Divided by tabs, commas or full-width commas."""
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
    """As it is written, so that 0.10 and 2026-11-20 stay what they are."""
    if not isinstance(node.value, str):
        raise BadTable(node.start_mark.line + 1, "单元格里还有列表", "单元格里只写文字或者数字")
    return "" if node.tag == "tag:yaml.org,2002:null" else " ".join(node.value.split())


_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_DAYS = frozenset((14, 15, 16, 17, 22, *range(27, 37), *range(50, 59)))
"""Number formats that every workbook has and that show a day (ISO/IEC 29500-1 §18.8.30)."""
_QUOTED = pattern(r'"[^"]*"|\[[^\]]*\]')


class _Look(NamedTuple):
    """How a number is shown."""

    day: bool = False
    percent: bool = False


def _sheet(data: bytes) -> Iterator[Row]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            names = set(book.namelist())
            shared = _part(book, "xl/sharedStrings.xml").iter(f"{_MAIN}si") if "xl/sharedStrings.xml" in names else ()
            strings = [_words(item) for item in shared]
            looks = _looks(_part(book, "xl/styles.xml")) if "xl/styles.xml" in names else []
            sheet = _part(book, _first(book, names))
        for number, row in enumerate(sheet.iter(f"{_MAIN}row"), 1):
            cells: list[str] = []
            for cell in row.iter(f"{_MAIN}c"):
                at = 0
                for sign in cell.get("r", ""):
                    at = at * 26 + ord(sign.upper()) - 64 if sign.isalpha() else at
                if at > MOST_COLUMNS:
                    raise BadTable(number, f"表格超过 {MOST_COLUMNS} 列", "删去右边多余的格子，或者分成几个表")
                cells += [""] * (at - 1 - len(cells))
                cells.append(" ".join(_shown(cell, strings, looks).split()))
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                yield int(row.get("r", number)), cells
    except (
        zipfile.BadZipFile,
        ElementTree.ParseError,
        KeyError,
        ValueError,
        IndexError,
        NotImplementedError,
        OverflowError,
    ):
        raise BadTable(1, "不是可以读的 XLSX", "用表格软件另存一次，或者另存为 CSV") from None


def _first(book: zipfile.ZipFile, names: set[str]) -> str:
    """The part that holds the first sheet that is shown."""
    places = {one.get("Id"): one.get("Target", "") for one in _part(book, "xl/_rels/workbook.xml.rels")}
    for sheet in _part(book, "xl/workbook.xml").iter(f"{_MAIN}sheet"):
        place = places.get(sheet.get(_RELATED), "").removeprefix("/xl/").removeprefix("./")
        if sheet.get("state", "visible") == "visible" and f"xl/{place}" in names:
            return f"xl/{place}"
    raise KeyError("sheet")


def _part(book: zipfile.ZipFile, name: str) -> ElementTree.Element:
    if book.getinfo(name).file_size > LARGEST_PART:
        raise ValueError(name)
    data = book.read(name)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise ValueError(name)
    return ElementTree.fromstring(data)


def _words(element: ElementTree.Element) -> str:
    return "".join(part.text or "" for part in element.iter(f"{_MAIN}t"))


def _looks(styles: ElementTree.Element) -> list[_Look]:
    codes = {one.get("numFmtId"): one.get("formatCode", "") for one in styles.iter(f"{_MAIN}numFmt")}
    looks = []
    for one in styles.findall(f"{_MAIN}cellXfs/{_MAIN}xf"):
        number = one.get("numFmtId", "0")
        code = _QUOTED.sub("", codes.get(number, "")).lower()
        looks.append(_Look(int(number) in _DAYS or "y" in code, number in ("9", "10") or "%" in code))
    return looks


def _shown(cell: ElementTree.Element, strings: list[str], looks: list[_Look]) -> str:
    kind, value = cell.get("t", "n"), cell.findtext(f"{_MAIN}v", "")
    if kind == "s":
        return strings[int(value)]
    if kind == "inlineStr":
        return _words(cell)
    if kind != "n" or not value:
        return {"0": "否", "1": "是"}.get(value, value) if kind == "b" else value
    style = int(cell.get("s", "0"))
    look = looks[style] if style < len(looks) else _Look()
    number = float(value)
    if look.day:
        return str(date(1899, 12, 30) + timedelta(days=int(number)))
    if look.percent:
        return f"{number * 100:.10g}%"
    return f"{number:.15g}" if abs(number) < 1e15 else value
