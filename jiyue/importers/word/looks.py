"""How paragraphs and runs of a Word document look, through styles and what they are based on (ISO/IEC 29500-1 §17.7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jiyue.importers.word.package import W, flag, value

_LONGEST_CHAIN = 50
_HEADING = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Look:
    """A paragraph. size: of most of its letters, in points; fonts: the East Asian ones of its words; red: all of them.

    outline: the level of its style or its own in the outline (from 1), 0 for body text. align: left, center, right …
    """

    style: str = ""
    outline: int = 0
    align: str = ""
    fonts: frozenset[str] = frozenset()
    size: float = 0
    bold: bool = False
    red: bool = False


class Looks:
    """Answers for one document. styles: the root of its styles, or None."""

    def __init__(self, styles: Any) -> None:
        self._styles: dict[str, Any] = {}
        self._default = ""
        self._run_default: Any = None
        if styles is None:
            return
        for style in styles.iterchildren(W + "style"):
            name = style.get(W + "styleId") or ""
            self._styles[name] = style
            if style.get(W + "type") == "paragraph" and style.get(W + "default") in ("1", "true", "on"):
                self._default = name
        self._run_default = styles.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr")

    def style_of(self, paragraph: Any) -> str:
        """The id of a paragraph's style."""
        return value(paragraph.find(W + "pPr"), "pStyle") or self._default

    def name(self, style: str) -> str:
        """The name of a style as Word shows it, in lower case."""
        one = self._styles.get(style)
        return value(one, "name").lower() if one is not None else ""

    def is_hidden(self, run: Any, style: str) -> bool:
        """Whether a run in a paragraph of this style isn't shown."""
        return self._switch(run, style, "vanish") or self._switch(run, style, "webHidden")

    def look(self, paragraph: Any) -> Look:
        """How a paragraph looks."""
        style = self.style_of(paragraph)
        own = paragraph.find(W + "pPr")
        settings = [own, *(one.find(W + "pPr") for one in self._chain(style))]
        runs = [(run, len(words)) for run in paragraph.iter(W + "r") if (words := _words(run))]
        sizes: dict[float, int] = {}
        for run, count in runs:
            size = self._size(run, style)
            sizes[size] = sizes.get(size, 0) + count
        return Look(
            style=self.name(style),
            outline=self._outline(settings, style),
            align=next((align for one in settings if (align := value(one, "jc"))), ""),
            fonts=frozenset(self._font(run, style) for run, _ in runs),
            size=max(sizes, key=lambda size: sizes[size]) if sizes else 0,
            bold=bool(runs) and all(self._switch(run, style, "b") for run, _ in runs),
            red=bool(runs) and all(_is_red(self._setting(run, style, "color", "val")) for run, _ in runs),
        )

    def _outline(self, settings: list[Any], style: str) -> int:
        for one in settings:
            if level := value(one, "outlineLvl"):
                return int(level) + 1 if re.fullmatch("[0-8]", level) else 0
        names = (self.name(one.get(W + "styleId") or "") for one in self._chain(style))
        return next((int(match[1]) for name in names if (match := _HEADING.fullmatch(name))), 0)

    def _chain(self, style: str) -> Iterator[Any]:
        seen: set[str] = set()
        while style in self._styles and style not in seen and len(seen) < _LONGEST_CHAIN:
            seen.add(style)
            yield self._styles[style]
            style = value(self._styles[style], "basedOn")

    def _properties(self, run: Any, style: str) -> Iterator[Any]:
        """The settings that hold for a run, the nearest first."""
        own = run.find(W + "rPr")
        yield own
        for one in self._chain(value(own, "rStyle")):
            yield one.find(W + "rPr")
        for one in self._chain(style):
            yield one.find(W + "rPr")
        yield self._run_default

    def _switch(self, run: Any, style: str, name: str) -> bool:
        for one in self._properties(run, style):
            if one is not None and one.find(W + name) is not None:
                return flag(one, name)
        return False

    def _setting(self, run: Any, style: str, name: str, attribute: str) -> str:
        for one in self._properties(run, style):
            child = one.find(W + name) if one is not None else None
            if child is not None and (given := child.get(W + attribute)):
                return str(given)
        return ""

    def _font(self, run: Any, style: str) -> str:
        return self._setting(run, style, "rFonts", "eastAsia") or self._setting(run, style, "rFonts", "ascii")

    def _size(self, run: Any, style: str) -> float:
        size = self._setting(run, style, "sz", "val")
        return int(size) / 2 if re.fullmatch(r"\d{1,4}", size) else 10.0


def _words(run: Any) -> str:
    return "".join("".join(one.text or "" for one in run.iterchildren(W + "t")).split())


def _is_red(color: str) -> bool:
    if not re.fullmatch("[0-9A-Fa-f]{6}", color):
        return False
    red, green, blue = (int(color[at : at + 2], 16) for at in (0, 2, 4))
    return red >= 0xB0 and green <= 0x50 and blue <= 0x50
