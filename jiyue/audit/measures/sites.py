"""What a site's own file states, who is responsible, and what runs out: terms of office, waivers, certificates."""

from __future__ import annotations

from jiyue.audit.measures.measurement import Item, Measured, undecidable
from jiyue.audit.measures.spans import ALWAYS, END, Spans
from jiyue.audit.measures.subject import Subject
from jiyue.registry.inspection import InspectionRule
from jiyue.registry.site import FACT_NAMES


def stated_facts(subject: Subject, rule: InspectionRule) -> Measured:
    """The facts that the foot of every page shows, and that the code of 「找错」 needs."""
    wanted = rule.words("facts")
    items = [
        Item(name, f"没有写{FACT_NAMES[name]}（{name}）", ALWAYS, subject.file, 1, subject.unit,
             hint=f"在 {subject.file} 加一行 {name}: …；各站点相同的写在 sites/cluster.yaml 的 defaults 里")
        for name in wanted
        if not subject.site.facts.get(name)
    ]  # fmt: skip
    return Measured(items, len(wanted))


def domain(subject: Subject, rule: InspectionRule) -> Measured:
    """A domain under one of the endings for governments, a formal name, and a site code."""
    items = []
    host = subject.site.facts["domain"].partition(":")[0]
    endings = rule.words("suffixes")
    if not host.endswith(endings):
        message = f"域名 {host} 不以 {'、'.join(endings)} 结尾"
        items.append(Item("域名", message, ALWAYS, subject.file, 1, subject.unit))
    if not subject.site.facts["site_id_code"]:
        items.append(Item("网站标识码", "没有网站标识码", ALWAYS, subject.file, 1, subject.unit))
    return Measured(items, 2)


def portal_block(subject: Subject, rule: InspectionRule) -> Measured:
    """The block with the portal's recommended column: it has something in it, and the pages show its present state."""
    del rule
    if "portal" in subject.missing:
        return undecidable(subject.missing["portal"])
    message = subject.portal
    items = [Item("门户推荐栏目", message, ALWAYS, subject.file, 1, subject.unit, page="index.html")] if message else []
    return Measured(items, 1)


def endings(subject: Subject, rule: InspectionRule) -> Measured:
    """What runs out: wrong from the day after its last one, and worth a warning some days before."""
    kind = rule.words("what")[0]
    if kind in subject.missing:
        return undecidable(subject.missing[kind])
    days = rule.days("warn_days")
    items = []
    for one in subject.endings.get(kind, ()):
        bad: Spans = ((one.until + 1, END),)
        soon: Spans = ((one.until + 1 - days, one.until + 1),) if days else ()
        items.append(Item(one.key, one.what, bad, one.path, one.line, one.unit or subject.unit, soon))
    return Measured(items, len(items))


def not_here(subject: Subject, rule: InspectionRule) -> Measured:
    """What nothing in the repository decides: a probe's records, a ledger that a site doesn't keep, or a person."""
    return undecidable(subject.missing.get(rule.decided_by) or rule.why)
