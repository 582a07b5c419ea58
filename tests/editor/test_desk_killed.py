"""The gateway may die at any step, and so may git: every branch is the old one or the new one, and nothing blocks the next."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jiyue.editor import repository
from jiyue.editor.model import Refused
from tests.support.desk_calls import NEW_TEXT, act
from tests.support.killing import Killer, killer
from tests.support.newsroom import FREE, PEOPLE, Newsroom, article, cloned, copied, saved

WRITER = PEOPLE["writer"]
ACTIONS = ("begin", "save", "submit", "discard")


@pytest.fixture(scope="module")
def running() -> Iterator[Killer]:
    with killer("tests.support.desk_calls") as one:
        yield one


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> tuple[Newsroom, str]:
    """A cluster with one draft."""
    room = Newsroom(tmp_path_factory.mktemp("office"))
    desk = room.desk()
    one = desk.begin(WRITER, FREE, article())
    desk.close()
    return room, one.id


class Scene:
    """The gateway's folder, and the repository whose branches count."""

    def __init__(self, office: tuple[Newsroom, str], folder: Path, remote: bool) -> None:
        room, self.draft = office
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        if remote:
            self.server = cloned(room, folder / "server", bare=True)
            self.gateway = cloned(self.server, folder / "cluster")
        else:
            self.server = self.gateway = copied(room, folder)
        (self.gateway.path / ".git/jiyue").mkdir(exist_ok=True)
        shutil.copy(room.path / ".git/jiyue/seal.key", self.gateway.path / ".git/jiyue/seal.key")

    def branches(self) -> list[tuple[str, str]]:
        """(name, tree) of each branch; a draft that was begun here has no name that could be known."""
        lines = self.server.git("for-each-ref", "--format=%(refname:short) %(tree)", "refs/heads").split("\n")
        names = [line.split(" ") for line in lines]
        return sorted((name if name in ("main", f"drafts/cc/{self.draft}") else "new", tree) for name, tree in names)


def kill(running: Killer, office: tuple[Newsroom, str], folder: Path, action: str, remote: bool, at: int) -> bool:
    """Whether the action was killed at that step, after which all has to be well."""
    scene, draft = Scene(office, folder, remote), office[1]
    old = scene.branches()
    ended = running.run(scene.gateway.path, action, draft, at=at)
    between = scene.branches()
    desk = scene.gateway.desk()
    done = between != old
    if not done:
        act(desk, action, draft)
    desk.repository.follow()
    desk.close()
    new = scene.branches()
    assert between in (old, new), (action, at)
    assert scene.gateway.git("status", "--porcelain") == "", (action, at)
    if action == "save":
        assert scene.server.at(FREE, f"drafts/cc/{draft}") + "\n" == NEW_TEXT.decode()
    if action == "submit":
        assert (scene.gateway.path / FREE).read_bytes() == article()
    scene.server.git("fsck", "--strict")
    return ended.killed


@pytest.mark.parametrize("remote", [False, True], ids=["local", "remote"])
def test_a_gateway_killed_at_a_step(
    running: Killer, office: tuple[Newsroom, str], tmp_path: Path, remote: bool
) -> None:
    for action, back in [("save", 0)] if remote else [("save", 1), ("submit", 0), ("submit", 3)]:
        events = running.run(Scene(office, tmp_path / "x", remote).gateway.path, action, office[1]).events
        assert events > 5
        assert kill(running, office, tmp_path / "x", action, remote, events - back)


@pytest.mark.long
@pytest.mark.parametrize("remote", [False, True], ids=["local", "remote"])
@pytest.mark.parametrize("action", ACTIONS)
def test_a_gateway_killed_at_each_step(
    running: Killer, office: tuple[Newsroom, str], tmp_path: Path, action: str, remote: bool
) -> None:
    at = 1
    while kill(running, office, tmp_path / "x", action, remote, at):
        at += 1
    assert at > 5


def test_locks_of_dead_processes_are_taken_away_and_those_of_living_ones_are_not(
    office: tuple[Newsroom, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, draft = copied(office[0], tmp_path), office[1]
    git = room.path / ".git"
    locks = [git / f"refs/heads/drafts/cc/{draft}.lock", git / "index.lock", git / "refs/heads/main.lock"]
    old = time.time() - 5

    def left() -> None:
        for lock in locks:
            lock.parent.mkdir(parents=True, exist_ok=True)
            lock.touch()
            os.utime(lock, (old, old))

    desk = room.desk()
    one = desk.draft(WRITER, draft)
    left()
    one = saved(desk, "writer", one, article("改过。\n")).draft
    left()
    desk.submit(WRITER, one.id, one.head)
    assert (room.path / FREE).read_bytes() == article("改过。\n")
    left()
    monkeypatch.setattr(repository, "LOCKED", 2)
    with subprocess.Popen(["git", "-C", str(room.path), "hash-object", "--stdin"], stdin=subprocess.PIPE) as living:
        with pytest.raises(Refused, match="没有存上"):
            desk.withdraw(WRITER, FREE, "有错")
        assert locks[2].exists()
        living.communicate()
    desk.withdraw(WRITER, FREE, "有错")
    desk.close()


def test_a_save_by_a_full_disk_changes_nothing(running: Killer, office: tuple[Newsroom, str], tmp_path: Path) -> None:
    scene = Scene(office, tmp_path / "x", remote=False)
    before = scene.branches()
    events = running.run(Scene(office, tmp_path / "y", remote=False).gateway.path, "save", office[1]).events
    ended = running.run(scene.gateway.path, "save", office[1], at=events - 9, how="ENOSPC")
    assert (ended.code, ended.output.strip()[:4]) == (1, "没有存上"), ended.output
    assert scene.branches() == before
