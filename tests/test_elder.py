"""Elder mode, reading aloud and the menu, as on a grandmother's old phone (real Chromium)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.browser import axe, served
from tests.support.cluster import Built, new_cluster
from tests.support.page_kinds import PAGES, files

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

STEPS = {
    "elder": {"elder": "on", "font": "2", "space": "wide", "cursor": "big"},
    "large": {"elder": "on", "font": "3", "space": "wide", "cursor": "big"},
}
SMALLEST = {"elder": 24, "large": 30}
"""CSS pixels of the smallest text, by step."""
Open = Callable[..., "Page"]


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small cluster of every page kind, built once."""
    built = new_cluster(tmp_path_factory.mktemp("kinds"), files()).build()
    assert built.exit_code == 0, built.stdout + built.stderr
    return built.output


@pytest.fixture
def opened(browser: Browser, output: Path) -> Iterator[Open]:
    """opened(kind, step, width, height, script): a page of the county; step "" is no elder mode, script runs before it."""
    contexts = []
    with served(output / "cb") as base:

        def open_page(
            kind: str, step: str = "", width: int = 360, height: int = 568, script: str = "", **options: Any
        ) -> Page:
            context = browser.new_context(
                locale="zh-CN", viewport={"width": width, "height": height}, reduced_motion="reduce", **options
            )
            contexts.append(context)
            if step:
                chosen = json.dumps(json.dumps(STEPS[step]))
                context.add_init_script(
                    f"localStorage.getItem('jiyue-reading') || localStorage.setItem('jiyue-reading', {chosen})"
                )
            if script:
                context.add_init_script(script)
            page = context.new_page()
            page.goto(f"{base}/{PAGES[kind]}")
            return page

        yield open_page
    for context in contexts:
        context.close()


# -- the menu ----------------------------------------------------------------------------------------------------------


def make_old(page: Page) -> None:
    """What is opened from now on is seen as by an old browser (Safari ≤ 15): no `popover`, `:has`, `text-wrap`, `color-mix`."""
    css = {":popover-open": ":unknown", ":has(": ":unknown(", "text-wrap:": "unknown:", "color-mix(": "unknown("}
    page.route("**/site.*.css", lambda route: _without(route, css))
    page.route("**/*.html", lambda route: _without(route, {"popover": "data-unknown"}))


def _without(route: Any, unknown: dict[str, str]) -> None:
    answer = route.fetch()
    body = answer.text()
    for what, instead in unknown.items():
        body = body.replace(what, instead)
    route.fulfill(response=answer, body=body)


_SHOWN = """() => {
  const shown = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const box = node.parentElement.getBoundingClientRect();
    if (node.data.trim() && node.parentElement.checkVisibility() && box.width > 1 && box.height > 1) shown.push(node.data.trim());
  }
  return shown; }"""


@pytest.mark.parametrize("width", [360, pytest.param(1280, marks=pytest.mark.long)])
def test_an_old_browser_shows_all_that_a_new_one_does(opened: Open, width: int) -> None:
    new, old = opened("home", "", width, 800), opened("home", "", width, 800)
    make_old(old)
    base = new.url.rsplit("/", 1)[0]
    for kind in ("home", "column", "document", "guide", "search", "leaders"):
        for page in (new, old):
            page.goto(f"{base}/{PAGES[kind]}")
            page.wait_for_load_state("networkidle")
        lost = (
            Counter(new.evaluate(_SHOWN)) - Counter(old.evaluate(_SHOWN)) - Counter(["栏目"])
        )  # the menu is open instead
        assert not lost, kind
        assert old.evaluate("document.documentElement.scrollWidth") <= width, kind


@pytest.mark.parametrize("step", ["", "elder"])
def test_the_menu_covers_nothing_where_popover_is_missing(opened: Open, step: str) -> None:
    page = opened("document", step)
    make_old(page)
    page.reload()
    menu, name = page.locator("#menu"), page.locator(".site-name")
    assert menu.is_visible()
    assert not page.locator(".menu-button, .menu-close").first.is_visible(), "a button that does nothing"
    assert menu.bounding_box()["y"] >= name.bounding_box()["y"] + name.bounding_box()["height"]  # type: ignore[index]
    assert page.locator("h1").bounding_box()["y"] >= menu.bounding_box()["y"] + menu.bounding_box()["height"]  # type: ignore[index]
    assert page.locator("#menu a").last.is_visible()


@pytest.mark.parametrize("step", ["", "elder", "large"])
@pytest.mark.parametrize("width", [320, 360])
def test_the_menu_can_be_closed_by_a_finger(opened: Open, step: str, width: int) -> None:
    page = opened("document", step, width)
    page.click(".menu-button")
    page.locator("#menu a").last.scroll_into_view_if_needed()
    page.click(".menu-close")
    assert not page.locator("#menu").is_visible()


# -- elder mode --------------------------------------------------------------------------------------------------------

_SMALL_TEXT = """smallest => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const e = node.parentElement;
    if (!node.data.trim() || !e.checkVisibility() || e.closest('.visually-hidden, .skip, noscript')) continue;
    if (parseFloat(getComputedStyle(e).fontSize) < smallest) found.push(`${getComputedStyle(e).fontSize} ${e.outerHTML.slice(0, 90)}`);
  }
  for (const e of document.querySelectorAll('input, select, textarea'))
    if (e.checkVisibility() && parseFloat(getComputedStyle(e).fontSize) < smallest) found.push(e.outerHTML.slice(0, 90));
  return found; }"""


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("width", [360, pytest.param(1280, marks=pytest.mark.long)])
def test_all_text_of_elder_mode_is_large(opened: Open, step: str, width: int) -> None:
    page = opened("home", step, width)
    wrong = []
    base = page.url.rsplit("/", 1)[0]
    for kind, path in PAGES.items():
        page.goto(f"{base}/{path}", wait_until="load")
        wrong += [f"{kind}: {found}" for found in page.evaluate(_SMALL_TEXT, SMALLEST[step])]
    page.goto(f"{base}/{PAGES['document']}")
    if width < 768:
        page.click(".menu-button")
        wrong += [f"menu: {found}" for found in page.evaluate(_SMALL_TEXT, SMALLEST[step])]
        page.click(".menu-close")
    page.click("[data-do=reading]")
    page.locator("#reading-panel").wait_for()
    wrong += [f"panel: {found}" for found in page.evaluate(_SMALL_TEXT, SMALLEST[step])]
    assert not wrong, "\n".join(sorted(set(wrong))[:40])


@pytest.mark.parametrize(("step", "most"), [("elder", 0.34), ("large", 0.45)])
@pytest.mark.parametrize("kind", ["home", "document", "column"])
def test_the_header_leaves_the_window_to_the_page(opened: Open, step: str, most: float, kind: str) -> None:
    page = opened(kind, step, 360, 568)
    height = page.evaluate("document.querySelector('header').getBoundingClientRect().height")
    assert height <= 568 * most
    bar = page.locator("[data-do=dock]").bounding_box()
    assert bar
    assert bar["height"] <= 568 * 0.2


_BROKEN = """() => [...document.querySelectorAll(
  'dt, button, legend, summary, label span, nav a, .stages span, .label span, th, .entries a, .heading a')]
  .filter(e => e.checkVisibility() && e.textContent.trim().length <= 6 && e.textContent.trim())
  .filter(e => {
    const range = document.createRange();
    range.selectNodeContents(e);
    return new Set([...range.getClientRects()].filter(box => box.width > 1).map(box => Math.round(box.top / 8))).size > 1;
  }).map(e => e.outerHTML.slice(0, 100))"""


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("width", [320, 390])
def test_no_label_breaks_inside_a_word(opened: Open, step: str, width: int) -> None:
    page = opened("home", step, width)
    base = page.url.rsplit("/", 1)[0]
    wrong = []
    for kind in ("document", "guide", "letter", "survey", "leaders", "home", "site map"):
        page.goto(f"{base}/{PAGES[kind]}")
        wrong += [f"{kind}: {found}" for found in page.evaluate(_BROKEN)]
    page.click(".menu-button")
    wrong += page.evaluate(_BROKEN)
    assert not wrong, "\n".join(wrong)


_LINES = """selector => {
  const lines = {};
  const walker = document.createTreeWalker(document.querySelector(selector), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    for (let n = 0; n < node.length; n++) {
      const range = document.createRange();
      range.setStart(node, n); range.setEnd(node, n + 1);
      const top = Math.round(range.getBoundingClientRect().top);
      lines[top] = (lines[top] ?? '') + node.data[n];
    }
  return Object.values(lines).map(line => line.trim()).filter(Boolean); }"""


@pytest.mark.parametrize("step", ["", *STEPS])
@pytest.mark.parametrize("width", [360, 390])
def test_the_name_of_the_site_breaks_between_its_words(opened: Open, step: str, width: int) -> None:
    words = ["长白朝鲜族", "自治县", "人民政府"]
    for kind, selector in (("document", ".site-name a"), ("home", ".hero h1")):
        lines = opened(kind, step, width).evaluate(_LINES, selector)
        starts = {"".join(words[:n]) for n in range(1, 4)}
        for n in range(1, len(lines) + 1):
            assert "".join(lines[:n]) in starts, lines


def test_the_radios_show_what_is_chosen_wherever_it_was_chosen(opened: Open) -> None:
    page = opened("document", "", 1280, 900)
    page.click("[data-do=reading]")
    page.locator("#reading-panel").wait_for()

    def checked() -> list[str]:
        return [str(x) for x in page.evaluate(
            "['elder','font','space','cursor'].map(k => document.querySelector(`[name=reading-${k}]:checked`).value)"
        )]  # fmt: skip

    assert checked() == ["", "", "", ""]
    page.click("header [data-do=elder]")
    assert checked() == ["on", "2", "wide", "big"]
    page.click("[data-do=larger]")
    assert checked() == ["on", "3", "wide", "big"]
    assert page.get_attribute("[data-do=larger]", "aria-pressed") == "true"
    page.locator("[name=reading-elder][value='']").check(force=True)
    assert checked() == ["", "", "", ""]
    assert page.get_attribute("[data-do=elder]", "aria-pressed") == "false"
    page.locator("[name=reading-elder][value=on]").check(force=True)
    assert page.get_attribute("[data-do=elder]", "aria-pressed") == "true"
    page.locator("[name=reading-font][value='1']").check(force=True)
    assert checked() == ["", "1", "wide", "big"], "elder mode is large, or it is not elder mode"
    other = page.context.new_page()
    other.goto(page.url)
    other.click("[data-do=elder]")
    page.wait_for_function("document.querySelector('[name=reading-elder]:checked').value === 'on'")


@pytest.mark.parametrize("width", [390, 1280])
def test_a_signature_stands_on_the_right(opened: Open, width: int) -> None:
    page = opened("document", "", width, 900)
    assert page.evaluate("[...document.querySelectorAll('.signed')].map(e => getComputedStyle(e).textAlign)") == [
        "right",
        "right",
    ]
    assert page.evaluate("getComputedStyle(document.querySelector('.signed')).textIndent") == "0px"


def test_facts_are_stacked_in_elder_mode(opened: Open) -> None:
    page = opened("document", "elder", 1280)
    wrong = page.evaluate(
        """() => [...document.querySelectorAll('.facts div')].filter(e => {
          const [term, ...values] = [...e.children].map(c => c.getBoundingClientRect());
          return values.some(v => v.top < term.bottom - 1 || v.left > term.left + 1);
        }).length"""
    )
    assert wrong == 0
    boxes = page.evaluate("[...document.querySelectorAll('.facts div')].map(e => e.getBoundingClientRect().left)")
    assert len(boxes) > 2
    assert len(set(boxes)) == 1


def test_the_bar_makes_larger_and_leaves(opened: Open) -> None:
    page = opened("document", "elder")
    bar = page.locator("[data-do=dock]")
    assert bar.locator("button").all_inner_texts() == ["大字", "朗读", "退出"]
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    box, last = bar.bounding_box(), page.locator("footer a:visible").last.bounding_box()
    assert box
    assert last
    assert box["y"] + box["height"] == pytest.approx(568, abs=1)
    assert last["y"] + last["height"] <= box["y"] + 1, "the bar covers the last line"
    bar.get_by_text("大字").click()
    assert page.evaluate("document.documentElement.dataset.font") == "3"
    bar.get_by_text("大字").click()
    assert page.evaluate("document.documentElement.dataset.font") == "2"
    assert page.locator("footer [data-do=reading]").is_visible(), "the settings stay in reach"
    assert page.locator("footer .superiors a").first.is_visible()
    bar.get_by_text("退出").click()
    assert not bar.is_visible()
    assert (
        page.evaluate("document.activeElement.closest('header') !== null && document.activeElement.dataset.do")
        == "elder"
    )
    assert page.locator("header .superiors a").first.is_visible()


def test_four_large_entries_lead_on(opened: Open) -> None:
    page = opened("home", "elder")
    links = page.locator(".entries a")
    assert [text.split("\n")[0] for text in links.all_inner_texts()] == ["办事", "政策", "写信", "电话"]
    assert [link.get_attribute("href") for link in links.all()] == ["bsfw/", "zcwj/", "zxts/", "tel:0000-0000"]
    for link in links.all():
        box = link.bounding_box()
        assert box
        assert box["height"] >= 80
        assert box["width"] >= 100
        assert box["y"] + box["height"] <= 568
    assert axe(page) == []
    assert not opened("home").locator(".entries").is_visible()


def test_an_entry_without_a_column_searches(build_site: Callable[..., Built]) -> None:
    built = build_site({"content/jilin/tzgg/a.md": "---\ntitle: 通知\ndate: 2026-11-20 09:30\n---\n正文。\n"})
    entries = built.html("jilin").partition('class="entries')[2].partition("</nav>")[0]
    assert entries.count("<a ") == 3
    assert '<a href="search/?q=%E5%8A%9E%E4%BA%8B">办事</a>' in entries


def test_elder_mode_of_every_page_kind_satisfies_axe(opened: Open) -> None:
    page = opened("home", "elder", 360)
    base = page.url.rsplit("/", 1)[0]
    wrong = []
    for kind in ("document", "rebuttal", "search", "missing"):
        page.goto(f"{base}/{PAGES[kind]}")
        wrong += [f"{kind}: {v['id']}: {v['nodes'][0]['html'][:200]}" for v in axe(page)]
    assert not wrong, "\n".join(wrong)


# -- reading aloud -----------------------------------------------------------------------------------------------------

VOICE = """
window.spoken = []; window.waiting = [];
Object.defineProperty(window, 'SpeechSynthesisUtterance', {value: class { constructor(text) { this.text = text; } }});
Object.defineProperty(window, 'speechSynthesis', {value: {
  getVoices: () => VOICES,
  speak(line) { spoken.push({text: line.text, rate: line.rate, lang: line.lang}); waiting.push(line); setTimeout(() => line.onstart?.()); },
  cancel() { for (const line of waiting.splice(0)) line.onerror?.({error: 'canceled'}); },
}});
window.finish = () => waiting.shift().onend();
window.finishAll = () => { for (let n = 0; waiting.length && n < 500; n++) finish(); };
"""
CHINESE = VOICE.replace("VOICES", "[{lang: 'en-US'}, {lang: 'zh_CN'}]")


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("document", ["某某办法", "发文字号，演示〔2026〕1号", "废止", "一、小标题", "甲", "列一，列二", "图的说明", "2026年11月20日"]),
        ("guide", ["条件一", "材料一", "材料二", "申请", "受理", "办结", "不收费"]),
        ("rebuttal", ["网传说法", "某说法", "结论：", "不实", "事实是这样", "回应单位，某局"]),
        ("letter", ["收到", "2026-11-10", "答复", "正文。"]),
        ("survey", ["采纳 7 条", "12"]),
        ("leaders", ["甲岗", "主持工作"]),
    ],
)  # fmt: skip
def test_reading_aloud_reads_all_of_an_article(opened: Open, kind: str, wanted: list[str]) -> None:
    page = opened(kind, "elder", script=CHINESE)
    page.click("[data-do=dock] [data-do=aloud]")
    page.locator(".player").wait_for()
    page.evaluate("finishAll()")
    text = "\n".join(row["text"] for row in page.evaluate("spoken"))
    missing = [what for what in wanted if what not in text]
    assert not missing, text
    assert "分享" not in text
    assert not page.locator(".player").count(), "it ends by itself"
    assert page.locator("[data-do=dock]").is_visible()


def test_reading_aloud_marks_the_paragraph_and_has_speed_and_pause(opened: Open) -> None:
    page = opened("news", "elder", script=CHINESE)
    page.click("[data-do=aloud]")
    player = page.locator(".player")
    player.wait_for()
    assert page.evaluate("spoken[0]") == {"text": "一篇新闻", "rate": 1, "lang": "zh_CN"}
    assert page.locator("[data-aloud=now]").inner_text() == "一篇新闻"
    assert axe(page) == []
    while "第一段" not in page.evaluate("spoken.at(-1).text"):
        page.evaluate("finish()")
    mark = page.locator("[data-aloud=now]")
    assert mark.count() == 1
    assert mark.inner_text().startswith("第一段")
    box = mark.bounding_box()
    assert box
    assert 0 < box["y"] < 568
    player.get_by_text("语速：正常").click()
    assert page.evaluate("spoken.at(-1).rate") == 1.5
    assert page.evaluate("spoken.at(-1).text").startswith("第一段")
    assert page.evaluate("JSON.parse(localStorage.getItem('jiyue-reading')).rate") == "fast"
    player.get_by_text("语速：快").click()
    assert page.evaluate("spoken.at(-1).rate") == 0.7
    count = page.evaluate("spoken.length")
    player.get_by_text("暂停").click()
    assert page.evaluate("waiting.length") == 0
    player.get_by_text("继续").click()
    assert page.evaluate("spoken.length") == count + 1
    player.get_by_text("停止").click()
    assert page.evaluate("waiting.length") == 0
    assert page.locator("[data-aloud]").count() == 0
    assert page.evaluate("document.activeElement.dataset.do") == "aloud"


@pytest.mark.parametrize(
    "script",
    [
        "Object.defineProperty(window, 'speechSynthesis', {value: undefined})",
        VOICE.replace("VOICES", "[{lang: 'en-US'}]"),
        VOICE.replace("VOICES", "[]").replace("setTimeout(() => line.onstart?.())", "0"),
    ],
    ids=["none", "no Chinese voice", "silence"],
)
@pytest.mark.parametrize("step", ["", pytest.param("elder", marks=pytest.mark.long)])
def test_a_browser_without_a_voice_says_so(opened: Open, script: str, step: str) -> None:
    page = opened("news", step, script=script)
    if not step:
        page.click("[data-do=reading]")
        page.locator("#reading-panel").wait_for()
    page.locator("[data-do=aloud]:visible").click()
    message = page.locator(".player [role=status]")
    message.wait_for()
    assert "没有可用的语音" in message.inner_text()
    assert axe(page) == []
    page.locator(".player").get_by_text("停止").click()
    assert page.locator(".player").count() == 0


def test_a_copied_address_is_announced(opened: Open) -> None:
    page = opened("news", permissions=["clipboard-read", "clipboard-write"])
    status = page.locator("[data-do=announced]")
    assert status.get_attribute("role") == "status"
    page.get_by_role("button", name="复制链接").click()
    page.wait_for_function("document.querySelector('[data-do=announced]').textContent === '已复制'")


def test_a_telephone_offers_its_own_sharing_first(opened: Open) -> None:
    script = "navigator.share = async () => {}"
    page = opened("news", script=script, has_touch=True, is_mobile=True)
    first = page.locator("[data-do=share-list] li").first
    assert first.inner_text() == "系统分享"
    desk = opened("news", width=1280, script=script)
    assert desk.locator("[data-do=share-list] li").last.inner_text() == "系统分享"
