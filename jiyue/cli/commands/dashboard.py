"""`jiyue dashboard`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from jiyue.audit.dashboard.results import NoPlace, publish_results
from jiyue.audit.dashboard.write import write_dashboard
from jiyue.audit.earlier import NoSuchState
from jiyue.cli.building import build_options
from jiyue.cli.called import shown
from jiyue.cli.common import Jobs, Output, Root, Today, usage


def dashboard(
    root: Root = Path(), jobs: Jobs = 0, today: Today = "",
    since: Annotated[list[str] | None, typer.Option("--since", help="与以前比较：提交、标签或者日期，可以写几个")] = None,
    results: Annotated[str, typer.Option("--results", help="把结果写成一篇文章，放进 站点/栏目，审核后公布")] = "",
    output: Output = None,
) -> None:  # fmt: skip
    """检查全部站点，在 output/_cluster/dashboard/ 写出监督检查的网页、表格和草稿；报告不完整时以 1 结束。"""
    try:
        written = write_dashboard(build_options(None, root, output, jobs, today, False), since or ())
    except NoSuchState as problem:
        usage(str(problem))
        raise
    for line in written.warnings:
        print(shown(line), file=sys.stderr)
    for line in written.faults:
        print(shown(f"报告不完整：{line}"), file=sys.stderr)
    if written.faults:
        print("没有写出看板，原来的没有动。", file=sys.stderr)
        raise SystemExit(1)
    board = written.board
    print(f"{board.day}：{len(board.sites)} 个站点，{len(board.failing)} 个不合格；写出 {written.files} 个文件。")
    print(shown(f"打开 {written.folder / 'index.html'}"))
    if results:
        try:
            article = publish_results(board, root, results)
        except NoPlace as problem:
            usage(str(problem))
            raise
        print(shown(f"写出文章 {article.relative_to(root)}，审核以后随站点公布"))
    raise SystemExit(1 if written.warnings else 0)
