"""What of one site may go out: the findings of its scan, the chain of review and the links put together.

A waiver is honoured before anything is withheld; what it lets pass is taken out of the report at the end (waivers.py),
so that unused ones can be told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from jiyue.base.diagnostics import RULES, Diagnostic, Severity
from jiyue.base.reason import Reason, hardest
from jiyue.catalogue.article import Article
from jiyue.catalogue.links import Targets, asked
from jiyue.catalogue.scan import SiteScan
from jiyue.checks.article.anchors import place_findings
from jiyue.checks.article.editions import edition_findings
from jiyue.checks.article.future import future_findings
from jiyue.checks.article.links import dead_findings, path_on
from jiyue.checks.article.officers import folder_findings
from jiyue.checks.article.review import Waiting, judge_review, review_lines, withdrawal_findings
from jiyue.checks.attachment.visibility import hidden_files, picture_findings, unused_findings
from jiyue.registry.site import Site

Waived = frozenset[tuple[str, str]]
"""(rule, path) of the waivers in force."""


def reason_of(rule: str, *, urgent: bool) -> Reason:
    """Why an article with an error of this rule is kept back.

    urgent: of an emergency notice, the wording that was approved last stays until a new one is.
    """
    if (
        rule not in RULES
    ):  # a cached finding; the readers of attachments are imported only here and where files are read
        from jiyue.checks import declared  # noqa: F401, PLC0415
    reason = RULES[rule].reason
    return Reason.ERROR if urgent and reason is Reason.UNAPPROVED else reason


@dataclass
class Verdict:
    """withheld: source path -> reason (of a file also the clock's, or NONE where nothing public refers to it).
    moments: when the verdict may change by the clock.

    outward: (source path, complete address) of links to other sites of the cluster, and to lists and standing pages of its
    own, which only the cluster can judge.
    """

    withheld: dict[str, Reason] = field(default_factory=dict)
    found: list[Diagnostic] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    moments: list[str] = field(default_factory=list)
    outward: list[tuple[str, str]] = field(default_factory=list)


Unproven = Callable[[Article], Mapping[str, str]]
"""The steps of an article whose record does not count, and why (jiyue.build.review_evidence); so for `withdraw`."""


def judge(
    scan: SiteScan,
    site: Site,
    waived: Waived,
    now: str,
    read: Callable[[str], str],
    urls: list[str],
    unproven: Unproven = lambda _: {},
) -> Verdict:
    """The verdict on a site. read: source path -> text, called only where a finding needs its line. urls: all sites'."""
    verdict = Verdict(found=list(scan.spoken))
    for found in scan.diagnostics:
        if found.severity is Severity.ERROR:
            verdict.withheld[found.path] = Reason.ERROR
    for row in scan.rows:
        bare = unproven(row)
        review = judge_review(row, site, now, None, bare)
        if review.found:
            review = judge_review(row, site, now, review_lines(read(row.source_path)), bare)
        early, moments = future_findings(row, now, read)
        verdict.found += [*review.found, *early, *withdrawal_findings(row, bare)]
        verdict.moments += [*review.moments, *moments]
        if review.waiting:
            verdict.waiting.append(review.waiting)
        for url in row.extra.get("urls", ()):
            if any(path_on(base, url) is not None for base in urls):
                verdict.outward.append((row.source_path, url))
        verdict.outward += [(row.source_path, url) for _, url in asked(site.url, row)]
    emergencies = {row.source_path for row in scan.rows if row.extra.get("emergency")}
    for found in verdict.found:
        if found.severity is Severity.ERROR and (found.rule, found.path) not in waived:
            reason = reason_of(found.rule, urgent=found.path in emergencies)
            verdict.withheld[found.path] = hardest(verdict.withheld.get(found.path, Reason.NONE), reason)
    targets = Targets(scan, verdict.withheld, now)
    strict = site.broken_links == "error"
    for row in scan.rows:
        said = dead_findings(row, targets.dead(row), read, strict)
        verdict.found += said
        for found in said:
            if found.severity is Severity.ERROR and (found.rule, found.path) not in waived:
                verdict.withheld.setdefault(found.path, Reason.ERROR)
    verdict.found += place_findings(scan, read)
    verdict.found += edition_findings(scan.rows, site, read)
    hidden = hidden_files(scan, site, verdict.withheld, now, read)
    verdict.found += unused_findings(scan, hidden, read)
    verdict.withheld |= hidden
    verdict.found += picture_findings(scan, site, verdict.withheld, now, read)
    verdict.found += folder_findings(site, (row.column for row in scan.rows))
    return verdict
