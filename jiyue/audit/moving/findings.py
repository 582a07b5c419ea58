"""The findings of all checks in what was imported, grouped by kind, with a proposal of waivers for each group.

A waiver is a person's decision about one file, so a proposal has the entries ready, with the files' digests, and leaves the
approver open. Personal data, secrets and what guards the gate itself are never proposed: there the article is corrected.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

import yaml

from jiyue.base.diagnostics import RULES, Diagnostic, Severity
from jiyue.catalogue.migrated import digest_of
from jiyue.checks.waivers import LONGEST, NEVER

KINDS = (
    ("个人信息和秘密", ("privacy-", "secrecy-")),
    ("用语", ("wording-", "text-", "term-")),
    ("链接", ("link-", "url-", "repost-")),
    ("图片和附件", ("picture-", "attachment-", "file-")),
    ("无障碍", ("a11y-",)),
    ("审核和日期", ("review-", "backdating-", "date-", "rights-")),
)
"""Kinds of findings, with how the names of their rules begin; all others are of the last kind."""
OTHERS = "其他"
_CORRECTED = ("privacy-", "secrecy-", "review-", *NEVER)
"""Rules of which no waiver is proposed."""


class Group(NamedTuple):
    """The findings of one rule. places: how many; files: that have some; example: the first; waivable: whether waivers are
    proposed."""

    kind: str
    rule: str
    title: str
    severity: Severity
    places: int
    files: list[str]
    example: Diagnostic
    waivable: bool


def groups(findings: Iterable[Diagnostic], imported: Collection[str]) -> list[Group]:
    """The findings in these files by rule, the gravest kinds and the largest groups first."""
    by_rule: dict[str, list[Diagnostic]] = defaultdict(list)
    for finding in findings:
        if finding.path in imported:
            by_rule[finding.rule].append(finding)
    order = [name for name, _ in KINDS] + [OTHERS]
    made = [
        Group(
            kind_of(rule), rule, RULES[rule].title if rule in RULES else rule, found[0].severity, len(found),
            sorted({one.path for one in found}), min(found, key=lambda one: (one.path, one.line)),
            not rule.startswith(_CORRECTED) and any(one.severity is Severity.ERROR for one in found),
        )
        for rule, found in by_rule.items()
    ]  # fmt: skip
    return sorted(made, key=lambda one: (order.index(one.kind), -one.places, one.rule))


def kind_of(rule: str) -> str:
    """The kind of a rule's findings."""
    return next((name for name, begins in KINDS if rule.startswith(begins)), OTHERS)


def proposal(root: Path, group: Group, batch: str, day: datetime.date, approved_by: str = "") -> str:
    """Entries for `sites/waivers.yaml`, one for each file of a group; without an approver they don't count."""
    entries = []
    for path in group.files:
        file = root / path
        if file.is_file():
            entries.append({
                "rule": group.rule, "target": path, "reason": f"旧站迁来的原文（批次 {batch}）：{group.title}，照原样保留",
                "approved_by": approved_by, "until": day + LONGEST - datetime.timedelta(1), "digest": digest_of(file.read_bytes()),
            })  # fmt: skip
    head = (
        f"# {group.title}（{group.rule}）：{group.places} 处，{len(entries)} 个文件。\n"
        "# 逐个看过、确实可以照原样保留的，写上 approved_by（谁批准），并入 sites/waivers.yaml；其余的改正稿件。\n"
    )
    return head + yaml.safe_dump(entries, allow_unicode=True, sort_keys=False, width=1000)
