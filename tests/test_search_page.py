"""The page /search/ in a browser: phone and desktop, keyboard only, slow network, a missing shard, hostile queries."""

from __future__ import annotations

import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from jiyue.render.theme.search_modules import client_files
from jiyue.search.build import build_index
from jiyue.search.model import Promotion, SearchDoc
from tests.support.search import MODULES, made_docs

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium")
if CHROMIUM is None:
    pytest.skip("there is no Chromium", allow_module_level=True)

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".mjs": "text/javascript",
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
}
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "javascript:alert(1)",
    "%00",
    "〔〔〔〔",
    "a" * 1000,
    "😀",
]


class Site(http.server.BaseHTTPRequestHandler):
    """The tree of one site, from memory."""

    files: dict[str, bytes]

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        data = self.files.get(path + "index.html" if path.endswith("/") else path)
        self.send_response(200 if data is not None else 404)
        self.send_header(
            "Content-Type",
            TYPES.get(
                Path(path).suffix or ".html" if path.endswith("/") else Path(path).suffix, "application/octet-stream"
            ),
        )
        self.end_headers()
        self.wfile.write(data or b"")

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Address → bytes of a site with a search page and 300 documents."""
    docs = made_docs(300)
    docs += [
        SearchDoc(
            "tax",
            "zc/tax.html",
            "个体工商户税收优惠政策",
            "减征个人所得税。<b onclick=alert(1)>甲</b>",
            date="2024-05-01",
            kind="document",
            validity="现行有效",
        ),
        SearchDoc(
            "old",
            "zc/old.html",
            "吉林省旧物登记规定",
            "旧物应当登记。",
            date="2020-01-05",
            kind="document",
            column="zcwj",
            column_name="政策文件",
            doc_number="吉政发〔2019〕3号",
            validity="废止",
            issuer="吉林省人民政府",
            created="2019-02-01",
        ),
        SearchDoc("bad", "javascript:alert(1)", "恶意链接标题鸸鹋", "正文", date="2024-05-01"),
    ]
    folder = tmp_path_factory.mktemp("index")
    build_index(docs, folder, promotions=[Promotion(("社保",), "社会保险服务", "/shebao/")])
    found = {
        f"/search/index/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    found |= {f"/theme/search/{name}": data for name, data in client_files(MODULES).items()}
    page = (Path(__file__).parent / "support" / "search_page.html").read_text("utf-8")
    found["/search/index.html"] = page.encode()
    scopes = '<input type="radio" name="scope" value="" checked> <input type="radio" name="scope" value="all"><details'
    found["/search/all.html"] = (
        page.replace("<form", '<form data-all="/search/index/"').replace("<details", scopes).encode()
    )
    found["/search/part.html"] = page.replace(
        "<form", '<form data-everywhere="https://www.jl.example/search/"'
    ).encode()
    found["/search/page.css"] = b".browse:not(.shown), .chips[hidden] { display: none }"
    found["/zc/tax.html"] = "<!doctype html><title>税</title>".encode()
    return found


@pytest.fixture(scope="module")
def site(files: dict[str, bytes]) -> Iterator[str]:
    """The address of the running site."""
    handler = type("Handler", (Site,), {"files": files})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


PHONE = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 800}}


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, browser: Any) -> Iterator[Any]:
    """A page whose errors and alerts fail the test."""
    yield from opened(browser, request.param)


@pytest.fixture
def desk(browser: Any) -> Iterator[Any]:
    """A page on a desktop only, for what doesn't depend on the screen."""
    yield from opened(browser, DESKTOP)


def opened(browser: Any, options: dict[str, Any]) -> Iterator[Any]:
    """A page in a context of its own."""
    context = browser.new_context(**options)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: (wrong.append("dialog"), dialog.dismiss()))
    yield page
    context.close()
    assert not wrong


def until(page: Any, condition: str) -> None:
    """Wait for a condition of the page (its policy forbids Playwright's own way, which evaluates text in it)."""
    for _ in range(2000):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(25)
    raise AssertionError(condition)


def tab_to(page: Any, selector: str) -> None:
    """Press Tab until the focus is on one of these."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("one => document.activeElement.matches(one)", selector):
            return
    raise AssertionError(selector)


def search(page: Any, site: str, query: str, more: str = "") -> list[str]:
    """Open the page with a query; the titles in order."""
    page.goto(f"{site}/search/?q={quote(query)}{more}")
    page.wait_for_selector('ol#results[data-state="done"]', state="attached")
    titles: list[str] = page.locator("ol#results li a").all_inner_texts()
    return titles


def test_results(page: Any, site: str) -> None:
    titles = search(page, site, "税收优惠")
    assert titles[0] == "个体工商户税收优惠政策"
    link = page.locator("ol#results li a").first
    assert link.get_attribute("href") == f"{site}/zc/tax.html"
    assert page.locator("ol#results li").first.locator("mark").all_inner_texts()[0] == "税收优惠"
    assert page.locator("ol#results li").first.locator("b").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_count_pages_and_address(page: Any, site: str) -> None:
    first = search(page, site, "住房公积金")
    assert len(first) == 10 and "找到" in page.inner_text("#status")
    page.get_by_label("第 2 页", exact=True).click()
    until(
        page,
        'new URLSearchParams(location.search).get("page") === "2" && document.getElementById("results").dataset.state === "done"',
    )
    second = page.locator("ol#results li a").all_inner_texts()
    assert second != first and page.get_attribute("ol#results", "start") == "11"
    page.go_back()
    until(page, 'document.getElementById("results").start === 1')
    assert page.locator("ol#results li a").all_inner_texts() == first


def test_filters_and_order_live_in_the_address(desk: Any, site: str) -> None:
    search(desk, site, "道路")
    desk.click("#filters summary")
    desk.wait_for_selector("#filters select[name=year]")
    desk.select_option("#filters select[name=year]", "2024")
    until(desk, 'location.search.includes("year=2024") && document.getElementById("results").dataset.state === "done"')
    desk.select_option("#filters select[name=order]", "date")
    until(desk, 'location.search.includes("order=date") && document.getElementById("results").dataset.state === "done"')
    dates = [text[-10:] for text in desk.locator("ol#results .about").all_inner_texts()]
    assert len(dates) == 10 and all(date.startswith("2024") for date in dates) and dates == sorted(dates, reverse=True)
    again = search(desk, site, "道路", "&year=2024&order=date")
    assert desk.locator(".chip").all_inner_texts() == ["2024，去掉这个条件", "按日期，去掉这个条件"]
    desk.click("#filters summary")
    desk.wait_for_selector("#filters select[name=year]")
    assert desk.input_value("#filters select[name=year]") == "2024" and len(again) == 10


def test_filters_by_keyboard(desk: Any, site: str) -> None:
    search(desk, site, "道路")
    tab_to(desk, "summary")
    desk.keyboard.press("Enter")
    desk.wait_for_selector("#filters select[name=year]")
    tab_to(desk, "select[name=year]")
    desk.keyboard.type("2024")
    until(desk, 'location.search.includes("year=2024") && document.getElementById("results").dataset.state === "done"')
    assert desk.evaluate("document.activeElement.name") == "year"
    tab_to(desk, ".chip")
    desk.keyboard.press("Enter")
    until(desk, '!location.search.includes("year=2024") && document.activeElement.matches("summary")')
    assert not desk.is_visible(".chip")
    tab_to(desk, "#results a")


def test_scope_by_keyboard_stays_where_it_is(desk: Any, site: str) -> None:
    desk.goto(f"{site}/search/all.html?q={quote('龘靐齉爩')}")
    desk.wait_for_selector(".help a")
    offers = desk.locator(".help a").all_inner_texts()
    assert offers == ["在全站群查找"]
    desk.fill("#q", "鸸鹋")
    tab_to(desk, "[name=scope]")
    desk.keyboard.press("ArrowRight")
    until(desk, 'location.search.includes("scope=all") && document.querySelectorAll("#results li").length === 1')
    assert desk.evaluate("document.activeElement.value") == "all"
    desk.go_back()
    until(desk, '!location.search.includes("scope=all") && document.querySelector("[name=scope]").checked')


def test_nothing_found_offers_all_sites_and_all_columns(desk: Any, site: str) -> None:
    desk.goto(f"{site}/search/part.html?q={quote('龘靐齉爩')}&year=2024")
    desk.wait_for_selector(".help a")
    links = desk.locator(".help a")
    assert links.all_inner_texts() == ["去掉筛选条件，在全部栏目里查找", "在全站群查找"]
    query = quote("龘靐齉爩")
    assert links.nth(0).get_attribute("href") == f"?q={query}"
    assert links.nth(1).get_attribute("href") == f"https://www.jl.example/search/?q={query}&scope=all"
    assert desk.is_visible(".browse a")
    search(desk, site, "道路")
    assert not desk.is_visible(".browse a")


def test_a_row_shows_what_a_document_is(desk: Any, site: str) -> None:
    search(desk, site, "吉政发〔2019〕3号")
    row = desk.locator("ol#results li").first
    assert row.locator(".state").inner_text() == "废止" and "is-ended" in (row.get_attribute("class") or "")
    assert row.locator(".about span").all_inner_texts() == [
        "吉政发〔2019〕3号",
        "吉林省人民政府",
        "政策文件",
        "2019-02-01 成文",
        "2020-01-05",
    ]


def test_keyboard_only(desk: Any, site: str) -> None:
    search(desk, site, "")
    desk.keyboard.press("Tab")
    assert desk.evaluate("document.activeElement.id") == "q"
    desk.keyboard.type("税收")
    desk.wait_for_selector("#suggestions li")
    desk.keyboard.press("Escape")
    assert desk.get_attribute("#q", "aria-expanded") == "false"
    desk.keyboard.press("Enter")
    until(
        desk,
        'document.querySelectorAll("ol#results li").length > 0 && document.getElementById("results").dataset.state === "done"',
    )
    for _ in range(12):
        desk.keyboard.press("Tab")
        if desk.evaluate('document.activeElement.closest("#results a") !== null'):
            break
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/zc/tax.html")


def test_suggestions_by_keyboard(desk: Any, site: str) -> None:
    search(desk, site, "")
    desk.focus("#q")
    desk.keyboard.type("个体工商")
    desk.wait_for_selector("#suggestions li")
    desk.keyboard.press("ArrowDown")
    assert desk.get_attribute("#q", "aria-activedescendant") == "suggestion-0"
    assert desk.locator("#suggestions li").first.inner_text() == "个体工商户税收优惠政策"
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/zc/tax.html")


def test_one_character_suggests(desk: Any, site: str) -> None:
    search(desk, site, "")
    desk.focus("#q")
    desk.keyboard.type("税")
    desk.wait_for_selector("#suggestions li")
    assert desk.locator("#suggestions li").all_inner_texts() == ["个体工商户税收优惠政策"]


def test_pinyin_suggests_and_is_fetched_for_letters_only(desk: Any, site: str) -> None:
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(request.url))
    search(desk, site, "")
    desk.focus("#q")
    desk.keyboard.type("税收")
    desk.wait_for_selector("#suggestions li")
    assert not [url for url in asked if "pinyin" in url]
    desk.fill("#q", "")
    desk.keyboard.type("getigongshanghu shui'sh")
    until(desk, 'document.querySelector("#suggestions li")?.textContent === "个体工商户税收优惠政策"')
    assert len([url for url in asked if "pinyin" in url]) == 2


def test_pinyin_where_nothing_is_found(desk: Any, site: str) -> None:
    assert search(desk, site, "shuishou") == []
    assert desk.locator("#status .help a").all_inner_texts()[:2] == ["查找“税收”", "个体工商户税收优惠政策"]
    desk.click("#status .help a >> nth=0")
    until(desk, 'document.querySelector("#results a")?.textContent === "个体工商户税收优惠政策"')


def test_what_is_only_related_is_counted_apart(desk: Any, site: str) -> None:
    titles = search(desk, site, "个体工商户税收通知")
    assert len(titles) > 1 and desk.inner_text("#status").startswith("没有完全符合的内容，以下")
    titles = search(desk, site, "旧物登记")
    related = len(titles) - 1
    assert related and desk.inner_text("#status") == f"找到 1 条结果。另有 {related} 条部分相关。"


def test_screen_reader_hears_the_count(desk: Any, site: str) -> None:
    search(desk, site, "税收优惠")
    assert desk.get_attribute("#status", "role") == "status"
    assert desk.inner_text("#status").startswith("找到 1 条结果")


def test_empty_result_helps(desk: Any, site: str) -> None:
    assert search(desk, site, "龘靐齉爩") == []
    assert "没有找到与“龘靐齉爩”有关的内容。" in desk.inner_text("#status") and "换一个说法" in desk.inner_text(
        "#status"
    )


def test_one_wrong_character_and_traditional(desk: Any, site: str) -> None:
    assert search(desk, site, "个体工商户税收忧惠")[0] == "个体工商户税收优惠政策"
    assert search(desk, site, "個體工商戶稅收優惠")[0] == "个体工商户税收优惠政策"
    assert "已按简体“个体工商户税收优惠”查找" in desk.inner_text("#status")


def test_promoted_result_comes_first(desk: Any, site: str) -> None:
    assert search(desk, site, "社保")[0] == "社会保险服务"


def test_slow_network(desk: Any, site: str) -> None:
    slow = {"offline": False, "latency": 120, "downloadThroughput": 20_000, "uploadThroughput": 20_000}
    desk.context.new_cdp_session(desk).send("Network.emulateNetworkConditions", slow)
    desk.goto(f"{site}/search/?q={quote('税收优惠')}", wait_until="commit")
    until(desk, 'document.getElementById("results")?.dataset.state === "busy"')
    desk.wait_for_selector('ol#results[data-state="done"]', state="attached")
    assert desk.locator("ol#results li a").first.inner_text() == "个体工商户税收优惠政策"


def test_missing_shard_is_told_and_the_rest_is_kept(desk: Any, site: str) -> None:
    desk.context.route("**/search/index/a/t/*/*0*", lambda route: route.fulfill(status=404))
    titles = search(desk, site, "关于住房公积金提取规定的通知")
    assert titles and "部分索引暂时取不到" in desk.inner_text("#status")


def test_no_index_at_all(desk: Any, site: str) -> None:
    desk.context.route("**/search/index/**", lambda route: route.abort())
    assert search(desk, site, "税收") == []
    assert desk.inner_text("#status") == "索引暂时取不到，请检查网络后重试。"


def test_offline_once_fetched(desk: Any, site: str) -> None:
    before = search(desk, site, "税收优惠")
    desk.context.route("**/search/index/**", lambda route: route.abort())
    assert search(desk, site, "税收优惠") == before


@pytest.mark.parametrize("query", HOSTILE)
def test_hostile_queries(desk: Any, site: str, query: str) -> None:
    search(desk, site, query)
    assert desk.locator("main img, main script").count() == 0


def test_hostile_address_in_the_index(desk: Any, site: str) -> None:
    assert search(desk, site, "鸸鹋") == ["恶意链接标题鸸鹋"]
    assert desk.locator("ol#results li a").first.get_attribute("href") == "#"


def test_old_browser(desk: Any, site: str) -> None:
    desk.add_init_script("delete globalThis.DecompressionStream; delete globalThis.caches; delete Intl.Segmenter")
    assert search(desk, site, "税收优惠")[0] == "个体工商户税收优惠政策"


def test_no_request_leaves_the_host(desk: Any, site: str) -> None:
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(request.url))
    search(desk, site, "個體工商戶")
    desk.focus("#q")
    assert asked and all(url.startswith(site) for url in asked)


def test_without_javascript(browser: Any, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/search/?q=a")
    assert (
        "搜索需要 JavaScript" in page.inner_text("main")
        and page.locator("noscript a[href='/sitemap/'], main a[href='/sitemap/']").count() == 1
    )
    context.close()
