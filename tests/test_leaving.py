"""Links between sites: friendly links, a question before readers leave for a site that is no government's, microblogs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from jiyue.cli.app import application
from jiyue.linkage.weibo import ADDRESS, LIMIT, length, weibo_text
from jiyue.render.leaving import GOVERNMENT, is_government
from tests.support.browser import axe, served
from tests.support.cluster import Built, ClusterFolder, new_cluster

if TYPE_CHECKING:
    from playwright.sync_api import Page

NOTE = "（非政府网站）"
OUTSIDE = "https://news.example/a?to=https://www.gov.cn/"
BODY = f"""---
title: 通知
date: 2026-11-20 09:30
slug: a
repost_of: {{name: 某报, url: "https://paper.example/1"}}
---
看[国务院](https://www.gov.cn/x.htm)、[外网]({OUTSIDE})、[附近](/tzgg/)、[下级](https://www.cc.example/)、[电话](tel:12345)。

写作 <a href="https://www.gov.cn@evil.example/">国务院</a>。
"""
SITES = {
    "sites/cluster.yaml": "name: 吉林省政府网站群\nroot: jilin\nsearch: off\nblocked_hosts: [blocked.example]\n",
    "sites/profiles/asks.yaml": "name: 提示\nleaving: notice\n",
    "sites/jilin.yaml": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\nprofile: asks\n"
    "links: [{name: 某大学, url: 'https://www.edu.example/'}, {name: 国务院, url: 'https://www.gov.cn/', group: 政府网站},\n"
    "  {name: 甲, url: 'https://a.blocked.example/'}, {name: 乙, url: 'https://www.cc.example/no.html'}]\n",
    "sites/cc.yaml": "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n",
    "sites/bureau.yaml": "name: 长春市教育局\nkind: department\nsuperior: cc\nurl: https://www.edu-cc.example\n",
    "content/jilin/tzgg/a.md": BODY,
    "content/cc/tzgg/a.md": BODY,
}


@pytest.mark.parametrize(
    ("address", "government"),
    [
        ("https://www.gov.cn", True),
        ("https://jl.GOV.CN:8443/x", True),
        ("https://www.某.政务/", True),
        ("https://gov.cn.evil.example/", False),
        ("https://notgov.cn/", False),
        ("https://www.gov.cn@evil.example/", False),
        ("https://evil.example\\.gov.cn/", False),
        ("https://evil.example?.gov.cn", False),
        ("https://evil.example#.gov.cn", False),
        ("https://evil.example／.gov.cn/", False),
        ("https://[::1/", False),
        ("https:///www.gov.cn/", False),
    ],
)
def test_only_a_government_host_is_a_government_s(address: str, government: bool) -> None:
    assert is_government(address, GOVERNMENT) == government


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> ClusterFolder:
    return new_cluster(tmp_path_factory.mktemp("leaving") / "cluster", SITES)


@pytest.fixture(scope="module")
def built(folder: ClusterFolder) -> Built:
    return folder.build()


def asking(html: str) -> list[str]:
    """The addresses of the links that say where they lead."""
    links = re.findall(r'<a\b[^>]*href="([^"]*)"[^>]*data-do="leave"[^>]*>(.*?)</a>', html)
    assert all(text.endswith(f"<span>{NOTE}</span>") for _, text in links)
    assert html.count(NOTE) == len(links)
    return [address for address, _ in links]


def test_a_link_says_that_it_leads_to_no_government(built: Built) -> None:
    spoof = "https://www.gov.cn@evil.example/"
    repost, outside = "https://paper.example/1", OUTSIDE
    page = built.html("jilin", "tzgg/a.html")
    assert set(asking(page)) == {repost, outside, spoof}
    assert NOTE not in built.html("cc", "tzgg/a.html"), "only where the site or its profile asks"


def test_friendly_links_and_the_list_of_sites_stand_on_the_home_page(built: Built) -> None:
    home = built.html("jilin").partition('class="block site-links"')[2]
    assert re.findall(r"<h3>(.*?)</h3>", home)[-2:] == ["友情链接", "政府网站"]
    assert asking(home) == ["https://www.edu.example/"]
    assert '<a href="https://www.gov.cn/">国务院</a>' in home
    assert "甲" not in home
    assert "乙" not in home
    assert [(d["rule"], d["line"], d["message"]) for d in built.diagnostics if d["path"] == "sites/jilin.yaml"] == [
        ("link-promoted", 6, "友情链接的「https://www.cc.example/no.html」不存在"),
        ("site-link", 6, "友情链接「甲」指向不得链接的网站 a.blocked.example，不显示"),
    ]
    assert 'href="https://www.jl.example/sites.html"' in built.html("cc")
    members = built.html("jilin", "sites.html")
    part = members.partition("部门（1）")[2]
    assert part.index("https://www.cc.example/") < part.index("https://www.edu-cc.example/"), "below its government"


def test_the_question_shows_where_a_link_leads(page: Page, built: Built) -> None:
    page.route(
        "https://news.example/**", lambda route: route.fulfill(body="<title>外网</title>", content_type="text/html")
    )
    with served(built.output / "jilin") as base:
        page.goto(f"{base}/tzgg/a.html")
        link = page.get_by_role("link", name="外网")
        link.click()
        question = page.get_by_role("dialog", name="离开本站")
        assert OUTSIDE in question.inner_text()
        assert page.evaluate("document.activeElement.textContent") == "留在本站"
        assert axe(page) == []
        page.keyboard.press("Escape")
        assert question.count() == 0
        assert page.evaluate("document.activeElement.textContent").startswith("外网")
        assert page.url.startswith(base)
        link.press("Enter")
        question.get_by_role("link", name="继续访问").click()
        page.wait_for_url(OUTSIDE)


@pytest.mark.parametrize(
    ("title", "summary", "text"),
    [
        ("关于放假的通知", "", "【关于放假的通知】 https://www.jl.example/a.html"),
        ("关于放假的通知", "关于放假的通知。", "【关于放假的通知】 https://www.jl.example/a.html"),
        ("通知", "一到三日放假。", "【通知】一到三日放假。 https://www.jl.example/a.html"),
        ("通知", "全" * 200, f"【通知】{'全' * 123}…… https://www.jl.example/a.html"),
        ("通知", "a" * 400, f"【通知】{'a' * 246}…… https://www.jl.example/a.html"),
        ("通知", f"{'全' * 110}，{'部' * 50}", f"【通知】{'全' * 110}…… https://www.jl.example/a.html"),
        ("题" * 300, "摘要", f"【{'题' * 125}……】 https://www.jl.example/a.html"),
    ],
)
def test_a_text_for_the_microblog_fits(title: str, summary: str, text: str) -> None:
    url = "https://www.jl.example/a.html"
    made = weibo_text(title, summary, url)
    assert made == text
    assert length(made.removesuffix(url)) + ADDRESS <= LIMIT


def test_the_texts_of_a_day(folder: ClusterFolder) -> None:
    folder.write({"content/jilin/tzgg/draft.md": BODY.replace("slug: a", "status: draft")})
    command = ["weibo", "jilin", "--root", str(folder.root), "--json", "--today", "2026-11-20T18:00"]
    run = CliRunner().invoke(application("weibo"), command)
    assert json.loads(run.stdout) == [
        {"path": "content/jilin/tzgg/a.md", "text": "【通知】 https://www.jl.example/tzgg/a.html"}
    ]


def test_what_is_a_government_s_may_change(built: Built, folder: ClusterFolder) -> None:
    paper = SITES["sites/cc.yaml"].replace("https://www.cc.example", "https://news.example")
    folder.write({
        "sites/cluster.yaml": f"{SITES['sites/cluster.yaml']}government_hosts: [paper.example]\n",
        "sites/news.yaml": paper.replace("长春", "吉林"),
    })  # fmt: skip
    again = folder.build()
    assert asking(again.html("jilin", "tzgg/a.html")) == ["https://www.gov.cn@evil.example/"]
    clean = folder.build("--no-cache", output=folder.root / "clean")
    assert {n: d for n, d in again.files().items() if n.endswith(".html")} == {
        n: d for n, d in clean.files().items() if n.endswith(".html")
    }
