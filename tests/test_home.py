"""The home page: no duplicate titles, no empty blocks, pictures with the articles that have them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from jiyue.build.cluster import tasks_for
from jiyue.build.options import Options
from jiyue.build.site import site_view
from jiyue.render.pages.view import Entry
from jiyue_plugins.home import home_data
from tests.support.browser import served
from tests.support.cluster import Built, ClusterFolder
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
    assert len(shown) == len(set(shown)) == min(count, 1 + 3 * 9)
    assert ('class="headline"' in built.html("jilin")) == (count > 0)


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


def test_an_article_may_name_the_picture_that_lists_show(build_site: Build) -> None:
    files = {
        "sites/jilin.yaml": ROOT,
        "content/jilin/yw/a.md": article("第1篇", 21),
        "content/jilin/yw/b.md": article("第2篇", 20, "![右](er.png)", more="picture: images/yi.png\n"),
        "content/jilin/yw/er.png": picture(),
        "content/jilin/yw/images/yi.png": picture(),
    }
    built = build_site(files)
    assert 'src="yw/images/yi.png" width="1400" height="700" alt="" class="cover"' in built.html("jilin")
    built = build_site({**files, "content/jilin/yw/b.md": article("第2篇", 20, "文。", more="picture: wu.png\n")})
    assert 'class="cover"' not in built.html("jilin")
    assert any("wu.png" in d["message"] for d in built.diagnostics)


def test_a_list_shows_pictures_where_its_column_says_so(new_folder: Callable[..., ClusterFolder]) -> None:
    columns = "columns:\n  - {path: yw, name: 要闻, type: 工作动态}\n  - {path: tzgg, name: 公告, type: 通知公告%s}\n"
    folder = new_folder(
        {
            "sites/jilin.yaml": ROOT + columns % ", pictures: false",
            "sites/yi.yaml": BELOW + columns % ", pictures: true",
            **{f"content/jilin/yw/a{n}.md": article(f"第{n}篇", 22) for n in range(25)},
            "content/jilin/yw/b.md": article(
                "第30篇", 1, "![右](er.png)", more="picture: images/yi.jpg\nsummary: 一句话。\n"
            ),
            "content/jilin/yw/er.png": picture(),
            "content/jilin/yw/images/yi.jpg": picture("jpeg"),
            "content/jilin/tzgg/c.md": article("第31篇", 3, "![图](tu.png)", more="push_down: [all]\n"),
            "content/jilin/tzgg/tu.png": picture(),
        }
    )
    built = folder.build()
    last = built.html("jilin", "yw/index_2.html")
    assert 'src="../yw/images/yi.jpg" width="1400" height="700" alt="" class="cover" loading="lazy"' in last
    assert "../yw/images/yi.jpg.480.webp 480w" in last
    assert last.count("<picture>") == last.count("<p>一句话。</p>") == 1
    assert "<picture>" not in built.html("jilin", "yw/") + built.html("jilin", "tzgg/")
    (address,) = re.findall(r'<img src="\.\./([^"]*)"[^>]*class="cover"', built.html("yi", "tzgg/"))  # a pushed one
    assert (built.output / "yi" / address).is_file()

    folder.write({"content/jilin/yw/b.md": article("第30篇", 1, "![右](er.png)", "summary: 一句话。\n")})
    before, after = built.files(), folder.build().files()
    changed = {path for path in after if path.endswith(".html") and before.get(path) != after[path]}
    shows = {"jilin/index.html", "jilin/yw/index_2.html", *(p for p in after if "<title>第30篇".encode() in after[p])}
    assert changed == shows
    assert b'src="../yw/er.png"' in after["jilin/yw/index_2.html"]


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


COLUMNS = """columns:
- {path: yw, name: 要闻, type: 工作动态}
- {path: tzgg, name: 通知公告, type: 通知公告}
- {path: zcwj, name: 政策文件, type: 政策文件}
- {path: bsfw, name: 办事服务, type: 办事服务}
- {path: zjdc, name: 征集调查, type: 征集调查}
- {path: lx, name: 来信, type: 咨询投诉}
- {path: sj, name: 数据, type: 数据发布}
- {path: zt, name: 专题, type: 专题专栏}
- {path: gk, name: 概况, type: 概况信息}
"""
EVERY = {
    "content/jilin/yw/a.md": article("第1篇"),
    "content/jilin/yw/b.md": article("第2篇", 19),
    "content/jilin/tzgg/a.md": article("第3篇", 18, more="pinned: true\n"),
    "content/jilin/tzgg/b.md": article("第4篇", 17),
    "content/jilin/zcwj/a.md": article(
        "第5篇", 16, more="kind: document\nissuer: 甲省人民政府\ndoc_number: 甲政发〔2026〕1号\ncreated: 2026-11-10\n"
    ),
    "content/jilin/bsfw/a.md": article("第6篇：提取公积金", 15, more="kind: guide\n"),
    "content/jilin/zjdc/a.md": article("第7篇", 14, more="kind: survey\nopens: 2026-11-01\ncloses: 2026-12-10\n"),
    "content/jilin/lx/a.md": article("第8篇", 13, more="kind: letter\nreceived: 2026-11-03\nreplied: 2026-11-09\n"),
    "content/jilin/sj/a.md": article("第9篇", 12),
    "content/jilin/zt/a.md": article("第10篇", 11),
    "content/jilin/gk/a.md": article("第11篇", 10),
}
BLOCKS = ("pinned", "leading", "tabs", "block policy", "block panels", "block services", "sections", "block banners")


def blocks(html: str) -> list[str]:
    """The blocks of a page from the top, by their classes."""
    found = re.findall(r'<(?:p|div|section) class="([a-z ]+?)(?: (?:solo|one))*"', html[html.index("<main") :])
    return [name for name in found if name in BLOCKS]


def test_the_usual_blocks_hold_every_article_once(build_site: Build) -> None:
    html = build_site({"sites/jilin.yaml": ROOT + COLUMNS, **EVERY}).html("jilin")
    assert sorted(titles(html)) == sorted(f"第{n}篇" for n in range(1, 12))
    assert blocks(html) == [
        "pinned", "leading", "tabs", "block policy", "block services", "block panels", "block panels", "sections", "block banners",
    ]  # fmt: skip
    assert re.search(r'第5篇</a> <span class="state good">现行有效</span>', html)
    assert re.search(r'icons\.[0-9a-f]{8}\.svg#house"/></svg><span>第6篇', html)
    assert re.search(r'进行中</span> <a href="zjdc/\w+.html">第7篇</a> <small>2026-12-10截止', html)
    assert "第8篇</a> <small>6天答复</small>" in html
    assert '<p class="count"><b>1</b>' in html


@pytest.mark.parametrize(("files", "shown"), [({}, []), ({"content/jilin/yw/a.md": article("第1篇")}, ["leading"])])
def test_what_has_nothing_to_show_is_not_there(build_site: Build, files: dict[str, str], shown: list[str]) -> None:
    """A home page whose every block is empty, and one of a single article."""
    built = build_site({"sites/jilin.yaml": ROOT + COLUMNS, **files})
    html = built.html("jilin")
    main = html[html.index("<main") : html.index("</main>")]
    assert built.diagnostics == []
    assert blocks(html) == shown
    assert re.findall(r"<h([2-6])", main) == ["2"] * len(shown)
    assert not re.search(r"<(ul|section|div|p|nav|h\d)[^>]*>\s*</\1>", main), "something empty"
    assert "甲省<wbr>人民政府" in main


def test_ten_thousand_articles_make_no_larger_home_page(new_folder: Callable[..., ClusterFolder]) -> None:
    folder = new_folder({"sites/jilin.yaml": ROOT + COLUMNS, **EVERY})
    (task,) = tasks_for(Options(folder.root, folder.root / "output", sites=("jilin",), cache=False))
    view = site_view(task)

    def many(entry: Entry, number: int) -> Entry:
        title, name = f"{entry.article.title}之{number}", f"n{number}-{entry.article.name}"
        row = entry.article._replace(
            id=name, name=name, title=title, source_path=f"{entry.article.source_path}{number}"
        )
        return entry._replace(article=row, path=row.path)

    view.entries = {path: [many(e, n) for n in range(1000) for e in entries] for path, entries in view.entries.items()}
    view.__dict__.pop("all_entries", None)
    assert len(view.all_entries) == 11_000
    data = json.dumps(home_data(view), ensure_ascii=False)
    titles_shown = re.findall(r'"title": "(第[^"]*)"', data)
    assert 30 < len(titles_shown) == len(set(titles_shown)) < 100
    assert len(data.encode()) < 40_000


def test_a_site_names_its_blocks_and_their_options(build_site: Build) -> None:
    home = (
        "home:\n  hero: {hot: [社保缴费]}\n"
        "  blocks: [columns: {columns: [tzgg, yw], count: 1}, services: {title: 办事大厅}, headline]\n"
    )
    html = build_site({"sites/jilin.yaml": ROOT + COLUMNS + home, **EVERY}).html("jilin")
    assert blocks(html) == ["sections", "block services", "leading"]
    assert titles(html) == ["第3篇", "第2篇", "第6篇", "第1篇"]
    assert ">办事大厅</a></h2>" in html
    assert ">社保缴费</a>" in html


def test_a_profile_gives_each_kind_of_site_its_blocks(build_site: Build) -> None:
    profile = "name: 方案\nhome:\n  all: {blocks: [headline]}\n  province: {blocks: [focus]}\n"
    files = {"sites/profiles/own.yaml": profile, "sites/jilin.yaml": ROOT + "profile: own\n"}
    files |= {"sites/yi.yaml": BELOW + "profile: own\n", "content/yi/yw/a.md": article("第1篇")}
    built = build_site({**files, "content/jilin/yw/a.md": article("第2篇")})
    assert blocks(built.html("jilin")) == ["tabs"]
    assert blocks(built.html("yi")) == ["leading"]


def test_what_the_home_page_can_not_show_is_told(build_site: Build) -> None:
    built = build_site({"sites/jilin.yaml": ROOT + COLUMNS + "home: {blocks: [hedline]}\n", **EVERY})
    [finding] = [d for d in built.diagnostics if d["rule"] == "site-field"]
    assert finding["hint"].startswith("首页没有区块「hedline」，可以是 alert、headline、focus、")
    menu = "menu: {公开: [zcwj, zcwk]}\nhome: {blocks: [policy: {columns: [zcwg]}]}\n"
    built = build_site({"sites/jilin.yaml": ROOT + COLUMNS + menu, **EVERY})
    told = [(d["severity"], d["message"], d["line"]) for d in built.diagnostics if d["rule"] == "site-home"]
    assert told == [
        ("warning", "menu：本站没有栏目「zcwk」，不显示", 14), ("warning", "home：本站没有栏目「zcwg」，不显示", 15),
    ]  # fmt: skip


def test_a_long_menu_is_one_bar_of_groups(build_site: Build) -> None:
    html = build_site({"sites/jilin.yaml": ROOT + COLUMNS, **EVERY}).html("jilin")
    nav = html[html.index("<nav", html.index('id="menu"')) : html.index("</nav>", html.index('id="menu"'))]
    assert re.findall(r'class="group"><a href="[^"]*">([^<]+)', nav) == ["要闻", "政务公开", "互动交流"]
    assert nav.count("<li") == 1 + 6 + 6
    built = build_site({"sites/jilin.yaml": ROOT + COLUMNS + "menu: {公开: [zcwj, gk], 办事: [bsfw]}\n", **EVERY})
    html = built.html("jilin")
    nav = html[html.index("<nav", html.index('id="menu"')) : html.index("</nav>", html.index('id="menu"'))]
    assert re.findall(r">([^<\n]+)</a>", nav) == ["首页", "公开", "政策文件", "概况", "办事服务"]
    for path, way in (("gk/", ["公开", "概况"]), ("bsfw/", ["办事服务"]), ("yw/", ["要闻"])):
        crumbs = built.html("jilin", path).partition('class="crumbs')[2].partition("</nav>")[0]
        assert re.findall(r">([^<\n]+)</", crumbs) == ["首页", *way]


def test_sites_below_stand_by_kind_and_many_of_a_kind_fold(build_site: Build) -> None:
    sites = {
        f"sites/d{n}.yaml": f"name: 甲省第{n}厅\nshort: {n}厅\nkind: department\nsuperior: jilin\nurl: https://d{n}.example\n"
        for n in range(13)
    }
    html = build_site({"sites/jilin.yaml": ROOT, "sites/yi.yaml": BELOW, **sites}, "jilin").html("jilin")
    assert re.findall(r"<(?:h3|summary)>([^<]*)</", html[html.index("<main") :])[:2] == [
        "市（州）网站",
        "部门网站（13）",
    ]
    assert '<a href="https://d0.example/">0厅</a>' in html


def test_the_portal_s_column_stands_beside_four_headlines(build_site: Build) -> None:
    columns = "columns: [{path: yw, name: 要闻, type: 工作动态}]\n"
    files: dict[str, str | bytes] = {"sites/jilin.yaml": ROOT + columns, "content/jilin/yw/b.md": article("第30篇")}
    wanted = {"none": (0, ""), "four": (4, ""), "five": (5, ""), "pictures": (9, "![图](tu.png)")}
    for site, (count, body) in wanted.items():
        files[f"sites/{site}.yaml"] = BELOW.replace("b.example", f"{site}.example") + columns
        files |= {f"content/{site}/yw/a{n}.md": article(f"第{n}篇", n + 1, body) for n in range(count)}
        files[f"content/{site}/yw/tu.png"] = picture(size=(90, 60))
    built = build_site(files)
    looks = {site: re.findall(r'class="(lead(?: \w+)*|portal)"', built.html(site)) for site in wanted}
    assert looks == {
        "none": ["portal"], "four": ["lead solo", "portal"], "five": ["lead solo beside", "portal"], "pictures": ["lead", "portal"]
    }  # fmt: skip


def test_the_portal_s_column_stands_once_where_focus_stands_twice(build_site: Build) -> None:
    columns = "columns: [{path: yw, name: 要闻, type: 工作动态}, {path: dt, name: 动态, type: 工作动态}]\n"
    home = "home: {blocks: [focus: {columns: [yw]}, focus: {columns: [dt]}]}\n"
    files = {"sites/jilin.yaml": ROOT + columns, "content/jilin/yw/b.md": article("第30篇")}
    files |= {"sites/yi.yaml": BELOW + columns + home}
    files |= {
        f"content/yi/{column}/{n}.md": article(f"{column}{n}", n + 1) for column in ("yw", "dt") for n in range(5)
    }
    html = build_site(files).html("yi")
    assert re.findall(r'class="(lead(?: \w+)*|portal)"', html) == ["lead solo beside", "portal", "lead solo"]


def test_lists_become_tabs_with_a_script_and_groups_open_with_the_keyboard(build_site: Build, browser: Browser) -> None:
    built = build_site({"sites/jilin.yaml": ROOT + COLUMNS, **EVERY})
    with served(built.output / "jilin") as address:
        page = opened(browser, "normal", 1280)
        page.goto(f"{address}/")
        page.locator("[role=tab]").first.focus()
        page.keyboard.press("ArrowRight")
        assert page.locator("[role=tab][aria-selected=true]").inner_text() == "通知公告"
        assert [page.locator(f".tabs a:text-is('第{n}篇')").is_visible() for n in (2, 4)] == [False, True]
        below = page.locator("#menu .group ul").first
        assert not below.is_visible()
        page.locator("#menu .group > a").first.focus()
        assert below.is_visible()
        page.keyboard.press("Escape")
        assert not below.is_visible()
        page.locator("#menu .group > a").last.focus()
        assert page.locator("#menu .group ul").last.is_visible()


def test_without_a_script_the_lists_are_stacked(build_site: Build, browser: Browser) -> None:
    built = build_site({"sites/jilin.yaml": ROOT + COLUMNS, **EVERY})
    with served(built.output / "jilin") as address:
        page = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800}).new_page()
        page.goto(f"{address}/")
        assert all(page.locator(f".tabs a:text-is('第{n}篇')").is_visible() for n in (2, 4))
