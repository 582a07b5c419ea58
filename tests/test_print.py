"""Printed pages: they start with their origin, and no sheet has only a footer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pypdfium2
import pytest

from tests.support.browser import served
from tests.support.cluster import new_cluster
from tests.support.page_kinds import PAGES, files

if TYPE_CHECKING:
    from playwright.sync_api import Browser

LONGER = """document.querySelector('.body').append(...Array.from({length: %d}, () => {
  return Object.assign(document.createElement('p'), {textContent: '续'.repeat(120)}); }))"""


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small cluster of every page kind, built once."""
    built = new_cluster(tmp_path_factory.mktemp("kinds"), files()).build()
    assert built.exit_code == 0, built.stdout + built.stderr
    return built.output


@pytest.mark.parametrize("kind", ["document", "column"])
def test_paper_shows_the_address_and_its_code_at_the_head(browser: Browser, output: Path, kind: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    with served(output / "cb") as base:
        page.goto(f"{base}/{PAGES[kind]}")
        page.locator(".share-code svg, .qr svg").wait_for(state="attached")
        page.emulate_media(media="print")
        code, address, title = (
            page.locator(selector).bounding_box() for selector in (".share-code svg, .qr svg", ".share-address", "h1")
        )
    assert code
    assert address
    assert title
    assert min(code["width"], code["height"]) > 75
    assert max(code["y"] + code["height"], address["y"] + address["height"]) <= title["y"]
    assert address["x"] + address["width"] <= code["x"]
    assert page.locator(".share-address").inner_text().startswith("本页网址：https://www.cb.example/")
    assert not page.locator(".footer").is_visible()
    assert not page.locator(".share button").first.is_visible()
    page.close()


@pytest.mark.parametrize("more", [0, 1, 2, 3, 4])
def test_the_last_sheet_holds_text_of_the_article(browser: Browser, output: Path, more: int) -> None:
    page = browser.new_page()
    with served(output / "cb") as base:
        page.goto(f"{base}/{PAGES['response']}")
        page.evaluate(LONGER % (8 + more))
        sheets = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))
    last = sheets[len(sheets) - 1].get_textpage().get_text_range()
    assert "续" in last
    assert f"— {len(sheets)} —" in last
    assert [round(side / 72 * 25.4) for side in sheets[0].get_size()] == [210, 297]
    page.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_elder_mode_and_its_bar_stay_off_the_paper(browser: Browser, output: Path, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    context.add_init_script(
        """localStorage.setItem('jiyue-reading', '{"elder":"on","font":"3","space":"wide","cursor":"big"}')"""
    )
    page = context.new_page()
    with served(output / "cb") as base:
        page.goto(f"{base}/{PAGES['home']}")
        page.emulate_media(media="print")
        assert not page.locator(".dock, .entries, .strip").first.is_visible()
        assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "16px"
    context.close()
