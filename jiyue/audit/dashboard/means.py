"""What keeps a cluster going, for the offices alone: reports of errors, contracts, money, training. Tables of the dashboard."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from jiyue.audit.dashboard.board import Board, SiteState
from jiyue.audit.dashboard.tables import Cell, Column, Table, row
from jiyue.audit.dashboard.views import site_link
from jiyue.audit.measures.letters import ticket_page
from jiyue.audit.measures.subject import Copy
from jiyue.letters.tickets import Ticket, TicketState, figures

TICKETS = (
    "「我为政府网站找错」的留言，来自各站点的找错台账（jiyue import tickets）。没有办结的在前；责任单位没有写的，按网页所在的栏目。"
    "期限是几个工作日，见指标 W9；最长期限见 D23。"
)
COPIES = (
    "不同站点上正文几乎相同、又没有写转载的文章，一组里先发布的在前。相似度是两篇共有的相邻两字组合占的比例。"
    "写了 repost_of 的、上级推送的、译文、来信、办事指南、网页和年度报告不算。"
)
PAGES = {"tickets.html": "找错留言", "copies.html": "雷同"}
"""The pages -> their names in the menu."""
_TERMS = 3, 1
"""Working days and months where a site's profile has no rules on reports of errors."""
_FIGURES = (
    Column("received", "收到"), Column("closed", "办结"), Column("in_time", "按期办结"), Column("rate", "按期率", optional=True),
    Column("open", "没有办结"), Column("overdue", "其中逾期"),
)  # fmt: skip


def pages(board: Board) -> dict[str, tuple[str, str, list[Table]]]:
    """Path -> (title, explanation, tables) of the pages that have something to show."""
    made = {
        "tickets.html": ("找错留言", TICKETS, tickets(board)),
        "copies.html": ("与别的站点雷同的文章", COPIES, copies(board)),
    }
    return {path: page for path, page in made.items() if page[2]}


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
