"""`jiyue build`."""

from __future__ import annotations

import gc
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from jiyue.base.diagnostics import Diagnostic, Severity, in_order
from jiyue.build.options import Report
from jiyue.cli.building import NoCache, build_options, print_summary, run_build
from jiyue.cli.called import shown
from jiyue.cli.common import Format, Jobs, Output, Root, Sites, Today, show, usage
from jiyue.cli.declared import Option


def build(
    sites: Sites = None,
    root: Root = Path(),
    output: Output = None,
    jobs: Jobs = 0,
    today: Today = "",
    no_cache: NoCache = False,
    executor: Annotated[str, Option("--executor", "local：本机；dask：Dask 集群")] = "local",
    scheduler: Annotated[str, Option("--scheduler", "Dask 调度器地址，如 tcp://10.0.0.1:8786")] = "",
    explain: Annotated[bool, Option("--explain", "说明每个站点、页面为什么重做")] = False,
    timings: Annotated[bool, Option("--timings", "显示各阶段用时")] = False,
    format: Format = "text",
) -> None:
    """构建站点，网页写入 output/。"""
    if executor not in ("local", "dask") or (executor == "dask") != bool(scheduler):
        usage("--executor 可以是 local 或 dask；用 dask 时还要写 --scheduler tcp://地址:端口")
    options = replace(build_options(sites, root, output, jobs, today, no_cache), scheduler=scheduler)
    report = run_build(options, quiet=format == "json")
    show(report.diagnostics if format == "json" else _brief(report.diagnostics), format)
    if format == "text":
        _explain(report) if explain else None
        _timings(report) if timings else None
        print_summary(report)
    gc.freeze()  # else the interpreter searches all objects for cycles before it exits
    raise SystemExit(report.exit_code)


SHOWN = 20
"""The most warnings that a build prints; `jiyue check` prints all."""


def _brief(findings: list[Diagnostic]) -> list[Diagnostic]:
    """All errors and the first warnings: thousands of warnings must not hide an error that withholds an article."""
    rest = [d for d in findings if d.severity is not Severity.ERROR]
    if len(rest) > SHOWN:
        more = f"另有 {len(rest) - SHOWN} 条警告或提示没有列出，运行 jiyue check 查看全部。"
        print(shown(more), file=sys.stderr)
    return in_order([*(d for d in findings if d.severity is Severity.ERROR), *rest[:SHOWN]])


def _timings(report: Report) -> None:
    """Print the wall time of each stage, then that of the sites' processes, whose sum may exceed it."""
    for stage, seconds in report.seconds.items():
        print(f"{seconds:8.3f} 秒  {stage}")
    inside: dict[str, float] = {}
    for result in report.results:
        for stage, seconds in result.seconds.items():
            inside[stage] = inside.get(stage, 0.0) + seconds
    for stage, seconds in inside.items():
        print(f"{seconds:8.3f} 秒    其中各站点 {stage}")
    quick, slow = sum(r.quick for r in report.results), sum(r.slow for r in report.results)
    if quick + slow:
        print(f"Markdown：{quick} 篇走快速路径，{slow} 篇由 Python-Markdown 转换（{slow / (quick + slow):.1%}）")


def _explain(report: Report) -> None:
    """Print why each site and page was made again."""
    for site, reason in sorted(report.reasons.items()):
        print(f"{site}：{reason}")
    for result in sorted(report.results, key=lambda r: r.site):
        for page, reason in result.reasons.items():
            print(f"  {result.site}/{page}：{reason}")
