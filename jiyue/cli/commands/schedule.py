"""`jiyue schedule`."""

from __future__ import annotations

from pathlib import Path

from jiyue.base.cache import Cache
from jiyue.base.diagnostics import Diagnostic
from jiyue.build.alerts import alert_schedule
from jiyue.build.options import Options
from jiyue.build.source_check import summaries_of
from jiyue.catalogue.schedule import overdue
from jiyue.cli.common import Format, Root, Today, moment, now_text, show
from jiyue.cli.publishing import cluster_at
from jiyue.publish.cluster import published_files
from jiyue.publish.release.batch import failed_outcome
from jiyue.registry.url_ledger import addresses


def schedule(root: Root = Path(), today: Today = "", format: Format = "text") -> None:
    """检查定时发布、到期下线的内容是否按时上线、下线；逾期以 1 结束。"""
    now, cluster = moment(today), cluster_at(root)
    live: dict[str, set[str]] = {}
    unread: list[Diagnostic] = []
    for site in cluster.registry.sites:
        try:
            live |= {site: _addresses(published_files(cluster, site))} if cluster.store.live_id(site) else {}
        except Exception as cause:  # must not stop other sites
            unread += failed_outcome(site, cause).diagnostics
    summaries = summaries_of(Options(root, cluster.output, jobs=1), cluster.registry)
    items = [item for summary in summaries.values() for item in summary.schedule()]
    items += alert_schedule(root, cluster.registry, Cache(root / ".jiyue" / "store"), now_text(today))
    findings = [*unread, *overdue(items, live, now)]
    show(findings, format)
    if format == "text":
        print(f"有时间安排的内容 {len(items)} 项，逾期 {len(findings)} 项。")
    raise SystemExit(1 if findings else 0)


def _addresses(files: set[str]) -> set[str]:
    """The addresses of pages, attachments and alerts."""
    return addresses(files) | {f"/{path}" for path in files if path.endswith(".cap.xml")}
