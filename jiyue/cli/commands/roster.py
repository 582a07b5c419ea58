"""`jiyue roster`: duty and the reading of sites."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from jiyue.audit.measures.spans import number
from jiyue.build.options import Options
from jiyue.cli.called import shown
from jiyue.cli.common import Format, Root, Today, now_text, show, usage
from jiyue.responsibility.collect import Duties, duties_of
from jiyue.responsibility.roster import READING_RULE, as_ics, is_open, spans_text, statistics

roster = typer.Typer(
    add_completion=False, no_args_is_help=True, rich_markup_mode=None, help="值班表和读网记录：今天、缺的、统计、日历。"
)
_AHEAD = 14


@roster.callback()
def _roster() -> None:
    """值班表和读网记录：今天、缺的、统计、日历。"""


@roster.command()
def today(root: Root = Path(), today: Today = "") -> None:
    """今天谁值班，往后两周哪天没有人，哪些站点该读网了，读网发现的问题改了没有。"""
    duties = _duties(root, today)
    show([one for one in duties.findings if "/roster." in one.path or "/reading_log." in one.path], "text")
    for line in lines_of(duties):
        print(shown(line))


@roster.command()
def stats(root: Root = Path(), today: Today = "", format: Format = "text") -> None:
    """各岗位值班的天数、读网的次数、发现和没有改正的问题。"""
    duties = _duties(root, today)
    figures = statistics(duties.rosters, duties.site_readings)
    if format == "json":
        print(json.dumps(figures, ensure_ascii=False, indent=1))
        return
    for post, one in figures["duty"].items():
        print(shown(f"{post}：值班 {one['turns']} 班，{one['days']} 天"))
    for post, one in figures["readings"].items():
        print(shown(f"{post}：读网 {one['readings']} 次，发现问题 {one['found']} 处，没有改正 {one['open']} 处"))


@roster.command()
def ics(
    root: Root = Path(),
    today: Today = "",
    site: Annotated[str, typer.Option("--site", help="只要这个站点的值班表")] = "",
) -> None:
    """把值班表写成日历（iCalendar）。"""
    duties = _duties(root, today)
    chosen = [one for one in duties.rosters if not site or one.site == site]
    if not chosen:
        usage("没有值班表：在 sites/registers/roster.csv 里登记" if not site else f"站点「{site}」没有值班表")
    names = {known.id: known.name for known in duties.registry.sites.values()}
    print(as_ics(chosen, names, duties.day), end="")


def lines_of(duties: Duties) -> list[str]:
    """What there is to say of a day, in Chinese."""
    names = {known.id: known.name for known in duties.registry.sites.values()}
    day, lines = number(duties.day), []
    for one in duties.rosters:
        there = "、".join(f"{turn.post}{f'（{turn.shift}）' if turn.shift else ''}" for turn in one.on_duty(duties.day))
        lines.append(f"{names[one.site]}：今天{there or '没有人'}值班")
        if empty := spans_text(one.empty(), day + _AHEAD):
            lines.append(f"  没有人值班：{empty}")
    for look in duties.site_readings:
        rule = duties.registry.rules(duties.registry.sites[look.site]).get(READING_RULE)
        days = rule.days("days") if rule else 7
        last = f"最近一次读网 {look.readings[-1].entry.at}" if look.readings else "还没有人读网"
        late = any(first <= day < after for first, after in look.unread(days))
        lines.append(f"{names[look.site]}：{last}" + (f"，超过 {days} 天" if late else ""))
        lines += [
            f"  没有改正：{row.entry.found}（{row.entry.at}，{row.entry.state}）"
            for row in look.readings
            if is_open(row.entry)
        ]
    return lines or ["没有值班表和读网记录：在 sites/registers/ 里登记 roster.csv、reading_log.csv"]


def _duties(root: Path, today: str) -> Duties:
    return duties_of(Options(root, root / "output", now=now_text(today)))
