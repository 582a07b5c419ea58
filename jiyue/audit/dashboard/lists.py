"""Proposals of who is to be commended and who is to be talked to (表扬、约谈), and how sites changed."""

from __future__ import annotations

from collections.abc import Mapping

from jiyue.audit.dashboard import views
from jiyue.audit.dashboard.board import Board, SiteState
from jiyue.audit.dashboard.scores import RESULTS
from jiyue.audit.dashboard.tables import Cell, Column, Table, row
from jiyue.audit.earlier import Kept
from jiyue.audit.measures.measurement import DECIDED, Measurement
from jiyue.audit.measures.spans import number
from jiyue.catalogue.charts import Chart
from jiyue.registry.site import SITE_KINDS
from jiyue.render.charts import figure

BEST = 10
"""Of each kind, one in so many ranked sites is proposed for commendation, at least one."""
LONG = 30
"""Days after which a veto that lasts is a reason to talk to whoever is responsible."""
TEXT = (
    f"建议名单，由人决定后才算数。建议表扬：每一类里名次在前 1/{BEST}、没有单项否决、分数不低于 90 的站点。"
    f"建议约谈：单项否决持续超过 {LONG} 天，或者上一次检查和这一次都不合格的站点。两条标准都是本平台的，文件没有规定数字。"
)


def lists(board: Board) -> list[Table]:
    """The two lists, with the reason of each row."""
    columns = (
        Column("site", "站点"), Column("kind", "类别"), Column("unit", "责任单位", "unit"), Column("total", "总分", "total"),
        Column("why", "理由"),
    )  # fmt: skip
    praised = [
        (one, f"{SITE_KINDS[one.site.kind]}第 {one.rank} 名，没有单项否决")
        for one in board.sites.values()
        if _is_good(board, one)
    ]
    called = [(one, why) for one in board.failing if (why := _why(board, one))]
    return [
        Table(name, title, columns, [
            row(Cell(one.site.name, views.site_link(one.site.id)), SITE_KINDS[one.site.kind], views.unit_cell(one.unit), one.total, why)
            for one, why in found
        ])
        for name, title, found in (("commended", "建议表扬", praised), ("called-in", "建议约谈", called))
    ]  # fmt: skip


def _is_good(board: Board, one: SiteState) -> bool:
    ranked = sum(other.rank is not None and other.site.kind == one.site.kind for other in board.sites.values())
    return bool(one.rank and one.rank <= max(1, ranked // BEST) and not one.score.vetoes and one.total >= 90)


def _why(board: Board, one: SiteState) -> str:
    today = number(board.day)
    reasons = []
    for rule in one.score.vetoes:
        since = one.verdicts[rule].since
        if since and today - number(since) > LONG:
            reasons.append(f"{rule} {one.rules[rule].name}自 {since} 起")
    if (then := views.since(board, one)) and then.vetoes_then:
        reasons.append(f"{board.earlier[-1].day} 检查时也不合格")
    return "；".join(reasons)


def _vetoed(board: Board) -> list[int]:
    """How many sites had a veto in each period and now, by the rules that were decided every time, of the sites that were there."""
    counts = [0] * (len(board.earlier) + 1)
    for site, one in board.sites.items():
        if any(site not in then.sites for then in board.earlier):
            continue
        periods: list[Mapping[str, Kept | Measurement]] = [*(then.sites[site] for then in board.earlier), one.verdicts]
        for at, rules in enumerate(periods):
            counts[at] += any(
                verdict.broken
                and verdict.level == "veto"
                and all(rule in other and other[rule].status == DECIDED for other in periods)
                for rule, verdict in rules.items()
            )
    return counts


def trends(board: Board) -> tuple[list[str], list[tuple[str, Table]]]:
    """A chart of the periods, and a table of the changes since each."""
    days = [*(one.day for one in board.earlier), board.day]
    names = ("有单项否决的站点",)
    values = [float(count) for count in _vetoed(board)]
    cells = (("日期", *names), *((day, f"{value:g}") for day, value in zip(days, values, strict=True)))
    rows = tuple((day, (value,)) for day, value in zip(days, values, strict=True))
    chart = Chart("line", "有单项否决的站点（只按每次都能判定的指标）", "", "个", names, rows, cells)
    columns = (
        Column("site", "站点"), Column("result", "现在的结果", "result"), Column("change", "得分变化", "change", True),
        Column("broke", "新违反", "", True), Column("mended", "已改正", "", True), Column("compared", "比较的指标", "change"),
    )  # fmt: skip
    parts = []
    for at, then in enumerate(board.earlier):
        made = []
        for one in board.sites.values():
            if found := views.since(board, one, at):
                made.append(
                    row(Cell(one.site.name, views.site_link(one.site.id)), Cell(RESULTS[one.score.result], "", one.score.result),
                        views.change_cell(found), "、".join(found.broke), "、".join(found.mended), found.compared)
                )  # fmt: skip
        title = f"比 {then.day}（提交 {then.commit[:10]}）"
        parts.append((title, Table(f"trends-{then.day}-{then.commit[:10]}", title, columns, made)))
    return [figure(chart, "vetoes")], parts
