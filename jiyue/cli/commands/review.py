"""`jiyue review`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from jiyue.build.source_check import waiting
from jiyue.cli.building import build_options
from jiyue.cli.common import Format, Jobs, Root, Sites, Today
from jiyue.registry.site import REVIEW_STEPS


def review(
    sites: Sites = None, root: Root = Path(), jobs: Jobs = 0, today: Today = "", format: Format = "text"
) -> None:
    """列出等待审核的稿件：缺哪一审，由谁审。"""
    rows = waiting(build_options(sites, root, None, jobs, today, False))
    if format == "json":
        print(json.dumps([row._asdict() for row in rows], ensure_ascii=False, indent=1))
        return
    if not rows:
        print("没有等待审核的稿件。")
        return

    table = Table("站点", "稿件", "标题", "缺", "等谁", "期限")
    for row in rows:
        steps = "、".join(REVIEW_STEPS[step] for step in row.steps)
        table.add_row(row.site, row.path, row.title, steps, "、".join(row.posts) or "没有登记岗位", row.due)
    Console(width=None if sys.stdout.isatty() else 200, markup=False).print(table)
    print(f"共 {len(rows)} 篇等待审核。")
