"""`jiyue import`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from jiyue.base import clock
from jiyue.base.diagnostics import Severity
from jiyue.catalogue import scaffold
from jiyue.cli.common import Root, Today, now_text, show, usage
from jiyue.importers.export import BadExport
from jiyue.importers.markdown import import_markdown
from jiyue.importers.official import LABELS
from jiyue.importers.table import import_table, load_map
from jiyue.registry.load import load_registry


def import_(
    format: Annotated[str, typer.Argument(help="来源格式：markdown 文件夹，或 table 表格（CSV、XLSX，一行一篇）")],
    source: Annotated[Path, typer.Argument(help="来源文件夹；表格可以是一个文件，或放着表格的文件夹", exists=True)],
    site: Annotated[str, typer.Option("--site", help="放进哪个站点")],
    column: Annotated[str, typer.Option("--column", help="放进哪个栏目（目录名）")],
    map_: Annotated[Path | None, typer.Option("--map", help="表格各列的对照（YAML），列名不通用时写", exists=True)] = None,
    kind: Annotated[str, typer.Option("--kind", help="稿件种类：news，或 document（公文，读出目录字段）")] = "news",
    root: Root = Path(), today: Today = "",
) -> None:  # fmt: skip
    """把旧稿件导入成文章。"""
    if format not in ("markdown", "table"):
        usage(f"不支持的来源格式「{format}」，可用：markdown、table")
    if kind not in ("news", "document"):
        usage(f"导入的稿件种类是 news 或 document，不能是「{kind}」")
    moment = datetime.strptime(now_text(today), "%Y-%m-%d %H:%M").replace(tzinfo=clock.BEIJING)
    try:
        place = scaffold.chosen_site(load_registry(root), site)
        if place.columns:
            scaffold.chosen_column(root, place, column)
        if format == "table":
            tables = (
                sorted(p for p in source.iterdir() if p.suffix in (".csv", ".xlsx")) if source.is_dir() else [source]
            )
            columns = load_map(map_) if map_ else {}
            report = import_table(tables, columns, root, site, column, today=moment, official=kind == "document")
        else:
            report = import_markdown(source, root, site, column, today=moment, official=kind == "document")
    except (BadExport, ValueError, scaffold.Refused) as problem:
        usage(str(problem))
    show(report.diagnostics, "text")
    errors = sum(d.severity is Severity.ERROR for d in report.diagnostics)
    print(f"导入 {len(report.written)} 篇到 content/{site}/{column}/，{errors} 篇没有导入（原因见上）。")
    if kind == "document" and report.written:
        counts = (f"{label} {report.fields[name]}" for name, label in LABELS.items() if report.fields[name])
        print(f"读出目录字段的篇数：{'、'.join(counts)}。没有读出的字段请对照原文补充。")
    if report.listed:
        print(f"清单写在 {report.listed}，请管理员核对后提交：没有它，旧日期会被当作补写。")
    raise SystemExit(1 if errors else 0)
