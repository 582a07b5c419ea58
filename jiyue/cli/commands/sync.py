"""`jiyue sync`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from jiyue.base.diagnostics import did_you_mean, has_errors, in_order
from jiyue.cli.common import Root, Today, moment, show, usage
from jiyue.registry.load import load_registry


def sync(
    sources: Annotated[list[str] | None, typer.Argument(help="来源的编号；不写就是全部", show_default=False)] = None,
    root: Root = Path(),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只取来检验，不写任何文件")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="用 JSON 报告")] = False,
    today: Today = "",
) -> None:
    """从上级网站取来新稿件，写成草稿；来源写在 sites/upstream/。"""
    try:
        from jiyue.upstream.sources import known_sources  # noqa: PLC0415  (libraries of the extra `sync`)
        from jiyue.upstream.sync import sync as read_all  # noqa: PLC0415  (libraries of the extra `sync`)
    except ImportError as missing:  # lxml raises it without a name where cssselect is missing
        name = (missing.name or "cssselect").partition(".")[0]
        if name == "jiyue":
            raise
        usage(f"jiyue sync 需要另装的程序库（缺 {name}）：运行 tools/setup.sh sync，或 pip install 'jiyue[sync]'")
    known = known_sources(root)
    for name in sources or ():
        if name not in known:
            usage(f"没有名为「{name}」的来源（sites/upstream/{name}.yaml）。{did_you_mean(name, known)}".rstrip("。"))
    report = read_all(root.resolve(), load_registry(root), sources or (), now=moment(today), dry_run=dry_run)
    findings = in_order(report.findings)
    if as_json:
        data = {"sources": [one.as_json() for one in report.sources], "diagnostics": [d.as_json() for d in findings]}
        print(json.dumps(data, ensure_ascii=False, indent=1))
    else:
        show(findings, "text")
        for one in report.sources:
            parts = [f"新稿件 {len(one.new)} 篇"] + ([f"更新 {len(one.updated)} 篇"] if one.updated else [])
            parts += [f"还有 {one.waiting} 篇下次再取"] if one.waiting else []
            listed = "没有变化" if one.unchanged else "没有取到" if one.items is None else f"列出 {one.items} 条"
            print(f"{one.source}：{listed}，{'，'.join(parts)}")
            for path in (*one.new, *one.updated):
                print(f"  {path}")
        if not known:
            print("还没有来源：在 sites/upstream/ 里写，写法见 docs/linkage.md", file=sys.stderr)
    raise SystemExit(1 if has_errors(findings) else 0)
