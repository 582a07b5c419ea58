"""YAML as officers write it: every scalar stays the text that was typed, every key knows its line.

Nearly every front matter is flat and is read here, line by line; jiyue.base.yamlfile.tree reads all other YAML.
"""

from __future__ import annotations

import re
from typing import Any

from jiyue.base.patterns import pattern
from jiyue.base.yamlfile.problem import Lines, YamlProblem

__all__ = ["Lines", "YamlProblem", "parse"]

_KEY_AND_TEXT = pattern(
    r"""([A-Za-z_][\w-]*):[ ]                              # a key of ASCII letters, a colon, one space
        (?:"([^"\\\n]*)"                                 # a quoted text without escapes
          |([^\s\-?:,\[\]{}#&*!|>%@`"'][^\n]*(?<![\s:])) # a plain one: no indicator first, no space or colon last
          |([^\s\-?:,\[\]{}#&*!|>%@`"':]))                # a plain one of one character
    """,
    re.ASCII | re.VERBOSE,
)
_NOT_PLAIN = pattern(r": | #|[\t\x7f-\xa0\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]|[^\x0a\x20-\U0010ffff]")


def _flat(text: str) -> tuple[dict[str, str], Lines] | None:
    """A mapping of plain keys to texts on one line each, as nearly every front matter is; None for anything else.

    Reads what the C parser reads, ten times quicker; a property test holds the two together.
    """
    values: dict[str, str] = {}
    lines: Lines = {(): 1}
    for number, row in enumerate(text.rstrip("\n").split("\n"), 1):
        found = _KEY_AND_TEXT.fullmatch(row)
        if not found or found[1] in values:
            return None
        key, quoted, plain, single = found.groups()
        value = plain or single or quoted
        if _NOT_PLAIN.search(value if plain else quoted.replace(": ", "").replace(" #", "") if quoted else value):
            return None
        values[key] = value
        lines[(key,)] = number
    return values, lines


def parse(text: str) -> tuple[Any, Lines]:
    """A YAML text -> its value of dicts, lists and strings (None if empty), and the lines. Raises YamlProblem."""
    found = _flat(text)
    if found is None:
        from jiyue.base.yamlfile.tree import compose  # noqa: PLC0415  (a build that finds nothing changed reads no YAML)

        return compose(text)
    return found
