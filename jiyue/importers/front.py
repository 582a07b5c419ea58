"""Front matter as other generators write it (YAML between ---, TOML between +++), and as an import writes it."""

from __future__ import annotations

import tomllib
from datetime import datetime

import yaml

LONGEST = 1000
"""Lines within which front matter has to end."""

Fields = dict[str, str]


class BadFrontMatter(ValueError):
    """Front matter that begins and cannot be read. line counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def split(lines: list[str]) -> tuple[Fields, int]:
    """The text fields of the front matter with their keys in lower case, and the number of lines it takes (0: none).

    Values are strings as written; lists and maps are left out. A rule `---` that opens a text without ever
    being closed is no front matter. Raises BadFrontMatter.
    """
    mark = lines[0].rstrip() if lines else ""
    if mark not in {"---", "+++"}:
        return {}, 0
    end = next((at for at, line in enumerate(lines[1:LONGEST], 1) if line.rstrip() == mark), 0)
    if not end:
        return {}, 0
    source = "\n".join(lines[1:end])
    data = _yaml(source) if mark == "---" else _toml(source)
    if not isinstance(data, dict):
        if data in (None, ""):
            return {}, end + 1
        raise BadFrontMatter(2, "不是“名称: 内容”的形式")
    return {str(key).lower(): str(value) for key, value in data.items() if not isinstance(value, dict | list)}, end + 1


def dump(title: str, date: datetime, source: str, doc_number: str) -> str:
    """The front matter of an article. The time of day is left out at midnight, source and doc_number where empty."""
    day_only = (date.hour, date.minute) == (0, 0)
    fields = {
        "title": title,
        "date": date.date() if day_only else f"{date:%Y-%m-%d %H:%M}",
        "source": source,
        "doc_number": doc_number,
    }
    known = {key: value for key, value in fields.items() if value}
    return "---\n" + yaml.safe_dump(known, allow_unicode=True, sort_keys=False, width=10_000) + "---\n"


def _yaml(source: str) -> object:
    # BaseLoader: every scalar stays the string that was written, and nothing can fail on `2026-13-40`.
    try:
        return yaml.load(source, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        raise BadFrontMatter(mark.line + 2 if mark else 1, problem.problem or "不是 YAML") from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise BadFrontMatter(1, "不是 YAML") from None


def _toml(source: str) -> object:
    try:
        return tomllib.loads(source)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        raise BadFrontMatter(1, f"不是 TOML：{problem}") from None
