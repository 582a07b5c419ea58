"""Impact levels: the weight of a term in a document, in three bits (docs/search.md § 3)."""

from __future__ import annotations

import math
from collections.abc import Sequence

VERSION = "3"
"""Of the levels: part of every cache key, as the tokenizer's."""
BITS = 3
TITLE, STRONG = 6, 7
"""Levels of terms in a title, and in a short title, an official document's title or a 文号; 0 to 5 are for the body."""
FACET = 0
KEYWORD, SYNONYM = 5, 2
SHORT_TITLE = 12
"""Maximum number of terms of a short title; every word of it is significant."""

K1, B, MEAN_TERMS = 2.0, 0.75, 300.0
"""BM25 parameters: saturation, how much the length counts, and a fixed mean length, so that levels never depend on other parts."""
BODY = (0.4, 2.4)
"""Weights of levels 0 and 5; those between are spaced in equal ratios (rank.mjs has the same six numbers)."""
BODY_LEVELS = 6
MAX_FREQUENCY = 24
LENGTH_STEP = 1.5
"""Ratio of adjacent length classes: so coarse that a small edit rarely changes the levels of a whole document."""
LENGTHS = 16
MEAN_CLASS = 7


def length_class(count: int) -> int:
    """The length class of a body of `count` terms, 0 to 15; class 7 contains the mean."""
    if count < 1:
        return 0
    return min(LENGTHS - 1, max(0, round(math.log(count / MEAN_TERMS, LENGTH_STEP)) + MEAN_CLASS))


def title_level(kind: str, terms: Sequence[str]) -> int:
    """The level of a title's terms. Official documents are searched by title, however long, so theirs counts as short."""
    return STRONG if kind == "document" or len(terms) <= 2 * SHORT_TITLE else TITLE


def _level(frequency: int, relative_length: float) -> int:
    weight = frequency * (K1 + 1) / (frequency + K1 * (1 - B + B * relative_length))
    low, high = BODY
    place = math.log(max(weight, low) / low) / math.log(high / low)
    return min(BODY_LEVELS - 1, round(place * (BODY_LEVELS - 1)))


def _levels() -> tuple[tuple[int, ...], ...]:
    lengths = (LENGTH_STEP ** (length - MEAN_CLASS) for length in range(LENGTHS))
    return tuple(tuple(_level(frequency, length) for frequency in range(MAX_FREQUENCY + 1)) for length in lengths)


LEVELS = _levels()
"""LEVELS[length class][frequency in the body] → level 0 to 5."""
