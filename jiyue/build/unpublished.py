"""What is not public: drafts, scheduled, expired, waiting and withheld articles, from the summaries of the scan.

Only the articles listed are opened, for their titles; a cluster without any costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from jiyue.base.diagnostics import Diagnostic, in_order
from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.patterns import pattern
from jiyue.base.reason import Reason
from jiyue.catalogue.frontmatter import NoFrontMatter, split
from jiyue.catalogue.read import MAX_BYTES
from jiyue.catalogue.sources import file_of, source_bytes
from jiyue.catalogue.summary import Summary
from jiyue.catalogue.unread import meant_hidden
from jiyue.checks.article.review import Waiting
from jiyue.registry.site import REVIEW_STEPS

STATES = {
    "drafts": (Reason.DRAFT,),
    "scheduled": (Reason.SCHEDULED,),
    "expired": (Reason.EXPIRED, Reason.WITHDRAWN),
    "waiting": (Reason.UNAPPROVED,),
    "closed": (Reason.EDITION,),
    "withheld": (Reason.ERROR, Reason.PRIVACY, Reason.SECRET),
}
"""State -> the reasons that make it. Together they are all reasons but none."""

_TITLE = pattern(r"^title[ \t]*[:：][ \t]*(\S[^\n]*)", re.MULTILINE)


class Unpublished(NamedTuple):
    """An article that is not public.

    Or, in a preview of a branch (reason NONE), one that will be once the branch is merged.

    path: of its source; url: of the page that it will have, '' where that is not known; reasons: all that apply, the hardest
    first. since: when it expired or was withdrawn; until: when it appears; '' if neither. author: as written.
    waiting: for which review it waits, None for none. findings: about it.
    """

    site: str
    path: str
    title: str
    author: str
    url: str
    reasons: tuple[Reason, ...]
    since: str = ""
    until: str = ""
    waiting: Waiting | None = None
    findings: tuple[Diagnostic, ...] = ()

    @property
    def address(self) -> str:
        """Of its page in a preview, relative to the site's: the real one, else one that no page can have."""
        return self.url or f"{self.path.split('/', 2)[2]}.html"

    @property
    def reason(self) -> Reason:
        """The hardest of its reasons."""
        return self.reasons[0]

    def next(self) -> str:
        """What has to happen until it is public, and who does it, in Chinese; '' for nothing."""
        who = f"（{self.author}）" if self.author else ""
        if self.reason in (Reason.SECRET, Reason.PRIVACY, Reason.ERROR):
            return f"撰稿人{who}按检查发现改正"
        if self.reason is Reason.EDITION:
            return "译文版本开通后公开（jiyue editions）"
        if self.reason is Reason.DRAFT:
            return f"撰稿人{who}写完后删去 status: draft"
        if self.waiting:
            steps = "、".join(REVIEW_STEPS[step] for step in self.waiting.steps)
            posts = "、".join(self.waiting.posts) or "没有登记岗位"
            return f"缺{steps}，由{posts}审核" + (f"，{self.waiting.due} 前补齐" if self.waiting.due else "")
        if self.reason is Reason.UNAPPROVED and not self.findings:  # else a finding says what is wrong
            return "和同一批迁来的稿件一起，由终审、保密审查岗位整批审核"
        return "" if self.reason else "合并后公开"

    def when(self) -> str:
        """Since when it is no longer public, or when it will be, in Chinese; '' if no moment says so."""
        if self.since:
            return f"{self.since} 起不再公开"
        return f"{self.until} 公开" if self.until else ""

    def as_json(self) -> dict[str, Any]:
        """Plain data for machines."""
        waiting = self.waiting
        return {
            "site": self.site, "path": self.path, "title": self.title, "author": self.author, "url": self.url,
            "reasons": [str(reason) for reason in self.reasons], "since": self.since, "until": self.until,
            "steps": waiting.steps if waiting else [], "posts": waiting.posts if waiting else [],
            "due": waiting.due if waiting else "", "next": self.next(),
            "findings": [one.as_json() for one in self.findings],
        }  # fmt: skip


def unpublished(
    root: Path,
    summaries: Iterable[Summary],
    now: str,
    findings: Iterable[Diagnostic] = (),
    reasons: Collection[Reason] = tuple(Reason),
) -> list[Unpublished]:
    """The articles of these sites that are not public now for one of these reasons, by site, then by path.

    findings: of a check, without those that are waived; each article gets its own.
    """
    rows = [row for summary in summaries for row in _of_site(root, summary, now, frozenset(reasons))]
    by_path: dict[str, list[Diagnostic]] = {row.path: [] for row in rows}
    for one in findings if rows else ():
        if one.path in by_path:
            by_path[one.path].append(one)
    rows.sort(key=lambda row: (row.site, row.path))
    return [row._replace(findings=tuple(in_order(by_path[row.path]))) for row in rows]


def _of_site(root: Path, summary: Summary, now: str, wanted: frozenset[Reason]) -> Iterator[Unpublished]:
    waiting = {one.path: one for one in (Waiting(*row) for row in summary.waiting)}
    for path in summary.drafts if Reason.DRAFT in wanted else ():
        if ":" not in path:  # a row of a ledger that has no text is not to be public, ever
            yield Unpublished(summary.site, path, *facts(root, path)[:2], "", (Reason.DRAFT,))
    for row in summary.hidden:
        why = row.why(now)
        if not why or not is_article(row.source_path):
            continue
        reasons = {why, row.reason, row._replace(reason=Reason.NONE).why(now)} - {Reason.NONE}
        if row.source_path in waiting:
            reasons.add(Reason.UNAPPROVED)
        if row.path and not reasons & wanted:
            continue
        title, author, text = facts(root, row.source_path)
        if not row.path and (meant := meant_hidden(text, now)):
            reasons.add(meant)  # its front matter can't be read, but says so
        if reasons & wanted:
            yield Unpublished(
                summary.site, row.source_path, title, author, row.path, tuple(one for one in Reason if one in reasons),
                min((at for at in (row.expires, row.withdrawn_at) if at and at <= now), default=""),
                row.publish_at if row.publish_at > now else "", waiting.get(row.source_path),
            )  # fmt: skip


def of_alert(waiting: Waiting) -> Unpublished:
    """An emergency alert that waits for review, as a row of the same list; it has no page."""
    return Unpublished(waiting.site, waiting.path, waiting.title, "", "", (Reason.UNAPPROVED,), waiting=waiting)


def count(summary: Summary, now: str) -> int:
    """How many articles of a site are not public now, without opening any."""
    hidden = sum(bool(row.why(now)) and is_article(row.source_path) for row in summary.hidden)
    return hidden + sum(":" not in path for path in summary.drafts)


def is_article(source_path: str) -> bool:
    """Whether a withheld source is an article or a row of a ledger, not a file beside one."""
    return source_path.endswith((".md", ".markdown")) or ":" in source_path


def text_of(root: Path, path: str) -> bytes:
    """The source text of an article; b"" for a link, which is never followed, and for one that is far too large. Raises OSError."""
    file = root / file_of(path)
    if file.resolve() != root.resolve() / file_of(path) or file.stat().st_size > MAX_BYTES:
        return b""
    return source_bytes(root, path)


def facts(root: Path, path: str) -> tuple[str, str, str]:
    """Title and author as written, as far as they can be read, and the text."""
    text = ""
    with suppress(OSError, NotUtf8, NoFrontMatter):
        text = decode(text_of(root, path))
        values = split(text).values
        return str(values.get("title") or path.rpartition("/")[2]), str(values.get("author") or ""), text
    found = _TITLE.search(text)
    return found[1].strip(" '\"") if found else path.rpartition("/")[2], "", text
