"""Imports a list of 「我为政府网站找错」, as its users export it (CSV or XLSX), into the `tickets.csv` of the sites that it is about.

The platform publishes no format, so a column is known by any of the headings in COLUMNS, and a row's site by the address of its page,
else by its site code or name. Taken over are number, days, address, kind, unit; never who reported, how to reach them, or what they
wrote. The same list again changes nothing; a later one closes what was open and fills what was empty, and an older one sets nothing back.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from jiyue.base.diagnostics import Diagnostic, error, warning
from jiyue.base.patterns import pattern
from jiyue.catalogue.ledgers import FORMULA, BadRow
from jiyue.importers.export import BadExport, rows
from jiyue.letters.tickets import FIELDS, FILES, Ticket, ticket_of, tickets_of
from jiyue.registry.site import Registry, Site

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "number": ("编号", "留言编号", "问题编号", "工单编号", "受理编号", "流水号", "id", "number"),
    "received": (
        "收到", "收到时间", "提交时间", "留言时间", "找错时间", "反映时间", "举报时间", "受理时间", "转办时间", "received",
    ),
    "page": (
        "网址", "问题网址", "问题页面", "问题网页", "问题页面网址", "问题链接", "页面地址", "网页地址", "页面链接", "url", "page",
    ),
    "code": ("网站标识码", "标识码", "sitecode", "site_code"),
    "site": ("网站名称", "站点名称", "网站", "所属网站", "site"),
    "kind": ("问题类型", "错误类型", "留言类型", "问题分类", "类型", "kind"),
    "unit": ("承办单位", "办理单位", "责任单位", "处理单位", "unit"),
    "closed": ("办结", "办结时间", "办结日期", "答复时间", "回复时间", "完成时间", "处理时间", "closed"),
    "state": ("办理状态", "处理状态", "状态", "state"),
}  # fmt: skip
"""What a row may say -> the headings that it is known by, the first that is there; blanks and remarks in brackets do not count."""
DONE = ("已办结", "办结", "已答复", "已回复", "已完成", "已处理")
REFUSED = error(
    "ticket-refused",
    "找错清单的一行没有导入",
    "写错的、不是本站群网站的行不进台账，其余各行照常导入。留言人的姓名、电话和留言的原文一律不导入。",
    "《中华人民共和国个人信息保护法》；国办秘函〔2019〕19号 监管工作年度考核指标",
)
UNDATED = warning(
    "ticket-undated",
    "办结的找错留言没有办结日期",
    "没有办结日期就算不出是不是按时办结，台账里仍然算没有办结。",
    "国办秘函〔2019〕19号 监管工作年度考核指标",
)
_REMARK = pattern(r"[(（].*?[)）]|[\s:：*]+")
_DAY = pattern(r"(\d{4})\D(\d{1,2})\D(\d{1,2})")


@dataclass
class Imported:
    """How many rows are new, changed, unchanged, refused; which columns were not taken over; the findings."""

    new: int = 0
    changed: int = 0
    same: int = 0
    refused: int = 0
    left: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    findings: list[Diagnostic] = field(default_factory=list)


def import_tickets(source: Path, root: Path, registry: Registry) -> Imported:
    """Merge a list into the ledgers of its sites. Raises BadExport: the list can't be read, or a ledger has rows in error."""
    done = Imported()
    known: dict[str, dict[str, Ticket]] = {}
    changed: set[str] = set()
    heads: dict[str, str] = {}
    for line, cells in rows(source):
        if not heads:
            heads = _heads(cells, source)
            done.left = tuple(name for name in cells if name and name not in heads.values())
        said = {name: cells.get(head, "").strip() for name, head in heads.items()}
        try:
            site = _site(said, registry)
            ticket = _ticket(said, site)
        except BadRow as problem:
            done.refused += 1
            done.findings.append(REFUSED.at(str(source), line, problem.message, problem.hint))
            continue
        if site.id not in known:
            known[site.id] = _read(root, site.id)
        mine = known[site.id]
        old = mine.get(ticket.number)
        merged = _merged(old, ticket) if old else ticket
        if said.get("state", "") in DONE and not merged.closed:
            hint = "在平台上查到办结日期，写进台账的 closed 一列"
            done.findings.append(
                UNDATED.at(
                    str(source), line, f"编号 {ticket.number} 写着{said['state']}，没有办结日期", hint, site=site.id
                )
            )
        done.new += old is None
        done.changed += old is not None and merged != old
        done.same += merged == old
        if merged != old:
            mine[ticket.number] = merged
            changed.add(site.id)
    for name in sorted(changed):
        _write(root / "content" / name / FILES[0], known[name].values())
    done.sites = tuple(sorted(changed))
    return done


def _heads(cells: Iterable[str], source: Path) -> dict[str, str]:
    """What a row may say -> its heading in this list. Raises BadExport."""
    plain = {_REMARK.sub("", head).casefold(): head for head in reversed([*cells])}
    heads = {
        name: plain[word] for name, words in COLUMNS.items() if (word := next((w for w in words if w in plain), ""))
    }
    for name in ("number", "received"):
        if name not in heads:
            known = "、".join(COLUMNS[name])
            raise BadExport(f"{source} 没有「{FIELDS[name]}」这一列（可以叫 {known}）；表头应在第一行")
    if not heads.keys() & {"page", "code", "site"}:
        raise BadExport(f"{source} 没有问题网址、网站标识码或者网站名称，不知道是哪个网站的")
    return heads


def _site(said: Mapping[str, str], registry: Registry) -> Site:
    if said.get("page") and (site := site_of(said["page"], registry)):
        return site
    for one in registry.sites.values():
        if said.get("code") and one.facts.get("site_id_code") == said["code"]:
            return one
        if said.get("site") and said["site"] in (one.name, one.id):
            return one
    what = said.get("page") or said.get("site") or said.get("code") or "没有写网址"
    raise BadRow(f"不是本站群的网站：{what[:80]}", "核对网址；别的网站的留言由它的主办单位办理")


def site_of(url: str, registry: Registry) -> Site | None:
    """The site whose address a URL begins with, the longest; None if it is none's. With or without a scheme."""
    parts = urlsplit(url if "//" in url else f"//{url}")
    host = parts.netloc.casefold().rpartition("@")[2]
    sites = [
        site
        for site in registry.sites.values()
        if site.host.casefold() == host and f"{parts.path}/".startswith(f"{site.base_path}/")
    ]
    return max(sites, key=lambda site: len(site.base_path), default=None)


def _ticket(said: Mapping[str, str], site: Site) -> Ticket:
    """The ticket of a row. Raises BadRow."""
    page = said.get("page", "")
    parts = urlsplit(page if "//" in page else f"//{page}")
    if page and parts.netloc.casefold() == site.host.casefold():
        page = unquote(parts.path.removeprefix(site.base_path)) or "/"
    cells = {
        "number": said["number"],
        "received": _day(said["received"]),
        "page": page,
        "unit": said.get("unit", ""),
        "closed": _day(said.get("closed", "")),
        "kind": said.get("kind", ""),
    }
    for name, cell in cells.items():
        if cell.startswith(FORMULA):
            raise BadRow(f"「{FIELDS[name]}」以 {cell[:1]} 开头，表格软件会当作公式", "改为文字再导入")
    return ticket_of(cells)


def _day(cell: str) -> str:
    """The day of a cell, also of a workbook's serial number (days since 1899-12-30); other text as it is."""
    serial = cell.partition(".")[0]
    if serial.isdecimal() and len(serial) == 5:
        return str(date(1899, 12, 30) + timedelta(days=int(serial)))
    match = _DAY.match(cell)
    return f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}" if match else cell


def _merged(old: Ticket, new: Ticket) -> Ticket:
    """What the ledger has, with what the list has besides. A closing in the list counts; what officers wrote stays."""
    return old._replace(
        closed=new.closed or old.closed, unit=old.unit or new.unit, page=old.page or new.page, kind=old.kind or new.kind
    )


def _read(root: Path, site: str) -> dict[str, Ticket]:
    folder = root / "content" / site
    if (folder / FILES[1]).is_file():
        raise BadExport(f"content/{site}/{FILES[1]} 已经是这个站点的台账，导入只写 CSV；先把它改成 {FILES[0]}")
    path = folder / FILES[0]
    shown = f"content/{site}/{FILES[0]}"
    valid, found = tickets_of(path.read_bytes() if path.is_file() else b"", shown, site)
    if found:
        raise BadExport(f"{shown} 第 {found[0].line} 行有错（{found[0].message}），先改正再导入，以免丢失这一行")
    return {one.number: one for one in valid}


def _write(path: Path, tickets: Iterable[Ticket]) -> None:
    """Replace a ledger atomically, in order of day and number."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(FIELDS)
    for one in sorted(tickets, key=lambda one: (one.received, one.number)):
        writer.writerow(getattr(one, name) for name in FIELDS)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    part.write_text(text.getvalue(), "utf-8")
    part.replace(path)
