"""Reposts: where they may come from, and that the source shown is their origin, wherever it is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jiyue.base.cache import Cache
from jiyue.build.options import Options
from jiyue.build.scanning import scan_all
from jiyue.registry.load import load_registry
from tests.support.cluster import Built, ClusterFolder, new_cluster

PROFILE = """name: 试点方案
extends: national
sources:
  - {name: 试点日报, kind: 新闻单位}
  - {name: 求是, off: true}
"""
CLUSTER = "name: 站群\nroot: jilin\ndefaults: {profile: own}\n"
SPONSOR = (
    "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\nsponsor: 长春市政府办公厅\n"
)
ORIGIN = "首发单位"
FIRST = "https://www.gov.cn/yaowen/t1.htm"


def repost(title: str, origin: str, url: str, more: str = "") -> str:
    return (
        f"---\ntitle: {title}\ndate: 2026-11-20 09:30\n{more}repost_of: {{name: {origin}, url: '{url}'}}\n---\n正文。\n"
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    columns = "columns: [{path: yw, name: 要闻, type: 工作动态}]\n"
    folder: ClusterFolder = new_cluster(
        tmp_path_factory.mktemp("reposts") / "cluster",
        {
            "sites/profiles/own.yaml": PROFILE,
            "sites/cluster.yaml": CLUSTER.replace(
                "{profile: own}", "\n  profile: own\n  feeds: full\n  " + columns.strip()
            ),
            "sites/jilin.yaml": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\nsponsor: 省政府办公厅\n",
            "sites/changchun.yaml": SPONSOR,
            "content/changchun/yw/bare.md": repost("没有写来源", ORIGIN, FIRST, "slug: bare\n"),
            "content/changchun/yw/own.md": repost(
                "写成本站的来源", ORIGIN, FIRST, "slug: own\nsource: 长春市政府办公厅\n"
            ),
            "content/changchun/yw/agency.md": repost("另有首发的来源", ORIGIN, FIRST, "slug: agency\nsource: 新华社\n"),
            "content/jilin/yw/pushed.md": repost(
                "推送的转载", ORIGIN, FIRST, "push_down: all\nslug: pushed\nsource: 省政府办公厅\n"
            ),
            "content/changchun/yw/listed.md": repost("名单内", "试点日报", "https://daily.example/1"),
            "content/changchun/yw/host.md": repost("名单内的网站", "新华网", "http://jl.news.cn/1"),
            "content/changchun/yw/portal.md": repost("本站群", "吉林省人民政府", "https://www.jl.example/yw/1.html"),
            "content/changchun/yw/off.md": repost("去掉的单位", "求是", "https://www.qstheory.cn/1"),
            "content/changchun/yw/lookalike.md": repost("像名单内的网站", "新华网", "https://fakenews.cn/1"),
        },
    )
    return folder.build()


def test_a_repost_from_outside_the_list_is_reported(built: Built) -> None:
    found = [(d["rule"], d["path"], d["line"], d["message"]) for d in built.diagnostics]
    listed = "不在方案的稿源单位名单内"
    assert found == [
        ("article-repost", "content/changchun/yw/lookalike.md", 4, f"转载自「新华网」（fakenews.cn），{listed}"),
        ("article-repost", "content/changchun/yw/off.md", 4, f"转载自「求是」（www.qstheory.cn），{listed}"),
        ("article-repost-credit", "content/changchun/yw/own.md", 5,
         f"来源写的是「长春市政府办公厅」，转载的来源是「{ORIGIN}」"),
        ("article-repost-credit", "content/jilin/yw/pushed.md", 6, f"来源写的是「省政府办公厅」，转载的来源是「{ORIGIN}」"),
    ]  # fmt: skip
    assert built.exit_code == 0, "a warning withholds nothing"


@pytest.mark.parametrize("name", ["bare", "own", "pushed"])
def test_the_source_of_a_repost_is_its_origin_wherever_it_is_shown(built: Built, name: str) -> None:
    records = [json.loads(line) for line in built.files()["changchun/api/articles-2026.jsonl"].splitlines()]
    titles = {"bare": "没有写来源", "own": "写成本站的来源", "pushed": "推送的转载"}
    record = next(one for one in records if one["title"] == titles[name])
    page = built.html("changchun", record["url"].removeprefix("https://www.cc.example/"))
    assert f'<meta name="ContentSource" content="{ORIGIN}">' in page
    assert f"来源：{ORIGIN}</span>" in page
    assert record["source"] == ORIGIN
    scripts = [part.partition("</script>")[0] for part in page.split('type="application/ld+json">')[1:]]
    graph = next(one for one in map(json.loads, scripts) if "author" in one)
    assert graph["author"]["name"] == graph["publisher"]["name"] == ORIGIN
    assert graph["publisher"]["url"] == "https://www.gov.cn/"
    items = json.loads(built.files()["changchun/feed.json"])["items"]
    assert all(one["authors"] == [{"name": ORIGIN}] for one in items if one["title"] == titles[name])


def test_a_source_of_its_own_stands(built: Built) -> None:
    page = built.html("changchun", "yw/agency.html")
    assert '<meta name="ContentSource" content="新华社">' in page


def test_a_profile_may_refuse_what_is_not_listed(tmp_path: Path) -> None:
    folder = new_cluster(
        tmp_path / "cluster",
        {
            "sites/profiles/own.yaml": "name: 方案\nextends: national\nunlisted_sources: error\n",
            "sites/cluster.yaml": CLUSTER,
            "content/jilin/yw/a.md": repost("博客文章", "某博客", "https://blog.example/1"),
            "content/jilin/yw/b.md": repost("没有名称", "''", "https://blog.example/2"),
        },
    )
    built = folder.build()
    assert built.rules() == ["article-repost-refused", "article-field"]
    assert not any("博客文章".encode() in data for name, data in built.files().items() if name.startswith("jilin/"))
    folder.write({"sites/profiles/own.yaml": "name: 方案\nextends: basic\n"})
    summaries = scan_all(
        Options(folder.root, folder.root / "o"), load_registry(folder.root), Cache(None), lambda *_: None
    )[1]
    assert [one.rule for one in summaries["jilin"].diagnostics] == ["article-field"], "basic has no list"
