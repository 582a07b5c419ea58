"""Letters: whether there is a channel for them, whether they are answered in time, whether answers are shown."""

from __future__ import annotations

from datetime import date, timedelta

from jiyue.audit.measures.checks import findings
from jiyue.audit.measures.facts import LetterRow
from jiyue.audit.measures.measurement import Item, Measured, undecidable
from jiyue.audit.measures.spans import ALWAYS, END, FIRST, Spans, number, union, without
from jiyue.audit.measures.subject import Subject, fresh, marks, shown
from jiyue.base.workdays import add_months, add_working_days
from jiyue.catalogue.letters import Letter
from jiyue.registry.inspection import InspectionRule

NO_LEDGER = "本站没有来信台账（letters.csv），也没有来信文章"


def channel(subject: Subject, rule: InspectionRule) -> Measured:
    """A column for questions and complaints that is not blank."""
    types = rule.words("types")
    columns = subject.columns(types)
    if not columns:
        hint = f"在 {subject.file} 的 columns 里加一个 type: {types[0]} 的栏目，写明怎样提问"
        item = Item("渠道", f"没有「{types[0]}」栏目", ALWAYS, subject.file, 1, subject.unit, hint=hint)
        return Measured([item], 1)
    rows = [row for column in columns for row in subject.in_column(column.path)]
    blank = without(ALWAYS, shown(rows))
    first = columns[0]
    item = Item(
        "渠道", f"「{first.name}」没有内容，读者不知道怎样提问", blank, f"content/{subject.site.id}/{first.path}", 0,
        first.owner or subject.unit, page=f"{first.path}/",
    )  # fmt: skip
    return Measured([item] if blank else [], 1)


def unanswered(subject: Subject, rule: InspectionRule) -> Measured:
    """Letters without an answer for longer than so many months."""
    if not _kept(subject):
        return undecidable(NO_LEDGER)
    months = rule.days("months")
    items = []
    for row in subject.facts.letters:
        one = row.letter()
        bad = _until_answered(one, add_months(one.received, months).toordinal() + 1)
        if bad:
            message = f"来信 {row.number} 于 {row.received} 收到，超过 {months} 个月没有答复"
            items.append(_item(subject, row, message, bad))
    return Measured(items, len(subject.facts.letters))


def late_answers(subject: Subject, rule: InspectionRule) -> Measured:
    """Letters after their deadline, answered or not; a late answer counts for a period after it. And rows nobody can read."""
    if not _kept(subject):
        return undecidable(NO_LEDGER)
    terms, period = (rule.days("simple_days"), rule.days("complex_days")), rule.days("period_days")
    late = ((row, *_overdue(row.letter(terms), period)) for row in subject.facts.letters)
    items = [
        _item(subject, row, f"来信 {row.number} 于 {row.received} 收到，{words}", bad)
        for row, words, bad in late
        if bad
    ]
    return Measured([*items, *findings(subject, rule).items], len(subject.facts.letters))


def shown_answers(subject: Subject, rule: InspectionRule) -> Measured:
    """Whether an answer was published within so many days."""
    rows = subject.of_kind("letter")
    if not rows and not _kept(subject):
        return undecidable(NO_LEDGER)
    bad = without(ALWAYS, fresh(rows, rule.days("days")))
    column = rows[0].column if rows else ""
    message = "最近一次公开来信答复是 {last}，已经 {days} 天" if rows else "没有公开过来信的答复"
    path = f"content/{subject.site.id}/{column}" if column else subject.file
    return Measured(
        [Item("留言公开", message, bad, path, 0, subject.owner(column), marks=marks(rows))], len(rows), days=True
    )


def error_reports(subject: Subject, rule: InspectionRule) -> Measured:
    """Reports of errors that are open, or were closed, later than allowed; a late closing counts for a period after it."""
    tickets = subject.facts.tickets
    if not tickets:
        return undecidable(rule.why)
    months, days, period = rule.days("months"), rule.days("working_days"), rule.days("period_days")
    items = []
    for path, one in ((path, one) for path, rows in tickets.items() for one in rows):
        received = date.fromisoformat(one.received)
        late = add_months(received, months).toordinal() + 1
        done = number(one.closed) if one.closed else END
        bad = union([(late, done + period if one.closed else END)]) if done >= late else ()
        soon = union([(add_working_days(received, days).day.toordinal() + 1, done)])
        if bad or soon:
            told = f"{one.closed} 才办结" if one.closed else "还没有办结"
            message = f"找错留言 {one.number}（{one.page or '没有写网址'}）于 {one.received} 收到，{told}"
            unit = one.unit or ticket_page(subject, one.page)[1]
            items.append(Item(one.number, message, bad, path, one.line, unit, without(soon, bad)))
    return Measured(items, sum(map(len, tickets.values())))


def ticket_terms(subject: Subject, rule: InspectionRule) -> Measured:
    """Reports of errors that are open after their term in working days."""
    tickets = subject.facts.tickets
    if not tickets:
        return undecidable(rule.why)
    days = rule.days("working_days")
    items = []
    for path, one in ((path, one) for path, rows in tickets.items() for one in rows):
        due = one.due(days).day
        done = number(one.closed) if one.closed else END
        bad = union([(due.toordinal() + 1, done)])
        if bad:
            title, unit = ticket_page(subject, one.page)
            message = f"找错留言 {one.number}（{title or one.page or '没有写网址'}）应在 {due} 前办结，还没有办结"
            soon = union([(due.toordinal(), due.toordinal() + 1)])
            items.append(
                Item(one.number, message, bad, path, one.line, one.unit or unit, soon, page=one.page.lstrip("/"))
            )
    return Measured(items, sum(map(len, tickets.values())))


def ticket_page(subject: Subject, page: str) -> tuple[str, str]:
    """(title, responsible unit) of the article that a report is about; of the site's unit where the page is no article's."""
    path = page.partition("#")[0].partition("?")[0].lstrip("/")
    row = next((row for row in subject.rows if path and row.page == path), None)
    return (row.title, subject.owner(row.column)) if row else ("", subject.unit)


def _kept(subject: Subject) -> bool:
    return bool(subject.facts.ledgers or subject.facts.letters)


def _until_answered(one: Letter, late: int) -> Spans:
    """The days from `late` on without an answer."""
    done = one.replied or one.closed
    return union([(late, done.toordinal() if done else END)])


def _overdue(one: Letter, period: int) -> tuple[str, Spans]:
    """(what is wrong, the days on which a letter is overdue, or was answered too late less than a period ago)."""
    done = one.replied or one.closed
    days = sorted({*one.turns(), *(limit + timedelta(days=1) for limit in one.limits())})
    ends = [*(day.toordinal() for day in days[1:]), END]
    bad = union((day.toordinal(), end) for day, end in zip(days, ends, strict=True) if one.is_overdue(day))
    if not done or one.was_in_time(done):
        due = one.due(days[-1])
        return f"应在 {due.day if due else '来信人补充以后'} 前答复，还没有答复", bad
    due = one.due(done)
    return f"{done} 才答复，期限是 {due.day if due else done}", union(
        [*bad, (done.toordinal(), done.toordinal() + period)]
    )


def _item(subject: Subject, row: LetterRow, message: str, bad: Spans) -> Item:
    return Item(
        row.number,
        message,
        bad,
        row.path,
        row.line,
        row.unit or subject.unit,
        marks=((number(row.received), FIRST, END),),
    )
