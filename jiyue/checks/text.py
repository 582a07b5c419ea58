"""The shape that all rules on words get, the view a reader has of it, and the one call that runs them all."""

from __future__ import annotations

import bisect
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from jiyue.diagnostics import Diagnostic, Rule
from jiyue.patterns import pattern

MOST_PER_RULE = 20
"""Findings of one rule in one text that are listed singly; a leaked table has thousands and one line says so."""

INVISIBLE = (
    "\u00ad\u0300-\u036f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u20d0-\u20ff\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f\U000e0100-\U000e01ef"
)
"""Characters that show nothing of their own, marks set upon others included: whoever puts them between digits hides a
number from a search, not from a reader."""

NAMED = {
    "nbsp": " ",
    "ensp": " ",
    "emsp": " ",
    "thinsp": " ",
    "shy": "",
    "zwj": "",
    "zwnj": "",
    "star": "☆",
    "starf": "★",
}
"""Entities that a number or a marking may be parted or written with."""
_HIDDEN = pattern(
    rf"[{INVISIBLE}]+|<!--.{{0,2000}}?-->|</?[A-Za-z][^<>]{{0,200}}>|&#(?:x[0-9a-fA-F]{{1,6}}|[0-9]{{1,7}});"
    rf"|&(?:{'|'.join(NAMED)});|(?<=\d\n)[ \t>]+(?=\d)",
    re.S,
)
"""The last: the indent or quotation mark of a line that goes on with a number of the line before."""


@dataclass(frozen=True)
class Text:
    """A text to judge: an article, one part of an attachment, or a file's name.

    path is relative to the cluster, with `/`. first_line is the number of the text's first line in that file, 0 where
    a file has no lines (a PDF, a workbook). part names the place inside it, for an officer (「工作表“名单”」).
    """

    site: str
    path: str
    text: str
    first_line: int = 1
    part: str = ""

    @cached_property
    def view(self) -> View:
        """What a reader sees of it."""
        return View.of(self.text)

    def at(self, rule: Rule, offset: int, message: str, hint: str) -> Diagnostic:
        """A finding at an offset of `text`."""
        if self.part:
            message = f"{self.part}：{message}"
        if not self.first_line:
            return rule.at(self.path, 0, message, hint, site=self.site)
        line = bisect.bisect_left(self._ends, offset)
        start = self._ends[line - 1] + 1 if line else 0
        return rule.at(self.path, self.first_line + line, message, hint, site=self.site, col=offset - start + 1)

    @cached_property
    def _ends(self) -> list[int]:
        """Where the lines end."""
        return [match.start() for match in re.finditer("\n", self.text)]

    def seen(self, rule: Rule, offset: int, message: str, hint: str) -> Diagnostic:
        """A finding at an offset of `view.text`."""
        return self.at(rule, self.view.origin(offset), message, hint)

    @cached_property
    def as_written(self) -> Text | None:
        """The same text as it is written, where tags or comments may hold what no reader sees; None where none do."""
        if "<" not in self.text or self.view.text == self.text:
            return None
        bare = Text(self.site, self.path, self.text, self.first_line, self.part)
        bare.__dict__["view"] = View(self.text)  # fills the cached property
        return bare


@dataclass(frozen=True)
class View:
    """A text without what a reader does not see: invisible characters, tags, numeric entities; digits made plain.

    starts and origins are parallel: from starts[i] on, a character at p stands at origins[i] + (p - starts[i]).
    """

    text: str
    starts: tuple[int, ...] = (0,)
    origins: tuple[int, ...] = (0,)

    @classmethod
    def of(cls, source: str) -> View:
        """The view of a source text; most texts hide nothing and are their own view."""
        pieces: list[str] = []
        starts, origins = [0], [0]
        length = last = 0
        for hidden in _HIDDEN.finditer(source):
            pieces.append(source[last : hidden.start()])
            length += hidden.start() - last
            shown = _entity(hidden[0])
            if shown:
                starts.append(length)
                origins.append(hidden.start())
                pieces.append(shown)
                length += 1
            last = hidden.end()
            starts.append(length)
            origins.append(last)
        text = "".join([*pieces, source[last:]]) if pieces else source
        if not text.isascii():
            text = _ODD_DIGIT.sub(_plain_digit, text)
        return cls(text, tuple(starts), tuple(origins))

    def origin(self, offset: int) -> int:
        """Where a character of the view stands in the source."""
        i = bisect.bisect_right(self.starts, offset) - 1
        return self.origins[i] + offset - self.starts[i]


# Digits of other scripts and full-width ones; circled and superscript ones are list marks and notes, not numbers.
_ODD_DIGIT = pattern(r"(?![0-9])\d")


def _plain_digit(match: re.Match[str]) -> str:
    return str(unicodedata.decimal(match[0]))


def _entity(hidden: str) -> str:
    if not hidden.startswith("&"):
        return ""
    if hidden[1] != "#":
        return NAMED[hidden[1:-1]]
    body = hidden[2:-1]
    code = int(body[1:], 16) if body[0] in "xX" else int(body)
    shown = chr(code) if 0 < code < 0x110000 else ""
    return "" if shown and re.match(f"[{INVISIBLE}]", shown) else shown


def few(found: list[Diagnostic], text: Text, rule: Rule) -> list[Diagnostic]:
    """At most MOST_PER_RULE of a rule's findings in one text, the last one telling how many more there are."""
    if len(found) <= MOST_PER_RULE:
        return found
    more = len(found) - MOST_PER_RULE
    last = text.at(rule, len(text.text), f"同类问题还有 {more} 处，未逐一列出", "请整体核对该文件后再发布")
    return [*found[:MOST_PER_RULE], last]
