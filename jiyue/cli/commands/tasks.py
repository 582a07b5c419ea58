"""`jiyue tasks`: the tasks of units."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from jiyue.audit.dashboard import duties as shown_as
from jiyue.audit.dashboard.tables import as_csv
from jiyue.base.clock import parse_date
from jiyue.build.options import Options
from jiyue.cli.called import shown
from jiyue.cli.common import Root, Sites, Today, known_sites, now_text, show, usage
from jiyue.responsibility.collect import Duties, duties_of
from jiyue.responsibility.tasks import (
    OPEN,
    OVERDUE,
    TODAY,
    Refused,
    TaskState,
    append_tasks,
    documents_since,
    new_tasks,
)

tasks = typer.Typer(
    add_completion=False, no_args_is_help=True, rich_markup_mode=None, help="协调任务：由文件生成、列出、到期。"
)
Unit = Annotated[str, typer.Option("--unit", help="只列这个单位的")]
Format = Annotated[str, typer.Option("--format", help="text、csv 或 json")]


@tasks.callback()
def _tasks() -> None:
    """协调任务：由文件生成、列出、到期。"""


@tasks.command("list")
def list_(
    sites: Sites = None, root: Root = Path(), today: Today = "", unit: Unit = "", format: Format = "text",
) -> None:  # fmt: skip
    """列出全部任务和它们今天的状态。"""
    duties = _duties(root, today)
    _show(duties, _chosen(duties, known_sites(root, sites), unit), format)


@tasks.command()
def due(
    sites: Sites = None, root: Root = Path(), today: Today = "", unit: Unit = "", format: Format = "text",
    days: Annotated[int, typer.Option("--days", min=0, help="几天以内到期")] = 14,
) -> None:  # fmt: skip
    """列出已逾期的和几天以内到期、还没有完成的任务；有逾期的以 1 结束。"""
    duties = _duties(root, today)
    day = duties.day
    waiting = [
        one
        for one in _chosen(duties, known_sites(root, sites), unit)
        if one.state(day) in (OVERDUE, TODAY) or (one.state(day) == OPEN and one.days_left(day) <= days)
    ]
    _show(duties, waiting, format)
    raise SystemExit(1 if any(one.state(day) == OVERDUE for one in waiting) else 0)


@tasks.command()
def new(
    documents: Annotated[
        list[str] | None, typer.Argument(help="文件：content 下的路径、站点/编号或者文号", show_default=False)
    ] = None,
    root: Root = Path(),
    today: Today = "",
    since: Annotated[str, typer.Option("--since", help="从这一天起公开的全部公文，YYYY-MM-DD")] = "",
    kinds: Annotated[
        list[str] | None, typer.Option("--kind", help="只要这几种，可以写几个；不写就是方案里的全部")
    ] = None,
) -> None:
    """按方案里的期限给文件生成任务（发布、解读、回应、推送），写进登记簿。"""
    if bool(documents) == bool(since):
        usage("写明哪些文件，或者用 --since 写从哪一天起公开的公文")
    first = parse_date(since) if since else ""
    if first is None:
        usage(f"--since 写错了：「{since}」应为 2026-11-20")
    duties = _duties(root, today)
    names = documents or [one.path for one in documents_since(duties.pieces, first[:10])]
    there, written = 0, 0
    for name in names:
        try:
            site, made = new_tasks(duties.registry, duties.pieces, name, duties.day, kinds or ())
            path, added = append_tasks(root, site, made)
        except Refused as problem:
            usage(str(problem))
        for one in added:
            print(shown(f"{path.relative_to(root).as_posix()}: {one.number}：{one.unit}，{one.due} 到期"))
        there, written = there + len(made) - len(added), written + len(added)
    print(f"{len(names)} 份文件，写进 {written} 项任务" + (f"，{there} 项已经有了" if there else "") + "。")


def _duties(root: Path, today: str) -> Duties:
    return duties_of(Options(root, root / "output", now=now_text(today)), every=True)


def _chosen(duties: Duties, sites: Iterable[str], unit: str) -> list[TaskState]:
    chosen = [*sites]
    return [
        one for one in duties.tasks if (not chosen or one.site.id in chosen) and (not unit or one.task.unit == unit)
    ]


def _show(duties: Duties, some: list[TaskState], format_: str) -> None:
    if format_ not in ("text", "csv", "json"):
        usage("--format 可以是 text、csv、json")
    table = shown_as.tasks(some, duties.day, "tasks", "协调任务")
    if format_ == "csv":
        print(as_csv(table).decode(), end="")
    elif format_ == "json":
        rows = json.loads(table.files()["tasks.json"])["rows"]
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        show([one for one in duties.findings if "/tasks." in one.path], "text")
        for cells in table.rows:
            number, site, unit, _, what, _, _, _, due_, state, by, note = (cell.value or "" for cell in cells)
            more = "".join(f"；{part}" for part in (by, note) if part)
            print(shown(f"{state}  {due_}  {number}  {what}\n    {site}，{unit}{more}"))
        states = [one.state(duties.day) for one in some]
        counts = "，".join(f"{state} {states.count(state)}" for state in dict.fromkeys(states))
        print(f"{duties.day}：{len(some)} 项任务" + (f"：{counts}。" if counts else "。"))
