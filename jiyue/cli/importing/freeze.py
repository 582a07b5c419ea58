"""`jiyue import freeze`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jiyue.cli.common import Root, Today, now_text, usage


def run(
    batch: Annotated[str, typer.Argument(help="批次：sites/migrated/ 里 .jsonl 文件的名字")],
    to: Annotated[Path, typer.Option("--to", help="写到哪个文件夹；旧站每个域名一个文件夹")],
    since: Annotated[str, typer.Option("--since", help="哪天起停止更新，写进公告，默认为今天")] = "",
    root: Root = Path(), today: Today = "",
) -> None:  # fmt: skip
    """冻结旧站：给旧服务器的公告网页和跳转（nginx、Apache、IIS）。"""
    from jiyue.catalogue.scaffold import column_names  # noqa: PLC0415  (the help of import loads no report)
    from jiyue.importers.moves import BadMoves, batches, path_of, read_moves  # noqa: PLC0415  (the help of import loads no report)
    from jiyue.publish.freezing import frozen_hosts  # noqa: PLC0415  (the help of import loads no report)
    from jiyue.publish.webserver.frozen import frozen_files  # noqa: PLC0415  (the help of import loads no report)
    from jiyue.registry import url_ledger  # noqa: PLC0415  (the help of import loads no report)
    from jiyue.registry.load import load_registry  # noqa: PLC0415  (the help of import loads no report)

    day = now_text(since or today)[:10]
    if batch not in batches(root):
        usage(f"没有批次「{batch}」；有：{'、'.join(batches(root)) or '没有'}")
    site = load_registry(root).sites.get(batch.partition(".")[0])
    if site is None:
        usage(f"批次「{batch}」的站点没有登记")
    ledger, _ = url_ledger.read(root, site.id)
    try:
        hosts = frozen_hosts(read_moves(path_of(root, batch)), ledger, site.url, column_names(site))
    except BadMoves as problem:
        usage(str(problem))
    if not hosts:
        usage("没有旧域名的网址可以跳转：先构建、发布一次，让旧网址登记进台账；旧站和新站同一个域名的，不需要冻结")
    for host in hosts:
        folder = to / host.host
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in frozen_files(host, site.name, site.url, day).items():
            (folder / name).write_bytes(data)
        print(f"{host.host}：跳转 {len(host.redirects)} 个，410 {len(host.gone)} 个，写在 {folder}/")
