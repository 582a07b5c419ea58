"""Topics across sites: a column lists articles of other sites, with their names, leading to them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from jiyue.audit.collect import collect
from jiyue.build.options import Options
from jiyue.registry.load import load_registry
from tests.support.cluster import Built, ClusterFolder, new_cluster

COLUMNS = "  columns: [{path: tzgg, name: 通知公告, type: 通知公告}, {path: zcwj, name: 政策文件, type: 政策文件}]\n"
TOPIC = """columns:
  - path: zt/fangxun
    name: 防汛专题
    type: 专题专栏
    partner: {name: 吉林日报, url: https://daily.example}
    gather: {keywords: [防汛], columns: [通知公告], articles: [siping/listed]}
"""


def article(title: str, date: str, more: str = "") -> str:
    return f"---\ntitle: {title}\ndate: {date}\n{more}---\n正文。\n"


FILES = {
    "sites/cluster.yaml": f"name: 吉林省政府网站群\nroot: jilin\nsearch: off\ndefaults:\n{COLUMNS}",
    "sites/jilin.yaml": f"name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n{TOPIC}",
    "sites/changchun.yaml": "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n",
    "sites/siping.yaml": "name: 四平市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.jl.example/sp\n",
    "content/changchun/tzgg/a.md": article("关于做好防汛工作的通知", "2026-11-03", "slug: a\n"),
    "content/changchun/tzgg/b.md": article("关于值班的通知", "2026-11-04", "slug: b\nkeywords: [防汛, 值班]\n"),
    "content/changchun/zcwj/c.md": article("防汛条例", "2026-11-05", "slug: c\n"),
    "content/changchun/tzgg/d.md": article("定时的防汛通知", "2026-11-06", "slug: d\npublish_at: 2026-11-24\n"),
    "content/siping/zcwj/e.md": article("四平市的预案", "2026-11-02", "id: listed\nslug: e\n"),
    "content/siping/tzgg/f.md": article(
        "转来的防汛通知",
        "2026-11-07",
        "slug: f\nrepost_of: {name: 长春市, url: 'https://www.cc.example/tzgg/a.html'}\n",
    ),
    "content/jilin/tzgg/link.md": article("总的通知", "2026-11-01", "slug: all\n").replace(
        "正文", "见[专题](/zt/fangxun/)"
    ),
}
LIST = [
    ("https://www.cc.example/tzgg/b.html", "关于值班的通知", "长春市人民政府"),
    ("https://www.cc.example/tzgg/a.html", "关于做好防汛工作的通知", "长春市人民政府"),
    ("https://www.jl.example/sp/zcwj/e.html", "四平市的预案", "四平市人民政府"),
]


def topic(built: Built, path: str = "zt/fangxun/") -> list[tuple[str, str, str]]:
    rows = built.html("jilin", path).partition('<ul class="cards">')[2].partition("</ul>")[0]
    return re.findall(r'<a href="([^"]+)">([^<]+)</a> <span class="tag">([^<]+)</span>', rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> ClusterFolder:
    return new_cluster(tmp_path_factory.mktemp("topics"), FILES)


def test_a_topic_lists_what_other_sites_have_with_their_names(folder: ClusterFolder) -> None:
    built = folder.build()
    assert (built.exit_code, built.diagnostics) == (0, [])
    assert topic(built) == LIST, (
        "by keyword in title or keywords and by column; one by one; without a repost of one in it"
    )
    page = built.html("jilin", "zt/fangxun/")
    assert '合办：<a href="https://daily.example" rel="noopener noreferrer">吉林日报</a>' in page
    assert '<a href="../zt/fangxun/" rel="noopener noreferrer">专题</a>' in built.html("jilin", "tzgg/all.html"), (
        "a page that a link may lead to"
    )
    assert not any("定时的防汛通知".encode() in data for data in built.files().values())
    assert "<loc>https://www.jl.example/zt/fangxun/</loc><lastmod>2026-11-04" in built.html("jilin", "sitemap.xml")
    assert not [
        name
        for name in built.files()
        if name.startswith("jilin/zt/fangxun/") and "index" not in name and "feed" not in name
    ]


def test_it_follows_its_sources(new_folder: Callable[..., ClusterFolder]) -> None:
    folder = new_folder(FILES)
    folder.build()
    withdrawn, changed = "content/changchun/tzgg/b.md", "content/siping/zcwj/e.md"
    folder.write({
        withdrawn: FILES[withdrawn].replace("slug", "withdraw: {at: 2026-11-20, reason: 有误}\nslug"),
        changed: FILES[changed].replace("预案", "新预案"),
        "content/jilin/zt/fangxun/own.md": article("本站的防汛", "2026-11-03 12:00", "slug: own\n"),
    })  # fmt: skip
    built = folder.build(today="2026-11-24T08:00")
    assert [title for _, title, _ in topic(built)] == ["定时的防汛通知", "关于做好防汛工作的通知", "四平市的新预案"]
    assert ">本站的防汛</a>" in built.html("jilin", "zt/fangxun/")
    assert not any(
        "关于值班的通知".encode() in data for name, data in built.files().items() if not name.startswith("_cluster/")
    )
    clean = folder.build("--no-cache", today="2026-11-24T08:00", output=folder.root / "clean")
    assert built.files() == clean.files()


def test_what_names_nothing_is_reported_and_the_rest_is_listed(build_site: Callable[..., Built]) -> None:
    wrong = TOPIC.replace("[siping/listed]", "[siping/listed, siping/lost, tonghua/x]").replace(
        "keywords: [防汛]", "keywords: [防汛], sites: [changchun, sipin]"
    )
    built = build_site({**FILES, "sites/jilin.yaml": FILES["sites/jilin.yaml"].replace(TOPIC, wrong)})
    assert topic(built) == LIST
    found = [(d["rule"], d["severity"], d["path"], d["line"], d["message"]) for d in built.diagnostics]
    assert found == [
        ("topic-gather", "warning", "sites/jilin.yaml", 9, f"栏目 zt/fangxun 的 gather：{why}")
        for why in ("没有站点「sipin」", "没有站点「tonghua/x」", "站点 siping 没有文章「siping/lost」")
    ]


def test_a_query_has_to_say_what(new_folder: Callable[..., ClusterFolder]) -> None:
    entry = "columns:\n  - {path: zt, name: 专题, gather: {sites: [county]}}\n"
    folder = new_folder({**FILES, "sites/siping.yaml": FILES["sites/siping.yaml"] + entry})
    (found,) = [d for d in load_registry(folder.root).diagnostics if d.rule == "site-field"]
    assert (found.path, found.line, found.hint) == (
        "sites/siping.yaml",
        6,
        "写明汇集什么：columns、keywords 或 articles",
    )


def test_the_audit_counts_what_a_topic_lists_as_its_content(folder: ClusterFolder) -> None:
    [subject] = collect(
        Options(folder.root, folder.root / "output", ("jilin",), now="2026-11-23 08:00")
    ).subjects.values()
    assert {row.title for row in subject.in_column("zt/fangxun")} == {title for _, title, _ in LIST}
    assert subject.in_column("zt") == subject.in_column("zt/fangxun")
    assert [row.title for row in subject.rows] == ["总的通知"], "but not as an update of the site"
