"""`jiyue import tickets`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jiyue.cli.common import Root, show, usage


def run(
    source: Annotated[Path, typer.Argument(help="找错平台导出的清单（CSV、XLSX）", exists=True, dir_okay=False)],
    root: Root = Path(),
) -> None:
    """把「我为政府网站找错」的清单并入各站点的找错台账；留言人和留言原文不导入。"""
    from jiyue.importers.export import BadExport  # noqa: PLC0415  (the help of import loads no reader)
    from jiyue.letters.ticket_import import import_tickets  # noqa: PLC0415  (the help of import loads no reader)
    from jiyue.registry.load import load_registry  # noqa: PLC0415  (pydantic)

    try:
        done = import_tickets(source, root, load_registry(root))
    except BadExport as problem:
        usage(str(problem))
    show(done.findings, "text")
    print(f"新增 {done.new} 条，更新 {done.changed} 条，没有变化 {done.same} 条，没有导入 {done.refused} 条。")
    if done.sites:
        print(f"改动的台账：{'、'.join(f'content/{site}/tickets.csv' for site in done.sites)}")
    if done.left:
        print(f"没有取用的列（留言人、联系方式和留言原文不进台账）：{'、'.join(done.left)}")
    raise SystemExit(1 if done.refused else 0)
