"""What the cluster needs to know of a site before anything is rendered: little, so that 100,000 articles fit in any parent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from jiyue.catalogue.article import Article, newest_first
from jiyue.catalogue.scan import SiteScan
from jiyue.diagnostics import Diagnostic

HEADLINES = 8
"""Items of the portal's recommended column on every home page."""


@dataclass
class Summary:
    """Of one site's scan. pushes: rows that go down, each with the digests of the pictures it shows.

    headlines: the newest rows of the portal's recommended column (root only), more than are shown, because the clock
    decides later which are public. turning: moments at which some row appears or disappears, ascending.
    """

    site: str
    signature: str
    digest: str
    articles: int
    diagnostics: list[Diagnostic] = field(default_factory=list)
    pushes: list[tuple[Article, dict[str, str]]] = field(default_factory=list)
    headlines: list[Article] = field(default_factory=list)
    turning: list[str] = field(default_factory=list)
    read: int = 0

    def as_json(self) -> dict[str, Any]:
        """Plain data for the store."""
        return {**self.__dict__, "diagnostics": [d.as_json() for d in self.diagnostics]}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Summary:
        """The inverse of as_json, after JSON."""
        summary = cls(**data)
        summary.diagnostics = [Diagnostic.from_json(d) for d in data["diagnostics"]]
        summary.pushes = [(Article(*row), pictures) for row, pictures in data["pushes"]]
        summary.headlines = [Article(*row) for row in data["headlines"]]
        return summary


def summarize(scan: SiteScan, signature: str, recommended: str) -> Summary:
    """recommended is the column whose headlines are wanted, '' for every site but the root."""
    attachments = {a.path: a.digest for a in scan.attachments}
    turning = sorted({moment for row in scan.rows for moment in row.turning_points()})
    headlines: list[Article] = []
    if recommended:
        # rows with a turning point may not be public; take enough that HEADLINES public ones are among them
        public = 0
        for row in newest_first([r for r in scan.rows if r.column == recommended]):
            headlines.append(row)
            public += not row.turning_points()
            if public == HEADLINES:
                break
    pushes = [(row, pictures(row, attachments)) for row in scan.rows if row.push_down]
    return Summary(
        scan.site, signature, scan.digest, len(scan.rows), scan.diagnostics, pushes, headlines, turning, scan.read
    )


def pictures(row: Article, attachments: dict[str, str]) -> dict[str, str]:
    """The pictures of its own site that an article shows: address as written -> 'path digest'."""
    found: dict[str, str] = {}
    for address in row.extra.get("pictures", ()):
        path = local_path(row.folder, address)
        if path in attachments:
            found[address] = f"{path} {attachments[path]}"
    return found


def local_path(folder: str, address: str) -> str:
    """An address in an article of `folder` -> the path below the site's that it means, '' if it leads elsewhere."""
    if "://" in address or address.startswith(("//", "mailto:", "tel:", "data:", "#")):
        return ""
    path = address.partition("#")[0].partition("?")[0]
    steps = [] if path.startswith("/") else folder.split("/") if folder else []
    for step in path.split("/"):
        if step == "..":
            if not steps:
                return ""
            steps.pop()
        elif step not in ("", "."):
            steps.append(step)
    return "/".join(steps)
