"""`jiyue import markdown`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jiyue.cli.common import Root, Today, usage
from jiyue.cli.importing.target import Column, Kind, Site, To, finish, official, target


def run(
    source: Annotated[Path, typer.Argument(help="放着 .md、.markdown、.txt 的文件夹", exists=True)],
    to: To = "",
    kind: Kind = "news",
    site: Site = "", column: Column = "", root: Root = Path(), today: Today = "",
) -> None:  # fmt: skip
    """把文件夹里的 Markdown 和纯文本导入成文章。"""
    from jiyue.importers.markdown import import_markdown  # noqa: PLC0415  (the help of import loads no reader)

    place = target(root, to, site, column, today=today)
    try:
        report = import_markdown(source, root, place.site, place.column, today=place.now, official=official(kind))
    except ValueError as problem:
        usage(str(problem))
    finish(report, place)
