"""`jiyue check`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from jiyue.base.diagnostics import Severity
from jiyue.build.source_check import check as check_cluster
from jiyue.build.source_check import check_files
from jiyue.checks.format import FORMATS, as_text
from jiyue.cli.building import build_options
from jiyue.cli.called import shown
from jiyue.cli.common import Jobs, Output, Root, Sites, Today, usage


def check(
    sites: Sites = None, root: Root = Path(), jobs: Jobs = 0, today: Today = "",
    format: Annotated[str, typer.Option("--format", help="text、json、sarif、github 或 gitlab")] = "text",
    changed: Annotated[str, typer.Option("--changed", help="只检查从这个提交以来改动的文件，并核对权限")] = "",
    actor: Annotated[str, typer.Option("--actor", help="推送人：代码平台认证过的账号，与 --changed 同用")] = "",
    signed: Annotated[bool, typer.Option("--signed", help="按提交的签名认人，与 --changed 同用")] = False,
    staged: Annotated[bool, typer.Option("--staged", help="只检查已暂存的文件（提交之前）")] = False,
    external: Annotated[bool, typer.Option("--external", help="访问站外链接，报告打不开的（不影响退出状态）")] = False,
    pages: Annotated[bool, typer.Option("--pages", help="另外检查 output 里已生成的全部网页：无障碍、链接")] = False,
    output: Output = None,
) -> None:  # fmt: skip
    """检查站点和文章，不生成网页。"""
    if format not in FORMATS:
        usage(f"--format 可以是 {'、'.join(FORMATS)}")
    if bool(changed) + staged + (external or pages) > 1 or ((actor or signed) and not changed):
        usage(
            "--changed、--staged 不能同时用，也不能与 --external、--pages 同用；--actor 和 --signed 与 --changed 同用"
        )
    options = build_options(sites, root, output, jobs, today, True)
    part = changed or staged
    whole = partial(check_cluster, external=external, pages=pages)
    report = check_files(options, changed, actor, signed=signed) if part else whole(options)
    if format == "text":
        print(shown(as_text(report.diagnostics, colour=sys.stderr.isatty())), end="", file=sys.stderr)
        errors = sum(d.severity is Severity.ERROR for d in report.diagnostics)
        print(f"检查了 {report.sites} 个站点：{errors} 个错误，{len(report.diagnostics) - errors} 个警告或提示。")
    else:
        print(FORMATS[format](report.diagnostics), end="")
    raise SystemExit(report.exit_code)
