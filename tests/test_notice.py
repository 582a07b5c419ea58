"""A site's emergency notice: on every page of the site, without scripts, until its end."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from jiyue.registry.site import Notice, Site
from tests.checks.test_gate import SECRET
from tests.support.browser import axe, served
from tests.support.cluster import Built, ClusterFolder

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NOTICE = "notice: {{level: {level}, text: 演示暴雨预警, url: /tzgg/a.html, since: 2026-11-22 08:00, until: {until}}}\n"
FILES = {
    "sites/cc.yaml": "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n",
    "content/cc/tzgg/a.md": "---\ntitle: 通知\ndate: 2026-11-20 09:30\nslug: a\n---\n正文。\n",
    "content/jilin/tzgg/a.md": "---\ntitle: 通知\ndate: 2026-11-20 09:30\nslug: a\n---\n正文。\n",
}


def with_notice(level: str = "red", until: str = "2026-11-24 08:00") -> dict[str, str]:
    """The cluster's files, 长春 with a notice."""
    return {**FILES, "sites/cc.yaml": FILES["sites/cc.yaml"] + NOTICE.format(level=level, until=until)}


def shown_on(built: Built) -> dict[str, bool]:
    """Page -> whether it shows the notice."""
    return {name: "演示暴雨预警" in data.decode() for name, data in built.files().items() if name.endswith(".html")}


def test_a_notice_is_on_every_page_of_its_site_from_its_beginning_to_its_end(
    new_folder: Callable[..., ClusterFolder],
) -> None:
    folder = new_folder(with_notice())
    for today, shown in {
        "2026-11-22T07:59": False, "2026-11-22T08:00": True, "2026-11-24T07:59": True, "2026-11-24T08:00": False,
    }.items():  # fmt: skip
        built = folder.build(today=today)
        assert shown_on(built) == {name: shown and name.startswith("cc/") for name in shown_on(built)}, today
        clean = folder.build("--no-cache", today=today, output=folder.root / "clean")
        mine = {name: data for name, data in built.files().items() if not name.startswith("_cluster/")}
        assert mine == {name: data for name, data in clean.files().items() if not name.startswith("_cluster/")}, today
    assert {"cc/404.html", "cc/search/index.html", "cc/index.html", "cc/tzgg/a.html"} <= shown_on(built).keys()


def test_a_last_day_without_a_time_counts_whole(new_folder: Callable[..., ClusterFolder]) -> None:
    folder = new_folder(with_notice(until="2026-11-24"))
    assert shown_on(folder.build(today="2026-11-24T23:59"))["cc/index.html"]
    assert not shown_on(folder.build(today="2026-11-25"))["cc/index.html"]


@pytest.mark.parametrize("level", ["red", "orange", "yellow", "blue", "info"])
def test_each_level_reads_well_without_a_script_and_in_every_mode(
    browser: Browser, build_site: Callable[..., Built], level: str
) -> None:
    built = build_site(with_notice(level))
    with served(built.output / "cc") as base:
        plain = browser.new_context(java_script_enabled=False)
        page = plain.new_page()
        page.goto(f"{base}/tzgg/a.html")
        assert page.locator(".emergency").is_visible()
        assert page.locator(".emergency a").get_attribute("href") == "../tzgg/a.html"
        assert page.locator(".emergency").bounding_box()["y"] == 0  # type: ignore[index]
        plain.close()
        page = browser.new_page()
        page.clock.set_fixed_time("2026-11-23T08:00:00+08:00")
        page.goto(f"{base}/tzgg/a.html")
        assert axe(page) == []
        page.emulate_media(color_scheme="dark")
        assert axe(page) == []
        page.close()


def test_a_page_that_was_not_built_anew_drops_a_notice_that_is_over(
    browser: Browser, build_site: Callable[..., Built]
) -> None:
    built = build_site(with_notice())
    with served(built.output / "cc") as base:
        for moment, count in (("2026-11-24T07:59:00+08:00", 1), ("2026-11-24T08:00:00+08:00", 0)):
            page = browser.new_page()
            page.clock.set_fixed_time(moment)
            page.goto(base)
            page.locator("[data-do=announced]").wait_for(state="attached")
            assert page.locator(".emergency").count() == count
            page.close()


def test_a_notice_says_its_level_its_beginning_and_where_more_is(build_site: Callable[..., Built]) -> None:
    html = build_site(with_notice("yellow")).html("cc").partition('class="emergency')[2].partition("</section>")[0]
    assert re.sub(r"<[^>]*>|\s+", " ", html.partition(">")[2]).split() == [
        "黄色预警", "演示暴雨预警", "2026-11-22", "08:00", "查看详情",
    ]  # fmt: skip
    assert 'data-until="2026-11-24T08:00:00+08:00"' in html


def test_a_link_that_leads_nowhere_is_told_and_left_off(build_site: Callable[..., Built]) -> None:
    built = build_site(
        {**with_notice(), "content/cc/tzgg/a.md": FILES["content/cc/tzgg/a.md"].replace("slug: a", "slug: b")}
    )
    [found] = [d for d in built.diagnostics if d["rule"] == "link-promoted"]
    assert (found["path"], found["line"]) == ("sites/cc.yaml", 5)
    assert found["message"] == "紧急提示的「/tzgg/a.html」不存在"
    section = built.html("cc").partition('class="emergency')[2].partition("</section>")[0]
    assert "演示暴雨预警" in section
    assert "<a " not in section


@pytest.mark.parametrize(
    ("notice", "told"),
    [
        ("{level: purple, text: 甲, until: 2026-11-24}", "level"),
        ("{level: red, text: 甲}", "until"),
        ("{level: red, text: 甲, until: 明天}", "不是有效的日期"),
        ("{level: red, text: 甲, since: 2026-11-24 09:00, until: 2026-11-24 08:00}", "until 要晚于 since"),
    ],
)
def test_a_slip_in_a_notice_is_told_with_its_line(build_site: Callable[..., Built], notice: str, told: str) -> None:
    built = build_site({**FILES, "sites/cc.yaml": FILES["sites/cc.yaml"] + f"notice: {notice}\n"})
    [found] = [d for d in built.diagnostics if d["severity"] == "error"]
    assert (found["path"], found["line"]) == ("sites/cc.yaml", 5)
    assert told in found["message"] + found["hint"]


def test_a_notice_that_says_too_much_is_withheld_alone(build_site: Callable[..., Built]) -> None:
    files = {name: text.replace("演示暴雨预警", f"演示暴雨预警{SECRET}") for name, text in with_notice().items()}
    built = build_site(files)
    [found] = [d for d in built.diagnostics if d["severity"] == "error"]
    assert (found["rule"], found["site"], found["path"], found["line"]) == (
        "privacy-id-number", "cc", "sites/cc.yaml", 5,
    )  # fmt: skip
    assert "演示暴雨预警" not in built.html("cc")
    assert "正文" in built.html("cc", "tzgg/a.html")


def test_a_site_with_a_notice_goes_through_json() -> None:
    notice = Notice("red", "甲", "", "", "2026-11-24 08:00")
    site = Site("cc", "长春", "长春", "prefecture", "https://www.cc.example", (), {}, (), notice=notice)
    from dataclasses import asdict  # noqa: PLC0415
    from json import dumps, loads  # noqa: PLC0415

    assert Site.from_json(loads(dumps(asdict(site)))) == site
