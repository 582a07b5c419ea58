"""What guides, surveys, documents, reposts and annual reports owe, and by which day."""

from __future__ import annotations

import re
from datetime import date

from jiyue.audit.measures.checks import findings
from jiyue.audit.measures.facts import Row
from jiyue.audit.measures.measurement import Item, Measured, limit_of, undecidable
from jiyue.audit.measures.spans import ALWAYS, END, FIRST, Span, Spans, both, number, text, union, without
from jiyue.audit.measures.subject import Subject, shown
from jiyue.base.workdays import add_working_days
from jiyue.linkage.latency import RULE, Timeliness, judge, limits_of
from jiyue.registry.inspection import InspectionRule

_YEAR = re.compile(r"(?<!\d)(?:19|20|21)\d\d(?!\d)")
_LAST_YEAR = 2100
"""Up to here it is said in advance which reports are owed."""


def guides(subject: Subject, rule: InspectionRule) -> Measured:
    """Guides that lack so many elements or more; a site with services that has no guide at all breaks the rule alone."""
    most = rule.days("elements")
    rows = subject.of_kind("guide")
    services = subject.columns(rule.words("types"))
    if not rows and not services:
        return undecidable("本站没有办事服务栏目，也没有办事指南")
    items = []
    for row in rows:
        missing = row.extra["missing"]
        if missing:
            message = f"《{row.title}》缺 {len(missing)} 项要素：{'、'.join(missing)}"
            wrong, there = len(missing) >= most, ((row.begins, row.ends),)
            items.append(_of(subject, row, message, there if wrong else (), there if not wrong else ()))
    blank = without(ALWAYS, shown([*rows, *(row for column in services for row in subject.in_column(column.path))]))
    if blank:
        where = services[0].path if services else ""
        items.append(
            Item("办事服务", "没有办事服务的内容", blank, f"content/{subject.site.id}/{where}" if where else subject.file, 0,
                 subject.owner(where), weight=limit_of(rule))
        )  # fmt: skip
    return Measured(items, len(rows))


def guide_statistics(subject: Subject, rule: InspectionRule) -> Measured:
    """Whether the statistics of cases on each guide reach up to so many days ago."""
    rows = [row for row in subject.of_kind("guide") if "statistics" in row.extra]
    if not rows:
        return undecidable("没有登记办件统计（办事指南的 statistics）")
    items = []
    for row in rows:
        until = number(row.extra["statistics"])
        bad = _while_shown(row, [(until + rule.days("days") + 1, END)])
        if bad:
            item = _of(subject, row, f"《{row.title}》的办件统计截至 {row.extra['statistics']}", bad)
            items.append(item._replace(marks=((until, FIRST, END),)))
    return Measured(items, len(rows))


def survey_results(subject: Subject, rule: InspectionRule) -> Measured:
    """Surveys without a result when it is due: on the day that they name, else so many working days after their end."""
    rows = subject.of_kind("survey")
    items = []
    for row in rows:
        if "result" in row.extra:
            continue
        closes = date.fromisoformat(row.extra["closes"][:10])
        given = row.extra.get("result_due", "")
        due = date.fromisoformat(given[:10]) if given else add_working_days(closes, rule.days("working_days")).day
        bad = _while_shown(row, [(max(due, closes).toordinal() + 1, END)])
        if bad:
            items.append(_of(subject, row, f"《{row.title}》于 {closes} 结束，应在 {due} 前公布结果", bad))
    return Measured(items, len(rows))


def surveys_held(subject: Subject, rule: InspectionRule) -> Measured:
    """Surveys that began within a period; as a bonus, each counts as a case."""
    period = rule.days("period_days")
    rows = subject.of_kind("survey")
    items = []
    for row in rows:
        opens = number(row.extra["opens"])
        there = _while_shown(row, [(opens, opens + period)])
        items.append(_of(subject, row, f"《{row.title}》", there))
    return Measured(items, len(rows))


def interpretations(subject: Subject, rule: InspectionRule) -> Measured:
    """Documents that need an interpretation and have none when it is due, or had it later; and interpretations of nothing."""
    allowed, period = rule.days("days"), rule.days("period_days")
    items = []
    for one in subject.readings:
        late = one.due + allowed + 1
        missing = both(union([(late, one.read or END)]), ((one.begins, one.ends),))
        after = ((one.read, one.read + period),) if one.read >= late else ()
        bad = union([*missing, *after])
        if bad:
            told = f"{text(one.read)} 才发布" if one.read else "还没有发布"
            message = f"《{one.title}》要解读，最迟 {text(one.due + allowed)}，解读{told}"
            items.append(Item(one.path, message, bad, one.path, 1, _owner(subject, one.path), page=one.page))
    items += findings(subject, rule).items
    return Measured(items, len(subject.readings))


def publication(subject: Subject, rule: InspectionRule) -> Measured:
    """Documents published more than so many working days after they were made; what came from elsewhere was published there."""
    days, period = rule.days("working_days"), rule.days("period_days")
    rows = [row for row in subject.of_kind("document") if "created" in row.extra and "repost_of" not in row.extra]
    moved = subject.past.migrated if subject.past else frozenset[str]()
    items = []
    for row in rows:
        made, published = date.fromisoformat(row.extra["created"][:10]), date.fromisoformat(row.date[:10])
        if (published - made).days <= days or row.path in moved:
            continue
        due = add_working_days(made, days).day
        if published > due:
            message = f"《{row.title}》成文 {made}，应在 {due} 前公开，{published} 才发布"
            items.append(_of(subject, row, message, _for_a_period(row, period)))
    return Measured(items, len(rows))


def reposts(subject: Subject, rule: InspectionRule) -> Measured:
    """Reposts, and articles that superiors push, that became public later than the limits; for a period after that."""
    limits = limits_of({RULE: rule})
    decided = [one for one in subject.reposts if one.judged.kind is not Timeliness.UNDECIDED]
    if subject.reposts and not decided:
        return undecidable(f"{len(subject.reposts)} 篇转载都不能判定：{subject.reposts[0].judged.why}")
    items = []
    for one in decided:
        due = judge(one.published, one.public, limits, one.public or one.published).due
        late = number(due) + (1 if due.endswith("23:59") else 0)
        if one.public and one.public <= due:
            continue
        until = number(one.public) + rule.days("period_days") if one.public else END
        told = f"{one.public} 才公开" if one.public else "还没有公开"
        message = f"《{one.title}》{one.origin} {one.published} 发布，应在 {due} 前转载，{told}"
        items.append(
            Item(
                f"{one.path} {one.site}",
                message,
                union([(late, until)]),
                one.path,
                1,
                _owner(subject, one.path),
                commit="",
            )
        )
    return Measured(items, len(decided))


def twins(subject: Subject, rule: InspectionRule) -> Measured:
    """Articles with the title and, for so many per cent, the text of an older one of another site, not marked as reposts."""
    items = []
    for one in subject.twins:
        if one.percent >= rule.number("percent"):
            message = f"《{one.title}》与 {one.other} 标题相同，正文有 {one.percent:.0f}% 相同，没有写转载（repost_of）"
            there = ((one.begins, one.ends),)
            items.append(Item(one.path, message, there, one.path, 1, _owner(subject, one.path), page=one.page))
    return Measured(items, len(subject.facts.rows))


def copies(subject: Subject, rule: InspectionRule) -> Measured:
    """Articles that are for so many per cent the same as an older one of another site, under another title."""
    items = []
    for one in subject.copies:
        if one.percent >= rule.number("percent") and one.title != one.other_title:
            message = (
                f"《{one.title}》与 {one.other}《{one.other_title}》有 {one.percent}% 相同，没有写转载（repost_of）"
            )
            there = ((one.begins, one.ends),)
            items.append(Item(one.path, message, there, one.path, 1, _owner(subject, one.path), page=one.page))
    return Measured(items, len(subject.facts.rows))


def annual_reports(subject: Subject, rule: InspectionRule) -> Measured:
    """The report on open government of last year, by a day of each year that governments and departments have each their own, and
    the yearly table of the site (政府网站工作年度报表), which is known by its title."""
    begun = min((int(row.date[:4]) for row in subject.facts.rows if row.date), default=0)
    if not begun:
        return undecidable("本站还没有文章")
    reports: dict[int, list[Span]] = {}
    tables: dict[int, list[Span]] = {}
    word = rule.words("table_title")[0]
    for row in subject.facts.rows:
        if year := row.extra.get("annual_report"):
            reports.setdefault(int(year), []).append((row.begins, row.ends))
        if word in row.title and (named := _YEAR.search(row.title)):
            tables.setdefault(int(named[0]), []).append((row.begins, row.ends))
    government = subject.site.kind != "department"
    by = rule.words("governments_by" if government else "departments_by")[0]
    owed = (
        ("政府信息公开工作年度报告", by, reports, "写 annual_report: {} 的文章"),
        (word, rule.words("table_by")[0], tables, f"标题里有 {{}} 和「{word}」的文章"),
    )
    columns = subject.columns(("信息公开年报",))
    where = columns[0].path if columns else ""
    path = f"content/{subject.site.id}/{where}" if where else subject.file
    items = []
    for name, last, known, how in owed:
        month, day = (int(part) for part in last.split("-"))
        for year in range(begun, max(begun, *known, _LAST_YEAR) + 1):
            due = date(year + 1, month, day)
            span = ((due.toordinal() + 1, date(year + 2, 1, 1).toordinal()),)
            bad = without(span, union(known.get(year, ())))
            if bad:
                message = f"{year} 年{name}应在 {due} 前公布，还没有（{how.format(year)}）"
                items.append(Item(f"{name} {year}", message, bad, path, 0, subject.owner(where)))
    return Measured(items, len(reports) + len(tables))


def _for_a_period(row: Row, period: int) -> Spans:
    """What was late counts from its publication on, for a period."""
    return _while_shown(row, [(row.begins, row.begins + period)])


def _while_shown(row: Row, spans: list[tuple[int, int]]) -> Spans:
    return union((max(start, row.begins), min(end, row.ends)) for start, end in spans)


def _owner(subject: Subject, path: str) -> str:
    folder = path.removeprefix(f"content/{subject.site.id}/").rpartition("/")[0]
    return subject.owner(folder)


def _of(subject: Subject, row: Row, message: str, bad: Spans, soon: Spans = ()) -> Item:
    return Item(row.path, message, bad, row.path, 1, subject.owner(row.column), soon, page=row.page)
