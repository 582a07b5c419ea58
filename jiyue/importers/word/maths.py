"""Formulas of Word (OMML, ISO/IEC 29500-1 §22.1) as one line of text: a fraction as a/b, powers and indices raised and lowered."""

from __future__ import annotations

from typing import Any

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_PLAIN, _RAISED, _LOWERED = "", "superscript", "subscript"

Piece = tuple[str, str]
"""Words and their place: '', superscript or subscript."""


def pieces(formula: Any) -> list[Piece]:
    """The text of a formula. Its symbols are all there; what a line can't show (the bar of a root, a matrix) becomes marks."""
    return _merged(_of(formula, _PLAIN))


def _of(element: Any, place: str) -> list[Piece]:  # noqa: PLR0911  (one return a kind of formula)
    name = str(element.tag).removeprefix(M)
    if name == "t":
        return [(element.text or "", place)]
    if name == "f":
        return [*_grouped(element, "num", place), ("/", place), *_grouped(element, "den", place)]
    if name == "rad":
        degree = _child(element, "deg", _RAISED)
        return [*degree, ("√", place), *_grouped(element, "e", place)]
    if name in ("sSup", "sSub", "sSubSup", "sPre"):
        base, low, high = (_child(element, *one) for one in (("e", place), ("sub", _LOWERED), ("sup", _RAISED)))
        return [*low, *high, *base] if name == "sPre" else [*base, *low, *high]
    if name == "nary":
        sign = element.find(f"{M}naryPr/{M}chr")
        symbol = sign.get(M + "val") if sign is not None else "∫"
        return [(symbol or "", place), *_child(element, "sub", _LOWERED), *_child(element, "sup", _RAISED),
                *_child(element, "e", place)]  # fmt: skip
    if name == "d":
        first, last = _bracket(element, "begChr", "("), _bracket(element, "endChr", ")")
        between: list[Piece] = []
        for at, one in enumerate(element.iterchildren(M + "e")):
            between += [(_bracket(element, "sepChr", "|"), place)] if at else []
            between += _of(one, place)
        return [(first, place), *between, (last, place)]
    if name in ("m", "eqArr"):
        rows = list(element.iterchildren(M + ("mr" if name == "m" else "e")))
        return [piece for at, row in enumerate(rows) for piece in [*([("; ", place)] if at else []), *_row(row, place)]]
    return [piece for child in element if isinstance(child.tag, str) for piece in _of(child, place)]


def _row(row: Any, place: str) -> list[Piece]:
    cells = list(row.iterchildren(M + "e"))
    if not cells:
        return _of(row, place)
    return [piece for at, cell in enumerate(cells) for piece in [*([(", ", place)] if at else []), *_of(cell, place)]]


def _child(element: Any, name: str, place: str) -> list[Piece]:
    child = element.find(M + name)
    return _of(child, place) if child is not None else []


def _grouped(element: Any, name: str, place: str) -> list[Piece]:
    """A part in brackets where it is more than one number or letter."""
    inner = _child(element, name, place)
    words = "".join(text for text, _ in inner)
    return inner if len(words) < 2 or words.isalnum() else [("(", place), *inner, (")", place)]


def _bracket(element: Any, name: str, usual: str) -> str:
    given = element.find(f"{M}dPr/{M}{name}")
    return str(given.get(M + "val") or "") if given is not None else usual


def _merged(found: list[Piece]) -> list[Piece]:
    out: list[Piece] = []
    for text, place in found:
        if out and out[-1][1] == place:
            out[-1] = (out[-1][0] + text, place)
        elif text:
            out.append((text, place))
    return out
