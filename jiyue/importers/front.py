"""Reads the front matter of other generators, and writes ours.

Supports YAML between ---, TOML between +++, a JSON object, and bare `Name: value` lines up to an empty one (Pelican).
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date as date_type
from datetime import datetime

import yaml

LONGEST = 1000
"""Maximum number of lines of front matter."""

Fields = dict[str, str]

_BARE = re.compile(r"([A-Za-z_][\w-]*)\s*:(?:[ \t]+(.*))?", re.ASCII)


class BadFrontMatter(ValueError):
    """Front matter is invalid. line counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def split(lines: list[str]) -> tuple[Fields, int]:
    """(text fields of front matter, number of its lines), see read()."""
    data, taken = read(lines)
    return dict(_flat(data)), taken


def read(lines: list[str]) -> tuple[dict[object, object], int]:
    """(front matter as written, number of its lines; 0 if there is none). Scalars of YAML are texts.

    An opening `---` that is never closed is a horizontal rule, not front matter. Raises BadFrontMatter.
    """
    first = next((at for at, line in enumerate(lines) if line.strip()), 0)
    mark = lines[first].rstrip() if lines else ""
    if mark.startswith("{"):
        data, end = _json(lines, first)
    elif mark in {"---", "+++"}:
        end = next((at for at, line in enumerate(lines[first + 1 : LONGEST], first + 1) if line.rstrip() == mark), None)
        source = "\n".join(lines[first + 1 : end])
        data = (_yaml(source, first) if mark == "---" else _toml(source)) if end else None
    else:
        bare, taken = _bare(lines, first)
        return {key: value for key, value in bare.items()}, taken  # noqa: C416  (a dict of other keys to the type checker)
    if end is None:
        return {}, 0
    if not isinstance(data, dict):
        if data in (None, ""):
            return {}, end + 1
        raise BadFrontMatter(first + 2, "不是“名称: 内容”的形式")
    return data, end + 1


def _flat(data: dict[object, object], above: str = "") -> Iterator[tuple[str, str]]:
    """Values as written, with keys in lower case; those of a map are named `map.key`, lists are omitted."""
    for key, value in data.items():
        name = f"{above}{key}".lower()
        if isinstance(value, dict):
            yield from _flat(value, f"{name}.") if not above else ()
        elif not isinstance(value, list):
            yield name, "" if value is None else str(value)


def dump(
    title: str,
    date: datetime | None,
    source: str,
    doc_number: str,
    expires: datetime | None = None,
    more: Mapping[str, object] = {},
    migrated: Mapping[str, object] = {},
) -> str:
    """The front matter of an article. Omits the time of day at midnight, and empty fields.

    migrated: `from`, the old address, and `at`, when it was imported. more: further fields.
    """
    fields: dict[str, object] = {
        "title": title,
        "date": date,
        "source": source,
        "doc_number": doc_number,
        "expires": expires,
        **more,
        "migrated": dict(migrated),
    }
    known = {key: _moment(value) if isinstance(value, datetime) else value for key, value in fields.items() if value}
    return "---\n" + yaml.safe_dump(known, allow_unicode=True, sort_keys=False, width=10_000) + "---\n"


def _moment(date: datetime) -> date_type | str:
    return date.date() if (date.hour, date.minute) == (0, 0) else f"{date:%Y-%m-%d %H:%M}"


def _bare(lines: list[str], first: int) -> tuple[Fields, int]:
    """`Name: value` lines at the start of a text, including a title. An indented line continues the one above."""
    fields: Fields = {}
    name = ""
    for at, line in enumerate(lines[first:LONGEST], first):
        if not line.strip() or line.rstrip() == "---":
            return (fields, at + 1) if "title" in fields else ({}, 0)
        if match := _BARE.fullmatch(line):
            name = match[1].lower()
            fields[name] = (match[2] or "").strip()
        elif name and line[0] in " \t":
            fields[name] += " " + line.strip()
        else:
            break
    return {}, 0


def _json(lines: list[str], first: int) -> tuple[object, int | None]:
    """(JSON object at the start of a text, its last line); the line is None if there is no such object."""
    source = "\n".join(lines[first:LONGEST])
    try:
        data, end = json.JSONDecoder().raw_decode(source)
    except (ValueError, RecursionError):
        return None, None
    rest = source[end:].partition("\n")[0]
    return (data, first + source.count("\n", 0, end)) if not rest.strip() else (None, None)


def _yaml(source: str, first: int) -> object:
    # BaseLoader: every scalar stays the string that was written, and nothing can fail on `2026-13-40`.
    try:
        return yaml.load(source, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        raise BadFrontMatter(first + mark.line + 2 if mark else 1, problem.problem or "不是 YAML") from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise BadFrontMatter(1, "不是 YAML") from None


def _toml(source: str) -> object:
    try:
        return tomllib.loads(source)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        raise BadFrontMatter(1, f"不是 TOML：{problem}") from None
