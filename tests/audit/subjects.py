"""Sites under audit, made of a few facts, and the product's own rules."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from jiyue.audit.measures.facts import Facts, LetterRow, Row
from jiyue.audit.measures.measurement import Measured, Measurement, judge
from jiyue.audit.measures.spans import END, number, text
from jiyue.audit.measures.subject import Subject
from jiyue.audit.run import measure
from jiyue.base.diagnostics import Diagnostic, Severity
from jiyue.registry.inspection import InspectionRule, Threshold
from jiyue.registry.load import profile_rules
from jiyue.registry.site import Column, Site

TODAY = "2026-11-23"
DAY = number(TODAY)


@cache
def rules() -> dict[str, InspectionRule]:
    """The rules of the product's profile for provinces."""
    return profile_rules("province")


def with_threshold(rule: InspectionRule, **values: Any) -> InspectionRule:
    """A rule with other values of some thresholds."""
    changed = {name: replace(rule.thresholds[name], value=value) for name, value in values.items()}
    assert all(isinstance(one, Threshold) for one in changed.values())
    return replace(rule, thresholds={**rule.thresholds, **changed})


def ago(days: int) -> str:
    """The day so many days before TODAY."""
    return text(DAY - days)


def row(column: str, days: int, name: str = "a", kind: str = "news", ends: int = END, **extra: Any) -> Row:
    """An article of a column, published so many days ago."""
    day = ago(days)
    path = f"content/changchun/{column}/{name}.md"
    return Row(
        path,
        f"{column}/{name}.html",
        column,
        kind,
        f"{name} 的标题",
        f"{day} 09:00",
        number(day),
        ends,
        [number(day)],
        extra,
    )


def letter(
    received: str, replied: str = "", simple: bool = True, waits: str = "", number: str = "1", closed: str = ""
) -> LetterRow:
    """A letter of the ledger."""
    return LetterRow(
        number, "content/changchun/zxts/letters.csv", 2, "市民政局", True, received, simple, waits, "", replied, closed
    )


def hit(rule: str, path: str = "content/changchun/tzgg/a.md") -> Diagnostic:
    """A finding of some check."""
    return Diagnostic(rule, Severity.WARNING, "changchun", path, 3, "有问题", "改正")


def site(*columns: Column, kind: str = "prefecture", **facts: str) -> Site:
    """A site with these columns."""
    known = {
        "domain": "www.cc.gov.cn", "site_id_code": "9922010001", "sponsor": "市政府办公室", "operator": "政务公开科",
        "contact": "0000-1", "icp": "备1号", "police_no": "公安备1号", **facts,
    }  # fmt: skip
    return Site("changchun", "长春市人民政府", "长春市", kind, "https://www.cc.gov.cn", ("jilin",), known, columns)


def subject(
    *columns: Column, rows: Any = (), letters: Any = (), ledgers: Any = (), of: Site | None = None, **parts: Any
) -> Subject:
    """A site under audit."""
    return Subject(of or site(*columns), Facts(list(rows), list(letters), list(ledgers)), **parts)


def verdict(one: Subject, rule: InspectionRule, day: int = DAY) -> Measurement:
    """The verdict on a rule for a site on a day."""
    return judge(measured(one, rule), rule, one.site.id, one.file, day)


def measured(one: Subject, rule: InspectionRule) -> Measured:
    """What the rule's measure finds."""
    return measure(one, rule)
