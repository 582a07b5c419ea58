"""Which paragraphs of an official text are headings, and of which level.

The four levels of a body are numbered 一、（一）1.（1）, in 黑体, 楷体, 仿宋, 仿宋 (GB/T 9704-2012, 7.3.3); laws and
regulations have 编, 章, 节. A style for headings says it of any paragraph; a number alone only where words and font agree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from jiyue.importers.word.looks import Look

_CHAPTER = re.compile(r"第[一二三四五六七八九十百零〇\d]+([编章节])(?:[\s\u3000]*[^\s，。；：、].{0,40})?")
_NUMBERS = (
    re.compile(r"[一二三四五六七八九十]{1,3}、"),
    re.compile(r"[（(][一二三四五六七八九十]{1,3}[)）]"),
    re.compile(r"\d{1,3}[.．、](?!\d)"),
    re.compile(r"[（(]\d{1,3}[)）]"),
)
_SENTENCE = re.compile(r"[。；;！!？?]|[：:]$")
_APPENDIX = re.compile(r"附(?:件|录)\s*[\d一二三四五六七八九十]*\s*[:：]?")
_SHORT = 20
LONGEST = 60
"""Characters of a heading at most."""


class Block(NamedTuple):
    """A paragraph outside tables: its words with their number, and its look."""

    text: str
    look: Look


def levels(blocks: Sequence[Block]) -> list[int]:
    """The level of each paragraph in Markdown, from 2 (1 is the page's title) without gaps; 0 for body text."""
    chapters = [_CHAPTER.fullmatch(one.text) for one in blocks]
    kinds = {match[1] for match in chapters if match}
    first = min(("编章节".index(kind) for kind in kinds), default=3)
    found = []
    for at, one in enumerate(blocks):
        match = chapters[at]
        following = next((chapters[more] for more in range(at + 1, len(blocks)) if blocks[more].text), None)
        if match and not _is_listed(match, following):
            found.append(1 + "编章节".index(match[1]) - first)
        elif match:
            found.append(0)  # a line of a table of contents
        else:
            found.append(_level(one) and _level(one) + (3 - first if kinds else 0))
    return _without_gaps(found)


def _is_listed(one: re.Match[str], following: re.Match[str] | None) -> bool:
    """Whether a chapter's line only lists it: the next line is a chapter that is no part of it."""
    return following is not None and "编章节".index(following[1]) <= "编章节".index(one[1])


def _level(one: Block) -> int:
    text, look = one.text, one.look
    if not text:
        return 0
    numbered = next((level for level, number in enumerate(_NUMBERS, 1) if number.match(text)), 0)
    if look.outline and len(text) <= LONGEST and not _is_sentence(one):
        return numbered or look.outline
    if _APPENDIX.fullmatch(text) and not look.outline:
        return 0
    if not numbered or len(text) > LONGEST or _SENTENCE.search(text):
        return 0
    if numbered == 1 and not re.search("[，,]", text):
        return 1
    own = {1: "黑", 2: "楷"}.get(numbered)
    marked = own and look.fonts and all(own in _chinese(font) for font in look.fonts)
    return numbered if marked or look.bold else 0


def _is_sentence(one: Block) -> bool:
    """Whether a paragraph of the outline is no heading; some put whole laws into it. Of a heading's style （一）加强领导。 is one."""
    styled = one.look.style.startswith(("heading", "标题")) and len(one.text) <= _SHORT
    return bool(re.search("[。；;！!？?，,].", one.text) or (not styled and _SENTENCE.search(one.text)))


def _chinese(font: str) -> str:
    """A font's Chinese name: SimHei is 黑体."""
    lower = font.lower()
    return "黑体" if "hei" in lower else "楷体" if "kai" in lower else font


def _without_gaps(found: list[int]) -> list[int]:
    used = sorted({level for level in found if level})
    out, above = [], 1
    for level in found:
        if level:
            above = min(used.index(level) + 2, above + 1, 6)
        out.append(above if level else 0)
    return out
