"""The table of a ```table block (jiyue.catalogue.blocks), from its data."""

from __future__ import annotations

from typing import NamedTuple

from jiyue.base.cells import Row
from jiyue.base.patterns import pattern
from jiyue.catalogue.blocks import BadBlock, Block

MOST_ROWS = 2000
"""The most rows that a phone can scroll; the file has all of them."""
MOST_COLUMNS = 30

_NUMBER = pattern(r"[+\-−]?[0-9][0-9,，]*(?:\.[0-9]+)?%?|-|—|——|")


class Table(NamedTuple):
    """A table. cells: head first; numeric: the columns with numbers only, which are aligned by digits."""

    title: str
    description: str
    unit: str
    cells: tuple[tuple[str, ...], ...]
    numeric: frozenset[int]


def table(block: Block, rows_of_file: list[Row] | None = None) -> Table:
    """The table of a block. rows_of_file: the rows of its file, if it has one. Raises BadBlock."""
    rows = block.rows(rows_of_file)
    of_file = rows_of_file is not None
    if len(rows) < 2:
        hint = "第一行写表头，如「项目,预算数」，下面每行一项"
        raise BadBlock(1 if of_file else block.line, "表格没有数据", hint, of_file=of_file)
    (line, head), *others = rows
    wide = len(head)
    if wide > MOST_COLUMNS:
        raise BadBlock(line, f"表格有 {wide} 列，最多 {MOST_COLUMNS} 列", "分成几个表", of_file=of_file)
    if len(others) > MOST_ROWS:
        hint = "按年份或者类别分成几个文件，各放一篇；全部数据作附件"
        raise BadBlock(others[MOST_ROWS][0], f"数据有 {len(others)} 行，超过 {MOST_ROWS} 行", hint, of_file=of_file)
    for line, row in others:
        if len(row) > wide:
            message = f"这一行有 {len(row)} 列，表头有 {wide} 列"
            raise BadBlock(line, message, "补上表头，或者删去多余的逗号；文字里有逗号的，单元格加引号", of_file=of_file)
    cells = (tuple(head), *((*row, *[""] * (wide - len(row))) for _, row in others))
    numeric = frozenset(
        n
        for n in range(wide)
        if all(not row[n] or _NUMBER.fullmatch(row[n]) for row in cells[1:]) and any(row[n] for row in cells[1:])
    )
    return Table(block.head["title"], block.head.get("description", ""), block.head.get("unit", ""), cells, numeric)
