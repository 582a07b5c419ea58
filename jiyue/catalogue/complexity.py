"""Estimates how long the Markdown converter would take: for unclosed marks its time grows faster than the text.

Python-Markdown searches for the end of each `[`, `(` and `<` separately, up to the end of the paragraph; it scans a block
again for each heading and each definition in it, the whole text for each abbreviation, and recurses for nested containers. So 20 kB of `[`
take it a minute. The estimate is the same on every machine and needs no rendering.
"""

from __future__ import annotations

import re

from jiyue.base.patterns import pattern

MOST = 300_000
"""Limit in estimated microseconds of conversion; the slowest of 261 official documents takes 2,000."""
DEEPEST = 40
"""Limit of nested containers (quotations, lists): the converter recurses for each level and fails beyond about 100."""

# Microseconds per mark and per character up to its closing mark, measured with Python-Markdown 3.11 and nh3 0.3.
_COST = {"[": 0.14, "(": 0.05, "<": 0.03}
_CLOSED_BY = {"]": "[", ")": "(", ">": "<"}
_OTHERS = {
    "#": 0.012,
    "\\": 0.002,
    "`": 0.002,
    "*": 0.0004,
    "_": 0.0004,
    "<": 0.0004,
    "&": 0.0004,
    "[": 0.0004,
    "\u00a0": 0.000_015,
}
"""Microseconds per sign and per character of its block: the block is copied for each mark in it."""
_EVERY = tuple((_OTHERS | _COST).items())
_PLAINLY_SHORT = int((MOST / _COST["["]) ** 0.5)
_UNDERLINE = 0.03
"""Microseconds per heading underline and per character of its block."""
_DEFINITION = 0.08
"""Microseconds per definition of a list of terms and per character of its block."""
_ABBREVIATION = 0.06
"""Microseconds per abbreviation definition and per character of the text."""
_NOTE = 0.01
"""Microseconds per pair of footnote marks: the converter compares each with all others."""
_UNCLOSED_TAGS = 3000
"""Limit of elements open at once: the sanitizer scans all of them for each."""

_MARK = pattern(r"[\[\]()<>]")
_BLOCK = pattern(r"\n[ \t]*\n")
_LINE_OF_ITS_OWN = pattern(r"[ \t]*(?:[-*+] |\d+\. |\|)")
_HEADING_LINE = pattern(r"\n(?:=+|-+)[ ]*(?=\n|\Z)")
_DEFINED = pattern(r"\n {0,3}: {1,3}")
_LIST_MARK = r"(?:[-+*]|\d{1,9}\.)"
_NESTED = pattern(
    rf"\n(?![-*][-* ]*(?:\n|\Z))(?:{_LIST_MARK} {{1,4}}|[ ]{{0,3}}> ?){{{DEEPEST}}}"
    rf"|\n(?:\t| {{4}}){{{DEEPEST}}}[ \t]*(?:{_LIST_MARK}|>)"
)
_MANY_MARKS = pattern(rf"[-+*>.](?:[ \d]{{0,13}}[-+*>.]){{{DEEPEST - 1}}}")
_OPENED = pattern(r"<(?!/|br\b|img\b|hr\b|wbr\b|p\b|li\b|t[drh]\b|d[dt]\b|source\b|col\b)[A-Za-z]", re.I)


def too_complex(body: str) -> int | None:
    """The offset at which a text becomes too complex to convert; None for ordinary texts, which takes 2 µs."""
    if _MANY_MARKS.search(body) or " " * 4 * DEEPEST in body or "\t" in body:
        nested = _NESTED.search("\n" + body)
        if nested:
            return max(0, nested.start() - 1)
    if len(body) <= _PLAINLY_SHORT or _at_most(body) <= MOST:
        return None
    if body.count("<") > _UNCLOSED_TAGS and len(_OPENED.findall(body)) - body.count("</") > _UNCLOSED_TAGS:
        return body.index("<")
    work = _ABBREVIATION * body.count("*[") * len(body) + _NOTE * body.count("[^") ** 2
    at = 0
    while work <= MOST:
        if at >= len(body):
            return None
        gap = _BLOCK.search(body, at)
        end = gap.start() if gap else len(body)
        work += _block(body[at:end])
        start, at = at, gap.end() if gap else len(body)
    return start if at else 0


def _at_most(text: str) -> float:
    """An upper bound of the estimate, from the counts of signs alone."""
    count = text.count
    signs = sum([cost * count(sign) for sign, cost in _EVERY])
    signs += _DEFINITION * (count("\n:") + count(" :"))
    whole = signs + _UNDERLINE * (count("\n=") + count("\n-")) + _ABBREVIATION * count("*[")
    return len(text) * whole + _NOTE * count("[^") ** 2


def _block(block: str) -> float:
    """The estimate for one block. List items and table rows are converted one by one."""
    if _at_most(block) < 1000:
        return 0.0
    lines = block.split("\n")
    if len(lines) > 1 and all(_LINE_OF_ITS_OWN.match(line) for line in lines):
        return sum(_inline(line) for line in lines if _at_most(line) >= 1)
    lists = _UNDERLINE * len(_HEADING_LINE.findall(block)) + _DEFINITION * len(_DEFINED.findall(block))
    return _inline(block) + len(block) * lists


def _inline(text: str) -> float:
    """The estimate for a text in which a mark may be closed anywhere."""
    cost = len(text) * sum(each * text.count(sign) for sign, each in _OTHERS.items())
    opened: dict[str, list[int]] = {"[": [], "(": [], "<": []}
    for mark in _MARK.finditer(text):
        sign, at = mark[0], mark.start()
        if sign in opened:
            opened[sign].append(at)
        elif opened[_CLOSED_BY[sign]]:
            cost += _COST[_CLOSED_BY[sign]] * (at - opened[_CLOSED_BY[sign]].pop())
    return cost + sum(_COST[sign] * (len(text) - at) for sign, places in opened.items() for at in places)
