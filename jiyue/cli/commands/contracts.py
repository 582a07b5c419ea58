"""`jiyue contracts`: contracts with those who work for the offices."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from jiyue.audit.dashboard import means
from jiyue.checks.repository.contract_ends import ends_of
from jiyue.checks.repository.rights import PolicyError, load_rights
from jiyue.cli.called import shown
from jiyue.cli.common import Root, Today, now_text, usage
from jiyue.cli.sheets import Format, To, given, resources

contracts = typer.Typer(
    add_completion=False, no_args_is_help=True, rich_markup_mode=None, help="外包合同：列出、到期（登记簿 contracts）。"
)


@contracts.callback()
def _contracts() -> None:
    """外包合同：列出、到期（登记簿 contracts）。"""


@contracts.command("list")
def list_(root: Root = Path(), today: Today = "", format: Format = "text", to: To = None) -> None:
    """列出全部合同，快到期的在前。"""
    given(means.contracts(resources(root, today)), format, to)


@contracts.command()
def due(
    root: Root = Path(), today: Today = "",
    days: Annotated[int, typer.Option("--days", min=0, max=36_500, help="几天以内到期")] = 30,
) -> None:  # fmt: skip
    """列出几天以内到期、没有续签的合同，和到期以后账号还在的；有已到期的以 1 结束。"""
    found = resources(root, today)
    day = now_text(today)[:10]
    last = date.fromisoformat(day) + timedelta(days=days)
    ends = sorted(one for one in ends_of(root, found.registry.urls, day) if one.until <= last)
    for one in sorted(ends, key=lambda one: (one.until, one.number)):
        print(shown(f"{one.path}:{one.line}: {one.what}　{one.unit}"))
    over = sum(str(one.until) < day for one in ends)
    print(f"{len(ends)} 份合同要处理，其中已到期 {over} 份。")
    raise SystemExit(1 if over else 0)


@contracts.command()
def accounts(root: Root = Path(), today: Today = "", format: Format = "text", to: To = None) -> None:
    """列出权限文件里的全部账号：凭什么岗位、哪份合同，到哪天；两样都没有的标出来。"""
    found = resources(root, today)
    try:
        rights = load_rights(root, found.registry.sites)
    except PolicyError as problem:
        usage(str(problem))
    given([means.accounts(found, rights)], format, to)
