"""`jiyue audit`."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Annotated

import typer

from jiyue.audit.earlier import NoSuchState, audit_as_of, state_of
from jiyue.audit.format import FORMATS
from jiyue.audit.ics import calendars as calendars_of
from jiyue.audit.run import audit as audit_cluster
from jiyue.cli.building import build_options
from jiyue.cli.common import Jobs, Output, Root, Sites, Today, usage


def audit(
    sites: Sites = None, root: Root = Path(), jobs: Jobs = 0, today: Today = "",
    format: Annotated[str, typer.Option("--format", help="、".join(FORMATS))] = "text",
    unit: Annotated[str, typer.Option("--unit", help="只列这个责任单位的")] = "",
    due: Annotated[str, typer.Option("--due", help="列出几天之内将要出的问题，如 14d")] = "",
    calendars: Annotated[Path | None, typer.Option("--calendars", help="另外在这个目录里给每个站点、每个单位各写一份日历")] = None,
    as_of: Annotated[str, typer.Option("--as-of", help="检查以前的内容：提交、标签或者日期")] = "",
    output: Output = None,
) -> None:  # fmt: skip
    """按指标方案检查每个站点，给出证据和将要出问题的日子。"""
    if format not in FORMATS:
        usage(f"--format 可以是 {'、'.join(FORMATS)}")
    days = due.strip().removesuffix("d").removesuffix("天").strip()
    if due and not (days.isdecimal() and 0 < int(days) <= 3660):
        usage(f"--due 写错了：「{due}」应为天数，如 14d")
    gc.disable()  # the process is short and has hardly any cycles
    options = build_options(sites, root, output, jobs, today, False)
    try:
        result = audit_as_of(options, state_of(root, as_of)) if as_of else audit_cluster(options)
    except NoSuchState as problem:
        usage(str(problem))
        raise
    if calendars:
        calendars.mkdir(parents=True, exist_ok=True)
        for name, text in calendars_of(result, int(days) if due else 0).items():
            (calendars / name).write_text(text, "utf-8", newline="")
    print(FORMATS[format](result.of_unit(unit) if unit else result, int(days) if due else 0), end="")
    raise SystemExit(1 if result.has_errors else 0)
