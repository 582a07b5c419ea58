"""Scans one site's content and decides which of it may be published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from jiyue.base.cache import Cache
from jiyue.base.diagnostics import Severity
from jiyue.base.encoding import decode
from jiyue.build.rules import ClusterRules, Stale
from jiyue.catalogue.article import Article
from jiyue.catalogue.references import local_path
from jiyue.catalogue.scan import SiteScan, scan_site
from jiyue.catalogue.sources import source_bytes
from jiyue.catalogue.summarize import summarize
from jiyue.catalogue.summary import Summary
from jiyue.checks.article.reposts import Sources
from jiyue.checks.runner import Inspector
from jiyue.checks.verdict import RejectedRecords, site_verdict
from jiyue.letters.tickets import FILES as TICKETS
from jiyue.letters.tickets import tickets_of
from jiyue.linkage.decisions import FILES as RECEIVED
from jiyue.linkage.decisions import decisions_of
from jiyue.linkage.declined import FILE as DECLINED
from jiyue.linkage.declined import declined_in
from jiyue.registry.site import Media, Site


def scan_and_judge(root: Path, stale: Stale, cache: Cache, recommended: str, rules: ClusterRules) -> Summary:
    """Scan one site, inspect its new files and judge it; if the bytes are the same, reuse the last verdict."""
    site, signature, policy_digest, old = stale
    with Inspector(root, site, rules.cluster, rules.now) as inspector:
        scan = scan_site(root, site, cache, inspector)
    if scan.racy:
        signature = ""
    if old and old.digest == scan.digest:
        return replace(old, signature=signature, read=scan.read, check_seconds=scan.seconds)
    if old and _only_texts(scan, old, site, rules):
        return replace(
            old, signature=signature, read=scan.read, check_seconds=scan.seconds, digest=scan.digest, content=scan.content,
            before=scan.before, edited=sorted(scan.edited),
        )  # fmt: skip

    def data(path: str) -> bytes:
        return source_bytes(root, path)

    def read(path: str) -> str:
        return decode(data(path))

    verdict = site_verdict(
        scan, site, rules.waived, rules.now, read, data, rules.urls, _proofs(root, site, scan, cache, rules),
        source_lists(rules, site), _moved(root, site, rules),
    )  # fmt: skip
    summary = summarize(scan, signature, recommended, verdict.withheld, rules.now)
    summary.diagnostics = [*scan.diagnostics, *verdict.findings]
    summary.turning = sorted({*summary.turning, *verdict.moments})
    summary.waiting = [list(one) for one in verdict.waiting]
    if DECLINED in scan.places:
        summary.declined, problems = declined_in(data(f"content/{site.id}/{DECLINED}"), site.id)
        summary.diagnostics += problems
    if received := set(RECEIVED).intersection(scan.places):
        refused = {
            (one.path, one.line)
            for one in verdict.findings
            if one.severity is Severity.ERROR and (one.rule, one.path) not in rules.waived
        }
        summary.decisions, problems = decisions_of(root, site, received, refused)
        summary.diagnostics += problems
    for name in set(TICKETS).intersection(scan.places):
        path = f"content/{site.id}/{name}"
        summary.diagnostics += tickets_of(data(path), path, site.id)[1]
    summary.outward = [list(pair) for pair in verdict.outward]
    summary.entrances, summary.switched = verdict.entrances, verdict.switched
    summary.policy_digest = policy_digest
    return summary


_NAMED = frozenset({"articles", "pictures", "files", "others", "pages", "urls", "keywords"})
"""Further fields of an article whose text may change without another page: what it links to, and its keywords, which are no text."""


def _only_texts(scan: SiteScan, old: Summary, site: Site, rules: ClusterRules) -> bool:
    """Whether the verdict and the summary are the same as before but for the texts of articles that only their own pages show.

    That of an article with more fields than news have, with an approval or on its way to other sites is asked for again, and
    where a link leads to a place in it.
    """
    if not scan.before or scan.before != old.digest or site.id in rules.proofs or site.id in rules.moved:
        return False
    base = len(f"content/{site.id}/")
    places = {path[base:] for path in scan.edited}
    for row in scan.rows:
        if row.source_path in scan.edited:
            places.add(row.path)
            if row.kind != "news" or row.push_down or not _NAMED.issuperset(row.extra):
                return False
    aimed = (
        local_path(row.folder, address) if address else row.path
        for row in scan.rows
        for address, _ in row.extra.get("anchors", ())
    )
    said = {(one.path, one.line, one.rule) for one in scan.content_findings}
    return (
        not any(":" in path for path in scan.edited)
        and places.isdisjoint(aimed)
        and scan.edited.keys().isdisjoint(row.source_path for row in old.headlines)
        and all((one.path, one.line, one.rule) in said for one in old.diagnostics if one.path in scan.edited)
    )


def source_lists(rules: ClusterRules, site: Site) -> Sources:
    """Where the site's reposts may come from: the list of its profile, the sites of this cluster and its partners, the national portal."""
    return Sources(rules.media.get(site.profile, Media()), (*rules.urls, *rules.homes))


def _moved(root: Path, site: Site, rules: ClusterRules) -> Callable[[Article], str]:
    files = rules.moved.get(site.id)
    if files is None:
        return lambda _: ""
    return lambda row: files.state(row, lambda path: (root / path).read_bytes())


def _proofs(root: Path, site: Site, scan: SiteScan, cache: Cache, rules: ClusterRules) -> RejectedRecords:
    if site.id not in rules.proofs:
        return lambda _: {}
    from jiyue.build.review_evidence import Proofs  # noqa: PLC0415  (reads git's history)

    files = {attachment.path: attachment.digest for attachment in scan.attachments}
    return Proofs(root, site, scan.rows, cache, rules.sites, files)
