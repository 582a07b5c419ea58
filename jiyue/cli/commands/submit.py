"""`jiyue submit`."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from jiyue.cli.common import Output, Root, Sites, known_sites, usage
from jiyue.cli.publishing import cluster_at
from jiyue.publish.submit import baidu
from jiyue.publish.submit.pages import from_open_data
from jiyue.publish.submit.run import submit as send_to
from jiyue.publish.submit.websub import of_output


def submit(
    engine: Annotated[str, typer.Argument(help="baidu、indexnow 或 websub（订阅源的 WebSub 中心）")],
    sites: Sites = None, root: Root = Path(), output: Output = None,
    send: Annotated[bool, typer.Option("--send", help="真正发送；不写只列出会发送的网址")] = False,
    before: Annotated[Path | None, typer.Option("--before", help="改动前的输出目录：第一次推送时，其中已有的不再推送")] = None,
    again: Annotated[bool, typer.Option("--again", help="搜索引擎拒收过的也再推送一次（如站点刚通过验证）")] = False,
) -> None:  # fmt: skip
    """把新增和改动的网址推送给搜索引擎；默认只列出，不发送。"""
    if engine not in ("baidu", "indexnow", "websub"):
        usage("推送对象可以是 baidu、indexnow 或 websub")
    chosen, cluster = known_sites(root, sites), cluster_at(root, output)
    succeeded = True
    for site in (cluster.registry.sites[name] for name in cluster.names(chosen)):
        secret = {"baidu": os.environ.get(baidu.TOKEN, ""), "websub": site.hub}.get(engine, site.indexnow_key)
        if engine == "websub" and not secret:
            continue
        look = partial(of_output, site.url) if engine == "websub" else from_open_data
        try:
            pages = look(cluster.output / site.id)
            known = look(before / site.id) if before and (before / site.id).is_dir() else {}
        except (OSError, ValueError):
            print(f"{site.id}：还没有生成网页，先运行 jiyue build", file=sys.stderr)
            succeeded = False
            continue
        state = root / ".jiyue" / "submit.json"
        outcome = send_to(
            engine, site.id, site.url, secret, pages, state,  # type: ignore[arg-type]
            before=known, dry_run=not send, again=again,
        )  # fmt: skip
        if not send:
            print("\n".join([f"{site.id}：会发送 {len(outcome.left)} 个网址", *outcome.left]))
            continue
        print(f"{site.id}：{outcome}")
        for url, why in outcome.refused.items():
            print(f"{site.id}：拒收 {url}：{why}", file=sys.stderr)
        succeeded = succeeded and outcome.ok
    raise SystemExit(0 if succeeded else 1)
