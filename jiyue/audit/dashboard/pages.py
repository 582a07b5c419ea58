"""The pages of the dashboard: facts and tables in the theme's look. Relative links, no scripts, nothing from another host."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from jiyue.audit.dashboard import annual, assessment, duties, editions, lists, means, registration, views
from jiyue.audit.dashboard.badge import badge
from jiyue.audit.dashboard.board import Board, SiteState, UnitState, by_rule, rule_id, unit_id
from jiyue.audit.dashboard.figures import FIGURES
from jiyue.audit.dashboard.freshness import WORDS
from jiyue.audit.dashboard.scores import RESULTS
from jiyue.audit.dashboard.tables import Cell, Column, Table, as_xlsx, row
from jiyue.audit.dictionary import how, value_text
from jiyue.audit.measures.measurement import DECIDED, ERROR, Finding, Measurement
from jiyue.build.exceptions import exceptions
from jiyue.catalogue.charts import Chart
from jiyue.registry.inspection import DECIDED_BY, LEVELS, InspectionRule
from jiyue.registry.probe_ledger import read_records
from jiyue.registry.site import SITE_KINDS
from jiyue.render.charts import figure
from jiyue.render.theme.assets import theme_files
from jiyue.resources.collect import Resources
from jiyue.responsibility.procedure import procedure

TEMPLATES = Path(__file__).parent / "templates"
MENU = (
    ("首页", "index.html"), ("站点", "sites.html"), ("更新情况", "heat.html"), ("将到期", "due.html"), ("名次", "ranking.html"),
    ("变化", "trends.html"), ("指标", "rules.html"), ("责任", "duties.html"), ("单位", "units.html"), ("译文版本", "editions.html"),
    ("登记", "registration.html"),
    *((name, path) for path, name in means.PAGES.items()),
    ("考核", "assessment.html"), ("名单", "lists.html"), ("数据字典", "dictionary.html"),
)  # fmt: skip
_ON_PAGE = 30
"""Findings of a rule that a site's page shows; the file beside it has all."""
_SOON = 14
_FIRST = 20
"""Failing sites that the start page shows; a page of its own has all."""
_NUMERALS = [f"{ten}{one}" for ten in ("", "十", "二十", "三十", "四十") for one in "一二三四五六七八九十"]


class Pages:
    """Makes all files. output: the build's, where evidence may lie; root: the cluster's. resources: contracts,
    money, training, if there is anything of them."""

    def __init__(self, board: Board, root: Path, output: Path, theme: Path, resources: Resources | None = None) -> None:
        self.board, self.root, self.output = board, root, output
        self.files: dict[str, bytes] = {}
        self.tables: list[Table] = []
        self._sources = _way(output / "_cluster" / "dashboard", root)
        self._css = next(name for name in theme_files(theme) if name.startswith("site.") and name.endswith(".css"))
        for name, (_, data) in theme_files(theme).items():
            if name == self._css or name.startswith("cursor."):
                self.files[f"theme/{name}"] = data
        for name in ("dashboard.css", "icon.svg"):
            self.files[f"theme/{name}"] = (TEMPLATES / name).read_bytes()
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )  # fmt: skip
        self._there: dict[str, bool] = {}
        self._further = means.pages(board, resources)

    def make(self) -> dict[str, bytes]:
        """Every file of the dashboard: path -> bytes."""
        self._start()
        self._sites()
        self._heat()
        self._due()
        self._ranking()
        self._trends()
        self._rules()
        self._units()
        self._duties()
        self._lists()
        self._editions()
        self._registration()
        self._means()
        self._dictionary()
        for state in self.board.sites.values():
            self._site(state)
        for unit in self.board.units.values():
            self._unit(unit)
        self._table(
            views.findings(
                self.board,
                (one for state in self._states() for verdict in state.verdicts.values() for one in verdict.findings),
                "findings",
                "全部检查结果",
            )
        )
        books: dict[str, list[Table]] = {}
        for table in self.tables:
            books.setdefault(table.workbook, []).append(table)
        self.files |= {path: as_xlsx(tables) for path, tables in books.items()}
        return self.files

    # -- helpers --

    def _page(self, path: str, template: str, title: str, here: str, **data: Any) -> None:
        up = "../" * path.count("/")
        there = {
            "trends.html": bool(self.board.earlier),
            "editions.html": any(one.subject.editions for one in self._states()),
            **{path: path in self._further for path in means.PAGES},
        }
        menu = [(name, href) for name, href in MENU if there.get(href, True)]
        cluster = self.board.audit.registry.cluster
        text = self._environment.get_template(template).render(
            data, title=title, here=here, page=path, up=up, css=self._css, menu=menu, cluster=cluster.name,
            day=self.board.day, figures=FIGURES, board=self.board, to=self._leads(up), rule_id=rule_id, basis=cluster.notice,
            report="监督检查", command="jiyue dashboard",
        )  # fmt: skip
        self.files[path] = text.encode()

    def _leads(self, up: str) -> Callable[[str], str]:
        def to(href: str) -> str:
            kind, colon, rest = href.partition(":")
            if not colon:
                return up + href if href else ""
            folder, way = (self.root, self._sources) if kind == "source" else (self.output, "../../")
            if href not in self._there:
                self._there[href] = bool(rest and way) and (folder / rest).exists()
            return f"{up}{way}{quote(rest)}" if self._there[href] else ""

        return to

    def _table(self, table: Table, book: str = "") -> Table:
        table = table._replace(book=book)
        self.tables.append(table)
        self.files |= table.files()
        return table

    def _states(self) -> list[SiteState]:
        return list(self.board.sites.values())

    def _kinds(self) -> list[str]:
        there = {one.site.kind for one in self._states()}
        return [kind for kind in SITE_KINDS if kind in there]

    # -- pages of the whole --

    def _start(self) -> None:
        board = self.board
        soon = views.due(board, _SOON, board.dues, "due-14", "14 天内到期的事项")
        verdicts = list(board.audit.measurements())
        failing = self._table(views.failing(board))
        self._page(
            "failing.html", "list.html", f"{len(failing.rows)} 个站点不合格", "sites.html", choices=[], parts=[("", failing)],
            legend={}, look="stack", text="点站点看原因、责任单位和怎样整改；点责任单位看它的整改清单。",
        )  # fmt: skip
        self._page(
            "index.html", "index.html", "首页", "index.html",
            failing=failing._replace(rows=failing.rows[:_FIRST]), failed=len(failing.rows),
            unaudited=self._table(views.unaudited(board)),
            month=f"{board.month[:4]} 年 {int(board.month[5:])} 月",
            new=sum(one.is_new(board.month) for one in board.failing),
            wrong=sum(len(one.wrong()) for one in self._states()),
            due=soon._replace(rows=soon.rows[:10]), soon=len(soon.rows),
            decided=round(100 * sum(one.status == DECIDED for one in verdicts) / max(1, len(verdicts))), chart=self._why(),
        )  # fmt: skip

    def _why(self) -> str:
        broken = [
            (rule, sum(rule.id in one.score.vetoes for one in self._states())) for rule in self.board.rules().values()
        ]
        rows = sorted(((f"{rule.id} {rule.name}", count) for rule, count in broken if count), key=lambda one: -one[1])
        if not rows:
            return ""
        cells = (("单项否决", "站点"), *((name, str(count)) for name, count in rows))
        bars = tuple((name, (float(count),)) for name, count in rows)
        made = Chart("bar", "每条单项否决有几个站点违反", "", "个", ("站点",), bars, cells)
        return figure(made, "why", "rules.csv")

    def _sites(self) -> None:
        states = self._states()
        kinds = [("全部", "sites.html"), *((SITE_KINDS[kind], f"sites-{kind}.html") for kind in self._kinds())]
        results = [(name, f"sites-{result}.html") for result, name in RESULTS.items()]
        groups = [("sites", "全部站点", states)]
        groups += [
            (f"sites-{kind}", f"{SITE_KINDS[kind]}站点", [one for one in states if one.site.kind == kind])
            for kind in self._kinds()
        ]
        for result in RESULTS:
            groups.append((f"sites-{result}", RESULTS[result], [one for one in states if one.score.result == result]))
        for name, title, chosen in groups:
            parts = [("结果", self._table(views.sites(self.board, chosen, name, title)))]
            parts.append(
                (
                    "发布、报送、转载、来信",
                    self._table(views.counts(self.board, chosen, f"{name}-counts", f"{title}：数量")),
                )
            )
            self._page(
                f"{name}.html", "list.html", title, "sites.html", choices=[("类别", kinds), ("结果", results)], parts=parts,
                text="", legend={}, look="stack",
            )  # fmt: skip

    def _heat(self) -> None:
        kinds = [("全部", "heat.html"), *((SITE_KINDS[kind], f"heat-{kind}.html") for kind in self._kinds())]
        for kind, (name, path) in zip(["", *self._kinds()], kinds, strict=True):
            chosen = [one for one in self._states() if kind in ("", one.site.kind)]
            title = f"各栏目的更新情况（{name}）"
            table = self._table(views.heat(self.board, chosen, path.removesuffix(".html"), title))
            self._page(
                path, "list.html", title, "heat.html", choices=[("类别", kinds)], parts=[("", table)], look="heat",
                text="每格先写状态，再写距最近一次更新的天数。点「超」和「空」看这个站点的栏目。", legend=WORDS,
            )  # fmt: skip

    def _due(self) -> None:
        links = [("30 天", "due.html"), ("14 天", "due-14.html")]
        for days, path in ((30, "due.html"), (_SOON, "due-14.html")):
            title = f"{days} 天内到期的事项"
            table = self._table(views.due(self.board, days, self.board.dues, path.removesuffix(".html"), title))
            self._page(
                path, "list.html", title, "due.html", choices=[("期限", links)], parts=[("", table)], legend={}, look="stack",
                text="现在没有问题、不处理就会出问题的事项，由同一套指标推算。「最迟处理」是还来得及的最后一天。",
            )  # fmt: skip

    def _ranking(self) -> None:
        parts = [(SITE_KINDS[kind], self._table(views.ranking(self.board, kind))) for kind in self._kinds()]
        self._page(
            "ranking.html", "list.html", "名次", "ranking.html", choices=[], parts=parts, legend={}, look="stack",
            text=f"同一类站点之间比较。{FIGURES['rank'].how}。",
        )  # fmt: skip

    def _trends(self) -> None:
        board = self.board
        if not board.earlier:
            return
        charts, parts = lists.trends(board)
        for _, table in parts:
            self._table(table)
        self._page(
            "trends.html",
            "trends.html",
            "变化",
            "trends.html",
            charts=charts,
            parts=parts,
            text=FIGURES["change"].how + "。",
        )

    def _rules(self) -> None:
        board = self.board
        whole = self._table(views.rules(board))
        links = [("全部", "rules.html"), *((name, f"rules-{level}.html") for level, name in LEVELS.items())]
        for level, (name, path) in zip(["", *LEVELS], links, strict=True):
            rows = [cells for cells in whole.rows if not level or cells[1].value == LEVELS[level]]
            table = (
                whole
                if not level
                else self._table(whole._replace(name=f"rules-{level}", title=f"检查指标：{name}", rows=rows))
            )
            self._page(
                path, "list.html", table.title, "rules.html", choices=[("级别", links)], parts=[("", table)], legend={}, look="stack",
                text="",
            )  # fmt: skip
        for rule in board.rules().values():
            found = [one for state in self._states() for one in state.wrong() if one.rule == rule.id]
            title, own = f"{rule.id} {rule.name}", f"rules/{rule_id(rule.id)}"
            self._page(
                f"{own}.html", "rule.html", title, "rules.html", rule=rule, level=LEVELS[rule.level],
                by=DECIDED_BY[rule.decided_by], sites=self._table(views.sites_of_rule(board, rule), own),
                faults=self._table(views.findings(board, found, f"{own}/findings", f"{title}：问题"), own),
            )  # fmt: skip

    def _units(self) -> None:
        self._page(
            "units.html", "list.html", "责任单位", "units.html", choices=[], parts=[("", self._table(views.units(self.board)))],
            legend={}, look="stack", text="要整改的多的在前。每个单位的页上有它的整改清单。",
        )  # fmt: skip

    def _duties(self) -> None:
        """Who answers for what: the whole, and a page a site. The whole matrix is in the files alone."""
        board, day = self.board, self.board.day
        known = board.duties
        if known is None:
            return
        names = {site.id: site.name for site in board.audit.registry.sites.values()}
        columns, posts, missing = (
            self._table(one, "duties/all") for one in duties.tables(board.matrix, "duties", "全站群")
        )
        parts = [
            missing,
            *(self._table(one, "duties/all") for one in duties.registers(known, names, day, "duties", "全站群")),
        ]
        parts.append(self._table(duties.counted(known, "duties/counted", "全站群：值班和读网统计"), "duties/all"))
        parts.append(self._table(duties.sites(board.matrix, known, day)))
        self._page(
            "duties.html", "duties.html", "谁负责什么", "duties.html", skip=("number", "note", "kind", "path", "rule"), site="", name="",
            parts=_headed(parts), whole=[columns, posts],
        )  # fmt: skip
        for site, name in ((site, names[site]) for site in board.sites):
            own = f"duties/{site}"
            columns, posts, missing = duties.tables(board.matrix.of_site(site), own, name)
            made = [missing, columns, posts, *duties.registers(known.of_site(site), names, day, own, name)]
            self._page(
                f"{own}.html", "duties.html", f"{name}：谁负责什么", "duties.html", skip=("site", "path", "rule"), site=site, name=name,
                parts=_headed(self._table(one, own) for one in made if one.rows), whole=[],
            )  # fmt: skip
            rules = procedure(known, board.sites[site].site)
            self._page(
                f"procedures/{site}.html", "procedure.html", rules.title, "duties.html", site=site, made=rules, numerals=_NUMERALS,
            )  # fmt: skip

    def _lists(self) -> None:
        parts = [(table.title, self._table(table)) for table in lists.lists(self.board)]
        self._page(
            "lists.html", "list.html", "名单", "lists.html", choices=[], parts=parts, legend={}, look="stack", text=lists.TEXT,
        )  # fmt: skip
        for name, path, kind in (
            ("全部", "assessment.html", ""),
            *((SITE_KINDS[kind], f"assessment-{kind}.html", kind) for kind in self._kinds()),
        ):
            chosen = [one for one in self._states() if kind in ("", one.site.kind)]
            title = f"{self.board.day[:4]} 年度考核表（{name}）"
            links = [
                ("全部", "assessment.html"),
                *((SITE_KINDS[one], f"assessment-{one}.html") for one in self._kinds()),
            ]
            self._page(
                path, "list.html", title, "assessment.html", choices=[("类别", links)], legend={}, look="stack", text=assessment.TEXT,
                parts=[("", self._table(assessment.table(self.board, chosen, path.removesuffix(".html"), title)))],
            )  # fmt: skip

    def _editions(self) -> None:
        parts = [(table.title, self._table(table)) for table in editions.tables(self.board)]
        if parts:
            self._page(
                "editions.html", "list.html", "译文版本", "editions.html", choices=[], parts=parts, legend={}, look="stack",
                text=editions.TEXT,
            )  # fmt: skip

    def _registration(self) -> None:
        registry, day = self.board.audit.registry, self.board.day
        whole = self._table(registration.sites(registry, registry.sites.values(), day), "registration")
        further = (
            registration.channels(self.board),
            registration.exceptions(exceptions(self.root, registry), day),
        )
        parts = [(whole.title, self._table(registration.brief(whole)))]
        parts += [(table.title, self._table(table, "registration")) for table in further if table.rows]
        self._page(
            "registration.html", "list.html", "站点登记", "registration.html", choices=[], parts=parts, legend={}, look="stack",
            text=registration.TEXT,
        )  # fmt: skip

    def _means(self) -> None:
        """Reports of errors and what else keeps the cluster going; a page only where there is something to show."""
        for path, (title, text, tables) in self._further.items():
            parts = [
                (table.title.rpartition("：")[2], self._table(table, path.removesuffix(".html"))) for table in tables
            ]
            self._page(path, "list.html", title, path, choices=[], parts=parts, legend={}, look="stack", text=text)

    def _dictionary(self) -> None:
        rules = [
            {
                "rule": rule, "level": LEVELS[rule.level], "how": how(rule),
                "limits": list(_limits(rule)),
            }
            for rule in self.board.rules().values()
        ]  # fmt: skip
        self._page("dictionary.html", "dictionary.html", "数据字典", "dictionary.html", rules=rules)

    # -- pages of one --

    def _site(self, one: SiteState) -> None:
        board, site = self.board, one.site.id
        own = f"sites/{site}"
        wrong = self._wrong(one)
        faults = self._table(
            views.findings(board, one.wrong(), f"sites/{site}/findings", f"{one.site.name}：问题清单"), own
        )
        points = self._table(self._points(one), own)
        outside = Table(
            f"sites/{site}/outside", f"{one.site.name}：外部评价",
            (Column("by", "评价方"), Column("points", "得分"), Column("weight", "权重"), Column("evidence", "依据", "", True)),
            [row(two.by, two.points, two.weight, two.evidence) for two in one.outside],
        )  # fmt: skip
        if outside.rows:
            outside = self._table(outside, own)
        self._page(
            f"sites/{site}.html", "site.html", one.site.name, "sites.html", state=one, id=site, result=RESULTS[one.score.result],
            unit=views.unit_cell(one.unit), wrong=wrong, faults=faults, points=points, outside=outside,
            rank=f"{SITE_KINDS[one.site.kind]}第 {one.rank} 名" if one.rank else "数据太少，不排名",
            due=self._table(views.due(board, 30, one.dues, f"sites/{site}/due", f"{one.site.name}：30 天内到期"), own),
            columns=self._table(views.columns_of(board, one), own),
            counts=self._table(views.counts(board, [one], f"sites/{site}/counts", f"{one.site.name}：数量"), own),
            undecided=[verdict for verdict in one.verdicts.values() if verdict.status != DECIDED], changes=list(self._changes(one)),
        )  # fmt: skip
        self.files[f"sites/{site}.json"] = _json(self._scorecard(one))
        self.files[f"badges/{site}.svg"] = badge("检查", _badge_words(one), one.score.result).encode()
        if wrong:
            self._page(
                f"notices/{site}.html", "notice.html", f"整改通知：{one.site.name}", "sites.html", state=one, wrong=wrong,
                unit=one.site.facts.get("sponsor") or one.unit, result=RESULTS[one.score.result], date=_date(board.day),
                count=len(one.wrong()), numerals=_NUMERALS,
            )  # fmt: skip
        records = read_records(self.root, site, f"{board.day[:4]}-01-01", board.day)
        whole, parts = annual.table(one, board.day, [record for record in records if record.what == "visits"])
        self._table(whole)
        self._page(
            f"annual/{site}.html", "annual.html", whole.title, "sites.html", parts=parts, whole=whole,
        )  # fmt: skip

    def _wrong(self, one: SiteState) -> list[dict[str, Any]]:
        parts = []
        for verdict in sorted(one.verdicts.values(), key=_order):
            found = [finding for finding in verdict.findings if finding in one.wrong()] if _is_open(verdict) else []
            if not found:
                continue
            rule = one.rules[verdict.rule]
            word = "提醒" if not verdict.broken and verdict.status == DECIDED else LEVELS[rule.level]
            parts.append(
                {
                    "rule": rule, "verdict": verdict, "word": word, "level": rule.level if verdict.broken else "warning",
                    "faults": [self._fault(one, finding) for finding in found[:_ON_PAGE]], "more": max(0, len(found) - _ON_PAGE),
                }
            )  # fmt: skip
        return parts

    def _fault(self, one: SiteState, finding: Finding) -> dict[str, Any]:
        page = finding.page + "index.html" if finding.page.endswith("/") else finding.page
        to = self._leads("../")
        return {
            "message": finding.message, "hint": finding.hint, "unit": views.unit_cell(finding.unit or one.unit), "since": finding.since,
            "path": f"{finding.path}:{finding.line}" if finding.line else finding.path, "source": to(f"source:{finding.path}"),
            "page": to(f"page:{one.site.id}/{page}") if page else "", "commit": finding.commit[:10],
        }  # fmt: skip

    def _points(self, one: SiteState) -> Table:
        columns = (
            Column("rule", "指标"), Column("level", "级别"), Column("verdict", "判定"), Column("cases", "处数"),
            Column("points", "分"), Column("evidence", "证据", "", True),
        )  # fmt: skip
        rows = []
        for verdict in one.verdicts.values():
            if not verdict.broken:
                continue
            sign = 1 if verdict.level == "bonus" else -1
            first = verdict.findings[0]
            place = Cell(f"{first.path}:{first.line}" if first.line else first.path, f"source:{first.path}")
            rows.append(
                row(views.rule_cell(self.board, one.site.id, verdict.rule), LEVELS[verdict.level], "加分" if sign > 0 else "违反",
                    verdict.cases, sign * verdict.points, place)
            )  # fmt: skip
        return Table(f"sites/{one.site.id}/points", f"{one.site.name}：评分", columns, rows)

    def _changes(self, one: SiteState) -> Iterator[str]:
        for at, then in enumerate(self.board.earlier):
            found = views.since(self.board, one, at)
            if found is None:
                yield f"{then.day}：站群里还没有这个站点"
                continue
            word = f"{'升' if found.points > 0 else '降'} {abs(found.points):g} 分" if found.points else "分数没有变"
            broke, mended = "、".join(found.broke) or "没有", "、".join(found.mended) or "没有"
            yield f"比 {then.day}（提交 {then.commit[:10]}）{word}；新违反：{broke}；已改正：{mended}；比较了 {found.compared} 项指标"

    def _scorecard(self, one: SiteState) -> dict[str, Any]:
        score = one.score
        return {
            "site": one.site.id, "name": one.site.name, "kind": one.site.kind, "day": self.board.day, "unit": one.unit,
            "result": score.result, "fails": score.fails, "vetoes": list(score.vetoes), "deductions": list(score.deductions),
            "own": score.own, "lost": score.lost, "bonus": score.bonus, "total": one.total, "rank": one.rank,
            "decided": score.decided, "rules": score.rules, "counts": one.counts,
            "outside": [two._asdict() for two in one.outside],
            "changes": [
                {"day": then.day, "commit": then.commit, **found._asdict()}
                for at, then in enumerate(self.board.earlier)
                if (found := views.since(self.board, one, at))
            ],
            "points": [
                {
                    "rule": verdict.rule, "level": verdict.level, "cases": verdict.cases, "points": verdict.points, "since": verdict.since,
                    "evidence": [
                        {"path": two.path, "line": two.line, "page": two.page, "commit": two.commit, "message": two.message}
                        for two in verdict.findings
                    ],
                }
                for verdict in one.verdicts.values()
                if verdict.broken
            ],
        }  # fmt: skip

    def _unit(self, unit: UnitState) -> None:
        name = f"units/{unit_id(unit.name)}"
        found = sorted(unit.wrong, key=lambda one: one.severity != ERROR)
        columns = Table(
            f"{name}/columns", f"{unit.name}：栏目", (Column("column", "栏目"), Column("site", "站点"), Column("path", "文件夹")),
            [
                row(title, Cell(self.board.sites[site].site.name, views.site_link(site)), f"content/{site}/{path}")
                for site, path, title in unit.columns
            ],
        )  # fmt: skip
        self.files[f"{name}.json"] = _json(self._unit_card(unit))
        self._page(
            f"{name}.html", "unit.html", unit.name, "units.html", unit=unit, vetoes=views.vetoes_of(unit),
            sites=[Cell(self.board.sites[site].site.name, views.site_link(site)) for site in unit.sites],
            faults=self._table(views.findings(self.board, found, f"{name}/tasks", f"{unit.name}：整改清单"), name),
            due=self._table(views.due(self.board, 30, unit.dues, f"{name}/due", f"{unit.name}：30 天内到期"), name),
            columns=self._table(columns, name), counts=self.board.unit_counts(unit), parts=self._answers(unit.name, name),
        )  # fmt: skip

    def _answers(self, unit: str, name: str) -> list[tuple[str, Table]]:
        """What a unit answers for besides its columns: posts, gaps, tasks, what it has to deliver. Headings and tables with rows."""
        known = self.board.duties
        if known is None:
            return []
        names = {site.id: site.name for site in self.board.audit.registry.sites.values()}
        _, posts, missing = duties.tables(self.board.matrix.of_unit(unit), name, unit)
        tasks, plan, *_ = duties.registers(known.of_unit(unit), names, self.board.day, name, unit)
        made = [missing, tasks._replace(name=f"{name}/assigned"), plan, posts]
        return _headed(self._table(one, name) for one in made if one.rows)

    def _unit_card(self, unit: UnitState) -> dict[str, Any]:
        return {
            "unit": unit.name, "day": self.board.day, "sites": unit.sites,
            "columns": [{"site": site, "path": path, "name": title} for site, path, title in unit.columns],
            **self.board.unit_counts(unit), "wrong": len(unit.wrong), "vetoes": views.vetoes_of(unit), "due": len(unit.dues),
            "rules": dict(sorted(by_rule(unit.wrong).items())),
            "evidence": [
                {"rule": one.rule, "site": one.site, "path": one.path, "line": one.line, "page": one.page, "commit": one.commit,
                 "message": one.message, "hint": one.hint, "since": one.since}
                for one in unit.wrong
            ],
        }  # fmt: skip


def _headed(some: Iterable[Table]) -> list[tuple[str, Table]]:
    """Tables with their headings: a title is `whose：what`."""
    return [(one.title.rpartition("：")[2], one) for one in some]


def _order(verdict: Measurement) -> tuple[bool, bool]:
    return not (verdict.broken and verdict.level == "veto"), not verdict.broken


def _is_open(verdict: Measurement) -> bool:
    return verdict.level != "bonus"


def _limits(rule: InspectionRule) -> Iterator[str]:
    for name, one in rule.thresholds.items():
        read = "" if one.verified else "，原文没有核对"
        yield f"{one.text or name}：{value_text(one)}{one.unit}（{one.source or '本平台'}{read}）"


def _badge_words(one: SiteState) -> str:
    return RESULTS[one.score.result] if one.score.fails or not one.score.decided else f"{one.total:g} 分"


def _date(day: str) -> str:
    return f"{int(day[:4])}年{int(day[5:7])}月{int(day[8:10])}日"


def _json(data: object) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def _way(start: Path, root: Path) -> str:
    """The relative way from a folder to the cluster's root, '' unless the folder lies in it."""
    try:
        depth = len(start.resolve().relative_to(root.resolve()).parts)
    except ValueError:
        return ""
    return "../" * depth
