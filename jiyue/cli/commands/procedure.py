"""`jiyue procedure`: a site's or a unit's rules of procedure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jiyue.base.diagnostics import did_you_mean
from jiyue.build.options import Options
from jiyue.cli.common import Root, Today, known_sites, now_text, usage
from jiyue.responsibility.collect import duties_of
from jiyue.responsibility.matrix import matrix
from jiyue.responsibility.procedure import as_html, as_markdown
from jiyue.responsibility.procedure import procedure as procedure_of


def procedure(
    site: Annotated[str, typer.Argument(help="站点编号")],
    root: Root = Path(), today: Today = "",
    unit: Annotated[str, typer.Option("--unit", help="只写这个单位的")] = "",
    format: Annotated[str, typer.Option("--format", help="markdown（文章草稿）或 html（打印签字）")] = "markdown",
) -> None:  # fmt: skip
    """由栏目、岗位、期限和信息保障计划生成工作规则，逐条写明依据，打印签字。"""
    if format not in ("markdown", "html"):
        usage("--format 可以是 markdown、html")
    known_sites(root, [site])
    duties = duties_of(Options(root, root / "output", now=now_text(today)))
    if site not in duties.registry.sites:
        usage(f"站点 {site} 的文件有错，先运行 jiyue check")
    units = matrix(duties.registry, duties.day, [site]).units()
    if unit and unit not in units:
        usage(f"站点 {site} 没有单位「{unit}」。{did_you_mean(unit, units) or '可以是：' + '、'.join(units)}")
    made = procedure_of(duties, duties.registry.sites[site], unit)
    print(as_html(made) if format == "html" else as_markdown(made), end="")
