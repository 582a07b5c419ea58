"""Charts: what a ```chart block (jiyue.catalogue.blocks) draws, once its data are read.

The first row of the data names the series, the first cell of each other row what it is about. Empty cells are gaps.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from jiyue.base.cells import Row
from jiyue.base.patterns import pattern
from jiyue.catalogue.blocks import TYPES, BadBlock, Block

MOST_ROWS = 60
MOST_SERIES = 5
"""The most patterns that a reader can distinguish."""
MOST_PARTS = 5
"""The most slices of a pie that can be compared."""
LARGEST = 1e15
"""Beyond it a float no longer holds every whole number."""

_NUMBER = pattern(r"[+\-−]?(?:[0-9]{1,3}(?:[,，][0-9]{3})+|[0-9]+)(?:\.[0-9]+)?", re.ASCII)


class Chart(NamedTuple):
    """names: of the series; rows: (label, values), None for a gap; cells: the table as it was written, its head first."""

    type: str
    title: str
    description: str
    unit: str
    names: tuple[str, ...]
    rows: tuple[tuple[str, tuple[float | None, ...]], ...]
    cells: tuple[tuple[str, ...], ...]


def chart(block: Block, rows_of_file: list[Row] | None = None) -> Chart:
    """The chart of a block. rows_of_file: the rows of its file, if it has one. Raises BadBlock."""
    of_file = rows_of_file is not None
    first = 1 if of_file else block.line
    cells = block.rows(rows_of_file)

    def bad(line: int, message: str, hint: str) -> BadBlock:
        return BadBlock(line, message, hint, of_file=of_file)

    if len(cells) < 2:
        raise bad(first, "图表没有数据", "第一行写表头，如「市州,办结」，下面每行一项，如「长春,320」")
    (line, names), *others = cells
    if len(names) < 2:
        raise bad(line, "表头只有一列", "用半角逗号分开名称和数字两列，如「市州,办结」")
    if len(others) > MOST_ROWS:
        raise bad(
            others[MOST_ROWS][0], f"数据有 {len(others)} 行，超过 {MOST_ROWS} 行", "合并或者拆成几张图；全部数据作附件"
        )
    kind = block.head["type"]
    if len(names) - 1 > (most := 1 if kind in ("bar", "pie") else MOST_SERIES):
        hint = "改为 type: grouped，或者只留一列数字" if kind == "bar" else f"只留 {most} 列数字"
        raise bad(line, f"{TYPES[kind]}有 {len(names) - 1} 列数字，最多 {most} 列", hint)
    rows = []
    for line, row in others:
        if len(row) != len(names):
            raise bad(line, f"这一行有 {len(row)} 列，表头有 {len(names)} 列", "补上或者删去逗号；没有数字的格子留空")
        rows.append((row[0], tuple(_number(cell, line, of_file=of_file) for cell in row[1:])))
    values = [value for _, row in rows for value in row if value is not None]
    if not values:
        raise bad(others[0][0], "没有一个数字", "在名称后面的列里写数字")
    if kind in ("pie", "stacked") and min(values) < 0:
        raise bad(first, f"{TYPES[kind]}里有负数", "负数用条形图：type: bar")
    if kind == "pie" and len(rows) > MOST_PARTS:
        raise bad(others[MOST_PARTS][0], f"饼图有 {len(rows)} 份，最多 {MOST_PARTS} 份", "合并小的，或者改为 type: bar")
    if kind == "pie" and sum(values) <= 0:
        raise bad(others[0][0], "饼图的合计是 0", "核对数字，或者改为 type: bar")
    head = block.head
    return Chart(
        head["type"],
        head["title"],
        head.get("description", ""),
        head.get("unit", ""),
        tuple(names[1:]),
        tuple(rows),
        tuple(tuple(row) for _, row in cells),
    )


def _number(cell: str, line: int, *, of_file: bool) -> float | None:
    if cell in ("", "-", "—", "——"):
        return None
    if not _NUMBER.fullmatch(cell):
        hint = "只写数字，如 1234.5；单位写在 unit 一行；没有数字就留空"
        raise BadBlock(line, f"「{cell[:40]}」不是数字", hint, of_file=of_file)
    value = float(re.sub("[,，]", "", cell).replace("−", "-"))
    if abs(value) > LARGEST:
        raise BadBlock(line, f"「{cell[:40]}」太大", "换大一些的单位，如万元、亿元", of_file=of_file)
    return value
