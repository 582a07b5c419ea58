"""An article as all rooms after the scan see it: one compact row. The body stays on disk."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple


class Article(NamedTuple):
    """A row of the catalogue.

    Times are 'YYYY-MM-DD HH:MM' in Beijing, '' if absent, so they compare as text. date is when readers could first see
    it: the front matter's date, or publish_at if later; only single pages may have none. folder is both the source's
    folder, relative to the site's, and the folder of its address; column is the column that contains it. name is
    the last part of the address without `.html`. source_path is relative to the cluster's root. body_line is the line
    on which the body begins, digest the content hash of the whole file. extra has the optional fields as plain data,
    by their names in jiyue.catalogue.models.
    """

    id: str
    site: str
    column: str
    folder: str
    name: str
    kind: str
    title: str
    date: str
    updated: str
    source: str
    author: str
    summary: str
    source_path: str
    body_line: int
    digest: str
    publish_at: str
    expires: str
    withdrawn_at: str
    push_down: list[str]
    extra: dict[str, Any]

    @property
    def path(self) -> str:
        """The address relative to the site's, not percent-encoded."""
        return f"{self.folder}/{self.name}.html" if self.folder else f"{self.name}.html"

    @property
    def names(self) -> tuple[str, str]:
        """What files of other sites may call it: `site/id`, and its path below content/."""
        return f"{self.site}/{self.id}", self.source_path.removeprefix("content/")

    def is_public(self, now: str) -> bool:
        """Whether it is public at this moment: not scheduled, expired or withdrawn."""
        return is_public(self.publish_at, self.expires, self.withdrawn_at, now)

    def turning_points(self) -> list[str]:
        """The moments at which is_public may change."""
        return [moment for moment in (self.publish_at, self.expires, self.withdrawn_at) if moment]


def is_public(publish_at: str, expires: str, withdrawn_at: str, now: str) -> bool:
    """Whether now is after publish_at and before the other two; '' sets no limit."""
    return not (
        (publish_at and publish_at > now) or (expires and expires <= now) or (withdrawn_at and withdrawn_at <= now)
    )


class Newest(NamedTuple):
    """The fields of an article that the cluster's feed shows, as in Article; lang is '' for the site's language."""

    id: str
    title: str
    date: str
    updated: str
    summary: str
    path: str
    publish_at: str
    expires: str
    withdrawn_at: str
    lang: str

    def is_public(self, now: str) -> bool:
        """As Article.is_public."""
        return is_public(self.publish_at, self.expires, self.withdrawn_at, now)


def without_own_credit(article: Article, names: Collection[str]) -> Article:
    """A repost without a `source` that is one of its site's own names: the source is its origin (SiteView.source)."""
    return article._replace(source="") if article.source in names and "repost_of" in article.extra else article


def newest_first(rows: list[Article]) -> list[Article]:
    """Pinned articles first, then by date, then by id: an order independent of file system and locale."""
    return sorted(rows, key=lambda a: ("pinned" in a.extra, a.date, a.id), reverse=True)
