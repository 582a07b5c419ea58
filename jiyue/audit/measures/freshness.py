"""How long ago the home page and the columns were brought up to date, and which columns are blank."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jiyue.audit.measures.measurement import Item, Measured, undecidable
from jiyue.audit.measures.spans import ALWAYS, Spans, union, without
from jiyue.audit.measures.subject import Subject, fresh, marks, shown
from jiyue.registry.inspection import InspectionRule
from jiyue.registry.site import Column

_AGE = "最近一次更新是 {last}，已经 {days} 天"


def home_page(subject: Subject, rule: InspectionRule) -> Measured:
    """The newest article of any column: what a home page shows are the columns."""
    rows = [row for row in subject.rows if row.column]
    bad = without(ALWAYS, fresh(rows, rule.days("days")))
    soon = without(without(ALWAYS, fresh(rows, rule.days("warn_days") - 1)), bad)
    message = f"首页{_AGE}" if rows else "首页没有任何信息"
    return Measured(
        [Item("首页", message, bad, subject.file, 1, subject.unit, soon, marks(rows), page="index.html")], 1, days=True
    )


def vetoed_columns(subject: Subject, rule: InspectionRule) -> Measured:
    """News columns and notice columns, each kind with its own limit; blank ones are counted elsewhere."""
    columns = [
        (column, rule.days(f"{kind}_days"))
        for kind in ("news", "notice")
        for column in subject.columns(rule.words(f"{kind}_types"))
    ]
    return Measured(list(_stale(subject, columns)), len(columns))


def other_columns(subject: Subject, rule: InspectionRule) -> Measured:
    """All other columns that have a longest time without an update, each with its own."""
    others = set(rule.words("except_types"))
    columns = [(one, one.max_age_days) for one in subject.site.columns if one.max_age_days and one.type not in others]
    return Measured(list(_stale(subject, columns)), len(columns))


def columns_of_types(subject: Subject, rule: InspectionRule) -> Measured:
    """The columns of some types, with one limit for all of them."""
    columns = [(column, rule.days("days")) for column in subject.columns(rule.words("types"))]
    if not columns:
        return undecidable("本站没有这类栏目（" + "、".join(rule.words("types")) + "）")
    return Measured(list(_stale(subject, columns)), len(columns))


def blank_columns(subject: Subject, rule: InspectionRule) -> Measured:
    """Columns without a single public article, also below them."""
    columns = [column for column in subject.site.columns if not column.channel]
    items = [_item(subject, column, "栏目是空白的", without(ALWAYS, _shown(subject, column))) for column in columns]
    return Measured([item for item in items if item.bad], len(columns))


def required_columns(subject: Subject, rule: InspectionRule) -> Measured:
    """Every site has a column of each of these types, with something in it that was brought up to date lately."""
    items: list[Item] = []
    wanted = rule.words("types")
    for kind in wanted:
        columns = subject.columns([kind])
        rows = [row for column in columns for row in subject.in_column(column.path)]
        if not columns:
            hint = f"在 {subject.file} 的 columns 里加一个 type: {kind} 的栏目，并写上内容"
            items.append(Item(kind, f"没有「{kind}」栏目", ALWAYS, subject.file, 1, subject.unit, hint=hint))
            continue
        blank = without(ALWAYS, shown(rows))
        message = f"「{columns[0].name}」（{kind}）{_AGE}" if rows else f"「{columns[0].name}」（{kind}）没有内容"
        old = without(ALWAYS, fresh(rows, rule.days("days")))
        items.append(_item(subject, columns[0], message, union([*blank, *old]))._replace(key=kind, marks=marks(rows)))
    return Measured([item for item in items if item.bad], len(wanted))


def _stale(subject: Subject, columns: Iterable[tuple[Column, int]]) -> Iterator[Item]:
    for column, days in columns:
        rows = subject.in_column(column.path)
        there = _shown(subject, column)
        bad = without(there, fresh(rows, days))
        own = column.max_age_days
        soon = without(without(there, fresh(rows, own)), bad) if 0 < own < days else ()
        if bad or soon:
            message = f"「{column.name}」{_AGE}，期限是 {own if 0 < own < days else days} 天"
            yield _item(subject, column, message, bad)._replace(soon=soon, marks=marks(rows))


def _shown(subject: Subject, column: Column) -> Spans:
    return shown(subject.in_column(column.path))


def _item(subject: Subject, column: Column, message: str, bad: Spans) -> Item:
    path = f"content/{subject.site.id}/{column.path}"
    words = message if message.startswith("「") else f"「{column.name}」{message}"
    return Item(column.path, words, bad, path, 0, column.owner or subject.unit, page=f"{column.path}/")
