"""How much a term says about a document, in three bits: docs/search.md § 3."""

from __future__ import annotations

import math
from itertools import pairwise

BITS = 3
TITLE, STRONG = 6, 7
"""Levels of a term of the title, and of one of a short title or of the 文号; 0 to 5 are of the body."""
FACET = 0
KEYWORD, SYNONYM = 5, 2
SHORT_TITLE = 12
"""Terms: a title with no more says what the page is about, word for word."""

K1, B, MEAN_TERMS = 1.2, 0.6, 450.0
"""BM25's saturation with a fixed mean length, so that a document's levels never depend on the others."""
BODY_LEVELS = 6
MAX_FREQUENCY = 24
LENGTH_STEP = 1.5
"""Lengths are told apart by steps of half, so that a small edit seldom moves the levels of a whole document."""
LENGTHS = 16


def _weight(frequency: int, length: float) -> float:
    return frequency * (K1 + 1) / (frequency + K1 * (1 - B + B * length / MEAN_TERMS))


def length_class(count: int) -> int:
    """The class of a body of `count` terms, 0 to 15; class 7 holds the mean."""
    if count < 1:
        return 0
    return min(LENGTHS - 1, max(0, round(math.log(count / MEAN_TERMS, LENGTH_STEP)) + 7))


def _levels() -> tuple[tuple[int, ...], ...]:
    table = []
    for length in range(LENGTHS):
        mean = MEAN_TERMS * LENGTH_STEP ** (length - 7)
        row = [min(BODY_LEVELS - 1, int(_weight(tf, mean) * BODY_LEVELS / (K1 + 1))) for tf in range(MAX_FREQUENCY + 1)]
        table.append(tuple(row))
    return tuple(table)


LEVELS = _levels()
"""LEVELS[length class][frequency in the body] → level 0 to 5."""
assert all(low <= high for row in LEVELS for low, high in pairwise(row))
