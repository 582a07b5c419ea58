"""What surveys, guides and documents owe their readers: a result in time, all elements, an interpretation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from jiyue.base.diagnostics import Diagnostic, Rule, warning
from jiyue.catalogue.article import Article
from jiyue.catalogue.frontmatter import NoFrontMatter, split
from jiyue.catalogue.phases import DAYS_TO_RESULT, has_result, phase_moments, result_due

RESULT = warning(
    "survey-result",
    "征集结束了，结果还没有公布",
    f"征集调查结束后要公布收到和采纳意见的情况；没有写日期的，结束后 {DAYS_TO_RESULT} 个工作日内公布。",
    "吉政办发〔2015〕5号（四）；国办秘函〔2019〕19号（征集调查）",
)
NUMBERS = warning(
    "survey-facts",
    "征集调查的日期、数字或者理由对不上",
    "读者凭它们知道自己的意见有没有下落；对不上的数字比没有更糟。",
    "吉政办发〔2015〕5号（四）；本平台",
)
RULES = (RESULT, NUMBERS)

Problem = tuple[Rule, str, str, str]
"""Rule, field, what is wrong, what to do."""


def duty_findings(row: Article, now: str, read: Callable[[str], str]) -> tuple[list[Diagnostic], list[str]]:
    """(findings, the moments 'YYYY-MM-DD HH:MM' at which one more may come). read: source path -> text, for lines."""
    if row.kind not in _OF_KIND:
        return [], []
    problems, moments = _OF_KIND[row.kind](row, now)
    if not problems:
        return [], moments
    try:
        lines = split(read(row.source_path)).lines
    except (NoFrontMatter, OSError):
        lines = {}
    return [
        rule.at(row.source_path, lines.get((field,), 1), message, hint, site=row.site)
        for rule, field, message, hint in problems
    ], moments


def _survey(row: Article, now: str) -> tuple[list[Problem], list[str]]:
    problems = list(_survey_facts(row))
    due, (_, closes) = result_due(row), phase_moments(row)
    late = f"{due + timedelta(days=1)} 00:00"
    if has_result(row):
        return problems, []
    if late > now or closes > now:
        return problems, [max(late, closes)]
    message = f"征集于 {row.extra['closes'][:10]} 结束，最迟 {due} 公布结果，已经过了 {(date.fromisoformat(now[:10]) - due).days} 天"
    hint = "写 result（一段文字或者结果文章的路径）和 opinions（意见和采纳情况）；另定了日期的，写 result_due"
    return [*problems, (RESULT, "closes", message, hint)], []


def _survey_facts(row: Article) -> Iterator[Problem]:
    extra = row.extra
    if extra["closes"] < extra["opens"]:
        yield NUMBERS, "closes", f"结束 {extra['closes'][:10]} 早于开始 {extra['opens'][:10]}", "核对这两个日期"
    opinions = extra.get("opinions", ())
    listed = sum(one.get("count", 1) for one in opinions)
    received, adopted = extra.get("opinions_received"), extra.get("adopted")
    if received is not None and adopted is not None and adopted > received:
        yield NUMBERS, "adopted", f"采纳 {adopted} 条，多于收到的 {received} 条", "核对这两个数"
    elif received is not None and listed > received:
        yield (
            NUMBERS,
            "opinions_received",
            f"收到 {received} 条，列出了 {listed} 条",
            "核对；与 opinions 一致的可以省略不写",
        )
    for number, one in enumerate(opinions, 1):
        if one["adopted"] != "采纳" and not one.get("reason"):
            yield NUMBERS, "opinions", f"第 {number} 条意见{one['adopted']}，没有写理由", "加一行 reason: 不采纳的理由"


_OF_KIND: dict[str, Callable[[Article, str], tuple[list[Problem], list[str]]]] = {"survey": _survey}
