"""The step between scan and plan: what happens between the sites of the cluster, as facts for the build of each.

Build, check and plain Pelican take the same step, so what one of them finds the others find.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from jiyue.base.cache import Cache
from jiyue.base.diagnostics import Diagnostic
from jiyue.build.batches import moved_files
from jiyue.catalogue.alerts import FOLDER as ALERTS
from jiyue.catalogue.documents import Elsewhere
from jiyue.catalogue.summary import Summary
from jiyue.linkage.alerts import Alerts
from jiyue.linkage.gathering import Gathered
from jiyue.linkage.push_down import Linked, Pushed, link
from jiyue.linkage.report_up import Answers, Reported, link_reports, merged
from jiyue.registry.site import Registry


class Linkage(NamedTuple):
    """What sites get from each other.

    registry: the registry, without notices that may not be shown. arrived: site -> articles of others that it shows.
    dead: complete addresses of dead links. elsewhere: site -> what it has to know of documents of others. gathered: site -> what
    its topics list of others. alerts: site ->
    the messages in force. pushed, reported: for receipts. findings: of all.
    """

    registry: Registry
    arrived: dict[str, list[Pushed]]
    dead: frozenset[str]
    elsewhere: dict[str, Elsewhere]
    gathered: dict[str, tuple[Gathered, ...]]
    alerts: Alerts
    pushed: Linked
    reported: Reported
    findings: list[Diagnostic]


def link_sites(root: Path, registry: Registry, summaries: dict[str, Summary], cache: Cache, now: str) -> Linkage:
    """Find everything that sites get from each other at the moment now. What no site uses isn't even imported."""
    pushed = link(registry, summaries, now)
    outside: Answers | None = None
    stored: list[Diagnostic] = []
    if registry.partners:
        from jiyue.linkage.exchange import answers, exchange_findings  # noqa: PLC0415  (only where clusters exchange articles)

        outside, stored = answers(root, registry), exchange_findings(root, registry)
    reported = link_reports(registry, summaries, now, outside)
    arrived = merged(pushed.arrived, reported.arrived)
    findings = [*pushed.findings, *reported.findings, *stored]

    findings += moved_files(root, registry, cache, now)[1]
    alerts: Alerts = None
    if (root / ALERTS).is_dir() or any(site.notice or site.closing for site in registry.sites.values()):
        from jiyue.build.alerts import link_alerts, without_bad_notices  # noqa: PLC0415  (only where a cluster has some)

        registry, more = without_bad_notices(root, registry, cache, now)
        alerts, found = link_alerts(root, registry, cache, now)
        findings += [*more, *found]

    gathered: dict[str, tuple[Gathered, ...]] = {}
    if any(column.gather for site in registry.sites.values() for column in site.columns):
        from jiyue.build.gathering import gather  # noqa: PLC0415  (only where topics gather articles)

        gathered, more = gather(root, registry, summaries, cache, now)
        findings += more

    dead: frozenset[str] = frozenset()
    own = any(site.promoted or site.notice or site.closing for site in registry.sites.values())
    if own or any(s.outward for s in summaries.values()) or any((alerts or {}).values()):
        from jiyue.build.crosslinks import cross_links  # noqa: PLC0415  (only where sites link to each other)

        dead, more = cross_links(root, registry, summaries, arrived, cache, now, alerts, gathered)
        findings += more

    elsewhere: dict[str, Elsewhere] = {}
    if arrived or any(s.documents or s.index_numbers for s in summaries.values()):
        from jiyue.build.documents import link_documents  # noqa: PLC0415  (rules: few clusters name documents)

        elsewhere, more = link_documents(root, registry, summaries, arrived, cache, now)
        findings += more
    return Linkage(registry, arrived, dead, elsewhere, gathered, alerts, pushed, reported, findings)
