"""An article as every room after the scan knows it: one compact row, without its body, which stays on disk."""

from __future__ import annotations

from typing import Any, NamedTuple


class Article(NamedTuple):
    """A row of the catalogue.

    Times are 'YYYY-MM-DD HH:MM' in Beijing, '' where there is none, so they compare as text. date is when readers first
    could see it: that of the front matter, or publish_at where that is later; only single pages may have none. folder is the source's
    folder below the site's and the folder of its address; column is the column that this folder belongs to. name is
    the last part of the address without `.html`. source_path is relative to the cluster's root. body_line is the line
    on which the body begins, digest the content hash of the whole file. extra holds what only some articles have, as
    plain data, by the field names of jiyue.catalogue.models.
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
        """The address below the site's, not percent-encoded."""
        return f"{self.folder}/{self.name}.html" if self.folder else f"{self.name}.html"

    def is_public(self, now: str) -> bool:
        """Whether it may be seen at this moment: not a draft, embargoed, expired or withdrawn."""
        return is_public(self.publish_at, self.expires, self.withdrawn_at, now)

    def turning_points(self) -> list[str]:
        """The moments at which is_public may change."""
        return [moment for moment in (self.publish_at, self.expires, self.withdrawn_at) if moment]


def is_public(publish_at: str, expires: str, withdrawn_at: str, now: str) -> bool:
    """Whether now lies between these moments, each '' where there is none."""
    return not (
        (publish_at and publish_at > now) or (expires and expires <= now) or (withdrawn_at and withdrawn_at <= now)
    )


class Newest(NamedTuple):
    """The little of an article that the feed of the whole cluster shows; fields as in Article, lang '' for its site's."""

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


def newest_first(rows: list[Article]) -> list[Article]:
    """Pinned ones, then by date, then by id: an order that no file system or locale can change."""
    return sorted(rows, key=lambda a: ("pinned" in a.extra, a.date, a.id), reverse=True)
