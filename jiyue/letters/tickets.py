"""Reports of errors by the public (「我为政府网站找错」): `content/<site>/tickets.csv`, in the site's own rights and never published:

    number,received,page,unit,closed
    2026110001,2026-11-20,/tzgg/20261118-notice.html,政务公开科,2026-11-21

They arrive at a platform of the State Council; the ledger has what the audit needs of them, and nothing of those who report.
YAML with the same columns (`tickets.yaml`) is read as well. A wrong row is reported and left out alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from jiyue.base.clock import parse_date
from jiyue.base.diagnostics import Diagnostic, error
from jiyue.catalogue.ledgers import BadRow, Model, refuse_formula, table

FILES = ("tickets.csv", "tickets.yaml")
"""In a site's folder; jiyue.catalogue.scan.INTERNAL_FILES keeps them out of the output."""
FIELDS = {"number": "编号", "received": "收到", "page": "网址", "unit": "承办单位", "closed": "办结"}
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


def tickets_of(data: bytes, path: str, site: str) -> tuple[list[Ticket], list[Diagnostic]]:
    """The valid rows of a ledger, and a finding for each wrong one."""
    valid: list[Ticket] = []
    found: list[Diagnostic] = []
    for row in table(data, path, _LEDGER):
        line = row.line
        try:
            if isinstance(row, BadRow):
                raise row
            valid.append(_ticket(row.cells, line))
        except BadRow as problem:
            found.append(ROW.at(path, problem.line or line, problem.message, problem.hint, site=site))
    return valid, found


def _ticket(cells: Mapping[str, str], line: int) -> Ticket:
    refuse_formula(cells, _LEDGER)
    for name in ("number", "received"):
        if not cells.get(name):
            raise BadRow(f"没有写「{FIELDS[name]}」（{name}）", "补上；每条留言都要有编号和收到日期")
    received, closed = (_day(name, cells.get(name, "")) for name in ("received", "closed"))
    if closed and closed < received:
        raise BadRow(f"「办结」{closed} 早于收到的 {received}", "核对两个日期")
    return Ticket(cells["number"], line, cells.get("unit", ""), cells.get("page", ""), received, closed)


def _day(name: str, text: str) -> str:
    moment = parse_date(text) if text else ""
    if moment is None:
        raise BadRow(f"「{FIELDS[name]}」{text[:40]} 不是日期", "写成 2026-11-20，并且是真实存在的日期")
    return str(date.fromisoformat(moment[:10])) if moment else ""
