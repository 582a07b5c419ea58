"""The words that all parts of the editor share: who works, what is being written, and how a change ends.

A draft (草稿) is a branch `drafts/<site>/<id>` about one article and the files beside it. Its state is not stored: it
follows from the commits of that branch, so it survives whatever happens to the gateway.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class State(enum.StrEnum):
    """How far an article has come. WAITING covers all review steps; Draft.step says which."""

    DRAFT = "draft"
    RETURNED = "returned"
    WAITING = "waiting"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    WITHHELD = "withheld"


STATES = {
    State.DRAFT: "草稿",
    State.RETURNED: "退回修改",
    State.WAITING: "等待审核",
    State.SCHEDULED: "定时发布",
    State.PUBLISHED: "已发布",
    State.EXPIRED: "已过期",
    State.WITHDRAWN: "已撤下",
    State.WITHHELD: "有错误，不会发布",
}


class Refused(Exception):
    """What was asked for is not done. str() is Chinese and says why; status is the HTTP status that fits."""

    def __init__(self, message: str, status: int = 403) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in. account: the name in `sites/rights.yaml`, also the address on their commits; name: as shown."""

    account: str
    name: str


@dataclass(frozen=True, slots=True)
class Version:
    """A file as it stands on a branch. blob: its git id, which a later save names as its base; '' where there is none yet."""

    path: str
    blob: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft. path: of its article, `content/<site>/<column>/<file>.md`; head: the last commit of its branch.

    owner: the account that began it; base: the commit of the main branch that it began from or last took in; step: the
    review step that is next (REVIEW_STEPS), '' if none; new: whether the main branch has no such article yet; changed: of
    its last save, `YYYY-MM-DD HH:MM`.
    """

    id: str
    site: str
    path: str
    title: str
    owner: str
    state: State
    head: str
    base: str
    step: str = ""
    new: bool = True
    changed: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to an article: saved, submitted, approved (with its step), returned, published, withdrawn."""

    commit: str
    at: str
    account: str
    action: str
    step: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Saved:
    """A save that is in git and, where there is a remote, with it. merged: whether changes of others were taken in."""

    draft: Draft
    version: Version
    merged: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """A save that would have lost somebody's words: nothing was changed. mine: what was sent; theirs: what stands now."""

    draft: Draft
    base: Version
    theirs: Version
    mine: bytes
    hunks: tuple[tuple[str, str, str], ...] = field(default=())
    """The places where both changed the same lines: (base, theirs, mine)."""
