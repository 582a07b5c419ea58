"""Cuts a body into its blocks by the look of its lines.

It only proposes: `parse` compares the HTML of the blocks with that of the whole text and joins those that belong together.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from jiyue.base.patterns import pattern

_FENCE = pattern(r"(`{3,}|~{3,})")
_HEADING = pattern(r"#{1,6}")
_UNDERLINE = pattern(r"(?:=+|-+) *\Z")
_MARK = pattern(r" {0,3}(?:([-*+])|\d+\.) +\S")
_QUOTE = pattern(r" {0,3}>")
_RULE = pattern(r" {0,3}(?:(?:-+ {0,2}){3,}|(?:_+ {0,2}){3,}|(?:\*+ {0,2}){3,}) *\Z")
_INDENT = pattern(r"(?: {4}| {0,3}\t)")
_NOTE = pattern(r" {0,3}\[\^[^\]]*\]:")
_DEFINITION = pattern(r" {0,3}\[[^\]]+\]:")
_TAG = pattern(r" {0,3}<([A-Za-z][A-Za-z0-9]*)(?=[\s>/])")
_INLINE_TAGS = frozenset(
    "a abbr b bdi bdo br cite code data dfn em i img ins del kbd mark q s samp small span strong sub sup time u var wbr".split()  # noqa: SIM905
)


class Segment(NamedTuple):
    """Lines that belong together. before: what stands between the block above and this one."""

    before: str
    source: str
    line: int


def segments(text: str) -> tuple[list[Segment], str]:
    """The blocks of a text, and the white space after the last one. Joined they are the text."""
    lines = text.split("\n")
    out: list[Segment] = []
    at = done = 0  # line; offset of what is not in a block yet
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    while at < len(lines):
        if not lines[at].strip(" \t\r"):
            at += 1
            continue
        end = _end(lines, at)
        first, last = starts[at], starts[end] - 1
        out.append(Segment(text[done:first], text[first:last], at + 1))
        done, at = last, end
    return out, text[done:]


def _blank(line: str) -> bool:
    return not line.strip(" \t")


def _end(lines: list[str], at: int) -> int:  # noqa: PLR0911  (one kind of block a line)
    """The line after the block that begins here."""
    line = lines[at]
    fence = _FENCE.match(line)
    if fence and (end := _fence_end(lines, at, fence[1])):
        return end
    if _HEADING.match(line):
        return at + 1
    tag = _TAG.match(line)
    if tag and tag[1].lower() not in _INLINE_TAGS:
        return _tag_end(lines, at, tag[1])
    if _NOTE.match(line):
        return _joined(lines, at, lambda next_line: bool(_INDENT.match(next_line)))
    if _RULE.match(line):
        return at + 1
    mark = _MARK.match(line)
    if mark:
        ordered = mark[1] is None
        return _joined(lines, at, lambda next_line: _continues(next_line, ordered))
    if _QUOTE.match(line):
        return _joined(lines, at, lambda next_line: bool(_QUOTE.match(next_line)))
    if _INDENT.match(line):
        end = at + 1
        while end < len(lines) and (_INDENT.match(lines[end]) or _blank(lines[end])):
            end += 1
        while _blank(lines[end - 1]):
            end -= 1
        return end
    if at + 1 < len(lines) and _UNDERLINE.match(lines[at + 1]):
        return at + 2
    return _paragraph_end(lines, at)


def _continues(line: str, ordered: bool) -> bool:
    if _INDENT.match(line):
        return True
    mark = _MARK.match(line)
    return mark is not None and (mark[1] is None) == ordered and not _RULE.match(line)


def _paragraph_end(lines: list[str], at: int) -> int:
    end = at + 1
    while end < len(lines) and not _blank(lines[end]) and not _HEADING.match(lines[end]):
        fence = _FENCE.match(lines[end])
        if _DEFINITION.match(lines[end]) or (fence and _fence_end(lines, end, fence[1])):
            break
        end += 1
    return end


def _joined(lines: list[str], at: int, belongs: Callable[[str], bool]) -> int:
    """The end of a block that goes on after blank lines if the line there belongs to it."""
    end = _paragraph_end(lines, at)
    while True:
        following = end
        while following < len(lines) and _blank(lines[following]):
            following += 1
        if following == end or following == len(lines) or not belongs(lines[following]):
            return end
        end = _paragraph_end(lines, following)


def _fence_end(lines: list[str], at: int, fence: str) -> int:
    for end in range(at + 1, len(lines)):
        if lines[end].startswith(fence) and not lines[end][len(fence) :].strip(" "):
            return end + 1
    return 0


def _tag_end(lines: list[str], at: int, tag: str) -> int:
    both = re.compile(rf"<(/?){tag}(?=[\s>/])", re.IGNORECASE)
    open_tags = 0
    for end in range(at, len(lines)):
        for match in both.finditer(lines[end]):
            open_tags += -1 if match[1] else 1
        if open_tags <= 0:
            return end + 1
    return _paragraph_end(lines, at)
