"""`jiyue import table`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jiyue.cli.common import Root, Today, usage
from jiyue.cli.importing.target import Column, Kind, Site, To, finish, official, target


def run(
    source: Annotated[Path, typer.Argument(help="一个表格（CSV、XLSX，一行一篇），或放着表格的文件夹", exists=True)],
    to: To = "",
    map_: Annotated[Path | None, typer.Option("--map", help="表格各列的对照（YAML），列名不通用时写", exists=True)] = None,
    kind: Kind = "news",
    site: Site = "", column: Column = "", root: Root = Path(), today: Today = "",
) -> None:  # fmt: skip
    """把别的系统导出的表格导入成文章。"""
    from jiyue.importers.export import BadExport  # noqa: PLC0415  (the help of import loads no reader)
    from jiyue.importers.table import import_table, load_map  # noqa: PLC0415  (the help of import loads no reader)

    place = target(root, to, site, column, today=today)
    tables = sorted(p for p in source.iterdir() if p.suffix in (".csv", ".xlsx")) if source.is_dir() else [source]
    try:
        columns = load_map(map_) if map_ else {}
        report = import_table(tables, columns, root, place.site, place.column, today=place.now, official=official(kind))
    except (BadExport, ValueError) as problem:
        usage(str(problem))
    finish(report, place)
