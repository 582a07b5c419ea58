"""`jiyue search`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from jiyue.cli.common import Output, Root, known_sites, usage
from jiyue.registry.load import load_registry
from jiyue.search.node import SearchFailed, run_search


def search(
    site: Annotated[str, typer.Argument(help="站点编号，或 all：全站群")],
    query: Annotated[str, typer.Argument(help="要查的词")] = "",
    root: Root = Path(),
    output: Output = None,
    json_: Annotated[bool, typer.Option("--json", help="每个查询输出一行 JSON")] = False,
    batch: Annotated[
        Path | None, typer.Option("--batch", help="每行一个查询的文件", exists=True, dir_okay=False)
    ] = None,
) -> None:
    """用网页上的搜索程序查找已构建的站点（需要 Node.js）。"""
    if bool(query) == bool(batch):
        usage("写一个要查的词，或者用 --batch 给一个每行一个查询的文件")
    queries = [line.strip() for line in batch.read_text("utf-8-sig").splitlines()] if batch else [query]
    try:
        registry = load_registry(root)
        if site != "all" and site not in registry.sites:
            known_sites(root, [site])
            usage(f"站点 {site} 的配置（sites/{site}.yaml）有错误，运行 jiyue check {site} 查看")
        answers = run_search(output or root / "output", site, [q for q in queries if q], root=registry.cluster.root)
    except SearchFailed as problem:
        usage(str(problem))
    for answer in answers:
        if json_ or batch:
            keys = ("query", "hits", "files", "bytes", "ms", "total")
            print(json.dumps({key: answer[key] for key in keys}, ensure_ascii=False))
            continue
        print(
            f"找到{'约' if answer['about'] else ''} {answer['total']} 条，取了 {answer['files']} 个文件，{answer['bytes']} 字节。"
        )
        for hit in answer["hits"]:
            about = "推荐" if hit.get("promoted") else f"{hit['site']}　{hit['date']}"
            print(f"{hit['title']}　{about}\n    {hit['url']}")
