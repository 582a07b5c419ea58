"""Tasks, the information guarantee plan, duty and the reading of sites: what the registers of a cluster say (jiyue.responsibility)."""

from __future__ import annotations

from jiyue.audit.measures.measurement import Item, Measured, undecidable
from jiyue.audit.measures.spans import END, text, union, without
from jiyue.audit.measures.subject import Subject
from jiyue.registry.inspection import InspectionRule


def tasks(subject: Subject, rule: InspectionRule) -> Measured:
    """Tasks: wrong from the day after they are due until they are done, and worth a warning some days before."""
    if not subject.tasks:
        return undecidable(rule.why)
    ahead = rule.days("warn_days")
    items = []
    for one in subject.tasks:
        bad = without(((one.due + 1, END),), one.done)
        soon = without(((one.due + 1 - ahead, one.due + 1),), one.done)
        message = f"任务「{one.what}」的期限是 {text(one.due)}"
        items.append(Item(one.key, message, bad, one.path, one.line, one.unit or subject.unit, soon))
    return Measured(items, len(items))


def guarantee(subject: Subject, rule: InspectionRule) -> Measured:
    """Items of the plan: wrong while the last period that ended was missed, worth a warning before a period ends."""
    if not subject.plan:
        return undecidable(rule.why)
    ahead = rule.days("warn_days")
    items = []
    for one in subject.plan:
        soon = without(union((first - ahead, first) for first, _ in one.short), one.short)
        items.append(Item(one.key, one.what, one.short, one.path, one.line, one.unit or subject.unit, soon))
    return Measured(items, len(items))


def roster(subject: Subject, rule: InspectionRule) -> Measured:
    """Days without anybody on duty, from the first day of the roster on; it has to reach some days ahead."""
    one = subject.roster
    if one is None:
        return undecidable(rule.why)
    ahead = rule.days("ahead_days")
    items = []
    for first, after in without(((one.first, END),), one.covered):
        until = f"至 {text(after - 1)} " if first + 1 < after < END else "起" if after == END else ""
        bad, soon = ((first, after),), ((first - ahead, first),)
        message = f"{text(first)} {until}没有人值班"
        items.append(Item(text(first), message, bad, one.path, one.line, subject.unit, soon))
    return Measured(items, max(1, len(items)))


def reading(subject: Subject, rule: InspectionRule) -> Measured:
    """A site that nobody has read for too long, and what a reading found and nobody mended in time."""
    one = subject.site_reading
    if one is None:
        return undecidable(rule.why)
    days, mend = rule.days("days"), rule.days("mend_days")
    marks = tuple((mark, mark, END) for mark in sorted(set(one.marks)))
    read = union((mark, mark + days + 1) for mark in (one.since - 1, *one.marks))
    items = [
        Item(
            "读网", "最近一次读网：{last}，已经 {days} 天", without(((one.since, END),), read), one.path, one.line, subject.unit,
            marks=marks, hint="读网，在读网记录里写一行",
        )
    ]  # fmt: skip
    for what, day, mended, path, line in one.faults:
        bad = without(((day + mend + 1, END),), ((mended, END),) if mended < END else ())
        message = f"{text(day)} 读网发现的问题没有处理：{what}"
        items.append(
            Item(f"{text(day)} {what}", message, bad, path, line, subject.unit, hint="改正后写 state: 已改正 和 mended")
        )
    return Measured(items, len(items))
