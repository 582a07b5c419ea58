"""Checks the duties of surveys (a result in time), guides (all elements) and documents (an interpretation)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from jiyue.base.diagnostics import Diagnostic, Rule, warning
from jiyue.base.patterns import pattern
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
ELEMENTS = warning(
    "guide-elements",
    "办事指南的要素不全",
    "事项名称、设定依据、申请条件、办理材料、办理地点、办理时间、联系电话、办理流程、收费标准、办理时限缺一项，办事的人就可能白跑一趟。",
    "国办秘函〔2019〕19号 单项否决第6项（服务不实用）",
)
STATISTICS = warning(
    "guide-statistics",
    "办件统计没有按时更新",
    "办事统计数据超过三个月没有更新，读者看不出事项还办不办。",
    "国办秘函〔2019〕19号（办事服务）",
)
RULES = (RESULT, NUMBERS, ELEMENTS, STATISTICS)

GUIDE_ELEMENTS = {
    "basis": "设定依据", "conditions": "申请条件", "materials": "办理材料", "place": "办理地点", "hours": "办理时间",
    "phone": "联系电话", "steps": "办理流程", "fee": "收费标准", "time_limit": "办理时限",
}  # fmt: skip
"""The elements of a guide besides its title, 事项名称: field and name (国办秘函〔2019〕19号)."""
STATISTICS_DAYS = 90
_CHARGED = pattern(r"(?<![0-9.])(?!0+(?:\.0+)?\s*元)[0-9][0-9,.]*\s*元")

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


def _guide(row: Article, now: str) -> tuple[list[Problem], list[str]]:
    extra = row.extra
    problems: list[Problem] = []
    missing = {field: name for field, name in GUIDE_ELEMENTS.items() if not extra.get(field)}
    if missing:
        hint = "补上" + "、".join(missing) + "；没有的要素写「无」，如 fee: 不收费"
        problems.append((ELEMENTS, "kind", f"缺 {len(missing)} 项：{'、'.join(missing.values())}", hint))
    if (fee := extra.get("fee")) and not extra.get("fee_basis") and _CHARGED.search(fee):
        hint = "加一行 fee_basis: 收费文件的名称和文号；不收费的写 fee: 不收费"
        problems.append((ELEMENTS, "fee", "写了收费标准，没有写收费依据", hint))
    if not (statistics := extra.get("statistics")):
        return problems, []
    late = f"{date.fromisoformat(statistics['until'][:10]) + timedelta(days=STATISTICS_DAYS + 1)} 00:00"
    if late > now:
        return problems, [late]
    message = f"办件统计截至 {statistics['until'][:10]}，超过 {STATISTICS_DAYS} 天"
    hint = "在数据文件里补上新的月份，并改 until；不再统计的删去 statistics"
    return [*problems, (STATISTICS, "statistics", message, hint)], []


_OF_KIND: dict[str, Callable[[Article, str], tuple[list[Problem], list[str]]]] = {"survey": _survey, "guide": _guide}
