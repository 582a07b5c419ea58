"""What happened to an article: on a draft's branch, and on the main branch across renames."""

from __future__ import annotations

import json
from contextlib import suppress

from jiyue.base import clock
from jiyue.base.git import GitError
from jiyue.editor.model import Event
from jiyue.editor.repository import CommitObject, Repository

ACTIONS = {
    "begin": "begun",
    "save": "saved",
    "merge": "merged",
    "submit": "submitted",
    "approve": "approved",
    "return": "returned",
    "comment": "commented",
    "publish": "published",
    "withdraw": "withdrawn",
}
"""What a commit of this gateway did -> the action of its event. A commit that came by git has `saved`."""
MOST = 300
"""Events that are told of one article."""


def of_draft(repository: Repository, head: str) -> list[Event]:
    """The events of a draft's branch that the main branch lacks, newest first."""
    return _line(repository, head, repository.head(repository.main))


def of_path(repository: Repository, path: str) -> list[Event]:
    """The events of an article on the main branch, newest first: a draft's own ones behind the merge that brought it."""
    events: list[Event] = []
    try:
        out = repository.git(
            "log", "--first-parent", "--diff-merges=first-parent", "--follow", f"--max-count={MOST}", "--format=%H",
            "--no-patch", repository.head(repository.main), "--", path,
        )  # fmt: skip
    except GitError:
        return []
    for commit in out.decode().split():
        one = repository.commit(commit)
        events.append(_event(one))
        if len(one.parents) > 1 and len(events) < MOST:
            events += _line(repository, one.parents[1], one.parents[0])
    return events[:MOST]


def _line(repository: Repository, head: str, without: str) -> list[Event]:
    with suppress(GitError):
        out = repository.git("rev-list", "--first-parent", f"--max-count={MOST}", head, f"^{without}")
        return [_event(repository.commit(commit)) for commit in out.decode().split()]
    return []


def _event(commit: CommitObject) -> Event:
    said = commit.trailers if commit.sealed else {}
    comment = ""
    with suppress(ValueError):
        comment = str(json.loads(said.get("Comment", '""')))
    action = ACTIONS.get(said.get("Action", ""), "saved")
    return Event(commit.id, clock.minute(commit.at), commit.author, action, said.get("Step", ""), comment)
