"""Every page kind in a browser: real Chromium, axe-core, narrow and wide, in each of the reader's modes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.browser import axe, served
from tests.support.cluster import new_cluster
from tests.support.page_kinds import HOSTILE, PAGES, ROOT_PAGES, files

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

KINDS = [*PAGES, *ROOT_PAGES]
ADDRESSES = {
    **{kind: ("cb", path) for kind, path in PAGES.items()},
    **{kind: ("jilin", path) for kind, path in ROOT_PAGES.items()},
    **{f"hostile {slug}": ("cb", f"tzgg/{slug}.html") for slug in HOSTILE},
    "hostile list": ("cb", "tzgg/index.html"),
}
Address = Callable[[str], str]
MODES: dict[str, dict[str, Any]] = {"normal": {}, "elder": {}, "dark": {"color_scheme": "dark"}, "print": {}}
ELDER = '{"font":"3","space":"wide","cursor":"big","elder":"on"}'


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small cluster, built once."""
    built = new_cluster(tmp_path_factory.mktemp("kinds"), files()).build()
    assert built.exit_code == 0, built.stdout + built.stderr
    return built.output


@pytest.fixture(scope="module")
def at(output: Path) -> Iterator[Address]:
    """at(kind): the address of a page; each site has a host of its own, as in life."""
    with served(output / "cb") as county, served(output / "jilin") as root:
        bases = {"cb": county, "jilin": root}
        yield lambda kind: f"{bases[ADDRESSES[kind][0]]}/{ADDRESSES[kind][1]}"


def opened(browser: Browser, mode: str, width: int, **options: Any) -> Page:
    """A page in a mode, at a width in CSS pixels."""
    context = browser.new_context(
        locale="zh-CN", viewport={"width": width, "height": 800}, reduced_motion="reduce", **MODES[mode], **options
    )
    if mode == "elder":
        context.add_init_script(f"localStorage.setItem('jiyue-reading', '{ELDER}')")
    page = context.new_page()
    if mode == "print":
        page.emulate_media(media="print")
    return page


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def violations(page: Page, kind: str) -> list[str]:
    """axe-core's findings, a line each."""
    return [f"{kind}: {v['id']}: {v['nodes'][0]['html'][:200]}" for v in axe(page)]


@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_on_any_page_kind(browser: Browser, at: Address, width: int) -> None:
    page = opened(browser, "normal", width)
    wrong: list[str] = []
    for kind in KINDS:
        page.goto(at(kind))
        wrong += violations(page, kind)
    page.context.close()
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("mode", "width"), [("elder", 320), ("dark", 1280), ("print", 1280)])
def test_axe_finds_nothing_in_the_reader_s_modes(browser: Browser, at: Address, mode: str, width: int) -> None:
    page = opened(browser, mode, width)
    wrong: list[str] = []
    for kind in ("home", "column", "document", "guide", "rebuttal"):
        page.goto(at(kind))
        wrong += violations(page, kind)
    page.context.close()
    assert not wrong, "\n".join(wrong)


@pytest.mark.long
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("mode", MODES)
def test_axe_finds_nothing_anywhere(browser: Browser, at: Address, mode: str, width: int) -> None:
    page = opened(browser, mode, width)
    wrong: list[str] = []
    for kind in ADDRESSES:
        page.goto(at(kind))
        wrong += violations(page, kind)
    page.context.close()
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("mode", "width"),
    [
        ("normal", 320),
        pytest.param("normal", 390, marks=pytest.mark.long),
        pytest.param("normal", 640, marks=pytest.mark.long),
        ("normal", 1280),
        ("elder", 320),
        ("elder", 1280),
    ],
)
def test_nothing_is_wider_than_the_window(browser: Browser, at: Address, mode: str, width: int) -> None:
    """Reflow (WCAG 1.4.10): 640 is a 1280 px screen at 200 %, and hostile titles are among the pages."""
    page = opened(browser, mode, width)
    wrong = []
    for kind in ADDRESSES:
        page.goto(at(kind), wait_until="domcontentloaded")
        if (excess := overflow(page)) > 0:
            wrong.append(f"{kind}: {excess} px too wide")
    page.context.close()
    assert not wrong, "\n".join(wrong)


_SMALL = """() => { const inSentence = '.skip, .visually-hidden, .body p, .body li, .body td, .origin, .missing p, .found p, noscript p';
  return [...document.querySelectorAll('a[href], button, summary, input:not([type=hidden])')]
  .filter(e => e.checkVisibility() && !e.closest(inSentence))
  .map(e => [e.outerHTML.slice(0, 120), e.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.height < 43.9 || box.width < 43.9))
  .map(([html, box]) => `${box.width.toFixed(1)}x${box.height.toFixed(1)} ${html}`); }"""


def test_targets_are_large_enough_for_a_thumb(browser: Browser, at: Address) -> None:
    """44 px, except links within a sentence (WCAG 2.5.8 asks for 24, 2.5.5 for 44)."""
    page = opened(browser, "normal", 390)
    wrong: set[str] = set()
    for kind in KINDS:
        page.goto(at(kind))
        wrong |= {f"{kind}: {found}" for found in page.evaluate(_SMALL)}
    page.goto(at("news"))
    page.click(".menu-button")
    wrong |= {f"menu: {found}" for found in page.evaluate(_SMALL)}
    page.context.close()
    assert not wrong, "\n".join(sorted(wrong)[:40])


_FOCUS = """() => {
  const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();
  if (e === document.body) return null;
  const target = e.matches('.reading input') ? e.nextElementSibling : e;
  const t = getComputedStyle(target);
  const hit = document.elementFromPoint(b.left + b.width / 2, b.top + Math.min(b.height / 2, 10));
  return {html: e.outerHTML.slice(0, 100), ring: t.outlineStyle !== 'none' && parseFloat(t.outlineWidth) >= 2,
    seen: b.bottom > 0 && b.top < innerHeight && !!hit && (e.contains(hit) || hit.contains(e))};
}"""


@pytest.mark.parametrize("width", [320, 1280])
def test_focus_is_seen_and_not_covered(browser: Browser, at: Address, width: int) -> None:
    page = opened(browser, "normal", width)
    wrong, steps = [], 0
    for kind in ("news", "column", "guide"):
        page.goto(at(kind))
        for _ in range(60):
            page.keyboard.press("Tab")
            state = page.evaluate(_FOCUS)
            if state is None:
                break
            steps += 1
            if not (state["ring"] and state["seen"]):
                wrong.append(f"{kind}: {state}")
    page.context.close()
    assert steps > 60
    assert not wrong, "\n".join(wrong)


def test_a_page_reads_and_its_menu_opens_without_javascript(browser: Browser, at: Address) -> None:
    page = opened(browser, "normal", 390, java_script_enabled=False)
    page.goto(at("news"))
    assert page.locator("h1").inner_text() == "一篇新闻"
    assert not page.locator("#menu").is_visible()
    page.locator(".menu-button").click()
    assert page.locator("#menu").is_visible()
    assert page.locator("#menu a", has_text="政策文件").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#menu").is_visible()
    assert not page.locator(".tools").is_visible(), "a control that needs JavaScript is shown without it"
    page.context.close()


def test_on_a_phone_name_search_and_menu_stay_in_sight_and_cover_no_heading(browser: Browser, at: Address) -> None:
    for mode, stays in (("normal", True), ("elder", False)):
        page = opened(browser, mode, 390, java_script_enabled=mode == "elder")
        page.goto(f"{at('news')}#一-小标题")
        band, heading = page.locator(".band").bounding_box(), page.locator("[id='一-小标题']").bounding_box()
        assert band
        assert heading
        assert (band["y"] >= 0) == stays
        assert heading["y"] >= band["y"] + band["height"]
        assert heading["y"] < 400
        assert all(page.locator(f".band {part}").is_visible() for part in (".site-name", ".menu-button"))
        assert page.locator(".band .to-search").is_visible() == stays
        page.context.close()


_SHIFTS = """window.shifts = [];
new PerformanceObserver((list) => list.getEntries().forEach((entry) => shifts.push(
  `${entry.value.toFixed(4)} ${entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 60))}`,
))).observe({ type: "layout-shift", buffered: true });"""


def _hold(late: list[Any], route: Any) -> None:
    late.append(route)


@pytest.mark.parametrize(("mode", "width"), [("normal", 390), ("elder", 390), ("normal", 1280)])
def test_nothing_moves_when_the_scripts_come_late(browser: Browser, at: Address, mode: str, width: int) -> None:
    page = opened(browser, mode, width)
    page.add_init_script(_SHIFTS)
    for kind in ("home", "column", "second page", "document", "news"):
        late: list[Any] = []
        page.route(re.compile(r"/theme/(site.*\.js|.*\.mjs)$"), partial(_hold, late))
        page.goto(at(kind), wait_until="commit")
        page.locator("footer").wait_for()
        page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
        for _ in range(1000):
            if late:
                break
            page.wait_for_timeout(20)
        assert late, "the scripts came before the first paint"
        page.unroute_all()  # lets them come
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(100)
        assert page.evaluate("shifts") == [], kind
    page.goto(at("search") + "?q=通知")
    page.locator("#results[data-state=done] a").first.wait_for()
    # the line that says how many moves the list, which is still empty; nothing else moves
    assert [shift for shift in page.evaluate("shifts") if float(shift.split()[0]) >= 0.001] == []
    page.context.close()


def test_elder_mode_is_kept_in_the_browser_and_taken_back(browser: Browser, at: Address) -> None:
    page = opened(browser, "normal", 1280)
    page.goto(at("news"))

    def size() -> float:
        return float(page.evaluate("parseFloat(getComputedStyle(document.querySelector('.body p')).fontSize)"))

    normal = size()
    page.click("[data-do=elder]")
    assert size() >= normal * 1.4
    assert not page.locator(".share").is_visible()
    page.goto(at("document"))
    assert size() >= normal * 1.4
    assert page.get_attribute("[data-do=elder]", "aria-pressed") == "true"
    page.click("[data-do=elder]")
    page.reload()
    assert size() == normal
    assert page.evaluate("localStorage.getItem('jiyue-reading')") == "{}"
    page.context.close()


def test_the_reading_panel_sets_contrast_and_closes_with_escape(browser: Browser, at: Address) -> None:
    page = opened(browser, "normal", 390)
    page.goto(at("news"))
    page.click("[data-do=reading]")
    page.locator("#reading-panel").wait_for(state="visible")
    assert violations(page, "reading panel") == []
    assert page.evaluate(_SMALL) == []
    page.get_by_label("高对比").check()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert violations(page, "high contrast") == []
    page.get_by_label("深色").check()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(0, 0, 0)"
    assert violations(page, "high contrast, dark") == []
    page.keyboard.press("Escape")
    assert not page.locator("#reading-panel").is_visible()
    assert page.evaluate("document.activeElement.dataset.do") == "reading"
    page.context.close()


def test_the_share_block_draws_a_code_and_copies_the_address(browser: Browser, at: Address) -> None:
    page = opened(browser, "normal", 390, permissions=["clipboard-read", "clipboard-write"])
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(at("news"))
    assert not [url for url in asked if "qr.mjs" in url], "the encoder is loaded before anyone asks"
    page.get_by_role("button", name="微信").click()
    page.locator(".share-code svg path").wait_for()
    page.get_by_role("button", name="复制链接").click()
    page.get_by_role("button", name="已复制").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "https://www.cb.example/yw/news.html"
    assert violations(page, "share") == []
    page.context.close()


NAMES_OF_THE_THEME = """---
title: 借用名称的稿件
date: 2026-11-20 09:30
slug: names
---
<div class="share" id="share" data-do="share"><p>分享</p></div>
<div class="qr" data-do="qr"><p>二维码</p></div>
<div class="strip" id="reading" data-do="strip"><div class="wrap" data-do="reading"><p>设置</p></div></div>
<p class="share-address share-code" data-do="share-list share-address elder"><span>地址</span></p>

<section class="cards body" id="status"><p><a class="tools" href="20261119-neighbour.md">更多</a></p></section>

正文。
"""


def test_no_name_in_an_article_breaks_the_scripts(browser: Browser, tmp_path: Path) -> None:
    """The scripts find the furniture by attributes that the sanitizer takes from articles."""
    built = new_cluster(
        tmp_path,
        {
            "sites/changchun.yaml": "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n",
            "content/changchun/tzgg/20261119-neighbour.md": "---\ntitle: 邻居\ndate: 2026-11-19 09:00\n---\n正文。\n",
            "content/changchun/tzgg/20261120-names.md": NAMES_OF_THE_THEME,
        },
    ).build()
    assert (built.output / "changchun/tzgg/names.html").is_file(), built.stdout
    page = opened(browser, "normal", 1280)
    errors: list[str] = []
    page.on("pageerror", lambda e: errors.append(str(e)))
    with served(built.output / "changchun") as base:
        page.goto(f"{base}/tzgg/names.html")
        page.get_by_role("button", name="复制链接").wait_for()
        page.get_by_role("button", name="微信").click()
        page.locator("aside.share svg path").wait_for()
        page.locator("header [data-do=reading]").click()
        page.locator("#reading-panel").wait_for(state="visible")
        assert page.evaluate("document.querySelector('#reading-panel').closest('header') !== null")
        assert page.locator(".body button").count() == 0
        page.locator("header [data-do=elder]").click()
        assert page.evaluate("document.documentElement.dataset.elder") == "on"
    page.context.close()
    assert errors == []


def test_no_page_asks_another_host_or_breaks_a_strict_policy(browser: Browser, at: Address) -> None:
    """Under `default-src 'self'` nothing is refused and nothing logs an error."""
    page = opened(browser, "normal", 1280)
    foreign: list[str] = []
    errors: list[str] = []
    page.on("request", lambda r: foreign.append(r.url) if not r.url.startswith("http://127.0.0.1:") else None)
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: errors.append(str(e)))

    def strict(route: Any) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": "default-src 'self'"})

    page.route("**/*.html", strict)
    for kind in KINDS:
        page.goto(at(kind))
    page.context.close()
    assert not foreign
    assert not errors


def test_forced_colours_keep_borders_and_the_code(browser: Browser, at: Address) -> None:
    page = opened(browser, "normal", 1280, forced_colors="active")
    page.goto(at("column"))
    assert page.evaluate("getComputedStyle(document.querySelector('.qr svg')).backgroundColor") == "rgb(255, 255, 255)"
    page.context.close()
