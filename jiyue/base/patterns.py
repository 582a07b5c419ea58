"""Regular expressions that are compiled when they are first asked for.

A build that finds one article changed must not wait for the compilation of patterns for every kind of text; one that
looks at all of them compiles them once, before it forks.
"""

from __future__ import annotations

import re
from typing import Any, cast

_ALL: list[_Pattern] = []


def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """As re.compile, but nothing is compiled, and so no mistake in it found, until one of its methods is used."""
    return cast("re.Pattern[str]", _Pattern(text, flags))


def warm_up() -> None:
    """Compile all that were made so far, for children to come."""
    for one in _ALL:
        one.search  # noqa: B018  (asking compiles)


class _Pattern:
    def __init__(self, text: str, flags: int) -> None:
        self._asked = text, flags
        _ALL.append(self)

    def __getattr__(self, name: str) -> Any:
        # asked only for what the instance does not have yet: each method once
        value = getattr(re.compile(*self._asked), name)
        setattr(self, name, value)
        return value
