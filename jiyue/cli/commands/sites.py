"""`jiyue sites`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from jiyue.audit.dashboard import registration
from jiyue.audit.dashboard.tables import Table, as_csv, as_xlsx
from jiyue.build.exceptions import exceptions
from jiyue.cli.called import shown
from jiyue.cli.common import Root, Sites, Today, known_sites, now_text, usage
from jiyue.registry.load import load_registry


def sites(
    chosen: Sites = None, root: Root = Path(), today: Today = "",
    format: Annotated[str, typer.Option("--format", help="text、csv、json 或 xlsx")] = "text",
    table: Annotated[str, typer.Option("--table", help="csv 写哪一张：sites 登记表、exceptions 独立网站")] = "sites",
    to: Annotated[Path | None, typer.Option("--to", help="xlsx 写到哪个文件")] = None,
) -> None:  # fmt: skip
    """站点登记表：主办、承办、标识码、备案、安全等级、状态，和缺的、错的。"""
    if format not in ("text", "csv", "json", "xlsx"):
        usage("--format 可以是 text、csv、json、xlsx")
    if table not in ("sites", "exceptions"):
        usage("--table 可以是 sites、exceptions")
    if (format == "xlsx") != (to is not None):
        usage("--format xlsx 和 --to 文件一起写")
    wanted = known_sites(root, chosen)
    registry, now = load_registry(root), now_text(today)
    some = [site for site in registry.sites.values() if not wanted or site.id in wanted]
    made = {
        "sites": registration.sites(registry, some, now),
        "exceptions": registration.exceptions(exceptions(root, registry), now[:10]),
    }
    if to is not None:
        to.write_bytes(as_xlsx(made.values()))
        print(f"已写入 {to}")
    elif format == "csv":
        print(as_csv(made[table]).decode(), end="")
    elif format == "json":
        data = {name: json.loads(one.files()[f"{one.name}.json"])["rows"] for name, one in made.items()}
        print(json.dumps(data, ensure_ascii=False, indent=1))
    else:
        print(shown(as_text(made["sites"], made["exceptions"])), end="")


def as_text(registered: Table, approved: Table) -> str:
    """For people: a site a paragraph with what is registered of it, then the exceptions."""
    lines = []
    for cells in registered.rows:
        said = {column.name: cell.shown for column, cell in zip(registered.columns, cells, strict=True) if cell.value}
        head = f"{said.pop('名称')}（{said.pop('编号')}，{said.pop('类别')}，{said.pop('状态')}）{said.pop('网址')}"
        wrong = said.pop("问题", "")
        lines += [head, *(f"  {name}：{value}" for name, value in said.items())]
        lines += [f"  问题：{wrong}"] if wrong else []
    if approved.rows:
        lines.append(f"独立建设的网站 {len(approved.rows)} 个")
    for cells in approved.rows:
        said = {column.key: cell.shown for column, cell in zip(approved.columns, cells, strict=True)}
        lines.append(
            f"  {said['unit']}：{said['name']} {said['url']}，{said['approved_by']}，{said['until']} 到期，{said['state']}"
        )
    return "\n".join(lines) + "\n"
