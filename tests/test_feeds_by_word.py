"""Feeds by declared topics and keywords, where readers find them, and the WebSub hub that hears of changed feeds."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest

from jiyue.cli.publishing import cluster_at
from jiyue.publish.announcing import announce
from jiyue.publish.submit.websub import feeds as feeds_of
from jiyue.registry import url_ledger
from jiyue.render.pages.cards import word_stem
from tests.support import feeds
from tests.support.cluster import Built, ClusterFolder, new_cluster
from tests.support.publication import Live

SITE = "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\ncolumns: [{path: tzgg, name: 通知公告}]\n"
BY = "feeds_by: {keywords: [供暖, 没有的], topics: [城乡建设]}\n"
HEATING, NONE, TOPIC = (word_stem(*one) for one in (("keyword", "供暖"), ("keyword", "没有的"), ("topic", "城乡建设")))


def article(title: str, date: str, more: str = "") -> str:
    return f"---\ntitle: {title}\ndate: {date}\n{more}---\n正文。\n"


FILES = {
    "content/jilin/tzgg/a.md": article("供暖开始", "2026-11-20 09:30", "keywords: [供暖, 民生]\n"),
    "content/jilin/tzgg/b.md": article("供水检修", "2026-11-21 09:30", "keywords: [供水]\n"),
    "content/jilin/tzgg/c.md": article("建设规划", "2026-11-22 09:30", "topic: 城乡建设/规划\nkeywords: [供暖]\n"),
    "content/jilin/tzgg/d.md": article("以后", "2026-12-22 09:30", "publish_at: 2026-12-22 09:30\nkeywords: [供暖]\n"),
}


class Hub:
    """A WebSub hub: what publishers told it. status: of its answers."""

    def __init__(self) -> None:
        self.told: list[list[tuple[str, str]]] = []
        self.status = 204
        self.url = ""


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    state = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
            state.told.append(parse_qsl(body))
            self.send_response(state.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, hub: Hub) -> ClusterFolder:
    return new_cluster(tmp_path_factory.mktemp("feeds"), {**FILES, "sites/jilin.yaml": f"{SITE}{BY}hub: {hub.url}\n"})


@pytest.fixture(scope="module")
def built(cluster: ClusterFolder) -> Built:
    return cluster.build()


def titles(built: Built, stem: str) -> list[str]:
    return [item["title"] for item in json.loads(built.files()[f"jilin/{stem}.json"])["items"]]


def test_each_declared_word_has_feeds(built: Built) -> None:
    assert built.diagnostics == []
    assert titles(built, HEATING) == ["建设规划", "供暖开始"]
    assert titles(built, TOPIC) == ["建设规划"]
    assert titles(built, NONE) == []
    for stem in (HEATING, TOPIC):
        for suffix in ("atom", "rss", "json"):
            name = f"{stem}.{suffix}"
            address = f"https://www.jl.example/{name}"
            assert feeds.faults(f"feed.{suffix}", built.files()[f"jilin/{name}"], address) == []


def test_readers_find_every_feed_in_one_place(built: Built) -> None:
    page = built.html("jilin", "sitemap.html")
    listed = page.partition('id="feeds"')[2].partition("</ul>")[0]
    there = {name.removeprefix("jilin/") for name in built.files() if name.startswith("jilin/")}
    found = [part.partition('"')[0] for part in listed.split('href="')[1:]]
    assert set(found) <= there
    assert {name for name in there if name.endswith((".atom", ".rss"))} <= set(found)
    for html, shown in ((built.html("jilin"), True), (built.html("jilin", "tzgg/"), False)):
        assert (f'href="{HEATING}.atom"' in html) is shown, "found by feed readers on the site's own pages"


def test_every_feed_names_its_hub(built: Built, hub: Hub) -> None:
    files = built.files()
    for stem in ("feed", "tzgg/feed", HEATING):
        assert f'<link rel="hub" href="{hub.url}"/>' in files[f"jilin/{stem}.atom"].decode()
        assert f'<atom:link rel="hub" href="{hub.url}"/>' in files[f"jilin/{stem}.rss"].decode()
        assert json.loads(files[f"jilin/{stem}.json"])["hubs"] == [{"type": "WebSub", "url": hub.url}]
        assert 'rel="self"' in files[f"jilin/{stem}.atom"].decode()


def test_a_hub_hears_of_changed_feeds_after_a_publication(
    cluster: ClusterFolder, built: Built, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    publication = Live(cluster)
    assert "WebSub 中心已接收" in publication.run("publish")
    [told] = hub.told
    assert told[0] == ("hub.mode", "publish")
    everything = {url for key, url in told[1:] if key == "hub.url"}
    assert {
        f"https://www.jl.example/{name}" for name in ("feed.atom", "tzgg/feed.rss", f"{HEATING}.json")
    } <= everything

    live = cluster_at(cluster.root)
    assert announce(live, ["jilin"]) == [], "nothing has changed"
    cluster.write({"content/jilin/tzgg/e.md": article("供水恢复", "2026-11-23 09:30", "keywords: [供水]\n")})
    cluster.write({"sites/jilin.yaml": f"{SITE}{BY.replace('供暖, ', '')}hub: {hub.url}\n"})
    after = cluster.build(today="2026-11-24")
    assert f"jilin/{HEATING}.atom" not in after.files(), "no longer declared"
    hub.status = 503
    monkeypatch.setattr("jiyue.publish.submit.http.FIRST_PAUSE", 0.0)
    assert "WebSub 中心没有接收：HTTP 503" in publication.run("publish", today="2026-11-24", code=0), (
        "it fails no publication"
    )
    ledger = url_ledger.read(cluster.root, "jilin")[0]
    assert ledger[f"/{HEATING}.atom"].to == "/feed.atom", "its address leads to the site's feed"
    hub.status, hub.told[:] = 204, []
    [said] = announce(cluster_at(cluster.root), ["jilin"])
    changed = {url for key, url in hub.told[0] if key == "hub.url"}
    assert said.startswith("jilin：WebSub 中心已接收")
    assert f"https://www.jl.example/{TOPIC}.atom" not in changed
    assert {"https://www.jl.example/feed.atom", "https://www.jl.example/tzgg/feed.atom"} <= changed


def test_only_feeds_are_announced() -> None:
    names = (
        "feed.atom",
        "a/b/feed.json",
        "cluster.rss",
        "alerts/index.atom",
        f"{HEATING}.rss",
        "a/feed.xml",
        "feed.html",
        "files/x.json",
    )
    assert list(feeds_of("https://a.example", dict.fromkeys(names, "1"))) == [
        f"https://a.example/{name}" for name in names[:5]
    ]
