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
    cutter = _Cutter(lines)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    out: list[Segment] = []
    at = done = 0  # line; offset of what is not in a block yet
    while at < len(lines):
        if _blank(lines[at]):
            at += 1
            continue
        end = cutter.end(at)
        first, last = starts[at], starts[end] - 1
        out.append(Segment(text[done:first], text[first:last], at + 1))
        done, at = last, end
    return out, text[done:]


def _blank(line: str) -> bool:
    return not line.strip(" \t")


def _is_indented(line: str) -> bool:
    return _INDENT.match(line) is not None


def _is_quoted(line: str) -> bool:
    return _QUOTE.match(line) is not None


class _Cutter:
    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.unclosed: set[str] = set()
        """Fences and tags that have no end further down, so that nobody looks for it at each line."""

    def end(self, at: int) -> int:  # noqa: PLR0911  (one kind of block a line)
        """The line after the block that begins here."""
        line = self.lines[at]
        if end := self.fence_end(at):
            return end
        if _HEADING.match(line):
            return at + 1
        tag = _TAG.match(line)
        if tag and tag[1].lower() not in _INLINE_TAGS:
            return self.tag_end(at, tag[1].lower())
        if _NOTE.match(line):
            return self.joined(at, _is_indented)
        if _RULE.match(line):
            return at + 1
        if mark := _MARK.match(line):
            return self.joined(at, lambda following: _continues(following, ordered=mark[1] is None))
        if _is_quoted(line):
            return self.joined(at, _is_quoted)
        if _is_indented(line):
            return self.code_end(at)
        if at + 1 < len(self.lines) and _UNDERLINE.match(self.lines[at + 1]):
            return at + 2
        return self.paragraph_end(at)

    def paragraph_end(self, at: int) -> int:
        lines, end = self.lines, at + 1
        while end < len(lines) and not _blank(lines[end]) and not _HEADING.match(lines[end]):
            if _DEFINITION.match(lines[end]) or self.fence_end(end):
                break
            end += 1
        return end

    def code_end(self, at: int) -> int:
        end = at + 1
        while end < len(self.lines) and (_is_indented(self.lines[end]) or _blank(self.lines[end])):
            end += 1
        while _blank(self.lines[end - 1]):
            end -= 1
        return end

    def joined(self, at: int, belongs: Callable[[str], bool]) -> int:
        """The end of a block that goes on after blank lines if the line there belongs to it."""
        lines, end = self.lines, self.paragraph_end(at)
        while True:
            following = end
            while following < len(lines) and _blank(lines[following]):
                following += 1
            if following in (end, len(lines)) or not belongs(lines[following]):
                return end
            end = self.paragraph_end(following)

    def fence_end(self, at: int) -> int:
        """The line after the fenced code that begins here, 0 if none does."""
        fence = _FENCE.match(self.lines[at])
        if not fence or fence[1] in self.unclosed:
            return 0
        for end in range(at + 1, len(self.lines)):
            if self.lines[end].startswith(fence[1]) and not self.lines[end][len(fence[1]) :].strip(" "):
                return end + 1
        self.unclosed.add(fence[1])
        return 0

    def tag_end(self, at: int, tag: str) -> int:
        if tag not in self.unclosed:
            both = re.compile(rf"<(/?){tag}(?=[\s>/])", re.IGNORECASE)
            open_tags = 0
            for end in range(at, len(self.lines)):
                for match in both.finditer(self.lines[end]):
                    open_tags += -1 if match[1] else 1
                if open_tags <= 0:
                    return end + 1
            self.unclosed.add(tag)
        return self.paragraph_end(at)


def _continues(line: str, *, ordered: bool) -> bool:
    if _is_indented(line):
        return True
    mark = _MARK.match(line)
    return mark is not None and (mark[1] is None) == ordered and not _RULE.match(line)
