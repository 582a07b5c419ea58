"""Two wordings of a text side by side: lines in pairs, and in lines that differ the words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from jiyue.base.patterns import pattern
from jiyue.editor.effort import Effort

CONTEXT = 3
"""Lines around a change that are shown; longer stretches without one are left out."""
_WORD = pattern(r"[A-Za-z0-9_]+|\s+|.", flags=0)
_MOST_LINES, _MOST_WORDS = 4_000, 3_000
"""Beyond these, comparing takes seconds: lines are then paired roughly, and not compared by words."""

Piece = tuple[bool, str]
"""Whether a piece of a line was changed, and its text."""


@dataclass(frozen=True, slots=True)
class Row:
    """A pair of lines. kind: same, changed, added, removed, or gap (count lines are left out); number: from 1, 0 for none."""

    kind: Literal["same", "changed", "added", "removed", "gap"]
    old_number: int = 0
    old: tuple[Piece, ...] = ()
    new_number: int = 0
    new: tuple[Piece, ...] = ()
    count: int = 0


def compare(old: str, new: str, context: int = CONTEXT) -> list[Row]:
    """The rows of a comparison; [] if nothing differs."""
    one, other = old.splitlines(), new.splitlines()
    rows = list(_rows(one, other))
    if all(row.kind == "same" for row in rows):
        return []
    return list(_without_long_stretches(rows, context))


def _rows(old: Sequence[str], new: Sequence[str]) -> Iterator[Row]:
    effort = Effort()
    for tag, a, b, c, d in _opcodes(old, new, effort):
        if tag == "equal":
            for number in range(b - a):
                text = ((False, old[a + number]),)
                yield Row("same", a + number + 1, text, c + number + 1, text)
            continue
        paired = min(b - a, d - c)
        for number in range(paired):
            left, right = _words(old[a + number], new[c + number], effort)
            yield Row("changed", a + number + 1, left, c + number + 1, right)
        for number in range(a + paired, b):
            yield Row("removed", number + 1, ((True, old[number]),))
        for number in range(c + paired, d):
            yield Row("added", new_number=number + 1, new=((True, new[number]),))


def _opcodes(old: Sequence[str], new: Sequence[str], effort: Effort) -> Sequence[tuple[str, int, int, int, int]]:
    """As SequenceMatcher's; where that would take too long, all between the first and the last difference is one."""
    rough = len(old) + len(new) > _MOST_LINES
    if effort.allows(old, new, autojunk=rough):
        return SequenceMatcher(None, old, new, autojunk=rough).get_opcodes()
    shorter = min(len(old), len(new))
    head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    tail = next((at for at in range(shorter - head) if old[-1 - at] != new[-1 - at]), shorter - head)
    a, b, c, d = head, len(old) - tail, head, len(new) - tail
    return [("equal", 0, head, 0, head), ("replace", a, b, c, d), ("equal", b, len(old), d, len(new))]


def _words(old: str, new: str, effort: Effort) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Chinese by characters, everything else by words. Lines that have next to nothing in common differ as wholes."""
    one, other = _WORD.findall(old), _WORD.findall(new)
    if max(len(one), len(other)) > _MOST_WORDS or not effort.allows(one, other, autojunk=False):
        return ((True, old),), ((True, new),)
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.ratio() < 0.3:
        return ((True, old),), ((True, new),)
    left: list[Piece] = []
    right: list[Piece] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        left.append((tag != "equal", "".join(one[a:b])))
        right.append((tag != "equal", "".join(other[c:d])))
    return tuple(p for p in left if p[1]), tuple(p for p in right if p[1])


def _without_long_stretches(rows: list[Row], context: int) -> Iterator[Row]:
    near = [False] * len(rows)
    for at, row in enumerate(rows):
        if row.kind != "same":
            near[max(0, at - context) : at + context + 1] = [True] * len(rows[max(0, at - context) : at + context + 1])
    hidden = 0
    for at, row in enumerate(rows):
        if not near[at]:
            hidden += 1
            continue
        if hidden:
            yield Row("gap", count=hidden)
        hidden = 0
        yield row
    if hidden:
        yield Row("gap", count=hidden)
