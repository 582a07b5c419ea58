"""Blocks of data in an article, as officers write them: ```chart is drawn, ```table is shown as a table.

    ```chart
    type: bar
    title: 各市州办结来信
    unit: 件

    市州,办结
    长春,320
    吉林,118
    ```

The data are in the block, or in a file of the site (`file:`; CSV, XLSX, YAML). The first row is the head.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from typing import Any, NamedTuple

from jiyue.base.cells import FILE_TYPES, BadTable, Row, csv_cells
from jiyue.base.diagnostics import did_you_mean
from jiyue.base.patterns import pattern

TYPES = {
    "bar": "条形图",
    "grouped": "分组条形图",
    "stacked": "堆积条形图",
    "line": "折线图",
    "pie": "饼图",
}
"""The types of charts."""
KEYS = {
    "chart": {"type": "图型", "title": "标题", "description": "说明", "unit": "单位", "file": "文件"},
    "table": {"title": "标题", "description": "说明", "unit": "单位", "file": "文件"},
}
"""Kind of a block -> its settings, with the Chinese names that officers may use instead."""

_HEAD = pattern(r"\s*([A-Za-z_]+|图型|标题|说明|单位|文件)\s*[:：]\s*(.*?)\s*\Z")
_BLOCK = pattern(r"(?m)^(?P<fence>```+|~~~+) *(?P<kind>chart|table) *\n(?P<inside>(?:(?!(?P=fence)).*\n)*)(?P=fence)")
DRAWN = pattern(r'<pre><code class="language-(chart|table)">(.*?)</code></pre>', re.DOTALL)
"""The HTML that both converters make of such a block: its kind and text."""


class BadBlock(Exception):
    """An invalid block. line counts from 1 within the block or, if of_file, within the file."""

    def __init__(self, line: int, message: str, hint: str, *, of_file: bool = False) -> None:
        super().__init__(message)
        self.line, self.message, self.hint, self.of_file = line, message, hint, of_file


class Block(NamedTuple):
    """A block whose data aren't parsed yet: its head, the text after it, and the line where that begins."""

    kind: str
    head: dict[str, str]
    data: str
    line: int

    @property
    def file(self) -> str:
        """The address of the file, '' if the data are in the block."""
        return self.head.get("file", "")

    def rows(self, of_file: list[Row] | None = None) -> list[Row]:
        """The rows of its data. of_file: those of its file. Raises BadBlock."""
        if of_file is not None:
            return of_file
        try:
            return list(csv_cells(self.data, self.line))
        except BadTable as problem:
            raise BadBlock(problem.line, problem.message, problem.hint) from None


class Written(NamedTuple):
    """The source of a block. position: the offset of its first inner line in the text."""

    kind: str
    inside: str
    position: int = 0


def may_be_in(body: str) -> bool:
    """Whether a text may hold a block."""
    return "chart" in body or "table" in body


def blocks(body: str) -> Iterator[Written]:
    """Every block in a Markdown text."""
    if may_be_in(body):
        for match in _BLOCK.finditer(body):
            yield Written(match["kind"], match["inside"], match.start("inside"))


def code_of(html: str) -> str:
    """The text of a block from its HTML."""
    return unescape(html)


_BLOCK_FIELDS = frozenset({"charts", "statistics", "opinions_file"})


def given(fields: Mapping[str, Any]) -> list[Written]:
    """The blocks of a front matter, which may not have been validated: `charts`, `statistics`, a survey's opinions."""
    if _BLOCK_FIELDS.isdisjoint(fields):  # nearly all
        return []
    drawn: list[Any] = []
    opinions = fields.get("opinions_file")
    if isinstance(opinions, str):
        return [
            Written("table", f"title: 意见和采纳情况\nfile: {opinions}\n"),
            *given({**fields, "opinions_file": None}),
        ]
    charts = fields.get("charts")
    drawn += charts if isinstance(charts, (list, tuple)) else []
    if isinstance(statistics := fields.get("statistics"), dict):
        until = str(statistics.get("until", ""))[:10]
        drawn.append({"unit": "件", **statistics, "title": f"{statistics.get('title') or '办件统计'}（截至 {until}）"})
    return [
        Written("chart", "".join(f"{name}: {one[name]}\n" for name in KEYS["chart"] if isinstance(one.get(name), str)))
        for one in drawn
        if isinstance(one, dict)
    ]


def files(written: Iterable[Written]) -> list[str]:
    """The addresses of the blocks' data files."""
    addresses = []
    for kind, inside, _ in written:
        try:
            addresses.append(split(kind, inside).file)
        except BadBlock:
            continue  # the check of the article reports it; nothing is drawn
    return [address for address in dict.fromkeys(addresses) if address]


def split(kind: str, text: str) -> Block:
    """A block's head and data. Raises BadBlock."""
    head: dict[str, str] = {}
    keys = KEYS[kind]
    lines = text.splitlines()
    at = 0
    for line in lines:
        match = _HEAD.match(line)
        if not match:
            break
        key = next((name for name, chinese in keys.items() if match[1] in (name, chinese)), "")
        if not key:
            known = "、".join(f"{name}（{chinese}）" for name, chinese in keys.items())
            raise BadBlock(at + 1, f"不认识「{match[1][:40]}」", did_you_mean(match[1], keys) or f"可以写：{known}")
        head[key] = match[2]
        at += 1
    if not head.get("title"):
        raise BadBlock(1, f"{NAMES[kind]}没有标题", "加一行，如 title: 各市州办结来信")
    if kind == "chart":
        head["type"] = _type_of(head.get("type", "bar"), text)
    rest = lines[at:]
    while rest and not rest[0].strip():
        rest = rest[1:]
        at += 1
    if head.get("file") and rest:
        raise BadBlock(at + 1, "既写了文件，又写了数据", "两者只留其一：删去 file 一行，或者删去下面的数据")
    if head.get("file") and head["file"].rpartition(".")[2].lower() not in FILE_TYPES:
        raise BadBlock(line_of(text, "file"), "这种文件读不出表格", f"用 {'、'.join(FILE_TYPES)} 文件")
    return Block(kind, head, "\n".join(rest), at + 1)


def _type_of(name: str, text: str) -> str:
    kind = next((one for one, chinese in TYPES.items() if name in (one, chinese)), "")
    if not kind:
        hint = did_you_mean(name, TYPES) or "可以写：" + "、".join(f"{one}（{word}）" for one, word in TYPES.items())
        raise BadBlock(line_of(text, "type"), f"没有「{name[:40]}」这种图", hint)
    return kind


NAMES = {"chart": "图表", "table": "表格"}


def line_of(text: str, key: str) -> int:
    """The line of a setting, 1 if it isn't written."""
    names = (key, KEYS["chart"][key])
    return next((n for n, line in enumerate(text.splitlines(), 1) if line.strip().startswith(names)), 1)
