"""`jiyue duties`: the responsibility matrix."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from jiyue.audit.dashboard import duties as shown_as
from jiyue.audit.dashboard.tables import Table, as_csv
from jiyue.base.diagnostics import did_you_mean
from jiyue.build.options import Options
from jiyue.cli.called import shown
from jiyue.cli.common import Root, Sites, Today, known_sites, now_text, usage
from jiyue.registry.load import load_registry
from jiyue.responsibility.collect import duties_of
from jiyue.responsibility.matrix import ROLES, Line, Matrix, matrix

TABLES = ("matrix", "posts", "missing")
PLAN = "plan"


def duties(
    sites: Sites = None, root: Root = Path(), today: Today = "",
    unit: Annotated[str, typer.Option("--unit", help="只列这个单位的")] = "",
    table: Annotated[str, typer.Option("--table", help="csv 写哪一张：matrix、posts、missing、plan（信息保障计划）")] = "matrix",
    format: Annotated[str, typer.Option("--format", help="text、csv 或 json")] = "text",
) -> None:  # fmt: skip
    """责任矩阵：站点、栏目、单位、岗位，和其中的缺口。"""
    if format not in ("text", "csv", "json"):
        usage("--format 可以是 text、csv、json")
    if table not in (*TABLES, PLAN):
        usage(f"--table 可以是 {'、'.join((*TABLES, PLAN))}")
    chosen = known_sites(root, sites)
    registry, day = load_registry(root), now_text(today)[:10]
    whole = matrix(registry, day, [site for site in registry.sites if not chosen or site in chosen])
    if unit:
        if unit not in whole.units():
            usage(
                f"没有单位「{unit}」。{did_you_mean(unit, whole.units()) or '单位写在站点文件的 owner、operator、officers 里'}"
            )
        whole = whole.of_unit(unit)
    made = dict(zip(TABLES, shown_as.tables(whole, "duties", unit or registry.cluster.name), strict=True))
    if format == "json" or (format == "csv" and table == PLAN):
        made[PLAN] = _plan(root, today, {site.id for site in whole.sites()}, unit)
    if format == "json":
        data = {name: json.loads(one.files()[f"{one.name}.json"])["rows"] for name, one in made.items()}
        print(json.dumps(data, ensure_ascii=False, indent=1))
    elif format == "csv":
        print(as_csv(made[table]).decode(), end="")
    else:
        print(shown(as_text(whole, day)), end="")


def _plan(root: Path, today: str, sites: set[str], unit: str) -> Table:
    """The information guarantee plan of these sites, of one unit if one is named, with what was delivered."""
    known = duties_of(Options(root, root / "output", now=now_text(today)))
    mine = [one for one in known.deliverables if one.site.id in sites and unit in ("", one.item.unit)]
    return shown_as.deliverables(mine, known.day, "duties/plan", "信息保障计划")


def as_text(whole: Matrix, day: str) -> str:
    """For people: site by site the usual posts, its columns with unit and what differs, then what is missing."""
    lines = []
    for site in whole.sites():
        part = whole.of_site(site.id)
        known = [_posts(one) for one in part.lines]
        usual = max(known, key=known.count, default="")
        lines.append(f"{site.name}（{site.id}）")
        lines += [f"  岗位：{usual}"] if usual else []
        for one, posts in zip(part.lines, known, strict=True):
            age = f"，{one.days} 天内更新" if one.days else ""
            own = f"；{posts}" if posts and posts != usual else ""
            lines.append(f"  {one.column.name}（{one.column.path}）：{one.unit}{age}{own}")
        for gap in part.missing:
            word = "将满" if gap.soon else "缺口"
            lines += [f"  {word} [{gap.gap.rule.id}] {gap.gap.message}", f"    {gap.unit}：{gap.gap.hint}"]
    gaps = sum(not one.soon for one in whole.missing)
    lines.append(
        f"{day}：{len(whole.sites())} 个站点，{len(whole.lines)} 个栏目，{len(whole.units())} 个单位，{len(whole.posts)} 个岗位；"
        f"{gaps} 处缺口，{len(whole.missing) - gaps} 个岗位任期将满。"
    )
    return "\n".join(lines) + "\n"


def _posts(one: Line) -> str:
    return "；".join(f"{role} {'、'.join(one.posts[role]) or '缺'}" for role in ROLES if role in one.required)
