"""Shared by the commands that build: options, the build with its progress bar, the summary."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Annotated

from jiyue.base.cache import Busy
from jiyue.base.diagnostics import Severity
from jiyue.build.cluster import build as build_cluster
from jiyue.build.options import Options, Report
from jiyue.cli.common import known_sites, now_text, usage
from jiyue.cli.declared import Option

NoCache = Annotated[bool, Option("--no-cache", "不用以前的缓存，全部重做")]


def build_options(
    sites: list[str] | None, root: Path, output: Path | None, jobs: int, today: str, no_cache: bool
) -> Options:
    """The options of a build from those of the command line; exits with 2 for an unknown site or invalid time."""
    return Options(
        root,
        output or root / "output",
        known_sites(root, sites),
        jobs or os.cpu_count() or 1,
        now_text(today),
        not no_cache,
    )


def run_build(options: Options, quiet: bool) -> Report:
    """Build, on a terminal with progress bars unless quiet; exits with 2 for errors that a corrected call can avoid."""
    gc.disable()  # the process is short and has hardly any cycles
    try:
        if quiet or not sys.stderr.isatty():
            return build_cluster(options)
        return _with_progress(options)
    except Busy as busy:
        usage(f"另一个构建正在进行（进程 {busy}），等它结束后再试。")
        raise
    except ImportError as problem:
        if not options.scheduler:
            raise
        usage(f"缺少 {problem.name}：安装可选依赖 pip install 'jiyue[dask]'")
        raise
    except OSError as problem:
        if not options.scheduler:
            raise
        usage(f"连不上 Dask 调度器 {options.scheduler}：{problem}")
        raise


def _with_progress(options: Options) -> Report:
    """Build with a bar for each stage. The build refreshes it, because threads and fork don't mix."""
    from rich import progress as rich  # noqa: PLC0415  (0.1 s to load; only a terminal shows it)

    columns = (
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.MofNCompleteColumn(),
        rich.TextColumn("个站点"),
        rich.TimeRemainingColumn(),
    )
    with rich.Progress(*columns, auto_refresh=False, transient=True) as bar:
        tasks: dict[str, rich.TaskID] = {}

        def progress(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)
            bar.refresh()

        return build_cluster(options, progress)


def print_summary(report: Report) -> None:
    """Print the numbers of sites, pages and files, and what was withheld."""
    for line in report.messages:
        print(line, file=sys.stderr)
    rendered = sum(r.rendered for r in report.results)
    spliced = sum(r.spliced for r in report.results)
    written = sum(r.written for r in report.results)
    removed = sum(r.removed for r in report.results)
    print(
        f"共 {report.sites} 个站点，处理 {report.opened} 个：生成 {rendered} 页，换外框 {spliced} 页，"
        f"写入 {written} 个文件，删除 {removed} 个。"
    )
    if report.failed == ["cluster"]:
        print("站群的配置有错（见上），什么也没有生成；上一次生成的网页没有改动。", file=sys.stderr)
        return
    if report.failed:
        print("没有完整生成的站点：" + "、".join(report.failed), file=sys.stderr)
    errors = sum(d.severity is Severity.ERROR for d in report.diagnostics)
    if errors:
        print(f"有 {errors} 个错误，出错的文章或站点没有发布，其余都已生成。", file=sys.stderr)
