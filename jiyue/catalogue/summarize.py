"""Builds a site's summary from its scan, and resolves the pictures and links of its articles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from jiyue.base.reason import Reason
from jiyue.catalogue.article import Article, Newest, newest_first
from jiyue.catalogue.documents import related_documents
from jiyue.catalogue.index_numbers import digests
from jiyue.catalogue.links import Targets
from jiyue.catalogue.moments import clock_moments
from jiyue.catalogue.references import local_path
from jiyue.catalogue.scan import SiteScan
from jiyue.catalogue.shards import shards
from jiyue.catalogue.summary import HEADLINES, NEWEST, Hidden, Push, Summary


def summarize(scan: SiteScan, signature: str, recommended: str, withheld: Mapping[str, Reason], now: str) -> Summary:
    """recommended is the column whose headlines are wanted, '' for every site but the root. withheld: with reasons."""
    paths = {row.source_path: row.path for row in scan.rows}
    paths |= {f"content/{scan.site}/{a.path}": a.path for a in scan.attachments}
    moments = {r.source_path: (r.publish_at, r.expires, r.withdrawn_at) for r in scan.rows if r.source_path in withheld}
    hidden = [
        Hidden(source, paths.get(source, ""), reason, *moments.get(source, ()))
        for source, reason in sorted(withheld.items())
    ]
    targets_of = Targets(scan, withheld, now)
    scan = scan.without(withheld)
    hidden += [
        Hidden(row.source_path, row.path, Reason.NONE, row.publish_at, row.expires, row.withdrawn_at)
        for row in scan.rows
        if row.turning_points()
    ]
    attachments = {a.path: a.digest for a in scan.attachments}
    turning = sorted({moment for row in scan.rows for moment in clock_moments(row)})
    documents, document_names = related_documents(scan.rows, scan.site)
    headlines = (
        _enough(newest_first([r for r in scan.rows if r.column == recommended]), HEADLINES) if recommended else []
    )
    own = [r for r in scan.rows if r.column and "repost_of" not in r.extra and r.date]
    own.sort(key=lambda row: (row.date, row.id), reverse=True)
    newest = [
        Newest(
            r.id,
            r.title,
            r.date,
            r.updated,
            r.summary,
            r.path,
            r.publish_at,
            r.expires,
            r.withdrawn_at,
            r.extra.get("lang", ""),
        )
        for r in _enough(own, NEWEST)
    ]
    down, up = [r for r in scan.rows if r.push_down], [r for r in scan.rows if "report_up" in r.extra]
    rows = by_place(scan.rows) if down or up else {}
    pushes, reports = (
        [
            Push(row, pictures(row, attachments), targets(row, rows), [d.address for d in targets_of.dead(row)])
            for row in going
        ]
        for going in (down, up)
    )
    public = [row for row in scan.rows if row.is_public(now)]
    aliases = {old: row.path for row in reversed(scan.rows) for old in row.extra.get("aliases", ())}
    return Summary(
        scan.site, signature, scan.digest, len(scan.rows), scan.diagnostics, pushes, headlines, turning, scan.read,
        newest, len(shards(scan.rows)), scan.drafts, aliases,
        withheld=sorted(withheld), hidden=hidden, evaluated_at=now, content=scan.content, check_seconds=scan.seconds,
        counts=Counter(row.column for row in public), years=sorted({row.date[:4] for row in public}),
        documents=documents, document_names=document_names,
        index_numbers=digests(scan.rows), reports=reports,
    )  # fmt: skip


def _enough(rows: list[Article], count: int) -> list[Article]:
    """The shortest prefix with `count` rows that are public at any time (without turning points), or all rows."""
    public = 0
    for n, row in enumerate(rows, 1):
        public += not row.turning_points()
        if public == count:
            return rows[:n]
    return rows


def pictures(row: Article, attachments: dict[str, str]) -> dict[str, str]:
    """An article's pictures from its own site: address as in its references -> 'path digest'."""
    paths = {address: local_path(row.folder, address) for address in row.extra.get("pictures", ())}
    return {address: f"{path} {attachments[path]}" for address, path in paths.items() if path in attachments}


def targets(row: Article, rows: dict[str, Article]) -> dict[str, Article]:
    """The linked articles of its own site: address as in its references -> row. rows: see by_place()."""
    places = {address: local_path(row.folder, address) for address in row.extra.get("articles", ())}
    return {address: rows[place] for address, place in places.items() if place in rows}


def by_place(rows: list[Article]) -> dict[str, Article]:
    """Rows by source path relative to content/<site>/."""
    return {row.source_path.split("/", 2)[2]: row for row in rows}
