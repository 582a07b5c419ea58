"""Regular expressions that are compiled on first use.

A build that reads one changed article must not wait for patterns that it never uses. A build that needs all of them
compiles them once, before it forks.
"""

from __future__ import annotations

import re
from typing import Any, cast

_ALL: list[_Pattern] = []


def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """Like re.compile, but the pattern is compiled, and its errors raised, only when a method is first used."""
    return cast("re.Pattern[str]", _Pattern(text, flags))


def warm_up() -> None:
    """Compile every pattern created so far, before children are forked."""
    for one in _ALL:
        one.search  # noqa: B018  (the attribute access compiles)


class _Pattern:
    def __init__(self, text: str, flags: int) -> None:
        self._args = text, flags
        _ALL.append(self)

    def __getattr__(self, name: str) -> Any:
        # called only for attributes that the instance lacks, so once per method
        value = getattr(re.compile(*self._args), name)
        setattr(self, name, value)
        return value
