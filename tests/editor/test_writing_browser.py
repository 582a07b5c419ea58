"""Writing in a real browser, by keyboard alone: a table, a photo, findings beside the line, the preview, text that is not lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.editor.test_uploads import photo
from tests.support.browser import axe
from tests.support.writing import served, written

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BODY = """各有关单位：

现将有关事项通知如下，详见[附件](none.pdf)。

| 时间 | 地点 |
|---|---|
| 6月6日 | 一中 |
"""


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Any]]:
    with served(written(tmp_path_factory.mktemp("browser")).path) as server:
        yield server


def tab_to(page: Page, selector: str, *, back: bool = False) -> None:
    """Press Tab until an element has the focus, as someone without a mouse does."""
    for _ in range(150):
        if page.evaluate("(one) => document.activeElement.matches(one)", selector):
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"{selector} cannot be reached by Tab")


def seen(page: Page, name: str) -> None:
    """Nothing inaccessible, nothing wider than the page. JIYUE_SHOTS is a folder for pictures of it."""
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in axe(page)] == [], name
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than the page"
    if folder := os.environ.get("JIYUE_SHOTS"):
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


def test_an_article_is_written_by_keyboard_alone(  # noqa: PLR0915  (one walk)
    browser: Browser, editor: tuple[str, Any], tmp_path: Path
) -> None:
    address, app = editor
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.on("filechooser", lambda _: None)  # from now on no dialog opens, not only from when one is waited for
    broken: list[str] = []
    page.on("pageerror", lambda problem: broken.append(str(problem)))
    page.goto(f"{address}/signin?ticket={app.state.tickets.new()}")
    page.goto(f"{address}/new?site=jilin&column=tzgg")
    tab_to(page, "#title")
    page.keyboard.type("关于考试期间控制噪声的通知")
    page.keyboard.press("Enter")
    page.wait_for_selector(".visual[data-ready]", state="attached")
    seen(page, "draft-visual")
    tab_to(page, ".visual-switch")
    page.keyboard.press("Enter")
    tab_to(page, "#body")
    page.keyboard.insert_text(BODY)
    page.wait_for_selector("#findings a[data-line='3']")
    assert page.locator(".mirror > .warning").inner_text().startswith("现将有关事项")
    frame = page.frame_locator("#preview")
    frame.locator("td", has_text="一中").wait_for()
    assert "有没有保存的修改" in page.locator("#saved").inner_text()

    (tmp_path / "会场.jpg").write_bytes(photo(800, 600))
    tab_to(page, "#file")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(tmp_path / "会场.jpg")
    tab_to(page, "#alt")
    page.keyboard.type("会场全景")
    tab_to(page, "#bring")
    page.keyboard.press("Enter")
    page.wait_for_selector(".pictures img")
    assert page.locator(".pictures li").inner_text().startswith("会场.jpg")
    assert page.locator("#body").input_value().endswith("![会场全景](会场.jpg)\n")
    frame.locator("figure img, p img").first.wait_for(state="attached")
    seen(page, "draft-source")

    tab_to(page, "#findings a[data-line='3']")
    page.keyboard.press("Enter")
    chosen = "(() => { const b = document.getElementById('body'); return b.value.slice(b.selectionStart, b.selectionEnd) })()"
    assert page.evaluate(chosen) == "现将有关事项通知如下，详见[附件](none.pdf)。"
    page.keyboard.type("现将有关事项通知如下。")
    page.wait_for_selector("#tally:has-text('没有发现问题')")
    page.keyboard.press("Control+s")
    page.wait_for_selector(".done:has-text('已保存')")
    assert page.evaluate("document.activeElement.id") == "body"

    page.keyboard.press("Control+End")
    page.keyboard.type("没有保存的一句。")
    page.wait_for_selector("#saved:has-text('没有保存')")
    page.reload()
    page.wait_for_selector("#recover:not([hidden])")
    seen(page, "draft-recover")
    tab_to(page, "[data-recover=yes]")
    page.keyboard.press("Enter")
    assert page.locator("#body").input_value().endswith("没有保存的一句。")
    page.keyboard.press("Control+s")
    page.wait_for_selector(".done:has-text('已保存')")
    assert page.locator("#body").input_value().rstrip().endswith("没有保存的一句。")

    draft = page.url.partition("?")[0]
    crop = page.locator("a[href*='/crop/']").get_attribute("href")
    for width, scale in ((390, 1), (640, 2)):  # a phone, and a screen of 1280 at 200 %
        small = browser.new_context(viewport={"width": width, "height": 700}, device_scale_factor=scale, locale="zh-CN")
        small.add_cookies(context.cookies())
        other = small.new_page()
        for path, name in ((draft, "draft"), (f"{address}{crop}", "crop"), (f"{address}/", "work"), (f"{address}/sites/jilin/", "list"),
                           (f"{address}/new", "new")):  # fmt: skip
            other.goto(path)
            if name == "draft":
                other.wait_for_selector(".visual[data-ready]", state="attached")
            seen(other, name)
        small.close()
    context.close()
    assert broken == []


def test_a_picture_is_cropped_with_the_mouse(browser: Browser, editor: tuple[str, Any]) -> None:
    address, app = editor
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    page.goto(f"{address}/signin?ticket={app.state.tickets.new()}")
    page.goto(f"{address}/new?site=jilin&column=tzgg")
    page.fill("#title", "裁剪")
    page.keyboard.press("Enter")
    page.wait_for_selector("#file")
    page.set_input_files("#file", [{"name": "a.png", "mimeType": "image/png", "buffer": photo(800, 400, "PNG")}])
    page.click("#bring")
    with page.expect_navigation():  # loaded, so that its script is there for the mouse
        page.click("a[href*='/crop/']")
    box = page.locator(".cropping img").bounding_box()
    assert box
    scale = box["width"] / 800
    page.mouse.move(box["x"] + 100 * scale, box["y"] + 50 * scale)
    page.mouse.down()
    page.mouse.move(box["x"] + 500 * scale, box["y"] + 250 * scale)
    page.mouse.up()
    assert [round(int(page.input_value(f"#{name}")) / 10) for name in ("left", "top", "width", "height")] == [
        10,
        5,
        40,
        20,
    ]
    seen(page, "cropping")
    page.keyboard.press("Enter")
    page.click("button.main")
    page.wait_for_selector(".done:has-text('裁剪')")
    page.close()
