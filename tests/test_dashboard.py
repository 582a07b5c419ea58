"""The dashboard of supervision: one small cluster with planted faults, walked through in a browser and read back from its files."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from jiyue.audit.collect import collect
from jiyue.audit.dashboard.board import Board, board
from jiyue.audit.dashboard.guards import guard
from jiyue.audit.dashboard.lists import trends
from jiyue.audit.dashboard.outside import outside_scores
from jiyue.audit.dashboard.pages import Pages
from jiyue.audit.dashboard.results import NoPlace, publish_results
from jiyue.audit.dashboard.scores import Score, ranks
from jiyue.audit.dashboard.write import write_dashboard
from jiyue.audit.earlier import Earlier, Kept, NoSuchState, state_of
from jiyue.audit.run import Audit, audited
from jiyue.build.options import Options
from jiyue.cli.commands.audit import audit as audit_command
from jiyue.cli.commands.dashboard import dashboard as command
from tests.support.browser import axe
from tests.support.cluster import new_cluster
from tests.support.repo import Repo

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TODAY, BEFORE = "2026-11-23", "2026-10-25"
COLUMNS = """columns:
  - {path: yw, name: 要闻动态, type: 工作动态, max_age_days: 14, owner: 综合科}
  - {path: tzgg, name: 通知公告, type: 通知公告, max_age_days: 180}
  - {path: zxts, name: 咨询投诉, type: 咨询投诉}
"""


def site(name: str, kind: str, more: str = "", columns: str = COLUMNS) -> str:
    return f"name: {name}\nkind: {kind}\nprofile: own\nurl: https://www.{kind}.example\noperator: {name}办公室\n{more}{columns}"


def article(title: str, day: str) -> str:
    return f"---\ntitle: {title}\ndate: {day} 09:00\n---\n{title}。\n"


def usual(name: str, newest: str) -> dict[str, str]:
    place = f"content/{name}"
    return {
        f"{place}/yw/new.md": article(f"{name} 近日要闻一则", newest),
        f"{place}/tzgg/old.md": article(f"{name} 通知公告一则", "2026-10-20"),
        f"{place}/zxts/how.md": article(f"{name} 怎样提出咨询", "2026-10-20"),
    }


BLANK = "".join(f"  - {{path: b{n}, name: 空栏目{n}}}\n" for n in range(1, 6))
FILES = {
    # a rule of the cluster's own, whose name no file can have
    "sites/profiles/own.yaml": (
        "name: 自订方案\nextends: national\nrules:\n"
        "  ../../甲 1: {name: 自订指标, text: 自订。, source: 本平台, level: warn, decided_by: none, measure: not_here, why: 由人判定}\n"
    ),
    "sites/jilin.yaml": site("吉林省人民政府", "province"),
    "sites/changchun.yaml": site("长春市人民政府", "prefecture", "superior: jilin\n"),
    "sites/nanguan.yaml": site("南关区人民政府", "county", "superior: changchun\n", COLUMNS + BLANK)
    + "channels:\n  - path: mz\n    name: 明珠街道\n    owner: 明珠街道办事处\n    officers: [{post: 街道信息员, role: 信息联络员}]\n",
    "content/nanguan/mz/a.md": article("街道近日一事", "2026-11-20"),
    "content/nanguan/mz/b.md": article("街道早先一事", "2026-03-20"),
    "sites/registers/exceptions.csv": "单位,网站名称,网址,理由,批准文件,批准日期,有效期至\n"
    "档案馆,档案网,https://da.example,业务系统,批〔2026〕1号,2026-01-01,2026-11-30\n",
    "sites/jtt.yaml": site("吉林省交通运输厅", "department", "superior: jilin\n"),
    "sites/ledger/outside-scores.csv": (
        "site,period,by,points,weight,evidence\njilin,2026,第三方评估,60,0.2,评估报告\nnowhere,2026,公众评议,60,0.2,\njilin,2026,专家,101,0.1,\n"
    ),
    **usual("jilin", "2026-11-20"),
    **{f"content/jilin/yw/more{n}.md": article(f"吉林省人民政府要闻之{n}", "2026-11-21") for n in range(20)},
    **usual("changchun", "2026-10-22"),
    **usual("nanguan", "2026-11-20"),
    **usual("jtt", "2026-11-14"),
    "sites/registers/changchun/tasks.csv": "编号,单位,事项,交办日期,期限\n"
    "1,外事科,译一份年报,2026-11-01,2026-11-22\n2,综合科,写解读,2026-11-01,2026-11-30\n",
    "sites/registers/guarantee.csv": "事项,单位,站点,栏目,方式,时限\n要闻,综合科,changchun,yw,写稿,每月 2 篇\n",
    "sites/registers/roster.csv": "日期,至,岗位,站点\n2026-11-20,2026-11-22,值班岗,changchun、jilin\n",
    "sites/registers/reading_log.csv": "时间,站点,岗位,发现的问题,处理情况\n2026-11-20 09:00,changchun,值班岗,首页断链,待处理\n",
    "sites/registers/contracts.csv": "合同编号,单位,承包单位,服务内容,起,止,保密责任书,年费用（元）\n"
    "H-1,综合科,某承包单位,平台运维,2026-01-01,2026-12-10,2026-01-01,120000.10\n",
    "sites/registers/costs.csv": "年度,单位,事项,类别,金额（元）,资金来源,合同编号\n"
    '2026,综合科,运维首付款,运维,"60,000.05",财政拨款,H-1\n2026,综合科,培训场地费,培训,0.10,财政拨款,\n',
    "sites/registers/fee_rates.csv": "稿件种类,计量,标准（元）,每篇最低（元）\n一般稿件,千字,80,10.50\n其他,篇,30,\n",
    "sites/registers/courses.csv": "日期,名称,学时,参加单位\n2026-03-02,公文写作培训班,7.5,外事科\n",
    "sites/registers/jilin/exercises.csv": "日期,岗位,练习,做完,共\n2026-05-01,编辑岗甲,练习场,3,12\n",
    "content/jtt/tickets.csv": "number,received,page,unit,closed,kind\n"
    "Z1,2026-11-17,/b1.html,,,内容不准确\nZ2,2026-11-20,,某处,,\nZ3,2026-11-16,,某处,2026-11-18,其他\n",
    "sites/fgw.yaml": "name: 吉林省发展和改革委员会\nkind: department\nsuperior: jilin\nurl: https://fgw.example\n",
}


@dataclass
class Walked:
    """The cluster with its dashboard, and what the command said."""

    root: Path
    folder: Path
    run: subprocess.CompletedProcess[str]

    def json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text("utf-8"))

    def html(self, name: str) -> str:
        return (self.folder / name).read_text("utf-8")


def dashboard(root: Path, *args: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "jiyue", "dashboard", "--root", str(root), "--jobs", "1", "--today", TODAY, *args]
    return subprocess.run(words, capture_output=True, text=True, encoding="utf-8", check=False, env=dict(os.environ))


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walked:
    root = tmp_path_factory.mktemp("dashboard") / "cluster"
    cluster = new_cluster(root, {name: text for name, text in FILES.items() if "/more" not in name})
    repo = Repo(root)
    repo.write(".gitignore", "output/\n.jiyue/\n")
    repo.commit("a@example.org", when=f"{BEFORE}T10:00:00+08:00")
    cluster.write(FILES)
    repo.commit("a@example.org", when=f"{TODAY}T10:00:00+08:00")
    assert cluster.build(today=TODAY).exit_code in (0, 1)
    return Walked(
        root, root / "output" / "_cluster" / "dashboard", dashboard(root, "--since", BEFORE, "--since", "HEAD~1")
    )


def test_in_three_clicks_which_sites_fail_why_who_and_what_to_do(walked: Walked, browser: Browser) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto((walked.folder / "index.html").as_uri())
        assert page.locator("h1").inner_text() == "2026 年 11 月：2 个站点不合格"
        rows = page.locator("main table").first.locator("tbody tr")
        assert rows.count() == 2
        failing = rows.filter(has_text="长春市人民政府")
        assert "首页不更新（V3）" in failing.inner_text()
        assert "是" in failing.inner_text()  # since 6 November
        failing.get_by_role("link", name="长春市人民政府", exact=True).click()  # the first click
        assert page.locator("dl.facts").get_by_role("link", name="长春市人民政府办公室").count() == 1
        reason = page.locator("section.rule.is-veto")
        assert reason.locator("h3").inner_text() == "V3 首页不更新 单项否决"
        text = reason.inner_text()
        assert "最近一次更新是 2026-10-22，已经 32 天" in text
        assert "自 2026-11-06 起" in text
        assert "在首页展示的栏目里发布新的信息" in text
        assert reason.get_by_role("link", name="网页").get_attribute("href") == "../../../changchun/index.html"
        reason.get_by_role("link", name="sites/changchun.yaml:1").is_visible()
        reason.get_by_role("link", name="长春市人民政府办公室").first.click()  # the second
        assert page.locator("h1").inner_text() == "长春市人民政府办公室"
        assert "首页最近一次更新是" in page.locator("#tasks + .table-scroll").inner_text()
        page.get_by_role("link", name="V3 首页不更新").first.click()  # the third
        assert "首页栏目两周没有更新信息" in page.locator("main").inner_text()
        assert [url for url in asked if not url.startswith(walked.folder.as_uri())] == []
        _looks_well(page, walked)


def _looks_well(page: Page, walked: Walked) -> None:
    for name in ("index", "sites/changchun", "rules/V3", "heat", "trends", "duties/changchun", "procedures/changchun"):
        page.goto((walked.folder / f"{name}.html").as_uri())
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
            assert [(one["id"], one["nodes"][0]["html"]) for one in axe(page)] == [], (name, width)


def test_the_reasons_of_the_other_sites(walked: Walked) -> None:
    assert walked.run.stdout.startswith("2026-11-23：5 个站点，2 个不合格")
    failing = {row["site"]: row for row in walked.json("failing.json")["rows"]}
    assert failing["南关区人民政府"]["why"] == "空白栏目（V4c）"
    assert failing["南关区人民政府"]["new"] == ""  # they never had anything in them
    heat = {row["site"]: row for row in walked.json("heat.json")["rows"]}
    assert heat["长春市人民政府"]["column/yw"] == "超 32"
    assert heat["吉林省交通运输厅"]["column/yw"] == "近 剩5"
    assert heat["南关区人民政府"]["others"] == "空栏目1 空"
    assert [row["site"] for row in walked.json("due-14.json")["rows"] if row["rule"].startswith("V3")] == [
        "吉林省交通运输厅",
        "南关区人民政府",
        "吉林省人民政府",
    ]
    assert walked.json("sites-well.json")["rows"] == walked.json("sites-poor.json")["rows"] == []
    notice = walked.html("notices/nanguan.html")
    assert "关于南关区人民政府网站问题整改的通知" in notice
    assert "「空栏目1」栏目是空白的" in notice


def test_who_answers_for_what_of_a_site_and_of_a_unit_that_has_no_column(walked: Walked) -> None:
    assert [(row["unit"], row["state"]) for row in walked.json("duties/changchun/tasks.json")["rows"]] == [
        ("外事科", "已逾期"),
        ("综合科", "进行中"),
    ]
    assert "2026-11-23" in (text := walked.html("duties.html")) and "没有人值班" in text
    assert "首页断链" in walked.html("duties/changchun.html")
    assert walked.json("duties/changchun/plan.json")["rows"][0]["now"] == "2026-11-01 至 2026-11-30：0/2，进行中"
    assert "<h1>长春市人民政府网站工作规则</h1>" in walked.html("procedures/changchun.html")
    unit = next(path for path in walked.folder.glob("units/*.html") if "<h1>外事科</h1>" in path.read_text("utf-8"))
    assert "译一份年报" in unit.read_text("utf-8")
    words = "译一份年报", "外事科", "值班岗", "首页断链", "某承包单位", "运维首付款", "公文写作培训班", "练习场"
    for path, data in ((path, path.read_bytes()) for path in (walked.root / "output").rglob("*") if path.is_file()):
        if "_cluster" not in path.parts:  # nothing of a register is public
            assert not [word for word in words if word.encode() in data], path


def test_contracts_money_and_training_have_a_page_of_their_own(walked: Walked) -> None:
    page = walked.html("resources.html")
    assert (
        "某承包单位" in page
        and "还有 17 天" in page
        and "60,000.15" in page
        and "resources.html" in walked.html("index.html")
    )
    [contract] = walked.json("resources/contracts-2026.json")["rows"]
    assert contract == {"number": "H-1", "contractor": "某承包单位", "agreed": "120000.10", "paid": "60000.05"}
    sheet = walked.json("resources/fees-2026.json")["rows"]
    assert sheet[-1]["unit"] == "合计" and sheet[-1]["pieces"] == sum(row["pieces"] for row in sheet[:-1])
    assert "合同 H-1" in walked.html("due.html") or "H-1" in walked.html("due.html")


def test_what_is_registered_has_a_sheet_for_each_site_and_figures_for_each_channel(walked: Walked) -> None:
    sheets = walked.json("registration.json")["rows"]
    assert [one["site"] for one in sheets if one["state"] == "开放"] == [one["site"] for one in sheets]
    assert {one["site"]: one["operator"] for one in sheets}["changchun"] == "长春市人民政府办公室"
    [channel] = walked.json("channels.json")["rows"]
    figures = ("site", "channel", "unit", "posts", "public", "year", "days_30", "last")
    assert [channel[key] for key in figures] == [
        "南关区人民政府", "明珠街道", "明珠街道办事处", 1, 2, 2, 1, "2026-11-20",
    ]  # fmt: skip
    [row] = walked.json("exceptions.json")["rows"]
    assert (row["unit"], row["state"]) == ("档案馆", "还有 7 天")
    assert "明珠街道" in walked.html("registration.html")


def test_reports_of_errors_have_states_units_and_figures(walked: Walked) -> None:
    rows = walked.json("tickets.json")["rows"]
    assert [(row["number"], row["state"], row["due"], row["unit"]) for row in rows] == [
        ("Z1", "逾期", "2026-11-20", "吉林省交通运输厅办公室"),
        ("Z2", "已收到", "2026-11-25", "某处"),
        ("Z3", "已办结", "2026-11-19", "某处"),
    ]
    figures = walked.json("tickets-by-unit.json")["rows"]
    assert figures[0] == {
        "unit": "某处", "received": 2, "closed": 1, "in_time": 1, "rate": "100%", "open": 1, "overdue": 0,
    }  # fmt: skip
    assert "Z2" in walked.html("due.html")
    assert "找错留言" in walked.html("tickets.html")
    assert "tickets.html" in walked.html("index.html")


def test_a_score_weighs_others_in_and_names_its_evidence(walked: Walked) -> None:
    card = walked.json("sites/jilin.json")
    assert card["total"] == round(0.8 * card["own"] + 0.2 * 60, 2)
    assert card["rank"] == 1
    assert walked.json("sites/jtt.json")["rank"] is None  # too few articles
    lost = {one["rule"]: one["points"] for one in card["points"] if one["level"] == "deduct"}
    assert sum(lost.values()) == pytest.approx(card["lost"])
    assert all(one["evidence"][0]["path"] for one in card["points"])
    assert '<th scope="row">2026-10-25</th><td>1</td>' in walked.html("trends.html")  # Nanguan has been blank since
    assert '<th scope="row">2026-11-23</th><td>2</td>' in walked.html("trends.html")
    change = walked.json("sites/changchun.json")["changes"][0]
    assert (change["day"], change["broke"], change["mended"]) == (BEFORE, ["V3"], ["D17"])  # the portal had nothing yet
    assert walked.run.returncode == 1
    assert "sites/fgw.yaml: 指标方案 basic 没有给出检查指标。" in walked.run.stderr
    assert walked.json("unaudited.json")["rows"][0]["site"] == "吉林省发展和改革委员会"
    assert [row["site"] for row in walked.json("sites-unaudited.json")["rows"]] == ["吉林省发展和改革委员会"]
    assert [line for line in walked.run.stderr.splitlines() if "outside-scores" in line] == [
        "sites/ledger/outside-scores.csv:3: 没有站点「nowhere」。写站点编号，如 changchun（这一行不算数）",
        "sites/ledger/outside-scores.csv:4: 得分「101」写错了。写 0 到 100 的数（这一行不算数）",
    ]


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.loaded: list[str] = []
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.add(str(given["id"]))
        if tag in ("a", "link") and given.get("href"):
            self.links.append(str(given["href"]))
        if tag == "script" or "style" in given:
            self.bad.append(tag)


def test_every_page_is_internal_and_every_link_leads_somewhere(walked: Walked) -> None:
    pages = {path.relative_to(walked.folder).as_posix(): _Links() for path in walked.folder.rglob("*.html")}
    for name, parser in pages.items():
        text = walked.html(name)
        parser.feed(text)
        assert '<meta name="robots" content="noindex, nofollow">' in text
        assert "<strong>内部</strong>" in text
        assert parser.bad == [], name
    for name, parser in pages.items():
        for href in parser.links:
            if href.startswith("data:"):
                continue
            path, _, anchor = href.partition("#")
            assert "://" not in path, (name, href)
            target = normpath(join(dirname(name), path)) if path else name
            assert (walked.folder / target).exists(), (name, href)
            assert not anchor or anchor in pages[target].ids, (name, href)


def test_the_files_beside_the_tables_hold_the_same_rows(walked: Walked) -> None:
    for name, book in (("failing", "failing"), ("findings", "findings"), ("sites/nanguan/findings", "sites/nanguan")):
        rows = walked.json(f"{name}.json")["rows"]
        text = (walked.folder / f"{name}.csv").read_text("utf-8-sig")
        assert len(list(csv.reader(text.splitlines()))) == len(rows) + 1 > 2
        sheet = openpyxl.load_workbook(walked.folder / f"{book}.xlsx").worksheets[0]
        assert sheet.max_row == len(rows) + 1
    assert "待填" in (walked.folder / "annual/jilin.csv").read_text("utf-8-sig")
    assert "单项否决" in (walked.folder / "badges/changchun.svg").read_text("utf-8")


def test_the_same_input_gives_the_same_bytes_and_stale_files_go(walked: Walked) -> None:
    (walked.folder / "old.html").write_text("of an earlier run")
    before = {path: path.read_bytes() for path in walked.folder.rglob("*") if path.is_file()}
    shutil.rmtree(walked.root / ".jiyue" / "store" / "audit", ignore_errors=True)
    write_dashboard(Options(walked.root, walked.root / "output", jobs=1, now=f"{TODAY} 00:00"), ["HEAD~1"])
    after = {path: path.read_bytes() for path in walked.folder.rglob("*") if path.is_file()}
    del before[walked.folder / "old.html"]
    changed = {path.relative_to(walked.folder).as_posix() for path in before if before[path] != after.get(path)}
    assert after.keys() == before.keys()
    assert changed == set()


@pytest.fixture(scope="module")
def made(walked: Walked) -> tuple[Board, Pages, dict[str, bytes]]:
    options = Options(walked.root, walked.root / "output", now=f"{TODAY} 00:00")
    collected = collect(options)
    whole = board(collected, audited(collected), [], [], [])
    pages = Pages(whole, walked.root, options.output, options.theme_folder)
    return whole, pages, pages.make()


def test_results_are_an_article_that_builds_and_says_no_more_than_results(
    made: tuple[Board, Pages, dict[str, bytes]], tmp_path: Path
) -> None:
    whole = made[0]
    cluster = new_cluster(tmp_path, {name: FILES[name] for name in ("sites/jilin.yaml", "sites/profiles/own.yaml")})
    path = publish_results(whole, tmp_path, "jilin/tzgg")
    text = path.read_text("utf-8")
    assert "| 长春市人民政府 | 单项否决 | 首页不更新 |" in text
    assert not re.search(r"content/|sites/|办公室|综合科", text)
    with pytest.raises(NoPlace, match="已经有了，要重写先删去它"):
        publish_results(whole, tmp_path, "jilin/tzgg")
    with pytest.raises(NoPlace, match=re.escape("jilin 没有栏目「tzg」。是否想写 tzgg？")):
        publish_results(whole, tmp_path, "jilin/tzg")
    cluster.write({"output/_cluster/dashboard/index.html": "a dashboard from before the first build"})
    built = cluster.build(today=TODAY)
    assert [one for one in built.diagnostics if one["path"].endswith(".md")] == []
    assert "政府网站检查结果（2026年11月23日）" in built.html("jilin", "tzgg/")


def test_a_report_that_lost_something_is_not_believed(made: tuple[Board, Pages, dict[str, bytes]]) -> None:
    whole, pages, files = made
    assert guard(whole, pages.tables, files) == []

    def faults(one: Board = whole, **changed: Any) -> str:
        return "\n".join(guard(one, changed.get("tables", pages.tables), {**files, **changed.get("files", {})}))

    audit = whole.audit
    silent = Board(Audit(audit.registry, audit.day), {}, {}, [])
    assert "登记了 5 个站点，5 个没有检查" in faults(silent)
    assert "没有一条检查指标" in faults(silent)
    short = b"\r\n".join(files["findings.csv"].split(b"\r\n")[:-2]) + b"\r\n"
    assert "缺 1 个：" in faults(files={"findings.csv": short})
    assert "heat.json 有 0 行，应有 5 行" in faults(files={"heat.json": b'{"rows": []}'})
    table = next(one for one in pages.tables if one.name == "units")
    emptied = table._replace(rows=[(cells[0], cells[1]._replace(value=""), *cells[2:]) for cells in table.rows])
    assert "有两个表叫 heat" in faults(tables=[*pages.tables, next(one for one in pages.tables if one.name == "heat")])
    assert "units 的「负责的站点」一列全是空的" in faults(tables=[emptied])


def test_trends_compare_what_was_decided_every_time(made: tuple[Board, Pages, dict[str, bytes]]) -> None:
    whole = made[0]
    then = {
        name: {rule: Kept(one.level, one.status, False, 0, 0) for rule, one in state.verdicts.items()}
        for name, state in whole.sites.items()
    }
    then["changchun"]["V3"] = Kept("veto", "undecidable", False, 0, 0)
    charts, _ = trends(Board(whole.audit, whole.sites, {}, [], [Earlier("0" * 40, "2026-01-01", then)]))
    assert re.findall(r"<td>(\d+)</td>", charts[0]) == ["0", "1"]  # Nanguan; of Changchun nobody knows


def test_a_cluster_without_rules_gets_no_dashboard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command(new_cluster(tmp_path, {}).root, 1, TODAY)
    assert ended.value.code == 1
    assert "报告不完整：没有一条检查指标" in capsys.readouterr().err
    assert not (tmp_path / "output" / "_cluster" / "dashboard").exists()


def test_ranks_and_results() -> None:
    order = ranks(
        {"a": (False, 90), "b": (True, 99), "c": (False, 90), "d": (False, 10)}, dict.fromkeys("abc", "x") | {"d": "y"}
    )
    assert order == {"a": 1, "c": 1, "b": 3, "d": 1}
    assert [Score((), ("D1",), lost, 5, 40, 42).result for lost in (40, 40.1)] == ["deduct", "poor"]
    assert [Score((), (), lost, 5, 40, 42).own for lost in (0, 19.9, 20)] == [105, 85.1, 80]
    assert Score(("V3",), (), 0, 0, 40, 42).fails


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("site,period\n", "1: 表头缺 by（评价方）、points（得分）、weight（权重）、evidence（依据）。第一行写"),
        ("站点,年度,评价方,得分,权重,依据\na,26,x,1,.5,\n", "2: 年度「26」写错了。写成四位数字，如 2026"),
        ("站点,年度,评价方,得分,权重,依据\na,2026,x,1,1,\n", "2: 权重「1」写错了。写大于 0、小于 1 的数，如 0.2"),
        ("站点,年度,评价方,得分,权重,依据\na,2026,x,1,0.5,\na,2026,y,1,0.5,\n", "3: a 2026 年度的权重加起来达到 1"),
        ("站点,年度,评价方,得分,权重,依据\na,2026,,1,0.5,\n", "2: 没有写评价方。写单位或者类别"),
        ('site,"', "1: 这里的引号没有配对"),
    ],
)
def test_wrong_rows_of_outside_scores(tmp_path: Path, text: str, message: str) -> None:
    ledger = tmp_path / "sites" / "ledger" / "outside-scores.csv"
    ledger.parent.mkdir(parents=True)
    ledger.write_text(text, "utf-8")
    _, problems = outside_scores(tmp_path, ["a"])
    assert [line.startswith(f"sites/ledger/outside-scores.csv:{message}") for line in problems] == [True], problems


def test_earlier_states_are_named_by_revision_or_day(walked: Walked, capsys: pytest.CaptureFixture[str]) -> None:
    first = state_of(walked.root, "HEAD~1")
    assert state_of(walked.root, "2026-11-22") == first._replace(now="2026-11-22 23:59")
    assert first.now == f"{BEFORE} 10:00"
    with pytest.raises(SystemExit) as ended:
        audit_command(["nanguan"], walked.root, 1, format="csv", as_of="HEAD~1")
    assert ended.value.code == 1
    printed = capsys.readouterr().out
    assert "空白栏目：共 6 个，达到 5 个" in printed  # its news came later
    with pytest.raises(NoSuchState, match=re.escape("2026-10-24 那天仓库里还没有提交")):
        state_of(walked.root, "2026-10-24")
    with pytest.raises(NoSuchState, match="找不到「nothing」"):
        state_of(walked.root, "nothing")
