"""`jiyue probe`: what is seen from outside. Each kind of look is an option with a module of its own in jiyue/probe/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from jiyue.cli.common import Output, Root, usage


def probe(
    urls: Annotated[list[str] | None, typer.Argument(help="网址；不写就是 cluster.yaml 里 outside 列出的", show_default=False)] = None,
    root: Root = Path(), output: Output = None,
    recommended: Annotated[bool, typer.Option("--recommended", help="站群之外的网页展示的推荐栏目，是否与省门户一致")] = False,
    json_: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:  # fmt: skip
    """从外面看网站：站群之外的网页，推荐栏目是否与省门户一致。"""
    if not recommended:
        usage("写明看什么：--recommended")
    raise SystemExit(0 if _recommended(root, output or root / "output", urls or [], as_json=json_) else 1)


def _recommended(root: Path, output: Path, urls: list[str], *, as_json: bool) -> bool:
    """Compare, print, and say whether all pages show the list."""
    from jiyue.probe.recommended import pages_of, probe, published_list  # noqa: PLC0415  (network)
    from jiyue.registry.load import load_registry  # noqa: PLC0415  (pydantic)

    cluster = load_registry(root).cluster
    pages = pages_of(urls, cluster.outside)
    if not pages:
        usage("没有要看的网页：写在后面，或者在 sites/cluster.yaml 的 outside 里列出")
    try:
        ours = published_list(output, cluster.root)
    except (OSError, ValueError):
        usage("还没有生成推荐栏目：先运行 jiyue build；省门户的这个栏目要有文章")
    found = probe(pages, ours)
    if as_json:
        print(json.dumps([one.as_json() for one in found], ensure_ascii=False, indent=1))
        return all(one.same for one in found)
    for one in found:
        if one.same:
            print(f"{one.name}：{'嵌入了省门户的网页' if one.embedded else '一致'}")
            continue
        print(f"{one.name}：{one.problem or f'缺 {len(one.missing)} 条，多 {len(one.stale)} 条过时的'}")
        for label, rows in (("缺", one.missing), ("过时", one.stale)):
            for row in rows:
                print(f"    {label}：{row.title}　{row.url}")
        if one.updated and one.updated != ours.updated:
            print(f"    片段的时间 {one.updated}，应为 {ours.updated}：请对方取回新的片段")
    return all(one.same for one in found)
