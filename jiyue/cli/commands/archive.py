"""`jiyue archive`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from jiyue.cli.common import Root, moment, usage
from jiyue.cli.publishing import cluster_at, refusals


def archive(
    site: Annotated[str, typer.Argument(help="站点编号，撤销了的站点也可以")],
    at: Annotated[
        str, typer.Option("--at", help="哪一天（当天结束时）或哪一刻，如 2026-11-20 或 2026-11-20T09:00；默认现在")
    ] = "",
    to: Annotated[Path | None, typer.Option("--to", help="归档放到哪个目录，默认为 .jiyue/archive")] = None,
    root: Root = Path(),
) -> None:
    """把一个站点某一天的网页归档：WARC、原样文件和清单，多年以后还能打开。"""
    from jiyue.archive.make import make_archive  # noqa: PLC0415  (warcio: only here)

    when = moment(at)
    if at and ":" not in at:
        when += timedelta(days=1, seconds=-1)
    cluster = cluster_at(root)
    if site not in cluster.store.sites():
        usage(f"站点「{site}」还没有发布过，没有可以归档的版本")
    with refusals():
        made = make_archive(cluster, site, when, to or cluster.work / "archive")
    print(f"{site}：{when:%Y-%m-%d %H:%M} 在线的版本 {made.release}")
    print(f"{made.pages} 个网页，共 {made.files} 个文件；{made.redirects} 个旧网址跳转，{made.gone} 个已删除。")
    if made.removed:
        print(f"此后撤下的 {made.removed} 个文件没有收入归档。")
    print(f"{'已归档到' if made.new else '已经有同样的归档'} {made.folder}")
    for name in made.others:
        print(f"同一天另有内容不同的归档 {name}：此后有内容撤下的，请删去旧的。")
