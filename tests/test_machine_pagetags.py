"""The tags of finished pages: complete, unique, meaningful; the audit reports each one that is missing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jiyue.build.options import Options
from jiyue.build.source_check import check
from jiyue.checks.page.pagetags import ARTICLE_TAGS, COLUMN_TAGS, MANDATORY, SITE_TAGS, audit, junk, page_kind
from jiyue.publish.webserver.policy import Policy
from tests.support.cluster import Built, new_cluster
from tests.support.samples import png

SITE = """\
name: 长春市人民政府
short: 长春市
kind: prefecture
superior: jilin
url: https://www.cc.example
site_id_code: "2201000001"
sponsor: 长春市人民政府办公室
columns:
  - {path: tzgg, name: 通知公告, type: 通知公告, description: 通知公告, keywords: [通知公告]}
  - {path: bsfw, name: 办事服务, type: 办事服务, description: null 值}
  - {path: hygq, name: 回应关切, type: 回应关切}
"""
NEWS = """\
---
title: 关于停水的通知</script><b>
date: 2026-11-20 21:05
updated: 2026-11-21 08:00
summary: 城区三条街道停水。
keywords: 停水, null, 通知
source: 市水务局
author: 市水务局信息员
---
正文。

![泵站](pump.png)
"""
GUIDE = """\
---
title: 户口迁移
date: 2026-11-02
kind: guide
summary: 户口迁移怎么办。
place: 政务大厅 3 号窗口
phone: 0431-00000000
fee: 不收费
---
正文。
"""
REBUTTAL = """\
---
title: 网传停水一周不实
date: 2026-11-21
kind: rebuttal
claim: 全市停水一周
verdict: 不实
responding_unit: 市水务局
---
正文。
"""
REPOST = """\
---
title: 转载一则
date: 2026-11-19
repost_of: {name: 中国政府网, url: "https://www.gov.cn/a?b=1&c=2"}
summary: 转载一则
---
正文。
"""
PICTURE = png()
FILES: dict[str, str | bytes] = {
    "sites/jilin.yaml": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\nsite_id_code: '2200000001'\n",
    "sites/changchun.yaml": SITE,
    "content/changchun/tzgg/20261120-water.md": NEWS,
    "content/changchun/tzgg/20261119-repost.md": REPOST,
    "content/changchun/tzgg/pump.png": PICTURE,
    "content/changchun/bsfw/20261102-move.md": GUIDE,
    "content/changchun/hygq/20261121-rumour.md": REBUTTAL,
    "content/changchun/guanyu.md": "---\ntitle: 关于本站\n---\n说明。\n",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return new_cluster(tmp_path_factory.mktemp("pagetags") / "cluster", FILES).build()


def page(built: Built, title: str) -> tuple[str, str]:
    """Path and HTML of the page of that title."""
    for file in sorted((built.output / "changchun").rglob("*.html")):
        html = file.read_text("utf-8")
        if re.search(f"<h1[^>]*>{re.escape(title)}", html):
            return file.relative_to(built.output / "changchun").as_posix(), html
    raise AssertionError(title)


def data(html: str) -> dict[str, dict[str, Any]]:
    """JSON-LD by type."""
    found = [json.loads(text) for text in re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)]
    nodes = [node for block in found for node in block.get("@graph", [block])]
    return {node["@type"]: node for node in nodes}


def test_every_page_passes(built: Built) -> None:
    assert built.exit_code == 0, built.stdout
    pages = sorted(built.output.rglob("*.html"))
    assert len(pages) > 10
    for file in pages:
        site, _, path = file.relative_to(built.output).as_posix().partition("/")
        assert audit(file.read_text("utf-8"), page_kind(path), path, site) == [], path


PAGES: dict[str, str] = {
    "home": "index.html",
    "column": "tzgg/index.html",
    "single": "guanyu.html",
    "other": "404.html",
}
"""The path of a page of each kind; an article's address derives from its file name."""


def page_of(built: Built, kind: str) -> tuple[str, str]:
    if kind == "article":
        return page(built, "关于停水")
    return PAGES[kind], (built.output / "changchun" / PAGES[kind]).read_text("utf-8")


@pytest.mark.parametrize(("kind", "tag"), [(kind, tag) for kind, tags in MANDATORY.items() for tag in tags])
def test_a_tag_that_is_taken_away_is_missed_on_every_kind_of_page(built: Built, kind: str, tag: str) -> None:
    path, html = page_of(built, kind)
    assert page_kind(path) == kind
    without = re.sub(f'<meta name="{tag}"[^>]*>', "", html)
    assert without != html
    found = audit(without, page_kind(path), path, "changchun")[0]
    assert (found.rule, found.site, found.message) == ("page-tag-missing", "changchun", f"{path} 缺少标签 {tag}")


@pytest.mark.parametrize("kind", ["home", "column", "article", "single"])
@pytest.mark.parametrize(
    ("pattern", "rule"),
    [
        (r'<link rel="canonical"[^>]*>', "page-tag-missing"),
        (r'<meta name="applicable-device"[^>]*>', "page-tag-missing"),
        (r'<meta property="og:url"[^>]*>', "page-facts"),
        (r'<script type="application/ld\+json">.*?</script>', "page-data"),
    ],
)
def test_what_search_engines_ask_for_is_missed_too(built: Built, kind: str, pattern: str, rule: str) -> None:
    path, html = page_of(built, kind)
    without = re.sub(pattern, "", html)
    assert without != html
    assert rule in [d.rule for d in audit(without, page_kind(path), path)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('name="ArticleTitle" content="关于停水', 'name="ArticleTitle" content="关于停电'),
        ("<h1>关于停水", "<h1>关于停电"),
        ('property="og:title" content="关于停水', 'property="og:title" content="关于停电'),
        ('"headline":"关于停水', '"headline":"关于停电'),
        ('name="PubDate" content="2026-11-20 21:05"', 'name="PubDate" content="2026-11-20 09:05"'),
        ('<time datetime="2026-11-20 21:05">2026-11-20 21:05<', '<time datetime="2026-11-20 21:05">2026-11-20 09:05<'),
        ('"datePublished":"2026-11-20T21:05', '"datePublished":"2026-11-20T09:05'),
        ('name="ContentSource" content="市水务局"', 'name="ContentSource" content="市供电局"'),
        ("来源：市水务局", "来源：市供电局"),
        ('"author":{"@type":"Organization","name":"市水务局"', '"author":{"@type":"Organization","name":"市供电局"'),
        ('"description":"城区三条', '"description":"城区四条'),
        ('name="Description" content="城区三条', 'name="Description" content="城区四条'),
        ('property="og:url" content="https://www.cc.example/', 'property="og:url" content="https://m.cc.example/'),
        ('rel="canonical" href="https://www.cc.example/', 'rel="canonical" href="https://m.cc.example/'),
        ('"url":"https://www.cc.example/tzgg/', '"url":"https://m.cc.example/tzgg/'),
        (
            '<link rel="canonical"',
            '<link rel="alternate" hreflang="en" href="https://www.cc.example/en.html"><link rel="canonical"',
        ),
    ],
)
def test_a_fact_that_is_told_in_two_ways_is_found(built: Built, old: str, new: str) -> None:
    path, html = page(built, "关于停水")
    assert audit(html, "article", path) == []
    assert html.count(old) == 1, old
    assert {d.rule for d in audit(html.replace(old, new), "article", path)} == {"page-facts"}


@pytest.mark.parametrize("tag", SITE_TAGS + COLUMN_TAGS + ARTICLE_TAGS)
def test_a_tag_without_a_value_is_junk(built: Built, tag: str) -> None:
    path, html = page(built, "关于停水")
    for value in ("", " ", "null", "undefined", "{{ site.name }}", "[object Object]"):
        changed = re.sub(f'(<meta name="{tag}" content=)"[^"]*"', rf'\1"{value}"', html)
        assert "page-tag-junk" in [d.rule for d in audit(changed, page_kind(path), path)], value


@pytest.mark.parametrize("tag", SITE_TAGS + COLUMN_TAGS + ARTICLE_TAGS + ("Description", "Keywords"))
def test_a_tag_that_stands_twice_is_found_whatever_its_case(built: Built, tag: str) -> None:
    path, html = page(built, "关于停水")
    again = html.replace("</head>", f'<META NAME="{tag.lower()}" CONTENT="某个值"></head>')
    assert "page-tag-twice" in [d.rule for d in audit(again, page_kind(path), path)]


@pytest.mark.parametrize(
    ("tag", "value", "rule"),
    [
        ("PubDate", "2026-11-20 09:05 PM", "page-tag-form"),
        ("PubDate", "2026-11-20", "page-tag-form"),
        ("PubDate", "2026-02-30 10:00", "page-tag-form"),
        ("SiteDomain", "https://www.cc.example/", "page-tag-form"),
        ("SiteIDCode", "220100001", "page-tag-form"),
        ("ColumnType", "随便写", "page-tag-form"),
        ("Url", "../a.html", "page-tag-form"),
        ("Image", "pump.png", "page-tag-form"),
        ("ColumnDescription", "通知公告", "page-tag-junk"),
        ("ColumnKeywords", "通知公告", "page-tag-junk"),
    ],
)
def test_a_value_of_the_wrong_form_is_found(built: Built, tag: str, value: str, rule: str) -> None:
    path, html = page(built, "关于停水")
    changed = re.sub(f'(<meta name="{tag}" content=)"[^"]*"', rf'\1"{value}"', html)
    assert rule in [d.rule for d in audit(changed, page_kind(path), path)]


def test_several_column_types_may_stand_there(built: Built) -> None:
    path, html = page(built, "关于停水")
    changed = html.replace('name="ColumnType" content="通知公告"', 'name="ColumnType" content="通知公告,政策文件"')
    assert changed != html
    assert audit(changed, page_kind(path), path) == []


def test_a_false_mobile_agent_and_broken_data_are_found(built: Built) -> None:
    path, html = page(built, "关于停水")
    more = '<meta name="mobile-agent" content="format=html5;url=https://m.cc.example/">'
    assert [d.rule for d in audit(html.replace("</head>", more + "</head>"), "article", path)] == ["page-tag-false"]
    assert "page-data" in [d.rule for d in audit(html.replace('"@type":"NewsArticle"', '"@type":'), "article", path)]


def test_every_kind_of_page_has_its_list() -> None:
    kinds = {
        "index.html": "home", "yw/index.html": "column", "yw/a/index_12.html": "column", "yw/a.html": "article",
        "guanyu.html": "single", "404.html": "other", "sitemap.html": "other", "search/index.html": "other",
    }  # fmt: skip
    assert {path: page_kind(path) for path in kinds} == kinds
    assert set(kinds.values()) == set(MANDATORY)


@pytest.mark.parametrize(
    "value", ["", "  ", "null", "NULL", "none", "undefined", "暂无", "——".replace("—", "-"), "{{x}}", "同名"]
)
def test_junk(value: str) -> None:
    assert junk(value, "同名")


@pytest.mark.parametrize("value", ["无障碍服务", "空气质量", "测试中心", "nullarbor", "同名者"])
def test_no_junk(value: str) -> None:
    assert not junk(value, "同名")


def test_defaults_are_no_copy_of_the_name(built: Built) -> None:
    html = built.html("changchun", "tzgg/")
    assert 'name="ColumnDescription" content="长春市人民政府通知公告栏目，由长春市人民政府办公室负责"' in html
    assert 'name="ColumnKeywords" content="通知公告,长春市,长春市人民政府"' in html


def test_an_article_says_what_it_is(built: Built) -> None:
    path, html = page(built, "关于停水")
    image = "https://www.cc.example/tzgg/pump.png"
    for tag in (
        'name="PubDate" content="2026-11-20 21:05"', 'name="ContentSource" content="市水务局"',
        'name="Keywords" content="停水,通知"', 'name="Author" content="市水务局信息员"',
        'name="Description" content="城区三条街道停水。"', f'name="Image" content="{image}"',
        f'name="Url" content="https://www.cc.example/{path}"', 'property="og:type" content="article"',
        f'property="og:image" content="{image}"', f'property="og:url" content="https://www.cc.example/{path}"',
        'name="applicable-device" content="pc,mobile"',
    ):  # fmt: skip
        assert html.count(tag) == 1, tag
    assert "mobile-agent" not in html
    assert "http-equiv" not in html, "no-transform is a response header: as a meta element it is no valid HTML"
    assert {"no-transform", "no-siteapp"} < set(Policy().pages.split(", "))
    assert "hreflang" not in html


def test_structured_data_cannot_end_its_script_and_says_what_the_page_says(built: Built) -> None:
    _, html = page(built, "关于停水")
    assert html.count("</script>") == html.count("<script")
    found = data(html)
    news = found["NewsArticle"]
    assert news["headline"] == "关于停水的通知</script><b>"
    assert (news["datePublished"], news["dateModified"]) == ("2026-11-20T21:05:00+08:00", "2026-11-21T08:00:00+08:00")
    assert news["author"] == {"@type": "Organization", "name": "市水务局"}
    assert news["publisher"]["name"] == "长春市人民政府"
    assert news["image"] == ["https://www.cc.example/tzgg/pump.png"]
    assert [(i["position"], i["name"], i["item"]) for i in found["BreadcrumbList"]["itemListElement"]] == [
        (1, "首页", "https://www.cc.example/"), (2, "通知公告", "https://www.cc.example/tzgg/"),
    ]  # fmt: skip


def test_the_home_page_names_the_government_and_its_search(built: Built) -> None:
    found = data(built.html("changchun"))
    assert found["GovernmentOrganization"]["name"] == "长春市人民政府"
    assert found["GovernmentOrganization"]["parentOrganization"]["url"] == "https://www.jl.example/"
    assert (
        found["WebSite"]["potentialAction"]["target"]["urlTemplate"]
        == "https://www.cc.example/search/?q={search_term_string}"
    )


def test_guides_and_rebuttals(built: Built) -> None:
    service = data(page(built, "户口迁移")[1])["GovernmentService"]
    assert service["availableChannel"]["serviceLocation"]["name"] == "政务大厅 3 号窗口"
    assert service["availableChannel"]["servicePhone"]["telephone"] == "0431-00000000"
    assert service["offers"]["description"] == "不收费"
    review = data(page(built, "网传")[1])["ClaimReview"]
    assert (review["claimReviewed"], review["reviewRating"]["alternateName"]) == ("全市停水一周", "不实")
    assert review["author"]["name"] == "市水务局"
    assert "ratingValue" not in review["reviewRating"]


def test_a_repost_points_to_its_origin(built: Built) -> None:
    _, html = page(built, "转载一则")
    assert '<link rel="canonical" href="https://www.gov.cn/a?b=1&amp;c=2">' in html
    assert 'property="og:url" content="https://www.gov.cn/a?b=1&amp;c=2"' in html
    assert 'name="Description"' not in html, "a summary that repeats the title is none"


def test_a_single_page_belongs_to_the_home_column(built: Built) -> None:
    html = built.html("changchun", "guanyu.html")
    assert 'name="ColumnType" content="首页"' in html
    assert 'name="PubDate"' not in html


def test_no_search_no_search_action(build_site: Callable[..., Built]) -> None:
    built = build_site({"sites/cluster.yaml": "name: 吉林省政府网站群\nroot: jilin\nsearch: off\n"})
    assert "SearchAction" not in built.html("jilin")


def test_without_a_code_the_tag_is_missed_not_empty(build_site: Callable[..., Built]) -> None:
    html = build_site({}).html("jilin")
    assert "SiteIDCode" not in html
    [found] = audit(html, "home", "index.html", "jilin")
    assert found.hint == "在 sites/jilin.yaml 写上 site_id_code"


def test_finished_pages_are_judged_by_a_command(tmp_path: Path) -> None:
    folder = new_cluster(
        tmp_path, {"sites/cc.yaml": SITE, "content/cc/tzgg/a.md": NEWS, "content/cc/tzgg/pump.png": png()}
    )
    built = folder.build()

    def told() -> list[tuple[str, str]]:
        options = Options(tmp_path, built.output, now="2026-11-23T08:00")
        return [(d.rule, d.path) for d in check(options, pages=True).diagnostics if d.rule.startswith("page-")]

    assert told() == []  # the root has no site_id_code, which is reported for its file only
    [page] = [path for path in (built.output / "cc/tzgg").glob("*.html") if "index" not in path.name]
    html = page.read_text("utf-8")
    spoilt = re.sub(r'(<meta name="ContentSource" content=")[^"]*', r"\1别处", html).replace(
        'name="PubDate"', 'name="Published"'
    )
    page.write_text(spoilt.replace('"@context"', '"context"', 1), "utf-8")
    path = f"cc/tzgg/{page.name}"
    assert set(told()) == {("page-tag-missing", path), ("page-facts", path), ("page-data", path)}
    page.write_text(html, "utf-8")
    assert told() == []


def test_a_repost_has_the_source_of_what_it_reposts(build_site: Callable[..., Built]) -> None:
    repost = "---\ntitle: {}\ndate: 2026-11-20 09:00\nslug: {}\n{}repost_of: {{name: 中国政府网, url: 'https://www.gov.cn/a.htm'}}\n---\n正文。\n"
    built = build_site({
        "sites/cc.yaml": SITE, "content/cc/tzgg/a.md": repost.format("转载一篇", "a", ""),
        "content/cc/tzgg/b.md": repost.format("转载又一篇", "b", "source: 新华社\n"),
    })  # fmt: skip
    feed = built.files()["cc/tzgg/feed.json"].decode()
    data = built.files()["cc/api/articles-2026.jsonl"].decode()
    for slug, source in (("a", "中国政府网"), ("b", "新华社")):
        html = built.html("cc", f"tzgg/{slug}.html")
        assert f'<meta name="ContentSource" content="{source}">' in html
        assert f"来源：{source}" in re.sub(r"<[^>]*>", "", html)
        assert f'"author":{{"@type":"Organization","name":"{source}"}}' in html.replace('": ', '":').replace(
            ', "', ',"'
        )
        assert f'"source": "{source}"' in data.replace('":"', '": "')
        assert f'"name": "{source}"' in feed.replace('":"', '": "')
