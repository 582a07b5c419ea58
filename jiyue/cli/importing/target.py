"""Shared by all formats: where the articles go, and what is printed at the end."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, NoReturn

import typer

from jiyue.base import clock
from jiyue.base.diagnostics import Severity
from jiyue.cli.common import now_text, show, usage

if TYPE_CHECKING:
    from jiyue.importers.report import ImportReport

To = Annotated[str, typer.Option("--to", help="放进哪里：站点/栏目，如 changchun/tzgg")]
ToSite = Annotated[str, typer.Option("--to", help="放进哪里：站点，或者站点/栏目")]
Site = Annotated[str, typer.Option("--site", help="同 --to 的站点")]
Column = Annotated[str, typer.Option("--column", help="同 --to 的栏目（目录名）")]
MapFile = Annotated[
    Path | None,
    typer.Option("--map", help="各列的对照（YAML），列名不通用时写；拓尔思 WCM 的表写 trs", show_default=False),
]
Files = Annotated[
    Path | None,
    typer.Option("--files", help="放着图片和附件的文件夹，默认为表格所在的文件夹", exists=True, file_okay=False),
]
Kind = Annotated[str, typer.Option("--kind", help="稿件种类：news，或 document（公文，读出目录字段）")]


class Target(NamedTuple):
    """site, column: names of existing ones; column is '' where the format may choose it itself. now: Beijing time."""

    site: str
    column: str
    now: datetime


def target(root: Path, to: str, site: str = "", column: str = "", *, today: str = "", whole: bool = False) -> Target:
    """The place that --to (or --site and --column) names; exits with 2 if there is none. whole: a site alone will do."""
    from jiyue.catalogue import scaffold  # noqa: PLC0415  (pydantic: help needs none)
    from jiyue.registry.load import load_registry  # noqa: PLC0415  (the help of import loads no reader)

    if to:
        site, _, column = to.strip("/").partition("/")
    if not site or not (column or whole):
        usage(f"用 --to 写明放进哪里：{'站点，或者站点/栏目' if whole else '站点/栏目'}，如 --to changchun/tzgg")
    moment = datetime.strptime(now_text(today), "%Y-%m-%d %H:%M").replace(tzinfo=clock.BEIJING)
    try:
        place = scaffold.chosen_site(load_registry(root), site)
        if place.columns and column:
            scaffold.chosen_column(root, place, column)
    except scaffold.Refused as problem:
        usage(str(problem))
    return Target(site, column, moment)


def official(kind: str) -> bool:
    """Whether --kind says official documents; exits with 2 for a kind that can't be imported."""
    if kind not in ("news", "document"):
        usage(f"导入的稿件种类是 news 或 document，不能是「{kind}」")
    return kind == "document"


def finish(report: ImportReport, place: Target) -> NoReturn:
    """Print the findings and what was imported, and exit: with 1 if something was left out by an error."""
    from jiyue.importers.official import LABELS  # noqa: PLC0415  (its patterns: help needs none)

    show(report.diagnostics, "text")
    errors = sum(d.severity is Severity.ERROR for d in report.diagnostics)
    where = "/".join(part for part in ("content", place.site, place.column) if part)
    print(f"导入 {len(report.written)} 篇到 {where}/，{errors} 篇没有导入（原因见上）。")
    if report.fields and report.written:
        counts = (f"{label} {report.fields[name]}" for name, label in LABELS.items() if report.fields[name])
        print(f"读出目录字段的篇数：{'、'.join(counts)}。没有读出的字段请对照原文补充。")
    if report.listed:
        then = "请管理员核对后提交，再由终审、保密审查岗位登记在旁边的 .yaml 里"
        print(f"清单写在 {report.listed}，{then}：没有它们，旧日期会被当作补写，稿件不发布。")
    raise SystemExit(1 if errors else 0)
