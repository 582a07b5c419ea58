"""The real commands, killed or failing at each change of the disk: readers get the old site or the new one."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jiyue.publish.release.signing import read_keys
from jiyue.publish.release.verify import verify
from jiyue.registry import url_ledger
from tests.support.killing import Ended, Killer, killer
from tests.support.publication import Live, files_of, new_keys, one_site

COMMANDS = {
    "release": ("release", "cc", "--key", "{root}/key.pem", "--today", "2026-11-23T11:00"),
    "publish": ("publish", "cc", "--key", "{root}/key.pem", "--keep", "1", "--today", "2026-11-23T11:00"),
    "rollback": ("rollback", "cc", "--key", "{root}/key.pem", "--today", "2026-11-23T11:00"),
}
NEXT = ("publish", "cc", "--resume", "--key", "{root}/key.pem", "--today", "2026-11-23T12:00")
SLICES = [(1, 29), *(pytest.param((n, 4), marks=pytest.mark.long) for n in (1, 2, 3, 4))]
"""The first step tried and the distance to the next one; the four long runs together try every step."""


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
    for folder in ("store", "templates"):  # the build's memory, if any, of no use here
        shutil.rmtree(live.root / ".jiyue" / folder, ignore_errors=True)
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


def run(forks: Killer, live: Live, args: tuple[str, ...], **how: Any) -> Ended:
    return forks.run(live.root, *(a.format(root=live.root) for a in args), **how)


def fine(forks: Killer, live: Live, args: tuple[str, ...]) -> Ended:
    ended = run(forks, live, args)
    assert ended.code == 0, ended.output
    return ended


@dataclass(frozen=True)
class Expected:
    """What readers may get: before, after the command, after the next publication; and how many steps it takes."""

    old: tuple[dict[str, bytes], dict[str, bytes]]
    new: tuple[dict[str, bytes], dict[str, bytes]]
    last: dict[str, bytes]
    steps: int


def expected(forks: Killer, live: Live, command: str) -> Expected:
    old = served(live)
    steps = fine(forks, live, COMMANDS[command]).events
    new = served(live)
    assert old[0] == old[1]
    assert new[0] == new[1]
    assert (new == old) == (command == "release")
    fine(forks, live, NEXT)
    assert "第三版的摘要" in live.texts()
    return Expected(old, new, without_manifest(live.tree()), steps)


def whole(live: Live, know: Expected) -> tuple[bool, bool]:
    """That readers get the old site or the new one, every byte as signed; which of them, through each link."""
    here, there = served(live)
    assert here in (know.old[0], know.new[0])
    assert there in (know.old[1], know.new[1])
    for link in (live.root / ".jiyue/releases/live/cc", live.tree()):
        assert verify(link, read_keys(live.root)) == []
    return here == know.new[0], there == know.new[1]


def mended(forks: Killer, live: Live, know: Expected) -> None:
    """That the next publication succeeds and leaves nothing of the broken one behind."""
    fine(forks, live, NEXT)
    assert without_manifest(live.tree()) == know.last
    assert verify(live.tree(), read_keys(live.root)) == []
    book, bad = url_ledger.read(live.root, "cc")
    assert bad == []
    assert url_ledger.addresses(p for p in know.last if p.endswith(".html")) <= book.keys()
    for root in (live.root / ".jiyue/releases", live.root / "www"):
        assert [p.name for p in (root / "releases/cc").iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize("steps", SLICES, ids=str)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_killed_at_any_step(
    again: Callable[[], Live], forks: Killer, command: str, steps: tuple[int, int]
) -> None:
    know = expected(forks, again(), command)
    places: list[tuple[bool, bool]] = []
    for number, at in enumerate(range(steps[0], know.steps + 1, steps[1])):
        live = again()
        ended = run(forks, live, COMMANDS[command], at=at, how="torn" if number % 2 else "kill")
        assert ended.killed, (at, ended)
        places.append(whole(live, know))
        mended(forks, live, know)
    if command != "release":
        assert places == sorted(places)  # old up to the switch, first here, then where readers are
        assert places[0] == (False, False)
        assert steps[1] > 4 or {(False, False), (True, False), (True, True)} <= set(places)


@pytest.mark.parametrize(
    "problem", ["ENOSPC", *(pytest.param(one, marks=pytest.mark.long) for one in ("EROFS", "EIO"))]
)
@pytest.mark.parametrize("command", ["publish", pytest.param("rollback", marks=pytest.mark.long)])
@pytest.mark.parametrize("steps", [(3, 111), pytest.param((2, 5), marks=pytest.mark.long)], ids=str)
def test_a_disk_that_fails_from_any_step_on(
    again: Callable[[], Live], forks: Killer, command: str, problem: str, steps: tuple[int, int]
) -> None:
    know = expected(forks, again(), command)
    for at in range(steps[0], know.steps + 1, steps[1]):
        live = again()
        ended = run(forks, live, COMMANDS[command], at=at, how=problem)
        if problem == "ENOSPC" and ended.code == 0:
            assert served(live) == know.new  # nothing but tidying up was left to do, which needs no space
            continue
        assert ended.code == 1, (at, ended.output)
        assert os.strerror(getattr(errno, problem)) in ended.output
        assert "处理" in ended.output or "请检查权限和磁盘" in ended.output
        whole(live, know)
        mended(forks, live, know)


def without_manifest(tree: Path) -> dict[str, bytes]:
    return {path: data for path, data in files_of(tree).items() if not path.startswith(".well-known/jiyue/")}
