"""The yearly assessment (监管工作年度考核, 国办秘函〔2019〕19号; 吉政办发〔2015〕5号（二十）) of sites, as far as it can be computed.

What people decide stays open. The parts beside the points of the inspection are cited from memory.
"""

from __future__ import annotations

from collections.abc import Iterable

from jiyue.audit.dashboard import views
from jiyue.audit.dashboard.annual import OPEN
from jiyue.audit.dashboard.board import Board, SiteState
from jiyue.audit.dashboard.tables import Cell, Column, Table, row
from jiyue.registry.site import SITE_KINDS

TICKETS = "D23"
"""The rule on reports of errors (网民找错留言)."""
TEXT = (
    "能算的已经填好，「待填」的由人填写。检查得分按今天的内容和台账；外部评价在 sites/ledger/outside-scores.csv。"
    "考核项目凭记忆整理，使用前与国办秘函〔2019〕19号的原表核对。"
)


def table(board: Board, chosen: Iterable[SiteState], name: str, title: str) -> Table:
    """A row a site."""
    columns = (
        Column("site", "站点"), Column("kind", "类别"), Column("unit", "责任单位", "unit"), Column("vetoes", "单项否决", "vetoes"),
        Column("lost", "扣分", "lost"), Column("bonus", "加分", "bonus"), Column("own", "检查得分", "own"),
        Column("outside", "外部评价", "outside", True), Column("total", "总分", "total"), Column("rank", "名次", "rank", True),
        Column("tickets", "找错留言逾期"), Column("news", "领导批示、表扬"), Column("grade", "评定等次"),
    )  # fmt: skip
    rows = []
    for one in chosen:
        known = one.verdicts.get(TICKETS)
        others = "；".join(f"{two.by} {two.points:g}×{two.weight:g}" for two in one.outside)
        rows.append(
            row(
                Cell(one.site.name, views.site_link(one.site.id)), SITE_KINDS[one.site.kind], views.unit_cell(one.unit),
                len(one.score.vetoes), one.score.lost, one.score.bonus, one.score.own, others, one.total, views.rank_cell(one),
                known.cases if known and known.status == "decided" else OPEN, OPEN, OPEN,
            )
        )  # fmt: skip
    return Table(name, title, columns, rows)
