"""Rebuttals and responses: evidence is shown, what came later has its place on the page and in the feeds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from tests.support.cluster import Built, new_cluster

COLUMNS = "columns: [{path: hygq, name: 回应关切, type: 回应关切}]\n"
SITES = {
    "sites/cluster.yaml": "name: 站群\nroot: jilin\n",
    "sites/jilin.yaml": f"name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n{COLUMNS}",
    "sites/cc.yaml": f"name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n{COLUMNS}",
}
REBUTTAL = """---
title: 没有停水
date: 2026-11-06 16:30
slug: r
kind: rebuttal
push_down: all
pinned: true
claim: 全市停水三天
verdict: 不实
evidence:
  - {name: 供水公告, url: gonggao.csv}
  - https://www.water.example/notice
  - 供水企业当日的运行记录
  - {name: 没有的文件, url: meiyou.csv}
updates:
  - {at: 2026-11-07 11:00, text: 公安机关已经受理。}
  - {at: 2026-11-08 10:00, text: 造谣者已经道歉。}
---
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    news = {
        f"content/jilin/hygq/n{n}.md": f"---\ntitle: 第{n}条\ndate: 2026-11-0{n} 09:00\n---\n文。\n"
        for n in range(1, 8)
    }
    files = {
        **SITES,
        **news,
        "content/jilin/hygq/r.md": REBUTTAL,
        "content/jilin/hygq/gonggao.csv": "日期,状态\n11-06,正常\n",
    }
    return new_cluster(tmp_path_factory.mktemp("responses"), files).build()


def test_a_pinned_rebuttal_stands_at_the_head_of_the_home_pages(built: Built) -> None:
    for site in ("jilin", "cc"):
        assert re.search(r'class="pinned.*?没有停水', built.html(site), re.DOTALL)


def test_evidence_is_shown_with_its_files(built: Built) -> None:
    page = built.html("jilin", "hygq/r.html")
    assert '<a href="../hygq/gonggao.csv">供水公告</a> <span class="file-facts">CSV，' in page
    assert '<a href="https://www.water.example/notice" rel="noopener noreferrer">' in page
    assert "<li>供水企业当日的运行记录</li>" in page
    assert "<li>没有的文件</li>" in page, "a file that is not there is told, and a text"
    assert [d["line"] for d in built.diagnostics if d["rule"] == "link-missing"] == [14]
    pushed = next(
        data.decode()
        for name, data in built.files().items()
        if name.startswith("cc/hygq/") and b"kind-rebuttal" in data
    )
    assert '<a href="https://www.jl.example/hygq/gonggao.csv">供水公告</a>' in pushed


def test_updates_stand_newest_first_with_an_address_of_their_own(built: Built) -> None:
    page = built.html("jilin", "hygq/r.html")
    newest, first = page.index('<li id="update-202611081000">'), page.index('<li id="update-202611071100">')
    assert newest < first
    assert '<time datetime="2026-11-08 10:00">' in page[newest:first]
    record = next(
        json.loads(line)
        for line in built.files()["jilin/api/articles-2026.jsonl"].decode().splitlines()
        if "没有停水" in line
    )
    assert record["updated"] == "2026-11-08 10:00"


@pytest.mark.parametrize("feed", ["feed.json", "hygq/feed.json"])
def test_each_update_is_an_entry_of_the_feeds(built: Built, feed: str) -> None:
    items = json.loads(built.files()[f"jilin/{feed}"])["items"]
    assert [i["title"] for i in items[:3]] == ["最新进展：没有停水", "最新进展：没有停水", "第7条"]
    assert items[0]["url"] == "https://www.jl.example/hygq/r.html#update-202611081000"
    assert items[0]["content_text"] == "造谣者已经道歉。"
    assert items[0]["id"].endswith("/r#update-202611081000") or "#update-" in items[0]["id"]
    assert len({i["id"] for i in items}) == len(items)


def test_an_update_to_come_withholds_as_any_date_to_come(build_site: Callable[..., Built]) -> None:
    built = build_site({**SITES, "content/jilin/hygq/r.md": REBUTTAL.replace("11-08 10:00", "12-08 10:00")})
    (found,) = (d for d in built.diagnostics if d["rule"] == "date-future")
    assert (found["line"], found["message"]) == (
        15,
        "一条进展的时间 2026-12-08 10:00 还没有到（现在是 2026-11-23 00:00）",
    )
