"""An edition in another language is open while it is declared and in step with its original, else the province's is linked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jiyue.audit.dashboard.editions import tables
from jiyue.base.cache import Cache
from jiyue.build.editions import edition_states
from jiyue.build.options import Options
from jiyue.build.scanning import scan_all
from jiyue.catalogue.article import Article
from jiyue.catalogue.parity import Parity, parities
from jiyue.cli.commands.editions import editions
from jiyue.cli.publishing import cluster_at
from jiyue.registry import url_ledger
from jiyue.registry.load import load_registry
from jiyue.registry.site import Column, Edition, Site
from tests.support.cluster import Built, ClusterFolder, new_cluster
from tests.support.editions import declared, kept_open
from tests.support.publication import Live

NOW = "2026-11-23 08:00"
EDITION = Edition("en", "译文编辑岗", "译文审校岗", 5, ("gk",), "", 365, 90)
SITE = Site(
    "cc", "长春市人民政府", "长春", "prefecture", "https://www.cc.example", (), {},
    (Column("gk", "概况信息"), Column("tzgg", "通知公告")), languages=("zh-CN", "en"), editions=(EDITION,),
)  # fmt: skip


def row(name: str, date: str, updated: str = "", of: str = "", column: str = "gk", **extra: Any) -> Article:
    more = {"lang": "en", "translation_of": f"cc/{column}/{of}.md"} if of else {}
    return Article(
        f"cc-{name}", "cc", column, column, name, "news", name, date, updated, "", "", "", f"content/cc/{column}/{name}.md",
        1, "", extra.pop("publish_at", ""), extra.pop("expires", ""), "", [], {**more, **extra},
    )  # fmt: skip


def state(*rows: Article, now: str = NOW, withheld: tuple[str, ...] = (), **changes: Any) -> Parity:
    site = replace(SITE, editions=(EDITION._replace(**changes),))
    [parity] = parities(rows, site, withheld, now)
    return parity


A, A_EN = row("a", "2026-11-01 09:00"), row("a-en", "2026-11-02 09:00", of="a")


def test_an_edition_of_one_page_of_2020_does_not_open() -> None:
    parity = state(row("a", "2020-03-01 09:00"), row("a-en", "2020-03-02 09:00", of="a"))
    assert parity.closed == ("核心栏目「概况信息」近 365 天没有一篇有译文的文章",)
    assert state(A_EN).closed, "a page without any original"
    assert state(A, A_EN).closed == ()


@pytest.mark.parametrize(
    ("rows", "closed"),
    [
        ((row("b", "2026-11-18 07:59"),), 1),  # missing for five days
        ((row("b", "2026-11-18 08:01"),), 0),  # the promise has not run out
        ((row("b", "2026-11-10 09:00", column="tzgg"),), 0),  # no core column
        ((row("b", "2026-11-10 09:00", expires="2026-11-20 00:00"),), 0),  # no longer public
        ((row("b", "2026-11-10 09:00", publish_at="2026-12-01 00:00"),), 0),  # not public yet
        ((row("b", "2026-11-10 09:00", repost_of={"name": "甲"}),), 0),  # a repost's publisher translates it
        ((row("b", "2026-11-10 09:00"), row("b-en", "2026-11-10 00:00", of="b")), 0),  # the same day
        ((row("b", "2026-01-10 09:00", "2026-11-17 09:00"), row("b-en", "2026-01-10 09:00", of="b")), 1),  # changed since
        ((row("b", "2026-01-10 09:00", "2026-11-19 09:00"), row("b-en", "2026-01-10 09:00", of="b")), 0),  # days are left
        ((row("b", "2026-01-10 09:00", "2026-11-17 09:00"), row("b-en", "2026-01-10 09:00", "2026-11-18 09:00", "b")), 0),
        ((row("b", "2026-11-10 09:00"), row("b-en", "2026-11-11 09:00", of="b", expires="2026-11-12 00:00")), 1),
        ((row("b", "2025-11-10 09:00"),), 0),  # older than a year
    ],
)  # fmt: skip
def test_what_counts_as_in_step(rows: tuple[Article, ...], closed: int) -> None:
    parity = state(A, A_EN, *rows)
    assert len(parity.closed) == closed, parity.closed
    late = [lag for lag in parity.lags if lag.due <= NOW]
    assert [lag.state for lag in late] == (["stale" if late[0].translation else "missing"] if closed else [])


def test_a_withheld_article_neither_needs_a_translation_nor_is_one() -> None:
    late = row("b", "2026-11-10 09:00")
    assert state(A, A_EN, late, withheld=(late.source_path,)).closed == ()
    assert state(A, A_EN, withheld=(A_EN.source_path,)).closed


def test_the_share_and_the_first_day_are_the_limits_that_were_declared() -> None:
    many = [
        one for n in range(9) for one in (row(f"m{n}", "2026-11-01 09:00"), row(f"m{n}-en", "2026-11-01 09:00", of=f"m{n}"))
    ]  # fmt: skip
    late = row("b", "2026-11-10 09:00")
    assert state(*many, late).closed == (), "nine of ten are 90 percent"
    assert "10 篇里有 1 篇缺译文，或者译文落后超过 5 天" in state(*many, late, percent=91).closed[0]
    assert state(*many, row("c", "2026-10-10 09:00"), late, since="2026-11-01").closed == ()


def test_what_the_clock_changes_is_a_turning_point() -> None:
    b = row("b", "2026-11-20 10:00")
    open_now = state(A, A_EN, b)
    assert (open_now.closed, open_now.next) == ((), "2026-11-25 10:00")
    assert state(A, A_EN, b, now="2026-11-25 10:00").closed
    assert state(A, A_EN, row("c", "2026-12-01 00:00", publish_at="2026-12-01 00:00")).next == "2026-12-01 00:00"
    assert state(A, A_EN).next == "2027-11-01 09:00", "a year after, it is no longer news"
    assert state(A, A_EN._replace(expires="2026-11-30 00:00")).next == "2026-11-30 00:00"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "没有在 editions 里写明编辑、审校、更新期限和核心栏目"),
        (declared("en").replace("译文审校岗", "译文编辑岗"), "编辑和审校是同一个岗位"),
        (
            declared("en") + "officers: [{post: 初审岗, unit: 办公厅, role: 初审}]\n",
            "岗位「译文编辑岗」没有在 officers 里登记",
        ),
        (declared("en", days=90), "更新期限 90 天，长于方案允许的 30 天"),
        (declared("en", column="没有"), "核心栏目「没有」不是本站的栏目"),
        (declared("en") + "profile: strict\n", "核心栏目只有 1 个，方案要求至少 3 个"),
    ],
)
def test_what_a_declaration_lacks(tmp_path: Path, written: str, said: str) -> None:
    site = f"name: 甲\nkind: province\nurl: https://a.example\nlanguages: [zh-CN, en]\ncolumns: [{{path: hexin}}]\n{written}"
    files = {"sites/jilin.yaml": site, "sites/profiles/strict.yaml": "name: 严格\neditions: {columns: 3}\n"}
    [edition] = load_registry(new_cluster(tmp_path, files).root).sites["jilin"].editions
    assert edition.lacking[0] == said


CITY = (
    "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\nlanguages: [zh-CN, en]\n"
    "columns: [{path: hexin, name: 核心信息}]\n"
)
PROVINCE = (
    "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\nlanguages: [zh-CN, en]\n"
    "columns: [{path: hexin, name: 核心信息}]\n"
)
ENGLISH_HOME = (
    "---\ntitle: Jilin in English\ndate: 2026-11-02\nslug: english\nlang: en\ntranslation_of: /\n---\nWelcome.\n"
)
NEW = "---\ntitle: 新的概况\ndate: 2026-11-20 09:30\nslug: new\n---\n正文，见[英文](core-en.md)。\n"
NEW_EN = (
    "---\ntitle: New facts\ndate: 2026-11-30\nslug: new-en\nlang: en\ntranslation_of: cc/hexin/new.md\n---\nText.\n"
)
FILES = {
    "sites/jilin.yaml": PROVINCE + declared("en"),
    "sites/cc.yaml": CITY + declared("en", days=5),
    **kept_open("jilin", "en"),
    **kept_open("cc", "en"),
    "content/jilin/english.md": ENGLISH_HOME,
    "content/cc/hexin/new.md": NEW,
}


def said_of(cluster: ClusterFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """The report says what is missing, since when, and which post is responsible."""
    for format in ("text", "csv", "json"):
        editions(["cc"], cluster.root, "2026-11-26 12:00", format)
        said = capsys.readouterr().out
        for words in (
            "新的概况",
            "content/cc/hexin/new.md",
            "2026-11-20 09:30",
            "2026-11-25 09:30",
            "译文编辑岗",
            "缺译文",
        ):
            assert words in said, (format, words)
        assert "jilin" not in said
    [edition] = json.loads(said)["editions"]
    assert (edition["open"], edition["columns"]) == (
        False, [{"path": "hexin", "originals": 2, "translated": 1, "late": 1}]
    )  # fmt: skip
    cache = Cache(cluster.root / ".jiyue" / "store")
    options = Options(cluster.root, cluster.root, now="2026-11-26 12:00")
    registry, summaries = scan_all(options, load_registry(cluster.root), cache, lambda *_: None)
    states = edition_states(cluster.root, registry, summaries, cache, options.now)
    sites = {
        name: SimpleNamespace(site=registry.sites[name], subject=SimpleNamespace(editions=states.get(name, [])))
        for name in registry.sites
    }
    opened, behind = tables(SimpleNamespace(sites=sites, day="2026-11-26"))  # type: ignore[arg-type]
    assert [cells[2].value for cells in opened.rows] == ["开通", "没有开通"]
    assert [cells[5].value for cells in behind.rows] == ["新的概况"]


def same_as_clean(cluster: ClusterFolder, today: str, folder: Path) -> Built:
    built = cluster.build(today=today)
    clean = cluster.build("--no-cache", today=today, output=folder)
    assert {k: v for k, v in built.files().items() if "dashboard" not in k} == {
        k: v for k, v in clean.files().items() if "dashboard" not in k
    }, today
    return built


def test_an_edition_closes_and_opens_with_the_clock_and_with_its_content(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Closed, no byte of it is public, and the Chinese pages lead to the province's; incremental builds are clean ones."""
    cluster = new_cluster(tmp_path / "a", FILES)
    built = cluster.build(today="2026-11-24 12:00")
    assert built.diagnostics == []
    assert b"Core en" in built.files()["cc/feed.atom"]
    original = built.html("cc", "hexin/core.html")
    assert 'hreflang="en" lang="en">English</a>' in original

    built = same_as_clean(cluster, "2026-11-26 12:00", tmp_path / "closed")
    [closed, dead] = sorted(built.diagnostics, key=lambda one: str(one["rule"]))
    assert (closed["rule"], closed["severity"], closed["path"]) == ("edition-closed", "warning", "sites/cc.yaml")
    assert "核心栏目「核心信息」2 篇里有 1 篇缺译文，或者译文落后超过 5 天" in closed["message"]
    assert (dead["severity"], dead["path"]) == ("warning", "content/cc/hexin/new.md"), "a link to it is text"
    assert built.exit_code == 0
    public = {name: data for name, data in built.files().items() if not name.startswith("_cluster/")}
    assert not [name for name, data in public.items() if name.startswith("cc/") and b"Core en" in data]
    link = '<a href="https://www.jl.example/english.html" hreflang="en"><span lang="en">English</span> · 吉林省人民政府</a>'
    assert link in built.html("cc", "hexin/core.html")
    assert link in built.html("cc")
    assert link not in built.html("cc", "hexin/new.html"), "it had no translation"
    assert "Core en" in built.html("jilin", "hexin/core-en.html"), "the province's stays open"

    said_of(cluster, capsys)

    cluster.write({"content/cc/hexin/new.en.md": NEW_EN})
    built = same_as_clean(cluster, "2026-12-01 12:00", tmp_path / "again")
    assert built.diagnostics == []
    assert "New facts" in built.html("cc", "hexin/new-en.html")
    assert "jl.example/english.html" not in built.html("cc")

    cluster.write({"sites/jilin.yaml": PROVINCE, "sites/cc.yaml": CITY})
    built = cluster.build(today="2026-12-01 12:00")
    assert "hreflang" not in built.html("cc").partition("<main")[2], "no province's edition to lead to"


@pytest.mark.long
def test_a_closed_edition_is_gone_from_the_next_release_and_comes_back(tmp_path: Path) -> None:
    live = Live(new_cluster(tmp_path, {name: FILES[name] for name in FILES if "jilin/" not in name}))
    english = "/hexin/core-en.html"
    for today, gone in (("2026-11-24T10:00", False), ("2026-11-26T10:00", True), ("2026-12-01T10:00", False)):
        live.go(today=today)
        entry = url_ledger.read(live.root, "cc")[0][english]
        assert (entry.gone, entry.why) == (gone, "暂停公开" if gone else "")
        store = cluster_at(live.root).store
        assert (store.tree("cc", store.live_id("cc")) / english[1:]).exists() is not gone
        if gone:
            live.folder.write({"content/cc/hexin/new.en.md": NEW_EN})
