"""What a Word document states about itself: title, letterhead, number, issuer, dates; and its headings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from jiyue.importers.heads import HEAD_LINES, read_head
from jiyue.importers.official import document_fields
from jiyue.importers.titles import guess_title, lines_saying
from jiyue.importers.word.headings import Block, levels
from jiyue.importers.word.letterhead import read_letterhead


class Facts(NamedTuple):
    """fields: of the front matter, as they are written there. used: the paragraphs (from 0) whose words are all among these
    fields, which a page shows above its text; levels: paragraph -> level as a heading. broken: the paragraphs that are one,
    a promulgation broken by hand over several lines; empty if there is none."""

    fields: Mapping[str, str]
    used: frozenset[int]
    levels: Mapping[int, int]
    broken: range


def read_facts(blocks: Sequence[Block], now: datetime) -> Facts:
    """The facts of a document. blocks: its paragraphs outside tables, empty ones included; now: in Beijing, naive."""
    letterhead = read_letterhead(blocks)
    used = set(letterhead.used)
    lines = ["" if at in used else one.text for at, one in enumerate(blocks)]
    broken = _broken(lines)
    if broken:
        whole = "".join(lines[at] for at in broken)
        lines = [*lines[: broken.start], whole, *[""] * (len(broken) - 1), *lines[broken.stop :]]
    head = read_head(lines)
    title = letterhead.title
    if not title and (title := guess_title(lines, head)):
        used.update(lines_saying(title, lines, head))
    found = document_fields(title, letterhead.number or head.doc_number, {}, head, lines, now)
    fields = {name: value if isinstance(value, str) else f"{value:%Y-%m-%d}" for name, value in found.items()}
    if title:
        fields = {"title": title, **fields}
    if letterhead.issuer:
        fields = {**fields, "issuer": letterhead.issuer, "kind": "document", "form": "red"}
    rest = [Block("", one.look) if at in used else one for at, one in enumerate(blocks)]
    return Facts(fields, frozenset(used), {at: level for at, level in enumerate(levels(rest)) if level}, broken)


def _broken(lines: Sequence[str]) -> range:
    """The lines of a promulgation in brackets if there are several."""
    for at, line in enumerate(lines[:HEAD_LINES]):
        if re.match(r"[（(]\d{4}\s*年", line) and not re.search("[）)]$", line):
            end = next(
                (more for more in range(at + 1, min(at + 8, len(lines))) if re.search("[）)]$", lines[more])), at
            )
            return range(at, end + 1) if end > at else range(0)
    return range(0)
