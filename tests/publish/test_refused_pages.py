"""A faulty finished page withholds its article, and nothing else, already in the build, not only in `publish`."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from jiyue.base.diagnostics import Diagnostic
from jiyue.checks.page import output
from tests.support.cluster import ClusterFolder
from tests.support.edits import direct
from tests.support.withdrawals import World

BAD = '---\ntitle: 有毛病的一篇\ndate: 2026-11-20 09:30\npush_down: [all]\n---\n{word}\n\n<div id="x">甲</div>\n'
GOOD = '---\ntitle: 没毛病的一篇\ndate: 2026-11-20 09:30\n---\n见[上一篇](bad.md)。\n\n<div id="x">甲</div>\n'


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Two sites. A page with the word 坏掉 is refused, which no check of sources can detect."""

    def errors(folder: Path, page: str, site: str, base_path: str) -> list[Diagnostic]:
        bad = "坏掉" in (folder / page).read_text()
        return [output.TARGET.at(f"{site}/{page}", 3, "「x」没有对应的文件", "改正链接", site=site)] if bad else []

    monkeypatch.setattr(output, "page_errors", errors)
    made = World(tmp_path / "cluster", random.Random(0), sites=["s0", "s1"], superior={"s1": "s0"})
    ClusterFolder(made.root).write({"sites/cluster.yaml": "name: 站群\nroot: s0\n"})
    for site in made.sites:
        made.settle(site)
    ClusterFolder(made.root).write({"content/s0/tzgg/good.md": GOOD})
    return made


def put(world: World, word: str) -> None:
    ClusterFolder(world.root).write({"content/s0/tzgg/bad.md": BAD.format(word=word)})


def test_the_build_tells_it_each_time_and_the_publication_withholds_it_alone(world: World, tmp_path: Path) -> None:
    with direct(tmp_path / "compiled"):
        put(world, "好的")
        world.build()
        assert world.publish().ok
        put(world, "坏掉")
        report, again = world.build(), world.build()
        for one in (report, again):
            told = [(d.rule, d.path, d.site) for d in one.diagnostics if d.rule == "link-output"]
            assert told == [("link-output", "content/s0/tzgg/bad.md", site) for site in world.sites]
            assert one.failed == []
        assert again.opened == 0
        ClusterFolder(world.root).write({"content/s0/tzgg/good.md": GOOD + "\n又一段。\n"})
        assert [d.path for d in world.build().diagnostics if d.rule == "link-output"] == ["content/s0/tzgg/bad.md"] * 2
        put(world, "又好了")
        assert "link-output" not in [d.rule for d in world.build().diagnostics]


@pytest.mark.parametrize("first", ["好的", ""])
def test_the_publication_keeps_its_last_version_or_none(world: World, tmp_path: Path, first: str) -> None:
    """A fault that no check of sources can detect, here a file lost after the build, withholds one page of many."""
    files = {
        "content/s0/tzgg/bad.csv": "事项,甲\n",
        "content/s0/tzgg/bad.md": BAD.format(word="坏掉") + "\n[附件](bad.csv)\n",
    }
    with direct(tmp_path / "compiled"):
        if first:
            put(world, first)
        world.build()
        world.publish()
        ClusterFolder(world.root).write(files)
        world.build()
        (world.root / "output/s0/tzgg/bad.csv").unlink()
        rules = {d.rule for o in world.publish().outcomes for d in o.diagnostics}
        assert ("release-carried" in rules) == bool(first)
        assert "link-output" in rules
    text = world.live("s0")
    assert "坏掉" not in text
    assert ("好的" in text) == bool(first)
    assert ("有毛病" in text) == bool(first)
    assert "没毛病的一篇" in text
