"""The text with which an article is passed on in a government's microblog (政务微博): 【title】, summary and address, ready to paste."""

from __future__ import annotations

import math

LIMIT = 140
"""Characters that a microblog shows without unfolding."""
ADDRESS = 10
"""What an address counts, whatever its length: it is replaced by a short one of twenty ASCII signs."""


def length(text: str) -> int:
    """The length of a text as a microblog counts it: a Chinese character is one, two ASCII signs are one."""
    return math.ceil(sum(0.5 if char.isascii() else 1 for char in text))


def weibo_text(title: str, summary: str, url: str) -> str:
    """【title】summary url, with the summary, if need be the title, cut to LIMIT. A summary that only repeats the title is left out."""
    title, summary = " ".join(title.split()), " ".join(summary.split())
    room = LIMIT - ADDRESS - 1  # a space before the address, rounded up
    head = f"【{_cut(title, room - 2)}】"
    if not summary or summary.rstrip("。") == title:
        return f"{head} {url}"
    return f"{head}{_cut(summary, room - length(head))} {url}"


def _cut(text: str, room: int) -> str:
    """A text of at most that length, with …… at its end where it was cut; whole clauses where that costs little."""
    if length(text) <= room:
        return text
    if room < 4:
        return ""
    end = next(n for n in range(len(text), -1, -1) if length(text[:n]) <= room - 2)
    clause = max(text.rfind(mark, 0, end) for mark in "，。；：！？")
    return f"{text[: clause if clause > end * 0.7 else end].rstrip()}……"
