"""`jiyue weibo`: texts for the microblog."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from jiyue.base.cache import Cache
from jiyue.base.clock import parse_date
from jiyue.build.options import Options
from jiyue.build.source_check import summaries_of
from jiyue.catalogue.article import newest_first
from jiyue.catalogue.scan import scan_site
from jiyue.cli.called import shown
from jiyue.cli.common import Root, Today, known_sites, now_text, usage
from jiyue.linkage.weibo import weibo_text
from jiyue.registry.load import load_registry
from jiyue.render.pages.job import href


def weibo(
    site: Annotated[str, typer.Argument(help="站点编号")],
    since: Annotated[str, typer.Option("--since", help="从哪天发布的起 YYYY-MM-DD，默认为今天")] = "",
    json_: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
    root: Root = Path(),
    today: Today = "",
) -> None:
    """列出新发布的文章转发政务微博用的文字：标题、摘要和网址，140 字以内。"""
    known_sites(root, [site])
    now = now_text(today)
    start = parse_date(since) if since else f"{now[:10]} 00:00"
    if start is None:
        usage(f"--since 写错了：「{since}」应为 2026-11-20")
    registry = load_registry(root)
    summaries = summaries_of(Options(root, root / "output", now=now), registry)
    if site not in summaries:
        usage(f"站点「{site}」的文件有错误，先运行 jiyue check {site}")
    scan = scan_site(root, registry.sites[site], Cache(root / ".jiyue" / "store")).without(summaries[site].withheld)
    rows = [
        row
        for row in newest_first(scan.rows)
        if row.column and row.kind != "letter" and row.date >= start and row.is_public(now)
    ]
    posts = [
        {"path": row.source_path, "text": weibo_text(row.title, row.summary, f"{registry.sites[site].url}/{href(row.path)}")}
        for row in rows
    ]  # fmt: skip
    if json_:
        print(json.dumps(posts, ensure_ascii=False, indent=1))
        return
    for post in posts:
        print(f"{shown(post['path'])}\n{shown(post['text'])}\n")
    print(f"{start[:10]} 起发布的文章 {len(posts)} 篇。")
