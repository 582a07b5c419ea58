"""What other checks found: in sources, on finished pages, in git's history. They measured it; here it is counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

from jiyue.audit.measures.measurement import Item, Measured, undecidable
from jiyue.audit.measures.spans import ALWAYS, END, NEVER, number, text, union
from jiyue.audit.measures.subject import Past, Stray, Subject
from jiyue.base import clock
from jiyue.checks.repository.backdating import DATE, Dated, First, backdating_findings
from jiyue.checks.repository.commits import UNKNOWN
from jiyue.registry.inspection import InspectionRule


def findings(subject: Subject, rule: InspectionRule) -> Measured:
    """Findings of checks on sources. What is withheld is no breach, for nobody reads it; it is worth a warning."""
    is_meant = _matcher(rule)
    items = []
    for hit in subject.hits:
        if not is_meant(hit.rule):
            continue
        withheld = hit.path in subject.withheld
        message = f"{hit.message}（{hit.rule}）" + ("；没有公开" if withheld else "")
        folder = hit.path.removeprefix(f"content/{subject.site.id}/").rpartition("/")[0]
        items.append(
            Item(f"{hit.rule} {hit.path}:{hit.line}", message, NEVER if withheld else ALWAYS, hit.path, hit.line,
                 subject.owner(folder), ALWAYS if withheld else NEVER, hint=hit.hint)
        )  # fmt: skip
    return Measured(items, len(subject.facts.rows))


def page_faults(subject: Subject, rule: InspectionRule) -> Measured:
    """Findings of checks on finished pages; the same finding on many pages is one item that counts for all of them."""
    if subject.pages is None:
        return undecidable(subject.missing["pages"])
    is_meant = _matcher(rule)
    pages: dict[tuple[str, str, str], list[str]] = {}
    for fault in subject.pages.faults:
        if is_meant(fault.rule):
            pages.setdefault((fault.rule, fault.message, fault.hint), []).append(fault.page)
    items = []
    for (check, message, hint), where in sorted(pages.items()):
        more = f"，等 {len(where)} 个网页" if len(where) > 1 else ""
        words = f"{where[0]} {message}（{check}）{more}"
        items.append(
            Item(
                f"{check} {message}",
                words,
                ALWAYS,
                subject.file,
                0,
                subject.unit,
                weight=len(where),
                page=where[0],
                hint=hint,
            )
        )
    return Measured(items, len(subject.pages.sizes))


def page_weight(subject: Subject, rule: InspectionRule) -> Measured:
    """Finished pages whose HTML is larger than so many kB, and findings of checks on what pages load."""
    if subject.pages is None:
        return undecidable(subject.missing["pages"])
    most = rule.number("kilobytes") * 1000
    items = [
        Item(page, f"网页 {page} 有 {size / 1000:.0f} kB，超过 {most / 1000:.0f} kB", ALWAYS, subject.file, 0, subject.unit, page=page)
        for page, size in sorted(subject.pages.sizes.items())
        if size > most
    ]  # fmt: skip
    items += [*page_faults(subject, rule).items, *findings(subject, rule).items]
    return Measured(items, len(subject.pages.sizes))


def dates(subject: Subject, rule: InspectionRule) -> Measured:
    """Dates that git's history contradicts: before the first commit, many at once, or moved back by a later commit.

    What came within some days of the first commit of a site's content is only worth one warning: the site opened with it.
    """
    if subject.past is None:
        return undecidable(subject.missing["history"])
    past = subject.past
    if subject.facts.rows and not past.first:
        return undecidable("提交历史里没有本站的文件：还没有提交，或者站群不在仓库的最上层")
    days, most, spread = (rule.days(name) for name in ("days", "batch", "spread_days"))
    opened = min((one.at for one in past.first.values()), default=datetime.fromtimestamp(0, UTC))
    opening = opened + timedelta(rule.days("opening_days"))
    items = _opening_stock(subject, past, opening, days)
    dated = [
        Dated(subject.site.id, row.column, row.path, 1, _moment(row.date), row.path in past.migrated)
        for row in subject.facts.rows
        if row.date and row.path in past.first and past.first[row.path].at > opening
    ]
    for hit in backdating_findings(dated, past.first, timedelta(days), most, timedelta(spread)):
        first = past.first[hit.path]
        wrong = ((_day(first), END),)
        certain = hit.rule == DATE.id
        items.append(
            Item(f"{hit.rule} {hit.path}", hit.message, wrong if certain else NEVER, hit.path, hit.line, subject.unit,
                 NEVER if certain else wrong, commit=first.commit, hint=hit.hint)
        )  # fmt: skip
    for one in past.redated:
        moved = f"提交 {one.commit[:10]}（{text(one.day)}）把发布日期由 {one.before} 改早为 {one.after}"
        far = number(one.before) - number(one.after) > days
        there = ((one.day, END),)
        items.append(
            Item(f"redated {one.path} {one.commit}", moved, there if far else NEVER, one.path, 1, subject.unit,
                 NEVER if far else there, commit=one.commit)
        )  # fmt: skip
    return Measured(items, len(subject.facts.rows))


def _opening_stock(subject: Subject, past: Past, opening: datetime, days: int) -> list[Item]:
    """What a site opened with and is dated before: one item for all of it."""
    old = [
        row
        for row in subject.facts.rows
        if row.date
        and (first := past.first.get(row.path))
        and first.at <= opening
        and row.path not in past.migrated
        and _day(first) - number(row.date) > days
    ]
    if not old:
        return []
    first = past.first[old[0].path]
    dated = f"日期从 {min(row.date for row in old)[:10]} 到 {max(row.date for row in old)[:10]}"
    message = f"开站时入库的 {len(old)} 篇稿件，{dated}，早于入库的 {text(_day(first))}，没有列在迁移清单里"
    return [
        Item(
            "开站",
            message,
            NEVER,
            old[0].path,
            1,
            subject.unit,
            ((_day(first), END),),
            weight=len(old),
            commit=first.commit,
        )
    ]


def _day(first: First) -> int:
    return first.at.astimezone(clock.BEIJING).toordinal()


def out_of_scope(subject: Subject, rule: InspectionRule) -> Measured:
    """Changes by accounts that had no right to them, for a period after each; accounts nobody registered are worth a warning."""
    if subject.past is None:
        return undecidable(subject.missing["history"])
    if subject.past.strays is None:
        return undecidable("没有登记谁可以改什么（sites/rights.yaml）")
    period = rule.days("period_days")
    items = []
    unknown: dict[str, list[Stray]] = {}
    for one in subject.past.strays:
        if one.rule == UNKNOWN.id:
            unknown.setdefault(one.message.partition("（")[0], []).append(one)
            continue
        span = ((one.day, one.day + period),)
        items.append(
            Item(
                f"{one.commit} {one.path}",
                one.message,
                span,
                one.path,
                0,
                subject.unit,
                commit=one.commit,
                hint=one.hint,
            )
        )
    for who, strays in unknown.items():
        soon = union((one.day, one.day + period) for one in strays)
        last = max(strays, key=lambda one: one.day)
        message = f"{who}，有 {len(strays)} 个提交，最近的是 {last.commit[:10]}"
        items.append(Item(who, message, NEVER, last.path, 0, subject.unit, soon, commit=last.commit, hint=last.hint))
    return Measured(items, len(subject.past.first))


def _moment(date: str) -> datetime:
    return datetime.fromisoformat(date).replace(tzinfo=clock.BEIJING)


def _matcher(rule: InspectionRule) -> Callable[[str], bool]:
    """Whether the id of a check is one of those that a rule counts (`privacy-*` for all that begin so)."""
    known: dict[str, bool] = {}
    patterns = rule.words("checks")

    def is_meant(check: str) -> bool:
        if check not in known:
            known[check] = any(fnmatchcase(check, one) for one in patterns)
        return known[check]

    return is_meant
