"""The data dictionary: what every figure of the audit means, in which unit, from which source, and how it is measured.

Made of the rules themselves, so that no report can show a figure that it doesn't define.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from jiyue.audit.measures.table import MEASURES
from jiyue.registry.inspection import DECIDED_BY, LEVELS, InspectionRule, Threshold


class Entry(NamedTuple):
    """One figure: of the rule `id`, or, with `threshold`, one of its limits. All texts are Chinese. value: of a limit, as text."""

    id: str
    threshold: str
    name: str
    meaning: str
    value: str
    unit: str
    source: str
    verified: bool
    level: str
    decided_by: str
    how: str

    @property
    def anchor(self) -> str:
        """Its id in a document that lists the entries."""
        return f"{self.id}-{self.threshold}".lower() if self.threshold else self.id.lower()


def dictionary(rules: Iterable[InspectionRule]) -> list[Entry]:
    """An entry for each rule, followed by those for its thresholds."""
    entries = []
    for rule in rules:
        entries.append(
            Entry(rule.id, "", rule.name, rule.text, "", rule.unit, rule.source, rule.verified, LEVELS[rule.level],
                  DECIDED_BY[rule.decided_by], how(rule)),
        )  # fmt: skip
        entries += [
            Entry(rule.id, name, rule.name, one.text, value_text(one), one.unit, one.source, one.verified, LEVELS[rule.level],
                  DECIDED_BY[rule.decided_by], "指标方案给出的限值")
            for name, one in rule.thresholds.items()
        ]  # fmt: skip
    return entries


def how(rule: InspectionRule) -> str:
    """How a rule is measured; of what is not decidable, why."""
    measure = MEASURES.get(rule.measure)
    return rule.why if rule.decided_by == "none" or measure is None else measure.how


def value_text(threshold: Threshold) -> str:
    """A threshold's value as it is written in a profile."""
    return "、".join(threshold.value) if isinstance(threshold.value, tuple) else f"{threshold.value:g}"


def dictionary_page(rules: Iterable[InspectionRule]) -> str:
    """The dictionary as Markdown."""
    known = list(rules)
    lines = [
        "# 监督检查的数据字典",
        "",
        "每个数的含义、单位、出处和测法，由 `make docs` 从指标方案（`jiyue/profiles/national.yaml`、`province.yaml`）生成，不要手工改。",
        "「核对」一栏写「是」的，内容在出处的公开文本里看到过；写「否」的，用之前要与原文核对。",
        "市、县或者某一个站点要更严，在自己的方案里只写要改的限值，如 `rules: {V3: {thresholds: {days: 7}}}`。",
    ]
    for rule in known:
        points = f"每{rule.unit} {rule.points:g} 分，最多 {rule.max_points:g} 分" if rule.points else "不计分"
        lines += [
            "",
            f"## {rule.id}",
            "",
            f"**{rule.name}**",
            "",
            f"- 内容：{rule.text}（{LEVELS[rule.level]}；{points if rule.level in ('deduct', 'bonus') else '命中即成立'}）",
            f"- 数：{rule.figure}（{rule.unit}）",
            f"- 测法：{how(rule)}{'' if rule.decided_by == 'none' else f'。凭{DECIDED_BY[rule.decided_by]}判定'}。",
            f"- 出处：{rule.source}（核对：{'是' if rule.verified else '否'}）",
            *([f"- 改正：{rule.remedy}"] if rule.remedy else []),
        ]
        if rule.thresholds:
            lines += ["", "| 限值 | 含义 | 值 | 单位 | 出处 | 核对 |", "|---|---|---|---|---|---|"]
            lines += [
                f"| `{name}` | {one.text} | {value_text(one)} | {one.unit or '—'} | {one.source} | {'是' if one.verified else '否'} |"
                for name, one in rule.thresholds.items()
            ]
    return "\n".join(lines) + "\n"


def rules_table(rules: Iterable[InspectionRule]) -> str:
    """The table of all rules with what decides each, as Markdown."""
    lines = ["| 指标 | 名称 | 档次 | 凭什么判定 | 测法，或者不能判定的原因 |", "|---|---|---|---|---|"]
    for rule in rules:
        link = f"[{rule.id}](supervision-dictionary.md#{rule.id.lower()})"
        lines.append(f"| {link} | {rule.name} | {LEVELS[rule.level]} | {DECIDED_BY[rule.decided_by]} | {how(rule)} |")
    return "\n".join(lines) + "\n"
