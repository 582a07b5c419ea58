"""Links between the pages of a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def pager(number: int, names: Sequence[str]) -> dict[str, Any]:
    """The pager of page `number` (from 1) of a list with pages of these names in one folder: ends, neighbours, gaps."""
    count = len(names)
    shown = sorted({1, count, *range(max(1, number - 2), min(count, number + 2) + 1)})
    pages = [
        {"number": n, "href": _href(names[n - 1]), "current": n == number, "gap": n - previous > 1}
        for previous, n in zip([0, *shown], shown, strict=False)
    ]
    return {
        "number": number,
        "count": count,
        "pages": pages,
        "previous": _href(names[number - 2]) if number > 1 else "",
        "next": _href(names[number]) if number < count else "",
    }


def _href(name: str) -> str:
    return "./" if name == "index.html" else name
