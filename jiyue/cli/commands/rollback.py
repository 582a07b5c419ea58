"""`jiyue rollback`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jiyue.cli.common import Root, Today, known_sites, moment
from jiyue.cli.publishing import Key, Wait, cluster_at, refusals, show_outcomes
from jiyue.publish.cluster import maker_of
from jiyue.publish.publisher import publish_rollback


def rollback(
    site: Annotated[str, typer.Argument(help="站点编号")],
    to: Annotated[str, typer.Option("--to", help="退回哪个版本，默认为前一个")] = "",
    reason: Annotated[str, typer.Option("--reason", help="原因，记入版本")] = "",
    root: Root = Path(), key: Key = None, wait: Wait = 0, today: Today = "",
) -> None:  # fmt: skip
    """把一个站点退回以前的版本；此后撤下的内容不会回来。"""
    known_sites(root, [site])
    cluster = cluster_at(root)
    with refusals():
        maker = maker_of(cluster, moment(today), key)
        report = publish_rollback(cluster, site, maker, to=to, reason=reason, wait=wait)
    show_outcomes(report.outcomes, "text", root)
    for outcome in report.outcomes:
        if outcome.live:
            print(f"{site}：{outcome.live.before} → {outcome.live.now}")
            print(f"没有带回已撤下的 {len(outcome.live.dropped)} 个文件，清理了 {len(outcome.live.cleaned)} 个文件。")
            print("请尽快改好内容，再运行 jiyue build 和 jiyue publish。")
    raise SystemExit(0 if report.ok else 1)
