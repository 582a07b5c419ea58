"""Marks that stand in a text for what is set in after the conversion: pictures, notes, inserted documents, files.

They consist of non-characters, which no document may contain, so they pass through every step as words do.
"""

from __future__ import annotations

import re

_START, _END = "\ufdd0", "\ufdd1"
PICTURE, NOTE, PART, FILE = "p", "n", "c", "f"
_MARK = re.compile(rf"{_START}([a-z])(\d+){_END}")
_STRAY = {ord(_START): None, ord(_END): None}


def mark(kind: str, number: int) -> str:
    """The mark of one thing of a kind, counted from 0."""
    return f"{_START}{kind}{number}{_END}"


def marks() -> re.Pattern[str]:
    """What matches a mark: (kind, number)."""
    return _MARK


def without(text: str) -> str:
    """A text without marks, which are no words of the document."""
    return _MARK.sub("", text)


def clean(text: str) -> str:
    """A text of a document in which nothing looks like a mark."""
    return text.translate(_STRAY) if _START in text or _END in text else text
