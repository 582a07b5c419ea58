"""What is wrong with contracts (jiyue.checks.repository.contracts), and which end soon."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import NamedTuple

from jiyue.base.diagnostics import Diagnostic, warning
from jiyue.catalogue.registers import Row, read_register
from jiyue.checks.repository.contracts import CONTRACTS, Contract, running
from jiyue.checks.repository.rights import POLICY, PolicyError, Rights, load_rights

_SOURCE = "吉政办发〔2015〕5号（十八）外包关系"
OVER = warning(
    "contract-over",
    "合同到期以后账号还在",
    "合同到期的次日起，它的账号已经没有任何权限；账号、密钥留在权限文件里没有用处，续签以前应当清理。",
    _SOURCE,
)
SECRECY = warning(
    "contract-secrecy",
    "外包合同没有保密责任",
    "外包人员能接触没有发布的稿件，上岗以前要签保密责任书。",
    f"{_SOURCE}；《中华人民共和国保守国家秘密法》",
)
ACCOUNT = warning(
    "contract-account",
    "合同里的账号没有登记",
    "合同写的账号在权限文件里没有，多半是写错了：写错的账号不受合同期限约束。",
    _SOURCE,
)


RULES = (OVER, SECRECY, ACCOUNT)


def contract_findings(root: Path, sites: Iterable[str], day: str) -> list[Diagnostic]:
    """What is wrong with contracts on a day: over with the account left, no duty of secrecy, an account that nobody registered."""
    rows, _ = read_register(root, CONTRACTS, sites)
    rights = _rights(root) if rows else Rights()
    found = []
    for row in rows:
        one = row.entry
        where = row.path, row.line
        for name in one.accounts:
            if rights.of(name) is None:
                if one.until >= day and rights.accounts:
                    hint = f"核对账号的写法；还没有账号的，由管理员在 {POLICY} 登记"
                    found.append(ACCOUNT.at(*where, f"合同 {one.number} 的账号 {name} 没有登记", hint, site=row.site))
            elif one.until < day and one.until == running(rows, name):
                hint = f"不再续签的，从 {POLICY} 删去账号；续签的，写新合同的一行"
                found.append(
                    OVER.at(*where, f"合同 {one.number} 已于 {one.until} 到期，账号 {name} 还在", hint, site=row.site)
                )
        if (
            one.until >= day
            and (one.accounts or one.rights)
            and not (one.secrecy and one.secrecy <= max(day, one.since))
        ):
            hint = "签订保密责任书，在「保密责任书」一栏写签订日期"
            found.append(
                SECRECY.at(*where, f"合同 {one.number}（{one.contractor}）没有保密责任书", hint, site=row.site)
            )
    return found


class ContractEnd(NamedTuple):
    """A contract's end that somebody has to act on. until: its last day."""

    number: str
    what: str
    until: date
    path: str
    line: int
    unit: str
    site: str


def contract_ends(rows: list[Row[Contract]], day: str, rights: Rights) -> list[ContractEnd]:
    """The contracts that run out and are not renewed, and those that are over with an account left."""
    latest: dict[tuple[str, str, str], str] = {}
    for row in rows:
        key = (row.site, row.entry.contractor, row.entry.service)
        latest[key] = max(latest.get(key, ""), row.entry.until)
    found = []
    for row in rows:
        one = row.entry
        renewed = latest[(row.site, one.contractor, one.service)] > one.until
        left = [name for name in one.accounts if rights.of(name) and running(rows, name) == one.until]
        if left or (not renewed and one.until >= day):
            what = f"与{one.contractor}的合同 {one.number}（{one.service}）到 {one.until} 为止"
            what += f"，账号 {'、'.join(left)} 的权限同时结束" if left else ""
            found.append(
                ContractEnd(
                    number=one.number, what=what, until=date.fromisoformat(one.until), path=row.path, line=row.line,
                    unit=one.unit, site=row.site,
                )
            )  # fmt: skip
    return found


def ends_of(root: Path, sites: Iterable[str], day: str) -> list[ContractEnd]:
    """The same of all contracts of a cluster."""
    rows, _ = read_register(root, CONTRACTS, sites)
    return contract_ends(rows, day, _rights(root)) if rows else []


def _rights(root: Path) -> Rights:
    try:
        return load_rights(root, ())
    except PolicyError:
        return Rights()
