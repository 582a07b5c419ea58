"""`jiyue latency`: how quickly sites repost, what is due, and when it is late."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from jiyue.base.diagnostics import Diagnostic
from jiyue.build.options import Options
from jiyue.build.source_check import summaries_of
from jiyue.checks.repository.late_reposts import late_finding
from jiyue.cli.called import shown
from jiyue.cli.common import Root, Sites, Today, known_sites, now_text, show
from jiyue.cli.publishing import cluster_at
from jiyue.linkage.latency import FEWEST, Repost, Timeliness, figures, open_reposts, ranking
from jiyue.publish.repost_times import repost_times

_HEADS = {
    Timeliness.AIM: "力争时限内", Timeliness.HOURS: "小时时限内", Timeliness.WORKING_DAYS: "工作日时限内",
    Timeliness.LATE: "逾期", Timeliness.WAITING: "等待发布", Timeliness.UNDECIDED: "不能判定",
}  # fmt: skip
_SHOWN = 50


def latency(
    sites: Sites = None,
    root: Root = Path(),
    today: Today = "",
    json_: Annotated[bool, typer.Option("--json", help="输出 JSON，含每一篇")] = False,
) -> None:
    """统计转载时效：各站点几小时内转载、逾期几篇、哪些还没有公开；有逾期未公开的以 1 结束。"""
    known_sites(root, sites)
    cluster, now = cluster_at(root), now_text(today)
    summaries = summaries_of(Options(root, cluster.output, now=now), cluster.registry)
    chosen = [name for name in cluster.registry.sites if name in summaries and (not sites or name in sites)]
    reposts = repost_times(cluster, summaries, chosen, now)
    waiting = open_reposts(reposts)
    late = [one for one in waiting if one.judged.kind is Timeliness.LATE]
    done = [one for one in reposts if one.public and one.judged.kind is Timeliness.LATE]
    report = _report(cluster.registry.sites, chosen, reposts)
    if json_:
        rows = [_row(one) for one in reposts]
        print(json.dumps({"as_of": now, "sites": report, "reposts": rows}, ensure_ascii=False, indent=1))
    else:
        _show(report, reposts, waiting)
        show([_finding(one) for one in done[:_SHOWN]], "text")
        print(f"转载和接收推送 {len(reposts)} 篇，还没有公开 {len(waiting)} 篇，其中逾期 {len(late)} 篇。")
    raise SystemExit(1 if late else 0)


def _report(sites: Any, chosen: list[str], reposts: list[Repost]) -> list[dict[str, Any]]:
    by_site = {name: figures(one for one in reposts if one.site == name) for name in chosen}
    ranks = ranking(by_site, {name: sites[name].kind for name in chosen})
    return [
        {"site": name, "name": sites[name].name, "kind": sites[name].kind, "rank": ranks[name], **by_site[name]}
        for name in chosen
    ]


def _finding(one: Repost) -> Diagnostic:
    return late_finding(one.site, one.path, 0, one.published, one.public, one.judged)


def _row(one: Repost) -> dict[str, Any]:
    row = one._asdict()
    judged = row.pop("judged")
    return {**row, "class": judged.kind, "due": judged.due, "provisional": judged.provisional, "hours": one.hours}


def _show(report: list[dict[str, Any]], reposts: list[Repost], waiting: list[Repost]) -> None:
    table = Table("站点", *_HEADS.values(), "按时率", "中位数（小时）", "名次")
    for site in report:
        if not site["reposts"]:
            continue
        share = "" if site["share"] is None else f"{site['share']:.0%}"
        median = "" if site["median_hours"] is None else f"{site['median_hours']:g}"
        rank = f"{site['rank']}" if site["rank"] else f"不足 {FEWEST} 篇"
        table.add_row(site["name"], *(str(site[kind]) for kind in _HEADS), share, median, rank)
    if table.row_count:
        Console(width=None if sys.stdout.isatty() else 160, markup=False).print(table)
    for one in waiting[:_SHOWN]:
        state = "已经逾期" if one.judged.kind is Timeliness.LATE else "到期"
        maybe = "（节假日安排尚未公布，暂定）" if one.judged.provisional else ""
        what = "推送未公开" if one.pushed else "转载未公开"
        print(shown(f"{one.site}：{one.path} {one.title}　{what}，{one.judged.due} {state}{maybe}"))
    if len(waiting) > _SHOWN:
        print(f"……共 {len(waiting)} 篇，其余见 --json。")
    reasons = Counter(one.why for one in reposts if one.judged.kind is Timeliness.UNDECIDED)
    for why, count in reasons.most_common():
        print(f"不能判定 {count} 篇：{why}")
