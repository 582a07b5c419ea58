"""Bounds what comparing texts costs: `difflib` takes hours for some texts of a few megabytes, and anybody may write one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

PAIRS = 1_000_000
"""Pairs of equal pieces that one request may compare: a second or two. Long documents have some ten thousand."""


class Effort:
    """What is left of it for one request."""

    def __init__(self, pairs: int = PAIRS) -> None:
        self.left = pairs

    def allows(self, one: Sequence[str], other: Sequence[str], *, autojunk: bool = True) -> bool:
        """Whether two sequences may be compared by a SequenceMatcher; if so, their pairs are taken off."""
        there = Counter(other)
        popular = len(other) // 100 + 1 if autojunk and len(other) >= 200 else len(other)  # those difflib leaves out
        cost = sum(count for piece in one if (count := there[piece]) <= popular)
        if cost > self.left:
            return False
        self.left -= cost
        return True
