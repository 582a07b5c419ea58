"""`jiyue serve`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from jiyue.base.diagnostics import Severity
from jiyue.build.options import Report
from jiyue.cli.building import build_options, print_summary, run_build
from jiyue.cli.common import Jobs, Output, Root, Today, show, usage
from jiyue.preview.server import Server
from jiyue.preview.watcher import Live


def serve(
    root: Root = Path(), port: Annotated[int, typer.Option("--port", help="端口")] = 8000, output: Output = None,
    jobs: Jobs = 0, today: Today = "",
) -> None:  # fmt: skip
    """构建整个站群并在本机预览。"""
    options = build_options(None, root, output, jobs, today, False)
    report = run_build(options, quiet=False)
    show(report.diagnostics, "text")
    print_summary(report)
    live = Live(options if today else replace(options, now=""), report, _rebuilt)
    try:
        server = Server(options.output, port, live, _failed)
    except OSError as problem:
        usage(f"端口 {port} 用不了（{problem.strerror}），请换一个：jiyue serve --port {port + 1}")
    print(f"预览：http://localhost:{server.port}/ 保存文件后页面自动更新，按 Ctrl+C 结束。", flush=True)
    live.start()
    try:
        server.run()
    except KeyboardInterrupt:
        print()


def _rebuilt(report: Report, seconds: float) -> None:
    """Print one line for each rebuild of a running preview, and the errors."""
    written = sum(r.written for r in report.results)
    print(f"已更新：写入 {written} 个文件，用时 {seconds * 1000:.0f} 毫秒", flush=True)
    show([d for d in report.diagnostics if d.severity is Severity.ERROR], "text")


def _failed(cause: BaseException) -> None:
    print(f"预览时出错（{type(cause).__name__}: {cause}），请报告这个问题。", file=sys.stderr)
