"""What a measure finds, and the verdict on it as of a day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from jiyue.audit.measures.spans import END, NEVER, Spans, around, at_least, next_day, text
from jiyue.registry.inspection import InspectionRule

DECIDED, UNDECIDABLE, FAILED = "decided", "undecidable", "failed"
STATUSES = {DECIDED: "已判定", UNDECIDABLE: "不能判定", FAILED: "没有测成"}
"""Status of a measurement -> Chinese name. It says nothing of the value."""

ERROR, WARNING, INFO, NONE = "error", "warning", "info", "none"
SEVERITIES = {ERROR: "不合格", WARNING: "扣分或提醒", INFO: "说明", NONE: "合格"}
"""Severity of a finding -> Chinese name. none: measured, and nothing is wrong."""

LIMIT = "fails_at"
"""The threshold that says from how many cases on a rule is broken; one, if a rule has none."""


class Item(NamedTuple):
    """One thing that a rule looks at, where something is wrong on some days.

    key: what it is (a column, a letter, a file), the same in every audit. bad: the days on which it breaks the rule; soon:
    on which it is only worth a warning. path, line: where it is mended. unit: who is responsible. message: what is wrong,
    with {last} for the last of `marks` that is public and {days} for the days since then; marks: (a day on which it was
    brought up to date, the span in which that is public), ascending.
    weight: for how many cases it counts. page: its address on the site. commit: evidence in git. hint: '' for the rule's.
    """

    key: str
    message: str
    bad: Spans
    path: str
    line: int = 0
    unit: str = ""
    soon: Spans = NEVER
    marks: tuple[tuple[int, int, int], ...] = ()
    weight: int = 1
    page: str = ""
    commit: str = ""
    hint: str = ""

    def days(self, day: int) -> int | None:
        """The days since it was last brought up to date; None if it never was."""
        for mark, begins, ends in reversed(self.marks[: bisect_right(self.marks, (day, END, END))]):
            if begins <= day < ends:
                return day - mark
        return None

    def words(self, day: int) -> str:
        """The message as of a day."""
        since = self.days(day)
        last = "从来没有" if since is None else text(day - since)
        return self.message.replace("{last}", last).replace("{days}", "—" if since is None else str(since))


class Measured(NamedTuple):
    """What a measure found on a site, whatever the day. looked_at: how many things it looked at, right or wrong.

    status, why: whether it could look at all. days: its figure is the days since the last update of its first item.
    """

    items: list[Item]
    looked_at: int
    status: str = DECIDED
    why: str = ""
    days: bool = False


def undecidable(why: str) -> Measured:
    """What can't be decided, and why."""
    return Measured([], 0, UNDECIDABLE, why)


def failed(why: str) -> Measured:
    """What could not be measured, and why."""
    return Measured([], 0, FAILED, why)


@dataclass(frozen=True, slots=True)
class Measurement:
    """The verdict on one rule for one site as of a day.

    status, why: as in Measured; value: the rule's figure in its unit, None unless decided. broken: whether the rule is
    broken; warned: whether something is wrong that does not break it. since: the first day of the present breach,
    breaks_on: the next day, from today on, on which the rule is broken if nothing changes; both 'YYYY-MM-DD' or ''. cases:
    weight of what is wrong; points: what that costs (a bonus: brings). findings: see Finding; at least one.
    """

    site: str
    rule: str
    level: str
    status: str
    value: float | None
    looked_at: int
    cases: int
    broken: bool
    warned: bool
    points: float
    since: str
    breaks_on: str
    why: str
    severity: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: an item that is or will be wrong, or, for a rule without any, the rule itself.

    The fields are the published form: {rule, status, value, severity, site, path, line, message, hint}, then unit (who is
    responsible), since, breaks_on, page and commit (evidence), key (what it is about), level and why.
    """

    rule: str
    status: str
    value: float | None
    severity: str
    site: str
    path: str
    line: int
    message: str
    hint: str
    unit: str
    since: str
    breaks_on: str
    page: str
    commit: str
    key: str
    level: str
    why: str


def limit_of(rule: InspectionRule) -> int:
    """From how many cases on a rule is broken."""
    return rule.days(LIMIT) if LIMIT in rule.thresholds else 1


def judge(measured: Measured, rule: InspectionRule, site: str, place: str, day: int) -> Measurement:
    """The verdict as of a day. place: the file that a finding names where no item names one."""
    if measured.status != DECIDED:
        severity = ERROR if measured.status == FAILED else INFO
        message = f"{rule.name}：{STATUSES[measured.status]}，{measured.why}"
        only = _finding(rule, measured, site, severity, None, Item("", message, NEVER, place), "", "")
        return Measurement(
            site, rule.id, rule.level, measured.status, None, 0, 0, False, False, 0, "", "", measured.why, severity, (only,)
        )  # fmt: skip
    limit, bonus = limit_of(rule), rule.level == "bonus"
    breach = at_least(((item.bad, item.weight) for item in measured.items), limit)
    now, ahead = around(breach, day), next_day(breach, day)
    cases = sum(item.weight for item in measured.items if around(item.bad, day))
    soon = [item for item in measured.items if not around(item.bad, day) and around(item.soon, day)]
    broken = now is not None
    warned = not broken and bool(cases or soon) and not bonus
    severity = _severity(rule.level, broken=broken, warned=warned)
    value: float | None = cases
    if measured.days:
        value = measured.items[0].days(day) if measured.items else None
    points = min(rule.points * cases, rule.max_points or rule.points * cases) if broken else 0
    since = text(now[0]) if now and now[0] > 1 else ""
    breaks_on = text(ahead) if ahead is not None and ahead > 1 else ""
    shown = [] if bonus else [(item, around(item.bad, day)) for item in measured.items]
    of_item = WARNING if severity == NONE else severity
    findings = [
        _finding(rule, measured, site, of_item, _value(measured, item, day), item._replace(message=item.words(day)), *_when(item, day))
        for item, wrong in shown
        if wrong or around(item.soon, day)
    ]  # fmt: skip
    if limit > 1 and broken:
        message = f"{rule.name}：共 {cases} {rule.unit or '处'}，达到 {limit} {rule.unit or '处'}"
        findings.insert(
            0, _finding(rule, measured, site, severity, value, Item("", message, NEVER, place), since, breaks_on)
        )
    if not findings:
        message = f"{rule.name}：{_all_well(rule, measured, value, broken=broken)}"
        itself = Item("", message, NEVER, place)
        findings = [_finding(rule, measured, site, severity, value, itself, since, breaks_on)]
    return Measurement(
        site, rule.id, rule.level, DECIDED, value, measured.looked_at, cases, broken, warned, points, since, breaks_on, "",
        severity, tuple(findings),
    )  # fmt: skip


def forecast(measured: Measured, day: int, until: int) -> Iterable[tuple[int, Item]]:
    """(the day on which it becomes wrong, item) of all that is well on a day and will not be by `until`."""
    for item in measured.items:
        ahead = next_day(item.bad, day)
        if ahead is not None and day < ahead <= until:
            yield ahead, item


def _severity(level: str, *, broken: bool, warned: bool) -> str:
    if level == "bonus":
        return INFO if broken else NONE
    if broken:
        return ERROR if level == "veto" else WARNING
    return WARNING if warned else NONE


def _all_well(rule: InspectionRule, measured: Measured, value: float | None, *, broken: bool) -> str:
    if rule.level == "bonus":
        return f"{rule.figure} {value:g}{rule.unit}，{'可以加分' if broken else '还不能加分'}"
    if measured.days and value is not None:
        return f"{rule.figure} {value:g} {rule.unit}，没有问题"
    return f"看了 {measured.looked_at} 项，没有问题"


def _value(measured: Measured, item: Item, day: int) -> float | None:
    return item.days(day) if measured.days or item.marks else item.weight


def _when(item: Item, day: int) -> tuple[str, str]:
    now, ahead = around(item.bad, day), next_day(item.bad, day)
    since = text(now[0]) if now and now[0] > 1 else ""
    return since, text(ahead) if ahead is not None and ahead > 1 else ""


def _finding(
    rule: InspectionRule, measured: Measured, site: str, severity: str, value: float | None, item: Item, since: str, breaks_on: str
) -> Finding:  # fmt: skip
    return Finding(
        rule.id, measured.status, value, severity, site, item.path, item.line, item.message, item.hint or rule.remedy,
        item.unit, since, breaks_on, item.page, item.commit, item.key, rule.level, measured.why,
    )  # fmt: skip
