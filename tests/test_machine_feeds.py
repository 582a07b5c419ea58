"""Feeds: valid by the validator's rules, stable ids, newest first, only public articles; full text as an option."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest

from tests.support.cluster import Built, ClusterFolder, new_cluster
from tests.support.feeds import ATOM, CONTENT, faults
from tests.support.samples import png

CITY = """\
name: 长春市人民政府
kind: prefecture
superior: jilin
url: https://www.cc.example
columns: [{path: tzgg, name: 通知公告, type: 通知公告}]
"""
ROOT = """\
name: 吉林省人民政府
kind: province
url: https://www.jl.example/portal
columns: [{path: tzgg, name: 通知公告, type: 通知公告}]
"""


def article(title: str, date: str, more: str = "", body: str = "正文。") -> str:
    return f"---\ntitle: {title}\ndate: {date}\n{more}---\n{body}\n"


BODY = '见[附件](f.csv)、[上一篇](20261101-a.md)和<a href="/tzgg/">栏目</a>。\n\n![图](p.png)'
FILES: dict[str, str | bytes] = {
    "sites/changchun.yaml": CITY,
    "sites/jilin.yaml": ROOT,
    "content/jilin/tzgg/20261118-down.md": article("下推 <b>&amp;", "2026-11-18 23:59", "push_down: all\nid: down1\n"),
    "content/changchun/tzgg/20261101-a.md": article("一", "2026-11-01 08:00", "id: aaa1\npinned: true\n"),
    "content/changchun/tzgg/20261102-b.md": article(
        "二", "2026-11-02 13:05", "id: bbb2\nsummary: 摘要 <1> & 2\nupdated: 2026-11-03\nai_generated: text\n", BODY
    ),
    "content/changchun/tzgg/20261103-c.md": article("三", "2026-11-03", "publish_at: 2026-12-01\n"),
    "content/changchun/tzgg/f.csv": "a,b\n",
    "content/changchun/tzgg/p.png": png(),
    "content/changchun/guanyu.md": "---\ntitle: 关于本站\n---\n说明。\n",
}
URLS = {"changchun": "https://www.cc.example/", "jilin": "https://www.jl.example/portal/"}


def feeds(built: Built) -> dict[str, list[str]]:
    """Path of each feed -> its faults."""
    found = {}
    for kind in ("atom", "rss", "json"):
        for file in sorted([*built.output.rglob(f"feed.{kind}"), *built.output.glob(f"*/cluster.{kind}")]):
            path = file.relative_to(built.output).as_posix()
            site, _, rest = path.partition("/")
            found[path] = faults(path, file.read_bytes(), URLS[site] + rest)
    return found


def items(built: Built, path: str) -> list[dict[str, str]]:
    return list(json.loads((built.output / path).read_text("utf-8"))["items"])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return new_cluster(tmp_path_factory.mktemp("feeds") / "cluster", FILES).build()


def test_every_feed_is_valid(built: Built) -> None:
    found = feeds(built)
    assert len(found) == 3 * (2 + 2 + 1)
    assert {path: faults for path, faults in found.items() if faults} == {}


def test_the_validator_finds_what_it_is_for(built: Built) -> None:
    path = built.output / "changchun" / "tzgg" / "feed.atom"
    text, url = path.read_text("utf-8"), "https://www.cc.example/tzgg/feed.atom"
    assert faults("feed.atom", text.encode(), url) == []
    for old, new in [
        ("<updated>2026-11-03T00:00:00+08:00</updated>", ""), ("2026-11-02T13:05:00+08:00", "2026-11-02 13:05"),
        ("changchun/bbb2", "changchun/aaa1"), ('rel="self"', 'rel="via"'), ('href="https://www.cc', 'href="//www.cc'),
    ]:  # fmt: skip
        assert old in text
        assert faults("feed.atom", text.replace(old, new).encode(), url), old
    rss = (built.output / "changchun" / "tzgg" / "feed.rss").read_text("utf-8")
    for old, new in [
        ("Mon, 02 Nov", "Tue, 02 Nov"),
        ('<guid isPermaLink="false">', "<guid>"),
        ("<link>https:", "<link>"),
    ]:
        assert old in rss
        assert faults("feed.rss", rss.replace(old, new).encode(), "https://www.cc.example/tzgg/feed.rss"), old


def test_newest_first_pinned_or_not_and_nothing_that_may_not_be_seen(built: Built) -> None:
    column = items(built, "changchun/tzgg/feed.json")
    assert [item["title"] for item in column] == ["下推 <b>&amp;", "二", "一"]
    assert [item["title"] for item in items(built, "changchun/feed.json")] == ["二", "一"]


def test_a_pushed_article_has_one_id_on_every_site(built: Built) -> None:
    wanted = "tag:www.jl.example,2026:jilin/down1"
    assert items(built, "changchun/tzgg/feed.json")[0]["id"] == wanted
    assert items(built, "jilin/feed.json")[0]["id"] == wanted
    assert [item["id"] for item in items(built, "jilin/cluster.json")].count(wanted) == 1


def test_the_cluster_has_the_newest_of_all_sites(built: Built) -> None:
    found = items(built, "jilin/cluster.json")
    assert [item["title"] for item in found] == ["下推 <b>&amp;", "二", "一"]
    assert [item["url"] for item in found][1] == "https://www.cc.example/tzgg/bbb2.html"
    assert not (built.output / "changchun" / "cluster.json").exists()
    assert 'href="cluster.atom"' in built.html("jilin")
    assert "cluster.atom" not in built.html("changchun")


def test_the_cluster_follows_a_site_and_the_clock(new_folder: Callable[..., ClusterFolder]) -> None:
    folder = new_folder(FILES)
    folder.build()
    folder.write({"content/changchun/tzgg/20261120-new.md": article("新", "2026-11-20 10:00")})
    assert items(folder.build(), "jilin/cluster.json")[0]["title"] == "新"
    later = folder.build(today="2026-12-02")
    assert "三" in [item["title"] for item in items(later, "jilin/cluster.json")]
    fresh = folder.build("--no-cache", today="2026-12-02", output=folder.root / "fresh")
    assert later.files() == fresh.files()


def test_full_text_by_choice_and_ids_that_outlive_title_date_and_address(
    new_folder: Callable[..., ClusterFolder], built: Built
) -> None:
    short = {item["title"]: item for item in items(built, "changchun/feed.json")}
    assert (short["二"]["content_text"], short["二"]["summary"]) == ("摘要 <1> & 2", "摘要 <1> & 2")

    folder = new_folder({**FILES, "sites/changchun.yaml": CITY + "feeds: full\n"})
    full = folder.build()
    assert {path: faults for path, faults in feeds(full).items() if faults} == {}
    html = {item["title"]: item for item in items(full, "changchun/feed.json")}["二"]["content_html"]
    for address in ("tzgg/f.csv", "tzgg/aaa1.html", "tzgg/", "tzgg/p.png"):
        assert f'="https://www.cc.example/{address}"' in html
    assert html.endswith("<p>本文含人工智能生成的文字</p>")
    atom = ET.fromstring((full.output / "changchun" / "feed.atom").read_bytes())
    assert atom.find(f"{ATOM}entry/{ATOM}content").text == html  # type: ignore[union-attr]
    rss = ET.fromstring((full.output / "changchun" / "feed.rss").read_bytes())
    assert rss.find(f"channel/item/{CONTENT}encoded").text == html  # type: ignore[union-attr]

    changed = article("新题目", "2026-11-05", "id: bbb2\nslug: elsewhere\n", "改了。")
    folder.write({"content/changchun/tzgg/20261102-b.md": changed})
    after = {item["id"]: item for item in items(folder.build(), "changchun/feed.json")}
    assert set(after) == {item["id"] for item in short.values()}
    assert after["tag:www.cc.example,2026:changchun/bbb2"]["content_html"] == "<p>改了。</p>"


def test_twenty_entries_however_many_articles(build_site: Callable[..., Built]) -> None:
    many = {f"content/jilin/yw/2026{n:04}.md": article(f"第{n}篇", f"2026-10-{n % 28 + 1:02} 08:00") for n in range(60)}
    pinned = {"content/jilin/yw/pinned.md": article("置顶", "2025-01-01", "pinned: true\n")}
    built = build_site({**many, **pinned})
    for path in ("jilin/feed.json", "jilin/yw/feed.json", "jilin/cluster.json"):
        found = [item["date_published"] for item in items(built, path)]
        assert len(found) == 20
        assert found == sorted(found, reverse=True)
        assert found[-1] > "2026-10-1", "an old pinned article is no news"


def test_pages_lead_to_the_nearest_feeds(built: Built) -> None:
    assert '<link rel="alternate" type="application/rss+xml" title="长春市人民政府" href="feed.rss">' in built.html(
        "changchun"
    )
    html = built.html("changchun", "tzgg/")
    for name in ("feed.atom", "feed.rss", "feed.json"):
        assert f'title="长春市人民政府-通知公告" href="../tzgg/{name}">' in html
