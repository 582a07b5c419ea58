"""`jiyue import docx`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jiyue.cli.common import Root, Today, usage
from jiyue.cli.importing.target import Column, Kind, Site, To, finish, official, target


def run(
    sources: Annotated[list[Path], typer.Argument(help="Word、WPS 文件，表格（.xlsx），PDF，或放着它们的文件夹", exists=True)],
    to: To = "",
    date: Annotated[str, typer.Option("--date", help="文件里没有日期时用的发布日期，如 2026-11-20")] = "",
    kind: Kind = "news",
    site: Site = "", column: Column = "", root: Root = Path(), today: Today = "",
) -> None:  # fmt: skip
    """把 Word、WPS 文件导入成文章，表格和 PDF 也可以。"""
    from jiyue.base.clock import parse_date  # noqa: PLC0415  (the help of import loads no reader)
    from jiyue.importers.word.files import import_files  # noqa: PLC0415  (the help of import loads no reader)

    if date and parse_date(date) is None:
        usage(f"--date 写成 2026-11-20，不能是「{date}」")
    place = target(root, to, site, column, today=today)
    try:
        report = import_files(
            sources, root, place.site, place.column, today=place.now, official=official(kind), date=date
        )
    except ValueError as problem:
        usage(str(problem))
    finish(report, place)
