"""`jiyue costs`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from jiyue.audit.dashboard import means
from jiyue.cli.common import Root, Today, usage
from jiyue.cli.sheets import Format, To, given, resources


def costs(
    year: Annotated[str, typer.Option("--year", help="年度，默认今年")] = "",
    root: Root = Path(), today: Today = "", format: Format = "text", to: To = None,
) -> None:  # fmt: skip
    """年度经费表：明细，按类别、资金来源、单位，与合同约定对照（登记簿 costs）。"""
    if year and not re.fullmatch(r"\d{4}", year):
        usage("--year 写成 2026")
    found = resources(root, today)
    given(means.costs(found, year or found.day[:4]), format, to)
