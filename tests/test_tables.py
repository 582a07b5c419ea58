"""Tables from data: CSV, XLSX and YAML files beside an article, shown, downloaded, sorted and filtered."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from jiyue.base.cells import BadTable, read_cells
from tests.support.browser import axe, served
from tests.support.cluster import Built, new_cluster
from tests.support.page_kinds import picture

HEAD = "---\ntitle: 部门预算\ndate: 2026-11-20\nslug: a\n---\n"
ROWS = "".join(f'项目{n},"{n * 1000 % 7000:,}.50",2026-0{n % 9 + 1}-01\n' for n in range(1, 12))
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def workbook(sheet: str, strings: str = "", states: str = "") -> bytes:
    """An XLSX whose second sheet in the file is the first that is shown."""
    sheets = f'<sheet name="藏" sheetId="1" state="hidden" r:id="r1"/><sheet name="表" sheetId="2" {states} r:id="r2"/>'
    parts = {
        "[Content_Types].xml": "<T x='spreadsheetml'/>",
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{REL}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<R><Q Id="r1" Target="worksheets/sheet1.xml"/><Q Id="r2" Target="worksheets/sheet2.xml"/></R>',
        "xl/sharedStrings.xml": f"<sst {MAIN}>{strings}</sst>",
        "xl/styles.xml": f'<styleSheet {MAIN}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="10"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f"<worksheet {MAIN}><sheetData/></worksheet>",
        "xl/worksheets/sheet2.xml": f"<worksheet {MAIN}><sheetData>{sheet}</sheetData></worksheet>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        for name, text in parts.items():
            book.writestr(name, text)
    return out.getvalue()


SHEET = (
    '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>日期</t></is></c><c r="D1" t="str"><v>比例</v></c></row>'
    '<row r="3"><c r="A3"><f>1+1</f><v>2.50</v></c><c r="B3" s="1"><v>46346</v></c><c r="D3" s="2"><v>0.125</v></c></row>'
    '<row r="4"><c r="A4" t="b"><v>1</v></c></row>'
)
BOOK = workbook(SHEET, "<si><t>数</t><r><t>量</t></r></si>")


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
        ("a.xlsx", workbook('<!DOCTYPE x [<!ENTITY e "e">]>'), 1, "不是可以读的 XLSX"),
        ("a.xlsx", workbook(SHEET, states='state="hidden"'), 1, "不是可以读的 XLSX"),
        ("a.xlsx", workbook('<row r="1"><c r="ZZZ1"><v>1</v></c></row>'), 1, "表格超过 200 列"),
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
