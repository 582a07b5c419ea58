"""Tables from data: CSV, XLSX and YAML files of a site, shown, downloaded, sorted and filtered."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser

from jiyue.base.cells import BadTable, read_cells
from tests.support.browser import axe, served
from tests.support.cluster import Built, new_cluster
from tests.support.editions import declared, kept_open
from tests.support.page_kinds import picture

HEAD = "---\ntitle: 部门预算\ndate: 2026-11-20\nslug: a\n---\n"
ROWS = "".join(f'项目{n},"{n * 1000 % 7000:,}.50",2026-0{n % 9 + 1}-01\n' for n in range(1, 12))


def workbook(cells: dict[str, object], part: str = "", changes: dict[str, str] | None = None) -> bytes:
    """An XLSX whose second sheet is the first that is shown. part: one in which changes (old -> new) are made."""
    book, made, spoilt = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    book.worksheets[0].sheet_state = "hidden"
    sheet = book.create_sheet("表")
    for place, value in cells.items():
        sheet[place] = value
        sheet[place].number_format = "0.0%" if place[0] == "D" else sheet[place].number_format
    book.save(made)
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(spoilt, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            for old, new in (changes or {}).items() if name == part else ():
                data = data.replace(old.encode(), new.encode())
            target.writestr(name, data)
    return spoilt.getvalue()


CELLS: dict[str, object] = {
    "A1": "数量", "B1": "日期", "D1": "比例", "A3": 2.50, "B3": datetime(2026, 11, 20), "D3": 0.125, "A4": True,
}  # fmt: skip
BOOK = workbook(CELLS)
LAUGHS = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise("abcdefghij"))
BOMB = {"<worksheet": f'<!DOCTYPE w [<!ENTITY a "ha">{LAUGHS}]><worksheet', "MARK": "&j;"}


def test_a_workbook_reads_as_it_is_shown() -> None:
    assert read_cells("a.xlsx", BOOK) == [
        (1, ["数量", "日期", "", "比例"]),
        (3, ["2.5", "2026-11-20", "", "12.5%"]),
        (4, ["是", "", "", ""]),
    ]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("- [市州, 办结]\n- [长春市, 0.10]\n", [["市州", "办结"], ["长春市", "0.10"]]),
        ("- {市州: 长春市, 办结: 1}\n- 市州: 吉林市\n", [["市州", "办结"], ["长春市", "1"], ["吉林市", ""]]),
    ],
)
def test_yaml_is_a_list_of_rows(text: str, rows: list[list[str]]) -> None:
    assert [cells for _, cells in read_cells("a.yaml", text.encode())] == rows


@pytest.mark.parametrize(
    ("name", "data", "line", "message"),
    [
        ("a.xlsx", b"PK\x03\x04", 1, "不是可以读的 XLSX"),
        ("a.xlsx", workbook({"A1": "MARK"}, "xl/worksheets/sheet2.xml", BOMB), 1, "不是可以读的 XLSX"),
        ("a.xlsx", workbook(CELLS, "xl/workbook.xml", {"visible\" r:id": "hidden\" r:id"}), 1, "不是可以读的 XLSX"),
        ("a.xlsx", workbook({"ZZZ1": 1}), 1, "表格超过 200 列"),
        ("a.yaml", "甲: 1\n".encode(), 1, "不是一个列表"),
        ("a.yaml", "- [甲]\n- {乙: [1]}\n".encode(), 2, "单元格里还有列表"),
        ("a.yaml", "- [甲\n".encode(), 2, "YAML 读不出来"),
        ("a.csv", "甲,乙\n1,2\n\"3,4\n".encode(), 3, "这里的引号没有配对"),
        ("a.csv", b"\xff", 1, "第 1 个字节起不是 UTF-8"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_says_why(name: str, data: bytes, line: int, message: str) -> None:
    with pytest.raises(BadTable) as problem:
        read_cells(name, data)
    assert problem.value.line == line
    assert message in problem.value.message or name == "a.csv"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    body = (
        "```table\ntitle: 收支总表\nunit: 万元\nfile: b.csv\n```\n\n```table\ntitle: 工作簿\nfile: b.xlsx\n```\n\n"
        "```chart\ntitle: 图\nfile: b.yaml\n```\n\n```table\ntitle: 小表\n\n<b>甲,乙\n1,=2\n```\n"
    )
    bad = "```table\ntitle: 坏表\nfile: c.csv\n```\n\n```table\n甲,乙\n```\n"
    folder = "content/jilin/gk"
    files: dict[str, str | bytes] = {
        f"{folder}/a.md": HEAD + body,
        f"{folder}/b.csv": f"项目,预算数,日期\n{ROWS}",
        f"{folder}/b.xlsx": BOOK,
        f"{folder}/b.yaml": "- [市州, 办结]\n- [长春市, 10]\n",
        f"{folder}/bad.md": HEAD.replace("slug: a", "slug: bad") + bad,
        f"{folder}/c.csv": "甲,乙\n1,2,3\n",
    }
    return new_cluster(tmp_path_factory.mktemp("tables"), files).build()


def test_tables_stand_in_the_page_with_their_download(built: Built) -> None:
    page = built.html("jilin", "gk/a.html")
    assert '<th scope="col" class="n">预算数</th>' in page
    assert '<td>项目1</td><td class="n">1,000.50</td>' in page
    assert '<a href="b.csv" download="收支总表.csv">下载数据（CSV）</a>' in page
    assert '<a href="b.xlsx" download="工作簿.xlsx">下载数据（XLSX）</a>' in page
    assert '<td>2.5</td><td>2026-11-20</td><td></td><td class="n">12.5%</td>' in page
    assert '<th scope="row">长春市</th><td>10</td>' in page
    assert "&lt;b&gt;甲" in page
    assert "language-table" not in page


def test_the_files_of_tables_and_charts_are_attachments_of_the_record(built: Built) -> None:
    lines = (built.output / "jilin/api/articles-2026.jsonl").read_text("utf-8").splitlines()
    records = {record["url"].rpartition("/")[2]: record for record in map(json.loads, lines)}
    assert [one["name"] for one in records["a.html"]["attachments"]] == ["b.csv", "b.xlsx", "b.yaml"]


def test_a_bad_table_is_reported_by_line_and_costs_nothing_else(built: Built) -> None:
    found = [
        (d["path"].rpartition("/")[2], d["line"], d["message"]) for d in built.diagnostics if d["rule"] == "table-data"
    ]
    assert found == [
        ("bad.md", 12, "表格没有标题"),
        ("c.csv", 2, "content/jilin/gk/bad.md 的表格：这一行有 3 列，表头有 2 列"),
    ]
    assert "部门预算" in built.html("jilin", "gk/bad.html")


def test_a_table_sorts_and_filters(built: Built, browser: Browser) -> None:
    with served(built.output / "jilin") as base:
        page = browser.new_page()
        page.goto(f"{base}/gk/a.html")
        table = page.locator(".data-table").first
        head = table.get_by_role("button", name="预算数")
        first = table.locator("tbody tr:visible td").first
        head.click()
        assert first.inner_text() == "项目7"  # 0.50, the least
        head.click()
        assert (first.inner_text(), table.locator("[aria-sort=descending]").count()) == ("项目6", 1)
        table.get_by_role("searchbox").fill("项目11")
        assert table.locator("tbody tr:visible").count() == 1
        assert table.get_by_role("status").inner_text() == "1 行"
        assert axe(page) == []
        page.close()


def test_an_institution_shows_its_leaders_as_it_gives_them(tmp_path: Path) -> None:
    text = (
        HEAD.replace("---\n", "---\nlayout: leaders\nfunctions: [管预算, 管决算]\n", 1).replace("slug: a\n---", "slug: a\nposts:\n"
        "  - {post: 厅长, name: 演示姓名, picture: tu.png, duties: 主持工作, resume: 一段}\n  - {post: 副厅长, picture: meiyou.png}\n---")
    )  # fmt: skip
    built = new_cluster(tmp_path, {"content/jilin/jgzn/a.md": text, "content/jilin/jgzn/tu.png": picture()}).build()
    page = built.html("jilin", "jgzn/a.html")
    assert "<li>管决算</li>" in page
    assert '<h2>厅长 <span class="name">演示姓名</span></h2>' in page
    assert page.count('src="../jgzn/tu.png"') == 1
    assert "<summary>简历</summary><p>一段</p>" in page
    assert [d["line"] for d in built.diagnostics if d["rule"] == "link-missing"] == [9]


def test_each_of_several_tables_is_a_place_with_a_name_of_its_own(tmp_path: Path) -> None:
    """A screen reader lists the places of a page by their names; one table alone needs no number."""
    table = "| 甲 | 乙 |\n|---|---|\n| 1 | 2 |\n\n"
    folder = new_cluster(
        tmp_path,
        {
            "sites/cluster.yaml": "name: x\nroot: cc\nsearch: off\n",
            "sites/cc.yaml": "name: 长春\nkind: county\nurl: https://cc.example\nlanguages: [zh-CN, en]\n"
            "columns: [{path: hexin}]\n" + declared("en"),
            **kept_open("cc", "en"),
            "content/cc/a/a.md": f"{HEAD}{table}文。\n\n<table><tr><td>丙</td></tr></table>\n\n{table}",
            "content/cc/a/a.en.md": f"{HEAD.replace('部门预算', 'Budget')}lang: en\n---\n{table}text\n\n{table}".replace(
                "slug: a\n---\nlang", "slug: e\nlang"
            ),
            "content/cc/a/one.md": f"{HEAD.replace('slug: a', 'slug: one')}{table}",
        },
    )
    built = folder.build()
    assert re.findall(r'role="region" aria-label="([^"]*)"', built.html("cc", "a/a.html")) == [
        "表格 1",
        "表格 2",
        "表格 3",
    ]
    assert re.findall(r'role="region" aria-label="([^"]*)"', built.html("cc", "a/one.html")) == ["表格"]
    [english] = [path for path in built.files() if path.endswith("/e.html")]
    assert re.findall(r'role="region" aria-label="([^"]*)"', built.files()[english].decode()) == ["Table 1", "Table 2"]
