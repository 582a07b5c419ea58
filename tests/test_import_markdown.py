"""`jiyue import markdown`: real texts when JIYUE_REAL_TEXTS names them, small ones of each shape, and any bytes."""

from __future__ import annotations

import csv
import html
import os
import re
from datetime import UTC, datetime
from datetime import date as date_type
from pathlib import Path
from typing import Any

import markdown
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jiyue.base.diagnostics import Severity
from jiyue.catalogue.models import KINDS
from jiyue.importers import clutter, dates, official
from jiyue.importers.article import read_article
from jiyue.importers.markdown import import_markdown
from jiyue.importers.phrases import squeeze
from jiyue.importers.reading import MAX_BYTES, clean_lines, decode, text_files
from jiyue.importers.report import ImportReport
from tests.support.cases import cases_folder

TODAY = datetime(2026, 11, 23, 12, 0)


def run(source: Path, root: Path, today: datetime = TODAY, *, official: bool = False) -> ImportReport:
    return import_markdown(source, root, "demo", "flfg", today=today, official=official)


def parse(path: Path) -> tuple[dict[str, Any], str]:
    front, body = re.fullmatch(r"---\n(.*?)^---\n(.*)", path.read_text("utf-8"), re.DOTALL | re.MULTILINE).groups()  # type: ignore[union-attr]
    fields = yaml.safe_load(front)
    assert fields.pop("migrated").keys() == {"from", "at"}
    return fields, body.strip("\n")


def one(tmp_path: Path, text: str | bytes, name: str = "a.md", today: datetime = TODAY) -> tuple[dict[str, Any], str]:
    """The only article that comes of the only file."""
    source = tmp_path / "in"
    path = source / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    report = run(source, tmp_path, today)
    assert [found.source for found in report.written] == [name], report.diagnostics
    return parse(tmp_path / report.written[0].target)


def refused(tmp_path: Path, text: str | bytes, name: str = "a.md") -> tuple[str, str, int]:
    """Rule, message and line of the only diagnostic about a file that becomes no article."""
    source = tmp_path / "in"
    source.mkdir(exist_ok=True)
    (source / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    report = run(source, tmp_path)
    assert not report.written
    [found] = report.diagnostics
    assert found.path == name
    assert found.hint
    assert found.site == "demo"
    return found.rule, found.message, found.line


def rendered(body: str) -> str:
    """The words a reader sees."""
    page = markdown.markdown(body, extensions=["extra", "admonition", "sane_lists"])
    return html.unescape(re.sub(r"<[^>]+>", "", page))


# --- Real texts


@pytest.fixture(scope="module")
def documents() -> Path:
    folder = os.environ.get("JIYUE_REAL_TEXTS")
    if not folder:
        pytest.skip("JIYUE_REAL_TEXTS is not set: no real texts here")
    return Path(folder) / "documents"


@pytest.fixture(scope="module")
def imported(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[ImportReport, Path]:
    root = tmp_path_factory.mktemp("cluster")
    return run(documents, root), root


def table(documents: Path, folder: str) -> dict[str, dict[str, str]]:
    with (documents / folder / "manifest.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["path"].removeprefix("documents/"): row for row in csv.DictReader(file)}


# A title cut short by the list it was taken from, and a mark of validity that is no part of it.
TITLES_BY_HAND = {
    "web-pages/015.txt": "浙江省人民政府关于印发浙江省盐业体制改革实施方案的通知",
    "web-pages/017.txt": "批转省经贸委、纺织总会关于纺织行业深化改革调整结构扭亏解困若干意见的通知",
}
# last_amended_line of these two is their closing article; the dates are those of their promulgation lines.
DATES_BY_HAND = {
    "laws-vuepress/economic/urban-maintenance-and-construction-tax-law/README.md": "2020-08-11",
    "laws-vuepress/economic/vessel-tonnage-tax-law/README.md": "2018-10-26",
}


def test_real_texts_are_imported_or_explained(documents: Path, imported: tuple[ImportReport, Path]) -> None:
    report, root = imported
    sources = [path.relative_to(documents).as_posix() for path in text_files(documents, root)]
    assert len(sources) == 261
    done = [article.source for article in report.written]
    assert len(done) >= 250
    refused = {found.path for found in report.diagnostics if found.severity is Severity.ERROR}
    assert sorted(sources) == sorted({*done, *refused})
    assert len({article.target for article in report.written}) == len(done)


def test_real_titles_and_dates_are_those_of_the_tables(documents: Path, imported: tuple[ImportReport, Path]) -> None:
    report, root = imported
    rows = {
        path: row
        for name in ("regulations", "laws-vuepress", "web-pages")
        for path, row in table(documents, name).items()
    }
    wrong = []
    for article in report.written:
        row = rows[article.source]
        title = TITLES_BY_HAND.get(article.source) or row.get("h1") or row["title"]
        law = row.get("last_amended_line", "")
        # Six texts are older versions than the table's publish_date; the date in their names is that of the text.
        expected = row.get("date_in_filename") or row.get("publish_date") or DATES_BY_HAND.get(article.source)
        if expected is None:
            year, month, day = re.match(r"(\d+)年(\d+)月(\d+)日", law).groups()  # type: ignore[union-attr]
            expected = f"{year}-{int(month):02}-{int(day):02}"
        front, _ = parse(root / article.target)
        assert front["title"] == article.title
        if squeeze(article.title) != squeeze(title) or f"{article.date:%Y-%m-%d}" != expected:
            wrong.append((article.source, article.title, title, article.date, expected))
    assert wrong == []
    older = {
        path
        for path, row in rows.items()
        if row.get("date_in_filename", row.get("publish_date")) != row.get("publish_date")
    }
    assert len(older) == 6
    assert {found.path for found in report.diagnostics if found.rule == "import-dates-differ"} == older


def test_real_texts_without_their_tables(documents: Path, tmp_path: Path) -> None:
    """Headings, file names and promulgation lines alone carry the two Markdown folders."""
    source = tmp_path / "in"
    for path in text_files(documents, tmp_path):
        if path.suffix == ".md":
            copy = source / path.relative_to(documents)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    report = run(source, tmp_path)
    assert len(report.written) == 235
    assert report.diagnostics == []


REMOVED_FROM_WEB_PAGES = """
字号：   大   中   小
分享：
字号：   大   中   小
分享：
扫一扫在手机打开当前页
[放大字体] [缩小字体] [打印] [关闭窗口] [返回顶部]
索引号： 000014349/2016-712118 主题分类： 综合政务
发布机构： 省政府办公厅 成文日期： 2016-12-28
文号： 浙政发〔2016〕49号 文件登记号： ZJSP00-2016-0032
有效性： 有效
日期：2016-12-28 12:18
来源： 省政府办公厅
浏览次数： 2096
字体：[ 大 中 小]
打印 关闭
浏览次数：
打印本页
关闭
扫一扫在手机打开当前页
扫一扫在手机打开当前页
扫一扫分享本页
发布日期：2008-04-25
下载
"""


def test_nothing_of_the_real_texts_is_lost(documents: Path) -> None:
    """A page shows every character of its source, except a repeated title and the clutter listed above."""
    removed = []
    for path in text_files(documents, documents / "none"):
        lines = clean_lines(decode(path.read_bytes()).text or "")
        plain = path.suffix == ".txt"
        rows = table(documents, "web-pages") if plain else {}
        row = rows.get(path.relative_to(documents).as_posix(), {})
        stem = path.stem if "(" in path.stem else f"{path.stem}(2020-01-01)"
        article = read_article(lines, row, stem, plain=plain, now=TODAY)
        dropped = [line.strip() for at, line in enumerate(lines, 1) if at in article.dropped and line.strip()]
        if plain:
            said = [line for line in dropped if not clutter.is_clutter(line) and not clutter.fields_of(line)]
            assert squeeze("".join(said)) in {"", squeeze(article.title)}
            removed += [line for line in dropped if line not in said]
        else:
            assert not re.search(r"[\u4e00-\u9fff]", "".join(dropped).replace(article.title, "")) or (
                squeeze("".join(dropped)).replace("#", "").count(squeeze(article.title)) == 2
            )
        kept = "\n".join(line for at, line in enumerate(lines, 1) if at not in article.dropped)
        kept = kept if plain else re.sub(r"<[^>]+>|[#*]", "", kept)
        shown = rendered(article.body)
        assert squeeze(html.unescape(kept)) == squeeze(shown if plain else shown.replace("*", "")), path
    assert removed == REMOVED_FROM_WEB_PAGES.strip().split("\n")


# --- The shapes, small


def test_front_matter_comes_first(tmp_path: Path) -> None:
    text = '---\ntitle: "通知：第一号"\ndate: 2022-04-01T23:30:00+00:00\nsource: 省政府办公厅\ntags: [a]\n---\n'
    text += "\n# 别的标题\n\n正文。\n"
    front, body = one(tmp_path, text, "2019-01-01-x.md")
    assert front == {"title": "通知：第一号", "date": "2022-04-02 07:30", "source": "省政府办公厅"}
    assert body == "## 别的标题\n\n正文。"


def test_toml_front_matter(tmp_path: Path) -> None:
    front, body = one(tmp_path, '+++\ntitle = "通知"\ndate = 2022-04-01\n+++\n正文。\n')
    assert (front["title"], str(front["date"]), body) == ("通知", "2022-04-01", "正文。")


def test_regulation_with_promulgation_lines(tmp_path: Path) -> None:
    text = (
        "# 教育督导条例\n\n2012年8月29日 国务院第215次常务会议通过\n2012年9月9日 中华人民共和国国务院令第624号公布\n"
        "2012年10月1日 施行\n\n<!-- INFO END -->\n\n## 第一章 总则\n\n　　第一条 为了保证。\n第二条 适用。\n"
    )
    front, body = one(tmp_path, text)
    assert front == {"title": "教育督导条例", "date": datetime(2012, 9, 9).date(), "source": "国务院"}
    assert body == (
        "2012年8月29日 国务院第215次常务会议通过\n\n2012年9月9日 中华人民共和国国务院令第624号公布\n\n"
        "2012年10月1日 施行\n\n## 第一章 总则\n\n第一条 为了保证。\n\n第二条 适用。"
    )


def test_the_date_in_the_name_dates_the_version(tmp_path: Path) -> None:
    front, _ = one(
        tmp_path, "# 护士条例\n\n2008年1月31日 国务院令第517号公布\n\n第一条 为了。\n", "护士条例(2020-03-27).md"
    )
    assert str(front["date"]) == "2020-03-27"


def test_vuepress_law(tmp_path: Path) -> None:
    text = (
        "---\nsidebar: auto\n---\n\n# 中华人民共和国船舶吨税法\n\n"
        "2017年12月27日第十二届全国人民代表大会常务委员会第三十一次会议通过\n\n"
        "根据2018年10月26日第十三届全国人民代表大会常务委员会第六次会议《关于修改〈野生动物保护法〉等法律的决定》修正\n\n"
        "**第一条**　自2018年7月1日起施行。2011年12月5日国务院公布的条例同时废止。\n\n"
        "<style>\n.a { x: y }\n</style>\n\n<table></table>\n"
    )
    front, body = one(tmp_path, text, "law/README.md")
    assert front == {
        "title": "中华人民共和国船舶吨税法",
        "date": datetime(2018, 10, 26).date(),
        "source": "全国人民代表大会常务委员会",
    }
    assert "style" not in body
    assert body.endswith("<table></table>")


WEB_PAGE = """索引号： 000014349/2016-712118 主题分类： 综合政务
发布机构： 省政府办公厅 成文日期： 2016-12-27
浙江省人民政府关于
印发改革方案的通知
日期：2016-12-28 12:18
字体：[ 大 中 小]
浙政发[2016]49号
各市人民政府：
　　现印发给你们。联系 a_b*c* <1> \\\\\\(甲\\\\\\)。
1. 第一件
浙江省人民政府
二○一六年十二月二十七日
改革方案
第一章　总　则
第一条　下载
下载
浙江省人民政府关于印发改革方案的通知.pdf
打印 关闭
"""


def test_web_page(tmp_path: Path) -> None:
    front, body = one(tmp_path, WEB_PAGE, "001.txt")
    assert front == {
        "title": "浙江省人民政府关于印发改革方案的通知",
        "date": "2016-12-28 12:18",
        "source": "省政府办公厅",
        "doc_number": "浙政发〔2016〕49号",
    }
    assert body.split("\n\n") == [
        "浙政发[2016]49号",
        "各市人民政府：",
        r"现印发给你们。联系 a_b\*c\* &lt;1> (甲)。",
        r"1\. 第一件",
        "浙江省人民政府",
        "二○一六年十二月二十七日",
        "改革方案",
        "## 第一章　总　则",
        "第一条　下载",
        "浙江省人民政府关于印发改革方案的通知.pdf",
    ]


def test_signature_gives_date_and_source(tmp_path: Path) -> None:
    text = (
        "关于税收政策的通知\n沪财法[2007]9号\n各区县：\n请执行。\n上海市财政局\n上海市国家税务局\n二ＯО七年二月六日\n"
    )
    front, _ = one(tmp_path, text, "020.txt")
    assert front == {
        "title": "关于税收政策的通知",
        "date": datetime(2007, 2, 6).date(),
        "source": "上海市财政局、上海市国家税务局",
        "doc_number": "沪财法〔2007〕9号",
    }


def test_table_above_the_files(tmp_path: Path) -> None:
    source = tmp_path / "in"
    (source / "a").mkdir(parents=True)
    (source / "manifest.csv").write_text(
        "path,title,issue_date,publish_date,main_issuer\n"
        "old/a/1.txt,批转省经贸委意见...,2001-01-01,2001-02-03,北京\n"
        "old/a/2.txt,[有效]关于乙的通知,2002-01-01,,商务部\n",
        encoding="utf-8-sig",
    )
    (source / "a" / "1.txt").write_text("批转省经贸委\n意见的通知\n各市：\n请执行。\n", "utf-8")
    (source / "a" / "2.txt").write_text("各市：\n请执行。\n", "utf-8")
    report = run(source, tmp_path)
    assert [parse(tmp_path / article.target) for article in report.written] == [
        ({"title": "批转省经贸委意见的通知", "date": datetime(2001, 2, 3).date()}, "各市：\n\n请执行。"),
        ({"title": "关于乙的通知", "date": datetime(2002, 1, 1).date(), "source": "商务部"}, "各市：\n\n请执行。"),
    ]
    assert report.diagnostics == []


def test_repealed_texts_are_pointed_out(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "manifest.csv").write_text(
        "path,title,date,expired\na.md,甲办法,2001-01-01,1\nb.md,乙办法,2001-01-01,0\n"
    )
    for name in "ab":
        (source / f"{name}.md").write_text("正文。\n", "utf-8")
    (source / "c.md").write_text("# （已废止）丙办法\n\n2001-01-01\n", "utf-8")
    found = run(source, tmp_path).diagnostics
    assert [(note.path, note.rule) for note in found] == [("a.md", "import-repealed"), ("c.md", "import-repealed")]


PAGE = """索引号： 000014349/2020-00012 主题分类： 综合政务
发文机关： 某市财政局 成文日期： 2020年3月4日
标题： 某市财政局关于印发《甲办法》的通知
发文字号： 某财〔2020〕5号 发布日期： 2020年3月9日
有效性： 废止 废止日期： 2024年1月1日

各区财政局：
第一条 为了甲，制定本办法。
第二条 本办法自2020年4月1日起施行。2011年1月1日起施行的《乙办法》同时废止。
"""
ORDER = """# 丙条例

2010年1月2日 国务院第99次常务会议通过
2010年1月8日 中华人民共和国国务院令第566号公布
2018年9月18日 国务院令第703号修订

第一条 为了丙，制定本条例。
第二条 本条例自公布之日起施行。
"""
DAY = date_type.fromisoformat


@pytest.mark.parametrize(
    ("text", "row", "expected"),
    [
        pytest.param(PAGE, "", {
            "doc_number": "某财〔2020〕5号", "index_no": "000014349/2020-00012", "issuer": "某市财政局", "topic": "综合政务",
            "genre": "通知", "created": DAY("2020-03-04"), "effective": DAY("2020-04-01"), "validity": "废止",
            "ended": DAY("2024-01-01"),
        }, id="a page's fields and the text's last article"),
        pytest.param(ORDER, "", {
            "doc_number": "中华人民共和国国务院令第566号", "issuer": "国务院", "created": DAY("2018-09-18"),
            "effective": DAY("2010-01-08"),
        }, id="promulgation lines"),
        pytest.param("# 丁\n\n正文。\n", "丁,2001-02-03,2001-02-01,2001-03-01,2030-12-31,部门规章,1,某某部", {
            "issuer": "某某部", "created": DAY("2001-02-01"), "effective": DAY("2001-03-01"), "valid_until": DAY("2030-12-31"),
            "validity": "失效", "normative": "规章",
        }, id="the table's"),
        pytest.param("# 戊的决定\n\n2001-02-03\n\n本决定说明本办法自此实施的经过。\n", "", {
            "genre": "决定", "created": DAY("2001-02-03"),
        }, id="nothing is guessed"),
    ],
)  # fmt: skip
def test_the_fields_of_official_documents(tmp_path: Path, text: str, row: str, expected: dict[str, Any]) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "a.md").write_text(text, "utf-8")
    head = "path,title,publish_date,issue_date,valid_from,valid_until,level,expired,issuer\n"
    (source / "manifest.csv").write_text(head + (f"a.md,{row}\n" if row else ""), "utf-8")
    report = run(source, tmp_path, official=True)
    fields, _ = parse(tmp_path / report.written[0].target)
    assert fields.pop("kind") == "document"
    assert {name: value for name, value in fields.items() if name in official.LABELS} == expected
    assert report.fields.keys() - {"kind"} == expected.keys()
    assert "import-repealed" not in {finding.rule for finding in report.diagnostics}


def test_real_texts_become_official_documents(documents: Path, tmp_path: Path) -> None:
    report = run(documents, tmp_path, official=True)
    assert report.fields["kind"] == len(report.written) == 261
    enough = {"created": 240, "effective": 232, "issuer": 228, "doc_number": 173, "genre": 24, "validity": 10}
    assert {name: report.fields[name] >= number for name, number in enough.items()} == dict.fromkeys(enough, True)
    repealed = {path for path, row in table(documents, "regulations").items() if row["expired"] == "1"}
    for one in report.written:
        fields, _ = parse(tmp_path / one.target)
        KINDS["document"].model_validate({k: str(v) if isinstance(v, date_type) else v for k, v in fields.items()})
        assert (fields.get("validity") in ("失效", "废止")) == (one.source in repealed or "已废止" in fields["title"])


def test_contents_are_no_headings(tmp_path: Path) -> None:
    text = "关于甲的办法\n2020年1月2日\n目录\n第一章 总则\n第二章 附则\n"
    text += "第一章 总则\n第一条 甲。\n第二章 附则\n第一节 乙\n第二条 丙。\n"
    _, body = one(tmp_path, text, "x.txt")
    assert re.findall(r"^#.*", body, re.MULTILINE) == ["## 第一章 总则", "## 第二章 附则", "### 第一节 乙"]


def test_code_and_lists_stay_as_they_are(tmp_path: Path) -> None:
    body = "甲，\n乙。\n丙。\n\n```\n　x\n<!-- y -->\n# z\n\n\nend\n```\n\n- 一。\n二。\n"
    _, out = one(tmp_path, f"---\ntitle: 标题\ndate: 2020-01-02\n---\n{body}")
    assert out == body.replace("乙。\n丙", "乙。\n\n丙").strip("\n")


# --- What is refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("import-empty", "文件没有正文", 0)),
        ("---\ntitle: 甲\ndate: 2020-01-01\n---\n\n", ("import-empty", "文件没有正文", 0)),
        ("# 关于甲的通知\n\n2020-01-01\n", None),
        ("# 2020年1月1日通知\n", ("import-no-date", "文件头、目录表、正文和文件名中都没有日期", 1)),
        (
            "---\ndate: 2020-01-01\n---\n各位：\n正文。\n",
            ("import-no-title", "文件头、目录表、正文开头和文件名中都没有标题", 1),
        ),
        ("# 关于甲的通知\n\n正文。\n", ("import-no-date", "文件头、目录表、正文和文件名中都没有日期", 1)),
        (
            "---\ntitle: 甲\ndate: 2026-13-40\n---\n正文。\n",
            ("import-no-date", "文件头、目录表、正文和文件名中都没有日期", 1),
        ),
        (
            "---\ntitle: 甲\ndate: 2027-01-01\n---\n正文。\n",
            ("import-no-date", "只找到一个将来的日期（2027-01-01）", 1),
        ),
        (
            "---\ntitle: a: b\n---\n正文。\n",
            ("import-front-matter", "文件头读不出来：mapping values are not allowed here", 2),
        ),
        ("---\n- 甲\n---\n正文。\n", ("import-front-matter", "文件头读不出来：不是“名称: 内容”的形式", 2)),
        (
            "---\ntitle: 甲\ndate: 2020-01-01\ndraft: true\n---\n正文。\n",
            ("import-draft", "来源标明不公开（draft: true）", 0),
        ),
        (
            "繁體字的內容，這個檔案沒有轉換編碼。".encode("big5"),
            ("import-encoding", "不是 UTF-8 文本，看起来是：Big5（繁体）", 0),
        ),
        (b"a\0b", ("import-encoding", "不是 UTF-8 文本，看起来是：二进制文件，不是文本", 0)),
        (b"\xff\xfe\x00", ("import-encoding", "不是 UTF-8 文本，看起来是：UTF-16（已损坏）", 0)),
        (b"\x81\xff\xfe caf\xe9", ("import-encoding", "不是 UTF-8 文本，看起来是：无法辨认的编码", 0)),
        (b"a" * (MAX_BYTES + 1), ("import-too-large", "文件有 4.0 MB，上限是 4 MB", 0)),
    ],
)
def test_refusals(tmp_path: Path, text: str | bytes, expected: tuple[str, str, int] | None) -> None:
    if expected is None:
        front, body = one(tmp_path, text)
        assert (front["title"], body) == ("关于甲的通知", "2020-01-01")
    else:
        assert refused(tmp_path, text) == expected


HIDDEN = [
    *(
        "draft: true",
        "draft: yes",
        "draft: 1",
        "Draft: true",
        "_draft: true",
        "draft: 是",
        "draft: on",
        "published: false",
    ),
    *(
        "publish: no",
        "public: 否",
        "status: draft",
        "Status: Private",
        "status: pending",
        "status: future",
        "status: hidden",
    ),
    *("post_status: trash", "visibility: password", "private: true", "hidden: true", "unlisted: true", "password: abc"),
    *(
        "post password: x",
        "build: {render: never}",
        "_build:\n  render: false",
        "headless: true",
        "状态: 草稿",
        "status: wip",
    ),
    *("公开方式: 依申请公开", "信息公开类别: 不予公开", "publishDate: 2099-01-01", "date: 2099-01-01"),
    *("expiryDate: 2020-01-01", "expires: 2026-11-23", "expiration_date: 改天"),
]
SHOWN = [
    *(
        "draft: false",
        "draft: no",
        "draft:",
        "draft: 0",
        "published: true",
        "published: 2020-01-01",
        "publish: 2020-01-02",
    ),
    *("status: published", "status: Publish", "status: 现行有效", "visibility: public", "hidden: false", "password:"),
    *("公开方式: 主动公开", "build: {list: never, render: always}", "publishDate: 2020-01-01", "expiryDate: never"),
    *("tags: [draft]", "layout: post", "comments: false", "sitemap: false"),
]


@pytest.mark.parametrize("line", HIDDEN)
def test_what_its_source_does_not_show_is_not_imported(tmp_path: Path, line: str) -> None:
    rule, message, _ = refused(tmp_path, f"---\ntitle: 甲\n{line}\n---\n正文。\n", "2026-01-06-a.md")
    assert rule == ("import-expired" if "到期" in message and "看不懂" not in message else "import-draft")


@pytest.mark.parametrize("line", SHOWN)
def test_what_its_source_shows_is_imported(tmp_path: Path, line: str) -> None:
    assert one(tmp_path, f"---\ntitle: 甲\n{line}\n---\n正文。\n", "2026-01-06-a.md")[0]["title"] == "甲"


@pytest.mark.parametrize(
    "head",
    ['+++\ntitle = "甲"\ndraft = true\n+++\n', '{"title": "甲", "draft": true}\n',
     '{\n "title": "甲",\n "draft": true\n}\n', "Title: 甲\nDate: 2026-01-06\nStatus: draft\n\n",
     "title: 甲\npublished: false\n---\n", "\n\n---\ntitle: 甲\ndraft: true\n---\n"],
)  # fmt: skip
def test_every_form_of_front_matter_can_say_draft(tmp_path: Path, head: str) -> None:
    assert refused(tmp_path, f"{head}正文。\n", "2026-01-06-a.md")[0] == "import-draft"
    shown = (
        head.replace("true", "false").replace("Status: draft", "Status: published").replace("published: false", "x: y")
    )
    (tmp_path / "shown").mkdir()
    fields, body = one(tmp_path / "shown", f"{shown}正文。\n", "2026-01-06-a.md")
    assert (fields["title"], f"{fields['date']}", body) == ("甲", "2026-01-06", "正文。")


@pytest.mark.parametrize("folder", ["_drafts", "a/Drafts", "草稿箱", "_private/b"])
def test_folders_of_drafts_are_not_imported(tmp_path: Path, folder: str) -> None:
    (tmp_path / "in" / folder).mkdir(parents=True)
    name = f"{folder}/2026-01-06-a.md"
    assert refused(tmp_path, "# 关于甲的通知\n\n正文。\n", name)[0] == "import-draft"


def test_a_table_can_say_that_a_text_is_not_public(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for row, written in (("依申请公开", 0), ("主动公开", 1), ("200", 1)):
        (tmp_path / "in/manifest.csv").write_text(f"path,公开方式,status\na.md,{row},200\n")
        (tmp_path / "in/a.md").write_text("# 关于甲的通知\n\n正文。\n\n2020-01-01\n")
        assert len(run(tmp_path / "in", tmp_path).written) == written


def test_a_time_to_go_comes_along(tmp_path: Path) -> None:
    text = "---\ntitle: 甲\ndate: 2020-01-01\nexpiryDate: 2027-01-31T08:00:00+08:00\n---\n正文。\n"
    assert one(tmp_path, text)[0]["expires"] == "2027-01-31 08:00"


def test_none_of_a_case_of_drafts_is_imported(tmp_path: Path) -> None:
    report = run(cases_folder() / "69/src", tmp_path, datetime(2026, 11, 23, 12, 0))
    assert not report.written
    assert len(report.diagnostics) == 11
    assert {found.rule for found in report.diagnostics} == {"import-draft", "import-expired"}


def test_missing_folder(tmp_path: Path) -> None:
    [found] = run(tmp_path / "none", tmp_path).diagnostics
    assert (found.rule, found.message) == ("import-source", "这个文件夹不存在")


def test_gb18030_is_taken_with_a_note(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "a.txt").write_bytes("关于甲的通知\n各市：\n请执行。\n2020年1月2日\n".encode("gb18030"))
    report = run(source, tmp_path)
    assert report.written[0].title == "关于甲的通知"
    [note] = report.diagnostics
    assert (note.rule, note.severity) == ("import-converted", Severity.INFO)
    assert note.message == "原文是 GB18030 编码，已转换为 UTF-8"


def test_broken_table_is_reported_once(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "manifest.csv").write_bytes(b"\0")
    for name in "ab":
        (source / f"{name}.md").write_text("# 关于甲的通知\n\n2020年1月2日\n", "utf-8")
    report = run(source, tmp_path)
    assert len(report.written) == 2
    assert [(found.rule, found.path) for found in report.diagnostics] == [("import-manifest", "manifest.csv")]


def test_hidden_files_links_and_own_output_are_passed_over(tmp_path: Path) -> None:
    text = "# 关于甲的通知\n\n2020年1月2日\n"
    for name in ("x/a.md", ".git/b.md", "x/.c.md", "content/demo/flfg/d.md", "x/e.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "link.md").symlink_to(tmp_path / "x/a.md")
    (tmp_path / "folder").symlink_to(tmp_path / "x")
    assert [article.source for article in run(tmp_path, tmp_path).written] == ["x/a.md"]


def test_again_changes_nothing_and_never_overwrites(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "a.md").write_text("# 关于甲的通知\n\n2020年1月2日\n", "utf-8")
    first = run(source, tmp_path)
    target = tmp_path / first.written[0].target
    assert re.fullmatch(r"content/demo/flfg/20200102-[0-9a-f]{8}\.md", first.written[0].target)
    before = target.stat().st_mtime_ns
    assert run(source, tmp_path) == first
    assert target.stat().st_mtime_ns == before
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    target.write_text("改过的文章", "utf-8")
    [found] = run(source, tmp_path).diagnostics
    assert (found.rule, found.message) == ("import-exists", f"{target.name} 已经存在，内容不同，没有覆盖")
    assert target.read_text("utf-8") == "改过的文章"


@pytest.mark.parametrize(
    ("site", "column"), [("..", "a"), ("a/b", "c"), ("", "a"), ("a", "../../b"), ("a", ""), ("a", "/b")]
)
def test_targets_stay_below_content(tmp_path: Path, site: str, column: str) -> None:
    with pytest.raises(ValueError, match="站点"):
        import_markdown(tmp_path, tmp_path, site, column, today=TODAY)


def test_today_may_carry_a_zone(tmp_path: Path) -> None:
    front, _ = one(tmp_path, "# 关于甲的通知\n\n2020年1月2日\n", today=datetime(2020, 1, 1, 17, tzinfo=UTC))
    assert str(front["date"]) == "2020-01-02"


# --- Dates


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019年3月2日", "2019-03-02"),
        ("２０１９ 年 ３ 月 ２ 日", "2019-03-02"),
        ("二○○五年十一月二十一日", "2005-11-21"),
        ("二〇二〇年十月十日", "2020-10-10"),
        ("一九九八年八月三十一日", "1998-08-31"),
        ("二ОО六年六月八日", "2006-06-08"),
        ("2016/12/8", "2016-12-08"),
        ("2016-13-40", None),
        ("二〇二〇年十十月一日", None),
        ("22019-03-02", None),
        ("9999-01-01", None),
    ],
)
def test_dates(text: str, expected: str | None) -> None:
    found = dates.read_date(text)
    assert (found and f"{found:%Y-%m-%d}") == expected


# --- Promises over any input


QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PIECES = st.sampled_from(
    [
        *(
            "---\n",
            "+++\n",
            "# ",
            "title: ",
            "date: 2020-01-02\n",
            "\n",
            "　　",
            "第一章 总则\n",
            "通知\n",
            "2020年1月2日",
        ),
        *(
            "来源：",
            "《",
            "<!--",
            "```\n",
            "&a;",
            "\\\\\\(",
            "|",
            "- ",
            "1. ",
            "[a]: b\n",
            "[a](b)",
            "![a](b)",
            "[TOC]",
            "&",
        ),
        *("*[x]: y", ": ", "<script>", "_", "İ", "{: #x }", "各市：\n", "!!! ", "[^1]: a", "=", "***"),
    ]
)
MIXED = st.lists(PIECES | st.text(max_size=5), max_size=30).map(
    lambda pieces: "".join(pieces).encode("utf-8", "replace")
)
NAMES = st.sampled_from(["a.md", "b.txt", "通知公告(2020-01-02).md"])


@QUIET
@given(data=st.binary(max_size=200) | MIXED, name=NAMES, rows=st.binary(max_size=60))
def test_any_bytes_become_an_article_or_a_diagnostic(
    data: bytes, name: str, rows: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tmp_path = tmp_path_factory.mktemp("any")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(data)
    (tmp_path / "in" / "manifest.csv").write_bytes(rows)
    report = run(tmp_path / "in", tmp_path)
    assert (
        len(report.written)
        + sum(
            found.severity is Severity.ERROR or found.rule in ("import-draft", "import-expired")
            for found in report.diagnostics
        )
        == 1
    )
    for article in report.written:
        front, _ = parse(tmp_path / article.target)
        assert front["title"] == article.title
        assert dates.read_date(str(front["date"])) == article.date.replace(second=0, microsecond=0)
    assert run(tmp_path / "in", tmp_path) == report


@QUIET
@given(
    title=st.text(min_size=1, max_size=60)
    | st.sampled_from(["- a", "a: b # c", "'\"", "😀👨‍👩‍👧", "2020-01-01", "null", "?", "@x", "{{ a }}"])
)
def test_any_title_comes_back(title: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    tmp_path = tmp_path_factory.mktemp("title")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.md").write_text(
        yaml.safe_dump({"title": title, "date": "2020-01-02"}, explicit_start=True) + "---\n正文。\n", "utf-8"
    )
    report = run(tmp_path / "in", tmp_path)
    for article in report.written:
        front, body = parse(tmp_path / article.target)
        assert front["title"] == article.title
        assert squeeze(article.title) == squeeze("".join(clean_lines(title)))
        assert body == "正文。"
    if not report.written:
        assert not squeeze("".join(clean_lines(title)))


@QUIET
@given(st.lists(PIECES | st.text(max_size=8), max_size=20).map("".join))
def test_a_plain_text_shows_as_it_is(text: str) -> None:
    """Nothing in a plain text acts as Markdown (backslashes apart: they may be a copy's, and are undone)."""
    text = "".join(clean_lines(text.replace("\\", "")))
    article = read_article(["关于甲的通知", "各市：", text, "完。"], {}, "x(2020-01-02)", plain=True, now=TODAY)
    assert squeeze(rendered(article.body)) == squeeze(f"各市：{text}完。")
