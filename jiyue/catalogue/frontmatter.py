"""What stands above the body: YAML between `---` lines, or Pelican's own `Key: value` lines."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from jiyue import yamlfile
from jiyue.patterns import pattern


class FrontMatter(NamedTuple):
    """values as written, the line of each top key (from 1, in the file), and where the body begins."""

    values: dict[str, Any]
    lines: yamlfile.Lines
    body: str
    body_line: int


class NoFrontMatter(Exception):
    """line counts from 1; message and hint are Chinese."""

    def __init__(self, line: int, message: str, hint: str, col: int = 0) -> None:
        super().__init__(message)
        self.line, self.message, self.hint, self.col = line, message, hint, col


_EXAMPLE = "文件开头写：---，换行 title: 标题，换行 date: 2026-11-20 09:30，换行 ---"
_KEY_VALUE = pattern(r"([A-Za-z][\w-]*): *(.*)")
_END = pattern(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)

PELICAN_NAMES = {"modified": "updated", "tags": "keywords", "authors": "author"}
"""Pelican's names for what this platform names otherwise; its `category` is the column, which is the folder."""


def split(text: str) -> FrontMatter:
    """Separate front matter and body. Raises NoFrontMatter."""
    if text.startswith("---"):
        values, lines, body, body_line = _yaml(text)
    elif _KEY_VALUE.match(text):
        values, lines, body, body_line = _key_values(text)
    elif not text.strip():
        raise NoFrontMatter(1, "文件是空的", _EXAMPLE)
    else:
        raise NoFrontMatter(1, "文件开头没有标题和日期", _EXAMPLE)
    for theirs, ours in PELICAN_NAMES.items():
        if theirs in values:
            if ours not in values:
                values[ours] = values[theirs]
                lines[(ours,)] = lines.get((theirs,), 1)
            del values[theirs]
    if values.get("kind") != "letter":
        values.pop("category", None)
    return FrontMatter(values, lines, body, body_line)


def _yaml(text: str) -> tuple[dict[str, Any], yamlfile.Lines, str, int]:
    end = _END.search(text, 3)
    first = text.find("\n")
    if text[3 : max(first, 3)].strip() or not end:
        raise NoFrontMatter(1, "开头的 --- 没有另一行 --- 结束", "在各项之后、正文之前单独写一行 ---")
    head = text[first + 1 : end.start()]
    try:
        values, lines = yamlfile.parse(head)
    except yamlfile.YamlProblem as problem:
        raise NoFrontMatter(problem.line + 1, problem.message, problem.hint, problem.col) from None
    if values is None:
        raise NoFrontMatter(1, "开头的 --- 之间什么也没有", _EXAMPLE)
    if not isinstance(values, dict):
        raise NoFrontMatter(2, "开头的 --- 之间不是「键: 值」的形式", _EXAMPLE)
    body_start = end.end() + 1
    return (
        values,
        {path: line + 1 for path, line in lines.items()},
        text[body_start:],
        text.count("\n", 0, body_start) + 1,
    )


def _key_values(text: str) -> tuple[dict[str, Any], yamlfile.Lines, str, int]:
    parts: dict[str, list[str]] = {}
    lines: yamlfile.Lines = {}
    rows = text.split("\n")
    last = ""
    number = 0
    for number, row in enumerate(rows, 1):
        found = _KEY_VALUE.fullmatch(row)
        if found:
            last = found[1].lower()
            if last in parts:
                raise NoFrontMatter(number, f"「{last}」写了两次", "只保留一个")
            parts[last] = [found[2].strip()]
            lines[(last,)] = number
        elif row.startswith("    ") and last:
            parts[last].append(row.strip())
        else:
            break
    values = {key: " ".join(those) for key, those in parts.items()}
    body = "\n".join(rows[number - 1 :] if rows[number - 1].strip() else rows[number:])
    return values, lines, body, number + (0 if rows[number - 1].strip() else 1)
