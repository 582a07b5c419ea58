"""`jiyue schedule`."""

from __future__ import annotations

from pathlib import Path

from jiyue.base.diagnostics import Diagnostic
from jiyue.build.options import Options
from jiyue.build.source_check import summaries_of
from jiyue.catalogue.schedule import overdue
from jiyue.cli.common import Format, Root, Today, moment, show
from jiyue.cli.publishing import cluster_at
from jiyue.publish.cluster import published_urls
from jiyue.publish.release.batch import failed_outcome


def schedule(root: Root = Path(), today: Today = "", format: Format = "text") -> None:
    """检查定时发布、到期下线的内容是否按时上线、下线；逾期以 1 结束。"""
    now, cluster = moment(today), cluster_at(root)
    live: dict[str, set[str]] = {}
    unread: list[Diagnostic] = []
    for site in cluster.registry.sites:
        try:
            live |= {site: published_urls(cluster, site)} if cluster.store.live_id(site) else {}
        except Exception as cause:  # must not stop other sites
            unread += failed_outcome(site, cause).diagnostics
    summaries = summaries_of(Options(root, cluster.output, jobs=1), cluster.registry)
    items = [item for summary in summaries.values() for item in summary.schedule()]
    findings = [*unread, *overdue(items, live, now)]
    show(findings, format)
    if format == "text":
        print(f"有时间安排的内容 {len(items)} 项，逾期 {len(findings)} 项。")
    raise SystemExit(1 if findings else 0)
