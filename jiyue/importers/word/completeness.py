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
    """The words of a paragraph of a document, without white space. label: how it begins, with its number."""

    text: str
    label: str = ""


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
        yield Passage(squeezed(label + "".join(_shown(paragraph, looks, style))), label)


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
    """The passages that a page's text doesn't have, in their order; each place of it answers for one passage only."""
    rest = [page]  # what no passage has used yet; the first part ends where the last passage was found
    at, out = 0, []
    for one in wanted:
        if not one.text:
            continue
        found = rest[at].find(one.text)
        if found < 0:
            at = next((i for i, part in enumerate(rest) if one.text in part), -1)
            if at < 0:
                at = len(rest) - 1
                out.append(one.text)
                continue
            found = rest[at].find(one.text)
        part = rest[at]
        rest[at : at + 1] = [part[:found], part[found + len(one.text) :]]
        at += 1
    return out
