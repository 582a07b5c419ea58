"""Who answers for what: the matrix, the guarantee plan, tasks, duty and the reading of sites, on one small cluster."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiyue.audit.due import dues
from jiyue.audit.measures.spans import around, number, text
from jiyue.audit.run import audit
from jiyue.build.options import Options
from jiyue.build.source_check import check
from jiyue.catalogue.registers import Row
from jiyue.cli.commands.duties import duties as duties_command
from jiyue.cli.commands.procedure import procedure as procedure_command
from jiyue.cli.commands.roster import ics, lines_of
from jiyue.cli.commands.tasks import due, list_, new
from jiyue.registry.load import load_registry
from jiyue.registry.site import Site
from jiyue.responsibility.collect import Duties, duties_of
from jiyue.responsibility.entries import Deliverable
from jiyue.responsibility.guarantee import DeliverableState
from jiyue.responsibility.matrix import Matrix, matrix
from jiyue.responsibility.procedure import as_html, as_markdown, procedure
from jiyue.responsibility.roster import statistics
from jiyue.responsibility.tasks import Refused, append_tasks, new_tasks
from tests.support.cluster import ClusterFolder, new_cluster

TODAY = "2026-11-23"  # a Monday
SITE = Site("cc", "乙市", "乙市", "county", "https://cc.example", ("jilin",), {}, ())

OFFICERS = """officers:
  - {post: 信息员岗, unit: 综合科, role: 信息联络员, account: a@x.example, until: 2026-12-02}
  - {post: 初审岗, unit: 综合科, role: 初审, account: b@x.example, deputy: 替岗, until: 2026-11-22}
  - {post: 复审岗, unit: 综合科, role: 复审, account: c@x.example}
  - {post: 终审岗, unit: 办公室, role: 终审, account: c@x.example}
  - {post: 保密岗, unit: 办公室, role: 保密审查, account: e@x.example, since: 2026-11-24}
  - {post: 农业信息员岗, unit: 农业科, role: 信息联络员, deputy: 信息员岗}
columns:
  - {path: yw, name: 要闻, type: 工作动态, max_age_days: 14, owner: 综合科}
  - {path: zcwj, name: 政策文件, type: 政策文件, owner: 综合科}
  - {path: zcjd, name: 政策解读, type: 政策解读, owner: 农业科}
  - {path: ny, name: 农业, owner: 农业科}
  - {path: jt, name: 交通, owner: 交通科}
channels:
  - {path: hexi, name: 河西镇, officers: [{post: 镇信息员岗, role: 信息联络员, deputy: 替岗}]}
"""


def article(title: str, day: str, more: str = "", kind: str = "") -> str:
    return f"---\ntitle: {title}\ndate: {day} 09:00\n{f'kind: {kind}' if kind else ''}\n{more}---\n{title}。\n"


def document(title: str, day: str, more: str = "") -> str:
    facts = "doc_number: 甲政发〔2026〕1号\nissuer: 甲市人民政府\nindex_no: a-1\ntopic: 农业\n"
    return article(title, day, facts + more, "document")


CLUSTER = {
    "sites/profiles/own.yaml": "name: 自订\nextends: province\nreview: [first, second, final, secrecy]\nrequired: []\n",
    "sites/jilin.yaml": "name: 甲省人民政府\nkind: province\nurl: https://jl.example\noperator: 甲省政府办公厅\n"
    "columns:\n  - {path: yw, name: 要闻, type: 工作动态}\n",
    "sites/cc.yaml": "name: 乙市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://cc.example\n"
    f"operator: 办公室\nprofile: own\n{OFFICERS}",
}
"""For the matrix, whose profile wants four steps of review."""

FREE = {
    **CLUSTER,
    "sites/profiles/own.yaml": "name: 自订\nextends: province\nreview: []\nrequired: []\n",
    "sites/nan.yaml": "name: 丙区人民政府\nkind: county\nsuperior: cc\nurl: https://nan.example\n",
    "content/cc/zcwj/banfa.md": document("关于种地的办法", "2026-11-02", "created: 2026-10-26\npush_down: [county]\n"),
    "content/cc/zcjd/jiedu.md": article(
        "种地办法解读", "2026-11-04", "interprets: cc/zcwj/banfa.md\n", "interpretation"
    ),
    "content/cc/zcwj/xize.md": article("关于修渠的细则", "2026-11-18"),
    "content/cc/zcjd/xize.md": article("修渠细则解读", "2026-11-10", "withdraw: {at: 2026-11-20, reason: 数字有误}\n"),
    "content/cc/ny/a.md": article("秋收", "2026-09-03", "source: 农业科\n"),
    "content/cc/ny/b.md": article("入库", "2026-09-20", "author: 农业信息员岗\n"),
    "content/cc/ny/c.md": article(
        "转来的", "2026-10-20", "repost_of: {name: 国务院, url: https://www.gov.cn/x, published: 2026-10-19}\n"
    ),
    "content/cc/yw/d.md": article("农业要闻", "2026-11-05", "source: 农业科\nreport_up: true\n"),
    "sites/registers/cc/tasks.csv": "编号,单位,事项,种类,文件,交办日期,期限,完成的文章,办结日期\n"
    "t1,综合科,今天到期,,,2026-11-01,2026-11-23,,\n"
    "t2,综合科,昨天到期,,,2026-11-01,2026-11-22,,\n"
    "t3,农业科,后来撤下,,,2026-11-01,2026-11-12,zcjd/xize.md,\n"
    "t4,农业科,解读,解读,cc/zcwj/banfa.md,2026-11-02,2026-11-05,,\n"
    "t5,综合科,推送,推送,甲政发〔2026〕1号,2026-11-02,2026-11-01x,,\n"
    "t6,综合科,推送,推送,甲政发〔2026〕1号,2026-11-02,2026-11-03,,\n"
    "t7,办公室,晚了的,,,2026-11-01,2026-11-12,zcwj/xize.md,\n"
    "t8,办公室,开会,,,2026-11-01,2026-11-12,,2026-11-12\n"
    "t9,办公室,找不到,,,2026-11-01,2026-12-01,zcwj/none.md,\n",
    "sites/registers/cc/guarantee.csv": "事项,单位,栏目,方式,时限,起\n"
    "农业动态,农业科,ny,写稿,每月 2 篇,2026-09-01\n"
    "报送,农业科,,报送,每季 1 篇,2026-07-01\n"
    "解读,农业科,zcjd,写稿,每 14 天,2026-11-01\n"
    "没有的,农业科,none,写稿,每年 1 篇,\n",
    "sites/registers/roster.csv": "日期,至,岗位,站点\n2026-11-20,2026-11-22,信息员岗,cc\n2026-11-24,,农业信息员岗,\n",
    "sites/registers/reading_log.csv": "时间,站点,岗位,发现的问题,处理情况,改正日期\n"
    "2026-11-10 09:00,nan,信息员岗,,,\n2026-11-20 09:00,cc,信息员岗,首页断链,已转办,\n2026-11-21 09:00,cc,终审岗,错字,已改正,2026-11-22\n",
}
"""For the rest: the same, and nothing has to be reviewed."""


@pytest.fixture(scope="module")
def free(tmp_path_factory: pytest.TempPathFactory) -> ClusterFolder:
    return new_cluster(tmp_path_factory.mktemp("responsibility") / "c", FREE)


@pytest.fixture(scope="module")
def known(free: ClusterFolder) -> Duties:
    return duties_of(Options(free.root, free.root / "output", now=f"{TODAY} 09:00"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Matrix:
    return matrix(load_registry(new_cluster(tmp_path_factory.mktemp("matrix") / "c", CLUSTER).root), TODAY)


def test_the_matrix_tells_every_gap_with_its_rule_and_who_has_to_close_it(whole: Matrix) -> None:
    assert [(one.gap.rule.id, one.unit, one.soon, one.gap.message) for one in whole.missing] == [
        ("officer-term", "综合科", False, "初审岗位「初审岗」的任期已于 2026-11-22 届满"),
        ("officer-role", "办公室", False, "没有在任的初审岗位"),
        ("officer-role", "办公室", False, "没有在任的保密审查岗位"),
        ("officer-deputy", "综合科", False, "信息联络员岗位「信息员岗」没有替岗"),
        ("officer-twice", "办公室", False, "账号 c@x.example 同时任复审岗位「复审岗」和终审岗位「终审岗」"),
        ("officer-unit", "交通科", False, "栏目「jt」的责任单位「交通科」没有登记岗位"),
        ("officer-term", "综合科", True, "信息联络员岗位「信息员岗」的任期将于 2026-12-02 届满"),
    ]
    lines = {one.column.path: one for one in whole.of_site("cc").lines}
    assert lines["ny"].posts["信息联络员"] == ("农业信息员岗",)
    assert lines["jt"].posts["信息联络员"] == ("信息员岗", "农业信息员岗")  # no post of its own: the site's
    assert lines["hexi"].posts["信息联络员"] == ("镇信息员岗",)  # a channel has its own, which serve nobody else
    assert lines["ny"].posts["初审"] == ()
    assert lines["ny"].gaps == ("缺初审岗位", "缺保密审查岗位")
    assert {one.post: one.state for one in whole.posts} == {
        "信息员岗": "任期将满", "初审岗": "任期已满", "复审岗": "在任", "终审岗": "在任", "保密岗": "尚未到任", "农业信息员岗": "在任",
        "镇信息员岗": "在任",
    }  # fmt: skip
    mine = whole.of_unit("农业科")
    assert [(one.column.path, one.unit) for one in mine.lines] == [("zcjd", "农业科"), ("ny", "农业科")]
    assert [one.post for one in mine.posts] == ["农业信息员岗"]
    assert whole.of_unit("甲省政府办公厅").sites()[0].id == "jilin"


def test_duties_lists_a_unit_as_text_table_and_data(free: ClusterFolder, capsys: pytest.CaptureFixture[str]) -> None:
    duties_command(root=free.root, today=TODAY, unit="农业科")
    text = capsys.readouterr().out
    assert "农业（ny）：农业科" in text
    assert text.endswith("1 个站点，2 个栏目，1 个单位，1 个岗位；0 处缺口，0 个岗位任期将满。\n")
    duties_command(["cc"], root=free.root, today=TODAY, format="csv", table="missing")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out.removeprefix("\ufeff"))))
    assert rows[0]["规则"] == "officer-term"
    duties_command(root=free.root, today=TODAY, format="json")
    assert {"matrix", "posts", "missing", "plan"} == json.loads(capsys.readouterr().out).keys()
    duties_command(["cc"], root=free.root, today=TODAY, format="csv", table="plan")
    assert "农业动态" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        duties_command(root=free.root, unit="农业")
    assert ended.value.code == 2
    assert "是否想写 农业科？" in capsys.readouterr().err


def test_a_task_is_done_by_what_the_catalogue_shows(known: Duties) -> None:
    states = {one.task.number: one for one in known.tasks}
    assert {number: one.state(TODAY) for number, one in states.items()} == {
        "t1": "今天到期", "t2": "已逾期", "t3": "已逾期", "t4": "已完成", "t6": "已完成", "t7": "逾期完成", "t8": "已完成", "t9": "进行中",
    }  # fmt: skip
    assert states["t3"].state("2026-11-19") == "已完成"
    assert states["t3"].reopened(TODAY) == "2026-11-19"
    assert states["t4"].state("2026-11-03") == "进行中"
    assert [(one.path.rpartition("/")[2], one.line, one.message) for one in known.findings] == [
        ("tasks.csv", 6, "「due」的值「2026-11-01x」不对"),
        ("tasks.csv", 10, "没有公开的文章「zcwj/none.md」"),
        ("guarantee.csv", 5, "站点 cc 没有栏目「none」"),
    ]


def test_the_plan_is_met_period_by_period(known: Duties) -> None:
    plan = {one.item.item: one for one in known.deliverables}
    assert [(one.first, one.delivered, one.state) for one in plan["农业动态"].periods(TODAY)] == [
        ("2026-09-01", 2, "完成"), ("2026-10-01", 0, "没有完成"), ("2026-11-01", 0, "进行中"),
    ]  # fmt: skip
    assert [(one.first, one.last, one.state) for one in plan["报送"].periods(TODAY)] == [
        ("2026-07-01", "2026-09-30", "没有完成"), ("2026-10-01", "2026-12-31", "完成"),
    ]  # fmt: skip
    assert [(one.first, one.state) for one in plan["解读"].periods(TODAY)] == [
        ("2026-11-01", "完成"), ("2026-11-04", "完成"), ("2026-11-10", "进行中"),
    ]  # fmt: skip
    assert plan["解读"].periods("2026-11-25")[-1].state == "没有完成"


def test_what_is_overdue_and_what_will_be_is_part_of_the_audit_and_of_its_forecast(free: ClusterFolder) -> None:
    found = audit(Options(free.root, free.root / "output", now=f"{TODAY} 09:00"))
    wrong = {
        rule: [(one.unit, one.message) for one in found.sites["cc"][rule].findings if one.since]
        for rule in ("W4", "W5", "W7")
    }
    assert wrong == {
        "W4": [
            ("农业科", "任务「后来撤下」的期限是 2026-11-12"), ("综合科", "任务「昨天到期」的期限是 2026-11-22"),
        ],
        "W5": [("农业科", "信息保障计划「农业动态」（每月 2 篇，写稿）没有完成")],
        "W7": [],
    }  # fmt: skip
    coming = [(one.day, one.rule, one.unit, one.message) for one in dues(found, 14) if one.rule[0] == "W"]
    assert coming == [
        ("2026-11-24", "W4", "综合科", "任务「今天到期」的期限是 2026-11-23"),
        ("2026-11-24", "W7", "办公室", "2026-11-20 读网发现的问题没有处理：首页断链"),
        ("2026-11-25", "W5", "农业科", "信息保障计划「解读」（每 14 天，写稿）没有完成"),
        ("2026-11-29", "W7", "办公室", "最近一次读网：2026-11-21，已经 8 天"),
        ("2026-12-02", "W4", "办公室", "任务「找不到」的期限是 2026-12-01"),
        ("2026-12-03", "W2", "综合科", "信息联络员岗位「信息员岗」的任期到 2026-12-02 为止"),
    ]


def test_a_document_brings_the_tasks_of_the_profile_once(
    known: Duties, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site, made = new_tasks(known.registry, known.pieces, "cc/zcwj/banfa.md", "2026-11-02")
    assert [(one.number, one.unit, one.post, one.due) for one in made] == [
        ("banfa-发布", "综合科", "信息员岗", "2026-11-23"),  # twenty working days after 26 October
        ("banfa-解读", "农业科", "农业信息员岗", "2026-11-05"),
        ("banfa-回应", "办公室", "信息员岗", "2026-11-09"),  # who owns the column of responses
        ("banfa-推送", "综合科", "信息员岗", "2026-11-03"),
    ]
    path, added = append_tasks(tmp_path, site, made)
    assert len(added) == 4
    before = path.read_bytes()
    assert append_tasks(tmp_path, site, made) == (path, [])
    assert path.read_bytes() == before
    path.write_text("编号,单位\n", "utf-8")
    with pytest.raises(Refused, match="缺少列：事项、种类、文件、交办日期、期限"):
        append_tasks(tmp_path, site, made)
    with pytest.raises(Refused, match="没有「登报」这种任务，可以是：发布、解读、回应、推送"):
        new_tasks(known.registry, known.pieces, "cc/zcwj/banfa.md", TODAY, ["登报"])
    with pytest.raises(Refused, match="没有文件「cc/zcwj/none"):
        new_tasks(known.registry, known.pieces, "cc/zcwj/none.md", TODAY)


def test_the_commands_list_what_waits_and_write_new_rows(
    free: ClusterFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        due(root=free.root, today=TODAY, days=14)
    assert ended.value.code == 1
    assert "3 项任务" not in (text := capsys.readouterr().out)
    assert [line.split()[0] for line in text.splitlines() if not line.startswith((" ", "2026"))] == [
        "已逾期", "已逾期", "今天到期", "进行中",
    ]  # fmt: skip
    assert "完成的文章到 2026-11-19 为止公开，要重新做" in text
    list_(["cc"], root=free.root, today=TODAY, unit="农业科", format="json")
    assert [row["number"] for row in json.loads(capsys.readouterr().out)] == ["t3", "t4"]
    new(["cc/zcwj/xize.md"], root=free.root, today=TODAY, kinds=["解读"])
    assert "xize-解读" in capsys.readouterr().out
    new(root=free.root, today=TODAY, since="2026-11-02", kinds=["解读"])  # the one official document since then
    assert capsys.readouterr().out.endswith("1 份文件，写进 1 项任务。\n")
    new(root=free.root, today=TODAY, since="2026-11-03")
    assert capsys.readouterr().out == "0 份文件，写进 0 项任务。\n"
    assert "xize-解读,农业科" in (free.root / "sites/registers/cc/tasks.csv").read_text("utf-8")


def test_duty_and_reading_tell_the_days_and_sites_that_nobody_looked_at(
    known: Duties, free: ClusterFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lines_of(known) == [
        "甲省人民政府：今天没有人值班",
        "  没有人值班：2026-11-23、2026-11-25 至 2026-12-07",
        "乙市人民政府：最近一次读网 2026-11-21 09:00",
        "  没有改正：首页断链（2026-11-20 09:00，已转办）",
        "丙区人民政府：最近一次读网 2026-11-10 09:00，超过 7 天",
    ]
    figures = statistics(known.rosters, known.site_readings)
    assert figures["duty"]["信息员岗"] == {"turns": 1, "days": 3}
    assert figures["readings"]["信息员岗"] == {"readings": 2, "found": 1, "open": 1}
    ics(root=free.root, today=TODAY)
    text = capsys.readouterr().out
    assert text.count("BEGIN:VEVENT") == 2
    assert "DTSTART;VALUE=DATE:20261120\r\nDTEND;VALUE=DATE:20261123\r\n" in text


def test_the_rules_of_procedure_name_a_source_for_every_sentence(
    known: Duties, free: ClusterFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    made = procedure(known, known.registry.sites["cc"])
    sentences = [clause for chapter in made.chapters for clause in chapter.clauses]
    assert len(sentences) > 20
    assert all(clause.source and clause.text.endswith("。") for clause in sentences)
    assert "来信在 7 个工作日以内答复。" in [clause.text for clause in sentences]
    assert "解读：文件公开以后 3 个工作日以内发布解读。" in [clause.text for clause in sentences]
    tables = {chapter.title: chapter.table for chapter in made.chapters}
    assert ("农业科", "农业动态", "农业", "写稿", "每月 2 篇", "本计划") in tables["信息保障计划"]
    assert made.signers[0] == "办公室"

    of_unit = procedure(known, known.registry.sites["cc"], "农业科")
    assert [row[1] for chapter in of_unit.chapters if chapter.title == "栏目和更新" for row in chapter.table[1:]] == [
        "zcjd",
        "ny",
    ]
    assert of_unit.signers == ("农业科",)

    procedure_command("cc", root=free.root, today=TODAY)
    text = capsys.readouterr().out
    assert text == as_markdown(made)
    free.write({"content/cc/yw/rules.md": text})
    found = check(Options(free.root, free.root / "output", ("cc",), now=f"{TODAY} 09:00")).diagnostics
    assert [one for one in found if one.path == "content/cc/yw/rules.md"] == []
    free.remove("content/cc/yw/rules.md")
    html = as_html(made)
    assert "<script" not in html
    assert "://" not in html
    assert html.count("（盖章）") == len(made.signers)


DAYS = st.integers(number("2026-01-01"), number("2026-12-31"))


@given(
    st.sampled_from(["每周 1 篇", "每月 2 篇", "每季 3 篇", "每年 4 篇", "每 9 天"]),
    st.lists(DAYS, max_size=12),
    DAYS,
    DAYS,
    st.none() | DAYS,
)
def test_the_forecast_of_a_promise_agrees_with_its_periods(
    limit: str, delivered: list[int], since: int, today: int, until: int | None
) -> None:
    """On each day an item is short exactly if its last finished period was missed and the present one has not made up for it."""
    if until is not None and until < since:
        until = None
    item = Deliverable(item="甲", unit="乙", limit=limit, since=text(since), until=text(until) if until else None)
    known = sorted(day for day in delivered if day <= today)
    planned = DeliverableState(SITE, Row("", "sites/registers/guarantee.csv", 2, item), known, "")
    periods = planned.periods(text(today))
    if until is not None and today > until:
        expected = None  # whether a period that was cut short counts is the plan's affair
    elif limit == "每 9 天":
        expected = bool(periods) and periods[-1].state == "没有完成"
    else:
        expected = len(periods) > 1 and periods[-2].state == "没有完成" and periods[-1].state != "完成"
    if expected is not None:
        assert (around(planned.short(text(today)), today) is not None) == expected
    for day in range(today, today + 40):  # nothing is delivered later: what will be short stays so
        ahead = around(planned.short(text(today)), day)
        assert ahead is None or ahead[0] >= since
