"""Official documents: validity as of a day, relations across sites, contradictions, and their pages."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from html import escape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiyue.catalogue.links import filter_page
from jiyue.catalogue.migrated import digest_of
from jiyue.catalogue.scaffold import create
from jiyue.catalogue.validity import (
    AMENDED,
    ENDED,
    EXPIRED,
    FUTURE,
    IN_FORCE,
    REPEALED,
    STATES,
    Document,
    Documents,
    normal,
    state,
)
from jiyue.checks.article.anchors import PAGE_IDS
from jiyue.render.places import contents, with_places
from jiyue_plugins.documents import numbered
from tests.support.browser import axe, served
from tests.support.samples import pdf

TODAY = "2026-11-28"


def doc(name: str, site: str = "jilin", **fields: Any) -> Document:
    plain: dict[str, Any] = dict.fromkeys(Document._fields, "")
    names = {key: fields.pop(key) for key in ("replaces", "replaced_by", "amends", "interprets") if key in fields}
    plain |= {
        "source_path": f"content/{site}/zcwj/{name}.md", "site": site, "id": f"{site}-{name}", "kind": "document",
        "title": name, "date": "2026-01-01", "copy": False, "names": names,
    }  # fmt: skip
    return Document(**(plain | fields))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, IN_FORCE),
        ({"effective": TODAY}, IN_FORCE),
        ({"effective": "2026-11-29"}, FUTURE),
        ({"stated": FUTURE}, FUTURE),
        ({"stated": FUTURE, "effective": "2026-11-27"}, IN_FORCE),
        ({"stated": IN_FORCE, "effective": "2027-01-01"}, FUTURE),
        ({"valid_until": TODAY}, IN_FORCE),
        ({"valid_until": "2026-11-27"}, EXPIRED),
        ({"stated": AMENDED}, AMENDED),
        ({"stated": REPEALED, "effective": "2027-01-01"}, REPEALED),
        ({"stated": EXPIRED}, EXPIRED),
    ],
)
def test_validity_follows_from_dates_and_what_ended_for_good(fields: dict[str, str], expected: str) -> None:
    one = doc("a", **fields)
    assert Documents([one], TODAY).validity(one.source_path) == expected


@pytest.mark.parametrize("written", ["content/jilin/zcwj/old.md", "jilin/zcwj/old.md", "jilin-old", "政发[2020] 1号"])
@pytest.mark.parametrize("side", ["replaces", "replaced_by"])
def test_one_direction_is_enough_by_any_name_and_across_sites(written: str, side: str) -> None:
    mine = {"replaces": [written]} if side == "replaces" else {}
    theirs = {"replaced_by": ["fgw-new"]} if side == "replaced_by" else {}
    old = doc("old", date="2020-01-01", doc_number="政发〔2020〕1号", **theirs)
    new = doc("new", "fgw", **mine)
    known = Documents([old, new], TODAY)
    assert known.validity(old.source_path) == REPEALED
    assert known.validity(new.source_path) == IN_FORCE
    assert known.successor(old.source_path) == new
    assert known.history(old.source_path) == known.history(new.source_path) == [old, new]
    assert known.related("replaces", new.source_path) == [old]


def test_a_document_replaces_another_on_the_day_on_which_it_comes_into_force() -> None:
    old, new = doc("old"), doc("new", effective="2026-12-01", replaces=["jilin-old"])
    days = {day: Documents([old, new], day).validity(old.source_path) for day in ("2026-11-30", "2026-12-01")}
    assert days == {"2026-11-30": IN_FORCE, "2026-12-01": REPEALED}


def test_what_was_replaced_stays_so_when_its_successor_is_replaced() -> None:
    first = doc("1", date="2020-01-01")
    second = doc("2", date="2021-01-01", replaces=["jilin-1"])
    third = doc("3", date="2022-01-01", replaces=["jilin-2"])
    known = Documents([third, first, second], TODAY)
    assert [known.validity(one.source_path) for one in (first, second, third)] == [REPEALED, REPEALED, IN_FORCE]
    assert known.successor(first.source_path) == third
    assert known.history(second.source_path) == [first, second, third]


def test_an_amended_document_stays_in_force_under_its_own_name() -> None:
    known = Documents([doc("old"), doc("new", amends=["jilin-old"])], TODAY)
    assert known.validity("content/jilin/zcwj/old.md") == AMENDED
    assert known.successor("content/jilin/zcwj/old.md") is None


def test_two_sites_with_the_same_number_are_not_confused() -> None:
    first, second = doc("a", "cc", doc_number="政发〔2026〕1号"), doc("a", "nong", doc_number="政发〔2026〕1号")
    reader = doc("r", "fgw", replaces=["政发〔2026〕1号"])
    own = doc("o", "cc", replaces=["政发〔2026〕1号"])
    known = Documents([first, second, reader, own], TODAY)
    assert known.related("replaces", reader.source_path) == []
    assert known.related("replaces", own.source_path) == [first]


@st.composite
def _clusters(draw: st.DrawFn) -> list[Document]:
    days = st.sampled_from(["", "2019-01-01", "2026-11-27", "2026-11-28", "2026-11-29", "9999-12-31"])
    made = []
    for n in range(draw(st.integers(1, 7))):
        names = {
            relation: [f"{site}-{m}" for m in draw(st.lists(st.integers(0, 7), max_size=2)) for site in ("jilin", "cc")]
            for relation in draw(st.sets(st.sampled_from(["replaces", "replaced_by", "amends", "interprets"])))
        }
        dates = {key: draw(days) for key in ("created", "effective", "valid_until")}
        made.append(
            doc(
                str(n),
                draw(st.sampled_from(["jilin", "cc"])),
                stated=draw(st.sampled_from(["", *STATES])),
                **dates,
                **names,
            )
        )
    return made


@given(_clusters(), st.randoms())
def test_any_statements_give_one_answer_in_any_order(documents: list[Document], rnd: Any) -> None:
    known = Documents(documents, TODAY)
    answers = {one.source_path: known.validity(one.source_path) for one in documents}
    rnd.shuffle(documents)
    again = Documents(documents, TODAY)
    for one in documents:
        path = one.source_path
        assert answers[path] == again.validity(path) in STATES
        after = known.successor(path)
        assert after == again.successor(path)
        if after:
            assert after is not one and answers[path] in ENDED
        for relation, other in itertools.product(("replaces", "amends", "interprets"), documents):
            inverse = {"replaces": "replaced_by", "amends": "amended_by", "interprets": "interpreted_by"}[relation]
            there = other in known.related(relation, path)
            assert there == (one in known.related(inverse, other.source_path))
            assert not (there and other is one)


def test_numbers_are_read_alike_however_brackets_were_typed() -> None:
    assert {normal(f"吉政发{a}2026{b} 3号") for a, b in ("〔〕", "[]", "［］", "()", "（）", "【】")} == {
        "吉政发〔2026〕3号"
    }


def test_a_state_of_no_date_is_in_force() -> None:
    assert state(doc("a", date=""), TODAY) == IN_FORCE


# -- whole sites ------------------------------------------------------------------------------------------------------

CLUSTER = {
    "sites/cluster.yaml": "name: 群\nroot: jilin\n",
    "sites/jilin.yaml": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n",
    "sites/fgw.yaml": "name: 发改委\nkind: department\nsuperior: jilin\nurl: https://fgw.jl.example\n",
    "sites/cc.yaml": "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n",
}


def article(
    title: str, slug: str, date: str = "2026-11-20", kind: str = "document", body: str = "正文。", **fields: str
) -> str:
    more = "".join(f"{key}: {value}\n" for key, value in fields.items())
    return f"---\ntitle: {title}\ndate: {date}\nkind: {kind}\nslug: {slug}\n{more}---\n{body}\n"


Build = Callable[..., Any]


def findings(built: Any, rule: str) -> list[tuple[str, int, str]]:
    return [(d["path"], d["line"], d["message"]) for d in built.diagnostics if d["rule"] == rule]


@pytest.mark.parametrize(
    ("fields", "line", "message"),
    [
        ({"effective": "2026-12-01", "validity": "现行有效"}, 7, "validity: 写着「现行有效」，施行日期 2026-12-01 还没有到"),
        ({"effective": "2026-11-01", "validity": "尚未施行"}, 7, "validity: 写着「尚未施行」，施行日期 2026-11-01 已经到了"),
        ({"validity": "现行有效", "valid_until": "2026-11-27"}, 6, "validity: 写着「现行有效」，有效期 2026-11-27 已经过了"),
        ({"effective": "2026-11-01", "valid_until": "2026-10-01"}, 7, "valid_until: 有效期至 2026-10-01，早于施行日期 2026-11-01"),
        ({"effective": "2026-12-01", "validity": "废止"}, 7, "validity: 写着「废止」，施行日期 2026-12-01 还没有到"),
    ],
)  # fmt: skip
def test_a_statement_that_dates_contradict_is_a_finding(
    build_site: Build, fields: dict[str, str], line: int, message: str
) -> None:
    built = build_site({**CLUSTER, "content/jilin/zcwj/a.md": article("办法", "a", **fields)}, today=TODAY)
    assert findings(built, "document-validity") == [("content/jilin/zcwj/a.md", line, message)]
    assert built.html("jilin", "zcwj/a.html")


def test_relations_that_lead_nowhere_or_back_are_findings(build_site: Build) -> None:
    built = build_site(
        {
            **CLUSTER,
            "content/jilin/zcwj/a.md": article("甲", "a", replaces="jilin/zcwj/none.md"),
            "content/jilin/zcwj/b.md": article("乙", "b", replaces="jilin/zcwj/b.md"),
            "content/jilin/zcwj/c.md": article("丙", "c", created="2020-01-01", replaces="cc/zcwj/d.md"),
            "content/cc/zcwj/d.md": article("丁", "d", created="2021-01-01"),
            "content/jilin/zcwj/e.md": article("戊", "e", replaces="国发〔2001〕1号"),
            "content/jilin/zcwj/f.md": article("己", "f", validity="现行有效"),
            "content/fgw/zcwj/g.md": article("庚", "g", replaces="jilin/zcwj/f.md"),
        },
        today=TODAY,
    )
    assert findings(built, "document-relation") == [
        ("content/jilin/zcwj/a.md", 6, "replaces: 没有「jilin/zcwj/none.md」这篇文件，或者它没有公开"),
        ("content/jilin/zcwj/b.md", 6, "replaces: 写的是本篇自己"),
        ("content/jilin/zcwj/c.md", 7, "replaces: 《丙》（2020-01-01）比它代替的《丁》（2021-01-01）还早"),
    ]
    assert findings(built, "document-validity") == [
        ("content/jilin/zcwj/f.md", 6, "validity: 写着「现行有效」，但已由《庚》代替（content/fgw/zcwj/g.md）")
    ]


def test_a_repealed_document_leads_to_its_successor_and_both_show_their_history(build_site: Build) -> None:
    built = build_site(
        {
            **CLUSTER,
            "content/jilin/zcwj/old.md": article("旧办法", "old", created="2020-01-01", doc_number="吉政发〔2020〕1号"),
            "content/fgw/zcwj/new.md": article(
                "新办法", "new", created="2026-01-01", doc_number="吉发改〔2026〕2号", replaces="吉政发[2020]1号"
            ),
            "content/cc/zcjd/j.md": article(
                "图解新办法", "j", kind="interpretation", form="图解", interprets="fgw/zcwj/new.md"
            ),
        },
        today=TODAY,
    )
    assert not findings(built, "document-relation")
    old, new = built.html("jilin", "zcwj/old.html"), built.html("fgw", "zcwj/new.html")
    assert '<span class="state ended">废止</span>' in old
    assert (
        '本文件已由新文件代替：<a href="https://fgw.jl.example/zcwj/new.html">新办法</a> <span>吉发改〔2026〕2号</span>'
        in old
    )
    assert '<span class="state good">现行有效</span>' in new
    for html in (old, new):
        history = html.partition('id="history"')[2].partition("</section>")[0]
        assert history.index("旧办法") < history.index("新办法")
        assert "废止" in history and "现行有效" in history
    assert '<strong aria-current="page">旧办法</strong>' in old
    assert '<a href="https://www.jl.example/zcwj/old.html">旧办法</a>' in new
    assert '<a href="https://www.cc.example/zcjd/j.html">图解新办法</a> <span class="tag">图解</span>' in new
    assert '<a href="https://fgw.jl.example/zcwj/new.html">新办法</a>' in built.html("cc", "zcjd/j.html")
    records = [
        line for path, line in built.files().items() if path.endswith("articles-2026.jsonl") and "jilin/" in path
    ]
    assert '"validity": "废止"' in records[0].decode() or '"validity":"废止"' in records[0].decode()


def test_what_is_not_public_neither_replaces_nor_is_shown(build_site: Build) -> None:
    built = build_site(
        {
            **CLUSTER,
            "content/jilin/zcwj/old.md": article("旧办法", "old"),
            "content/fgw/zcwj/new.md": article("新办法", "new", replaces="jilin/zcwj/old.md", publish_at="2026-12-01"),
            "content/cc/zcjd/j.md": article(
                "解读旧办法", "j", kind="interpretation", interprets="jilin/zcwj/old.md", publish_at="2026-12-01"
            ),
        },
        today=TODAY,
    )
    html = built.html("jilin", "zcwj/old.html")
    assert "现行有效" in html and "新办法" not in html and "解读旧办法" not in html


def test_the_clock_and_an_edit_elsewhere_change_only_the_pages_that_show_it(new_folder: Any) -> None:
    made = new_folder(
        {
            **CLUSTER,
            "content/jilin/zcwj/old.md": article("旧办法", "old", topic="卫生"),
            "content/jilin/zcwj/like.md": article("同主题", "like", topic="卫生"),
            "content/jilin/zcwj/other.md": article("无关", "other", topic="交通"),
            "content/jilin/yw/n.md": article("新闻", "n", kind="news"),
            "content/fgw/zcwj/new.md": article("新办法", "new", effective="2026-12-01", replaces="jilin/zcwj/old.md"),
        }
    )
    before = made.build(today=TODAY)
    assert '<span class="state good">现行有效</span>' in before.html("jilin", "zcwj/old.html")
    pages = before.files()
    after = made.build(today="2026-12-01")
    assert '<span class="state ended">废止</span>' in after.html("jilin", "zcwj/old.html")
    pages, last = after.files(), pages
    articles = {
        path for path in changed(pages, last) if path.rpartition("/")[2].count(".") == 1 and "index" not in path
    }
    assert articles == {"jilin/zcwj/old.html", "jilin/zcwj/like.html", "fgw/zcwj/new.html"}
    made.write(
        {"content/fgw/zcwj/new.md": article("新名字", "new", effective="2026-12-01", replaces="jilin/zcwj/old.md")}
    )
    after = made.build(today="2026-12-01")
    pages, last = after.files(), pages
    mine = {path for path in changed(pages, last) if path.startswith("jilin/")}
    assert "jilin/zcwj/old.html" in mine
    assert all("新名字" in pages[path].decode() for path in mine)
    made.remove("content/fgw/zcwj/new.md")
    after = made.build(today="2026-12-02")
    assert "现行有效" in after.html("jilin", "zcwj/old.html") and "新名字" not in after.html("jilin", "zcwj/old.html")
    clean = made.build("--no-cache", today="2026-12-02", output=made.root / "clean")
    assert {path: data for path, data in after.files().items() if "_cluster" not in path} == {
        path: data for path, data in clean.files().items() if "_cluster" not in path
    }


def changed(now: dict[str, bytes], before: dict[str, bytes]) -> set[str]:
    """The pages of documents and lists that differ."""
    return {path for path in now if path.endswith(".html") and "/zcwj/" in path and now[path] != before.get(path)}


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<h2>一、总体 要求</h2>", '<h2 id="一-总体-要求">一、总体 要求</h2>'),
        ("<h2>第二章　附则</h2>", '<h2 id="第二章">第二章　附则</h2>'),
        ("<p>第十二条之一　本办法</p>", '<p id="第十二条之一">第十二条之一　本办法</p>'),
        ("<p><strong>第三条</strong> 甲</p>", '<p id="第三条"><strong>第三条</strong> 甲</p>'),
        ("<p>第三条</p><p>第三条　乙</p>", '<p id="第三条">第三条</p><p id="第三条-2">第三条　乙</p>'),
        ("<p>第三条件不变</p>", "<p>第三条件不变</p>"),
        ("<p>第三章 不是条</p>", "<p>第三章 不是条</p>"),
        ('<h2 id="x">甲</h2><h3>x</h3>', '<h2 id="x">甲</h2><h3 id="x-2">x</h3>'),
        ("<h2>main</h2>", '<h2 id="main-1">main</h2>'),
        ("<h2>——</h2>", "<h2>——</h2>"),
        ("<h2>甲<b>&lt;乙&gt;</b></h2>", '<h2 id="甲-乙">甲<b>&lt;乙&gt;</b></h2>'),
    ],
)
def test_headings_and_articles_have_ids_of_their_own_words(html: str, expected: str) -> None:
    assert with_places(html) == expected


@given(st.lists(st.text('第三条章一、 main<>&"#-', max_size=8), max_size=6))
def test_every_id_stands_once_and_can_be_linked_to(texts: list[str]) -> None:
    html = with_places("".join(f"<h2>{escape(text)}</h2>\n<p>{escape(text)}</p>\n" for text in texts))
    ids = re.findall(r' id="([^"]*)"', html)
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[\w-]+", one) and not PAGE_IDS.fullmatch(one) for one in ids)
    headings = re.findall(r'<h2 id="([^"]*)"', html)
    assert [one["id"] for one in contents(html)] == (headings if html.count("<h2") > 2 else [])


def test_contents_of_three_headings_lead_to_them_and_links_to_places_are_no_finding(build_site: Build) -> None:
    body = (
        "[第三条](#第三条)、[二](#二-乙)、[没有](#第九条)\n\n## 一、甲\n\n第三条　内容。\n\n## 二、乙\n\n### 三、丙\n"
    )
    built = build_site(
        {
            **CLUSTER,
            "content/jilin/zcwj/a.md": article("办法", "a", body=body),
            "content/jilin/yw/b.md": article("新闻", "b", kind="news", body="## 一\n\n## 二\n"),
        },
        today=TODAY,
    )
    html = built.html("jilin", "zcwj/a.html")
    assert '<li class="level-2"><a href="#一-甲">一、甲</a></li>' in html
    assert '<li class="level-3"><a href="#三-丙">三、丙</a></li>' in html
    assert 'id="contents"' not in built.html("jilin", "yw/b.html")
    assert [(d["line"], d["message"]) for d in built.diagnostics if d["rule"] == "link-anchor"] == [
        (7, "「#第九条」的位置不存在")
    ]


def test_interpretations_of_one_document_have_names_of_their_own() -> None:
    labels = ["解读", "图解", "解读", "解读"]
    assert [one["label"] for one in numbered([{"label": label} for label in labels])] == [
        "解读1",
        "图解",
        "解读2",
        "解读3",
    ]


def test_a_red_head_is_shown_where_it_is_asked_for(build_site: Build) -> None:
    red = article("办法", "a", form="red", issuer="某某办公室", doc_number="演示〔2026〕1号")
    built = build_site(
        {**CLUSTER, "content/jilin/zcwj/a.md": red, "content/jilin/zcwj/b.md": article("乙", "b")}, today=TODAY
    )
    assert '<p class="red-title">某某<wbr>办公室文件</p>\n<p class="red-number">演示〔2026〕1号</p>' in built.html(
        "jilin", "zcwj/a.html"
    )
    assert "red-head" not in built.html("jilin", "zcwj/b.html")


def test_a_document_that_lies_beside_its_text_can_be_downloaded(build_site: Build) -> None:
    body = "[办法](20260101-banfa.pdf)、[附表](biao.pdf)"
    built = build_site(
        {
            **CLUSTER,
            "content/jilin/zcwj/20260101-banfa.md": article("办法", "a", body=body),
            "content/jilin/zcwj/20260101-banfa.pdf": pdf("办法"),
            "content/jilin/zcwj/biao.pdf": pdf("附表"),
        },
        today=TODAY,
    )
    html = built.html("jilin", "zcwj/a.html")
    assert re.findall(r'<a class="button" href="([^"]*)" download>([^<]*)</a>', html) == [
        ("../zcwj/20260101-banfa.pdf", "下载 PDF")
    ]


# -- policy libraries -------------------------------------------------------------------------------------------------


def library(count: int) -> dict[str, str]:
    """That many documents of two years, three topics, two organs; every fifth replaced by the one after it."""
    made = {
        f"content/jilin/zcwj/d{n:04}.md": article(
            f"第{n}件文件", f"d{n}", f"{2025 + n % 2}-03-01", created=f"{2025 + n % 2}-02-01", doc_number=f"演示〔{2025 + n % 2}〕{n}号",
            topic=("卫生", "教育", "交通")[n % 3], issuer=("甲办公室", "乙办公室")[n % 2], genre="通知",
            **({"replaces": f"jilin/zcwj/d{n - 1:04}.md"} if n % 5 == 1 and n % 2 else {}),
        )
        for n in range(count)
    }  # fmt: skip
    reading = article("一图读懂", "j", kind="interpretation", form="图解", interprets="jilin/zcwj/d0000.md")
    return {**CLUSTER, **made, "content/jilin/zcjd/j.md": reading}


def links_of(html: str, facet: str) -> dict[str, str]:
    """What a page offers to filter by: label -> address."""
    group = html.partition(f'data-facet="{facet}"')[2].partition("</div>")[0]
    return {
        label: address for address, label in re.findall(r'<a href="([^"]*)" data-value="[^"]*"[^>]*>([^<]*)</a>', group)
    }


def rows_of(html: str) -> list[str]:
    """The titles of a page's list."""
    return re.findall(
        r"<li[^>]*><a[^>]*>([^<]*)</a>", html.partition('<ul class="documents">')[2].partition("</ul>")[0]
    )


def test_a_library_lists_documents_with_what_a_reader_asks_of_them(build_site: Build) -> None:
    html = build_site(library(6), today=TODAY).html("jilin", "zcwj/")
    old = next(row for row in html.split("<li") if ">第0件文件</a>" in row)
    assert ' class="is-ended"' in old and '<span class="state ended">废止</span>' in old
    assert "<span>演示〔2025〕0号</span> <span>甲办公室</span>" in old and '<time datetime="2025-02-01">' in old
    assert '<a href="../zcjd/j.html" title="一图读懂">图解</a>' in old
    assert '<span class="by">由<a href="../zcwj/d1.html">第1件文件</a>代替</span>' in old


def test_every_filter_is_a_list_of_its_own_without_javascript(build_site: Build) -> None:
    built = build_site(library(50), today=TODAY)
    html = built.html("jilin", "zcwj/")
    assert list(links_of(html, "year")) == ["全部", "2026", "2025"]
    assert not links_of(html, "genre")  # one value is no choice
    expected = {
        ("topic", "卫生"): [n for n in range(50) if n % 3 == 0],
        ("organ", "乙办公室"): [n for n in range(50) if n % 2],
        ("year", "2025"): [n for n in range(50) if n % 2 == 0],
        ("validity", "废止"): [n for n in range(50) if n % 10 == 0],
    }
    for (facet, value), numbers in expected.items():
        address = links_of(html, facet)[value]
        found: list[str] = []
        while address:
            page = built.html("jilin", f"zcwj/{address}")
            assert f'data-value="{value}" aria-current="true">{value}</a>' in page
            assert '<meta name="robots" content="noindex,follow">' in page
            found += rows_of(page)
            after = re.search(r'<a href="([^"]*)" rel="next">', page)
            address = after[1] if after else ""
        assert sorted(found) == sorted(f"第{n}件文件" for n in numbers), (facet, value)
    assert "noindex" not in html


def test_a_column_of_news_is_no_library_and_its_lists_are_as_before(build_site: Build) -> None:
    news = {f"content/jilin/yw/{n}.md": article(f"新闻{n}", f"n{n}", kind="news") for n in range(30)}
    built = build_site({**CLUSTER, **news}, today=TODAY)
    assert '<ul class="cards">' in built.html("jilin", "yw/") and built.html("jilin", "yw/index_2.html")
    assert "filters" not in built.html("jilin", "yw/")


def test_an_edit_of_a_document_changes_only_the_lists_that_show_it(new_folder: Any) -> None:
    files = library(50)
    made = new_folder(files)
    first = made.build(today=TODAY).files()
    place = "content/jilin/zcwj/d0003.md"
    made.write({place: files[place].replace("正文。", "改过的正文。")})
    second = made.build(today=TODAY).files()
    assert changed(second, first) == {"jilin/zcwj/d3.html"}
    made.write({place: files[place].replace("第3件文件", "改名的文件")})
    third = made.build(today=TODAY).files()
    shown = {path for path in changed(third, first) if "改名的文件" in third[path].decode()}
    assert changed(third, first) == shown and len(shown) < 20
    clean = made.build("--no-cache", today=TODAY, output=made.root / "clean").files()
    assert {p: d for p, d in third.items() if "_cluster" not in p} == {
        p: d for p, d in clean.items() if "_cluster" not in p
    }


def test_a_link_to_a_filtered_list_is_alive(build_site: Build) -> None:
    name = filter_page("year", "2025", 1)
    link = article("新闻", "n", kind="news", body=f"[2025年的文件](/zcwj/{name})、[没有的栏目](/none/{name})")
    built = build_site({**library(4), "content/jilin/yw/n.md": link}, today=TODAY)
    html = built.html("jilin", "yw/n.html")
    assert f'<a href="../zcwj/{name}" rel="noopener noreferrer">2025年的文件</a>、没有的栏目</p>' in html


def test_filters_and_words_combine_at_once_in_the_page(build_site: Build, browser: Any) -> None:
    built = build_site(library(50), today=TODAY)
    with served(built.output / "jilin") as address:
        page = browser.new_page(viewport={"width": 390, "height": 800})
        page.goto(f"{address}/zcwj/")
        page.click("[data-facet=year] [data-value='2025']")
        page.wait_for_selector(".library-status:text('25 份文件')")
        page.click("[data-facet=topic] [data-value='卫生']")
        page.wait_for_selector(".library-status:text('9 份文件')")
        assert page.locator(".pager").is_hidden()
        page.fill("#q-library", "第12件")
        page.wait_for_selector(".library-status:text('1 份文件')")
        row = page.locator(".documents li")
        static = next(one for one in built.html("jilin", "zcwj/index_2.html").split("<li") if ">第12件文件</a>" in one)
        assert re.sub(r"\s+", " ", row.evaluate("one => one.innerHTML")).strip() == re.sub(
            r"\s+", " ", static.partition(">")[2].partition("</li>")[0]
        ).strip()  # fmt: skip
        page.fill("#q-library", "")
        page.click("[data-facet=year] [data-value='']")
        page.click("[data-facet=topic] [data-value='']")
        page.wait_for_function("document.querySelectorAll('.documents li').length === 20")
        assert page.locator(".pager").is_visible()
        page.close()


def test_the_actions_of_a_document_work(build_site: Build, browser: Any) -> None:
    built = build_site(
        {**CLUSTER, "content/jilin/zcwj/a.md": article("办法", "a", doc_number="演示〔2026〕1号")}, today=TODAY
    )
    with served(built.output / "jilin") as address:
        context = browser.new_context(viewport={"width": 390, "height": 800})
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.goto(f"{address}/zcwj/a.html")
        page.click("[data-do=copy]")
        page.wait_for_selector("[data-do=announced]:text('已复制')", state="attached")
        assert page.evaluate("navigator.clipboard.readText()") == "演示〔2026〕1号"
        page.click("[data-do=bigger]")
        assert page.evaluate("document.documentElement.dataset.font") == "1"
        page.click("[data-do=smaller]")
        assert page.evaluate("document.documentElement.dataset.font") is None
        page.click("[data-do=code]")
        page.wait_for_selector(".actions figure svg")
        page.evaluate("window.print = () => { window.printed = true }")
        page.click("[data-do=print]")
        assert page.evaluate("window.printed")
        context.close()


@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_on_a_library_and_a_document_with_all_its_parts(
    build_site: Build, browser: Any, width: int
) -> None:
    body = "## 一、甲\n\n第一条　甲。\n\n## 二、乙\n\n## 三、丙\n"
    one = article(
        "红头文件",
        "red",
        form="red",
        issuer="甲办公室",
        doc_number="演示〔2026〕9号",
        topic="卫生",
        effective="2026-12-01",
        body=body,
    )
    built = build_site({**library(30), "content/jilin/zcwj/red.md": one}, today=TODAY)
    listed = filter_page("year", "2025", 1)
    with served(built.output / "jilin") as address:
        page = browser.new_page(viewport={"width": width, "height": 800})
        for path in ("zcwj/", f"zcwj/{listed}", "zcwj/red.html", "zcwj/d0.html"):
            page.goto(f"{address}/{path}")
            for fold in page.locator("main details").all():
                fold.evaluate("one => one.open = true")
            assert not [(v["id"], v["nodes"][0]["html"]) for v in axe(page)], path
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.close()


# -- 索引号 -----------------------------------------------------------------------------------------------------------


def test_an_index_number_stands_once_in_the_cluster(build_site: Build) -> None:
    repost = article(
        "转载", "r", index_no="A/2026-00001", repost_of="{name: 省政府, url: 'https://www.jl.example/zcwj/a.html'}"
    )
    built = build_site(
        {
            **CLUSTER,
            "content/jilin/zcwj/a.md": article("甲", "a", index_no="A/2026-00001"),
            "content/jilin/zcwj/b.md": article("乙", "b", index_no="A/2026-00001"),
            "content/jilin/zcwj/c.md": article("丙", "c", index_no="A/2026-00002"),
            "content/cc/zcwj/d.md": article("丁", "d", index_no="A/2026-00002"),
            "content/cc/zcwj/r.md": repost,
            "content/fgw/zcwj/e.md": article("戊", "e", index_no="A/2026-00003"),
        },
        today=TODAY,
    )
    assert sorted(findings(built, "document-index")) == [
        ("content/cc/zcwj/d.md", 6, "index_no: 「A/2026-00002」与 content/jilin/zcwj/c.md 的相同"),
        ("content/jilin/zcwj/b.md", 6, "index_no: 「A/2026-00001」与 content/jilin/zcwj/a.md 的相同"),
    ]
    assert built.html("cc", "zcwj/d.html")


def test_a_new_document_gets_the_next_index_number_of_its_site(new_folder: Any) -> None:
    made = new_folder({**CLUSTER, "sites/jilin.yaml": CLUSTER["sites/jilin.yaml"] + "index_prefix: YS000000001\n"})
    made.write(
        {
            "content/jilin/zcwj/a.md": article("甲", "a", index_no="YS000000001/2026-00041"),
            "content/jilin/zcwj/b.md": article("乙", "b", index_no="YS000000001/2025-00099"),
        }
    )
    for expected in ("YS000000001/2026-00042", "YS000000001/2026-00043"):
        (path,) = create("article", ["jilin", "zcwj"], made.root, name="新办法", kind="document", now=f"{TODAY} 09:00")
        assert f"\nindex_no: {expected}\n" in (made.root / path).read_text("utf-8")


def test_a_document_pushed_down_says_the_same_there_as_at_home(new_folder: Any) -> None:
    made = new_folder(
        {
            **CLUSTER,
            "sites/cc.yaml": CLUSTER["sites/cc.yaml"] + "columns:\n  - {path: zcwj, name: 政策文件, type: 政策文件}\n",
            "sites/jilin.yaml": CLUSTER["sites/jilin.yaml"]
            + "columns:\n  - {path: zcwj, name: 政策文件, type: 政策文件}\n",
            "content/jilin/zcwj/old.md": article("旧办法", "old", push_down="all", effective="2026-11-30"),
            "content/fgw/zcwj/new.md": article("新办法", "new", effective="2026-12-02", replaces="jilin/zcwj/old.md"),
            "content/cc/zcwj/own.md": article("本市办法", "own"),
        }
    )
    for day, word in (("2026-11-29", "尚未施行"), ("2026-11-30", "现行有效"), ("2026-12-02", "废止")):
        built = made.build(today=day)
        (there,) = (
            html
            for path in (built.output / "cc" / "zcwj").glob("*.html")
            if "<h1>旧办法</h1>" in (html := path.read_text("utf-8"))
        )
        for html in (built.html("jilin", "zcwj/old.html"), there):
            assert re.search(rf'<p class="doc-state"><span class="state \w+">{word}</span>', html), (day, word)
        assert ("https://fgw.jl.example/zcwj/new.html" in there) and ("新办法" in there)
        assert f">{word}</span>" in built.html("cc", "zcwj/")


def test_guides_and_documents_of_the_same_topic_stand_below_and_no_others(build_site: Build) -> None:
    built = build_site(
        {
            **CLUSTER,
            "content/jilin/zcwj/a.md": article("甲办法", "a", topic="卫生"),
            "content/jilin/zcwj/b.md": article("乙办法", "b", topic="卫生"),
            "content/jilin/zcwj/c.md": article("丙办法", "c", topic="教育"),
            "content/jilin/zcwj/d.md": article("丁办法", "d"),
            "content/jilin/bsfw/g.md": article("办卫生的事", "g", kind="guide", topic="卫生"),
            "content/jilin/yw/n.md": article("卫生新闻", "n", kind="news", topic="卫生"),
        },
        today=TODAY,
    )
    below = built.html("jilin", "zcwj/a.html").partition('id="related"')[2].partition("</section>")[0]
    assert rows_of(f'<ul class="documents">{below.partition("<ul")[2].partition(">")[2]}') == ["办卫生的事", "乙办法"]
    assert '<span class="tag">办事指南</span>' in below
    assert 'id="related"' not in built.html("jilin", "zcwj/d.html")


@pytest.mark.parametrize(
    ("created", "published", "late"),
    [
        ("2026-09-01", "2026-09-29", False),  # 20 working days: 20 September is worked, 25 to 27 September are free
        ("2026-09-01", "2026-09-30", True),
        ("2026-10-09", "2026-11-05", False),
        ("2026-10-09", "2026-11-06", True),
        ("2026-11-20", "2026-11-20", False),
    ],
)
def test_a_document_published_after_twenty_working_days_is_told(
    build_site: Build, created: str, published: str, late: bool
) -> None:
    made = article("办法", "a", published, created=created)
    built = build_site({**CLUSTER, "content/jilin/zcwj/a.md": made}, today=TODAY)
    found = findings(built, "document-late")
    assert bool(found) is late, found
    if late:
        assert found[0][1] == 3 and f"成文 {created}，应在 " in found[0][2]
        assert built.html("jilin", "zcwj/a.html")


def test_old_documents_and_reposts_are_not_called_late(build_site: Build) -> None:
    repost = "{name: 省政府, url: 'https://www.jl.example/a.html'}"
    old = article("甲", "a", created="2020-01-01", migrated="true")
    built = build_site(
        {
            **CLUSTER,
            "content/jilin/zcwj/a.md": old,
            "sites/migrated/jilin.zcwj.csv": f"path,sha256\ncontent/jilin/zcwj/a.md,{digest_of(old.encode())}\n",
            "content/jilin/zcwj/d.md": article("丁", "d", created="2020-01-01", migrated="true"),
            "content/jilin/zcwj/b.md": article("乙", "b", created="2020-01-01", repost_of=repost),
            "content/jilin/yw/c.md": article("丙", "c", kind="news", created="2020-01-01"),
        },
        today=TODAY,
    )
    # who writes `migrated` without a list of the old site's files has proven nothing
    assert [path for path, *_ in findings(built, "document-late")] == ["content/jilin/zcwj/d.md"]


# -- 年度报告 ----------------------------------------------------------------------------------------------------------


def test_the_first_table_of_an_annual_report_is_counted_from_the_documents(build_site: Build) -> None:
    def one(name: str, created: str, **fields: str) -> dict[str, str]:
        fields = {"normative": "行政规范性文件", **fields}
        return {f"content/jilin/zcwj/{name}.md": article(name, name, f"{created}", created=created, **fields)}

    built = build_site(
        {
            **CLUSTER,
            **one("a", "2023-01-01"),
            **one("b", "2023-02-01"),  # replaced in 2025 by a department's
            **one("c", "2024-01-01", valid_until="2024-12-30"),  # ended before 2025 began
            **one("d", "2024-02-01", validity="废止", ended="2025-06-01"),
            **one("e", "2025-03-01", amends="jilin/zcwj/a.md"),
            **one("f", "2025-04-01", effective="2026-02-01"),
            **one("g", "2026-01-01"),
            **one("h", "2025-05-01", normative="规章"),
            "content/jilin/zcwj/i.md": article("通知", "i", "2025-05-01", created="2025-05-01"),
            "content/fgw/zcwj/j.md": article(
                "部门文件",
                "j",
                "2025-07-01",
                created="2025-07-01",
                replaces="jilin/zcwj/b.md",
                normative="行政规范性文件",
            ),
            "content/jilin/gk/r.md": article("2025 年年报", "r", "2026-01-20", kind="news", annual_report="2025"),
        },
        today=TODAY,
    )
    html = built.html("jilin", "gk/r.html")
    rows = re.findall(r'<tr><th scope="row">(.*?)</th><td>(\d+)</td><td>(\d+)</td><td>(\d+)</td></tr>', html)
    assert rows == [("规章", "1", "0", "1"), ("行政规范性文件", "2", "2", "2")]
    assert "废止失效日期" in built.html("jilin", "zcwj/d.html")


def test_what_is_to_end_on_a_day_is_in_force_until_then(build_site: Build) -> None:
    one = article("办法", "a", validity="废止", ended="2026-12-05")
    for day, word in (("2026-12-04", "现行有效"), ("2026-12-05", "废止")):
        built = build_site({**CLUSTER, "content/jilin/zcwj/a.md": one}, today=day)
        assert f'<span class="state {"ended" if word == "废止" else "good"}">{word}</span>' in built.html(
            "jilin", "zcwj/a.html"
        )
        assert not findings(built, "document-validity")
    wrong = article("办法", "a", ended="2026-12-05")
    built = build_site({**CLUSTER, "content/jilin/zcwj/a.md": wrong}, today=TODAY)
    assert findings(built, "document-validity") == [
        ("content/jilin/zcwj/a.md", 6, "ended: 写了 2026-12-05 废止或失效，validity 却不是")
    ]


def test_a_document_that_needs_an_interpretation_is_reported_until_there_is_one(build_site: Build) -> None:
    def needing(slug: str, needed: str) -> str:
        return article(f"办法{slug}", slug, kind="document", interpretation=needed, created="2026-11-19")

    built = build_site(
        {
            "sites/fgw.yaml": "name: 发改委\nkind: department\nsuperior: jilin\nurl: https://fgw.jl.example\n",
            "content/jilin/zcwj/a.md": needing("a", "required"),
            "content/jilin/zcwj/b.md": needing("b", "{state: required, due: 2026-11-24}"),
            "content/jilin/zcwj/c.md": needing("c", "required"),
            "content/jilin/zcwj/d.md": needing("d", "exempt"),
            "content/jilin/zcwj/e.md": needing("e", "{state: exempt, reason: 只调整文字}"),
            "content/fgw/zcjd/c.md": article("解读", "c", kind="interpretation", interprets="jilin/zcwj/c.md"),
        }
    )
    found = {(d["path"][-4:-3], d["message"]) for d in built.diagnostics if d["rule"] == "document-interpretation"}
    assert found == {
        ("a", "interpretation: 要解读，最迟 2026-11-20，还没有公开的解读"),
        ("d", "interpretation: 不作解读，没有写理由"),
    }
    assert "最迟 2026-11-24 发布解读" in built.html("jilin", "zcwj/b.html")
    assert "不作解读：只调整文字" in built.html("jilin", "zcwj/e.html")
    assert "发布解读" not in built.html("jilin", "zcwj/c.html")


def test_the_way_to_apply_for_information_leads_to_the_platform(build_site: Build) -> None:
    site = "name: 省\nkind: province\nurl: https://www.jl.example\napplication_platform: https://ysq.example/shenqing\n"
    columns = "columns: [{path: ysq, name: 依申请公开, type: 依申请公开}, {path: yw, name: 要闻, type: 工作动态}]\n"
    built = build_site(
        {
            "sites/jilin.yaml": site + columns,
            "content/jilin/ysq/a.md": article("怎样申请", "a"),
            "content/jilin/yw/a.md": article("要闻", "b"),
        }
    )
    button = '<a class="button" href="https://ysq.example/shenqing" rel="noopener noreferrer">在线申请公开</a>'
    assert [button in built.html("jilin", path) for path in ("ysq/", "ysq/a.html", "yw/", "yw/b.html")] == [
        True,
        True,
        False,
        False,
    ]


def test_the_catalogue_lists_the_documents_by_topic(build_site: Build) -> None:
    built = build_site(
        {
            "content/jilin/gk/mulu.md": article("政府信息公开目录", "m", kind="news", catalogue="true"),
            "content/jilin/zcwj/a.md": article(
                "办法", "a", topic="教育", doc_number="演〔2026〕1号", index_no="X/2026-00001"
            ),
            "content/jilin/zcwj/b.md": article("规定", "b", validity="废止"),
            "content/jilin/zcwj/c.md": article("稿子", "c", status="draft"),
        }
    )
    page = built.html("jilin", "gk/m.html")
    assert re.findall(r'<h2 id="topic-\d">([^<]*)</h2>', page) == ["其他", "教育"]
    assert "<span>演〔2026〕1号 X/2026-00001</span>" in page
    assert '<span class="state ended">废止</span>' in page
    assert "稿子" not in page
    assert '<span>共 2 份文件</span> <a href="../zcwj/">zcwj：全部文件</a>' in page
