"""Shared by the commands that publish: options, and reports of errors that stop a whole run."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from jiyue.base.cache import Busy
from jiyue.base.diagnostics import in_order
from jiyue.catalogue.sources import located
from jiyue.cli.common import show
from jiyue.publish.cluster import PublishedCluster
from jiyue.publish.release.batch import SiteOutcome
from jiyue.publish.release.manifest import ReleaseError
from jiyue.registry.load import load_registry
from jiyue.registry.site import ClusterBroken

Key = Annotated[Path | None, typer.Option("--key", help="签名私钥文件；省略时用环境变量 JIYUE_SIGNING_KEY")]
AllowLoss = Annotated[bool, typer.Option("--allow-loss", help="确认确有大批页面要消失")]
Wait = Annotated[float, typer.Option("--wait", min=0, help="另一个发布正在进行时最多等几秒")]


def cluster_at(root: Path, output: Path | None = None) -> PublishedCluster:
    """The cluster for publishing; exits with 1 if its cluster.yaml or root site is broken."""

    try:
        return PublishedCluster(root, load_registry(root), output or root / "output")
    except ClusterBroken as problem:
        show(problem.diagnostics, "text")
        raise SystemExit(1) from None


@contextmanager
def refusals() -> Iterator[None]:
    """Report an error that stops a whole run in one line; exits with 2 if a build is running, else with 1."""
    try:
        yield
    except Busy as busy:
        print(f"构建正在进行（进程 {busy}），等它结束后再试。", file=sys.stderr)
        raise SystemExit(2) from None
    except ReleaseError as problem:
        print(problem, file=sys.stderr)
        raise SystemExit(1) from None
    except OSError as problem:
        print(f"磁盘或文件系统出错：{problem}。线上内容完整；处理后重新运行。", file=sys.stderr)
        raise SystemExit(1) from None


def show_outcomes(outcomes: Sequence[SiteOutcome], format: str, root: Path) -> None:
    """Print the findings of all sites, in order; those of a ledger's row at its line. root: the cluster's folder."""
    show(in_order(located(root, (d for o in outcomes for d in o.diagnostics))), format)
