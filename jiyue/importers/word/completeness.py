"""Compares what a document shows with what the page of its article will show: no word may be missing unnoticed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from jiyue.importers import html
from jiyue.importers.word import maths, symbols
from jiyue.importers.word.looks import Looks
from jiyue.importers.word.numbering import Numbering
from jiyue.importers.word.package import W
from jiyue.render.markdown import convert

_LEFT_OUT = frozenset(
    W + name
    for name in ("del", "moveFrom", "pPrChange", "rPrChange", "sdtPr", "instrText", "delText", "delInstrText", "rPr")
)
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_ADDED = frozenset({"footnote-backref", "footnote-ref"})


class Passage(NamedTuple):
    """The words of a paragraph of a document, squeezed; pieces: the same in parts, between which a page may show something."""

    text: str
    pieces: tuple[str, ...] = ()


def passages(body: Any, looks: Looks, numbering: Numbering) -> Iterator[Passage]:
    """What is shown of a part of a document, its paragraphs in their order with their numbers; read anew from the file.

    Left out is what no reader of the page is to see: deleted and hidden text, codes of fields. numbering: with counters that
    have counted nothing of this part.
    """
    for paragraph in body.iter(W + "p"):
        if any(one.tag == _FALLBACK or one.tag in _LEFT_OUT for one in paragraph.iterancestors()):
            continue
        settings = paragraph.find(W + "pPr")
        style = looks.style_of(paragraph)
        label = ""
        if settings is None or settings.find(f"{W}rPr/{W}del") is None:
            label = numbering.label(style, settings.find(W + "numPr") if settings is not None else None).text
        pieces = tuple(piece for one in (label, *_shown(paragraph, looks, style)) if (piece := squeezed(one)))
        yield Passage("".join(pieces), pieces)


def _shown(element: Any, looks: Looks, style: str) -> Iterator[str]:
    for one in element:
        if one.tag in _LEFT_OUT or one.tag == _FALLBACK or one.tag == W + "txbxContent":
            continue
        if one.tag == W + "r" and looks.is_hidden(one, style):
            continue
        if one.tag == W + "t" or one.tag == maths.M + "t":
            yield one.text or ""
        elif one.tag == W + "sym":
            yield symbols.symbol(one.get(W + "font") or "", one.get(W + "char") or "")
        elif one.tag == W + "noBreakHyphen":
            yield "-"
        elif isinstance(one.tag, str):
            yield from _shown(one, looks, style)


def squeezed(text: str) -> str:
    """A text for comparing: without white space and characters that nobody sees."""
    return "".join(
        one for one in text if not one.isspace() and unicodedata.category(one) not in {"Cc", "Cf", "Cs", "Cn", "Co"}
    )


def page_text(markdown: str) -> str:
    """What a page shows of a body, squeezed; the marks that lead from notes and to them left out."""
    page = convert(markdown)[0]
    if not page:
        return ""
    root = html.parse(f"<body>{page}</body>")
    return squeezed(html.visible_text(root, lambda one: bool(_ADDED & set((one.get("class") or "").split()))))


def missing(wanted: Iterable[Passage], page: str) -> list[str]:
    """The words that a page's text doesn't have, by passages in their order; each place of it answers for one passage only."""
    rest = _Rest(page)
    out = []
    for one in wanted:
        if one.text and not rest.take(one.text):
            lost = [piece for piece in one.pieces if not rest.take(piece)] if len(one.pieces) > 1 else [one.text]
            out += ["".join(lost)] if lost else []
    return out


class _Rest:
    """What of a page's text no passage has used yet: all behind the last one found in order, and the gaps before it."""

    def __init__(self, page: str) -> None:
        self.page, self.at = page, 0
        self.gaps: list[str] = []

    def take(self, words: str) -> bool:
        """Use the next place that has these words, else one in a gap."""
        found = self.page.find(words, self.at)
        if found >= 0:
            if found > self.at:
                self.gaps.append(self.page[self.at : found])
            self.at = found + len(words)
            return True
        here = next((at for at, gap in enumerate(self.gaps) if words in gap), None)
        if here is None:
            return False
        before, _, after = self.gaps[here].partition(words)
        self.gaps[here : here + 1] = [gap for gap in (before, after) if gap]
        return True
