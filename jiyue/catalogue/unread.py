"""Reads the publication state from the front matter of an article that can't be parsed."""

from __future__ import annotations

import re

from jiyue.base import clock
from jiyue.base.patterns import pattern
from jiyue.base.reason import Reason, hardest

_SAYS = pattern(r"^(withdraw|expires|publish_at|status)[ \t]*[:：]([^\n]*)", re.MULTILINE)
_HEAD = 2000
"""Where no front matter is recognizable, the number of characters that are searched for its fields."""


def meant_hidden(text: str, now: str) -> Reason:
    """Why the head of an unreadable article says that it is not public (withdrawn, expired, scheduled, draft); else NONE."""
    head = "\n---".join(text.split("\n---", 2)[:2]) if text.startswith("---") else text[:_HEAD]
    reasons = set()
    for key, written in _SAYS.findall(head):
        value = written.strip(" '\"")
        moment = clock.parse_date(value)
        if key == "withdraw":
            reasons.add(Reason.WITHDRAWN)
        elif key == "expires" and moment and moment <= now:
            reasons.add(Reason.EXPIRED)
        elif key == "publish_at" and moment and moment > now:
            reasons.add(Reason.SCHEDULED)
        elif value == "draft":
            reasons.add(Reason.DRAFT)
    return hardest(*reasons)
