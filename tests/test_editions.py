"""Editions in other languages: linked in both directions, links removed with either edition, contradictions reported."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jiyue.search.node import run_search
from tests.support import feeds, sitemaps
from tests.support.cluster import Built, ClusterFolder, new_cluster
from tests.support.editions import declared, kept_open

SITE = (
    "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\nlanguages: [zh-CN, en, ko, ug]\n"
    "columns: [{path: hexin, name: 核心信息}]\n" + declared("en", "ko", "ug")
)
ORIGINAL = "content/jilin/tzgg/a.md"
ENGLISH = "content/jilin/en/a.md"


def text(title: str, front: str = "", date: str = "2026-11-20 09:30") -> str:
    return f"---\ntitle: {title}\ndate: {date}\n{front}---\n\n{title}\n"


FILES = {
    **kept_open("jilin", "en", "ko", "ug"),
    "sites/jilin.yaml": SITE,
    ORIGINAL: text("关于投资的通知", "slug: a\n"),
    ENGLISH: text("Notice on investment", "slug: a-en\nlang: en\ntranslation_of: jilin/tzgg/a.md\n"),
    "content/jilin/ko/a.md": text("투자에 관한 통지", "slug: a-ko\nlang: ko\ntranslation_of: jilin/en/a.md\n"),
    "content/jilin/en.md": text("Jilin Province", "slug: english\nlang: en\ntranslation_of: /\n"),
    "content/jilin/en/list.md": text("Announcements", "slug: list\nlang: en\ntranslation_of: /tzgg/\n"),
    "content/jilin/tzgg/b.md": text("没有译文的通知", "slug: b\n"),
}
ENGLISH_SURVEY = text("A survey", "slug: s\nlang: en\nkind: survey\nopens: 2026-10-01\ncloses: 2026-10-31\n")
URLS = {
    "zh-CN": "https://www.jl.example/tzgg/a.html", "en": "https://www.jl.example/en/a-en.html",
    "ko": "https://www.jl.example/ko/a-ko.html",
}  # fmt: skip
PAGES = {"zh-CN": "tzgg/a.html", "en": "en/a-en.html", "ko": "ko/a-ko.html"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return new_cluster(tmp_path_factory.mktemp("editions"), FILES).build()


def hreflang(html: str) -> dict[str, str]:
    return dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', html))


def test_every_edition_names_all_of_them_the_same_way(built: Built) -> None:
    assert built.diagnostics == []
    for path in PAGES.values():
        assert hreflang(built.html("jilin", path)) == {**URLS, "x-default": URLS["zh-CN"]}, path
    assert hreflang(built.html("jilin", "tzgg/b.html")) == {}


def test_home_and_columns_have_editions_too(built: Built) -> None:
    home = {"zh-CN": "https://www.jl.example/", "en": "https://www.jl.example/english.html"}
    column = {"zh-CN": "https://www.jl.example/tzgg/", "en": "https://www.jl.example/en/list.html"}
    for paths, urls in ((("", "english.html"), home), (("tzgg/", "en/list.html"), column)):
        for path in paths:
            assert hreflang(built.html("jilin", path)) == {**urls, "x-default": urls["zh-CN"]}, path


@pytest.mark.parametrize(("lang", "locale"), [("zh-CN", "zh_CN"), ("en", "en_US"), ("ko", "ko_KR")])
def test_a_page_says_its_language_and_the_shell_its_own(built: Built, lang: str, locale: str) -> None:
    html = built.html("jilin", PAGES[lang])
    assert f'<html lang="{lang}"' in html
    assert f'<meta property="og:locale" content="{locale}">' in html
    [data] = [json.loads(d) for d in re.findall(r"ld\+json\">(.*?)</script>", html) if "NewsArticle" in d]
    assert data["inLanguage"] == lang
    if lang == "ko":
        assert '<body lang="zh-CN">' in html, "the theme has no Korean: menu and footer are in the site's language"
        assert f'<h1 lang="{lang}" dir="ltr">' in html
        assert f'<div class="body" lang="{lang}" dir="ltr">' in html
    else:
        assert "<body>" in html


def test_the_furniture_of_a_translation_speaks_its_language(build_site: Callable[..., Built]) -> None:
    """Menu, dates, notes, share links and scripts are translated; names of sites and columns stay, marked as Chinese."""
    english = ENGLISH_SURVEY.replace("kind: survey", "kind: survey\nai_generated: translated")
    built = build_site({**FILES, "content/jilin/en/s.md": english})
    html = built.html("jilin", "en/s.html")
    for words in ("Skip to content", "Home</a>", "20 November 2026, 09:30", "31 October 2026", "Closed</span>", "QQ",
                  "This article was translated by artificial intelligence",
                  "Share to", "Address of this page", "Easy reading"):  # fmt: skip
        assert words in html, words
    label = '<p class="ai" role="note">This article was translated by artificial intelligence</p>'
    assert label in html.partition('<div class="body"')[0], "said before the text is read"
    assert html.count("translated by artificial") == 1
    assert '<meta name="AIGC" content="' in html
    said = r'<(script|style|title)\b.*?</\1>|<(\w+)[^>]* lang="(?:zh-CN|ko)"[^>]*>.*?</\2>|<head>.*?</head>|<[^>]*>'
    others = re.findall(r"[\u4e00-\u9fff]+", re.sub(said, " ", html, flags=re.DOTALL))
    assert set(others) <= {"吉林省人民政府"}, "what is not English says its language, but for the name of its source"
    script = re.findall(r'<script type="module" src="\.\./([^"]+)">', html)
    assert script[0].startswith("theme/en/site.")
    files = built.files()
    assert "Copied" in files[f"jilin/{script[0]}"].decode()
    assert "Standard" in files["jilin/theme/en/reading.mjs"].decode()
    assert "标准" in files["jilin/theme/reading.mjs"].decode()
    assert "发布时间：" in built.html("jilin", "tzgg/a.html")
    assert '<time datetime="2026-11-20 09:30">2026-11-20 09:30</time>' in built.html("jilin", "tzgg/a.html")


def test_readers_find_the_other_editions_in_their_own_words(built: Built) -> None:
    html = built.html("jilin", "tzgg/a.html")
    assert '<a href="../en/a-en.html" rel="alternate" hreflang="en" lang="en">English</a>' in html
    assert 'lang="ko">한국어</a>' in html
    back = built.html("jilin", "en/a-en.html")
    assert '<a href="../tzgg/a.html" rel="alternate" hreflang="zh-CN" lang="zh-CN">中文</a>' in back
    assert 'href="english.html"' in built.html("jilin").partition('class="editions"')[2].partition("</p>")[0]


def test_a_script_that_runs_from_the_right(build_site: Callable[..., Built]) -> None:
    site = SITE.replace("en, ko, ug", "ug").partition("editions:")[0] + declared("ug")
    uyghur = {"sites/jilin.yaml": site, "content/jilin/ug/a.md": text("ئۇقتۇرۇش", "slug: a\nlang: ug\n")}
    built = build_site({**kept_open("jilin", "ug"), **uyghur})
    html = built.html("jilin", "ug/a.html")
    assert '<div class="body" lang="ug" dir="rtl">' in html
    assert 'content="ug_CN"' in html


def test_sitemaps_feeds_and_open_data_know_the_editions(built: Built) -> None:
    files = built.files()
    data = files["jilin/sitemap.xml"]
    assert sitemaps.faults(data) == []
    rows = data.decode().splitlines()
    for url in URLS.values():
        [row] = [row for row in rows if f"<loc>{url}</loc>" in row]
        found = dict(re.findall(r'<xhtml:link rel="alternate" hreflang="([^"]+)" href="([^"]+)"/>', row))
        assert found == {**URLS, "x-default": URLS["zh-CN"]}
    records = [json.loads(line) for line in files["jilin/api/articles-2026.jsonl"].splitlines()]
    by_url = {record["url"]: record for record in records}
    for lang, url in URLS.items():
        assert by_url[url].get("lang", "zh-CN") == lang
        assert by_url[url]["editions"] == [{"lang": lang, "url": url} for lang, url in URLS.items()]
    assert "editions" not in by_url["https://www.jl.example/tzgg/b.html"]
    for name in ("feed.atom", "feed.json", "cluster.atom", "cluster.json"):
        assert feeds.faults(name, files[f"jilin/{name}"], f"https://www.jl.example/{name}") == []
    assert b'<entry xml:lang="en">\n<title>Notice on investment' in files["jilin/cluster.atom"]
    items = {item["title"]: item for item in json.loads(files["jilin/feed.json"])["items"]}
    assert items["Notice on investment"]["language"] == "en"
    assert "language" not in items["关于投资的通知"]


@pytest.mark.skipif(not shutil.which("node"), reason="the search runs in Node")
def test_an_edition_s_search_finds_that_edition_only(built: Built) -> None:
    html = built.html("jilin", "en/a-en.html")
    assert '<input type="hidden" name="lang" value="en">' in html
    assert 'href="../search/?lang=en"' in html
    assert 'name="lang"' not in built.html("jilin", "tzgg/a.html")
    queries = ["Notice on investment", "关于投资的通知"]
    both = run_search(built.output, "jilin", queries)
    assert [answer["hits"][0]["url"] for answer in both] == ["en/a-en.html", "tzgg/a.html"]
    english, chinese = run_search(built.output, "jilin", queries, options={"filters": {"lang": "en"}})
    assert english["hits"][0]["url"] == "en/a-en.html"
    assert {hit["url"] for hit in (*english["hits"], *chinese["hits"])} <= {
        name.removeprefix("jilin/") for name, data in built.files().items() if b'<html lang="en"' in data[:200]
    }


STEPS: list[dict[str, str | None]] = [
    {ENGLISH: None},
    {ENGLISH: FILES[ENGLISH]},
    {ENGLISH: text("Notice on investment", "slug: a-en\nlang: en\nexpires: 2026-11-23 12:00\ntranslation_of: jilin/tzgg/a.md\n")},
    {ORIGINAL: text("关于投资的通知", "slug: a\nwithdraw: {at: 2026-11-22 08:00, reason: 更正}\n")},
    {"content/jilin/en.md": text("Jilin Province", "slug: english\nlang: en\n")},
    {ORIGINAL: FILES[ORIGINAL], "content/jilin/en.md": FILES["content/jilin/en.md"]},
    {"sites/jilin.yaml": SITE.replace("zh-CN, en", "en, zh-CN")},
]  # fmt: skip


def test_an_edition_that_comes_or_goes_changes_its_counterparts(tmp_path: Path) -> None:
    """After each step the output is that of a clean build; the clock takes one of them away as well."""
    cluster: ClusterFolder = new_cluster(tmp_path / "a", FILES)
    cluster.build()
    langs: list[set[str]] = []
    for n, step in enumerate(STEPS):
        for name, content in step.items():
            if content is None:
                cluster.remove(name)
            else:
                cluster.write({name: content})
        for today in ("2026-11-23", "2026-11-24") if n == 2 else ("2026-11-23",):
            built = cluster.build(today=today)
            clean = cluster.build("--no-cache", today=today, output=tmp_path / f"clean{n}{today}")
            mine = {name: data for name, data in built.files().items() if not name.startswith("_cluster/")}
            other = {name: data for name, data in clean.files().items() if not name.startswith("_cluster/")}
            assert mine == other, (n, today)
            langs.append(set(hreflang(built.html("jilin", "ko/a-ko.html"))) - {"x-default"})
    all_three = {"zh-CN", "en", "ko"}
    assert langs[:5] == [set(), all_three, all_three, {"zh-CN", "ko"}, {"en", "ko"}]


@pytest.mark.parametrize(
    ("front", "said"),
    [
        ("lang: en\ntranslation_of: jilin/tzgg/nothing.md\n", "没有「jilin/tzgg/nothing.md」这篇原文"),
        ("translation_of: jilin/tzgg/a.md\n", "语种与 content/jilin/tzgg/a.md 相同"),
        (
            "lang: en\ntranslation_of: jilin/tzgg/a.md\nrepost_of: {name: 甲, url: 'https://a.example/'}\n",
            "转载的文章不能写 translation_of",
        ),
    ],
)
def test_what_does_not_fit_is_said_and_still_published(build_site: Callable[..., Built], front: str, said: str) -> None:
    built = build_site(
        {
            **kept_open("jilin", "en", "ko", "ug"),
            "sites/jilin.yaml": SITE,
            ORIGINAL: FILES[ORIGINAL],
            ENGLISH: text("译文", f"slug: e\n{front}"),
        }
    )
    [found] = built.diagnostics
    assert (found["rule"], found["severity"], found["path"]) == ("article-edition", "warning", ENGLISH)
    assert said in found["message"]
    assert found["line"] in (5, 6)
    assert built.exit_code == 0
    assert "译文" in built.html("jilin", "en/e.html")


def test_a_language_is_written_as_standards_write_it(build_site: Callable[..., Built]) -> None:
    built = build_site({ORIGINAL: text("甲", "lang: English\n")})
    assert built.rules() == ["article-field"]


def test_two_in_one_language_the_first_counts(build_site: Callable[..., Built]) -> None:
    second: dict[str, Any] = {
        "content/jilin/en/b.md": text("Again", "slug: z\nlang: en\ntranslation_of: jilin/tzgg/a.md\n")
    }
    built = build_site({**FILES, **second})
    assert built.rules() == ["article-edition"]
    assert hreflang(built.html("jilin", "tzgg/a.html"))["en"] == URLS["en"]
    assert hreflang(built.html("jilin", "en/z.html")) == {}
