"""What the cluster needs of a site before rendering: small enough for a process with 100,000 articles."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from jiyue.base import clock
from jiyue.base.diagnostics import Diagnostic
from jiyue.base.reason import Reason, hardest
from jiyue.catalogue.article import Article, Newest
from jiyue.catalogue.schedule import Item
from jiyue.catalogue.validity import Document

HEADLINES = 8
"""Items of the portal's recommended column on every home page."""

NEWEST = 20
"""Entries of a feed. The newest of the whole cluster may all come from one site."""


class Push(NamedTuple):
    """A pushed row, its pictures (summarize.pictures), the articles it links to (summarize.targets), its dead addresses."""

    article: Article
    pictures: dict[str, str]
    targets: dict[str, Article]
    dead: list[str] = []  # noqa: RUF012  (never changed)


class Declined(NamedTuple):
    """A pushed article that a site declines (jiyue.linkage.declined). article: as written; at: the day; line: in its file."""

    article: str
    reason: str
    at: str
    line: int


class Decision(NamedTuple):
    """What a site decided on a reported article (jiyue.linkage.decisions). article: origin's site and id; at: a moment.

    column: its own column in which the article stands, '' for the one that suits. line: in its ledger.
    """

    article: str
    adopted: bool
    column: str
    at: str
    reason: str
    by: str
    line: int = 0


class Hidden(NamedTuple):
    """A withheld article or file (with reason), or one that its moments hide at some time (NONE). Moments as in Article."""

    source_path: str
    path: str
    reason: Reason
    publish_at: str = ""
    expires: str = ""
    withdrawn_at: str = ""

    def why(self, now: str) -> Reason:
        """The reason at this moment; NONE if it is public."""
        timed = Reason.NONE
        if self.withdrawn_at and self.withdrawn_at <= now:
            timed = Reason.WITHDRAWN
        elif self.expires and self.expires <= now:
            timed = Reason.EXPIRED
        elif self.publish_at and self.publish_at > now:
            timed = Reason.SCHEDULED
        return hardest(self.reason, timed)


NOT_KEPT: dict[str, Any] = {"check_seconds": 0.0, "before": "", "edited": []}
"""What of a summary is true of the build alone that made it."""


@dataclass
class Summary:
    """Of one site's scan. pushes: rows that go down; reports: rows that go up.

    headlines: the newest rows of the portal's recommended column (root only), more than are shown, because the clock
    decides later which are public. turning: moments at which some row appears, disappears or changes its state, ascending.
    newest: the site's own newest articles, likewise more than are shown. documents: those that name one or are named, public
    or not yet; document_names: the names in them that mean none of this site. index_numbers: digests of
    索引号 (jiyue.catalogue.index_numbers). shards: number of its sitemaps.
    drafts: source paths of drafts. aliases: old address as written -> path of the article.

    counts: column -> its public articles; years: of their dates. withheld: source paths. hidden: withheld files, and
    those hidden by their moments. waiting: articles that wait for review (jiyue.checks.article.review.Waiting).
    declined: pushed articles that the site declines; decisions: on those reported to it.
    entrances: language of an open edition -> path of its first page; switched: of a closed one -> paths of the pages that would
    lead to it. outward: [source path, address] of links to other sites of the cluster and to the site's own lists.
    evaluated_at: the moment of evaluation; policy_digest: a digest of its inputs other than files and clock; content:
    the digest of the files' bytes. check_seconds: seconds spent on content checks, not cached.
    edited: source paths of the articles of which only the text differs from the summary with the digest `before`, if nothing
    else does; neither is cached, because it is true of one build.
    """

    site: str
    signature: str
    digest: str
    articles: int
    diagnostics: list[Diagnostic] = field(default_factory=list)
    pushes: list[Push] = field(default_factory=list)
    headlines: list[Article] = field(default_factory=list)
    turning: list[str] = field(default_factory=list)
    read: int = 0
    newest: list[Newest] = field(default_factory=list)
    shards: int = 1
    drafts: list[str] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)
    withheld: list[str] = field(default_factory=list)
    hidden: list[Hidden] = field(default_factory=list)
    waiting: list[list[Any]] = field(default_factory=list)
    outward: list[list[str]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    years: list[str] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    document_names: list[str] = field(default_factory=list)
    index_numbers: str = ""
    declined: list[Declined] = field(default_factory=list)
    reports: list[Push] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    entrances: dict[str, str] = field(default_factory=dict)
    switched: dict[str, list[str]] = field(default_factory=dict)
    evaluated_at: str = ""
    policy_digest: str = ""
    content: str = ""
    check_seconds: float = 0.0
    before: str = ""
    edited: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Plain data for the cache."""
        return {**self.__dict__, "diagnostics": [d.as_json() for d in self.diagnostics], **NOT_KEPT}

    def schedule(self) -> list[Item]:
        """Its rows that are to appear or disappear at a given time; a withdrawal is a disappearance."""
        items = []
        for row in self.hidden:
            if row.reason or not (row.publish_at or row.expires or row.withdrawn_at):
                continue
            ends = [moment for moment in (row.expires, row.withdrawn_at) if moment]
            begins = clock.aware(row.publish_at) if row.publish_at else None
            items.append(
                Item(self.site, row.source_path, f"/{row.path}", begins, clock.aware(min(ends)) if ends else None)
            )
        return items

    def again(self) -> Summary:
        """The same for a build that scans nothing of the site."""
        return replace(self, **NOT_KEPT)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Summary:
        """The inverse of as_json, after JSON."""
        summary = cls(**data)
        summary.diagnostics = [Diagnostic.from_json(d) for d in data["diagnostics"]]
        summary.pushes, summary.reports = _pushes(data["pushes"]), _pushes(data["reports"])
        summary.decisions = [Decision(*row) for row in data["decisions"]]
        summary.headlines = [Article(*row) for row in data["headlines"]]
        summary.newest = [Newest(*row) for row in data["newest"]]
        summary.declined = [Declined(*row) for row in data["declined"]]
        summary.documents = [Document(*row) for row in data["documents"]]
        summary.hidden = [Hidden(source, path, Reason(why), *moments) for source, path, why, *moments in data["hidden"]]
        return summary


def _pushes(rows: list[Any]) -> list[Push]:
    return [
        Push(Article(*row), pictures, {address: Article(*target) for address, target in targets.items()}, dead)
        for row, pictures, targets, dead in rows
    ]


def links(targets: dict[str, Article], now: str) -> dict[str, str]:
    """The targets that are public at this moment: address -> path relative to the site's."""
    return {address: target.path for address, target in targets.items() if target.is_public(now)}
