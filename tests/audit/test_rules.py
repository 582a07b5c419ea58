"""Every rule of the product's profiles just inside and just outside its threshold; a threshold moved by one flips the verdict."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from jiyue.audit.measures.measurement import DECIDED, FAILED, UNDECIDABLE, Measurement
from jiyue.audit.measures.spans import END, number
from jiyue.audit.measures.subject import (
    AssignedTask,
    Copy,
    DutyRoster,
    Ending,
    PageFault,
    Pages,
    Past,
    PlanItem,
    Reading,
    Redated,
    SiteReading,
    Stray,
    Subject,
    Twin,
)
from jiyue.audit.measures.table import MEASURES
from jiyue.audit.run import measure
from jiyue.catalogue.letters import COMPLEX_DAYS, SIMPLE_DAYS, VETO_MONTHS
from jiyue.catalogue.phases import DAYS_TO_RESULT
from jiyue.checks.article.documents import DAYS_TO_PUBLISH
from jiyue.checks.article.duties import GUIDE_ELEMENTS, STATISTICS_DAYS
from jiyue.checks.repository.backdating import BATCH, SPREAD, TOLERANCE, First
from jiyue.letters.tickets import Ticket
from jiyue.linkage.latency import Repost, judge, limits_of
from jiyue.registry.inspection import DECIDED_BY, LEVELS, InspectionRule
from jiyue.registry.site import Column
from tests.audit.subjects import DAY, TODAY, ago, hit, letter, row, rules, site, subject, verdict, with_threshold

YW, TZGG = Column("yw", "要闻", "工作动态"), Column("tzgg", "公告", "通知公告")
ZCWJ, BSFW, ZXTS = (
    Column("zcwj", "政策", "政策文件"),
    Column("bsfw", "办事", "办事服务"),
    Column("zxts", "咨询", "咨询投诉"),
)
PLACE = "content/changchun/tzgg/a.md"


class Case(NamedTuple):
    """inside, outside: a site that just keeps the rule on the first day, and one that just breaks it on the second.

    threshold: one that, set to `flips`, makes both alike: the site inside breaks it, or the one outside keeps it.
    """

    inside: Subject
    outside: Subject
    threshold: str = ""
    flips: Any = None
    days: tuple[str, str] = (TODAY, TODAY)


def _rule(name: str) -> str:
    return name.partition(" ")[0]


def _hits(rule: str) -> Case:
    return Case(subject(hits=[hit("something-else")]), subject(hits=[hit(rule)]), "checks", ("none-*",))


def _page(rule: str) -> Case:
    whole = {"tzgg/a.html": 1000}
    faults = [PageFault("tzgg/a.html", rule, "缺一项", "补上")]
    return Case(subject(pages=Pages(whole, [])), subject(pages=Pages(whole, faults)), "checks", ("none-*",))


def _age(days: int, *columns: Column, threshold: str = "days", **more: Any) -> Case:
    """Columns brought up to date at the last day that is in time, and a day earlier."""
    at = lambda age: subject(*columns, rows=[row(column.path, age) for column in columns], **more)  # noqa: E731
    return Case(at(days), at(days + 1), threshold, days + 1)


def _columns(count: int, days: int, kind: str, threshold: str, flips: Any, max_age: int = 0) -> Case:
    columns = [Column(f"c{n}", f"栏目{n}", kind, max_age_days=max_age) for n in range(count)]
    stale = [row(column.path, days + 1) for column in columns]
    fresh = [*stale[:-1], row(columns[-1].path, days)]
    return Case(subject(*columns, rows=fresh), subject(*columns, rows=stale), threshold, flips)


def _guides(missing: int, count: int) -> list[Any]:
    lost = list(GUIDE_ELEMENTS.values())[:missing]
    return [row("bsfw", 9, f"g{n}", "guide", missing=lost) for n in range(count)]


def _first(days: int) -> First:
    return First("c" * 40, datetime.datetime.fromisoformat(f"{ago(days)} 09:00+08:00"))


def _dated(early: int) -> Subject:
    """An article dated so many days before it entered the repository, well after its site opened."""
    old, new = row("yw", 300, "old"), row("yw", 20 + early, "new")
    return subject(YW, rows=[old, new], past=Past({old.path: _first(300), new.path: _first(20)}, [], [], frozenset()))


def _redated(days: int) -> Subject:
    return subject(
        YW, past=Past({}, [Redated(PLACE, "c" * 40, DAY - 1, "2026-11-20", ago(3 + days))], None, frozenset())
    )


def _repost(public: str) -> Subject:
    limits = limits_of(rules())
    judged = judge("2026-11-09 09:00", public, limits, f"{TODAY} 00:00")
    one = Repost("changchun", PLACE, "通知", "国务院", False, "2026-11-09 09:00", public, "git", "", judged)
    return subject(reposts=[one])


def _report(kind: str, threshold: str, last: str, after: str) -> Case:
    """A site without the report of 2025 (or, for `table_by`, without the table) on the last day for it, and on the next."""
    old, made = row("gknb", 600, "old"), row("gknb", 300, "new", annual_report="2025")
    table = row("gknb", 310, "2025年政府网站工作年度报表")
    one = subject(rows=[old, made if threshold == "table_by" else table], of=site(kind=kind))
    return Case(one, one, threshold, (after[5:],), (last, after))


def _survey(count: int) -> Subject:
    return subject(
        rows=[row("zjdc", 30, f"s{n}", "survey", opens=ago(30), closes=ago(9), result=True) for n in range(count)]
    )


CASES: dict[str, Callable[[], Case]] = {
    "V1a": lambda: _hits("wording-wrong"),
    "V1b": lambda: _hits("secrecy-mark"),
    "V1c": lambda: _hits("privacy-mobile"),
    "V1d": lambda: _hits("link-blocked"),
    "V1e": lambda: Case(_dated(3), _dated(4), "days", 4),
    "V1e changed": lambda: Case(_redated(3), _redated(4), "days", 4),
    "V3": lambda: _age(14, Column("yw", "要闻", "其他")),
    "V4a": lambda: _columns(5, 14, "工作动态", "news_days", 15),
    "V4a count": lambda: Case(*_columns(5, 14, "工作动态", "", 0)[:2], "fails_at", 4),
    "V4a notices": lambda: _columns(5, 180, "通知公告", "notice_days", 181),
    "V4b": lambda: _columns(10, 90, "其他", "fails_at", 9, max_age=90),
    "V4c": lambda: Case(
        subject(*(Column(f"c{n}", "栏", "其他") for n in range(5)), rows=[row("c4", 1)]),
        subject(*(Column(f"c{n}", "栏", "其他") for n in range(5))), "fails_at", 6),
    "V5a": lambda: Case(subject(ZXTS, rows=[row("zxts", 1)]), subject(ZXTS), "types", ("工作动态",)),
    "V5b": lambda: Case(subject(letters=[letter("2026-08-23")]), subject(letters=[letter("2026-08-22")]), "months", 4),
    "V6": lambda: Case(subject(BSFW, rows=_guides(4, 4)), subject(BSFW, rows=_guides(4, 5)), "fails_at", 4),
    "V6 elements": lambda: Case(subject(BSFW, rows=_guides(3, 5)), subject(BSFW, rows=_guides(4, 5)), "elements", 3),
    "D1": lambda: _required(365),
    "D2": lambda: _age(180, ZCWJ),
    "D3": lambda: Case(_reading(0), _reading(1), "days", 1),
    "D4": lambda: Case(
        subject(rows=[row("bsfw", 200, kind="guide", missing=[], statistics=ago(90))]),
        subject(rows=[row("bsfw", 200, kind="guide", missing=[], statistics=ago(91))]), "days", 91),
    "D5": lambda: Case(*(subject(rows=[row("zxts", days, kind="letter")]) for days in (60, 61)), "days", 61),
    # 12 November 2026 is a Thursday: the seventh working day after it is the 23rd
    "D6": lambda: Case(subject(letters=[letter("2026-11-12")]), subject(letters=[letter("2026-11-11")]), "simple_days", 8),
    "D6 complex": lambda: Case(*(
        subject(letters=[letter(day, simple=False)]) for day in ("2026-11-02", "2026-10-30")), "complex_days", 16),
    "D6 answered": lambda: Case(
        subject(letters=[letter("2026-11-02", "2026-11-11")]), subject(letters=[letter("2026-11-02", "2026-11-12")]), "simple_days", 8),
    "D7": lambda: Case(*(
        subject(rows=[row("zjdc", 90, kind="survey", opens=ago(90), closes=day)]) for day in ("2026-10-26", "2026-10-23")),
        "working_days", 21),
    "D8": lambda: _hits("link-missing"),
    "D10": lambda: _hits("link-placeholder"),
    "D11": lambda: _page("page-tag-missing"),
    "D12": lambda: Case(subject(), subject(of=site(icp="")), "facts", ("sponsor",)),
    "D13": lambda: Case(subject(), subject(of=site(domain="www.cc.com")), "suffixes", (".com", ".cn")),
    "D16": lambda: Case(_repost("2026-11-10 23:59"), _repost("2026-11-11 00:00"), "working_days", 2),
    "D17": lambda: Case(subject(), subject(portal="不同步")),
    "D18": lambda: _hits("document-validity"),
    "D19": lambda: _report("county", "governments_by", "2026-03-31", "2026-04-01"),
    "D19 departments": lambda: _report("department", "departments_by", "2026-01-31", "2026-02-01"),
    "D19 table": lambda: _report("county", "table_by", "2026-01-31", "2026-02-01"),
    "D20": lambda: Case(_document("2026-10-26"), _document("2026-10-23"), "working_days", 21),
    "D21": lambda: _page("a11y-alt"),
    "D22": lambda: Case(*(subject(pages=Pages({"a.html": size}, [])) for size in (500_000, 500_001)), "kilobytes", 501),
    "D23": lambda: Case(_tickets("2026-10-23"), _tickets("2026-10-22"), "months", 2),
    "D23 closed": lambda: Case(_tickets("2026-09-01", "2026-10-01"), _tickets("2026-09-01", "2026-10-02"), "months", 2),
    "D24": lambda: _page("page-facts"),
    "D25": lambda: Case(*(
        subject(twins=[Twin(PLACE, "a.html", "标题", "content/jilin/tzgg/a.md", percent, DAY - 9, END)]) for percent in (79, 80)),
        "percent", 81),
    "D26": lambda: _hits("article-edition"),
    "D27": lambda: _hits("officer-role"),
    "D28": lambda: Case(_stray(366), _stray(364), "period_days", 364),
    "B1": lambda: Case(_survey(5), _survey(6), "fails_at", 7),
    "W1": lambda: Case(*(_ending("waivers", until) for until in (0, 1))),
    "W2": lambda: Case(*(_ending("terms", until) for until in (0, 1))),
    "W3": lambda: Case(*(_ending("certificates", until) for until in (0, 1))),
    "W4": lambda: Case(*(subject(tasks=[_task(DAY - days)]) for days in (0, 1))),
    "W4 withdrawn": lambda: Case(*(subject(tasks=[_task(DAY - 9, (DAY - 10, end))]) for end in (DAY + 1, DAY))),
    "W5": lambda: Case(*(subject(plan=[PlanItem("甲", "没有写稿", ((DAY + days, END),), PLACE, 2, "某科")]) for days in (1, 0))),
    "W6": lambda: Case(*(subject(roster=DutyRoster(DAY - 9, ((DAY - 9, DAY + days),), PLACE, 2)) for days in (1, 0))),
    "W7": lambda: Case(*(subject(site_reading=SiteReading(DAY - 20, [DAY - 20, DAY - days], [], PLACE, 2)) for days in (7, 8)), "days", 8),
    "W7 mended": lambda: Case(*(
        subject(site_reading=SiteReading(DAY, [DAY], [("错链", DAY - days, END, PLACE, 2)], PLACE, 2)) for days in (3, 4)), "mend_days", 4),
    "W10": lambda: Case(
        *(subject(copies=[Copy(PLACE, "a.html", "乙", "x.md", title, 80, DAY - 9, END)]) for title in ("乙", "甲")), "percent", 81),
    "W9": lambda: Case(_tickets("2026-11-18"), _tickets("2026-11-17"), "working_days", 4),
    "W8": lambda: Case(*(_ending("contracts", until) for until in (0, 1))),
}  # fmt: skip
"""Rule, and what of it where a rule has several thresholds -> the case."""

ELSEWHERE = {"V1f", "V2", "D9", "D14", "D15"}
"""Rules that nothing in the repository decides but the records of a probe."""


def _task(due: int, *done: tuple[int, int]) -> AssignedTask:
    return AssignedTask("1", "写解读", due, done, "sites/registers/tasks.csv", 2, "某科")


def _required(days: int) -> Case:
    columns = [Column(kind, kind, kind) for kind in ("概况信息", "机构职能", "负责人信息")]
    at = lambda age: subject(*columns, rows=[row(c.path, 9) for c in columns[1:]] + [row("概况信息", age)])  # noqa: E731
    return Case(at(days), at(days + 1), "days", days + 1)


def _tickets(received: str, closed: str = "") -> Subject:
    one = subject()
    one.facts.tickets["content/changchun/tickets.csv"] = [Ticket("1", 2, "某科", "/a.html", received, closed)]
    return one


def _reading(late: int) -> Subject:
    due = DAY - 30
    return subject(readings=[Reading(PLACE, "办法", "a.html", due, due, END, due + late)])


def _document(created: str) -> Subject:
    return subject(rows=[row("zcwj", 0, kind="document", created=created)])


def _stray(days: int) -> Subject:
    return subject(
        past=Past({}, [], [Stray("rights-outside", PLACE, "越权", "核实", "c" * 40, DAY - days)], frozenset())
    )


def _ending(what: str, ago_days: int) -> Subject:
    return subject(endings={what: [Ending("甲", "到期", DAY - ago_days, "sites/changchun.yaml", 1, "某科")]})


def _verdicts(case: Case, rule: InspectionRule) -> tuple[Measurement, Measurement]:
    first, second = (number(day) for day in case.days)
    return verdict(case.inside, rule, first), verdict(case.outside, rule, second)


@pytest.mark.parametrize("name", CASES)
def test_a_rule_holds_just_inside_its_threshold_and_not_just_outside(name: str) -> None:
    rule, case = rules()[_rule(name)], CASES[name]()
    inside, outside = _verdicts(case, rule)
    assert (inside.status, inside.broken, outside.status, outside.broken) == (DECIDED, False, DECIDED, True), (
        inside.findings
    )
    if rule.level == "bonus":
        assert (inside.severity, outside.severity, outside.points) == ("none", "info", rule.max_points)
        return
    assert outside.severity == ("error" if rule.level == "veto" else "warning")
    assert outside.cases >= 1
    assert (outside.points > 0) == (rule.level == "deduct")
    assert outside.points <= rule.max_points
    for finding in outside.findings:
        assert finding.path
        assert finding.message
        assert finding.hint
        assert finding.site == "changchun"


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case().threshold])
def test_a_threshold_moved_by_one_flips_the_verdict(name: str) -> None:
    rule, case = rules()[_rule(name)], CASES[name]()
    moved = with_threshold(rule, **{case.threshold: case.flips})
    inside, outside = _verdicts(case, moved)
    assert inside.broken == outside.broken


def test_every_rule_has_a_case_or_is_decided_elsewhere() -> None:
    decided = {_rule(name) for name in CASES}
    assert decided | ELSEWHERE == rules().keys()
    assert not decided & ELSEWHERE
    for key in ELSEWHERE:
        found = verdict(subject(), rules()[key])
        assert (found.status, found.value, found.severity, found.why) == (UNDECIDABLE, None, "info", rules()[key].why)
        assert found.why


def test_the_rules_are_complete_data() -> None:
    """All 42 rows of the table, the bonus and the reminders; each with its source, and each threshold with its own."""
    table = [f"V1{part}" for part in "abcdef"] + ["V2", "V3", "V4a", "V4b", "V4c", "V5a", "V5b", "V6"]
    table += [f"D{n}" for n in range(1, 29)]
    assert len(table) == 42
    assert [key for key in rules() if key[0] in "VD"] == table
    for rule in rules().values():
        assert rule.level in LEVELS
        assert rule.decided_by in DECIDED_BY
        assert rule.measure in MEASURES
        assert rule.name
        assert rule.text
        assert rule.source
        assert rule.figure
        assert rule.unit
        assert rule.remedy or rule.level == "bonus"
        assert (rule.points > 0) == (rule.level in ("deduct", "bonus"))
        for threshold in rule.thresholds.values():
            assert threshold.text
            assert threshold.source
            assert threshold.unit or isinstance(threshold.value, tuple)


def test_the_thresholds_are_those_of_the_checks() -> None:
    """What a check tells an officer and what the audit counts have the same terms."""
    known = rules()
    assert (known["D6"].days("simple_days"), known["D6"].days("complex_days")) == (SIMPLE_DAYS, COMPLEX_DAYS)
    assert known["V5b"].days("months") == VETO_MONTHS
    assert known["D7"].days("working_days") == DAYS_TO_RESULT
    assert known["D20"].days("working_days") == DAYS_TO_PUBLISH
    assert known["D4"].days("days") == STATISTICS_DAYS
    assert (known["V1e"].days("days"), known["V1e"].days("batch")) == (TOLERANCE.days, BATCH)
    assert known["V1e"].days("spread_days") == SPREAD.days


def test_a_warning_comes_before_the_breach() -> None:
    known, columns = rules(), [Column("yw", "要闻", "其他")]
    severities = [verdict(subject(*columns, rows=[row("yw", age)]), known["V3"]).severity for age in (9, 10, 14, 15)]
    assert severities == ["none", "warning", "warning", "error"]
    one = verdict(subject(YW, rows=[row("yw", 40)]), known["V4a"])
    assert (one.severity, one.broken, one.warned, one.value) == ("warning", False, True, 1)
    own = Column("yw", "要闻", "工作动态", max_age_days=3)  # its own limit is stricter than the veto's
    assert [verdict(subject(own, rows=[row("yw", age)]), known["V4a"]).severity for age in (3, 4)] == [
        "none",
        "warning",
    ]
    reports = [verdict(_tickets(day), known["D23"]).severity for day in ("2026-11-18", "2026-11-17")]
    assert reports == ["none", "warning"]  # three working days before 23 November: Wednesday, 18 November
    assert verdict(_ending("waivers", -13), known["W1"]).severity == "warning"
    assert verdict(_ending("waivers", -14), known["W1"]).severity == "none"


def test_what_is_withheld_is_no_breach_but_is_told() -> None:
    hits, withheld = [hit("privacy-mobile")], frozenset({PLACE})
    found = verdict(subject(hits=hits, withheld=withheld), rules()["V1c"])
    assert (found.broken, found.warned, found.severity, found.cases) == (False, True, "warning", 0)
    assert found.findings[0].message == "有问题（privacy-mobile）；没有公开"


def test_value_since_and_the_next_breach_are_told() -> None:
    found = verdict(subject(Column("yw", "要闻", "其他"), rows=[row("yw", 40)]), rules()["V3"])
    assert (found.value, found.since, found.breaks_on) == (40, ago(40 - 15), TODAY)
    assert found.findings[0].message == f"首页最近一次更新是 {ago(40)}，已经 40 天"
    well = verdict(subject(Column("yw", "要闻", "其他"), rows=[row("yw", 4)]), rules()["V3"])
    assert (well.value, well.since, well.breaks_on, well.severity) == (4, "", "2026-12-04", "none")
    assert well.findings[0].message == "首页不更新：距最近一次更新 4 天，没有问题"


def test_a_letter_waiting_for_its_writer_is_not_late() -> None:
    waiting = letter("2026-11-02", waits="2026-11-05/")
    assert not verdict(subject(letters=[waiting]), rules()["D6"]).broken
    resumed = letter("2026-11-02", waits="2026-11-05/2026-11-20")  # three days before the pause, four after it
    spans = [
        verdict(subject(letters=[resumed]), rules()["D6"], number(day)).broken for day in ("2026-11-26", "2026-11-27")
    ]
    assert spans == [False, True]


def test_many_articles_of_one_commit_and_what_a_site_opened_with_are_worth_a_warning() -> None:
    rows = [row("yw", 30 + 2 * n, f"n{n}") for n in range(6)]
    first = {one.path: _first(28) for one in rows} | {"content/changchun/yw/x.md": _first(200)}
    wide = verdict(
        subject(YW, rows=rows, past=Past(first, [], [], frozenset(one.path for one in rows))), rules()["V1e"]
    )
    assert not wide.broken
    opening = Past({one.path: _first(28) for one in rows}, [], [], frozenset())
    found = verdict(subject(YW, rows=rows, past=opening), rules()["V1e"])
    assert (found.broken, found.severity) == (False, "warning")
    assert "开站时入库的 5 篇稿件" in found.findings[0].message
    narrow = with_threshold(rules()["V1e"], batch=6)
    batch = Past({**first, **{one.path: _first(41) for one in rows}}, [], [], frozenset())
    messages = [
        verdict(subject(YW, rows=rows, past=batch), rule).findings[0].message for rule in (rules()["V1e"], narrow)
    ]
    assert "一次补录 6 篇" in messages[0]
    assert "一次补录" not in messages[1]


def test_a_rule_without_a_measure_or_threshold_fails_to_measure_and_touches_no_other() -> None:
    rule = rules()["V3"]
    for broken, why in (
        (replace(rule, measure="nothing"), "没有名为「nothing」的测量"),
        (replace(rule, thresholds={}), "方案没有限值 'days'"),
    ):
        found = verdict(subject(), broken)
        assert (found.status, found.why, found.severity, found.value) == (FAILED, why, "error", None)
        assert measure(subject(), broken).items == []


def test_commits_of_an_unknown_account_are_one_warning() -> None:
    strays = [
        Stray("rights-unknown-account", PLACE, f"账号 x 没有登记（提交 {n}）", "登记", str(n) * 40, DAY - n)
        for n in (1, 2)
    ]
    found = verdict(subject(past=Past({}, [], strays, frozenset())), rules()["D28"])
    assert (found.broken, found.severity, len(found.findings)) == (False, "warning", 1)
    assert found.findings[0].message == "账号 x 没有登记，有 2 个提交，最近的是 1111111111"


def test_a_history_without_the_sites_files_decides_nothing() -> None:
    found = verdict(subject(YW, rows=[row("yw", 9)], past=Past({}, [], [], frozenset())), rules()["V1e"])
    assert (found.status, found.why[:14]) == (UNDECIDABLE, "提交历史里没有本站的文件：还")


def test_parts_that_cannot_be_looked_at_say_why() -> None:
    empty = subject(missing={"pages": "没有构建", "history": "没有历史", "portal": "没有构建"})
    whys = {key: verdict(empty, rules()[key]).why for key in ("D11", "D17", "D21", "D22", "V1e", "D28", "V5b", "D6")}
    assert whys == {
        "D11": "没有构建", "D17": "没有构建", "D21": "没有构建", "D22": "没有构建", "V1e": "没有历史", "D28": "没有历史",
        "V5b": "本站没有来信台账（letters.csv），也没有来信文章", "D6": "本站没有来信台账（letters.csv），也没有来信文章",
    }  # fmt: skip
