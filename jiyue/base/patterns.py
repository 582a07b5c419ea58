"""Regular expressions that are compiled on first use, and what they were compiled to, kept beside the program's byte code.

A build that reads one changed article must not wait for patterns that it never uses, and none has to compile what the one
before has compiled: 460 patterns in a cold build, 130 in one after an edit. A build that needs all of them makes them once,
before it forks.

What is kept is what Python's own compiler gave, for this version of Python alone (jiyue.base.kept).
"""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, AnyStr, cast

from jiyue.base import kept

MOST = 2000
"""Patterns kept at most: some are made of a cluster's own lists of words, which change."""

Compiled = tuple[int, bytes, int, dict[str, int], tuple[str | None, ...]]
"""What Python's _sre.compile takes besides the text: flags, code, groups, groups by name, names by group."""

_ALL: list[_Pattern] = []
_NEW: dict[tuple[Any, int], Compiled] = {}


def pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Like re.compile, but the pattern is compiled, and its errors raised, only when a method is first used."""
    return cast("re.Pattern[AnyStr]", _Pattern(text, flags))


def compiled(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """As re.compile, from what is kept if it is."""
    key = text, int(flags)
    known = _kept().get(key) or _NEW.get(key)
    with suppress(Exception):  # Python's private interface, or a file that is not what it says: compiled as usual
        if known is None:
            known = _NEW[key] = _compile(text, int(flags))
        marks, code, groups, names, by_number = known
        made = re._compiler._sre.compile(  # type: ignore[attr-defined]
            text, marks, memoryview(code).cast("I").tolist(), groups, names, by_number
        )
        return cast("re.Pattern[AnyStr]", made)
    return re.compile(text, flags)


def warm_up() -> None:
    """Make every pattern created so far, before children are forked."""
    for one in _ALL:
        one.search  # noqa: B018  (the attribute access compiles)


def keep() -> None:
    """Keep what this process has compiled for those to come."""
    if _NEW and not sys.dont_write_bytecode:
        known = {**_kept(), **_NEW}
        kept.remember(_file(), known if len(known) <= MOST else _NEW)
        _kept.cache_clear()
        _NEW.clear()


def _file() -> Path:
    return kept.place(__spec__)


@lru_cache(maxsize=1)
def _kept() -> dict[tuple[Any, int], Compiled]:
    return cast("dict[tuple[Any, int], Compiled]", kept.recall(_file()) or {})


def _compile(text: AnyStr, flags: int) -> Compiled:
    """As re._compiler.compile, without its last step."""
    parsed = re._parser.parse(text, flags)  # type: ignore[attr-defined]
    code = re._compiler._code(parsed, flags)  # type: ignore[attr-defined]
    names = parsed.state.groupdict
    by_number: list[str | None] = [None] * parsed.state.groups
    for name, number in names.items():
        by_number[number] = name
    raw = b"".join(int(word).to_bytes(4, sys.byteorder) for word in code)
    return flags | parsed.state.flags, raw, parsed.state.groups - 1, dict(names), tuple(by_number)


class _Pattern:
    def __init__(self, text: Any, flags: int) -> None:
        self._args = text, flags
        _ALL.append(self)

    def __getattr__(self, name: str) -> Any:
        # called only for attributes that the instance lacks, so once per method
        value = getattr(compiled(*self._args), name)
        setattr(self, name, value)
        return value
