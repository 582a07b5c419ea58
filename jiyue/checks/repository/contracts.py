"""Contracts with those who work for an office (外包): `sites/registers/contracts.csv`, and a site's own in its folder there.

    number,unit,contractor,service,kind,since,until,accounts,rights,secrecy,contact,cost
    2026-03,市政务服务局,甲公司,网站运维,运维,2026-01-01,2026-12-31,yunwei@cc.example,发布、备份,2026-01-01,运维岗,120000

The accounts that a contract names have their rights from its first day to its last. So these files are the administrators' alone, as
the rights are: whoever works under a contract can't prolong it. An account in a row that can't be read has no rights until it is mended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from pydantic import Field, model_validator

from jiyue.base.diagnostics import Diagnostic
from jiyue.base.patterns import pattern
from jiyue.catalogue.registers import Amount, Day, Entry, Register, Row, Words, rows_of

NEVER = ("9999-12-31", "0001-01-01")


class Contract(Entry):
    """外包合同的一项"""

    number: str = Field(title="合同编号", min_length=1, max_length=60)
    unit: str = Field(title="单位", min_length=1)
    contractor: str = Field(title="承包单位", min_length=1)
    service: str = Field(title="服务内容", min_length=1)
    kind: Literal["运维", "技术", "内容", "其他"] = Field("其他", title="分工")
    since: Day = Field(title="起")
    until: Day = Field(title="止")
    accounts: Words = Field((), title="账号")
    rights: str = Field("", title="权限范围")
    secrecy: Day | None = Field(None, title="保密责任书")
    contact: str = Field("", title="联系岗位")
    response: str = Field("", title="响应时限")
    cost: Amount | None = Field(None, title="年费用（元）")
    note: str = Field("", title="备注")

    @model_validator(mode="after")
    def _in_order(self) -> Contract:
        if self.until < self.since:
            raise ValueError("止的日期不能早于起的日期")
        return self


CONTRACTS = Register("contracts", "外包合同", Contract, "number")


_APART = pattern(r"[\s,，、；;:：\"'\[\]]+")


def terms_of(files: Mapping[str, bytes], names: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    """Name of an account -> the terms (first and last day) in which contracts give it its rights, for each that a contract names.

    files: path -> bytes of the registers of contracts. names: each name and alias, case folded -> name of the account.
    """
    terms: dict[str, list[tuple[str, str]]] = {}
    for path, data in sorted(files.items()):
        rows, found = rows_of(data, path, CONTRACTS)
        for row in rows:
            for account in row.entry.accounts:
                if name := names.get(account.casefold()):
                    terms.setdefault(name, []).append((row.entry.since, row.entry.until))
        for text in _unread(data, rows, found):
            words = set(_APART.split(text))
            for known, name in names.items():
                if known in words:
                    terms.setdefault(name, []).append(NEVER)
    return terms


def _unread(data: bytes, rows: list[Row[Contract]], found: list[Diagnostic]) -> Iterator[str]:
    """The text of the rows that can't be read, in lower case: each to the row after it."""
    text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace").casefold()
    if not rows:  # nothing of the file could be read: every row counts as one that can't
        yield text
        return
    lines = text.splitlines()
    starts = sorted({row.line for row in rows} | {one.line for one in found})
    for line in {one.line for one in found}:
        after = next((start for start in starts if start > line), len(lines) + 1)
        yield "\n".join(lines[max(0, line - 1) : after - 1])


def running(rows: Iterable[Row[Contract]], account: str) -> str:
    """The last day of an account's rights by its contracts; '' if none names it."""
    return max((row.entry.until for row in rows if account in row.entry.accounts), default="")
