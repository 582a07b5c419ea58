"""What keeps a cluster going, for the offices alone: reports of errors, contracts, money, training. Tables of the dashboard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

from jiyue.audit.dashboard.board import Board, SiteState
from jiyue.audit.dashboard.tables import Cell, Column, Table, row
from jiyue.audit.dashboard.views import site_link
from jiyue.audit.measures.letters import ticket_page
from jiyue.audit.measures.subject import Copy
from jiyue.catalogue.kinds import KINDS
from jiyue.checks.repository.rights import Rights
from jiyue.letters.tickets import Ticket, TicketState, figures
from jiyue.resources.collect import Resources
from jiyue.resources.fees import fees, sums
from jiyue.resources.training import Trained, trained

TICKETS = (
    "「我为政府网站找错」的留言，来自各站点的找错台账（jiyue import tickets）。没有办结的在前；责任单位没有写的，按网页所在的栏目。"
    "期限是几个工作日，见指标 W9；最长期限见 D23。"
)
COPIES = (
    "不同站点上正文几乎相同、又没有写转载的文章，一组里先发布的在前。相似度是两篇共有的相邻两字组合占的比例。"
    "写了 repost_of 的、上级推送的、译文、来信、办事指南、网页和年度报告不算。"
)
RESOURCES = (
    "合同、经费、稿酬和培训，来自登记簿（sites/registers/），只供内部使用。稿酬按标准表和今天公开的稿件计算，转载的不算；"
    "金额精确到分。培训统计今年在任的岗位。"
)
PAGES = {"tickets.html": "找错留言", "copies.html": "雷同", "resources.html": "保障"}
"""The pages -> their names in the menu."""
_SOON = 30
"""Days before the end of a contract from which it is marked."""
_TERMS = 3, 1
"""Working days and months where a site's profile has no rules on reports of errors."""
_FIGURES = (
    Column("received", "收到"), Column("closed", "办结"), Column("in_time", "按期办结"), Column("rate", "按期率", optional=True),
    Column("open", "没有办结"), Column("overdue", "其中逾期"),
)  # fmt: skip


def pages(board: Board, found: Resources | None) -> dict[str, tuple[str, str, list[Table]]]:
    """Path -> (title, explanation, tables) of the pages that have something to show."""
    made = {
        "tickets.html": ("找错留言", TICKETS, tickets(board)),
        "copies.html": ("与别的站点雷同的文章", COPIES, copies(board)),
        "resources.html": ("合同、经费、培训", RESOURCES, resources(found) if found else []),
    }
    return {path: page for path, page in made.items() if page[2]}


def resources(found: Resources) -> list[Table]:
    """The tables of this year that have rows."""
    year = found.day[:4]
    made = [*contracts(found), *costs(found, year), *fee_sheets(found, year), *training(found, year)]
    return [one for one in made if one.rows]


def contracts(found: Resources) -> list[Table]:
    """The contracts, those that end soonest first, what is over last; and the accounts and duties of each."""
    columns: tuple[Column, ...] = (
        Column("number", "合同编号"), Column("site", "站点"), Column("unit", "单位"), Column("contractor", "承包单位"),
        Column("service", "服务内容"), Column("kind", "分工"), Column("since", "起"), Column("until", "止"), Column("state", "状态"),
        Column("cost", "年费用（元）", optional=True),
    )  # fmt: skip
    rows, duties = [], []
    for one in sorted(
        found.contracts, key=lambda row_: (row_.entry.until < found.day, row_.entry.until, row_.entry.number)
    ):
        entry = one.entry
        left = (date.fromisoformat(entry.until) - date.fromisoformat(found.day)).days
        state = (
            "已到期"
            if left < 0
            else "未开始"
            if entry.since > found.day
            else f"还有 {left} 天"
            if left <= _SOON
            else "履行中"
        )
        mark = "error" if left < 0 and entry.accounts else "warning" if 0 <= left <= _SOON else ""
        rows.append(row(
            entry.number, _site(found, one.site), entry.unit, entry.contractor, entry.service, entry.kind, entry.since, entry.until,
            Cell(state, "", mark), entry.cost,
        ))  # fmt: skip
        secrecy = Cell(entry.secrecy or "没有", "", "" if entry.secrecy else "warning")
        duties.append(row(
            entry.number, entry.contractor, "、".join(entry.accounts), entry.rights, secrecy, entry.contact, entry.response, entry.note
        ))  # fmt: skip
    made = Table("resources/contracts", "外包合同", columns, rows)
    columns = (
        Column("number", "合同编号"), Column("contractor", "承包单位"), Column("accounts", "账号", optional=True),
        Column("rights", "权限范围", optional=True), Column("secrecy", "保密责任书"), Column("contact", "联系岗位", optional=True),
        Column("response", "响应时限", optional=True), Column("note", "备注", optional=True),
    )  # fmt: skip
    return [made, Table("resources/contract-duties", "外包合同：账号和责任", columns, duties)]


def accounts(found: Resources, rights: Rights) -> Table:
    """Every account: the posts and contracts that it is there for, until when it has its rights, and whether it has them today."""
    columns = (
        Column("account", "账号"), Column("role", "权限"), Column("posts", "岗位", optional=True),
        Column("contracts", "合同", optional=True),
        Column("until", "到", optional=True), Column("state", "情况"),
    )  # fmt: skip
    held: dict[str, list[str]] = {}
    for site in found.registry.sites.values():
        for officer in site.officers:
            for post, name in (("post", "account"), ("deputy", "deputy_account")):
                if account := rights.of(officer.get(name, "")):
                    held.setdefault(account.name, []).append(officer.get(post, ""))
    rows = []
    for account in sorted(set(rights.accounts.values()), key=lambda one: one.name):
        numbers = [row_.entry.number for row_ in found.contracts if account in map(rights.of, row_.entry.accounts)]
        posts = list(dict.fromkeys(held.get(account.name, ())))
        ends = [end for end in (account.until, max((until for _, until in account.terms), default="")) if end]
        if not account.has_rights(found.day):
            state = Cell("没有权限：合同或期限已过", "", "error")
        elif posts or numbers or account.role == "admin":
            state = Cell("有权限")
        else:
            state = Cell("既没有岗位也没有合同", "", "warning")
        role = "管理员" if account.role == "admin" else "、".join(sorted(account.sites | account.columns))
        rows.append(row(account.name, role, "、".join(posts), "、".join(numbers), min(ends, default=""), state))
    return Table("resources/accounts", "账号", columns, rows)


def costs(found: Resources, year: str) -> list[Table]:
    """What a year cost: each item; by kind, by unit with what the unit published, by source; contracts against what was paid."""
    mine = [one for one in found.costs if str(one.entry.year) == year]
    columns = (
        Column("unit", "单位"), Column("site", "站点"), Column("item", "事项"), Column("kind", "类别"), Column("amount", "金额（元）"),
        Column("source", "资金来源", optional=True), Column("contract", "合同编号", optional=True),
        Column("paid", "支付日期", optional=True),
    )  # fmt: skip
    items = [
        row(
            one.entry.unit, _site(found, one.entry.site or one.site), one.entry.item, one.entry.kind, one.entry.amount,
            one.entry.source, one.entry.contract, one.entry.paid or "",
        )
        for one in sorted(mine, key=lambda one: (one.entry.unit, one.entry.item))
    ]  # fmt: skip
    total = sum((one.entry.amount for one in mine), Decimal(0))
    items += [row("合计", "", "", "", total, "", "", "")] if items else []
    made = [Table(f"resources/costs-{year}", f"{year} 年经费明细", columns, items)]
    published = Counter(one.unit for one in found.contributions if one.date.startswith(year) and not one.copied)
    adopted = Counter(
        one.unit for one in found.contributions if one.date.startswith(year) and one.name in found.adopted
    )
    for key, name in (("kind", "类别"), ("source", "资金来源"), ("unit", "单位")):
        by: dict[str, Decimal] = {}
        for one in mine:
            what = getattr(one.entry, key) or "没有写"
            by[what] = by.get(what, Decimal(0)) + one.entry.amount
        more = (Column("published", "发布（篇）"), Column("adopted", "被上级采用（篇）")) if key == "unit" else ()
        rows = [
            row(
                what,
                amount,
                f"{100 * amount / total:.1f}%" if total else "—",
                *((published[what], adopted[what]) if more else ()),
            )
            for what, amount in sorted(by.items(), key=lambda it: (-it[1], it[0]))
        ]
        heads = (Column(key, name), Column("amount", "金额（元）"), Column("share", "占比"), *more)
        made.append(Table(f"resources/costs-{year}-by-{key}", f"{year} 年经费：按{name}", heads, rows))
    paid: dict[str, Decimal] = {}
    for one in mine:
        if one.entry.contract:
            paid[one.entry.contract] = paid.get(one.entry.contract, Decimal(0)) + one.entry.amount
    running = [one.entry for one in found.contracts if one.entry.since[:4] <= year <= one.entry.until[:4]]
    heads = (
        Column("number", "合同编号"), Column("contractor", "承包单位"), Column("agreed", "约定（元）", optional=True),
        Column("paid", "已记经费（元）"),
    )  # fmt: skip
    rows = [row(one.number, one.contractor, one.cost, paid.get(one.number, Decimal(0))) for one in running]
    made.append(Table(f"resources/contracts-{year}", f"{year} 年合同的经费", heads, rows))
    return made


def fee_sheets(found: Resources, period: str, unit: str = "") -> list[Table]:
    """The fees of a period, 'YYYY' or 'YYYY-MM': by unit and post, each piece, and what no rate is for. unit: only this one's."""
    if not found.rates:
        return []
    paid, unpaid = fees(found.contributions, found.rates, period, found.day, found.adopted)
    paid = [one for one in paid if not unit or one.of.unit == unit]
    unpaid = [one for one in unpaid if not unit or one.unit == unit]
    heads: tuple[Column, ...] = (
        Column("unit", "单位"), Column("post", "岗位"), Column("pieces", "篇数"), Column("adopted", "被上级采用"), Column("length", "字数"),
        Column("total", "稿酬（元）"),
    )  # fmt: skip
    rows = [
        row(one.unit, one.post or "没有写岗位", one.pieces, one.adopted, one.length, one.total) for one in sums(paid)
    ]
    if rows:
        of = [one.of for one in paid]
        everything = sum((one.total for one in paid), Decimal(0))
        rows.append(
            row("合计", "", len(of), sum(bool(one.extra) for one in paid), sum(one.length for one in of), everything)
        )
    made = [Table(f"resources/fees-{period}", f"{period} 稿酬：按单位和岗位", heads, rows)]
    heads = (
        Column("date", "发布"), Column("site", "站点"), Column("unit", "单位"), Column("post", "岗位", optional=True),
        Column("title", "标题"),
        Column("kind", "种类"), Column("length", "字数"), Column("by", "计量"), Column("rate", "标准（元）"),
        Column("amount", "稿酬（元）"),
        Column("extra", "采用加付（元）"), Column("total", "合计（元）"), Column("path", "文件"),
    )  # fmt: skip
    rows = [
        row(
            one.of.date, _site(found, one.of.site), one.of.unit, one.of.post, one.of.title, _kind(one.of.kind), one.of.length, one.rate.by,
            one.rate.rate, one.amount, one.extra, one.total, one.of.path,
        )
        for one in paid
    ]  # fmt: skip
    made.append(Table(f"resources/fees-{period}-pieces", f"{period} 稿酬：逐篇", heads, rows))
    heads = (Column("kind", "种类"), Column("pieces", "篇数"))
    kinds = Counter(_kind(one.kind) for one in unpaid)
    made.append(
        Table(
            f"resources/fees-{period}-without",
            f"{period} 没有稿酬标准的稿件",
            heads,
            [row(*one) for one in sorted(kinds.items())],
        )
    )
    return made


def training(found: Resources, year: str) -> list[Table]:
    """Who was trained in a year: by unit, each post, the courses. [] where nothing is written down."""
    if not found.courses and not found.exercises:
        return []
    posts = trained(found.registry, found.courses, found.exercises, year, found.day)
    by: dict[tuple[str, str], list[Trained]] = {}
    for one in posts:
        by.setdefault((one.site, one.unit), []).append(one)
    heads: tuple[Column, ...] = (
        Column("site", "站点"), Column("unit", "单位"), Column("posts", "岗位"), Column("trained", "今年受过培训"),
        Column("hours", "人均学时"),
        Column("without", "没有受过培训的岗位", optional=True),
    )  # fmt: skip
    rows = []
    for (site, unit), mine in by.items():
        without = [one.post for one in mine if not one.last]
        mean = (sum((one.hours for one in mine), Decimal(0)) / len(mine)).quantize(Decimal("0.1"))
        rows.append(row(_site(found, site), unit, len(mine), len(mine) - len(without), float(mean), "、".join(without)))
    made = [Table(f"resources/training-{year}", f"{year} 年培训：按单位", heads, rows)]
    heads = (
        Column("site", "站点"), Column("unit", "单位"), Column("post", "岗位"), Column("courses", "培训（次）"), Column("hours", "学时"),
        Column("exercises", "练习（次）"), Column("best", "最好成绩", optional=True), Column("last", "最近一次", optional=True),
    )  # fmt: skip
    rows = [
        row(
            _site(found, one.site), one.unit, one.post, one.courses, float(one.hours), one.exercises,
            "" if one.best is None else f"{100 * one.best:.0f}%", Cell(one.last or "没有", "", "" if one.last else "warning"),
        )
        for one in posts
    ]  # fmt: skip
    made.append(Table(f"resources/training-{year}-posts", f"{year} 年培训：按岗位", heads, rows))
    heads = (
        Column("date", "日期"), Column("title", "名称"), Column("hours", "学时"), Column("organizer", "组织单位", optional=True),
        Column("who", "参加单位、岗位"), Column("people", "人数", optional=True),
    )  # fmt: skip
    rows = [
        row(
            one.entry.date, one.entry.title, float(one.entry.hours), one.entry.organizer,
            "、".join((*one.entry.units, *one.entry.posts)), one.entry.people or None,
        )
        for one in sorted(found.courses, key=lambda one: one.entry.date, reverse=True)
        if one.entry.date.startswith(year)
    ]  # fmt: skip
    made.append(Table(f"resources/courses-{year}", f"{year} 年的培训", heads, rows))
    return made


def _site(found: Resources, site: str) -> str:
    return found.registry.sites[site].name if site in found.registry.sites else site or "全站群"


def _kind(name: str) -> str:
    return KINDS[name].title if name in KINDS else name


def tickets(board: Board) -> list[Table]:
    """All reports of errors, and their figures by site, by unit and by kind; [] where there is none."""
    today = date.fromisoformat(board.day)
    found = [
        (site, one, *ticket_page(site.subject, one.page))
        for site in board.sites.values()
        for rows in site.subject.facts.tickets.values()
        for one in rows
        if date.fromisoformat(one.received) <= today
    ]
    if not found:
        return []
    columns = (
        Column("site", "站点"), Column("number", "编号"), Column("state", "状态"), Column("received", "收到"), Column("due", "期限"),
        Column("closed", "办结", optional=True), Column("kind", "问题类型", optional=True), Column("page", "网页", optional=True),
        Column("title", "文章", optional=True), Column("unit", "责任单位"),
    )  # fmt: skip
    states = {id(one): one.state(today, *_terms(site)) for site, one, _, _ in found}
    urgent = {state: place for place, state in enumerate((TicketState.LONG, TicketState.OVERDUE, TicketState.SOON))}
    rows = [
        row(
            Cell(site.site.name, site_link(site.site.id)), one.number, str(states[id(one)]), one.received,
            str(one.due(_terms(site)[0]).day), one.closed, one.kind, one.page, title, one.unit or unit,
        )
        for site, one, title, unit in sorted(
            found, key=lambda it: (bool(it[1].closed), urgent.get(states[id(it[1])], 9), it[1].received, it[1].number)
        )
    ]  # fmt: skip
    made = [Table("tickets", "找错留言", columns, rows)]
    groups: list[tuple[str, str, Callable[[SiteState, Ticket, str], str]]] = [
        ("site", "站点", lambda site, one, unit: site.site.name),
        ("unit", "责任单位", lambda site, one, unit: one.unit or unit),
        ("kind", "问题类型", lambda site, one, unit: one.kind or "没有写"),
    ]
    for key, name, group in groups:
        by: dict[str, list[tuple[SiteState, Ticket]]] = {}
        for site, one, _, unit in found:
            by.setdefault(group(site, one, unit), []).append((site, one))
        rows = [
            row(what, *_figures(ones, today)) for what, ones in sorted(by.items(), key=lambda it: (-len(it[1]), it[0]))
        ]
        made.append(Table(f"tickets-by-{key}", f"找错留言：按{name}", (Column(key, name), *_FIGURES), rows))
    return made


def copies(board: Board) -> list[Table]:
    """The groups of articles that are nearly the same on several sites; [] where there is none."""
    groups: dict[str, list[tuple[SiteState, Copy]]] = {}
    for site in board.sites.values():
        for one in site.subject.copies:
            groups.setdefault(one.other, []).append((site, one))
    columns = (
        Column("group", "组"), Column("site", "站点"), Column("percent", "相似度"), Column("date", "发布"), Column("title", "标题"),
        Column("path", "文件"), Column("unit", "责任单位"),
    )  # fmt: skip
    known = (
        {row.path: (site, row) for site in board.sites.values() for row in site.subject.facts.rows} if groups else {}
    )
    rows = []
    for number, (first, others) in enumerate(sorted(groups.items()), 1):
        members = [(first, "最早"), *((one.path, f"{one.percent}%") for _, one in others)]
        for path, percent in members:
            if path in known:
                site, row_ = known[path]
                link = Cell(site.site.name, site_link(site.site.id))
                rows.append(row(number, link, percent, row_.date, row_.title, path, site.subject.owner(row_.column)))
    return [Table("copies", "雷同的文章", columns, rows)] if rows else []


def _figures(ones: Iterable[tuple[SiteState, Ticket]], today: date) -> list[int | str]:
    total = dict.fromkeys(("received", "closed", "in_time", "open", "overdue"), 0)
    for site, one in ones:
        for name, count in figures([one], today, *_terms(site)).items():
            total[name] += count
    rate = f"{100 * total['in_time'] / total['closed']:.0f}%" if total["closed"] else ""
    return [total["received"], total["closed"], total["in_time"], rate, total["open"], total["overdue"]]


def _terms(site: SiteState) -> tuple[int, int]:
    term, longest = site.rules.get("W9"), site.rules.get("D23")
    return term.days("working_days") if term else _TERMS[0], longest.days("months") if longest else _TERMS[1]
