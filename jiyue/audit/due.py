"""The forecast: what will be wrong, and on which day, if nothing is done. The days are the measures' own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from jiyue.audit.measures.measurement import INFO, WARNING, Item, judge, limit_of
from jiyue.audit.measures.spans import NEVER, at_least, next_day, number, text
from jiyue.audit.run import Audit


class Due(NamedTuple):
    """Something that will be wrong from `day` on. key: what it is about, '' for the rule as a whole, which then is broken.

    severity: error if a veto applies from that day on. latest: the last day on which it can still be mended in time.
    """

    day: str
    latest: str
    rule: str
    severity: str
    site: str
    path: str
    line: int
    message: str
    hint: str
    unit: str
    key: str


def dues(audit: Audit, days: int, sites: Iterable[str] | None = None) -> list[Due]:
    """What will be wrong within so many days of the audit's, in order of the day, then of site and rule."""
    today = number(audit.day)
    found = [
        (day, place, one)
        for site in (audit.sites if sites is None else sites)
        for place, (key, measured) in enumerate(audit.measured[site].items())
        for day, one in _of_rule(audit, site, key, today, today + days)
        if measured.items
    ]
    order = {site: place for place, site in enumerate(audit.sites)}
    found.sort(key=lambda row: (row[0], order[row[2].site], row[1], row[2].key))
    return [one for _, _, one in found]


def _of_rule(audit: Audit, site: str, key: str, today: int, last: int) -> Iterable[tuple[int, Due]]:
    rule, measured = audit.rules[site][key], audit.measured[site][key]
    if rule.level == "bonus":
        return
    breach = at_least(((item.bad, item.weight) for item in measured.items), limit_of(rule))
    breaks = next_day(breach, today)
    whole = "error" if rule.level == "veto" else WARNING
    if limit_of(rule) > 1 and breaks is not None and today < breaks <= last:
        broken = judge(measured, rule, site, f"sites/{site}.yaml", breaks)
        first = broken.findings[0]
        yield breaks, _due(breaks, key, whole, Item("", first.message, NEVER, first.path), site, rule.remedy)
    for item in measured.items:
        begins = next_day(item.bad, today)
        if begins is not None and today < begins <= last:
            severity = whole if limit_of(rule) == 1 else WARNING if rule.level == "veto" else INFO
            yield begins, _due(begins, key, severity, item._replace(message=item.words(begins)), site, rule.remedy)


def _due(day: int, rule: str, severity: str, item: Item, site: str, remedy: str) -> Due:
    return Due(
        text(day), text(day - 1), rule, severity, site, item.path, item.line, item.message, item.hint or remedy, item.unit, item.key
    )  # fmt: skip
