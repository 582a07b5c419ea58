"""`jiyue import sql`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jiyue.cli.common import Root, Today, usage
from jiyue.cli.importing.generators import Columns
from jiyue.cli.importing.target import Files, Kind, MapFile, To, finish, official, target


def run(
    source: Annotated[Path, typer.Argument(help="MySQL 导出的文件（.sql）", exists=True, dir_okay=False)],
    to: To = "",
    table: Annotated[str, typer.Option("--table", help="哪个表；只有一个表有正文列时可以不写")] = "",
    map_: MapFile = None,
    files: Files = None,
    columns: Columns = None,
    kind: Kind = "news",
    root: Root = Path(), today: Today = "",
) -> None:  # fmt: skip
    """把 MySQL 导出文件里一个表的各行导入成文章。"""
    from jiyue.importers.export import BadExport, category_map  # noqa: PLC0415  (the help of import loads no reader)
    from jiyue.importers.table import Map, import_dump, load_map  # noqa: PLC0415  (the help of import loads no reader)
    from jiyue.importers.texts import Place  # noqa: PLC0415  (the help of import loads no reader)

    place = target(root, to, today=today, whole=columns is not None)
    try:
        where = Place(root, place.site, place.column, place.now, category_map(columns) if columns else {})
        given = load_map(map_) if map_ else Map()
        report = import_dump(source, given, where, table=table, official=official(kind), files=files)
    except (BadExport, ValueError) as problem:
        usage(str(problem))
    finish(report, place)
