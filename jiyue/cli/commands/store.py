"""`jiyue store backup` and `jiyue store restore`: stores all releases in a branch of a git repository."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from jiyue.cli.common import Root
from jiyue.publish.release import backup as branches
from jiyue.publish.release.manifest import ReleaseError
from jiyue.publish.release.store import Store

Remote = Annotated[str, typer.Argument(help="git 仓库的地址或名字，如 origin、git@host:gov/store.git、/srv/store.git")]
Branch = Annotated[str, typer.Option("--branch", help="写在哪个分支")]


store = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, help="备份、恢复历次版本。")


@store.callback()
def _store() -> None:
    """备份、恢复历次版本。"""


@store.command()
def backup(remote: Remote, branch: Branch = "jiyue-store", root: Root = Path()) -> None:
    """把发布目录（历次版本、线上是哪个、撤下过什么）存进 git 仓库的一个分支。"""
    written = _or_end(branches.backup, remote, branch, root)
    print(f"已把历次版本存入 {remote} 的分支 {branch}。" if written else "历次版本没有变化，不必再存。")


@store.command()
def restore(remote: Remote, branch: Branch = "jiyue-store", root: Root = Path()) -> None:
    """从 git 仓库的分支取回发布目录；这里已有的换成分支里的。"""
    restored = _or_end(branches.restore, remote, branch, root)
    print(f"已从分支 {branch} 取回历次版本。" if restored else f"{remote} 里还没有分支 {branch}：从第一次发布开始。")


def _or_end(action: Callable[[Store, str, str, Path], bool], remote: str, branch: str, root: Path) -> bool:
    try:
        return action(Store(root / ".jiyue" / "releases"), remote, branch, root)
    except (ReleaseError, OSError) as problem:
        print(problem, file=sys.stderr)
        raise SystemExit(1) from None
