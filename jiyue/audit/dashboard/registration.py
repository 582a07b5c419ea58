"""What is registered as tables: the sheet of each site, its channels with their figures, exceptions. Internal, as all of the dashboard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jiyue.audit.dashboard.board import Board
from jiyue.audit.dashboard.tables import Cell, Column, Table, row
from jiyue.audit.dashboard.views import unit_cell
from jiyue.audit.measures.spans import number
from jiyue.build.exceptions import DAYS, EXCEPTIONS, Exemption
from jiyue.catalogue.registers import Row
from jiyue.registry.sheet import sheet
from jiyue.registry.site import Registry, Site

TEXT = (
    "站点登记表的主要几项、频道的单位和更新、独立建设的网站的批准。整张登记表在 registration.csv、registration.xlsx，"
    "命令 jiyue sites 给出同样的表。"
)
_KEYS = {
    "编号": "site", "名称": "name", "类别": "kind", "上级": "superior", "状态": "state", "网址": "url", "主办单位": "sponsor",
    "承办单位": "operator", "联系方式": "contact", "网站标识码": "site_id_code", "ICP 备案编号": "icp", "公安机关备案号": "police_no",
    "党政机关网站标识编号": "conac_id", "安全等级": "security_level", "语种": "languages", "平台": "platforms", "岗位": "officers",
    "频道": "channels", "公告日期": "announced", "关停日期": "closes", "内容去向": "heir", "曾用": "formerly", "问题": "problems",
}  # fmt: skip
"""Entry of the sheet -> its name in files."""


def sites(registry: Registry, chosen: Iterable[Site], now: str) -> Table:
    """A row a site: its sheet."""
    rows = []
    for site in chosen:
        entries = sheet(registry, site, now)
        mark = {"问题": "warning" if entries["问题"] else "", "状态": "warning" if entries["关停日期"] else ""}
        rows.append(tuple(Cell(text, "", mark.get(name, "")) for name, text in entries.items()))
    return Table("registration", "站点登记表", tuple(Column(key, name, "", True) for name, key in _KEYS.items()), rows)


_BRIEF = ("name", "state", "sponsor", "site_id_code", "icp", "police_no", "security_level", "problems")


def brief(whole: Table) -> Table:
    """The columns of the sheet that a page has room for."""
    places = [at for at, column in enumerate(whole.columns) if column.key in _BRIEF]
    rows = [tuple(cells[at] for at in places) for cells in whole.rows]
    return whole._replace(name="registered", columns=tuple(whole.columns[at] for at in places), rows=rows)


def channels(board: Board) -> Table:
    """A row a channel: its unit, its posts, its articles that are public, those of this year and of 30 days, the last update."""
    day = number(board.day)
    heads = (
        Column("site", "站点"), Column("channel", "频道"), Column("path", "目录"), Column("unit", "责任单位"),
        Column("contact", "联系方式", "", True), Column("posts", "岗位"), Column("public", "公开的稿件"), Column("year", "今年发布"),
        Column("days_30", "30 天内发布"), Column("last", "最后更新", "", True),
    )  # fmt: skip
    rows = []
    for one in board.sites.values():
        for channel in (column for column in one.site.columns if column.channel):
            public = [r for r in one.subject.in_column(channel.path) if r.begins <= day < r.ends]
            dates = [r.date for r in public if r.date]
            rows.append(
                row(
                    one.site.name, channel.name, channel.path, unit_cell(channel.owner), channel.contact,
                    sum(post["unit"] == channel.owner for post in one.site.officers), len(public),
                    sum(date[:4] == board.day[:4] for date in dates), sum(day - number(date) < 30 for date in dates),
                    Cell(max(dates)[:10]) if dates else Cell("", "", "warning"),
                )
            )  # fmt: skip
    return Table("channels", "频道", heads, rows)


def exceptions(rows: Sequence[Row[Exemption]], day: str) -> Table:
    """A row an independently built site, with the state of its approval."""
    heads = (*(Column(key, name, "", True) for key, name in EXCEPTIONS.columns.items()), Column("state", "批准"))
    made = []
    for one in rows:
        left = number(one.entry.until) - number(day)
        state, mark = ("已到期", "error") if left < 0 else (f"还有 {left} 天", "warning" if left <= DAYS else "")
        made.append((*(Cell(getattr(one.entry, key)) for key in EXCEPTIONS.columns), Cell(state, "", mark)))
    return Table("exceptions", "独立建设的网站", heads, made)
