"""`jiyue preview`."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from jiyue.base.git import GitError
from jiyue.build.options import Options
from jiyue.cli.building import build_options
from jiyue.cli.common import Jobs, Root, Sites, Today, usage
from jiyue.cli.publishing import cluster_at
from jiyue.preview.changeset import make_preview, token_for


def preview(
    sites: Sites = None,
    before: Annotated[Path | None, typer.Option("--before", help="改动前的输出目录")] = None,
    after: Annotated[Path | None, typer.Option("--after", help="改动后的输出目录")] = None,
    drafts: Annotated[bool, typer.Option("--drafts", help="没有公开的稿件：草稿、定时、未审核、有错误的")] = False,
    rev: Annotated[str, typer.Option("--rev", help="一个分支或提交带来的稿件，如 drafts/changchun/abc")] = "",
    base: Annotated[str, typer.Option("--base", help="--rev 与哪个提交相比")] = "HEAD",
    to: Annotated[Path | None, typer.Option("--to", help="预览写到哪里")] = None,
    branch: Annotated[str, typer.Option("--branch", help="把预览也存为本仓库的这个分支，由托管服务显示")] = "",
    change: Annotated[str, typer.Option("--change", help="改动的编号；与变量 JIYUE_PREVIEW_SECRET 一起决定路径")] = "",
    root: Root = Path(), jobs: Jobs = 0, today: Today = "",
) -> None:  # fmt: skip
    """把还没有公开的网页写成预览，给审核的人看：稿件带标记，或者改动附前后对照。"""
    secret = os.environ.get("JIYUE_PREVIEW_SECRET", "").encode()
    token = token_for(change, secret if change else b"")
    if drafts or rev:
        options = build_options(sites, root, None, jobs, today, False)
        if to:
            _for_reviewers(options, to, token, rev, base, branch)
        elif branch:
            with TemporaryDirectory(prefix="jiyue-preview-") as folder:
                _for_reviewers(options, Path(folder), token, rev, base, branch)
        else:
            usage("写明 --to 目录，或者 --branch 分支")
        return
    if not before or not after or not to:
        usage("写明要预览什么：--drafts 或者 --rev 加 --to；改动前后对照写 --before、--after 和 --to")
    for option, output in (("--before", before), ("--after", after)):
        if not output.is_dir():
            usage(f"{option}：没有目录 {output}，先运行 jiyue build")
    cluster = cluster_at(root)
    made = make_preview(before, after, to, [cluster.site(name) for name in cluster.registry.sites], token)
    print(f"{len(made.pages)} 个页面有变化：{made.folder / 'index.html'}")


def _for_reviewers(options: Options, to: Path, token: str, rev: str, base: str, branch: str) -> None:
    from jiyue.preview.for_reviewers import (  # noqa: PLC0415  (all rules and the theme: 0.3 s)
        preview_revision,
        preview_unpublished,
        to_branch,
    )

    try:
        made = preview_revision(options, to, token, rev, base) if rev else preview_unpublished(options, to, token)
        if branch:
            to_branch(options.root, to, branch)
    except GitError as problem:
        usage(str(problem))
    print(f"{len(made.pages)} 篇稿件的预览：{made.folder / 'index.html'}")
    if made.removed:
        print(f"这个分支删去 {len(made.removed)} 篇：{'、'.join(made.removed)}")
    if made.left_out:
        print(f"疑似涉密、含个人信息或者已撤下的 {len(made.left_out)} 篇没有写进预览，用 jiyue serve 在本机看。")
    if branch:
        print(f"已存为分支 {branch}，推送后由托管服务显示在 {token}/：git push --force origin {branch}")
