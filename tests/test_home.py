"""The home page: no title twice, empty blocks vanish, pictures beside the articles that have them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.support.browser import served
from tests.support.cluster import Built
from tests.support.page_kinds import picture
from tests.test_theme_browser import opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = "name: 甲省人民政府\nkind: province\nurl: https://a.example\n"
BELOW = "name: 乙市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://b.example\n"
ARTICLE = "---\ntitle: {title}\ndate: 2026-11-{day:02}\n{more}---\n{body}\n"

Build = Callable[..., Built]


def article(title: str, day: int = 20, body: str = "文。", more: str = "") -> str:
    return ARTICLE.format(title=title, day=day, body=body, more=more)


def titles(html: str) -> list[str]:
    main = html[html.index("<main") : html.index("</main>")]
    return re.findall(r"第\d+篇", re.sub(r"<[^>]*>", " ", main))


@pytest.mark.parametrize("count", [0, 1, 5, 40])
def test_every_title_stands_once(build_site: Build, count: int) -> None:
    files = {
        f"content/jilin/{('yw', 'tzgg', 'zw')[n % 3]}/a{n}.md": article(f"第{n}篇", n % 28 + 1) for n in range(count)
    }
    built = build_site({"sites/jilin.yaml": ROOT, **files})
    shown = titles(built.html("jilin"))
    assert len(shown) == len(set(shown)) == min(count, 1 + 9 + 3 * 6)
    assert ("headline" in built.html("jilin")) == (count > 0)


def test_a_pushed_article_that_the_portal_recommends_stands_in_its_column_alone(build_site: Build) -> None:
    built = build_site(
        {
            "sites/jilin.yaml": ROOT + "columns: [{path: yw, name: 要闻, type: 工作动态}]\n",
            "sites/yi.yaml": BELOW + "columns: [{path: yw, name: 要闻, type: 工作动态}]\n",
            "content/jilin/yw/a.md": article("第1篇", more="push_down: [all]\n"),
            "content/yi/yw/b.md": article("第2篇"),
        }
    )
    assert sorted(titles(built.html("yi"))) == ["第1篇", "第2篇"]
    assert 'class="portal"' in built.html("yi")
    assert 'class="portal"' not in built.html("jilin")


def test_the_first_picture_of_an_article_stands_beside_its_title(build_site: Build) -> None:
    built = build_site(
        {
            "sites/jilin.yaml": ROOT,
            "content/jilin/yw/a.md": article("第1篇", 21),
            "content/jilin/yw/b.md": article("第2篇", 20, "![右](er.png)\n\n![左](yi.png)"),
            "content/jilin/yw/c.md": article("第3篇", 19, "![没有](wu.png)"),
            "content/jilin/yw/er.png": picture(),
            "content/jilin/yw/yi.png": picture(),
        }
    )
    html = built.html("jilin")
    focus = html[html.index('class="focus"') : html.index("</section>", html.index('class="focus"'))]
    assert 'src="yw/er.png" width="1400" height="700" alt="" class="cover"' in focus
    assert "yw/er.png.480.avif 480w" in focus
    assert "yi.png" not in focus
    assert titles(html).count("第3篇") == 1
    assert "第3篇" not in focus


def test_a_site_without_search_has_no_search_on_its_home_page(build_site: Build) -> None:
    files = {"sites/jilin.yaml": ROOT, "content/jilin/yw/a.md": article("第1篇")}
    promoted = "promoted: [{queries: [社保缴费, 社保], title: 社保, url: /a.html}]\n"
    built = build_site({**files, "sites/jilin.yaml": ROOT + promoted})
    assert '<a href="search/?q=%E7%A4%BE%E4%BF%9D%E7%BC%B4%E8%B4%B9">社保缴费</a>' in built.html("jilin")
    built = build_site({**files, "sites/cluster.yaml": "name: 站群\nroot: jilin\nsearch: off\n"})
    hero = built.html("jilin").partition('class="hero"')[2].partition("</section>")[0]
    assert "<form" not in hero
    assert "甲省<wbr>人民政府" in hero


@pytest.mark.parametrize("width", [320, 390])
def test_in_elder_mode_nothing_of_the_search_is_cut_off(build_site: Build, browser: Browser, width: int) -> None:
    name = "甲省乙族丙族自治州丁县人民政府"
    built = build_site(
        {"sites/jilin.yaml": ROOT.replace("甲省人民政府", name), "content/jilin/yw/a.md": article("第1篇")}
    )
    with served(built.output / "jilin") as address:
        page = opened(browser, "elder", width)
        page.goto(f"{address}/")
        boxes = page.locator(".hero > div, .hero h1, .hero input, .hero button").evaluate_all(
            """all => all.map(one => {
                const box = one.getBoundingClientRect();
                return [box.left, box.right, one.scrollWidth - one.clientWidth];
            })"""
        )
    assert all(left >= 0 and right <= width for left, right, _ in boxes)
    assert boxes[1][2] <= 0
