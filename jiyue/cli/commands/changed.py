"""`jiyue changed`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from jiyue.build.affected import changed_paths, changed_sites, pushing_paths
from jiyue.build.affected import shards as grouped
from jiyue.cli.common import Root, usage
from jiyue.cli.publishing import cluster_at


def changed(
    base: Annotated[str, typer.Argument(help="从哪个提交算起；不写就是全部站点", show_default=False)] = "",
    shards: Annotated[int, typer.Option("--shards", min=1, help="分成几组；每个站点总在同一组")] = 1,
    shard: Annotated[int | None, typer.Option("--shard", min=0, help="只列出这一组的站点，从 0 起")] = None,
    root: Root = Path(),
) -> None:
    """列出改动涉及的站点，分成若干组（JSON），供 CI 并行；用 --shard 时是空格分开的一组。"""
    if shard is not None and shard >= shards:
        usage(f"--shard 从 0 起，应小于 --shards（{shards}）")
    registry = cluster_at(root).registry
    sites = list(registry.sites)
    if base:
        try:
            paths = changed_paths(root, base)
            gathering = [site.id for site in registry.sites.values() if any(c.gather for c in site.columns)]
            sites = changed_sites(paths, sites, registry.cluster.root, pushing_paths(root, base, paths), gathering)
        except ValueError as problem:
            why = str(problem).partition("\n")[0]
            print(f"无法与 {base} 比较，按全部站点计算：{why}", file=sys.stderr)
    groups = grouped(sites, shards)
    if shard is None:
        rows = [{"shard": number, "sites": " ".join(group)} for number, group in groups.items()]
        print(json.dumps(rows, ensure_ascii=False))
    else:
        print(" ".join(groups.get(shard, ())))
