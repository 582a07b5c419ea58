"""Reads exports of other systems: a table with a heading row, as CSV or as the first sheet of a workbook (XLSX)."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from jiyue.base.diagnostics import did_you_mean
from jiyue.base.workbook import BadWorkbook, sheet_rows
from jiyue.importers.reading import MAX_BYTES, decode

_WORKBOOK = b"PK\x03\x04"


class BadExport(Exception):
    """A table, or the map of its columns, can't be used; the message is Chinese, with the remedy."""


def column_map(path: Path, known: Mapping[str, str] | Collection[str], example: str) -> dict[str, str]:
    """Known name -> column of an export, from the `columns:` of a YAML file. Raises BadExport."""
    import yaml  # noqa: PLC0415  (only where there is a map)

    try:
        data = yaml.safe_load(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise BadExport(f"{path} 读不出来：{str(problem).splitlines()[0]}") from None
    columns = data.get("columns") if isinstance(data, dict) else None
    if not isinstance(columns, dict) or not all(isinstance(one, str) for one in columns.values()):
        raise BadExport(f"{path} 应写 columns: {example}")
    for name in columns:
        if name not in known:
            hint = did_you_mean(str(name), known) or f"可以写：{'、'.join(known)}"
            raise BadExport(f"{path}：columns 里没有「{name}」这一项。{hint}")
    return {str(name): column for name, column in columns.items()}


def public_values(path: Path) -> dict[str, frozenset[str]]:
    """Column of an export -> its values of rows that are public, from the `public:` of a map. Raises BadExport."""
    import yaml  # noqa: PLC0415  (only where there is a map)

    public = (yaml.load(path.read_text("utf-8-sig"), Loader=yaml.BaseLoader) or {}).get("public") or {}
    values = (
        {name: one if isinstance(one, list) else [one] for name, one in public.items()}
        if isinstance(public, dict)
        else None
    )
    if values is None or not all(isinstance(one, str) for some in values.values() for one in some):
        raise BadExport(f"{path} 的 public 应写列名和公开的值，如 public: {{状态: [已发布]}}")
    return {str(name): frozenset(one.strip() for one in some) for name, some in values.items()}


def rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """(line or row number, column -> cell with its line breaks, '' where a row is too short). Raises BadExport."""
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise BadExport(f"{path} 读不出来：{problem.strerror}") from None
    head: list[str] = []
    for line, cells in _sheet(data, path) if data.startswith(_WORKBOOK) else _csv(data, path):
        if not any(cells):
            continue
        if not head:
            head = cells
            continue
        yield line, dict(zip(head, [*cells, *[""] * len(head)], strict=False))


def _sheet(data: bytes, path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        yield from sheet_rows(data, formulas=True, lines=True)
    except BadWorkbook as problem:
        raise BadExport(f"{path} 第 {problem.row} 行：{problem.message}。{problem.hint}") from None


def _csv(data: bytes, path: Path) -> Iterator[tuple[int, list[str]]]:
    text = decode(data).text
    if text is None:
        raise BadExport(f"{path} 不是 UTF-8 也不是 GB18030 编码，请另存为 UTF-8 的 CSV 或者 XLSX")
    csv.field_size_limit(MAX_BYTES)  # a cell may hold the text of an article
    reader, line = csv.reader(io.StringIO(text, newline=""), strict=True), 1
    try:
        for cells in reader:
            yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error:
        raise BadExport(f"{path} 第 {line} 行起引号没有配对") from None


def category_map(path: Path) -> dict[str, str]:
    """Category of an old site -> column, from a YAML file. Raises BadExport."""
    import yaml  # noqa: PLC0415  (only where there is a map)

    try:
        data = yaml.load(path.read_text("utf-8-sig"), Loader=yaml.BaseLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise BadExport(f"{path} 读不出来：{str(problem).splitlines()[0]}") from None
    if not isinstance(data, dict) or not all(isinstance(one, str) and one for one in data.values()):
        raise BadExport(f"{path} 应每行写一个分类和它的栏目，如 通知公告: tzgg")
    return {str(name): column.strip("/") for name, column in data.items()}
