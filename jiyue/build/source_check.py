"""All checks before rendering, for `jiyue check` and `jiyue review`."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from jiyue.base import clock
from jiyue.base.cache import Cache
from jiyue.base.diagnostics import Diagnostic, in_order
from jiyue.build.affected import export_staged, staged_paths
from jiyue.build.alerts import waiting_alerts
from jiyue.build.batches import moved_files
from jiyue.build.changed_check import changed_findings, file_findings
from jiyue.build.findings import findings_before_rendering, of_chosen
from jiyue.build.linking import link_sites
from jiyue.build.options import Known, Options, Progress, Report
from jiyue.build.page_findings import page_findings
from jiyue.build.registers import findings_across, register_findings
from jiyue.build.registry_cache import recall_registry
from jiyue.build.scanning import scan_all
from jiyue.build.sheet import sheet_findings
from jiyue.catalogue.sources import located
from jiyue.catalogue.summary import Summary
from jiyue.checks.article.review import Waiting
from jiyue.checks.repository.path_names import name_findings, name_problem
from jiyue.registry.load import load_registry
from jiyue.registry.site import REGISTERS, ClusterBroken, Registry
from jiyue.registry.url_ledger import check_removed
from jiyue.upstream.sources import read_sources


def mail_findings(root: Path) -> list[Diagnostic]:
    """What is wrong with the settings of mail, so that no password is committed; nothing where the cluster sends none."""
    if not (root / "sites" / "mail.yaml").is_file():
        return []
    from jiyue.registry.mail import FILE, read_settings  # noqa: PLC0415  (pydantic: few clusters send mail)

    return read_settings(root / FILE, FILE)[1]


def check(
    options: Options, progress: Progress = lambda *_: None, *, external: bool = False, pages: bool = False
) -> Report:
    """Check everything before rendering: registry, scan, verdicts, links, dates.

    external: also try links to other hosts. pages: also check the finished pages in the output.
    """
    report = Report()
    now = options.now or clock.now()
    try:
        registry = load_registry(options.root)
        cache = Cache(options.root / ".jiyue" / "store" if options.cache else None)
        registry, summaries = scan_all(options, registry, cache, progress)
    except ClusterBroken as problem:
        report.diagnostics, report.failed = in_order(problem.diagnostics), ["cluster"]
        return report
    linkage = link_sites(options.root, registry, summaries, cache, now)
    registry = linkage.registry
    report.sites = len(registry.sites)
    report.known = Known(registry, summaries)
    more = [
        *linkage.findings,
        *check_removed(options.root, registry.urls, registry.former_ids),
        *read_sources(options.root, registry)[1],
        *mail_findings(options.root),
    ]
    more += register_findings(options.root, registry, now)
    more += findings_across(options.root, registry, summaries, cache, now)
    more += sheet_findings(options.root, registry)
    if (options.root / REGISTERS).is_dir():
        from jiyue.build.exceptions import exception_findings  # noqa: PLC0415  (pydantic: only where there is a register)

        more += exception_findings(options.root, registry, now)
    if external:
        from jiyue.build.external_links import external_findings  # noqa: PLC0415  (only where it is cluster_links for)

        more += external_findings(options.root, registry, cache, now)
    if pages:
        more += page_findings(options, registry)
    findings = findings_before_rendering(options, registry, summaries, more)
    report.diagnostics = in_order(located(options.root, findings))
    return report


def check_files(options: Options, base: str, actor: str = "", *, signed: bool = False) -> Report:
    """Check only what changed since base, rights included, or, if base is '', what is staged."""
    report = Report()
    cache = Cache(options.root / ".jiyue" / "store")
    now = options.now or clock.now()
    try:
        registry = recall_registry(options.root, cache)
    except ClusterBroken as problem:
        report.diagnostics, report.failed = in_order(problem.diagnostics), ["cluster"]
        return report
    if base:
        findings = changed_findings(options.root, registry, base, now, actor, signed=signed)
    else:
        paths = [path for path in staged_paths(options.root) if path.startswith(("content/", "sites/"))]
        with TemporaryDirectory(prefix="jiyue-staged-") as folder:  # the working tree may differ from the index
            safe = [path for path in paths if not name_problem(path)]
            files = export_staged(options.root, safe, Path(folder))
            findings = [*name_findings(paths), *file_findings(options.root, registry, safe, now, files=files)]
            findings += registry.diagnostics
    findings += check_removed(options.root, registry.urls, registry.former_ids)
    report.sites = len(registry.sites)
    report.diagnostics = in_order(located(options.root, of_chosen(options, findings)))
    return report


def summaries_of(options: Options, registry: Registry) -> dict[str, Summary]:
    """The summary of every site, from the cache where nothing changed."""
    return scan_all(options, registry, Cache(options.root / ".jiyue" / "store"), lambda *_: None)[1]


def waiting(options: Options) -> list[Waiting]:
    """The articles, alerts and migrated batches of the chosen sites that wait for review, the oldest first. Raises ClusterBroken."""
    registry = load_registry(options.root)
    cache = Cache(options.root / ".jiyue" / "store")
    registry, summaries = scan_all(options, registry, cache, lambda *_: None)
    chosen = options.sites or tuple(registry.sites)
    rows = [Waiting(*row) for site in chosen if site in summaries for row in summaries[site].waiting]
    alerts = waiting_alerts(options.root, registry, cache, options.now or clock.now())
    batches = moved_files(options.root, registry, cache, options.now or clock.now())[2]
    rows += [row for row in (*alerts, *batches) if row.site in chosen]
    return sorted(rows, key=lambda row: (row.date, row.path))
