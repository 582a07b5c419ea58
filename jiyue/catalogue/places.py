"""Places in a text that can be linked to: one scheme of ids for headings and 条, the same for every kind of article.

An id is made of the words themselves, so what is inserted or removed elsewhere never moves it: `第三条`, `第二章`, `一-总体要求`.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from jiyue.base.patterns import pattern

LONGEST = 60
"""The most characters of an id."""

_ARTICLE = pattern(
    r"第\s*([〇零一二两三四五六七八九十百千0-9]{1,9})\s*([编章条])(之[一二三四五六七八九十]{1,3})?(?=\W|$)"
)
_SIGNS = pattern(r"[^\w]+")


def place_name(text: str) -> str:
    """The id of a heading or of a paragraph that begins with 第…条: letters, digits, `_` and `-`; '' where it has none."""
    text = text.strip()
    match = _ARTICLE.match(text)
    return _numbered(match) if match else _SIGNS.sub("-", text).strip("-")[:LONGEST].rstrip("-")


def article_name(text: str) -> str:
    """The id of a 条, a paragraph that begins with its number and then a space or a sign; '' for any other text."""
    match = _ARTICLE.match(text)
    return _numbered(match) if match and match[2] == "条" else ""


def _numbered(match: re.Match[str]) -> str:
    return f"第{match[1]}{match[2]}{match[3] or ''}"


def free_name(name: str, taken: Collection[str]) -> str:
    """The name itself, or with -2, -3 … if it is taken."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free


_SOURCE = pattern(r"^ {0,3}(?:(#{1,6})\s+(.*?)\s*#*|(?:\*\*)?(第[^\n]{1,20}条)[^\n]*)$", re.MULTILINE)


def places_of(markdown: str) -> set[str]:
    """The ids that a Markdown text will have, as far as its headings and 条 are plain."""
    ids: set[str] = set()
    for one in _SOURCE.finditer(markdown):
        name = place_name(re.sub(r"[*_`]|\{[^}]*\}$", "", one[2] or one[3]))
        if name:
            ids.add(free_name(name, ids))
    return ids
