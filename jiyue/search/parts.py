"""Cuts a long text into parts, the units of the index: questions are answered by a 条, not by a law (docs/search.md § 2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from jiyue.base.patterns import pattern
from jiyue.catalogue.places import article_name, free_name, place_name

VERSION = "1"
"""Of the cuts: part of every cache key, as the tokenizer's."""
MOST = 800
"""The most characters of a part. A text of no more is one part."""
USUAL = 400
"""Characters after which a text without 条 and headings is cut, and from which a heading begins a part."""
HEADING = "\f"
"""Begins a heading's line."""
SENTENCE = pattern(r"[^。；！？]*[。；！？]?[”’」』）]*")


class Part(NamedTuple):
    """A part of a document's text.

    text: whole lines, or a piece of a line that is too long. place: the id of the section in which it begins, '' for the
    page's beginning, or if its first line has an id of its own. renamed: the ids of lines whose words alone would give
    another (第一条 → 第一条-2, because an earlier part has a 第一条). context: the headings above it.
    """

    text: str
    place: str = ""
    renamed: Mapping[str, str] = MappingProxyType({})
    context: str = ""


@lru_cache(maxsize=1)
def parts_of(text: str) -> tuple[Part, ...]:
    """The parts of a plain text, whose headings begin with a form feed; at least one. The last text's are kept: they are asked
    for twice, for terms and for fragments."""
    return (Part(text),) if len(text) <= MOST else tuple(_joined(text))


def _joined(text: str) -> Iterator[Part]:
    taken: set[str] = set()
    place = context = ""
    begun: tuple[str, str] = ("", "")
    names: list[tuple[str, str]] = []
    lines: list[str] = []
    size = 0
    for unit in _units(text):
        length = sum(len(line) + 1 for line in unit)
        heading = unit[0][0] == HEADING
        if lines and (size + length > MOST or (heading and size >= USUAL)):
            yield _part(lines, *begun, names)
            lines, names, size = [], [], 0
        for line in unit:
            name = _name(line)
            if line[0] == HEADING:
                context = line[1:].strip()
            if name:
                free = free_name(name, taken)
                taken.add(free)
                names.append((name, free))
                place = free
            if not lines:
                begun = ("" if name else place, "" if line[0] == HEADING else context)
            lines.append(line)
        size += length
    yield _part(lines, *begun, names)


def _part(lines: list[str], place: str, context: str, names: list[tuple[str, str]]) -> Part:
    seen: set[str] = set()
    renamed: dict[str, str] = {}
    for name, right in names:
        local = free_name(name, seen)
        seen.add(local)
        if local != right:
            renamed[local] = right
    return Part("\n".join(lines), place, renamed, context)


def _name(line: str) -> str:
    return place_name(line[1:]) if line[0] == HEADING else _article(line)


def _article(line: str) -> str:
    return article_name(line) if line[0] == "第" else ""  # a look, where a pattern takes ten times as long


def _units(text: str) -> Iterator[list[str]]:
    """Lines that stay together: a 条 or a heading with what follows it, up to about USUAL characters."""
    unit: list[str] = []
    size = 0
    opening = False
    for whole in text.split("\n"):
        for line in _pieces(whole) if len(whole) > MOST else (whole,):
            if not line:
                continue
            opens = line[0] == HEADING or bool(_article(line))
            if unit and not opening and (opens or size + len(line) > USUAL):
                yield unit
                unit, size = [], 0
            unit.append(line)
            size += len(line) + 1
            opening = line[0] == HEADING and size < USUAL
    if unit:
        yield unit


def _pieces(line: str) -> Iterator[str]:
    """A long line in pieces of at most MOST characters, cut after sentences. Where there is none, one character is repeated."""
    piece = ""
    for sentence in SENTENCE.findall(line):
        if len(piece) + len(sentence) > USUAL and piece:
            yield piece
            piece = ""
        piece += sentence
        while len(piece) > MOST:
            yield piece[:USUAL]
            piece = piece[USUAL - 1 :]
    if piece:
        yield piece
