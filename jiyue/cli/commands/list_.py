"""`jiyue list`."""

from __future__ import annotations

import json
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from jiyue.base.cache import Cache
from jiyue.base.diagnostics import Severity
from jiyue.base.reason import NAMES, Reason
from jiyue.build.alerts import waiting_alerts
from jiyue.build.findings import findings_before_rendering
from jiyue.build.registry_cache import recall_registry
from jiyue.build.scanning import scan_all
from jiyue.build.unpublished import STATES, Unpublished, of_alert, unpublished
from jiyue.checks.article.review import MISSING
from jiyue.cli.building import build_options
from jiyue.cli.common import Format, Jobs, Root, Today, show, usage


def list_(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[状态] [站点]...",
            help="状态：drafts 草稿、scheduled 定时、expired 到期和撤下、waiting 等待审核、withheld 有错误；"
            "站点：编号。不写就是全部",
            show_default=False,
        ),
    ] = None,
    root: Root = Path(), jobs: Jobs = 0, today: Today = "", format: Format = "text",
) -> None:  # fmt: skip
    """列出没有公开的稿件：为什么、从何时到何时、该谁处理。"""
    states = [word for word in what or () if word in STATES]
    options = build_options([word for word in what or () if word not in STATES], root, None, jobs, today, False)
    if format not in ("text", "json"):
        usage(f"--format 只能是 text 或 json，不能是「{format}」")
    cache = Cache(root / ".jiyue" / "store")
    registry, summaries = scan_all(options, recall_registry(root, cache), cache, lambda *_: None)
    reasons = [reason for state in states or STATES for reason in STATES[state]]
    chosen = [summaries[site] for site in options.sites or registry.sites if site in summaries]
    findings = findings_before_rendering(options, registry, summaries, ())
    rows = unpublished(root, chosen, options.now, findings, reasons)
    if Reason.UNAPPROVED in reasons:
        alerts = waiting_alerts(root, registry, cache, options.now)
        rows += [of_alert(one) for one in alerts if not options.sites or one.site in options.sites]
        rows.sort(key=lambda row: (row.site, row.path))
    if format == "json":
        print(json.dumps([row.as_json() for row in rows], ensure_ascii=False, indent=1))
        return
    show([one for one in registry.diagnostics if one.site in registry.broken], "text")
    for site, own in groupby(rows, key=lambda row: row.site):
        print(f"{registry.sites[site].name}（{site}）")
        for row in own:
            _print(row)
    counts = Counter(row.reason for row in rows)
    named = "、".join(f"{name} {counts[reason]} 篇" for reason, name in NAMES.items() if counts[reason])
    print(f"没有公开的稿件共 {len(rows)} 篇：{named}。" if rows else "没有这样的稿件。")


def _print(row: Unpublished) -> None:
    """State and title, file, when, who is next, and the errors."""
    print(f"  【{'、'.join(NAMES[reason] for reason in row.reasons)}】{row.title}")
    print(f"    {row.path}")
    if more := "；".join(text for text in (row.when(), row.next()) if text):
        print(f"    {more}")
    errors = [one for one in row.findings if one.severity is Severity.ERROR and one.rule != MISSING.id]
    for one in errors[:SHOWN]:
        print(f"    第 {one.line} 行：{one.message}" if one.line else f"    {one.message}")
    if len(errors) > SHOWN:
        print(f"    还有 {len(errors) - SHOWN} 处错误，见 jiyue check {row.site}")


SHOWN = 3
"""Errors of an article that are printed."""
