"""Charts in an article, as officers write them: a fenced block ```chart, with its data in it or in a CSV file.

    ```chart
    type: bar
    title: 各市州办结来信
    unit: 件

    市州,办结
    长春,320
    吉林,118
    ```

The first row of the data names the series, the first cell of each other row what it is about. Empty cells are gaps.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from typing import Any, NamedTuple

from jiyue.base.diagnostics import did_you_mean
from jiyue.base.patterns import pattern

TYPES = {
    "bar": "条形图",
    "grouped": "分组条形图",
    "stacked": "堆积条形图",
    "line": "折线图",
    "pie": "饼图",
}
MOST_ROWS = 60
MOST_SERIES = 5
"""The most patterns that a reader can distinguish."""
MOST_PARTS = 5
"""The most slices of a pie that can be compared."""
LARGEST = 1e15
"""Beyond it a float no longer holds every whole number."""

_KEYS = {"type": "图型", "title": "标题", "description": "说明", "unit": "单位", "file": "文件"}
_HEAD = pattern(r"\s*([A-Za-z_]+|图型|标题|说明|单位|文件)\s*[:：]\s*(.*?)\s*\Z")
_NUMBER = pattern(r"[+\-−]?(?:[0-9]{1,3}(?:[,，][0-9]{3})+|[0-9]+)(?:\.[0-9]+)?", re.ASCII)
_BLOCK = pattern(r"(?m)^(?P<fence>```+|~~~+) *chart *\n(?P<inside>(?:(?!(?P=fence)).*\n)*)(?P=fence)")
DRAWN = pattern(r'<pre><code class="language-chart">(.*?)</code></pre>', re.DOTALL)
"""The HTML that both converters make of such a block."""


class Chart(NamedTuple):
    """names: of the series; rows: (label, values), None for a gap; cells: the table as it was written, its head first."""

    type: str
    title: str
    description: str
    unit: str
    names: tuple[str, ...]
    rows: tuple[tuple[str, tuple[float | None, ...]], ...]
    cells: tuple[tuple[str, ...], ...]


class BadChart(Exception):
    """An invalid chart. line counts from 1 within the block or, if of_file, within the CSV file."""

    def __init__(self, line: int, message: str, hint: str, *, of_file: bool = False) -> None:
        super().__init__(message)
        self.line, self.message, self.hint, self.of_file = line, message, hint, of_file


class Block(NamedTuple):
    """A block before its data are read: its head, what follows it, and the line on which that begins."""

    head: dict[str, str]
    data: str
    line: int

    @property
    def file(self) -> str:
        """The address of the CSV file, '' if the data are in the block."""
        return self.head.get("file", "")


def blocks(body: str) -> Iterator[tuple[int, str]]:
    """(position of the first line inside, text) of every block in a Markdown text."""
    if "chart" in body:
        for match in _BLOCK.finditer(body):
            yield match.start("inside"), match["inside"]


def code_of(html: str) -> str:
    """The text of a block from its HTML."""
    return unescape(html)


def fields_of(values: Mapping[str, Any]) -> list[dict[str, str]]:
    """The text fields of each chart in front matter that isn't validated yet."""
    given = values.get("charts")
    charts_ = [one for one in given if isinstance(one, dict)] if isinstance(given, (list, tuple)) else []
    return [{str(key): value for key, value in one.items() if isinstance(value, str)} for one in charts_]


def block_of(fields: dict[str, str]) -> str:
    """The block of a chart of the front matter (models.ChartOfFile)."""
    return "".join(f"{name}: {value}\n" for name, value in fields.items() if value)


def files(body: str, fields: Iterable[dict[str, str]] = ()) -> list[str]:
    """The addresses of the CSV files used by the charts of a body and of its front matter."""
    paths = []
    for text in (*(inside for _, inside in blocks(body)), *map(block_of, fields)):
        try:
            paths.append(split(text).file)
        except BadChart:
            continue  # reported by the check of the article
    return [address for address in dict.fromkeys(paths) if address]


def split(text: str) -> Block:
    """A block's head and data. Raises BadChart."""
    head: dict[str, str] = {}
    lines = text.splitlines()
    at = 0
    for line in lines:
        match = _HEAD.match(line)
        if not match:
            break
        key = next((name for name, chinese in _KEYS.items() if match[1] in (name, chinese)), "")
        if not key:
            raise BadChart(at + 1, f"不认识「{match[1][:40]}」", did_you_mean(match[1], _KEYS) or f"可以写：{_known()}")
        head[key] = match[2]
        at += 1
    if not head.get("title"):
        raise BadChart(1, "图表没有标题", "加一行，如 title: 各市州办结来信")
    kind = head.get("type", "bar")
    kind = next((name for name, chinese in TYPES.items() if kind in (name, chinese)), kind)
    if kind not in TYPES:
        hint = did_you_mean(kind, TYPES) or "可以写：" + "、".join(f"{name}（{word}）" for name, word in TYPES.items())
        raise BadChart(_line_of(lines, "type"), f"没有「{kind[:40]}」这种图", hint)
    head["type"] = kind
    rest = lines[at:]
    while rest and not rest[0].strip():
        rest = rest[1:]
        at += 1
    if head.get("file") and rest:
        raise BadChart(at + 1, "既写了文件，又写了数据", "两者只留其一：删去 file 一行，或者删去下面的数据")
    return Block(head, "\n".join(rest), at + 1)


def _known() -> str:
    return "、".join(f"{name}（{chinese}）" for name, chinese in _KEYS.items())


def _line_of(lines: list[str], key: str) -> int:
    return next((n for n, line in enumerate(lines, 1) if line.strip().startswith((key, _KEYS[key]))), 1)


def chart(block: Block, csv_text: str | None = None) -> Chart:
    """The chart of a block. csv_text: the content of its CSV file. Raises BadChart."""
    of_file = csv_text is not None
    first = 1 if of_file else block.line
    cells = list(_table(block.data if csv_text is None else csv_text, first, of_file=of_file))

    def bad(line: int, message: str, hint: str) -> BadChart:
        return BadChart(line, message, hint, of_file=of_file)

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


def _table(text: str, first: int, *, of_file: bool) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of each non-empty row."""
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
        raise BadChart(line, "这里的引号没有配对", '单元格里有引号时写两个：""', of_file=of_file) from None


def _number(cell: str, line: int, *, of_file: bool) -> float | None:
    if cell in ("", "-", "—", "——"):
        return None
    if not _NUMBER.fullmatch(cell):
        hint = "只写数字，如 1234.5；单位写在 unit 一行；没有数字就留空"
        raise BadChart(line, f"「{cell[:40]}」不是数字", hint, of_file=of_file)
    value = float(re.sub("[,，]", "", cell).replace("−", "-"))
    if abs(value) > LARGEST:
        raise BadChart(line, f"「{cell[:40]}」太大", "换大一些的单位，如万元、亿元", of_file=of_file)
    return value
