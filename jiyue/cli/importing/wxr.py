"""`jiyue import wxr`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jiyue.cli.common import Root, Today, usage
from jiyue.cli.importing.generators import Columns
from jiyue.cli.importing.target import ToSite, finish, target


def run(
    source: Annotated[Path, typer.Argument(help="WordPress 导出的文件（.xml）", exists=True, dir_okay=False)],
    to: ToSite,
    files: Annotated[Path | None, typer.Option("--files", help="旧站 wp-content/uploads 的文件夹", exists=True, file_okay=False)] = None,
    columns: Columns = None, root: Root = Path(), today: Today = "",
) -> None:  # fmt: skip
    """导入 WordPress 网站的导出文件。"""
    from jiyue.importers.export import BadExport, category_map  # noqa: PLC0415  (the help of import loads no reader)

    try:
        from jiyue.importers.texts import Place  # noqa: PLC0415  (the help of import loads no reader)
        from jiyue.importers.wxr import import_wxr  # noqa: PLC0415  (lxml, an optional library)
    except ImportError:
        usage("这个功能要先安装：pip install 'jiyue[sync]'")
    place = target(root, to, today=today, whole=columns is not None)
    try:
        where = Place(root, place.site, place.column, place.now, category_map(columns) if columns else {})
        report = import_wxr(source, where, files)
    except (BadExport, ValueError) as problem:
        usage(str(problem))
    finish(report, place)
