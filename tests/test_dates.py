"""Times of articles: future, scheduled, missing, and in 1970."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.cases import case_cluster
from tests.support.cluster import Built, ClusterFolder

ARTICLE = "---\ntitle: {}\ndate: {}\n{}---\n正文。\n"


def article(title: str, date: str, more: str = "") -> str:
    return ARTICLE.format(title, date, more)


def texts(built: Built) -> str:
    """All that readers and machines get, the theme apart."""
    ends = (".html", ".xml", ".atom", ".rss", ".json", ".jsonl")
    return "\n".join(d.decode() for p, d in built.files().items() if p.endswith(ends) and "_cluster/" not in p)


@pytest.mark.parametrize(
    ("date", "more", "line", "message"),
    [("2099-01-01", "", 3, "发布日期 2099-01-01 00:00 还没有到（现在是 2026-11-23 10:00）"),
     ("2026-11-23 10:01", "", 3, "发布日期 2026-11-23 10:01 还没有到（现在是 2026-11-23 10:00）"),
     ("2026-11-20", "updated: 2099-01-01\n", 4, "修改时间 2099-01-01 00:00 还没有到（现在是 2026-11-23 10:00）"),
     ("2099-01-01", "publish_at: 2026-11-25\n", 3, "发布日期 2099-01-01 00:00 比定时发布的时间（2026-11-25 00:00）还晚"),
     ("2099-01-01", "publish_at: 2026-11-20\n", 3, "发布日期 2099-01-01 00:00 还没有到（现在是 2026-11-23 10:00）")],
)  # fmt: skip
def test_a_date_to_come_withholds_its_article_alone(
    build_site: Callable[..., Built], date: str, more: str, line: int, message: str
) -> None:
    files = {
        "content/jilin/yw/a.md": article("明天的事", date, more),
        "content/jilin/yw/b.md": article("今天的事", "2026-11-23 10:00"),
    }
    built = build_site(files, today="2026-11-23T10:00")
    (found,) = built.diagnostics
    assert (found["rule"], found["severity"], found["path"], found["line"], found["message"]) == (
        "date-future", "error", "content/jilin/yw/a.md", line, message
    )  # fmt: skip
    assert ("加一行 publish_at: " in found["hint"]) == ("发布日期" in message)
    assert "明天的事" not in texts(built)
    assert "今天的事" in texts(built)
    assert "2099" not in texts(built)


def test_a_date_that_comes_lets_its_article_out(new_folder: Callable[..., ClusterFolder]) -> None:
    folder = new_folder({"content/jilin/yw/a.md": article("明天的事", "2026-11-24 09:00")})
    assert folder.build(today="2026-11-24T08:59").rules() == ["date-future"]
    built = folder.build(today="2026-11-24T09:00")
    assert built.diagnostics == []
    assert "明天的事" in texts(built)


def test_a_scheduled_article_shows_when_it_came_out(new_folder: Callable[..., ClusterFolder]) -> None:
    folder = new_folder({
        "content/jilin/yw/a.md": article("定时的事", "2026-11-20 09:30", "slug: a\npublish_at: 2026-11-22 08:00\n"),
        "content/jilin/yw/b.md": article("先出的事", "2026-11-21 09:30", "slug: b\n"),
    })  # fmt: skip
    assert "定时的事" not in texts(folder.build(today="2026-11-22T07:59"))
    built = folder.build(today="2026-11-22T08:00")
    page = built.html("jilin", "yw/a.html")
    assert '<time datetime="2026-11-22 08:00">' in page
    assert '<meta name="PubDate" content="2026-11-22 08:00">' in page
    assert '"datePublished":"2026-11-22T08:00:00+08:00"' in page.replace(" ", "").replace("T08", "T08")
    assert "2026-11-20" not in texts(built)
    feed = json.loads(built.html("jilin", "yw/feed.json"))
    assert [(i["title"], i["date_published"]) for i in feed["items"]] == [
        ("定时的事", "2026-11-22T08:00:00+08:00"), ("先出的事", "2026-11-21T09:30:00+08:00")
    ]  # fmt: skip
    (row,) = [
        r
        for r in map(json.loads, built.html("jilin", "api/articles-2026.jsonl").splitlines())
        if r["title"] == "定时的事"
    ]
    assert row["date"] == "2026-11-22 08:00"


def test_1970_is_a_year_and_a_page_without_a_date_has_none(build_site: Callable[..., Built]) -> None:
    built = build_site({
        "content/jilin/ls/a.md": article("老档案", "1970-01-01", "slug: a\n"),
        "content/jilin/about.md": "---\ntitle: 关于本站\n---\n说明。\n",
        "content/jilin/ls/about.md": "---\ntitle: 栏目说明\nkind: page\nslug: about\n---\n说明。\n",
    })  # fmt: skip
    assert built.diagnostics == []
    assert '<time datetime="1970-01-01 00:00">' in built.html("jilin", "ls/a.html")
    assert "1970-01-01" in built.html("jilin", "ls/feed.json")
    assert "<lastmod>1970-01-01</lastmod>" in texts(built)
    records = {p: d.decode() for p, d in built.files().items() if p.startswith("jilin/api/articles-")}
    assert "老档案" in records["jilin/api/articles-1970.jsonl"]
    assert "关于本站" in records["jilin/api/articles-undated.jsonl"]
    assert "1970" not in built.html("jilin", "about.html")
    assert "1970" not in built.html("jilin", "ls/about.html")


def test_undated_pages_go_through_pelican_and_search(build_site: Callable[..., Built]) -> None:
    built = build_site({
        "content/jilin/about.md": "---\ntitle: 关于本站\nemergency: true\n---\n说明。\n",
        "content/jilin/yw/a.md": article("甲", "2026-11-20"),
        "sites/jilin.yaml": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\nplugins: [pelican.plugins.readtime]\n",
    })  # fmt: skip
    assert built.exit_code == 0, built.stderr
    assert "关于本站" in built.html("jilin", "about.html")


def test_the_case_of_2099_is_not_published(tmp_path: Path) -> None:
    built = case_cluster("42", tmp_path).build()
    assert "date-future" in built.rules()
    assert "2099" not in texts(built)


def test_a_clock_that_is_set_back_judges_anew(new_folder: Callable[..., ClusterFolder]) -> None:
    folder = new_folder(
        {
            "sites/jilin.yaml": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n",
            "content/jilin/yw/a.md": "---\ntitle: 甲\ndate: 2026-11-21\nslug: a\n---\n文。\n",
        }
    )
    assert (folder.build(today="2026-11-25").output / "jilin/yw/a.html").exists()
    back = folder.build(today="2026-11-20")
    assert back.rules() == ["date-future"]
    assert not (back.output / "jilin/yw/a.html").exists()
