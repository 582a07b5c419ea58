"""Reading offline: a site's service worker in a real browser, and what a release tells it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFont

from jiyue.base import glyphs
from jiyue.base.reason import Reason
from jiyue.publish.release.make import make_release
from jiyue.publish.release.maker import ReleaseSite
from jiyue.publish.release.rollback import rollback
from jiyue.publish.release.store import Store
from jiyue.publish.release.swap import switch_live
from jiyue.publish.release.tombstones import Tombstone
from jiyue.publish.release.withdraw import release_without
from jiyue.publish.webserver.csp import Inline, content_security_policy
from jiyue.publish.webserver.policy import Policy, cache_of
from jiyue.registry import url_ledger
from jiyue.render import offline, poster
from jiyue.render.poster import WIDTH
from tests.publish.release_sample import MAKER, later, put
from tests.support.browser import served
from tests.support.cluster import ClusterFolder, new_cluster

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SITE = "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n"
ALARM = "notice: {level: red, text: 演示：大风红色预警, until: 2126-11-30}\n"
HEAD = "---\ntitle: 关于{0}的通知\ndate: 2026-11-1{1} 09:00\nslug: n{1}\n---\n{0}按面积发放，逐户核对。\n"
SUBJECTS = ("供暖补贴", "校车路线", "冬季用水")
POSTER = "tzgg/n2.poster.png"

OPENED = "document.documentElement.dataset.offline && navigator.serviceWorker.ready.then(() => true)"
STATE_OF = """async () => {
  const facts = await caches.open(`jiyue ${new URL("/", location)} facts`);
  return (await (await facts.match(`${location.origin}/search/index/`))?.text()) ?? "";
}"""
KEPT = """async () => {
  const found = [];
  for (const name of await caches.keys()) if (name.includes(" kept "))
    for (const { url } of await (await caches.open(name)).keys()) found.push(new URL(url).pathname);
  return found.sort();
}"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> ClusterFolder:
    """A site of three notices with an alarm that is read offline; built as `output`, and as `later` without the second."""
    texts = {f"content/jilin/tzgg/{n}.md": HEAD.format(subject, n) for n, subject in enumerate(SUBJECTS, 1)}
    texts["content/jilin/tzgg/2.md"] = HEAD.format(SUBJECTS[1], 2).replace("slug", "poster: true\nslug")
    texts["content/jilin/tzgg/3.md"] = HEAD.format(SUBJECTS[2], 3).replace(
        "slug", "poster: true\nsource: 堃镕水厂\nslug"
    )
    folder = new_cluster(
        tmp_path_factory.mktemp("offline"), {"sites/jilin.yaml": f"{SITE}{ALARM}offline: on\n", **texts}
    )
    built = folder.build()
    assert built.exit_code == 0
    assert [(d["rule"], d["path"], d["line"], d["message"]) for d in built.diagnostics] == [
        ("poster-character", "content/jilin/tzgg/3.md", 4, "海报画不出「堃、镕」，没有生成海报")
    ]
    shutil.copytree(folder.root / "output", folder.root / "first")
    shutil.move(folder.root / "content/jilin/tzgg/2.md", folder.root / "2.md")
    assert folder.build().exit_code == 0
    shutil.copytree(folder.root / "output", folder.root / "later")
    for path in (folder.root / "later").rglob("*.*"):
        os.utime(path, (path.stat().st_mtime + 5,) * 2)  # else of the same second, for which a server answers 304
    return folder


@pytest.fixture
def tree(cluster: ClusterFolder, tmp_path: Path) -> Path:
    """The site's document root, to be changed."""
    return Path(shutil.copytree(cluster.root / "first" / "jilin", tmp_path / "www"))


@pytest.fixture
def page(browser: Browser, tree: Path) -> Iterator[Page]:
    """A page of a new reader on the site."""
    context = browser.new_context()
    page = context.new_page()
    with served(tree) as base:
        page.goto(f"{base}/tzgg/n1.html")
        yield page
    context.close()


def until(page: Page, script: str, wanted: Any) -> None:
    """Wait until a script of the page gives this."""
    for _ in range(3000):
        if (found := page.evaluate(script)) == wanted:
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"{found!r}, not {wanted!r}")


def go(page: Page, path: str) -> str:
    """The text of another page of the site."""
    page.goto("/".join(page.url.split("/")[:3]) + path)
    return page.inner_text("main")


def assert_nothing_is_left(page: Page) -> None:
    until(page, "navigator.serviceWorker.getRegistration().then((one) => !one)", True)
    until(page, "caches.keys().then((all) => all.filter((name) => name.startsWith('jiyue ')).length)", 0)


def switch_off(tree: Path) -> None:
    """The pages of a site that no longer declares it."""
    for path in tree.rglob("*.html"):
        before = path.stat().st_mtime
        path.write_text(path.read_text().replace(" data-offline=", " data-not="))
        os.utime(
            path, (before + 5,) * 2
        )  # later than what the browser has, or it gets a 304 and registers the worker again


def state(tree: Path) -> str:
    return (tree / offline.STATE).read_text().split('"')[3]


def reads(page: Page, tree: Path, *paths: str) -> None:
    """Read pages, and wait until they are kept and the worker has nothing more to fetch."""
    until(page, KEPT, ["/", "/tzgg/n1.html"])
    for path in paths:
        go(page, path)
    until(page, KEPT, sorted({"/", "/tzgg/n1.html", *paths}))
    until(page, STATE_OF, state(tree))


def test_pages_that_were_read_and_the_search_without_a_network(page: Page, tree: Path) -> None:
    assert page.locator("[data-do=emergency]").count() == 1
    # a site of its own below this one has its own worker or none: its pages are no business of this one's
    shutil.copytree(tree / "tzgg", tree / "xian" / "tzgg")
    until(page, KEPT, ["/", "/tzgg/n1.html"])
    go(page, "/xian/tzgg/n3.html")
    go(page, "/tzgg/n1.html")
    reads(page, tree, "/tzgg/n2.html")
    page.context.set_offline(True)
    for path, words in (("/tzgg/n1.html", "供暖补贴按面积"), ("/tzgg/n2.html?from=x", "校车路线按面积")):
        text = go(page, path)
        assert words in text and "没有网络" in text
        assert page.locator("[data-do=emergency]").count() == 0  # an alarm comes from the network or not at all
        assert page.evaluate("getComputedStyle(document.querySelector('h1')).fontWeight") != "400"
    text = go(page, "/tzgg/n3.html")
    assert "冬季用水" not in text and "没有网络时打开的网页" in text
    until(page, "document.querySelectorAll('[data-do=kept] a').length", 3)
    assert page.locator(".footer").is_visible()
    go(page, "/search/?q=冬季用水")
    page.wait_for_selector('ol#results[data-state="done"]', state="attached")
    assert page.locator("ol#results li a").all_inner_texts() == ["关于冬季用水的通知"]
    assert page.evaluate("fetch('/alerts/index.json').then(() => 'kept', () => 'network')") == "network"


def test_what_was_withdrawn_is_gone_after_the_next_contact_and_all_with_the_state(
    page: Page, tree: Path, cluster: ClusterFolder
) -> None:
    reads(page, tree, "/tzgg/n2.html", "/tzgg/")
    shutil.rmtree(tree)
    shutil.copytree(cluster.root / "later" / "jilin", tree)
    go(page, "/tzgg/n3.html")
    until(page, STATE_OF, state(tree))
    until(page, KEPT, ["/", "/tzgg/", "/tzgg/n1.html", "/tzgg/n3.html"])
    page.context.set_offline(True)
    assert "校车" not in go(page, "/tzgg/n2.html") + go(page, "/tzgg/")
    go(page, "/search/?q=校车路线")
    page.wait_for_selector('ol#results[data-state="done"]', state="attached")
    assert "校车" not in " ".join(page.locator("ol#results li a").all_inner_texts())
    page.context.set_offline(False)
    (tree / offline.STATE).unlink()  # even where nothing answers at the worker's address any more
    switch_off(tree)
    go(page, "/tzgg/n3.html")
    assert_nothing_is_left(page)


def test_a_new_version_waits_for_the_reader_and_the_last_one_leaves_nothing(page: Page, tree: Path) -> None:
    reads(page, tree)
    assert page.locator("[data-do=renew]").count() == 0
    worker = tree / offline.WORKER
    worker.write_text(worker.read_text().replace('"version":"', '"version":"2'))
    page.reload()
    page.wait_for_selector("[data-do=renew]")
    waiting = "navigator.serviceWorker.getRegistration().then((one) => !!one.waiting)"
    assert page.evaluate(waiting)
    page.reload()
    page.wait_for_selector("[data-do=renew]")
    assert page.evaluate(waiting)
    loads: list[str] = []
    page.on("load", lambda page: loads.append(page.url))
    with page.expect_navigation():
        page.click("[data-do=renew]")
    assert not page.evaluate(waiting)
    until(page, "caches.keys().then((all) => all.filter((name) => name.includes(' fixed 2')).length)", 1)
    until(page, "caches.keys().then((all) => all.filter((name) => name.includes(' fixed ')).length)", 1)
    assert len(loads) == 1 and page.locator("[data-do=renew]").count() == 0
    worker.write_bytes(offline.last_worker())
    switch_off(tree)
    go(page, "/tzgg/n3.html")
    assert_nothing_is_left(page)


def test_sizes_and_how_it_is_served(tree: Path) -> None:
    sizes = {name: len(brotli.compress((tree / name).read_bytes())) for name in (offline.WORKER, "theme/offline.mjs")}
    assert sizes[offline.WORKER] <= 3000 and sizes["theme/offline.mjs"] <= 1000
    asked_anew = (offline.WORKER, offline.STATE, offline.PAGE, "theme/manifest.webmanifest", POSTER)
    assert {cache_of(f"/nong/{path}", Policy()) for path in asked_anew} == {Policy().pages}
    assert "worker-src 'self'; manifest-src 'self';" in content_security_policy(Inline(), {})


def test_every_release_names_its_own_state_and_the_last_worker_stays(cluster: ClusterFolder, tmp_path: Path) -> None:
    jilin, store, moment = ReleaseSite("jilin", "https://www.jl.example"), Store(tmp_path / "store"), count(1)

    def live(made: str) -> Path:
        switch_live(store, "jilin", made, MAKER.keys, MAKER.now)
        return store.live_link("jilin")

    def released(output: str) -> Path:
        return live(make_release(store, jilin, cluster.root / output / "jilin", [], later(MAKER, next(moment))).id)

    tree = released("first")
    first, before = state(tree), (tree / "search/index/c/all").read_bytes()
    assert before == (cluster.root / "first/jilin/search/index/c/all").read_bytes()
    assert make_release(store, jilin, cluster.root / "first/jilin", [], later(MAKER, next(moment))).new is False
    version = json.loads((tree / "search/index/m.json").read_bytes())["segments"][0]["version"]
    stone = Tombstone(
        "jilin", "/tzgg/n2.html", Reason.WITHDRAWN, "2026-11-23", jilin.url, source="content/jilin/tzgg/2.md"
    )
    made = release_without(store, jilin, [stone], later(MAKER, next(moment)), cluster.root / "first" / "jilin")
    assert made
    assert (tree / POSTER).is_file()
    tree = live(made[0])
    assert state(tree) != first and not (tree / POSTER).exists() and not (tree / "tzgg/n2.html").exists()
    manifest = json.loads((tree / "search/index/m.json").read_bytes())
    assert manifest["segments"][0]["version"] != version
    head, _, _ = (tree / "search/index/c/all").read_bytes().partition(b"\n")
    left = {path.relative_to(tree / "search/index/c").as_posix() for path in (tree / "search/index/c").rglob("*/*/*")}
    assert {path for path, _ in json.loads(head)} == left and len(head) < len(before.partition(b"\n")[0])
    off = tmp_path / "off" / "jilin"
    shutil.copytree(cluster.root / "first" / "jilin", off)
    for name in (offline.WORKER, offline.STATE, offline.PAGE):
        (off / name).unlink()
    for _ in range(2):
        put(off / "robots.txt", f"# {next(moment)}")
        tree = live(make_release(store, jilin, off, [], later(MAKER, next(moment))).id)
        assert (tree / offline.WORKER).read_bytes() == offline.last_worker()
        assert not (tree / offline.STATE).exists()
    rollback(store, "jilin", later(MAKER, next(moment)), to=store.releases("jilin")[0])
    assert state(store.live_link("jilin")) == first


def test_a_site_that_is_not_read_offline_has_nothing_of_it(cluster: ClusterFolder) -> None:
    cluster.write({"sites/jilin.yaml": f"{SITE}{ALARM}offline: off\n"})
    built = cluster.build()
    assert built.exit_code == 0
    names = {path for path in built.files() if path.startswith("jilin/")}
    assert not {f"jilin/{name}" for name in (offline.WORKER, offline.STATE, offline.PAGE)} & names
    assert not any(path.endswith(f"/{offline.BUNDLE}") for path in names)
    assert not any(b"data-offline" in data for path, data in built.files().items() if path.endswith(".html"))


def test_a_poster_goes_with_its_article(cluster: ClusterFolder) -> None:
    first, later = cluster.root / "first" / "jilin", cluster.root / "later" / "jilin"
    assert '<a class="button" href="n2.poster.png" download>下载海报</a>' in (first / "tzgg/n2.html").read_text("utf-8")
    assert [path.name for path in first.rglob("*.poster.png")] == ["n2.poster.png"]
    assert "poster" not in (first / "tzgg/n3.html").read_text("utf-8")
    assert not list(later.rglob("*.poster.png"))
    with Image.open(first / POSTER) as picture:
        assert picture.width == WIDTH and (first / POSTER).stat().st_size < 150_000
        words = "关于校车路线的通知 吉林省人民政府　2026-11-12 https://www.jl.example/tzgg/n2.html"
        assert picture.info["Description"] == words
    assert url_ledger.addresses([POSTER, "tzgg/n2.html"]) == {"/tzgg/n2.html"}


def test_the_font_has_what_it_is_said_to_have() -> None:
    font = ImageFont.truetype(glyphs.FONT, 8, layout_engine=ImageFont.Layout.BASIC)
    said = [chr(code) for code in range(33, 0x9FFF) if glyphs.has_glyph(chr(code)) and code != 0x3000]
    assert len(said) > 7400 and [one for one in said if not font.getmask(one).getbbox()] == []
    assert glyphs.missing(["关于 2026—2027 年度·“一件事”", "朱镕基\u3000堃😀"]) == "镕堃😀"


@given(st.text(st.sampled_from("吉林省，。（）《》“”—a1 0.…"), max_size=60), st.integers(120, 900))
def test_the_lines_of_a_poster_fit_and_lose_nothing(text: str, width: int) -> None:
    font = ImageFont.truetype(glyphs.FONT, 40, layout_engine=ImageFont.Layout.BASIC)
    lines = poster.lines_of(font, text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(font.getlength(line) <= width for line in lines)
    assert poster.lines_of(font, "甲乙丙丁（戊）。", 40 * 6) == ["甲乙丙丁", "（戊）。"]
