"""Sheets of the offices' registers on the command line: as text, CSV or a workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jiyue.audit.dashboard.tables import Table, as_csv, as_json, as_xlsx
from jiyue.build.options import Options
from jiyue.cli.called import shown
from jiyue.cli.common import now_text, show, usage
from jiyue.registry.load import load_registry
from jiyue.resources.collect import Resources, resources_of

Format = Annotated[str, typer.Option("--format", help="text、csv 或 json")]
To = Annotated[Path | None, typer.Option("--to", help="写成工作簿（.xlsx，一个表一页），或者第一个表的 .csv")]


def resources(root: Path, today: str) -> Resources:
    """What the registers say; wrong rows are told. Ends the command where the cluster can't be read."""
    found = resources_of(Options(root, root / "output", now=now_text(today)), load_registry(root))
    if found.findings:
        show(found.findings, "text")
    return found


def given(tables: list[Table], format: str, to: Path | None) -> None:
    """Print tables, or write them."""
    tables = [one for one in tables if one.rows]
    if to is not None:
        if not tables:
            usage("没有可写的内容")
        if to.suffix not in (".xlsx", ".csv"):
            usage("--to 写成 .xlsx 或者 .csv")
        to.write_bytes(as_xlsx(tables) if to.suffix == ".xlsx" else as_csv(tables[0]))
        print(shown(f"已写入 {to}"))
        return
    if format not in ("text", "csv", "json"):
        usage("--format 写成 text、csv 或 json")
    for one in tables:
        if format == "csv":
            print(as_csv(one).decode("utf-8-sig").replace("\r\n", "\n"))
        elif format == "json":
            print(as_json(one).decode(), end="")
        else:
            print(f"{one.title}\n  {'　'.join(column.name for column in one.columns)}")
            for cells in one.rows:
                print(shown(f"  {'　'.join(cell.shown for cell in cells)}"))
    if not tables:
        print("登记簿里没有。")
