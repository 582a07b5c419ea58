"""`jiyue fees`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from jiyue.audit.dashboard import means
from jiyue.cli.common import Root, Today, usage
from jiyue.cli.sheets import Format, To, given, resources


def fees(
    year: Annotated[str, typer.Option("--year", help="哪一年的，如 2026")] = "",
    month: Annotated[str, typer.Option("--month", help="哪一个月的，如 2026-11；都不写是这个月")] = "",
    unit: Annotated[str, typer.Option("--unit", help="只算这个单位的")] = "",
    root: Root = Path(), today: Today = "", format: Format = "text", to: To = None,
) -> None:  # fmt: skip
    """稿酬表：按登记簿 fee_rates 的标准和公开的稿件，按单位、岗位、逐篇计算。"""
    if (year and not re.fullmatch(r"\d{4}", year)) or (month and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month)):
        usage("--year 写成 2026，--month 写成 2026-11")
    if year and month:
        usage("--year 和 --month 只写一个")
    found = resources(root, today)
    if not found.rates:
        usage("没有稿酬标准：先在 sites/registers/fee_rates.csv 里写（docs/responsibility.md「八」）")
    given(means.fee_sheets(found, year or month or found.day[:7], unit), format, to)
