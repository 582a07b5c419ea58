"""Finished pages are checked before a release: faulty ones aren't published, and readers keep the last good version."""

from __future__ import annotations

from tests.support.publication import Live, files_of


def test_a_site_whose_pages_are_not_whole_keeps_what_is_live(live: Live) -> None:
    before = files_of(live.tree())
    live.write("n2", 2, "summary: 改过的摘要在此\n")
    live.write("n1", 11, "summary: 省里照常\n", site="jilin")
    live.run("build")
    style = next((live.root / "output/cc/theme").rglob("*.css"))
    style.unlink()
    for how in (("publish", "--dry-run"), ("publish",), ("publish",)):
        assert "[link-output]" in live.run(*how, code=1)
        assert files_of(live.tree()) == before
    assert "省里照常" in live.texts("jilin")
    live.go()
    assert "改过的摘要在此" in live.texts()


def test_a_page_cut_short_is_not_released(live: Live) -> None:
    before = files_of(live.tree())
    live.write("n2", 2, "summary: 改过的摘要在此\n")
    live.run("build")
    page = live.root / "output/cc/index.html"
    cut = page.with_suffix(".part")
    cut.write_bytes(page.read_bytes()[:-200])
    cut.replace(page)
    assert "[page-cut]" in live.run("publish", code=1)
    assert files_of(live.tree()) == before


def test_an_anchor_that_is_not_there_is_told_and_stops_nothing(live: Live) -> None:
    live.folder.write(
        {"content/cc/tzgg/n9.md": "---\ntitle: 第9件\ndate: 2026-11-20 09:30\n---\n\n见[第三条](#没有这里)。\n"}
    )
    said = live.go()
    assert "[link-anchor]" in said
    assert "第9件" in live.texts()


def test_a_site_that_could_not_be_looked_at_stops_no_other(live: Live) -> None:
    before = files_of(live.tree())
    live.write("n2", 2, "summary: 改过的摘要在此\n")
    live.write("n1", 11, "summary: 省里照常\n", site="jilin")
    live.run("build")
    in_the_way = live.root / ".jiyue/releases/verified/cc.json"
    in_the_way.unlink()
    in_the_way.mkdir()
    assert "[release-failed]" in live.run("publish", code=1)
    assert files_of(live.tree()) == before
    assert "省里照常" in live.texts("jilin")
    in_the_way.rmdir()
    live.run("publish")
    assert "改过的摘要在此" in live.texts()
