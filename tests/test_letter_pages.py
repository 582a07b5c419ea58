"""A ledger's letters as pages, lists, figures and open data; each figure counted once more by other means."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from chinese_calendar import is_workday
from hypothesis import given
from hypothesis import strategies as st

from jiyue.catalogue.dialect import python_markdown
from jiyue.catalogue.frontmatter import split
from jiyue.catalogue.ledgers import FORMULA, Row, front_matter, plain_text
from jiyue.catalogue.ledgers import table as table_of
from jiyue.catalogue.letters import FIELDS, LEDGER, cells_of, letter_of
from jiyue.catalogue.sources import sources
from jiyue.render.markdown import convert
from tests.support.browser import axe, served
from tests.support.cluster import Built, ClusterFolder, new_cluster
from tests.support.opendata import Client, validator

SITES = {
    "sites/cluster.yaml": "name: 站群\nroot: jilin\n",
    "sites/jilin.yaml": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\ncolumns: [{path: zxts, name: 咨询投诉}]\n",
    "content/jilin/tzgg/a.md": "---\ntitle: 公告\ndate: 2026-11-20\nslug: a\n---\n正文\n",
}
PLACE = "content/jilin/zxts/letters.csv"
TODAY = "2026-11-20"
UNITS = ("甲局", "乙局", "丙局", "丁局")


def made_up(count: int, seed: int = 5) -> list[dict[str, str]]:
    """Letters of two years: answered, open, waiting, extended; some not public."""
    chance = random.Random(seed)
    rows = []
    for n in range(count):
        received = date(2024, 12, 1) + timedelta(days=chance.randrange(710))
        row = dict.fromkeys(FIELDS, "")
        row |= {
            "number": f"L{n:04}", "received": str(received), "kind": chance.choice(("咨询", "投诉", "建议")),
            "unit": chance.choices(UNITS, (10, 10, 4, 1))[0], "simple": chance.choice(("是", "否")),
            "subject": f"第{n:04}封来信", "text": f"第{n}封的内容。\n<b>*{chance.randrange(99)}*</b> & [x](y)",
        }  # fmt: skip
        replied = received + timedelta(days=chance.randrange(1, 35))
        if chance.random() < 0.1:
            row["waits"] = f"{received + timedelta(days=1)}/{received + timedelta(days=5)}"
        if chance.random() < 0.9 and str(replied) <= TODAY:
            row |= {"replied": str(replied), "reply": f"答复{n}"}
        if chance.random() < 0.1:
            row["visibility"] = "private"
        rows.append(row)
    return rows


def ledger(rows: list[dict[str, str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(FIELDS), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def counted(row: dict[str, str]) -> dict[str, Any]:
    """What of a row is checked, day by day, without the program's own count."""
    day, left = date.fromisoformat(row["received"]), 7 if row["simple"] == "是" else 15
    done = date.fromisoformat(row["replied"]) if row["replied"] else None
    since, until = ("9", "9")
    if row["waits"]:
        since, until = row["waits"].split("/")
    taken, passed = 0, date.fromisoformat(row["received"])
    while done and passed < done:
        passed += timedelta(days=1)
        taken += is_workday(passed)
    known = min(until, str(done or TODAY))
    while left:
        day += timedelta(days=1)
        left -= is_workday(day) and not since < str(day) <= known
    return {
        "taken": taken if done else None,
        "in_time": bool(done and done <= day),
        "late": not done and str(day) < TODAY,
    }


def table(html: str, heading: str) -> dict[str, list[str]]:
    """Name -> cells of the rows below a heading of the page of figures."""
    part = html.split(f"<h2>{heading}</h2>")[1].split("</table>", maxsplit=1)[0]
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in part.split("<tr>")[1:]]
    return {re.sub("<[^>]*>", "", row[0]): row[1:] for row in rows if len(row) == 8 and row[1] != "收到"}


@pytest.mark.parametrize("count", [90, pytest.param(3000, marks=pytest.mark.long)])
def test_pages_figures_and_open_data_are_those_of_the_ledger(tmp_path: Path, count: int) -> None:
    rows = made_up(count)
    folder = new_cluster(tmp_path / "c", {**SITES, PLACE: ledger(rows)})
    built = folder.build(today=TODAY, jobs=2)
    assert built.diagnostics == []
    public = [row for row in rows if not row["visibility"]]
    known = {row["number"]: counted(row) for row in public}
    client = Client(built, "jilin", "https://www.jl.example")
    records = [record for record in client.articles if record["kind"] == "letter"]
    valid = validator("article")
    for record in records:
        valid.validate(record)

    # every public letter can be written again from the column's table
    table_json, table_csv = (client.get(url) for url in client.site["letters"])
    listed = json.loads(table_json)
    valid = validator("letter")
    for one in listed:
        valid.validate(one)
    again = {row["number"]: cells_of(letter_of(row)) for row in listed}
    assert again == {row["number"]: row for row in public}
    lines = list(csv.DictReader(io.StringIO(table_csv.decode("utf-8-sig"), newline="")))
    assert {row["number"]: cells_of(letter_of(row)) for row in lines} == again

    # each has a page; its state and its days are those of the day
    for record in records:
        row, html = (
            known[record["number"]],
            built.html("jilin", record["url"].removeprefix("https://www.jl.example/")),
        )
        assert ("逾期未答复" in html or "三个月以上未答复" in html) == row["late"]
        assert row["taken"] is None or f"实际用时 {row['taken']} 个工作日" in html
        assert ("逾期答复" in html) == (row["taken"] is not None and not row["in_time"])
        assert "<b>*" not in html and "&lt;b&gt;*" in html
    hidden = {row["subject"] for row in rows if row["visibility"]}
    assert hidden
    for path, data in built.files().items():
        if path.endswith((".html", ".jsonl", ".json", ".csv", ".atom")):
            assert hidden.isdisjoint(re.findall(r"第\d+封来信", data.decode())), path

    # the lists have all of them, the newest first
    pages = range(1, -(-len(public) // 20) + 1)
    lists = [built.html("jilin", f"zxts/index{'' if n == 1 else f'_{n}'}.html") for n in pages]
    subjects = [s for html in lists for s in re.findall(r'<a href="[^"]*">(第\d+封来信)</a>', html)]
    assert sorted(subjects) == sorted(row["subject"] for row in public)
    assert subjects == [record["title"] for record in client.column("zxts")]

    # the figures, by unit and as a whole
    html = built.html("jilin", "zxts/index.statistics.html")
    assert f"共 {len(public)} 封；不公开的来信不计算在内" in html
    shown = table(html, "按承办单位")
    for unit in {row["unit"] for row in public}:
        mine = [known[row["number"]] for row in public if row["unit"] == unit]
        taken = sorted(one["taken"] for one in mine if one["taken"] is not None)
        late, in_time = sum(one["late"] for one in mine), sum(one["in_time"] for one in mine)
        decided = len(taken) + late
        assert shown[unit][:4] == [str(len(mine)), str(len(taken)), str(late), f"{in_time / decided:.1%}"]
        low, high = (float(part.rstrip("%")) / 100 for part in shown[unit][4].split("–"))
        for bound in (low, high):  # Wilson's bounds solve (p - bound)² = z² bound (1 - bound) / n
            gap = (in_time / decided - bound) ** 2 - 1.96**2 * bound * (1 - bound) / decided
            assert abs(gap) < 2e-3 or bound in (0, 1)
        assert float(shown[unit][5]) == (taken[(len(taken) - 1) // 2] + taken[len(taken) // 2]) / 2
        assert (
            sum(n <= int(shown[unit][6]) for n in taken)
            >= 0.9 * len(taken)
            > sum(n < int(shown[unit][6]) for n in taken)
        )
    compared, _, few = html.split("<h2>按承办单位</h2>")[1].split("</table>")[0].partition("合计不足 20 封")
    names = [name for name, cells in shown.items() if f">{name}<" in compared]
    shares = [float(shown[name][3].rstrip("%")) for name in names]
    assert shares == sorted(shares, reverse=True)
    assert all(int(cells[1]) + int(cells[2]) < 20 for name, cells in shown.items() if f">{name}<" in few)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> ClusterFolder:
    """Thirty letters and a hand-written one; built and edited by the tests in turn."""
    return new_cluster(tmp_path_factory.mktemp("letters") / "c", {**SITES, PLACE: ledger(made_up(30))})


def changed(after: Built, before: dict[str, bytes]) -> set[str]:
    files = after.files()
    return {path for path in files.keys() | before.keys() if files.get(path) != before.get(path)}


def test_an_edit_of_a_row_changes_only_the_pages_that_show_it(small: ClusterFolder) -> None:
    rows = made_up(30)
    before = small.build(today=TODAY)
    first = before.files()
    row = next(row for row in rows if row["reply"] and not row["visibility"])
    small.write({PLACE: ledger([one if one is not row else {**row, "reply": "改过的答复"} for one in rows])})
    edited = changed(small.build(today=TODAY), first)
    [page] = [path for path in edited if path.endswith(".html")]
    assert "改过的答复" in before.output.joinpath(page).read_text("utf-8")
    tables = {"jilin/api/letters/zxts.csv", "jilin/api/letters/zxts.json"}
    data = {"jilin/api/site.json", f"jilin/api/articles-{row['replied'][:4]}.jsonl"}
    assert {path for path in edited if not path.startswith(("jilin/search/", "_cluster/"))} == {page} | tables | data
    small.write({PLACE: ledger(rows).replace(row["subject"], "改名的来信")})
    after = small.build(today=TODAY)
    html = {path for path in changed(after, first) if path.endswith(".html")}
    assert html == {path for path in html if "改名的来信" in after.files()[path].decode()}
    clean = small.build("--no-cache", today=TODAY, output=small.root / "clean").files()
    assert {p: d for p, d in after.files().items() if "_cluster" not in p} == {
        p: d for p, d in clean.items() if "_cluster" not in p
    }


def test_a_letter_is_late_the_day_after_its_last_without_an_edit(small: ClusterFolder) -> None:
    small.write({PLACE: "number,received,subject,unit\nA1,2026-11-02,公交线路,甲局\nA2,2026-11-19,路灯,甲局\n"})
    states = {}
    for day in ("2026-11-02", "2026-11-11", "2026-11-12", "2027-02-02", "2027-02-03"):
        built = small.build(today=day)
        [html] = [
            d.decode()
            for p, d in built.files().items()
            if p.startswith("jilin/zxts/") and b"<h1>\xe5\x85\xac\xe4\xba\xa4" in d
        ]
        states[day] = re.search(r'<span class="state [a-z]+">(.*?)</span>', html)[1]  # type: ignore[index]
        assert states[day] in built.html("jilin", "zxts/")
    assert states == {
        "2026-11-02": "已收到", "2026-11-11": "已收到", "2026-11-12": "逾期未答复", "2027-02-02": "逾期未答复",
        "2027-02-03": "三个月以上未答复",
    }  # fmt: skip
    assert "收到三个月以上没有答复" in html
    clean = small.build("--no-cache", today=day, output=small.root / "clean").files()
    pages = {path for path in clean if path.startswith("jilin/zxts/")}
    assert {path: clean[path] for path in pages} == {path: built.files()[path] for path in pages}


def test_a_bad_row_is_withheld_alone_with_its_line(small: ClusterFolder) -> None:
    head = "number,received,subject,text,reply,replied\n"
    rows = [
        "A1,2026-11-02,一,好,答,2026-11-03",
        'A2,2026-11-02,二,"请打\n13912345678",,',
        "A3,2026-11-02,三,我叫赵大明,,",
        "A4,2026-11-02,四,=cmd|x,,",
        "A5,2026-11-02,五,好,长的答复.md,2026-11-03",
        "A6,2026-11-02,六,好,没有.md,2026-11-03",
        'A7,2026-11-02,七,"没有配对,,',
        "A8,2026-11-02,八,好,答,2026-11-30",
        "A9,2026-11-02,九,好,见[公告](../tzgg/a.md),2026-11-03",
    ]
    small.write(
        {
            PLACE: head + "\n".join(rows) + "\n",
            "content/jilin/zxts/长的答复.md": "见[公告](../tzgg/a.md)。\n\n| 一 | 二 |\n|---|---|\n| 1 | 2 |\n",
        }
    )
    built = small.build(today=TODAY)
    told = [(d["path"], d["line"], d["rule"], d["message"]) for d in built.diagnostics if d["severity"] == "error"]
    assert told == [
        (PLACE, 3, "privacy-mobile", "出现手机号码 139****5678"),
        (PLACE, 5, "letter-row", "「来信」里有人的姓名"),
        (PLACE, 6, "letter-row", "「来信」以 = 开头，表格软件会当作公式"),
        (PLACE, 8, "letter-row", "答复文件 没有.md 不存在"),
        (PLACE, 9, "letter-row", "从这里起引号没有配对"),
        (PLACE, 10, "date-future", "发布日期 2026-11-30 00:00 还没有到（现在是 2026-11-20 00:00）"),
    ]
    titles = re.findall(
        r"<h1>(.)</h1>",
        "".join(d.decode() for p, d in built.files().items() if re.match(r"jilin/zxts/\w{12}\.html", p)),
    )
    assert sorted(titles) == sorted("一五九")
    html = "".join(d.decode() for p, d in built.files().items() if b"<h1>\xe4\xba\x94</h1>" in d)
    assert '<a href="../tzgg/a.html"' in html and "<td>2</td>" in html
    assert not [p for p in built.files() if "长的答复" in p]
    before = built.files()
    small.write({"content/jilin/zxts/长的答复.md": "短了。\n"})
    after = changed(small.build(today=TODAY), before)
    assert len([path for path in after if path.endswith(".html")]) == 1
    small.remove("content/jilin/zxts/长的答复.md")


def test_a_ledger_may_be_yaml(small: ClusterFolder) -> None:
    small.remove(PLACE)
    text = "- number: Y1\n  received: 2026-11-02\n  标题: 一封\n  text: |\n    一行\n    两行\n"
    text += "- number: Y2\n  received: 昨天\n  subject: 坏的\n- 坏\n"
    small.write({"content/jilin/zxts/letters.yaml": text})
    built = small.build(today=TODAY)
    assert [(d["path"], d["line"], d["message"]) for d in built.diagnostics] == [
        ("content/jilin/zxts/letters.yaml", 7, "「收到」昨天 不是日期"),
        ("content/jilin/zxts/letters.yaml", 10, "这一行不是「列: 值」的形式"),
    ]
    [html] = [d.decode() for p, d in built.files().items() if "<h1>一封</h1>".encode() in d]
    assert "<p>一行</p>\n<p>两行</p>" in html
    small.remove("content/jilin/zxts/letters.yaml")


def test_filters_work_in_the_page_and_axe_finds_nothing(small: ClusterFolder, browser: Any) -> None:
    rows = [row | {"visibility": ""} for row in made_up(30)]
    small.write({PLACE: ledger(rows)})
    built = small.build(today=TODAY)
    letter = next(path for path in built.files() if re.fullmatch(r"jilin/zxts/[a-z2-7]{12}.html", path)).partition("/")[
        2
    ]
    with served(built.output / "jilin") as address:
        page = browser.new_page(viewport={"width": 390, "height": 800})
        for path in ("zxts/index.statistics.html", letter, "zxts/"):
            page.goto(f"{address}/{path}")
            for fold in page.locator("main details").all():
                fold.evaluate("one => one.open = true")
            assert not [(v["id"], v["nodes"][0]["html"]) for v in axe(page)], path
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        page.click("[data-facet=unit] [data-value='甲局']")
        mine = [row for row in rows if row["unit"] == "甲局"]
        page.wait_for_selector(f".library-status:text('{len(mine)} 封来信')")
        name = page.locator(".documents li a").first.inner_text()
        drawn = page.locator(".documents li").first.evaluate("one => one.outerHTML")
        static = next(one for one in built.html("jilin", "zxts/").split("<li ") if f">{name}</a>" in one)
        assert " ".join(drawn.removeprefix("<li ").split()) == " ".join(static.partition("</li>")[0].split()) + "</li>"
        page.click("[data-facet=category] [data-value='投诉']")
        page.wait_for_selector(f".library-status:text('{sum(row['kind'] == '投诉' for row in mine)} 封来信')")
        page.close()


def test_no_cell_runs_where_a_table_is_opened(small: ClusterFolder) -> None:
    """A row whose cell begins like a formula is refused; a reply from a file is text to a spreadsheet."""
    rows, files = [], {}
    for n, sign in enumerate(FORMULA[:4]):
        row = made_up(1)[0] | {"visibility": "", "waits": "", "replied": "2026-11-19"}
        rows += [row | {"number": f"G{n}", "reply": f"g{n}.md"}, row | {"number": f"B{n}", "unit": f"{sign}1+1"}]
        files[f"content/jilin/zxts/g{n}.md"] = f"{sign}1+1\n"
    small.write({**files, PLACE: ledger(rows)})
    built = small.build(today=TODAY)
    assert [(d["rule"], d["line"]) for d in built.diagnostics] == [("letter-row", n) for n in (4, 8, 12, 16)]
    table = (built.output / "jilin/api/letters/zxts.csv").read_text("utf-8-sig")
    cells = [cell for line in csv.reader(io.StringIO(table, newline="")) for cell in line]
    assert sorted(cell for cell in cells if cell.endswith("1+1")) == sorted(f"'{sign}1+1" for sign in FORMULA[:4])
    assert not [cell for cell in cells if cell.startswith(FORMULA)]
    small.remove(*files)


HOSTILE = st.text(st.sampled_from("ab好 。\n\t\"'`*_#<>&[](){}|~!-+=:.1\\/$^"), max_size=40)


@given(HOSTILE)
def test_a_cell_is_shown_as_it_was_typed(text: str) -> None:
    """No Markdown, no HTML: the page has the words of the cell, a line a paragraph, and no element that it made."""
    lines = [" ".join(line.split()) for line in text.split("\n") if line.strip()]
    for html in {python_markdown(plain_text(text)), convert(plain_text(text))[0]}:
        assert set(re.findall(r"<[^>]*>", html)) <= {"<p>", "</p>"}
        shown = [" ".join(unescape(part).split()) for part in re.findall(r"<p>(.*?)</p>", html, re.DOTALL)]
        assert shown == lines


@given(HOSTILE, HOSTILE)
def test_a_cell_says_nothing_of_the_article_but_its_own_field(subject: str, unit: str) -> None:
    head = split(
        front_matter(
            {"title": subject, "kind": "letter", "unit": unit, "review": {"final": {"by": unit, "date": "2026-11-20"}}}
        )
    )
    given_ = {"title": " ".join(subject.split()), "unit": " ".join(unit.split())}
    assert {key: head.values.get(key, "") for key in given_} == given_
    assert head.values.keys() <= {"title", "kind", "unit", "review"}
    assert head.values["review"] == {"final": {"by": given_["unit"], "date": "2026-11-20"}}


@given(st.lists(st.tuples(HOSTILE, HOSTILE), max_size=4), st.integers(0, 200))
def test_whatever_a_ledger_holds_each_row_is_read_or_refused(rows: list[tuple[str, str]], cut: int) -> None:
    """Any table is read to its end; a whole one gives back its rows, one cut or broken never raises."""
    cells = [
        row | {"number": f"N{n}", "subject": a or "题", "text": b}
        for n, (a, b) in enumerate(rows)
        if (row := made_up(1)[0])
    ]
    text = ledger(cells)
    read = [row for row in table_of(text.encode(), "letters.csv", LEDGER) if isinstance(row, Row)]
    assert [(row.key, row.cells["text"]) for row in read] == [(row["number"], row["text"].strip()) for row in cells]
    for broken in (text[: len(text) - cut], text[cut:], text.replace('"', "", 1)):
        for source in sources(broken.encode(), "letters.csv", LEDGER, lambda _: None):
            assert source.fault is None or (source.fault.message and source.fault.hint)
