"""`alert new`, `alert update`, `alert cancel`, `alert list`: emergency alerts."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from jiyue.base.cache import Cache
from jiyue.base.diagnostics import has_errors
from jiyue.build.alerts import alert_states
from jiyue.catalogue.alerts import LABELS, Alert
from jiyue.catalogue.new_alert import follow, write_alert
from jiyue.catalogue.scaffold import Refused
from jiyue.cli.called import shown
from jiyue.cli.common import Format, Root, Today, known_sites, now_text, show, usage
from jiyue.registry.load import load_registry

alert = typer.Typer(
    add_completion=False, no_args_is_help=True, rich_markup_mode=None, help="紧急信息：发布、更新、解除、列出。"
)

Text = Annotated[str, typer.Option("--text", help="显示在网页上的一句话", show_default=False)]
Until = Annotated[
    str, typer.Option("--until", help="结束时间 YYYY-MM-DD HH:MM，或多少小时之后，如 6h", show_default=False)
]
Severity = Annotated[
    str,
    typer.Option("--severity", help="红色、橙色、黄色、蓝色、提示（Extreme … Unknown）", show_default=False),
]
Instruction = Annotated[str, typer.Option("--instruction", help="防范措施", show_default=False)]
Description = Annotated[str, typer.Option("--description", help="详细情况", show_default=False)]
Area = Annotated[
    str,
    typer.Option("--area", help="地区：站点编号或行政区划代码，逗号分隔；默认本站和全部下级", show_default=False),
]
Web = Annotated[str, typer.Option("--web", help="详情的网址", show_default=False)]
Final = Annotated[str, typer.Option("--final", help="已经终审的岗位，登记为审核记录", show_default=False)]
Name = Annotated[str, typer.Argument(help="原信息的编号，如 jilin-20261128-01", show_default=False)]
By = Annotated[str, typer.Option("--site", help="由上级站点更新、解除的，写它的编号", show_default=False)]


@alert.callback()
def _alert() -> None:
    """紧急信息：发布、更新、解除、列出。"""


@alert.command()
def new(
    site: Annotated[str, typer.Option("--site", help="发布的站点编号")],
    event: Annotated[str, typer.Option("--event", help="事件，如 暴雨")],
    text: Text,
    until: Until,
    severity: Severity = "",
    instruction: Instruction = "",
    description: Description = "",
    area: Area = "",
    web: Web = "",
    final: Final = "",
    exercise: Annotated[bool, typer.Option("--exercise", help="演练：各处都标明【演练】")] = False,
    root: Root = Path(),
    today: Today = "",
) -> None:
    """写一条紧急信息；提交、构建、发布后，所涉地区各站点的每一页都显示它。"""
    known_sites(root, [site])
    now = now_text(today)
    fields = {"status": "Exercise" if exercise else "", "event": event, "severity": severity, "headline": text}
    fields |= {"instruction": instruction, "description": description, "expires": until, "web": web}
    _write(lambda: write_alert(root, site, now, {**fields, **_lists(area), **_record(final, now)}))


@alert.command()
def update(
    name: Name,
    text: Text = "",
    until: Until = "",
    severity: Severity = "",
    instruction: Instruction = "",
    description: Description = "",
    area: Area = "",
    web: Web = "",
    final: Final = "",
    site: By = "",
    root: Root = Path(),
    today: Today = "",
) -> None:
    """写一条更新，它代替原信息；没有写的各项照原信息。"""
    now = now_text(today)
    fields = {"headline": text, "expires": until, "severity": severity, "instruction": instruction}
    fields |= {"description": description, "web": web}
    _write(lambda: follow(root, name, "Update", site, now, {**fields, **_lists(area), **_record(final, now)}))


@alert.command()
def cancel(
    name: Name, text: Text = "", final: Final = "", site: By = "", root: Root = Path(), today: Today = ""
) -> None:
    """解除一条紧急信息：它从各网页消失，屏幕和其他系统收到解除的消息。"""
    now = now_text(today)
    _write(lambda: follow(root, name, "Cancel", site, now, {"headline": text, **_record(final, now)}))


@alert.command("list")
def list_(root: Root = Path(), today: Today = "", format: Format = "text") -> None:
    """列出紧急信息：在用、未到时间、已结束、已被代替或解除、没有通过检查的。有错误的以 1 结束。"""
    registry = load_registry(root)
    rows, findings = alert_states(root, registry, Cache(root / ".jiyue" / "store"), now_text(today))
    if format == "json":
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        show(findings, format)
        table = Table("编号", "状态", "类型", "级别", "事件", "内容", "起", "止", "站点数")
        for row in rows:
            table.add_row(*(str(row[key]) for key in _COLUMNS))
        Console(width=None if sys.stdout.isatty() else 200, markup=False).print(table)
        print(f"共 {len(rows)} 条，在用 {sum(row['state'] == '在用' for row in rows)} 条。")
    raise SystemExit(1 if has_errors(findings) else 0)


_COLUMNS = ("identifier", "state", "type", "level", "event", "headline", "begins", "expires", "sites")


def _lists(area: str) -> dict[str, Any]:
    return {"area": [place for place in area.replace("，", ",").split(",") if place.strip()]}


def _record(post: str, now: str) -> dict[str, Any]:
    return {"review": {"final": {"by": post, "date": now}}} if post else {}


def _write(make: Any) -> None:
    try:
        made: Alert = make()
    except Refused as problem:
        usage(str(problem))
    kind = LABELS["msgType"][made.msg_type]
    print(f"已写入 {made.path}（{kind}{'，演练' if made.is_exercise else ''}）")
    print(shown("接下来：终审岗位登记审核并提交，再运行 jiyue build 和 jiyue publish；jiyue alert list 看是否在用。"))
