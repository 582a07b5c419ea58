"""Ledgers: tables beside the articles of a column, one row a thing (a letter …), as CSV or YAML with the same columns.

A row that is to be seen becomes an article whose source text is made of its cells (jiyue.catalogue.sources), so everything that
holds for an article holds for a row: checks, review, dates, withdrawal, lists, feeds, search, open data. A bad row is left out alone.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from jiyue.base import yamlfile
from jiyue.base.diagnostics import Rule, did_you_mean
from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.patterns import pattern

TYPES = ("csv", "yaml")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet runs (OWASP, CSV injection)."""
MOST_REPAIRS = 20
"""After so many rows with an open quote the rest of a file is read line by line: each costs reading to the end."""

_SPECIAL = pattern(r"[\\`*_<>&\[\]|{}~]|^[#+\-=:.]|^\d{1,9}[.)]")


class BadRow(Exception):
    """message and hint are Chinese. line: where, if that is not the row's. key: which row it is, '' where that is not known."""

    def __init__(self, message: str, hint: str, line: int = 0, key: str = "") -> None:
        super().__init__(message)
        self.message, self.hint, self.line, self.key = message, hint, line, key


Beside = Callable[[str], bytes | None]
"""Name of a file in the ledger's folder -> its bytes, None where there is none."""


class Model(NamedTuple):
    """A kind of ledger. fields: its columns and what officers may call them. key: the column that names a row. rule: of a bad row.

    article: cells -> source text of an article, '' for a row that is not shown, and the same cells in one spelling, with what files
    hold in place of their names; raises BadRow. It asks for files through Beside.
    """

    fields: Mapping[str, str]
    key: str
    rule: Rule
    article: Callable[[Mapping[str, str], Beside], tuple[str, Mapping[str, str]]]


class Row(NamedTuple):
    """line counts from 1. cells: column -> text without blanks around it. key: the cell that names the row."""

    line: int
    cells: dict[str, str]
    key: str


def table(data: bytes, name: str, model: Model) -> Iterator[Row | BadRow]:
    """The rows of a file of that name, and in their place those that are none (with their line)."""
    seen: dict[str, int] = {}
    try:
        text = decode(data)
    except NotUtf8 as problem:
        yield BadRow(problem.message, problem.hint, problem.line)
        return
    for row in _yaml(text, model) if name.endswith(".yaml") else _csv(text, model):
        first = seen.setdefault(row.key, row.line) if row.key else row.line
        if first == row.line:
            yield row
        else:
            yield BadRow(f"编号 {row.key} 与第 {first} 行重复", "改为不同的编号，或者删去一行", row.line)


def _csv(text: str, model: Model) -> Iterator[Row | BadRow]:
    head: list[str] | None = None
    lines, start, repairs = [f"{line}\n" for line in text.split("\n")], 0, 0
    while start < len(lines):
        reader = csv.reader(lines[start:] if repairs < MOST_REPAIRS else lines[start : start + 1], strict=True)
        line = start + 1
        try:
            for cells in reader:
                here, line = line, start + reader.line_num + 1
                if not any(cell.strip() for cell in cells):
                    continue
                if head is not None:
                    yield _row(cells, head, here, model)
                    continue
                head = [_field(cell.strip(), model) for cell in cells]
                unknown = next((cell for cell, name in zip(cells, head, strict=True) if not name), None)
                if unknown is not None:
                    yield _unknown(unknown, model, here)
                    return
            start = line - 1
        except csv.Error:
            cells = lines[line - 1].rstrip("\n").split(",")
            key = _row(cells, head, line, model).key if head else ""
            yield BadRow("从这里起引号没有配对", '单元格里有引号时写两个：""', line, key)
            start, repairs = line, repairs + 1
            if head is None:
                return


def _row(cells: list[str], head: list[str], line: int, model: Model) -> Row | BadRow:
    named = {name: cell.strip() for name, cell in zip(head, cells, strict=False)}
    key = named.get(model.key, "")
    if len(cells) == len(head):
        return Row(line, named, key)
    hint = "补上或者删去逗号；单元格里有逗号时用双引号括起来"
    return BadRow(f"这一行有 {len(cells)} 列，表头有 {len(head)} 列", hint, line, key)


def _yaml(text: str, model: Model) -> Iterator[Row | BadRow]:
    try:
        rows, lines = yamlfile.parse(text)
    except yamlfile.YamlProblem as problem:
        yield BadRow(problem.message, problem.hint, problem.line)
        return
    if not isinstance(rows, list):
        yield BadRow("应是一张表，每一行以 - 开头", "写成 - number: 2026-001 这样，各列缩进对齐", 1)
        return
    for number, row in enumerate(rows):
        line = lines.get((number,), 1)
        if not isinstance(row, dict):
            yield BadRow("这一行不是「列: 值」的形式", "写成 - number: 2026-001 这样，各列缩进对齐", line)
            continue
        names = {name: _field(str(name), model) for name in row}
        unknown = next((str(name) for name, known in names.items() if not known), None)
        nested = next((name for name, value in row.items() if not isinstance(value, str | None)), None)
        cells = {names[name]: (value or "").strip() for name, value in row.items() if isinstance(value, str | None)}
        key = cells.get(model.key, "")
        if unknown is not None:
            yield _unknown(unknown, model, line, key)
        elif nested is not None:
            yield BadRow(f"「{nested}」应是一段文字", "写法与 CSV 台账的单元格相同", line, key)
        else:
            yield Row(line, cells, key)


def _field(cell: str, model: Model) -> str:
    return next((name for name, chinese in model.fields.items() if cell in (name, chinese)), "")


def _unknown(name: str, model: Model, line: int, key: str = "") -> BadRow:
    known = "可以有的列：" + "、".join(f"{name}（{chinese}）" for name, chinese in model.fields.items())
    return BadRow(f"不认识的列「{name[:40]}」", did_you_mean(name, model.fields) or known, line, key)


def refuse_formula(cells: Mapping[str, str], model: Model) -> None:
    """Raise BadRow if a cell would run where someone opens the table."""
    for name, cell in cells.items():
        if cell.startswith(FORMULA):
            raise BadRow(
                f"「{model.fields[name]}」以 {cell[:1]} 开头，表格软件会当作公式",
                "去掉开头的符号，或者在前面写上文字",
            )


def front_matter(values: Mapping[str, Any]) -> str:
    """The head of an article's source: empty values left out."""
    return "---\n" + "".join(f"{key}: {_yaml_value(value)}\n" for key, value in values.items() if value) + "---\n"


def _yaml_value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_yaml_value(one)}" for key, one in value.items()) + "}"
    text = " ".join(str(value).split())
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def plain_text(text: str) -> str:
    """The Markdown that shows a text as it was typed, a line a paragraph: nothing in it is a mark."""
    lines = (line.strip() for line in text.split("\n"))
    return "\n\n".join(_SPECIAL.sub(_entity, line) for line in lines if line)


def _entity(sign: re.Match[str]) -> str:
    shown = sign[0]
    return f"{shown[:-1]}&#{ord(shown[-1])};"
