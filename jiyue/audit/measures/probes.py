"""What `jiyue probe` saw from outside, as its ledger has it (jiyue.registry.probe_ledger).

A record says something of its day and of the days after, until the next record of its kind, at most for a week: then nobody knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from jiyue.audit.measures.measurement import Item, Measured, failed, undecidable
from jiyue.audit.measures.spans import number, text
from jiyue.audit.measures.subject import Subject
from jiyue.registry.inspection import InspectionRule
from jiyue.registry.probe_ledger import DECIDED, FAILED, KINDS, Record, path_of

HOLDS = 7
"""Days for which a record holds, and over which the closed visits are counted (国办秘函〔2019〕19号 单项否决第2项: a week)."""


def probed(what: str) -> Callable[[Subject, InspectionRule], Measured]:
    """A measure of what is wrong by the last look of a kind; its figure is the record's value."""

    def measure(subject: Subject, rule: InspectionRule) -> Measured:
        records = [one for one in subject.probes if one.what == what]
        known = [one for one in records if one.status == DECIDED]
        if not known or records[-1].status != DECIDED:
            return _unknown(records, rule)
        days = [number(one.at) for one in known]
        ends = [min(day + HOLDS, after) for day, after in zip(days, [*days[1:], days[-1] + HOLDS], strict=True)]
        items = [
            Item(
                KINDS[what].name, _words(one), ((day, end),), *_place(subject, one), weight=max(1, int(one.value or 0))
            )
            for one, day, end in zip(known, days, ends, strict=True)
            if not one.ok and end > day
        ]
        return Measured(items, len(known))

    return measure


def closed_visits(subject: Subject, rule: InspectionRule) -> Measured:
    """The share of visits in a week that did not open in time."""
    records = [one for one in subject.probes if one.what == "reach"]
    known = [one for one in records if one.status == DECIDED]
    if not known:
        return _unknown(records, rule)
    limit, warn = rule.number("percent"), rule.number("warn_percent")
    days = [number(one.at) for one in known]
    shut = [not one.ok or (one.value or 0) >= rule.number("seconds") for one in known]
    items = []
    for day in range(days[0], days[-1] + HOLDS):
        week = [is_shut for at, is_shut in zip(days, shut, strict=True) if day - HOLDS < at <= day]
        share = 100 * sum(week) / len(week)
        span = ((day, day + 1),)
        if share >= limit or share > warn:
            last = next(one for one, is_shut in zip(reversed(known), reversed(shut), strict=True) if is_shut)
            why = last.why or f"用了 {last.value:g} 秒"
            message = f"到 {text(day)} 的一周里探测 {len(week)} 次，{sum(week)} 次打不开，占 {share:.1f}%；最后一次是 {last.at}：{why}"
            bad, soon = (span, ()) if share >= limit else ((), span)
            items.append(Item("首页", message, bad, *_place(subject, last), soon=soon, weight=max(1, round(share))))
    return Measured(items, len(known))


def certificate(records: Iterable[Record]) -> tuple[int, Record] | str:
    """The last whole day of a site's certificate, and the record that says so; or why it isn't known, ''."""
    looks = [one for one in records if one.what == "tls"]
    if not looks or looks[-1].status != DECIDED:
        return looks[-1].why if looks else ""
    return number(str(looks[-1].detail["until"])) - 1, looks[-1]


def _unknown(records: list[Record], rule: InspectionRule) -> Measured:
    """No look, or the last one saw nothing."""
    if not records:
        return undecidable(rule.why)
    last = records[-1]
    return failed(f"{last.at} {last.why}") if last.status == FAILED else undecidable(last.why)


def _place(subject: Subject, record: Record) -> tuple[str, int, str]:
    """Path, line and unit."""
    return path_of(subject.site.id, record.at[:7]), 0, subject.unit


def _words(record: Record) -> str:
    urls = record.detail.get("urls", ())
    named = f"（{'、'.join(urls)}{'等' if len(urls) < (record.value or 0) else ''}）" if urls else ""
    return f"{record.at} {KINDS[record.what].name}：{record.why}{named}"
