"""The tables of the dashboard, made from its facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jiyue.audit.dashboard.board import Board, SiteState, UnitState, rule_id, unit_id
from jiyue.audit.dashboard.freshness import ABSENT, BLANK, STALE, Freshness, freshness
from jiyue.audit.dashboard.scores import RESULTS, VETOED
from jiyue.audit.dashboard.tables import Cell, Column, Table, row
from jiyue.audit.due import Due
from jiyue.audit.earlier import Change, change
from jiyue.audit.measures.measurement import SEVERITIES, STATUSES, Finding
from jiyue.audit.measures.spans import number
from jiyue.registry.inspection import DECIDED_BY, LEVELS, InspectionRule
from jiyue.registry.site import SITE_KINDS

SHARED = 2
"""A column that at least one in so many sites have stands in the heat map by itself."""


def site_link(site: str) -> str:
    """The page of a site."""
    return f"sites/{site}.html"


def unit_link(unit: str) -> str:
    """The page of a unit."""
    return f"units/{unit_id(unit)}.html"


def rule_link(rule: str) -> str:
    """The page of a rule."""
    return f"rules/{rule_id(rule)}.html"


def unit_cell(unit: str) -> Cell:
    """A unit with the link to its tasks."""
    return Cell(unit, unit_link(unit))


def failing(board: Board) -> Table:
    """Which sites fail, why, and who is responsible."""
    columns = (
        Column("site", "站点"), Column("kind", "类别"), Column("result", "结果", "result"), Column("why", "原因", "vetoes"),
        Column("new", "本月新出现", "new", True), Column("unit", "责任单位", "unit"), Column("points", "检查得分", "own"),
    )  # fmt: skip
    rows = [
        row(
            Cell(one.site.name, site_link(one.site.id)),
            SITE_KINDS[one.site.kind],
            result_cell(one),
            "、".join(f"{one.rules[rule].name}（{rule}）" for rule in one.score.vetoes) or f"扣分 {one.score.lost:g}",
            "是" if one.is_new(board.month) else "",
            unit_cell(one.unit),
            one.score.own,
        )
        for one in board.failing
    ]
    return Table("failing", "不合格的站点", columns, rows)


def unaudited(board: Board) -> Table:
    """The sites that no rule was applied to."""
    columns = (Column("site", "站点"), Column("why", "原因"), Column("hint", "怎样处理"), Column("path", "文件"))
    known = board.audit.registry.sites
    rows = [
        row(
            Cell(known[one.site].name, site_link(one.site)) if one.site in known else one.site,
            one.message,
            one.hint,
            one.path,
        )
        for one in board.audit.unaudited
    ]
    return Table("unaudited", "没有检查的站点", columns, rows)


def result_cell(one: SiteState) -> Cell:
    """The result of a site: words, and a mark for the eye."""
    return Cell(RESULTS[one.score.result], "", one.score.result)


def sites(board: Board, chosen: Iterable[SiteState], name: str, title: str) -> Table:
    """Sites with their points and counts."""
    columns = [
        Column("site", "站点"), Column("kind", "类别"), Column("result", "结果", "result"), Column("vetoes", "单项否决", "vetoes"),
        Column("deductions", "扣分指标", "deductions"), Column("total", "总分", "total"), Column("rank", "名次", "rank", True),
        Column("wrong", "要整改", "wrong"), Column("due", "将到期", "due"), Column("decided", "已判定", "decided"),
    ]  # fmt: skip
    if board.earlier:
        columns.append(Column("change", f"比 {board.earlier[-1].day}", "change", True))
    rows = []
    for one in chosen:
        cells = row(
            Cell(one.site.name, site_link(one.site.id)), SITE_KINDS[one.site.kind], result_cell(one), len(one.score.vetoes),
            len(one.score.deductions), one.total, rank_cell(one), len(one.wrong()), len(one.dues),
            f"{one.score.decided}/{one.score.rules}",
        )  # fmt: skip
        rows.append((*cells, change_cell(since(board, one))) if board.earlier else cells)
    return Table(name, title, tuple(columns), rows)


def since(board: Board, one: SiteState, at: int = -1) -> Change | None:
    """How a site changed since an earlier day; None if it was not there."""
    if not board.earlier or one.site.id not in board.earlier[at].sites:
        return None
    return change(board.earlier[at].sites[one.site.id], one.verdicts.values())


def change_cell(found: Change | None) -> Cell:
    """The change of points."""
    if found is None:
        return Cell("", "", "", "当时没有")
    word = "升" if found.points > 0 else "降" if found.points < 0 else "平"
    return Cell(found.points, "", "", f"{word} {abs(found.points):g}" if found.points else word)


def rank_cell(one: SiteState) -> Cell:
    """The rank, or that there is too little to judge by."""
    return Cell(one.rank, "", "", "" if one.rank else "不排名")


def counts(board: Board, chosen: Iterable[SiteState], name: str, title: str) -> Table:
    """What sites publish, report, repost and answer."""
    columns = (
        Column("site", "站点"), Column("public", "公开稿件", "public"), Column("year", "本年发布", "year"),
        Column("days_30", "30 天发布", "days_30"), Column("pushed", "接收推送", "pushed"), Column("reported", "报送", "reported"),
        Column("adopted", "采用", "adopted"), Column("reposts", "已判定的转载", "in_time"), Column("in_time", "按时转载", "in_time", True),
        Column("received", "来信", "letters"), Column("letters", "按期答复", "letters", True),
    )  # fmt: skip
    rows = []
    for one in chosen:
        known = one.counts
        latency, letters = known["latency"], known["letters"]
        rows.append(
            row(
                Cell(one.site.name, site_link(one.site.id)), known["public"], known["year"], known["days_30"], known["pushed"],
                known["reports"]["reported"], known["reports"]["adopted"], latency["decided"],
                share(latency["in_time"], latency["decided"]), letters["received"], share(letters["in_time"], letters["decided"]),
            )
        )  # fmt: skip
    return Table(name, title, columns, rows)


def share(part: int, of: int) -> str:
    """A share in percent, '' of nothing."""
    return f"{part / of:.0%}" if of else ""


def ranking(board: Board, kind: str) -> Table:
    """The sites of a kind by rank; those without a rank last."""
    chosen = [one for one in board.sites.values() if one.site.kind == kind]
    chosen.sort(key=lambda one: (one.rank is None, one.rank or 0))
    return sites(board, chosen, f"ranking-{kind}", f"{SITE_KINDS[kind]}站点的名次")


def heat(board: Board, chosen: Sequence[SiteState], name: str, title: str) -> Table:
    """How fresh the columns are: a row a site, a column for each column that many sites have, and one for the worst of the rest."""
    day = number(board.day)
    names: dict[str, list[str]] = {}
    for one in chosen:
        for column in one.site.columns:
            if not column.channel:
                names.setdefault(column.path, []).append(column.name)
    common = [path for path, known in names.items() if len(known) * SHARED >= len(chosen)]
    others = len(names) > len(common)
    columns = [Column("site", "站点"), *(Column(f"column/{path}", names[path][0], "fresh") for path in common)]
    if others:
        columns.append(Column("others", "其余栏目中最差的", "fresh"))
    rows = []
    for one in chosen:
        found = {
            column.path: (freshness(one.subject, column, day), column)
            for column in one.site.columns
            if not column.channel
        }
        cells = [Cell(one.site.name, site_link(one.site.id))]
        for path in common:
            known = found.pop(path, None)
            anchor = f"{site_link(one.site.id)}#columns"
            cells.append(_fresh_cell(known[0], anchor) if known else Cell(None, "", ABSENT))
        if others:
            rest = sorted(found.values(), key=lambda pair: pair[0].order)
            cells.append(
                _fresh_cell(rest[0][0], f"{site_link(one.site.id)}#columns", rest[0][1].name)
                if rest
                else Cell(None, "", ABSENT)
            )
        rows.append(tuple(cells))
    return Table(name, title, tuple(columns), rows)


def _fresh_cell(one: Freshness, href: str, name: str = "") -> Cell:
    text = f"{name} {one.text}".strip()
    return Cell(one.text, href if one.state in (STALE, BLANK) else "", one.state, text)


def columns_of(board: Board, one: SiteState) -> Table:
    """The columns of a site with their freshness."""
    head = (
        Column("column", "栏目"), Column("type", "类别"), Column("unit", "责任单位", "unit"), Column("fresh", "更新情况", "fresh"),
        Column("limit", "期限（天）", "", True), Column("left", "还剩（天）", "", True),
    )  # fmt: skip
    day = number(board.day)
    rows = []
    for column in one.site.columns:
        known = freshness(one.subject, column, day)
        rows.append(
            row(column.name, column.type, unit_cell(column.owner or one.unit), Cell(known.text, "", known.state),
                column.max_age_days or None, known.left)
        )  # fmt: skip
    return Table(f"sites/{one.site.id}/columns", f"{one.site.name}的栏目", head, rows)


def due(board: Board, days: int, rows: Iterable[Due], name: str, title: str) -> Table:
    """What will be wrong within so many days."""
    columns = (
        Column("day", "到期", "due"), Column("latest", "最迟处理"), Column("site", "站点"), Column("rule", "指标"),
        Column("what", "事项"), Column("unit", "责任单位", "unit"), Column("hint", "怎样处理"), Column("path", "文件"),
    )  # fmt: skip
    last = number(board.day) + days
    return Table(
        name,
        title,
        columns,
        [
            row(
                one.day, one.latest, Cell(board.sites[one.site].site.name, site_link(one.site)), rule_cell(board, one.site, one.rule),
                one.message, unit_cell(one.unit or board.sites[one.site].unit), one.hint, _file(one.path, one.line),
            )
            for one in rows
            if number(one.day) <= last
        ],
    )  # fmt: skip


def rule_cell(board: Board, site: str, rule: str) -> Cell:
    """A rule by id and name."""
    return Cell(rule, rule_link(rule), "", f"{rule} {board.audit.rules[site][rule].name}")


def _file(path: str, line: int) -> str:
    return f"{path}:{line}" if line else path


def findings(board: Board, rows: Iterable[Finding], name: str, title: str) -> Table:
    """Findings: what is wrong, since when, the evidence, who is responsible, how to mend it."""
    columns = (
        Column("severity", "程度"), Column("rule", "指标"), Column("site", "站点"), Column("what", "问题"),
        Column("unit", "责任单位", "unit"), Column("hint", "怎样整改", "", True), Column("since", "开始", "since", True),
        Column("path", "文件"), Column("page", "网页", "", True),
        Column("commit", "提交", "", True), Column("status", "状态"), Column("value", "数值", "", True),
    )  # fmt: skip
    made = []
    for one in rows:
        page = one.page + "index.html" if one.page.endswith("/") else one.page
        made.append(
            row(
                Cell(SEVERITIES[one.severity], "", one.severity), rule_cell(board, one.site, one.rule),
                Cell(board.sites[one.site].site.name, site_link(one.site)), one.message,
                unit_cell(one.unit or board.sites[one.site].unit), one.hint, one.since,
                Cell(_file(one.path, one.line), f"source:{one.path}"),
                Cell(page, f"page:{one.site}/{page}" if page else ""), one.commit[:10], STATUSES[one.status], one.value,
            )
        )  # fmt: skip
    return Table(name, title, columns, made)


def rules(board: Board) -> Table:
    """Every rule: how many sites break it, of how many it is decided."""
    columns = (
        Column("rule", "指标"), Column("level", "级别"), Column("by", "判定方式"), Column("broken", "违反的站点"),
        Column("warned", "提醒的站点"),
        Column("well", "没有问题的站点"), Column("undecided", "不能判定的站点", "decided"), Column("source", "依据"),
    )  # fmt: skip
    rows = []
    for rule in board.rules().values():
        known = [one.verdicts[rule.id] for one in board.sites.values() if rule.id in one.verdicts]
        broken, warned = sum(one.broken for one in known), sum(one.warned for one in known)
        undecided = sum(one.status != "decided" for one in known)
        rows.append(
            row(
                Cell(rule.id, rule_link(rule.id), "", f"{rule.id} {rule.name}"), LEVELS[rule.level], DECIDED_BY[rule.decided_by],
                Cell(broken, "", rule.level if broken and rule.level != "bonus" else ""), warned, len(known) - broken - warned - undecided,
                undecided, rule.source,
            )
        )  # fmt: skip
    return Table("rules", "检查指标", columns, rows)


def sites_of_rule(board: Board, rule: InspectionRule) -> Table:
    """One rule: the verdict on each site."""
    columns = (
        Column("site", "站点"), Column("verdict", "判定"), Column("value", rule.figure or "数值", rule_id(rule.id), True),
        Column("cases", "处数"), Column("points", "扣分" if rule.level != "bonus" else "加分"), Column("since", "开始", "since", True),
        Column("ahead", "将违反", "due", True), Column("unit", "责任单位", "unit"), Column("why", "说明", "", True),
    )  # fmt: skip
    rows = []
    for one in board.sites.values():
        if rule.id not in one.verdicts:
            continue
        known = one.verdicts[rule.id]
        word = "违反" if known.broken and rule.level != "bonus" else "提醒" if known.warned else SEVERITIES["none"]
        word = word if known.status == "decided" else STATUSES[known.status]
        mark = {"违反": rule.level, "提醒": "warning"}.get(word, "")
        ahead = known.breaks_on if not known.broken else ""
        anchor = f"#{rule_id(rule.id)}" if word != SEVERITIES["none"] else ""
        rows.append(
            row(Cell(one.site.name, site_link(one.site.id) + anchor), Cell(word, "", mark), known.value, known.cases,
                known.points, known.since, ahead, unit_cell(one.unit), known.why)
        )  # fmt: skip
    order = {"违反": 0, "没有测成": 1, "提醒": 2}
    rows.sort(key=lambda cells: order.get(str(cells[1].value), 3))
    return Table(f"rules/{rule_id(rule.id)}", f"{rule.id} {rule.name}：各站点", columns, rows)


def units(board: Board) -> Table:
    """Units by what they have to do."""
    columns = (
        Column("unit", "单位"), Column("sites", "负责的站点"), Column("columns", "栏目", "columns"),
        Column("vetoes", "单项否决的问题", "vetoes"),
        Column("wrong", "要整改", "wrong"), Column("due", "将到期", "due"),
        Column("lost", "分担的扣分", "unit_lost"), Column("tasks", "整改清单"),
    )  # fmt: skip
    known = sorted(board.units.values(), key=lambda one: -len(one.wrong))
    rows = [
        row(unit_cell(one.name), "、".join(board.sites[site].site.name for site in one.sites), len(one.columns),
            vetoes_of(one), len(one.wrong), len(one.dues), board.unit_counts(one)["lost"],
            Cell(f"units/{unit_id(one.name)}/tasks.csv", f"units/{unit_id(one.name)}/tasks.csv"))
        for one in known
    ]  # fmt: skip
    return Table("units", "责任单位", columns, rows)


def vetoes_of(one: UnitState) -> int:
    """How many of a unit's findings are vetoes."""
    return sum(finding.severity == "error" for finding in one.wrong)


def has_veto(one: SiteState) -> bool:
    """Whether a veto applies."""
    return one.score.result == VETOED
