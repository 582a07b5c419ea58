"""Decides what of a site may be published, from the findings of its scan, the review records and the links.

The checks that need more than one file's bytes are called here, in `site_verdict`; the others in runner.py. A waived
finding withholds nothing but stays in the list: waivers.py removes it from the report and reports waivers without one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from jiyue.base.diagnostics import RULES, Diagnostic, Severity
from jiyue.base.reason import Reason, hardest
from jiyue.catalogue.article import Article
from jiyue.catalogue.editions import language
from jiyue.catalogue.links import Targets, cluster_links
from jiyue.catalogue.parity import Parity, entrance, parities, switched
from jiyue.catalogue.scan import SiteScan
from jiyue.checks.article.ai_labels import labelled_findings
from jiyue.checks.article.anchors import place_findings
from jiyue.checks.article.data_blocks import block_file_findings
from jiyue.checks.article.documents import validity_findings
from jiyue.checks.article.duties import duty_findings
from jiyue.checks.article.editions import closed_findings, edition_findings
from jiyue.checks.article.future import future_findings
from jiyue.checks.article.links import dead_findings, path_on
from jiyue.checks.article.officers import folder_findings
from jiyue.checks.article.posters import poster_findings
from jiyue.checks.article.reposts import ANYWHERE, Sources, repost_findings
from jiyue.checks.article.review import ReviewResult, Waiting, check_review, review_lines, withdrawal_findings
from jiyue.checks.attachment.visibility import hidden_files, picture_findings, unused_findings
from jiyue.registry.site import Site

Waived = frozenset[tuple[str, str]]
"""(rule, path) of the waivers in force."""


def reason_of(rule: str, *, urgent: bool) -> Reason:
    """Why an error of this rule withholds an article.

    urgent: the article is an emergency notice; its last approved wording stays until a new one is approved.
    """
    if (
        rule not in RULES
    ):  # a cached finding; the readers of attachments are imported only here and where files are read
        from jiyue.checks import declared  # noqa: F401, PLC0415  (declares every rule: 50 ms)
    reason = RULES[rule].reason
    return Reason.ERROR if urgent and reason is Reason.UNAPPROVED else reason


@dataclass
class Verdict:
    """The verdict on a site.

    withheld: source path -> reason (for a file it may come from the clock; NONE if nothing public refers to the file).
    moments: the times at which the verdict may change. outward: (source path, complete address) of links to other sites
    of the cluster, and to lists and utility pages of this one, which only the cluster can check. entrances: language of an open
    edition -> path of the page on which it begins; switched: of a closed one -> paths of the pages that would lead to it.
    """

    withheld: dict[str, Reason] = field(default_factory=dict)
    findings: list[Diagnostic] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    moments: list[str] = field(default_factory=list)
    outward: list[tuple[str, str]] = field(default_factory=list)
    entrances: dict[str, str] = field(default_factory=dict)
    switched: dict[str, list[str]] = field(default_factory=dict)


RejectedRecords = Callable[[Article], Mapping[str, str]]
"""Article -> (step or `withdraw` -> why its record doesn't count), see jiyue.build.review_evidence."""


def site_verdict(
    scan: SiteScan,
    site: Site,
    waived: Waived,
    now: str,
    read: Callable[[str], str],
    data: Callable[[str], bytes],
    urls: list[str],
    rejected_records: RejectedRecords = lambda _: {},
    sources: Sources = ANYWHERE,
    moved: Callable[[Article], str] = lambda _: "",
) -> Verdict:
    """The verdict on a site. read, data: source path -> text, bytes, called only where a
    finding needs them. urls: all sites'. sources: of reposts. moved: whether an article belongs to a batch of migrated files
    that is `approved` or `waiting`, which has one finding for all of it; else ''."""
    verdict = Verdict(findings=labelled_findings(scan, scan.content_findings))
    for finding in scan.diagnostics:
        if finding.severity is Severity.ERROR:
            verdict.withheld[finding.path] = Reason.ERROR
    for row in scan.rows:
        rejected = rejected_records(row)
        batch = moved(row)
        review = ReviewResult([], None, []) if batch else check_review(row, site, now, None, rejected)
        if batch == "waiting":
            verdict.withheld[row.source_path] = Reason.UNAPPROVED
        if review.findings:
            review = check_review(row, site, now, review_lines(read(row.source_path)), rejected)
        early, moments = future_findings(row, now, read)
        early += validity_findings(row, now, read, moved=batch == "approved")
        owed, due = duty_findings(row, now, read)
        early += owed
        moments += due
        early += repost_findings(row, site, sources, read)
        verdict.findings += [*review.findings, *early, *withdrawal_findings(row, rejected)]
        verdict.moments += [*review.moments, *moments]
        if review.waiting:
            verdict.waiting.append(review.waiting)
        for url in row.extra.get("urls", ()):
            if any(path_on(base, url) is not None for base in urls):
                verdict.outward.append((row.source_path, url))
        verdict.outward += [(row.source_path, url) for _, url in cluster_links(site.url, row)]
    emergencies = {row.source_path for row in scan.rows if row.extra.get("emergency")}
    for finding in _withholding(verdict.findings, waived):
        reason = reason_of(finding.rule, urgent=finding.path in emergencies)
        verdict.withheld[finding.path] = hardest(verdict.withheld.get(finding.path, Reason.NONE), reason)
    for parity in parities(scan.rows, site, verdict.withheld, now):
        _open_or_close(verdict, scan, site, parity, now)
    targets = Targets(scan, verdict.withheld, now)
    strict = site.broken_links == "error"
    for row in scan.rows:
        dead = dead_findings(row, targets.dead(row), read, strict)
        verdict.findings += dead
        for finding in _withholding(dead, waived):
            verdict.withheld.setdefault(finding.path, Reason.ERROR)
    verdict.findings += place_findings(scan, read)
    verdict.findings += block_file_findings(scan, read, data)
    verdict.findings += edition_findings(scan.rows, site, read)
    verdict.findings += poster_findings(scan.rows, site, read)
    hidden = hidden_files(scan, site, verdict.withheld, now, read)
    verdict.findings += unused_findings(scan, hidden, read)
    verdict.withheld |= hidden
    verdict.findings += picture_findings(scan, site, verdict.withheld, now, read)
    verdict.findings += folder_findings(site, (row.column for row in scan.rows))
    return verdict


def _open_or_close(verdict: Verdict, scan: SiteScan, site: Site, parity: Parity, now: str) -> None:
    """Withhold the articles of an edition that is closed; note where readers enter one that is open."""
    lang = parity.edition.lang
    verdict.moments += [parity.next] if parity.next else []
    if not parity.closed:
        verdict.entrances[lang] = entrance(scan.rows, site, lang, verdict.withheld, now)
        return
    verdict.switched[lang] = switched(scan.rows, site, lang)
    rows = [row for row in scan.rows if language(row, site) == lang]
    if rows or parity.edition.columns:  # else the site has none and leads to the province's
        verdict.findings += closed_findings(parity, site)
    for row in rows:
        reason = verdict.withheld.get(row.source_path, Reason.NONE)
        verdict.withheld[row.source_path] = hardest(reason, Reason.EDITION)


def _withholding(findings: Iterable[Diagnostic], waived: Waived) -> Iterator[Diagnostic]:
    """The errors that aren't waived."""
    return (d for d in findings if d.severity is Severity.ERROR and (d.rule, d.path) not in waived)
