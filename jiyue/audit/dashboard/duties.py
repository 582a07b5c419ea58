"""Who answers for what as tables: the matrix, posts, what is missing (jiyue.responsibility). Internal, as all of the dashboard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jiyue.audit.dashboard.tables import Cell, Column, Table, row
from jiyue.audit.dashboard.views import unit_cell
from jiyue.audit.measures.spans import END, number, text
from jiyue.registry.site import Site
from jiyue.responsibility.collect import Duties
from jiyue.responsibility.guarantee import MET, MISSED, DeliverableState
from jiyue.responsibility.matrix import ENDS, ROLES, Line, Matrix, Missing, Post, sponsor
from jiyue.responsibility.roster import Roster, SiteReadings, is_open, statistics
from jiyue.responsibility.tasks import OPEN, OVERDUE, STATES, TODAY, TaskState

_STATE_MARKS = {"在任": "", ENDS: "warning", "任期已满": "error", "尚未到任": "warning"}
_SHOWN_DAYS = 31
"""How far back a roster is shown."""


def duties_link(site: str) -> str:
    """The page of a site's duties."""
    return f"duties/{site}.html"


def site_cell(site: Site) -> Cell:
    """A site with the link to its duties."""
    return Cell(site.name, duties_link(site.id))


def tables(matrix: Matrix, name: str, title: str) -> tuple[Table, Table, Table]:
    """(columns, posts, what is missing) of a matrix."""
    return (
        columns(matrix.lines, f"{name}/matrix", f"{title}：责任矩阵"),
        posts(matrix.posts, f"{name}/posts", f"{title}：岗位"),
        missing(matrix.missing, f"{name}/missing", f"{title}：缺口"),
    )


def columns(lines: Iterable[Line], name: str, title: str) -> Table:
    """A row a column: its unit, the posts that serve it, what is missing."""
    heads = (
        Column("site", "站点"), Column("column", "栏目"), Column("path", "目录"), Column("unit", "责任单位"),
        *(Column(f"posts/{role}", role, "", True) for role in ROLES),
        Column("days", "更新期限（天）", "", True), Column("missing", "缺口", "", True),
    )  # fmt: skip
    rows = [
        row(
            site_cell(one.site), one.column.name, one.column.path, unit_cell(one.unit),
            *(_posts(one, role) for role in ROLES), one.days or None, "；".join(one.gaps),
        )
        for one in lines
    ]  # fmt: skip
    return Table(name, title, heads, rows)


def _posts(one: Line, role: str) -> Cell:
    there = one.posts.get(role, ())
    if there:
        return Cell("、".join(there))
    return Cell("缺", "", "error") if role in one.required else Cell("不要求")


def sites(matrix: Matrix, duties: Duties, day: str) -> Table:
    """A row a site: who holds which kind of post, how much is missing, how much is overdue."""
    heads = (
        Column("site", "站点"), Column("unit", "责任单位"), Column("columns", "栏目"), Column("units", "单位"),
        *(Column(f"posts/{role}", role) for role in ROLES), Column("missing", "缺口"), Column("ending", "任期将满"),
        Column("overdue", "逾期任务"), Column("waiting", "未完成任务"),
    )  # fmt: skip
    rows = []
    for site in matrix.sites():
        part = matrix.of_site(site.id)
        mine = [one.state(day) for one in duties.tasks if one.site.id == site.id]
        gaps, overdue = sum(not one.soon for one in part.missing), mine.count(OVERDUE)
        vacant = {role for one in part.lines for role in one.required if not one.posts[role]}
        held = {
            role: [one.post for one in part.posts if one.role == role and one.state in ("在任", ENDS)] for role in ROLES
        }
        rows.append(
            row(
                site_cell(site), unit_cell(sponsor(site)), len(part.lines), len(part.units()),
                *(Cell("缺", "", "error") if role in vacant else Cell(len(held[role])) for role in ROLES),
                _count(gaps), len(part.missing) - gaps, _count(overdue), sum(one in (OVERDUE, TODAY, OPEN) for one in mine),
            )
        )  # fmt: skip
    return Table("duties/sites", "全站群：各站点", heads, rows)


def _count(number_: int) -> Cell:
    return Cell(number_, "", "error" if number_ else "")


def posts(some: Iterable[Post], name: str, title: str) -> Table:
    """A row a post."""
    heads = (
        Column("site", "站点"), Column("role", "岗位类别"), Column("post", "岗位"), Column("unit", "单位"),
        Column("deputy", "替岗", "", True), Column("phone", "办公电话", "", True), Column("since", "任期起", "", True),
        Column("until", "任期止", "", True), Column("state", "状态"),
        Column("columns", "负责的栏目", "", True), Column("missing", "缺口", "", True),
    )  # fmt: skip
    rows = [
        row(
            site_cell(one.site), one.role, one.post, unit_cell(one.unit), one.deputy, one.phone, one.since, one.until,
            Cell(one.state, "", _STATE_MARKS[one.state]), f"{len(one.columns)} 个" if one.columns else "",
            "；".join(one.gaps),
        )
        for one in some
    ]  # fmt: skip
    return Table(name, title, heads, rows)


def missing(some: Iterable[Missing], name: str, title: str) -> Table:
    """A row a gap, with the rule that tells it."""
    heads = (
        Column("site", "站点"), Column("level", "级别"), Column("message", "缺什么"), Column("hint", "怎样处理"),
        Column("unit", "责任单位"), Column("rule", "规则"),
        Column("path", "文件"),
    )  # fmt: skip
    rows = [
        row(
            site_cell(one.site), Cell(ENDS, "", "warning") if one.soon else Cell("缺口", "", "error"), one.gap.message,
            one.gap.hint, unit_cell(one.unit), one.gap.rule.id, f"sites/{one.site.id}.yaml",
        )
        for one in some
    ]  # fmt: skip
    return Table(name, title, heads, rows)


def registers(known: Duties, names: Mapping[str, str], day: str, name: str, title: str) -> list[Table]:
    """The tables of tasks, the guarantee plan, duty and readings. names: of the sites."""
    return [
        tasks(known.tasks, day, f"{name}/tasks", f"{title}：协调任务"),
        deliverables(known.deliverables, day, f"{name}/plan", f"{title}：信息保障计划"),
        turns(known.rosters, names, day, f"{name}/roster", f"{title}：值班表"),
        readings(known.site_readings, names, day, f"{name}/reading", f"{title}：读网记录"),
    ]


def tasks(some: Iterable[TaskState], day: str, name: str, title: str) -> Table:
    """A row a task, those that wait first."""
    heads = (
        Column("number", "编号"), Column("site", "站点"), Column("unit", "单位"), Column("post", "岗位", "", True), Column("what", "事项"),
        Column("kind", "种类", "", True), Column("document", "文件或主题", "", True), Column("assigned", "交办日期"), Column("due", "期限"),
        Column("state", "状态"), Column("by", "完成的文章", "", True), Column("note", "备注", "", True),
    )  # fmt: skip
    order = sorted(some, key=lambda one: (STATES.index(one.state(day)), one.task.due, one.task.number))
    rows = []
    for one in order:
        task, state = one.task, one.state(day)
        notes = [
            task.note,
            f"完成的文章到 {one.reopened(day)} 为止公开，要重新做" if one.reopened(day) else "",
            one.fault,
        ]
        by = "、".join(piece.title for piece in one.by) or (f"{task.done} 办结" if task.done else "")
        rows.append(
            row(
                task.number, site_cell(one.site), unit_cell(task.unit), task.post, task.what, task.kind,
                (one.document.title if one.document else task.document) or task.topic, task.assigned, task.due,
                Cell(state, "", "error" if state in (OVERDUE, TODAY) else ""), by, "；".join(filter(None, notes)),
            )
        )  # fmt: skip
    return Table(name, title, heads, rows)


def deliverables(some: Iterable[DeliverableState], day: str, name: str, title: str) -> Table:
    """A row an item of the guarantee plan: what is wanted, what the last periods brought."""
    heads = (
        Column("site", "站点"), Column("unit", "单位"), Column("item", "事项"), Column("column", "栏目", "", True), Column("way", "方式"),
        Column("limit", "时限"), Column("now", "这一期"), Column("before", "以前各期"), Column("state", "上一期"),
        Column("source", "依据", "", True),
    )  # fmt: skip
    rows = []
    for one in some:
        item, periods = one.item, one.periods(day)
        present, past = (periods[-1], periods[:-1]) if periods else (None, [])
        met = sum(two.state == MET for two in past)
        last = past[-1].state if past else "还没有"
        now = (
            f"{present.first} 至 {present.last}：{present.delivered}/{present.wanted}，{present.state}"
            if present
            else "还没有开始"
        )
        rows.append(
            row(
                site_cell(one.site), unit_cell(item.unit), item.item, item.column, item.way, item.limit,
                Cell(now, "", "error" if present and present.state == MISSED else ""),
                f"{len(past)} 期里完成 {met} 期" if past else "还没有", Cell(last, "", "error" if last == MISSED else ""),
                one.fault or item.source,
            )
        )  # fmt: skip
    return Table(name, title, heads, rows)


def turns(some: Iterable[Roster], names: Mapping[str, str], day: str, name: str, title: str) -> Table:
    """The turns of rosters and the days without one, in order, the coming ones and those of the last month."""
    heads = (
        Column("site", "站点"), Column("day", "日期"), Column("until", "至", "", True), Column("shift", "班次", "", True),
        Column("post", "岗位"), Column("unit", "单位", "", True), Column("deputy", "替班", "", True), Column("phone", "办公电话", "", True),
        Column("sites", "读网的站点", "", True),
    )  # fmt: skip
    rows = []
    nobody = Cell("没有人值班", "", "error")
    for roster in some:
        whose = Cell(names[roster.site], duties_link(roster.site))
        lines = [
            (turn.day, row(whose, turn.day, turn.until, turn.shift, turn.post, turn.unit, turn.deputy, turn.phone,
                           "、".join(names.get(site, site) for site in turn.sites)))
            for turn in (one.entry for one in roster.turns)
            if number(turn.until or turn.day) > number(day) - _SHOWN_DAYS
        ]  # fmt: skip
        lines += [
            (text(first), row(whose, text(first), "以后" if after == END else text(after - 1), "", nobody, "", "", "", ""))
            for first, after in roster.empty()
            if after > number(day) - _SHOWN_DAYS
        ]  # fmt: skip
        rows += [cells for _, cells in sorted(lines, key=lambda pair: pair[0])]
    return Table(name, title, heads, rows)


def readings(some: Iterable[SiteReadings], names: Mapping[str, str], day: str, name: str, title: str) -> Table:
    """The readings of sites, the newest first; of a site that nobody read, that."""
    heads = (
        Column("site", "站点"), Column("at", "时间"), Column("days", "几天以前", "", True), Column("post", "岗位"),
        Column("unit", "单位", "", True), Column("scope", "范围", "", True), Column("found", "发现的问题", "", True),
        Column("state", "处理情况"), Column("mended", "改正日期", "", True),
    )  # fmt: skip
    rows = []
    for look in some:
        whose = Cell(names[look.site], duties_link(look.site))
        if not look.readings:
            rows.append(row(whose, "还没有", None, Cell("没有人读过", "", "error"), "", "", "", "还没有", ""))
        for one in reversed(look.readings):
            entry = one.entry
            state = Cell(entry.state, "", "error" if is_open(entry) else "")
            since = number(day) - number(entry.at)
            rows.append(
                row(whose, entry.at, since, entry.post, entry.unit, entry.scope, entry.found, state, entry.mended)
            )
    return Table(name, title, heads, rows)


def counted(known: Duties, name: str, title: str) -> Table:
    """A row a post: duty, readings, what they found."""
    heads = (
        Column("post", "岗位"), Column("turns", "值班（班）"), Column("days", "值班（天）"), Column("readings", "读网（次）"),
        Column("found", "发现问题（处）"), Column("open", "没有改正（处）"),
    )  # fmt: skip
    figures = statistics(known.rosters, known.site_readings)
    duty, read = figures["duty"], figures["readings"]
    rows = [
        row(
            post, duty.get(post, {}).get("turns", 0), duty.get(post, {}).get("days", 0),
            *(read.get(post, {}).get(key, 0) for key in ("readings", "found", "open")),
        )
        for post in sorted({*duty, *read})
    ]  # fmt: skip
    return Table(name, title, heads, rows)
