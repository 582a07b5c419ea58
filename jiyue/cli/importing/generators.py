"""Shared by the formats of generators."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from jiyue.cli.common import usage
from jiyue.cli.importing.target import finish, target

Folder = Annotated[Path, typer.Argument(help="旧站的源文件夹", exists=True, file_okay=False)]
Url = Annotated[str, typer.Option("--url", help="旧站的网址，配置里没有写时用，如 https://old.example")]
Columns = Annotated[
    Path | None, typer.Option("--columns", help="分类和栏目的对照（YAML）：通知公告: tzgg", exists=True)
]


def bring(generator: str, source: Path, to: str, url: str, columns: Path | None, root: Path, today: str) -> NoReturn:
    """Import the texts of a generator's site, and exit."""
    from jiyue.importers.export import BadExport, category_map  # noqa: PLC0415  (the help of import loads no reader)
    from jiyue.importers.generators import import_generator  # noqa: PLC0415  (the help of import loads no reader)
    from jiyue.importers.texts import Place  # noqa: PLC0415  (the help of import loads no reader)

    place = target(root, to, today=today, whole=columns is not None)
    try:
        where = Place(root, place.site, place.column, place.now, category_map(columns) if columns else {})
        report = import_generator(source, generator, where, url)
    except (BadExport, ValueError) as problem:
        usage(str(problem))
    finish(report, place)
