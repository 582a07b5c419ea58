"""Resolves the automatic numbers of a Word document: what stands before each paragraph (ISO/IEC 29500-1 §17.9).

Lists are shared definitions (abstractNum), used by instances (num) that may begin anew or change a level. All instances of a
definition count on together. A paragraph gets its instance directly or from its style.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from jiyue.base.list_numbers import counted, is_known
from jiyue.base.patterns import pattern
from jiyue.importers.word.package import W, flag, value

_PLACE = pattern(r"%([1-9])")
_NO_GAP = pattern(r"[、，．：；）】〕》)\]]$")
"""Ends of a number after which Chinese text begins at once, although Word draws a tab."""
_DEEPEST = 9
_LONGEST_CHAIN = 50
_CUSTOM = {"001, 002, 003, ...": 3, "0001, 0002, 0003, ...": 4, "00001, 00002, 00003, ...": 5}
"""Formats of [MS-DOCX] 2.4.1 that are no enumeration value -> figures."""


@dataclass(frozen=True, slots=True)
class _Level:
    start: int = 0
    kind: str = "decimal"
    text: str = ""
    after: str = "tab"
    legal: bool = False
    restart: int | None = None
    """The level (from 0) after which it begins anew: that one and all above it; -1 never, None whenever one above it was used."""
    style: str = ""
    hidden: bool = False


class _List(NamedTuple):
    """An instance: its definition, its levels, and where it begins anew."""

    definition: str
    levels: dict[int, _Level]
    starts: dict[int, int]


class Label(NamedTuple):
    """What stands before a paragraph. text: with the gap after it; bullet: whether it is a mark that counts nothing."""

    text: str = ""
    bullet: bool = False
    level: int = 0


NONE = Label()


class Numbering:
    """The lists of a document and their counters."""

    def __init__(self, numbering: Any, styles: Any) -> None:
        """numbering, styles: the roots of the parts, None where the document has none."""
        self._lists: dict[str, _List] = {}
        self._of_style: dict[str, tuple[str, int | None, str]] = {}
        self._default = ""
        self._counts: dict[str, dict[int, int]] = {}
        self._begun: set[tuple[str, int]] = set()
        self.unknown: dict[str, None] = {}
        """Formats met that we don't know; their numbers stand in decimal figures."""
        if styles is not None:
            self._read_styles(styles)
        if numbering is not None:
            self._read_lists(numbering)

    def _read_styles(self, styles: Any) -> None:
        for style in styles.iterchildren(W + "style"):
            own = style.find(f"{W}pPr/{W}numPr")
            number = value(own, "numId") if own is not None else ""
            level = value(own, "ilvl") if own is not None else ""
            name = style.get(W + "styleId") or ""
            self._of_style[name] = (number, _count(level, 0) if level else None, value(style, "basedOn"))
            if style.get(W + "type") == "paragraph" and style.get(W + "default") in ("1", "true", "on"):
                self._default = name

    def _read_lists(self, numbering: Any) -> None:
        definitions = {one.get(W + "abstractNumId") or "": one for one in numbering.iterchildren(W + "abstractNum")}
        of_number = {one.get(W + "numId") or "": one for one in numbering.iterchildren(W + "num")}
        levels = {name: _levels(one) for name, one in definitions.items()}
        for name, number in of_number.items():
            definition = value(number, "abstractNumId")
            seen: set[str] = set()
            while definition in definitions and definition not in seen:
                # a definition that only points to a style of lists, whose own instance has the levels
                seen.add(definition)
                style = value(definitions[definition], "numStyleLink")
                linked = of_number.get(self._of_style.get(style, ("", None, ""))[0]) if style else None
                if linked is None:
                    break
                definition = value(linked, "abstractNumId")
            own, starts = dict(levels.get(definition, {})), {}
            for change in number.iterchildren(W + "lvlOverride"):
                at = _count(change.get(W + "ilvl"), 0)
                if (level := change.find(W + "lvl")) is not None:
                    own[at] = _level(level)
                if (start := change.find(W + "startOverride")) is not None:
                    starts[at] = _count(start.get(W + "val"), 0)
            self._lists[name] = _List(definition, own, starts)

    def label(self, style: str, own: Any) -> Label:
        """What stands before the next paragraph. style: its style's id; own: its numPr, or None. Counts it."""
        number = value(own, "numId") if own is not None else ""
        level: int | None = None
        if own is not None and (given := value(own, "ilvl")):
            level = _count(given, 0)
        if not number:
            number, inherited = self._inherited(style or self._default)
            level = inherited if level is None else level
        one = self._lists.get(number)
        if one is None:
            return NONE
        return self._next(number, one, min(level or 0, _DEEPEST - 1))

    def _inherited(self, style: str) -> tuple[str, int]:
        """The instance and level of a style: the level that names the style, else the one that the style names."""
        chain: list[str] = []
        while style in self._of_style and style not in chain and len(chain) < _LONGEST_CHAIN:
            chain.append(style)
            style = self._of_style[style][2]
        number = next((number for one in chain if (number := self._of_style[one][0])), "")
        levels = self._lists[number].levels if number in self._lists else {}
        named = (at for one in chain for at, level in levels.items() if level.style == one)
        stated = (level for one in chain if (level := self._of_style[one][1]) is not None)
        return number, next(named, next(stated, 0))

    def _next(self, number: str, one: _List, at: int) -> Label:
        here = one.levels.get(at)
        if here is None:
            return NONE
        counts = self._counts.setdefault(one.definition, {})
        if at in one.starts and (number, at) not in self._begun:
            counts.pop(at, None)
        self._begun.add((number, at))
        counts[at] = counts.get(at, self._first(one, at) - 1) + 1
        for above in range(at):  # those that no paragraph had yet count as begun, as LibreOffice does
            counts.setdefault(above, self._first(one, above))
        for deeper in [key for key in counts if key > at]:
            restart = one.levels[deeper].restart if deeper in one.levels else None
            if restart is None or at <= restart:
                del counts[deeper]
        if here.hidden:
            return NONE
        if not is_known(here.kind) and not here.kind.startswith("figures ") and here.kind != "bullet":
            self.unknown[here.kind] = None
        if here.kind == "bullet":
            return Label("", True, at)
        text = _PLACE.sub(lambda place: self._number(one, counts, int(place[1]) - 1, legal=here.legal), here.text)
        return Label(text + _gap(text, here.after), False, at)

    @staticmethod
    def _first(one: _List, at: int) -> int:
        return one.starts.get(at, one.levels[at].start if at in one.levels else 1)

    @staticmethod
    def _number(one: _List, counts: dict[int, int], at: int, *, legal: bool) -> str:
        of = one.levels.get(at)
        if of is None:
            return ""
        number = counts.get(at, of.start)
        if of.kind.startswith("figures "):
            return f"{number:0{of.kind[-1]}}"
        return counted(number, "decimal" if legal and of.kind != "none" else of.kind)


def _gap(text: str, after: str) -> str:
    if not text or after == "nothing":
        return ""
    return " " if after == "space" or not _NO_GAP.search(text) else ""


def _levels(definition: Any) -> dict[int, _Level]:
    return {_count(one.get(W + "ilvl"), 0): _level(one) for one in definition.iterchildren(W + "lvl")}


def _level(element: Any) -> _Level:
    level = _Level(
        start=_count(value(element, "start"), 0),
        text=value(element, "lvlText"),
        after=value(element, "suff") or "tab",
        legal=flag(element, "isLgl"),
        style=value(element, "pStyle"),
        hidden=flag(element.find(W + "rPr"), "vanish"),
    )
    if restart := value(element, "lvlRestart"):
        level = replace(level, restart=_count(restart, 0) - 1)
    # a format that old programs don't know is written twice, the alternative last
    formats = list(element.iter(W + "numFmt"))
    if formats:
        kind = formats[0].get(W + "val") or "decimal"
        figures = _CUSTOM.get(formats[0].get(W + "format") or "") if kind == "custom" else None
        if kind == "custom":
            kind = f"figures {figures}" if figures else (formats[-1].get(W + "val") or "decimal")
        level = replace(level, kind=kind)
    return level


def _count(text: str | None, least: int) -> int:
    """A number of the file; the least for anything else."""
    text = text or ""
    return max(least, int(text)) if re.fullmatch(r"\d{1,9}", text) else least
