"""Charts: drawings, messages, and that a faulty chart affects nothing else in its article."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from jiyue.catalogue.blocks import TYPES, BadBlock, Block, blocks
from jiyue.catalogue.blocks import split as split_block
from jiyue.catalogue.charts import Chart, chart
from jiyue.render.charts import figure, svg
from jiyue.render.data_blocks import draw
from jiyue.render.markdown import convert
from tests.support.browser import axe, served
from tests.support.cluster import Built, ClusterFolder

Build = Callable[..., Built]

SITES = {
    "sites/cluster.yaml": "name: 站群\nroot: jilin\n",
    "sites/jilin.yaml": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n",
}
HEAD = "---\ntitle: 第三季度来信情况\ndate: 2026-11-20\nslug: a\n---\n"
BLOCK = "```chart\ntype: bar\ntitle: 各市州办结来信\nunit: 件\n\n市州,办结\n长春,320\n吉林,118\n```\n"


def split(text: str) -> Block:
    return split_block("chart", text)


def made(text: str) -> Chart:
    return chart(split(text))


def drawn(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg(made(text), "chart-1"))


def test_a_block_becomes_a_chart_with_its_table_and_download(build_site: Build) -> None:
    page = build_site({**SITES, "content/jilin/yw/a.md": f"{HEAD}见图。\n\n{BLOCK}\n完。\n"}).html("jilin", "yw/a.html")
    assert '<title id="chart-1-t">各市州办结来信</title>' in page
    assert ">2 项；最大 320件（长春），最小 118件（吉林）</desc>" in page
    assert '<th scope="row">长春</th><td>320</td>' in page
    assert 'href="data:text/csv;charset=utf-8,%EF%BB%BF市州,办结%0D%0A长春,320%0D%0A吉林,118%0D%0A"' in page
    assert 'download="各市州办结来信.csv"' in page
    assert "language-chart" not in page


@pytest.mark.parametrize("kind", ["grouped", "stacked", "line"])
def test_each_series_has_a_pattern_of_its_own(kind: str) -> None:
    text = f"type: {kind}\ntitle: 来信\n\n季度,收到,办结\n一季度,12,10\n二季度,20,20\n"
    found = svg(made(text), "chart-1")
    marks = re.findall(r'fill="url\(#chart-1-2\)"|class="l2"', found)
    assert marks
    assert 'class="c1"' in found or 'class="l1"' in found
    ElementTree.fromstring(found)


def test_bars_are_as_long_as_their_values() -> None:
    root = drawn("type: bar\ntitle: 甲\n\n区,数\na,100\nb,50\nc,\nd,-25\n")
    rects = [{k: float(v) for k, v in r.attrib.items() if k in ("x", "width")} for r in root.iter("rect")]
    assert len(rects) == 3
    assert rects[1]["width"] == pytest.approx(rects[0]["width"] / 2, abs=0.02)
    assert rects[2]["width"] == pytest.approx(rects[0]["width"] / 4, abs=0.02)
    assert rects[2]["x"] + rects[2]["width"] == pytest.approx(rects[0]["x"], abs=0.02)


def test_the_slices_of_a_pie_make_a_whole() -> None:
    root = drawn("type: pie\ntitle: 甲\n\n类别,件\n咨询,50\n投诉,25\n建议,25\n")
    paths = [p.attrib["d"] for p in root.iter("path") if p.attrib["d"].startswith("M72 72")]
    corners = [tuple(map(float, re.findall(r"[\d.]+", d)))[2:4] for d in paths]
    turns = [math.degrees(math.atan2(x - 72, 72 - y)) % 360 for x, y in corners]
    assert turns == pytest.approx([0, 180, 270], abs=0.1)
    assert [t.text for t in root.iter("text")] == ["咨询 50（50.0%）", "投诉 25（25.0%）", "建议 25（25.0%）"]


def test_twelve_bars_are_small() -> None:
    rows = "".join(f"{name}市人民政府,{n * 37}\n" for n, name in enumerate("长吉四辽通白松延梅公珲敦", 1))
    assert len(svg(made(f"type: bar\ntitle: 各市办结\nunit: 件\n\n市,办结\n{rows}"), "chart-1").encode()) < 3000


BAD = [
    ("type: bar\n\na,b\nx,1\n", 1, "图表没有标题", "加一行，如 title: 各市州办结来信"),
    ("type: bra\ntitle: 甲\n\na,b\nx,1\n", 1, "没有「bra」这种图", "是否想写 bar？"),
    ("title: 甲\ncolour: 1\n\na,b\nx,1\n", 2, "不认识「colour」",
     "可以写：type（图型）、title（标题）、description（说明）、unit（单位）、file（文件）"),
    ("title: 甲\n", 2, "图表没有数据", "第一行写表头，如「市州,办结」，下面每行一项，如「长春,320」"),
    ("title: 甲\n\na,b\nx,很多\n", 4, "「很多」不是数字", "只写数字，如 1234.5；单位写在 unit 一行；没有数字就留空"),
    ("title: 甲\n\na,b\nx,1\ny,1,2\n", 5, "这一行有 3 列，表头有 2 列", "补上或者删去逗号；没有数字的格子留空"),
    ("type: pie\ntitle: 甲\n\na,b\n" + "x,1\n" * 6, 10, "饼图有 6 份，最多 5 份", "合并小的，或者改为 type: bar"),
    ("type: stacked\ntitle: 甲\n\na,b,c\nx,-1,2\n", 4, "堆积条形图里有负数", "负数用条形图：type: bar"),
    ('title: 甲\n\na,b\n"x,1\n', 4, "这里的引号没有配对", '单元格里有引号时写两个：""'),
    ("title: 甲\nfile: a.csv\n\na,b\nx,1\n", 4, "既写了文件，又写了数据", "两者只留其一：删去 file 一行，或者删去下面的数据"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "message", "hint"), BAD)
def test_what_is_wrong_is_told_by_line_with_a_remedy(text: str, line: int, message: str, hint: str) -> None:
    with pytest.raises(BadBlock) as raised:
        made(text)
    assert (raised.value.line, raised.value.message, raised.value.hint) == (line, message, hint)


def test_a_bad_chart_is_left_out_and_its_article_goes_out(build_site: Build) -> None:
    bad = BLOCK.replace("118", "一百")
    built = build_site({**SITES, "content/jilin/yw/a.md": f"{HEAD}\n前文。\n\n{bad}\n{BLOCK}\n后文。\n"})
    page = built.html("jilin", "yw/a.html")
    assert "前文。" in page
    assert "后文。" in page
    assert page.count("<svg viewBox") == page.count('<svg class="narrow"') == 1
    assert "一百" not in page
    [found] = [d for d in built.diagnostics if d["rule"] == "chart-data"]
    assert (found["path"], found["line"], found["severity"]) == ("content/jilin/yw/a.md", 16, "warning")
    assert found["message"] == "「一百」不是数字"
    assert built.exit_code == 0


def test_a_file_beside_the_article_is_read_published_and_told_by_its_own_line(build_site: Build) -> None:
    block = "```chart\ntitle: 办结\nfile: {}\n```\n"
    built = build_site(
        {
            **SITES,
            "content/jilin/yw/a.md": HEAD + block.format("办结.csv") + "\n" + block.format("坏.csv"),
            "content/jilin/yw/办结.csv": '市州,办结\n长春,"1,320"\n',
            "content/jilin/yw/坏.csv": "市州,办结\n长春,1\n吉林,x\n",
        }
    )
    page = built.html("jilin", "yw/a.html")
    assert page.count("<svg viewBox") == page.count('<svg class="narrow"') == 1
    assert '<th scope="row">长春</th><td>1,320</td>' in page
    assert 'href="%E5%8A%9E%E7%BB%93.csv" download="办结.csv"' in page
    assert "jilin/yw/办结.csv" in built.files()
    [record] = map(json.loads, (built.output / "jilin/api/articles-2026.jsonl").read_text("utf-8").splitlines())
    assert [file["name"] for file in record["attachments"]] == ["办结.csv", "坏.csv"]
    [found] = [d for d in built.diagnostics if d["rule"] == "chart-data"]
    assert (found["path"], found["line"]) == ("content/jilin/yw/坏.csv", 3)
    assert found["message"] == "content/jilin/yw/a.md 的图表：「x」不是数字"


def test_a_chart_is_drawn_again_when_its_file_changes_and_only_then(new_folder: Callable[..., ClusterFolder]) -> None:
    folder = new_folder(
        {
            **SITES,
            "content/jilin/yw/a.md": HEAD + "```chart\ntitle: 办结\nfile: a.csv\n```\n",
            "content/jilin/yw/a.csv": "市州,办结\n长春,1320\n",
        }
    )
    assert "<td>1320</td>" in folder.build().html("jilin", "yw/a.html")
    folder.write({"content/jilin/yw/a.csv": "市州,办结\n长春,1321\n"})
    again = folder.build()
    assert "<td>1321</td>" in again.html("jilin", "yw/a.html")
    assert folder.build("--no-cache").html("jilin", "yw/a.html") == again.html("jilin", "yw/a.html")


def test_a_chart_of_the_front_matter_stands_below_the_text(build_site: Build) -> None:
    more = "slug: a\ncharts:\n  - {title: 办结, file: a.csv, unit: 件}\n  - {title: 坏的, file: b.csv}\n"
    files = {"content/jilin/yw/a.csv": "市州,办结\n长春,320\n", "content/jilin/yw/b.csv": "市州,办结\n长春,多\n"}
    built = build_site({**SITES, **files, "content/jilin/yw/a.md": HEAD.replace("slug: a\n", more) + "正文在前。\n"})
    page = built.html("jilin", "yw/a.html")
    assert page.index("正文在前。") < page.index('<title id="chart-1-t">办结</title>')
    assert page.count("<svg viewBox") == page.count('<svg class="narrow"') == 1
    assert "jilin/yw/a.csv" in built.files()
    [found] = [d for d in built.diagnostics if d["rule"] == "chart-data"]
    assert (found["path"], found["line"]) == ("content/jilin/yw/b.csv", 2)


@pytest.mark.parametrize("state", ["status: draft\n", "status: draft\ntitel: x\n", "publish_at: 2099-01-01\n"])
def test_a_front_matter_chart_of_what_is_not_public_is_not_published(build_site: Build, state: str) -> None:
    text = HEAD.replace("slug: a\n", f"slug: a\n{state}charts: [{{title: 办结, file: a.csv}}]\n") + "正文\n"
    built = build_site({**SITES, "content/jilin/yw/a.md": text, "content/jilin/yw/a.csv": "市州,办结\n长春,1\n"})
    assert not [path for path in built.files() if path.endswith("a.csv")]


def test_a_file_of_an_article_that_is_not_public_is_not_published(build_site: Build) -> None:
    text = HEAD.replace("slug: a\n", "slug: a\npublish_at: 2099-01-01\n") + "```chart\ntitle: 办结\nfile: a.csv\n```\n"
    built = build_site({**SITES, "content/jilin/yw/a.md": text, "content/jilin/yw/a.csv": "市州,办结\n长春,1\n"})
    assert not [path for path in built.files() if path.endswith("a.csv")]


def test_a_pushed_chart_shows_its_own_data_and_leads_to_those_of_a_file(build_site: Build) -> None:
    text = (
        HEAD.replace("slug: a\n", "slug: a\npush_down: all\n") + BLOCK + "\n```chart\ntitle: 办结\nfile: a.csv\n```\n"
    )
    below = "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n"
    column = "columns:\n  - {path: yw, name: 要闻, type: 工作动态}\n"
    files = {"content/jilin/yw/a.csv": "市州,办结\n长春,320\n", "sites/cc.yaml": below + column}
    files["sites/jilin.yaml"] = SITES["sites/jilin.yaml"] + column
    built = build_site({**SITES, **files, "content/jilin/yw/a.md": text})
    [page] = [p.read_text("utf-8") for p in (built.output / "cc/yw").glob("*.html") if p.stem != "index"]
    assert page.count("<svg viewBox") == page.count('<svg class="narrow"') == 1
    assert '<p><a href="https://www.jl.example/yw/a.html" rel="noopener noreferrer">办结</a></p>' in page


def test_both_converters_give_the_same_chart() -> None:
    quickly, quick_way = convert(BLOCK)
    slowly, other_way = convert(BLOCK + "\n<!-- x -->\n")
    assert (quick_way, other_way) == (True, False)
    assert draw(quickly) == draw(slowly).strip()
    assert "<svg" in draw(quickly)


def test_an_example_of_a_block_is_no_chart() -> None:
    assert draw(convert("````\n" + BLOCK + "````\n")[0]).count("<svg") == 0


def test_nothing_of_the_data_is_markup() -> None:
    text = 'title: <b>"&\n\n<i>,=1+1\n<script>,1\n'
    found = figure(made(text), "chart-1")
    ElementTree.fromstring(found)
    assert "<script" not in found
    assert "<b>" not in found
    assert "%27=1+1" in found


EVERY = "".join(
    f"```chart\ntype: {kind}\ntitle: {name}\n\n季度,收到{more}\n一季度,12{more and ',10'}\n二季度,20{more and ',20'}\n```\n\n"
    for kind, name, more in (
        ("bar", "甲", ""),
        ("grouped", "乙", ",办结"),
        ("stacked", "丙", ",办结"),
        ("line", "丁", ",办结"),
        ("pie", "戊", ""),
    )
)


@pytest.mark.parametrize("mode", ["light", "dark", "elder", "print"])
def test_charts_are_accessible_and_fit_in_every_mode(build_site: Build, browser: Browser, mode: str) -> None:
    built = build_site({**SITES, "content/jilin/yw/a.md": HEAD + EVERY})
    with served(built.output / "jilin") as address:
        for width in (390, 1280):
            page = browser.new_page(
                viewport={"width": width, "height": 900}, color_scheme="dark" if mode == "dark" else "light"
            )
            page.goto(f"{address}/yw/a.html")
            if mode == "elder":
                page.evaluate(
                    "Object.assign(document.documentElement.dataset, {elder: 'on', font: '3', contrast: 'high'})"
                )
            page.emulate_media(media="print" if mode == "print" else "screen")
            page.evaluate("document.querySelectorAll('.chart details').forEach(d => d.open = true)")
            assert page.locator(".chart svg:visible").count() == 5
            wide = "[...document.querySelectorAll('.chart > .table-scroll')].filter(e => e.scrollWidth > e.clientWidth).length"
            assert page.evaluate(wide) == 0, "a drawing has to be scrolled"
            assert axe(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            page.close()


cells = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
numbers = st.one_of(st.none(), st.integers(-(10**9), 10**9), st.floats(-1e9, 1e9))


@given(st.sampled_from(sorted(TYPES)), cells, st.lists(st.tuples(cells, numbers, numbers), max_size=70))
def test_whatever_is_written_is_a_chart_or_a_finding(kind: str, title: str, rows: list[tuple[object, ...]]) -> None:
    lines = "\n".join(",".join("" if c is None else str(c) for c in row) for row in rows)
    text = f"type: {kind}\ntitle: {title}\n\n甲,乙,丙\n{lines}\n"
    for _, inside, position in blocks(f"```chart\n{text}```\n"):
        assert position == len("```chart\n")
        try:
            ready = made(inside)
        except BadBlock as problem:
            assert problem.line >= 1
            assert problem.hint
            continue
        root = ElementTree.fromstring(figure(ready, "chart-1"))
        for element in root.iter():
            for value in element.attrib.values():
                assert "nan" not in value
                assert "inf" not in value
