"""Values as YAML that the platform's reader, and any other, reads back as the same texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jiyue.base.patterns import pattern

Value = Any
"""A text, a list of values or a mapping of values; a switch is `true` or `false`, an empty text is `''`."""

_FLOW = 100
"""The longest row, in characters, on which a list or a mapping is written."""
_PLAIN = pattern(
    r"(?!---|\.\.\.)[^\s\-?:,\[\]{}#&*!|>%@`\"'=<~\ufeff\x7f-\xa0\u2028\u2029]"
    r"[^\n\r\t:#\"'`\\\[\]{},&*!|>%@\ufeff\x7f-\xa0\u2028\u2029]*(?:[0-9]:[0-9]{2})*"
)
"""No sign of it means anything in YAML, in a list either. A time of day is the one place for a colon."""
_ESCAPED = pattern('["\\\\\\n\\r\\t\\x85\\xa0\\u2028\\u2029\\ufeff]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LINES = pattern(r"[^\s\x85\xa0\u2028\u2029\ufeff][^\r\x85\u2028\u2029\ufeff]*")


def scalar(text: str) -> str:
    """A text on one row: as it is where no sign of it means anything in YAML, else in double quotes."""
    if _PLAIN.fullmatch(text) and text == text.strip():
        return text
    return quoted(text)


def quoted(text: str) -> str:
    """A text in double quotes."""
    return '"' + _ESCAPED.sub(lambda m: _ESCAPES.get(m[0], f"\\u{ord(m[0]):04x}"), text) + '"'


def rows(key: str, value: Value, *, flow: bool = True) -> list[str]:
    """The rows that say `key: value`; flow: short lists and mappings may stand on one row, `[甲, 乙]`."""
    if isinstance(value, str):
        return _text(f"{key}:", value)
    line = f"{key}: {_flow(value)}"
    if not value or (flow and len(line) <= _FLOW and _simple(value)):
        return [line]
    return [f"{key}:", *(f"  {row}" for row in block(value, flow=flow))]


def block(value: Value, *, flow: bool = True) -> Iterator[str]:
    """The rows of a list or a mapping, not indented."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from rows(key, one, flow=flow)
        return
    for one in value:
        yield from item(one, flow=flow)


def item(value: Value, *, flow: bool = True) -> Iterator[str]:
    """The rows of one item of a list, `- …`."""
    if isinstance(value, str):
        yield from _text("-", value)
        return
    line = f"- {_flow(value)}"
    if not value or (flow and len(line) <= 2 * _FLOW and _simple(value)):
        yield line
        return
    for number, row in enumerate(block(value, flow=flow)):
        yield f"{'  ' if number else '- '}{row}"


def _text(before: str, text: str) -> list[str]:
    """A text of several lines is written as such (`|`) where its every line begins with a sign."""
    lines = text.split("\n")
    if (
        len(lines) > 1
        and lines[-1]
        and all(not line or (_LINES.fullmatch(line) and line == line.rstrip()) for line in lines)
        and lines[0]
    ):
        return [f"{before} |-", *(f"  {line}" if line else "" for line in lines)]
    return [f"{before} {scalar(text)}"]


def _simple(value: Value) -> bool:
    """Whether it holds nothing but texts of one line without signs that would be taken for a comment."""
    inside: Sequence[Any] = list(value.values()) if isinstance(value, Mapping) else list(value)
    return all(isinstance(one, str) and not _ESCAPED.search(one) and "#" not in one for one in inside)


def _flow(value: Value) -> str:
    if isinstance(value, str):
        return scalar(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(one)}" for key, one in value.items()) + "}"
    return "[" + ", ".join(map(_flow, value)) + "]"
