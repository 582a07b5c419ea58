"""`jiyue expunge`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from jiyue.cli.common import Root, known_sites, moment
from jiyue.cli.publishing import Key, cluster_at, refusals
from jiyue.publish.cluster import maker_of
from jiyue.publish.expunging import expunge as remove
from jiyue.publish.release.records import local_url


def expunge(
    site: Annotated[str, typer.Argument(help="站点编号")],
    urls: Annotated[list[str], typer.Argument(help="页面地址，如 /tzgg/x.html")],
    root: Root = Path(),
    key: Key = None,
) -> None:
    """清除泄露的页面：仍在线上的先撤下，再删除本机和目标上含有它的旧版本，推送到其他站点的、门户的旧版本一并删除。"""
    cluster = cluster_at(root)
    if site not in cluster.store.sites():  # a site whose file was removed may still have releases
        known_sites(root, [site])
    with refusals():
        pages = [local_url(url, cluster.site(site).url) for url in urls]
        done = remove(cluster, site, pages, maker_of(cluster, moment(""), key))
    for line in done.left:
        print(line, file=sys.stderr)
    if not done.deleted:
        print(f"站点 {site} 没有一个版本含有这些页面。请核对地址：{'、'.join(urls)}", file=sys.stderr)
        raise SystemExit(1)
    if done.down:
        print(f"先从线上撤下了这些页面和提到它们的条目：{'、'.join(done.down)}。")
    count = sum(map(len, done.deleted.values()))
    print(f"删除了 {count} 个含有这些页面的旧版本，目标和门户也只留线上版本。")
    for name, releases in done.deleted.items():
        print("".join(f"  {name} {release}\n" for release in releases), end="")
    raise SystemExit(1 if done.left else 0)
