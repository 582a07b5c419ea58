"""What the head of an article that can't be read says all the same of when it is not public."""

from __future__ import annotations

import re

from jiyue.base import clock
from jiyue.base.patterns import pattern
from jiyue.base.reason import Reason, hardest

_SAYS = pattern(r"^(withdraw|expires|publish_at|status)[ \t]*[:：]([^\n]*)", re.MULTILINE)
_HEAD = 2000
"""Characters of a file without a front matter that can be told in which it may be meant to stand."""


def meant_hidden(text: str, now: str) -> Reason:
    """Withdrawn, expired, scheduled or a draft where the head says so, whatever is wrong with it; NONE where it says nothing."""
    head = "\n---".join(text.split("\n---", 2)[:2]) if text.startswith("---") else text[:_HEAD]
    said = set()
    for key, written in _SAYS.findall(head):
        value = written.strip(" '\"")
        moment = clock.parse_date(value)
        if key == "withdraw":
            said.add(Reason.WITHDRAWN)
        elif key == "expires" and moment and moment <= now:
            said.add(Reason.EXPIRED)
        elif key == "publish_at" and moment and moment > now:
            said.add(Reason.SCHEDULED)
        elif value == "draft":
            said.add(Reason.DRAFT)
    return hardest(*said)
