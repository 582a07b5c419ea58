"""Screens in public places: the display loop, the touch edition and the offline bundle."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jiyue.base.reason import Reason
from jiyue.checks.page.output import verify_site
from jiyue.publish.release.scrub import Marks, names_pages, scrub_file
from jiyue.publish.release.tombstones import Tombstone
from jiyue.publish.submit.pages import from_manifest
from jiyue.publish.webserver.caddy import caddy_config
from jiyue.publish.webserver.csp import foreign_inline, theme_inline
from jiyue.publish.webserver.nginx import nginx_config
from jiyue.publish.webserver.policy import Policy, Served, cache_of
from jiyue.registry.url_ledger import addresses
from tests.support.browser import axe, served
from tests.support.cluster import Built, new_cluster
from tests.support.samples import png

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route, ViewportSize

HIDDEN = ("尚未公布的事", "已经过期的事", "已经撤下的事", "别的栏目的事")
FILES: dict[str, str | bytes] = {
    "sites/jilin.yaml": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\nsite_id_code: '2200000001'\n"
    "sponsor: 省政府<办公厅>\nicp: 吉ICP备0号\ncontact: 电话 0431-0000\n"
    "columns: [{path: tzgg, name: 通知公告}, {path: yw, name: 要闻动态}, {path: qt, name: 其他}]\n"
    "screens: {columns: [yw, tzgg], seconds: 10, idle: 30, poll: 20, items: 3}\n"
    "notice: {level: yellow, text: 大风黄色预警, until: 2026-12-01}\n",
    "sites/nongan.yaml": "name: 农安县人民政府\nkind: county\nsuperior: jilin\nurl: https://www.na.example\n"
    "columns: [{path: tzgg, name: 通知公告}]\nscreens: {columns: [tzgg]}\n",
    "content/nongan/tzgg/a.md": "---\ntitle: 县里的通知\ndate: 2026-11-20\n---\n正文。\n",
    "content/jilin/yw/photo.md": "---\ntitle: 供暖开始\ndate: 2026-11-22 09:00\nslug: photo\nexpires: 2026-11-30\n---\n"
    "供暖期从十月二十日开始。![现场](p.png)\n\n见[通知](../tzgg/a.md)、[外面](https://www.out.example/x)、[别的](../qt/o.md)。\n",
    "content/jilin/yw/p.png": png(),
    "content/jilin/tzgg/a.md": "---\ntitle: 关于<b>冬季</b>出行的通知\ndate: 2026-11-21\nslug: a\n---\n路面有冰。[附表](t.csv)\n",
    "content/jilin/tzgg/t.csv": "名称,数\n甲,1\n",
    "content/jilin/tzgg/b.md": "---\ntitle: 第二个通知\ndate: 2026-11-20\nslug: b\nsummary: 这是摘要。\n---\n正文乙。\n",
    "content/jilin/tzgg/c.md": "---\ntitle: 第三个通知\ndate: 2026-11-19\nslug: c\n---\n正文丙。\n",
    "content/jilin/tzgg/d1.md": f"---\ntitle: {HIDDEN[0]}\ndate: 2026-11-20\npublish_at: 2026-12-20\n---\n{HIDDEN[0]}\n",
    "content/jilin/tzgg/d2.md": f"---\ntitle: {HIDDEN[1]}\ndate: 2026-11-20\nexpires: 2026-11-21\n---\n{HIDDEN[1]}\n",
    "content/jilin/tzgg/d3.md": f"---\ntitle: {HIDDEN[2]}\ndate: 2026-11-20\n"
    f"withdraw: {{at: 2026-11-21, reason: 内容有误}}\n---\n{HIDDEN[2]}\n",
    "content/jilin/qt/o.md": f"---\ntitle: {HIDDEN[3]}\ndate: 2026-11-22\n---\n正文。\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    result = new_cluster(tmp_path_factory.mktemp("screens"), FILES).build()
    assert not result.diagnostics
    return result


@pytest.fixture(scope="module")
def site(built: Built) -> Path:
    return built.output / "jilin"


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with served(site) as url:
        yield url


def screen_files(site: Path) -> dict[str, bytes]:
    return {p.relative_to(site).as_posix(): p.read_bytes() for p in (site / "screen").rglob("*") if p.is_file()}


def playlist(site: Path) -> dict[str, Any]:
    return dict(json.loads((site / "screen/playlist.json").read_bytes()))


def test_only_what_is_public_in_the_chosen_columns_is_shown(site: Path) -> None:
    list_ = playlist(site)
    assert [item["title"] for item in list_["items"]] == ["供暖开始", "关于<b>冬季</b>出行的通知", "第二个通知"]
    assert [item["text"] for item in list_["items"]] == [
        "供暖期从十月二十日开始。 见通知、外面、别的。", "路面有冰。附表", "这是摘要。"
    ]  # fmt: skip
    assert list_["items"][0]["until"] == "2026-11-30T00:00:00+08:00"
    assert [line["text"] for line in list_["alerts"]] == ["大风黄色预警"]
    files = screen_files(site)
    pages = {path for path in files if path.endswith(".html")}
    assert pages == {
        f"screen/{name}.html"
        for name in (
            "index",
            "loop/index",
            "search",
            "sites",
            "yw/index",
            "tzgg/index",
            "yw/photo",
            "tzgg/a",
            "tzgg/b",
            "tzgg/c",
        )
    }
    for words in HIDDEN:
        assert not [path for path, data in files.items() if words.encode() in data]


def test_every_page_carries_the_furniture_and_no_link_leads_out(site: Path, built: Built) -> None:
    codes = (
        "吉林省人民政府",
        "中国政府网",
        "我为政府网站找错",
        "2200000001",
        "省政府&lt;办公厅&gt;",
        "吉ICP备0号",
        "大风黄色预警",
    )
    for path, data in screen_files(site).items():
        if not path.endswith(".html"):
            continue
        html = data.decode()
        assert [text for text in codes if text not in html] == [], path
        assert not re.search(r"<(?:a|iframe|form|img|script)\b[^>]*(?:href|src|action)=\"(?:https?:)?//", html), path
        assert '<meta name="robots" content="noindex">' in html
        assert 'rel="canonical" href="https://www.jl.example/' in html
    assert not verify_site(site, "jilin").findings
    assert not foreign_inline(site / "screen", "jilin", theme_inline(Path("themes/gov"))[0])
    article = (site / "screen/yw/photo.html").read_text()
    assert (
        '<a href="../tzgg/a.html" rel="noopener noreferrer">通知</a>、<span>外面</span>、<span>别的</span>' in article
    )
    assert 'src="../../yw/p.png' in article
    names = (site / "screen/sites.html").read_text()
    assert "农安县人民政府" in names
    assert "https://www.na.example" not in names
    county = (built.output / "nongan/screen/index.html").read_text()
    assert "吉林省人民政府" in county


def test_lists_for_search_engines_and_the_ledger_do_not_know_screens(site: Path) -> None:
    others = [
        p for p in site.rglob("*") if p.is_file() and p.suffix in (".xml", ".txt", ".json", ".jsonl", ".atom", ".rss")
    ]
    naming = [p.name for p in others if b"screen/" in p.read_bytes()]
    assert naming == ["playlist.json"]
    assert b"screen/" not in (site / "index.html").read_bytes()
    paths = [p.relative_to(site).as_posix() for p in site.rglob("*.html")]
    assert not [url for url in addresses(paths) if "/screen/" in url]
    assert not [url for url in from_manifest("https://www.jl.example", dict.fromkeys(paths, "")) if "/screen/" in url]


def test_the_bundle_holds_all_it_loads_with_hashes(site: Path) -> None:
    data = (site / "screen/bundle.zip").read_bytes()
    assert data == (site / "screen/bundle.htz").read_bytes()
    archive = zipfile.ZipFile(BytesIO(data))
    names = archive.namelist()
    assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["playlist"] == "https://www.jl.example/screen/playlist.json"
    assert manifest["files"] == {n: hashlib.sha256(archive.read(n)).hexdigest() for n in names if n != "manifest.json"}
    html = archive.read("index.html").decode()
    loaded = [one.partition("?")[0] for one in re.findall(r'(?:src|stylesheet" href)="([^"]*)"', html)]
    assert len(loaded) > 6
    assert not [one for one in loaded if one not in names]


def test_headers_are_generated_for_every_server() -> None:
    policy, sites = Policy(), [Served("jilin", "https://www.jl.example/sub", Path("/srv/live/jilin"))]
    fresh = [
        f"/sub/screen/{name}" for name in ("playlist.json", "bundle.zip", "bundle.htz", "", "loop/", "tzgg/a.html")
    ]
    assert {cache_of(url, policy) for url in fresh} == {policy.pages}
    assert cache_of("/sub/theme/screens/loop.0123abcd.js", policy) == policy.hashed
    assert cache_of("/sub/screen/qr/0123abcd.svg", policy) == policy.others
    for text in (nginx_config(sites, policy, Path("/srv/links")), caddy_config(sites, policy)):
        assert r"/screen/playlist\.json" in text
        assert r"bundle\.(?:zip|htz)" in text


def test_a_withdrawn_article_can_be_cut_out_of_a_release(site: Path) -> None:
    stone = Tombstone(
        "jilin",
        "/tzgg/a.html",
        Reason.WITHDRAWN,
        "2026-11-23",
        "https://www.jl.example",
        "",
        "关于<b>冬季</b>出行的通知",
        1,
        "",
    )
    marks = Marks("jilin", "https://www.jl.example", [stone])
    for path, data in screen_files(site).items():
        if not names_pages(path) or path == "screen/tzgg/a.html":
            continue
        clean = scrub_file(path, data, marks)
        if path.startswith("screen/bundle"):
            assert clean is None  # no part of it can be cut out: it goes
        elif "loop" in path or "playlist" in path or "tzgg/index" in path:
            assert clean
            assert b"tzgg/a.html" not in clean
            assert "出行的通知" not in clean.decode()
            assert "第二个通知" in clean.decode()
        else:
            assert clean is not None
            assert b"tzgg/a.html" not in clean


def titles(page: Page) -> list[str]:
    return page.locator(".slide[data-id] h2").all_text_contents()


def now_shown(page: Page) -> str:
    return str(page.locator(".on").locator("h2, span").first.text_content())


@pytest.fixture
def screen(browser: Browser) -> Iterator[Page]:
    """A page whose clock the test moves."""
    with browser.new_context(
        locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1920, "height": 1080}
    ) as context:
        page = context.new_page()
        page.clock.install(time="2026-11-23T09:59:59+08:00")
        page.clock.pause_at("2026-11-23T10:00:00+08:00")  # else it also runs by itself
        yield page


def answering(page: Page, url: str, body: Callable[[], dict[str, Any] | None]) -> None:
    """Answers for a playlist; None: the network is cut."""

    def answer(route: Route) -> None:
        given = body()
        if given is None:
            route.abort()
        else:
            route.fulfill(json=given, headers={"Access-Control-Allow-Origin": "*"})

    page.route(url, answer)


def polled(page: Page, seconds: int = 20) -> None:
    """The time of one poll passes, and its answer is applied."""
    with page.expect_event("requestfinished", lambda request: request.url.endswith("playlist.json")):
        page.clock.run_for(seconds * 1000)
    page.wait_for_load_state("networkidle")


def test_the_loop_follows_its_playlist(screen: Page, site: Path, address: str) -> None:
    now = playlist(site)
    answering(screen, "**/playlist.json", lambda: now)
    screen.goto(f"{address}/screen/loop/")
    assert now_shown(screen) == "大风黄色预警"
    screen.clock.run_for(10_000)
    assert now_shown(screen) == "供暖开始"
    screen.keyboard.press(" ")
    screen.clock.run_for(25_000)
    assert now_shown(screen) == "供暖开始"
    assert screen.inner_text(".state") == "已暂停"
    screen.clock.run_for(16_000)  # nobody presses again: it goes on by itself
    assert now_shown(screen) == "关于<b>冬季</b>出行的通知"

    new = {**now["items"][0], "id": "new", "title": "新的<i>一条</i>", "version": "1", "picture": "../../gone.png"}
    now = {**now, "items": [new, *now["items"][1:]], "alerts": []}
    polled(screen)
    screen.wait_for_function("document.querySelectorAll('.slide[data-id]')[0].textContent.includes('新的<i>一条</i>')")
    assert titles(screen) == ["新的<i>一条</i>", "关于<b>冬季</b>出行的通知", "第二个通知"]
    assert screen.locator(".alarm").count() == 0

    line = {"key": "k", "level": "red", "exercise": "", "grave": "grave", "name": "红色预警", "text": "立即转移", "by": "气象台",
            "since": "", "until": "2026-11-23T10:10:00+08:00"}  # fmt: skip
    now = {**now, "alerts": [line]}
    polled(screen)
    screen.wait_for_selector(".alarm.on")
    assert now_shown(screen) == "立即转移"
    box = screen.locator(".alarm.on").bounding_box()
    assert box is not None
    assert box["width"] == 1920
    screen.clock.run_for(60_000)
    assert now_shown(screen) == "立即转移"  # a grave alarm stands alone
    screen.clock.run_for(600_000)  # and goes at its time
    assert screen.locator(".alarm").count() == 0
    assert screen.locator(".slide.on").count() == 1
    screen.clock.resume()  # axe waits for timers
    assert not axe(screen)


def test_the_first_playlist_shows_without_scripts(browser: Browser, address: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{address}/screen/loop/")
        assert "供暖开始" in page.inner_text("body")
        assert all(one.is_visible() for one in page.locator(".slide, .alarm").all())


def test_a_touch_screen_goes_back_to_its_start_and_spells(screen: Page, browser: Browser, address: str) -> None:
    size: ViewportSize = {"width": 1080, "height": 1920}
    with browser.new_context(locale="zh-CN", viewport=size) as context:
        page = context.new_page()
        page.goto(f"{address}/screen/")
        assert not axe(page)
    screen.set_viewport_size(size)
    screen.goto(f"{address}/screen/")
    with screen.expect_navigation():
        screen.click("text=供暖开始")
    small = "[...document.querySelectorAll('a,button')].filter(e => e.getClientRects()[0].height < 44).map(e => e.outerHTML)"
    assert screen.evaluate(small) == []
    screen.clock.run_for(15_000)
    assert screen.locator(".idle").count() == 0
    screen.clock.run_for(10_000)
    assert re.fullmatch("[56] 秒后回到开始", screen.inner_text(".idle p"))
    screen.click("text=继续使用")
    assert screen.locator(".idle").count() == 0
    screen.clock.run_for(29_000)
    with screen.expect_navigation(url=f"{address}/screen/index.html"):
        screen.clock.run_for(2_000)

    screen.goto(f"{address}/screen/search.html")
    for letter in "gongnuan":
        screen.click(f'.board .key:text-is("{letter}")')
    screen.wait_for_selector(".candidates .key")
    assert screen.locator(".candidates .key").first.text_content() == "供暖"
    assert screen.evaluate(small) == []
    screen.click(".candidates .key:first-child")
    screen.clock.run_for(500)
    screen.wait_for_selector(".hits li a")
    with screen.expect_navigation():
        screen.click(".hits li a >> nth=0")
    assert screen.url == f"{address}/screen/yw/photo.html"


def test_the_bundle_plays_without_network_and_forgets_what_is_withdrawn(
    screen: Page, site: Path, tmp_path: Path
) -> None:
    zipfile.ZipFile(site / "screen/bundle.zip").extractall(tmp_path)
    now: dict[str, Any] | None = None
    answering(screen, "https://www.jl.example/screen/playlist.json", lambda: now)
    failed: list[str] = []
    screen.on("requestfailed", lambda request: failed.append(request.url))
    screen.goto(f"{tmp_path.as_uri()}/index.html")
    assert titles(screen) == ["供暖开始", "关于<b>冬季</b>出行的通知", "第二个通知"]
    screen.clock.fast_forward(24 * 3600_000)
    screen.clock.run_for(120_000)
    assert screen.locator(".slide.on, .alarm.on").count() == 1
    assert "网络中断" in screen.inner_text(".state")
    assert set(failed) == {"https://www.jl.example/screen/playlist.json"}
    assert screen.evaluate("[...document.images].every(one => one.complete && one.naturalWidth)")

    now = {**playlist(site), "items": playlist(site)["items"][1:], "alerts": []}
    polled(screen)
    screen.wait_for_function("document.querySelectorAll('.slide[data-id]').length === 2")
    now = None
    screen.reload()  # a player that starts anew, without network, does not go back to what the bundle had
    assert titles(screen) == ["关于<b>冬季</b>出行的通知", "第二个通知"]
    assert screen.locator(".alarm").count() == 0


@pytest.mark.long
def test_two_hours_need_no_more_memory_than_ten_minutes(screen: Page, site: Path, address: str) -> None:
    turn = 0

    def changing() -> dict[str, Any]:
        base = playlist(site)
        items = [{**item, "version": f"{turn}-{item['version']}"} for item in base["items"]]
        return {**base, "items": items, "alerts": base["alerts"] if turn % 2 else []}

    answering(screen, "**/playlist.json", changing)
    screen.goto(f"{address}/screen/loop/")
    session = screen.context.new_cdp_session(screen)

    def used() -> tuple[int, int]:
        session.send("HeapProfiler.collectGarbage")
        counts = session.send("Memory.getDOMCounters")
        return int(session.send("Runtime.getHeapUsage")["usedSize"]), int(counts["nodes"])

    start = (0, 0)
    for turn in range(360):
        polled(screen)
        if turn == 30:
            start = used()
    end = used()
    assert end[0] < start[0] * 1.15
    assert end[1] < start[1] * 1.15
