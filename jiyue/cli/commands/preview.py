"""`jiyue preview`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from jiyue.cli.common import Root, usage
from jiyue.cli.publishing import cluster_at
from jiyue.preview.changeset import make_preview, token_for


def preview(
    before: Annotated[Path, typer.Option("--before", help="改动前的输出目录")],
    after: Annotated[Path, typer.Option("--after", help="改动后的输出目录")],
    to: Annotated[Path, typer.Option("--to", help="预览写到哪里")],
    change: Annotated[str, typer.Option("--change", help="改动的编号；与变量 JIYUE_PREVIEW_SECRET 一起决定路径")] = "",
    root: Root = Path(),
) -> None:
    """把一次改动会变的页面写成预览，附改动前后对照。"""
    for option, folder in (("--before", before), ("--after", after)):
        if not folder.is_dir():
            usage(f"{option}：没有目录 {folder}，先运行 jiyue build")
    cluster = cluster_at(root)
    sites = [cluster.site(name) for name in cluster.registry.sites]
    secret = os.environ.get("JIYUE_PREVIEW_SECRET", "").encode()
    made = make_preview(before, after, to, sites, token_for(change, secret if change else b""))
    print(f"{len(made.pages)} 个页面有变化：{made.folder / 'index.html'}")
