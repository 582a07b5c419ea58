"""Splits front matter and body. Front matter is YAML between `---` lines or Pelican's `Key: value` lines."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from jiyue.base import yamlfile
from jiyue.base.patterns import pattern


class FrontMatter(NamedTuple):
    """values as written, the line of each value (from 1, in the file), the body and its first line."""

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
_NO_FIELDS = "开头的 --- 之间不是「键: 值」的形式"
_KEY_VALUE = pattern(r"([A-Za-z][\w-]*): *(.*)")
_LOOSE_KEY_VALUE = pattern(r"([^\W\d][\w-]*)[ \t\u3000]*[:：][ \t\u3000]*(.*)")
_END = pattern(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_DASHES = pattern(r"^[-－—–]{2,}[ \t]*$", re.MULTILINE)
"""What editors turn `---` into: more dashes, full-width dashes, one long dash."""

PELICAN_NAMES = {"modified": "updated", "tags": "keywords", "authors": "author"}
"""Pelican's field names -> ours. Pelican's `category` is dropped: the folder is the column."""


def split(text: str) -> FrontMatter:
    """Separate front matter and body. Raises NoFrontMatter."""
    if text.startswith("---"):
        values, lines, body, body_line = _yaml(text)
    elif _KEY_VALUE.match(text):
        values, lines, body, body_line = _key_values(text)
    else:
        return _unusual(text)
    for theirs, ours in PELICAN_NAMES.items():
        if theirs in values:
            if ours not in values:
                values[ours] = values[theirs]
                lines[(ours,)] = lines.get((theirs,), 1)
            del values[theirs]
    if values.get("kind") != "letter":
        values.pop("category", None)
    return FrontMatter(values, lines, body, body_line)


def _unusual(text: str) -> FrontMatter:
    """Split a text whose front matter follows blank lines, or uses other dashes or full-width colons."""
    start = text.lstrip()
    if not start:
        raise NoFrontMatter(1, "文件是空的", _EXAMPLE)
    skipped = text.count("\n", 0, len(text) - len(start))
    first, _, rest = start.partition("\n")
    field = _LOOSE_KEY_VALUE.fullmatch(first)
    if _DASHES.fullmatch(first) and _DASHES.search(rest):
        start = f"---\n{rest}"
    elif field and field[1].isascii() and field[1][0].isalpha():
        start = f"{field[1]}: {field[2]}\n{rest}"
    else:
        hint = f"「{field[1]}」要写成英文的字段名。{_EXAMPLE}" if field else _EXAMPLE
        raise NoFrontMatter(skipped + 1, "文件开头没有标题和日期", hint)
    try:
        values, lines, body, body_line = split(start)
    except NoFrontMatter as problem:
        raise NoFrontMatter(problem.line + skipped, problem.message, problem.hint, problem.col) from None
    return FrontMatter(values, {path: line + skipped for path, line in lines.items()}, body, body_line + skipped)


def _yaml(text: str) -> tuple[dict[str, Any], yamlfile.Lines, str, int]:
    first = max(text.find("\n"), 3)
    if text[3:first].strip() and not _DASHES.fullmatch(text, 0, first):
        raise NoFrontMatter(1, "开头的 --- 后面还有别的字", "--- 单独写一行，各项从下一行写起")
    end = _END.search(text, first) if text[3:first].isspace() or first == 3 else None
    end = end or _DASHES.search(text, first)
    if not end:
        raise NoFrontMatter(1, "开头的 --- 没有另一行 --- 结束", "在各项之后、正文之前单独写一行 ---")
    try:
        values, lines = _fields(text[first + 1 : end.start()])
    except yamlfile.YamlProblem as problem:
        raise NoFrontMatter(problem.line + 1, problem.message, problem.hint, problem.col) from None
    if values is None:
        raise NoFrontMatter(1, "开头的 --- 之间什么也没有", _EXAMPLE)
    if not isinstance(values, dict):
        raise NoFrontMatter(2, _NO_FIELDS, _EXAMPLE)
    body_start = end.end() + 1
    return (
        values,
        {path: line + 1 for path, line in lines.items()},
        text[body_start:],
        text.count("\n", 0, body_start) + 1,
    )


def _fields(head: str) -> tuple[Any, yamlfile.Lines]:
    """Parse as YAML. Where YAML fails or drops words, repair what has one clear meaning. Raises YamlProblem."""
    refused = None
    try:
        values, lines = yamlfile.parse(head)
    except yamlfile.YamlProblem as problem:
        values, lines, refused = "", {}, problem
    wrong = isinstance(values, str) or (isinstance(values, dict) and _misread(values, lines))
    if wrong or "#" in head or "&" in head or " !" in head:
        from jiyue.catalogue.repair import repaired, restore  # noqa: PLC0415  (rarely needed)

        if wrong:
            values, lines = repaired(head, refused or yamlfile.YamlProblem(1, 0, _NO_FIELDS, _EXAMPLE))
        if isinstance(values, dict):
            restore(head, values, lines)
    return values, lines


def _misread(values: dict[str, Any], lines: yamlfile.Lines) -> bool:
    """Whether a key shows that YAML misread a line: `title:甲: 乙`, `{by：甲}`."""
    keys = "".join(values)
    if len(lines) > len(values) + 1:
        keys += "".join([path[-1] for path in lines if len(path) > 1 and isinstance(path[-1], str)])
    return ":" in keys or "：" in keys


def _key_values(text: str) -> tuple[dict[str, Any], yamlfile.Lines, str, int]:
    end = _END.search(text)
    if end and "\n\n" not in text[: end.start()]:  # only the first line of dashes is missing
        values, lines, body, body_line = _yaml(f"---\n{text}")
        return values, {path: line - 1 for path, line in lines.items()}, body, body_line - 1
    parts: dict[str, list[str]] = {}
    lines = {}
    rows = text.split("\n")
    last = ""
    number = 0
    for number, row in enumerate(rows, 1):
        match = _KEY_VALUE.fullmatch(row) or _LOOSE_KEY_VALUE.fullmatch(row)
        if match and match[1].isascii():
            last = match[1].lower()
            if last in parts:
                raise NoFrontMatter(number, f"「{last}」写了两次", "只保留一个")
            parts[last] = [match[2].strip()]
            lines[(last,)] = number
        elif row.startswith("    ") and last:
            parts[last].append(row.strip())
        else:
            break
    values = {key: " ".join(those) for key, those in parts.items()}
    body = "\n".join(rows[number - 1 :] if rows[number - 1].strip() else rows[number:])
    return values, lines, body, number + (0 if rows[number - 1].strip() else 1)
