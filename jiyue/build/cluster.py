"""Builds the cluster: registry, scan, linkage, plan, render, report, in the order of the data flow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from jiyue.base import clock, patterns
from jiyue.base.cache import Cache
from jiyue.base.diagnostics import in_order
from jiyue.base.verified_read import Changed
from jiyue.build.findings import findings_before_rendering
from jiyue.build.linking import link_sites
from jiyue.build.options import Known, Options, Progress, Report
from jiyue.build.output_root import foreign, remove_others, write_internal, write_receipts, write_reports
from jiyue.build.planning import make_tasks, output_key
from jiyue.build.registry_cache import recall_registry
from jiyue.build.rendering import loading, render_all
from jiyue.build.scanning import scan_all
from jiyue.build.task import SiteTask
from jiyue.build.withheld import withheld_rows, write_withheld
from jiyue.catalogue.summary import Summary
from jiyue.catalogue.withholding import BUILDING
from jiyue.linkage.report_up import Reported
from jiyue.registry.site import ClusterBroken, Registry
from jiyue.render.theme import assets as themes


def build(
    options: Options,
    progress: Progress = lambda *_: None,
    known: Known | None = None,
    touched: frozenset[str] = frozenset(),
) -> Report:
    """Bring the output of the chosen sites up to date. Raises jiyue.base.cache.Busy if another build is running.

    known: the state of this process's last build; if given, only the sites in touched are scanned.
    """
    cache = Cache(options.root / ".jiyue" / "store")
    with cache.locked() as writable:
        report = _build(options, cache if options.cache and writable else Cache(None), progress, known, touched)
        report.messages = list(dict.fromkeys([*cache.messages, *report.messages]))
        patterns.keep()
        return report


def _build(options: Options, cache: Cache, progress: Progress, known: Known | None, touched: frozenset[str]) -> Report:
    report = Report()
    if not known:  # a preview passes its known state only if the theme hasn't changed (jiyue.preview.watcher)
        themes.forget()
    try:
        with report.timed("站点登记"):
            registry = known.registry if known else recall_registry(options.root, cache)
    except ClusterBroken as problem:
        report.diagnostics = in_order(problem.diagnostics)
        report.failed = ["cluster"]
        return report
    in_the_way = foreign(options, registry, cache)
    if in_the_way:
        report.diagnostics, report.failed = [in_the_way], ["cluster"]
        return report
    with report.timed("扫描"):
        steps = loading(options, cache)
        old = known.summaries if known else None
        try:
            complete = registry  # a preview retries failed scans
            registry, summaries = scan_all(options, complete, cache, progress, old, touched, steps)
        except ClusterBroken as problem:
            report.diagnostics, report.failed = in_order(problem.diagnostics), ["cluster"]
            return report
    report.known = Known(complete, summaries)
    with report.timed("关联和计划"):
        linkage = link_sites(options.root, registry, summaries, cache, options.now or clock.now())
        registry = linkage.registry
    check_seconds = sum(summary.check_seconds for summary in summaries.values())
    if check_seconds:
        report.seconds["  其中内容检查"] = check_seconds
    tasks = make_tasks(options, registry, summaries, linkage, cache)
    report.sites = len(tasks)
    report.diagnostics = findings_before_rendering(options, registry, summaries, linkage.findings)
    write_internal(
        options, registry, summaries
    )  # before rendering: after an interruption the folder is still known as ours
    write_receipts(options, registry, linkage.pushed)
    _write_reports(options, registry, summaries, linkage.reported)
    with report.timed("生成"):
        render_all(options, tasks, summaries, cache, report, progress)
    rows = withheld_rows(options.root, registry, summaries, report.failed, options.now or clock.now(), report.messages)
    write_withheld(options.output, rows, registry, summaries, options.sites)
    with report.timed("全站群搜索"):
        if registry.cluster.search:
            whole = replace(options, sites=())
            _search_everywhere(
                options,
                registry,
                cache,
                report,
                partial(make_tasks, whole, registry, summaries, linkage, cache),
            )
    if not options.sites:
        remove_others(options, registry, cache)
    (options.output / BUILDING).unlink(missing_ok=True)
    if any(":" in finding.path for finding in report.diagnostics):
        from jiyue.catalogue.sources import located  # noqa: PLC0415  (10 ms, only where a row of a ledger has a finding)

        report.diagnostics = located(options.root, report.diagnostics)
    report.diagnostics = in_order(report.diagnostics)
    report.failed = sorted({*report.failed, *(s for s in registry.broken if not options.sites or s in options.sites)})
    return report


def _search_everywhere(
    options: Options, registry: Registry, cache: Cache, report: Report, tasks: Callable[[], list[SiteTask]]
) -> None:
    from jiyue.build.cluster_search import build_cluster_search  # noqa: PLC0415  (20 ms, only where the cluster is searched)
    from jiyue.build.site import changed_since  # noqa: PLC0415  (66 ms, only where a site is opened)

    key, digests = output_key(options), report.search_digests
    try:
        build_cluster_search(options.output, options.root, registry, key, cache, report.results, digests, tasks)
    except Changed as changed:
        report.diagnostics.append(changed_since(changed, options.root, registry.cluster.root))
        report.failed.append(registry.cluster.root)


def _write_reports(options: Options, registry: Registry, summaries: dict[str, Summary], reported: Reported) -> None:
    reports = reported.reports
    if registry.partners:
        from jiyue.build.inbox import outside_reports  # noqa: PLC0415  (only where clusters exchange articles)

        reports = [*reports, *outside_reports(options.root, registry, summaries, options.now or clock.now())]
    write_reports(options, reports)


def tasks_for(options: Options) -> list[SiteTask]:
    """The tasks of the chosen sites without building them (plain `pelican` runs one of them)."""
    try:
        registry = recall_registry(options.root, Cache(None))
    except ClusterBroken as problem:
        raise SystemExit("\n".join(str(d) for d in problem.diagnostics)) from None
    registry, summaries = scan_all(options, registry, Cache(None), lambda *_: None)
    linkage = link_sites(options.root, registry, summaries, Cache(None), options.now or clock.now())
    return make_tasks(options, linkage.registry, summaries, linkage, Cache(None))


def sites_of(registry: Registry, wanted: Iterable[str]) -> list[str]:
    """The ids in `wanted` that are not sites."""
    return [site for site in wanted if site not in registry.sites and site not in registry.broken]


def as_json(report: Report) -> list[dict[str, Any]]:
    """The diagnostics in their published JSON form."""
    return [d.as_json() for d in report.diagnostics]
