"""`jiyue import table`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jiyue.cli.common import Root, Today, usage
from jiyue.cli.importing.generators import Columns
from jiyue.cli.importing.target import Column, Files, Kind, MapFile, Site, To, finish, official, target


def run(
    source: Annotated[Path, typer.Argument(help="一个表格（CSV、XLSX，一行一篇），或放着表格的文件夹", exists=True)],
    to: To = "",
    map_: MapFile = None,
    files: Files = None,
    columns: Columns = None,
    kind: Kind = "news",
    site: Site = "", column: Column = "", root: Root = Path(), today: Today = "",
) -> None:  # fmt: skip
    """把别的系统导出的表格导入成文章。"""
    from jiyue.importers.export import BadExport, category_map  # noqa: PLC0415  (the help of import loads no reader)
    from jiyue.importers.table import Map, import_table, load_map  # noqa: PLC0415  (the help of import loads no reader)
    from jiyue.importers.texts import Place  # noqa: PLC0415  (the help of import loads no reader)

    place = target(root, to, site, column, today=today, whole=columns is not None)
    tables = sorted(p for p in source.iterdir() if p.suffix in (".csv", ".xlsx")) if source.is_dir() else [source]
    try:
        where = Place(root, place.site, place.column, place.now, category_map(columns) if columns else {})
        given = load_map(map_) if map_ else Map()
        report = import_table(tables, given, where, official=official(kind), files=files)
    except (BadExport, ValueError) as problem:
        usage(str(problem))
    finish(report, place)
