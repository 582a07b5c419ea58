"""`jiyue editions`: which editions in other languages are open, and what keeps the others closed."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jiyue.base.cache import Cache
from jiyue.build.editions import edition_states
from jiyue.build.options import Options
from jiyue.build.registry_cache import recall_registry
from jiyue.build.scanning import scan_all
from jiyue.catalogue.parity import STATES, Parity
from jiyue.cli.common import Format, Root, Sites, Today, known_sites, now_text, usage

COLUMNS = (
    "site",
    "lang",
    "state",
    "column",
    "path",
    "title",
    "translation",
    "changed",
    "due",
    "late",
    "editor",
    "reviewer",
)
_NAMES = (
    "站点",
    "语种",
    "情况",
    "栏目",
    "原文",
    "标题",
    "译文",
    "原文发布或更新",
    "期限",
    "已逾期",
    "编辑岗位",
    "审校岗位",
)


def editions(sites: Sites = None, root: Root = Path(), today: Today = "", format: Format = "text") -> None:
    """各站点的译文版本（外文版）开通没有；核心栏目里缺哪些译文、哪些落后、从何时起、由哪个岗位处理。"""
    if format not in ("text", "json", "csv"):
        usage(f"--format 只能是 text、json 或 csv，不能是「{format}」")
    known_sites(root, sites)
    now, cache = now_text(today), Cache(root / ".jiyue" / "store")
    registry, summaries = scan_all(Options(root, root, now=now), recall_registry(root, cache), cache, lambda *_: None)
    found = edition_states(root, registry, summaries, cache, now, sites or ())
    if format == "json":
        print(json.dumps({"as_of": now, "editions": list(_report(found, now))}, ensure_ascii=False, indent=1))
        return
    rows = [row for site, states in found.items() for parity in states for row in _rows(site, parity, now)]
    if format == "csv":
        sys.stdout.write("\ufeff")
        writer = csv.writer(sys.stdout, lineterminator="\r\n")
        writer.writerow(_NAMES)
        writer.writerows(list(row.values()) for row in rows)
        return
    for site, states in found.items():
        print(f"{registry.sites[site].name}（{site}）")
        for parity in states:
            _print(parity, now)
    if not found:
        print("没有站点开设译文版本。")


def _report(found: dict[str, list[Parity]], now: str) -> Iterator[dict[str, Any]]:
    for site, states in found.items():
        for parity in states:
            edition = parity.edition
            yield {
                "site": site, "lang": edition.lang, "open": not parity.closed, "why": list(parity.closed),
                "editor": edition.editor, "reviewer": edition.reviewer, "max_lag_days": edition.max_lag_days,
                "columns": [core._asdict() for core in parity.cores], "rows": list(_rows(site, parity, now)),
            }  # fmt: skip


def _rows(site: str, parity: Parity, now: str) -> Iterator[dict[str, Any]]:
    edition = parity.edition
    for lag in parity.lags:
        yield dict(
            zip(
                COLUMNS,
                (
                    site, edition.lang, STATES[lag.state], lag.column, lag.path, lag.title, lag.translation, lag.changed, lag.due,
                    "是" if lag.due <= now else "否", edition.editor, edition.reviewer,
                ),
                strict=True,
            )
        )  # fmt: skip


def _print(parity: Parity, now: str) -> None:
    edition = parity.edition
    print(f"  {edition.lang}：{'没有开通' if parity.closed else '开通'}")
    for why in parity.closed:
        print(f"    {why}")
    for core in parity.cores:
        print(f"    核心栏目 {core.path}：原文 {core.originals} 篇，有译文 {core.translated} 篇，逾期 {core.late} 篇")
    for lag in parity.lags:
        late = "已逾期" if lag.due <= now else "未到期"
        print(f"    【{STATES[lag.state]}，{late}】{lag.title}　{lag.path}")
        print(f"      原文 {lag.changed}，期限 {lag.due}，由{edition.editor}翻译、{edition.reviewer}审校")
