"""The life of a site: announced on every page, closed not before a month is over, then nothing but the notice."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from jiyue.build.lives import life_findings
from jiyue.registry.life import Closing, a_month_after
from jiyue.registry.load import load_registry
from tests.checks.test_gate import SECRET
from tests.support.cluster import Built, ClusterFolder, new_cluster

CC = """name: 长春市科学技术局
kind: department
superior: jilin
url: https://kj.cc.example
columns:
  - {path: tzgg, name: 通知公告, type: 通知公告}
closing:
  announced: 2026-11-10
  closes: %s
  moved_to: jilin/kjj
"""
FILES = {
    "sites/jilin.yaml": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n"
    "columns:\n  - {path: tzgg, name: 通知公告, type: 通知公告}\nchannels:\n  - {path: kjj, name: 科学技术局, type: department}\n",
    "sites/cc.yaml": CC % "2026-12-20",
    "content/cc/tzgg/a.md": "---\ntitle: 通知甲\ndate: 2026-11-09 09:30\nslug: a\n---\n见[附件](a.csv)。\n",
    "content/cc/tzgg/a.csv": "甲,乙\n1,2\n",
    "content/jilin/kjj/c.md": "---\ntitle: 频道说明\ndate: 2026-11-09 09:30\n---\n正文。\n",
    "content/jilin/tzgg/b.md": "---\ntitle: 通知乙\ndate: 2026-11-09 09:30\nslug: b\npush_down: all\n---\n"
    "见[通知](https://kj.cc.example/tzgg/a.html)。\n",
}  # fmt: skip
NOTICE = "长春市科学技术局网站将于2026年12月20日关停，内容并入吉林省人民政府网站“科学技术局”频道。"
CLOSED = "长春市科学技术局网站已于2026年12月20日关停，内容并入吉林省人民政府网站“科学技术局”频道。"


def saying(built: Built, text: str) -> set[str]:
    return {name for name, data in built.files().items() if name.endswith(".html") and text in data.decode()}


def test_a_site_is_announced_then_closed_by_the_clock_alone(new_folder: Callable[..., ClusterFolder]) -> None:
    folder = new_folder(FILES)
    before = folder.build(today="2026-11-09T23:59")
    assert before.rules() == []
    assert saying(before, "关停") == set()
    pages = {name for name in before.files() if name.startswith("cc/") and name.endswith(".html")}
    assert len(pages) > 5
    for today, text in (("2026-11-10", NOTICE), ("2026-12-20", CLOSED)):
        built = folder.build(today=today)
        mine = built.files()
        now = {name for name in mine if name.startswith("cc/") and name.endswith(".html")}
        assert saying(built, text) == now
        assert now == (pages if text is NOTICE else {"cc/index.html", "cc/404.html", "cc/sitemap.html"})
        assert ("kj.cc.example" in built.html("jilin", "sites.html")) == (text is NOTICE)
        assert ("kj.cc.example/tzgg" in built.html("jilin", "tzgg/b.html")) == (text is NOTICE)
        assert built.rules() == ([] if text is NOTICE else ["link-withheld"])
        assert "data-until" in built.html("cc")
    clean = folder.build("--no-cache", today=today, output=folder.root / "clean").files()
    assert {name for name in mine.keys() | clean if name[0] != "_" and mine.get(name) != clean.get(name)} == set()
    assert re.search(r"<h1>本网站已关停</h1>\s*<p>" + CLOSED, built.html("cc"))
    assert (
        '<a class="button" href="https://www.jl.example/kjj/">前往吉林省人民政府网站“科学技术局”频道</a>'
        in built.html("cc")
    )
    assert not any("通知甲" in data.decode("utf-8", "replace") for name, data in mine.items() if name[0] != "_")
    assert not any("a.csv" in name for name in mine)


def test_a_site_whose_month_is_not_over_is_not_closed_early(new_folder: Callable[..., ClusterFolder]) -> None:
    built = new_folder({**FILES, "sites/cc.yaml": CC % "2026-11-30"}).build(today="2026-12-09T23:59")
    [told] = built.diagnostics
    assert (told["rule"], told["path"], told["line"]) == ("site-closing-early", "sites/cc.yaml", 9)
    assert told["message"] == "公告自2026年11月10日起，到2026年11月30日不满一个月，2026年12月10日才关停"
    assert told["hint"] == "把 closes 改为 2026-12-10 或以后"
    assert "将于2026年12月10日关停" in built.html("cc", "tzgg/a.html")


def test_an_announcement_in_the_offices_own_words(new_folder: Callable[..., ClusterFolder]) -> None:
    own = "  text: 本网站下月关停。\n  url: /tzgg/a.html\n"
    folder = new_folder({**FILES, "sites/cc.yaml": CC % "2026-12-20" + own})
    built = folder.build(today="2026-11-10")
    assert built.rules() == []
    banner = built.html("cc", "404.html").partition('class="emergency')[2].partition("</section>")[0]
    assert "<span>本网站下月关停。</span>" in banner
    assert 'href="/tzgg/a.html"' in banner
    folder.write({"sites/cc.yaml": CC % "2026-12-20" + own.replace("本网站下月关停。", SECRET)})
    built = folder.build(today="2026-11-10")
    assert {d["path"] for d in built.diagnostics} == {"sites/cc.yaml"}
    assert NOTICE in built.html("cc")  # words that the rules refuse give way to the usual ones


@pytest.mark.parametrize(
    ("to", "told", "closes"),
    [
        ("nowhere/x", "moved_to: 没有名为「nowhere」的站点承接", False),
        ("jilin/x", "moved_to: 站点 jilin 没有栏目或频道「x」", True),  # its column may have been renamed since
        ("cc/tzgg", "moved_to: 不能是本站", False),
    ],
)
def test_a_site_whose_content_would_go_nowhere_stays_open(tmp_path: Path, to: str, told: str, closes: bool) -> None:
    new_cluster(tmp_path, {**FILES, "sites/cc.yaml": CC.replace("jilin/kjj", to) % "2026-12-20"})
    registry = load_registry(tmp_path)
    [found] = registry.diagnostics
    assert (found.rule, found.line, found.message) == ("site-closing", 10, told)
    assert registry.sites["cc"].is_closed("2027-01-01") == closes


def test_sites_that_hang_on_a_closing_one_and_former_names_that_lead_nowhere_are_told(tmp_path: Path) -> None:
    below = "name: 下级单位\nkind: department\nsuperior: cc\nurl: https://xj.cc.example\n"
    formerly = "formerly:\n  - {id: cc}\n  - {url: https://xj.cc.example}\n  - {id: old, to: kj}\n  - {name: 旧名}\n"
    new_cluster(tmp_path, {**FILES, "sites/xj.yaml": below, "sites/jilin.yaml": FILES["sites/jilin.yaml"] + formerly})
    found = [*life_findings(tmp_path, load_registry(tmp_path), "2026-11-10 09:00")]
    assert sorted((d.rule, d.path, d.line, d.message) for d in found) == [
        ("site-closing-below", "sites/cc.yaml", 7, "站点关停，下级站点 xj 的上级还是它"),
        ("site-formerly", "sites/jilin.yaml", 9, "formerly: 站点 cc 还在"),
        ("site-formerly", "sites/jilin.yaml", 10, "formerly: https://xj.cc.example 是站点 xj 现在的网址"),
        ("site-formerly", "sites/jilin.yaml", 11, "formerly: 本站没有栏目或频道「kj」"),
    ]


def test_a_month_ends_on_the_same_day_or_the_last_of_the_next() -> None:
    assert [a_month_after(day) for day in ("2026-11-10", "2026-12-05", "2026-01-31")] == [
        "2026-12-10", "2027-01-05", "2026-02-28",
    ]  # fmt: skip
    closing = Closing("2026-11-10", "2026-11-11")
    assert [closing.state(day) for day in ("2026-11-09", "2026-11-10", "2026-12-09 23:59", "2026-12-10 00:00")] == [
        "open", "closing", "closing", "closed",
    ]  # fmt: skip


def test_a_closed_site_stays_closed_whatever_is_wrong_with_its_heir(tmp_path: Path) -> None:
    broken = "name: [坏\n"
    closing = CC.replace("jilin/kjj", "heir/kj") % "2026-12-20"
    new_cluster(tmp_path, {**FILES, "sites/cc.yaml": closing, "sites/heir.yaml": broken})
    assert load_registry(tmp_path).sites["cc"].is_closed("2027-01-01")


def test_a_month_after_the_last_one_of_the_calendar_is_its_last_day() -> None:
    assert a_month_after("9999-12-01") == "9999-12-31"
