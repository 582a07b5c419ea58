"""`jiyue import reconcile`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jiyue.cli.common import Output, Root, Today, usage


def run(
    batch: Annotated[str, typer.Argument(help="批次：sites/migrated/ 里 .jsonl 文件的名字；不写就是全部", show_default=False)] = "",
    to: Annotated[Path | None, typer.Option("--to", help="写到哪个文件夹，默认为输出目录下的 _cluster/moves/批次")] = None,
    approved_by: Annotated[str, typer.Option("--approved-by", help="写进建议的豁免的批准人；逐个看过以后才写")] = "",
    root: Root = Path(), output: Output = None, today: Today = "",
) -> None:  # fmt: skip
    """对账：旧站有什么、迁来什么、没有迁来的为什么；迁来稿件的检查结果。"""
    from jiyue.audit.moving.run import NoSuchBatch, report_moves  # noqa: PLC0415  (the help of import loads no report)
    from jiyue.cli.building import build_options  # noqa: PLC0415  (the help of import loads no report)
    from jiyue.importers.moves import BadMoves, batches  # noqa: PLC0415  (the help of import loads no report)

    names = [batch] if batch else batches(root)
    if not names or (to and len(names) > 1):
        usage("sites/migrated/ 里没有导入的记录" if not names else f"--to 只能用于一个批次：{'、'.join(names)}")
    options = build_options(None, root, output, 0, today, False)
    try:
        for made in report_moves(options, names, to, approved_by):
            print(f"{made.batch}：{'，'.join(f'{name} {value}' for name, value in made.facts)}。")
            for kind, count, rules in made.kinds:
                print(f"  {kind}：{count} 处，{rules} 条规则。")
            print(f"  报告写在 {made.folder}/index.html")
    except (BadMoves, NoSuchBatch) as problem:
        usage(str(problem))
