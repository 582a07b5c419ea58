"""The real commands, killed before each of their steps on the disk: readers get the old site or the new one, whole."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jiyue import ledger
from jiyue.release.signing import read_keys
from jiyue.release.verify import verify
from tests.support.killing import Killer, killer
from tests.support.publication import Live, files_of, new_keys, one_site

COMMANDS = {
    "release": ("release", "cc", "--key", "{root}/key.pem", "--today", "2026-11-23T11:00"),
    "publish": ("publish", "cc", "--key", "{root}/key.pem", "--keep", "1", "--today", "2026-11-23T11:00"),
    "rollback": ("rollback", "cc", "--key", "{root}/key.pem", "--today", "2026-11-23T11:00"),
}
NEXT = ("publish", "cc", "--resume", "--key", "{root}/key.pem", "--today", "2026-11-23T12:00")
STRIDES = [71, pytest.param(1, marks=pytest.mark.long)]
"""Every so many-th step is tried; an odd number, so that different kinds of steps come up."""


@pytest.fixture(scope="module")
def forks() -> Iterator[Killer]:
    with killer() as running:
        yield running


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Live, Path]:
    """A cluster with two releases that were live and a third state built; and a copy to begin from again and again."""
    live = one_site(tmp_path_factory.mktemp("killed") / "cluster")
    [key] = new_keys(live, "甲")
    (live.root / "key.pem").write_text(key)
    for n in (1, 2):
        live.write("n1", 1, f"summary: 第{n}版的摘要\n")
        live.go(JIYUE_SIGNING_KEY=key, today=f"2026-11-23T10:1{n}")
    live.write("n1", 1, "summary: 第三版的摘要\n")
    (live.root / "content/cc/tzgg/n3.md").rename(live.root / "content/cc/tzgg/renamed.md")
    live.folder.build(today="2026-11-23T10:20")
    for folder in ("store", "templates"):  # the build's memory, of no use here
        shutil.rmtree(live.root / ".jiyue" / folder)
    copy = live.root.with_name("copy")
    subprocess.run(["cp", "-a", str(live.root), str(copy)], check=True)
    return live, copy


@pytest.fixture
def again(prepared: tuple[Live, Path]) -> Callable[[], Live]:
    """Puts the cluster back to where it was, at the same path, hard links and times included."""

    def restore() -> Live:
        live, copy = prepared
        shutil.rmtree(live.root)
        subprocess.run(["cp", "-a", str(copy), str(live.root)], check=True)
        return live

    return restore


def served(live: Live) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """What readers get through the two links: where releases are made, and where they are deployed."""
    return files_of(live.root / ".jiyue/releases/live/cc"), files_of(live.tree())


@pytest.mark.parametrize("stride", STRIDES)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_killed_at_any_step(again: Callable[[], Live], forks: Killer, command: str, stride: int) -> None:
    def run(live: Live, args: tuple[str, ...], at: int = 0, torn: bool = False) -> tuple[bool, int]:
        ended = forks.run(live.root, *(a.format(root=live.root) for a in args), at=at, torn=torn)
        assert ended.killed or ended.code == 0, ended.said
        return ended.killed, ended.events

    live = again()
    old = served(live)
    assert old[0] == old[1]
    keys = read_keys(live.root)
    _, steps = run(live, COMMANDS[command])
    new = served(live)
    assert new[0] == new[1]
    assert (new == old) == (command == "release")
    run(live, NEXT)
    last = without_manifest(live.tree())
    assert "第三版的摘要" in live.texts()
    places: list[tuple[bool, bool]] = []
    for at in range(1, steps + 1, stride):
        torn = at // stride % 2 == 1
        live = again()
        killed, _ = run(live, COMMANDS[command], at=at, torn=torn)
        assert killed or at > steps - 9  # threads that compress make the same folder once or twice
        here, there = served(live)
        assert here in (old[0], new[0]), at
        assert there in (old[1], new[1]), at
        places.append((here == new[0], there == new[1]))
        for link in (live.root / ".jiyue/releases/live/cc", live.tree()):
            assert verify(link, keys) == [], at
        run(live, NEXT)
        assert without_manifest(live.tree()) == last, at
        assert verify(live.tree(), keys) == [], at
        book, bad = ledger.read(live.root, "cc")
        assert bad == []
        assert {"/" + p for p in last if p.startswith("tzgg/") and p.endswith("l")} - {
            "/tzgg/index.html"
        } <= book.keys()
        for root in (live.root / ".jiyue/releases", live.root / "www"):
            assert [p.name for p in (root / "releases/cc").iterdir() if p.name.startswith(".")] == [], at
    if command != "release":
        assert places == sorted(places)  # old up to the switch, first here, then where readers are
        assert places[0] == (False, False)
        assert stride > 1 or {(False, False), (True, False), (True, True)} == set(places)


def without_manifest(tree: Path) -> dict[str, bytes]:
    return {path: data for path, data in files_of(tree).items() if not path.startswith(".well-known/jiyue/")}
