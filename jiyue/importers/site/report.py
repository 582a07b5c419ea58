"""What an import of an old site tells: the machine-readable report, and a summary by kind that fits a screen."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jiyue.importers.moves import Move
    from jiyue.importers.site.run import SiteReport

_EXAMPLES = 3
_MOST_KINDS = 30


def as_json(report: SiteReport) -> str:
    """{"pages": [{"path", "status", "article", "share", "reason"}]}, a line for each page. share: null if there is none."""
    rows = [
        {"path": one.path, "status": one.status, "article": one.article, "share": one.share, "reason": one.reason}
        for one in report.pages()
    ]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    return f'{{"pages": [\n{lines}\n]}}\n' if rows else '{"pages": []}\n'


def summary(report: SiteReport) -> Iterator[str]:
    """The lines of the summary."""
    pages = report.pages()
    counts = Counter(one.status for one in pages)
    yield (
        f"网页 {len(pages)} 个：导入 {counts['imported']} 篇，不导入 {counts['skipped']} 个，出错 {counts['error']} 个"
        f"（新写或更新 {report.placed['written']} 篇，没有变化 {report.placed['same']} 篇）。"
    )
    carried = [one for one in pages if one.share is not None and one.status == "imported"]
    total = sum(one.characters for one in carried)
    if total:
        share = sum((one.share or 0) * one.characters for one in carried) / total
        least = min(carried, key=lambda one: (one.share or 0, one.path))
        yield f"可见文字取到 {share:.2%}；最少的是 {least.path}，{least.share:.1%}。"
    files = [one for one in report.moves if one.kind == "file"]
    if files:
        copied = sum(one.status == "imported" for one in files)
        yield f"图片和附件 {len(files)} 个：随稿件 {copied} 个；稿件里要的、文件夹里没有的 {sum(len(one.missing) for one in pages)} 处。"
    yield from _kinds("出错", [one for one in pages if one.status == "error"])
    yield from _kinds("不导入", [one for one in pages if one.status == "skipped"])
    yield from _kinds("已导入，但", [one for one in pages if one.status == "imported" and one.reason])
    yield from _grouped("编码", Counter(report.guessed.values()), report.guessed)
    for (old, place), count in report.unknown.most_common(_MOST_KINDS):
        yield f"认不出的旧栏目「{old}」{count} 篇，放在 {place}/：在规则的 columns 写明对应哪个栏目。"
    for template, count in sorted(report.undated.items()):
        yield f"模板「{template}」有 {count} 篇网页上没有日期，用了规则里的 undated，请核对。"
    if not report.hosts:
        yield "不知道旧站的域名：在规则里写 host，如 host: www.jl.example，旧网址才完整。"


def _kinds(what: str, moves: list[Move]) -> Iterator[str]:
    counts = Counter(_kind(one.reason) for one in moves)
    yield from _grouped(what, counts, {one.path: _kind(one.reason) for one in moves})


def _grouped(what: str, counts: Counter[str], of: dict[str, str]) -> Iterator[str]:
    for reason, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:_MOST_KINDS]:
        examples = [path for path, own in of.items() if own == reason][:_EXAMPLES]
        more = " 等" if count > len(examples) else ""
        yield f"{what}：{reason}，{count} 个：{'、'.join(examples)}{more}"


def _kind(reason: str) -> str:
    """A reason without what only its own page has."""
    return reason.partition("：")[0].partition("；")[0]
