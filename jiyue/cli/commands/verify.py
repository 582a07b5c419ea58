"""`jiyue verify`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from jiyue.base.diagnostics import has_errors
from jiyue.cli.common import Format, Root, show, usage
from jiyue.cli.publishing import cluster_at, refusals
from jiyue.publish.release.signing import read_keys
from jiyue.publish.release.swap import highest_sequence
from jiyue.publish.release.verify import STRANGER, verify_with_manifest


def verify(
    places: Annotated[list[str] | None, typer.Argument(help="目录或网址；不写就是本机上线的全部站点")] = None,
    live: Annotated[bool, typer.Option("--live", help="按各站点的网址核对读者看到的内容")] = False,
    at_least: Annotated[int, typer.Option("--at-least", help="见过的最大版本序号；更旧的按重放报告")] = 0,
    root: Root = Path(), format: Format = "text",
) -> None:  # fmt: skip
    """核对线上每个字节是否与签名的清单一致。"""
    with refusals():
        keys = read_keys(root)
        wanted = [(place, "", at_least) for place in places or ()]
        if not wanted:
            cluster = cluster_at(root)
            store = cluster.store
            wanted = [
                (site.url if live else str(store.live_link(site.id)), site.id, highest_sequence(store, site.id))
                for site in cluster.registry.sites.values()
                if live or store.live_id(site.id)
            ]
    if not wanted:
        usage("没有上线的站点可核对：先运行 jiyue publish，或写明目录、网址")
    findings = []
    for place, site, least in wanted:
        manifest, problems = verify_with_manifest(place, keys, least)
        if manifest and site and manifest.site != site:
            hint = "检查服务器配置；若配置无误，按被篡改处理。"
            problems.append(STRANGER.at("", 0, f"这里是站点 {manifest.site} 的版本，不是 {site} 的。", hint, site=site))
        findings += [replace(d, path=f"{place.rstrip('/')}/{d.path}", site=d.site or site) for d in problems]
    show(findings, format)
    if format == "text":
        print(
            f"核对了 {len(wanted)} 处："
            + (f"{len(findings)} 个问题（见上）。" if has_errors(findings) else "全部一致。")
        )
    raise SystemExit(1 if has_errors(findings) else 0)
