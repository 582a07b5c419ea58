"""Groups the pages of an old site by shape: which elements with which ids and classes stand where, whatever they say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from jiyue.importers.pages import whole_of

ALIKE = 0.7
"""Share of common features from which two pages are of one shape."""
_DEEPEST = 16
_PLACED = 6
"""Levels on which an element's place among its neighbours is part of the shape; below, texts differ."""
_FRAME = frozenset("table tbody tr td th div section article main ul ol li dl form h1 h2 h3 center".split())  # noqa: SIM905
_NAME = re.compile(r"[A-Za-z][A-Za-z_-]*(?:\d{0,2}[A-Za-z_-]+)*\d{0,2}")
"""An id or class that a template gives; numbers are those of articles."""

Shape = frozenset[str]


@dataclass(slots=True)
class Group:
    """Pages of one shape: their numbers. shape: of the first of them."""

    shape: Shape
    pages: list[int] = field(default_factory=list)


def shape_of(root: Any) -> Shape:
    """The features of a page's frame."""
    found: set[str] = set()
    stack = [(whole_of(root), "", "", 0)]
    while stack:
        element, above, place, depth = stack.pop()
        counts: dict[str, int] = {}
        for child in element:
            if not isinstance(child.tag, str):
                continue
            counts[child.tag] = counts.get(child.tag, 0) + 1
            if child.tag not in _FRAME or depth >= _DEEPEST:
                continue
            sign = sign_of(child)
            found.add(f"{above}>{sign}")
            inner = ""
            if depth < _PLACED:
                inner = f"{place}/{child.tag}{min(counts[child.tag], 9)}"
                found.add(inner)
            stack.append((child, sign, inner or place, depth + 1))
    return frozenset(found)


def sign_of(element: Any) -> str:
    """An element's name with its id and classes, as a selector."""
    marks = [*(f"#{one}" for one in ids_of(element)), *(f".{one}" for one in classes_of(element))]
    return f"{element.tag}{''.join(marks)}"


def ids_of(element: Any) -> list[str]:
    """The element's id, if it is one of a template."""
    given = (element.get("id") or "").strip()
    return [given] if _NAME.fullmatch(given) else []


def classes_of(element: Any) -> list[str]:
    """The element's classes of a template."""
    return [one for one in (element.get("class") or "").split() if _NAME.fullmatch(one)]


def grouped(shapes: Iterable[tuple[int, Shape]]) -> list[Group]:
    """Pages by shape, the largest group first; those of equal size in the order of their first pages."""
    groups: list[Group] = []
    for number, shape in shapes:
        best = max(groups, key=lambda group: _alike(group.shape, shape), default=None)
        if best is None or _alike(best.shape, shape) < ALIKE:
            best = Group(shape)
            groups.append(best)
        best.pages.append(number)
    return sorted(groups, key=lambda group: (-len(group.pages), group.pages[0]))


def _alike(one: Shape, other: Shape) -> float:
    both = len(one & other)
    return both / (len(one) + len(other) - both) if one or other else 1.0
