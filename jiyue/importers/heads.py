"""Extracts what a text says about itself: the lines before its first sentence, the page's fields, its signature."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from jiyue.importers import clutter
from jiyue.importers.dates import only_date, read_date
from jiyue.importers.phrases import LONGEST_LINE, SENTENCE, as_doc_number, enacted, is_h1, is_organ, promulgator

HEAD_LINES = 15
_BODY_BEGINS = re.compile(
    r"##|\**第[一二三四五六七八九十百\d]+[编章节条]|[一二三四五六七八九十]+、|[(（][一二三四五六七八九十]+[)）]"
)


@dataclass(slots=True)
class Head:
    """The metadata around a text. Line numbers are indexes into its lines; dates are in order of trust."""

    lines: list[int] = field(default_factory=list)
    """The lines of the head that are neither fields nor clutter: title, number, promulgation."""
    fields: dict[str, str] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)
    """Lines of fields or clutter, which are not part of the text."""
    h1: int | None = None
    history: datetime | None = None
    """The last day on which the text was passed, promulgated or amended, by its promulgation lines."""
    promulgated_by: str = ""
    signed: datetime | None = None
    signers: list[str] = field(default_factory=list)
    doc_number: str = ""

    def field_dates(self) -> list[datetime]:
        """Dates in the page's fields, publication before issue."""
        values = (self.fields.get(meaning, "") for meaning in (clutter.DATE, clutter.ISSUED))
        return [date for value in values if (date := read_date(value)) is not None]


def read_head(lines: list[str]) -> Head:
    """Read the head, the end and the signature of a text without front matter."""
    head = Head()
    _walk_head(lines, head)
    _walk_end(lines, head)
    dates = [date for at in head.lines if (date := enacted(lines[at])) is not None]
    head.history = max(dates, default=None)
    bodies = [body for at in head.lines if enacted(lines[at]) and (body := promulgator(lines[at]))]
    head.promulgated_by = bodies[-1] if bodies else ""
    _find_signature(lines, head)
    numbers = (number for at in head.lines if (number := as_doc_number(lines[at])))
    head.doc_number = as_doc_number(head.fields.get(clutter.DOC_NUMBER, "")) or next(numbers, "")
    return head


def _walk_head(lines: list[str], head: Head) -> None:
    seen = 0
    for at, line in enumerate(lines):
        text = line.strip()
        if not text:
            continue
        if head.h1 is None and is_h1(text):
            head.h1 = at
            head.lines.append(at)
        elif fields := clutter.fields_of(text):
            head.dropped.add(at)
            for meaning, value in fields:
                head.fields.setdefault(meaning, value)
        elif clutter.is_clutter(text):
            head.dropped.add(at)
        elif enacted(text):
            head.lines.append(at)
        elif seen >= HEAD_LINES or len(text) > LONGEST_LINE or _BODY_BEGINS.match(text) or SENTENCE.search(text):
            return
        else:
            head.lines.append(at)
        seen += 1


def _walk_end(lines: list[str], head: Head) -> None:
    for at in range(len(lines) - 1, -1, -1):
        text = lines[at].strip()
        if at in head.dropped or at in head.lines:
            return
        if fields := clutter.fields_of(text):
            for meaning, value in fields:
                head.fields.setdefault(meaning, value)
        elif text and not clutter.is_clutter(text):
            if clutter.ATTACHMENT.fullmatch(text):
                continue
            return
        if text:
            head.dropped.add(at)


def _find_signature(lines: list[str], head: Head) -> None:
    """Find the first line that is only a date, and the offices on the lines directly above it."""
    for at, line in enumerate(lines):
        if at in head.dropped or (date := only_date(line)) is None:
            continue
        head.signed = date
        for above in range(at - 1, max(-1, at - 10), -1):
            name = "".join(lines[above].split())
            if name and not is_organ(name):
                break
            if name:
                head.signers.insert(0, name)
        return
