"""Reports of errors by the public (「我为政府网站找错」): `content/<site>/tickets.csv`, in the site's own rights and never published:

    number,received,page,unit,closed,kind
    2026110001,2026-11-20,/tzgg/20261118-notice.html,政务公开科,2026-11-21,内容不准确

They arrive at a platform of the State Council; the ledger has what the audit needs of them, and nothing of those who report.
YAML with the same columns (`tickets.yaml`) is read as well. A wrong row is reported and left out alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from jiyue.base.clock import parse_date
from jiyue.base.diagnostics import Diagnostic, error
from jiyue.base.workdays import Deadline, add_months, add_working_days
from jiyue.catalogue.ledgers import BadRow, Model, refuse_formula, table

FILES = ("tickets.csv", "tickets.yaml")
"""In a site's folder; jiyue.catalogue.scan.INTERNAL_FILES keeps them out of the output."""
FIELDS = {
    "number": "编号",
    "received": "收到",
    "page": "网址",
    "unit": "承办单位",
    "closed": "办结",
    "kind": "问题类型",
}
LAST = "2999-12-31"
"""Later days are slips, whose terms would leave the calendar."""
ROW = error(
    "ticket-row",
    "找错台账的一行有错",
    "有错的一行不算进考核，别的行不受影响；找错留言超过一个月没有办结，监管考核要扣分。",
    "国办秘函〔2019〕19号 监管工作年度考核指标",
)
_LEDGER = Model(FIELDS, "number", ROW, lambda cells, _: ("", cells))


class Ticket(NamedTuple):
    """One report. received, closed: 'YYYY-MM-DD', closed '' while it is open. line: where it stands."""

    number: str
    line: int
    unit: str
    page: str
    received: str
    closed: str
    kind: str = ""

    def due(self, working_days: int) -> Deadline:
        """The last day in time."""
        return add_working_days(date.fromisoformat(self.received), working_days)

    def state(self, today: date, working_days: int, months: int) -> TicketState:
        """Its state at the end of a day. working_days: its term; months: the longest that it may stay open at all."""
        if self.closed and date.fromisoformat(self.closed) <= today:
            return TicketState.CLOSED
        if today > add_months(date.fromisoformat(self.received), months):
            return TicketState.LONG
        due = self.due(working_days).day
        return TicketState.OVERDUE if today > due else TicketState.SOON if today == due else TicketState.OPEN

    def was_in_time(self, working_days: int) -> bool:
        """Whether it was closed within its term."""
        return bool(self.closed) and date.fromisoformat(self.closed) <= self.due(working_days).day


class TicketState(StrEnum):
    """The states, in Chinese."""

    OPEN = "已收到"
    SOON = "今天到期"
    OVERDUE = "逾期"
    LONG = "超过最长期限"
    CLOSED = "已办结"


def figures(tickets: Iterable[Ticket], today: date, working_days: int, months: int) -> dict[str, int]:
    """{"received", "closed", "in_time", "open", "overdue"} of some tickets."""
    tickets = [one for one in tickets if date.fromisoformat(one.received) <= today]
    states = [one.state(today, working_days, months) for one in tickets]
    closed = [one for one, state in zip(tickets, states, strict=True) if state is TicketState.CLOSED]
    return {
        "received": len(tickets),
        "closed": len(closed),
        "in_time": sum(one.was_in_time(working_days) for one in closed),
        "open": len(tickets) - len(closed),
        "overdue": sum(state in (TicketState.OVERDUE, TicketState.LONG) for state in states),
    }


def tickets_of(data: bytes, path: str, site: str) -> tuple[list[Ticket], list[Diagnostic]]:
    """The valid rows of a ledger, and a finding for each wrong one."""
    valid: list[Ticket] = []
    found: list[Diagnostic] = []
    for row in table(data, path, _LEDGER):
        line = row.line
        try:
            if isinstance(row, BadRow):
                raise row
            valid.append(ticket_of(row.cells, line))
        except BadRow as problem:
            found.append(ROW.at(path, problem.line or line, problem.message, problem.hint, site=site))
    return valid, found


def ticket_of(cells: Mapping[str, str], line: int = 0) -> Ticket:
    """The ticket of a row's cells. Raises BadRow."""
    refuse_formula(cells, _LEDGER)
    for name in ("number", "received"):
        if not cells.get(name):
            raise BadRow(f"没有写「{FIELDS[name]}」（{name}）", "补上；每条留言都要有编号和收到日期")
    received, closed = (_day(name, cells.get(name, "")) for name in ("received", "closed"))
    if received > LAST:
        raise BadRow(f"「收到」{received} 不可能", "核对日期")
    if closed and closed < received:
        raise BadRow(f"「办结」{closed} 早于收到的 {received}", "核对两个日期")
    unit, page, kind = (cells.get(name, "") for name in ("unit", "page", "kind"))
    return Ticket(cells["number"], line, unit, page, received, closed, kind)


def _day(name: str, text: str) -> str:
    moment = parse_date(text) if text else ""
    if moment is None:
        raise BadRow(f"「{FIELDS[name]}」{text[:40]} 不是日期", "写成 2026-11-20，并且是真实存在的日期")
    return str(date.fromisoformat(moment[:10])) if moment else ""
