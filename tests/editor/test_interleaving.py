"""Two writers at the desk and one pusher with git at one draft, in random order, also in the middle of each other's saves.

Each adds sentences that nobody else writes, and sometimes removes one that they have read. Whatever was accepted stays,
until somebody who has read it removes it; and no branch ever goes back.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jiyue.editor import repository
from jiyue.editor.desk import Desk
from jiyue.editor.model import Conflict, Draft, Refused
from jiyue.editor.objects import Objects
from jiyue.editor.repository import Repository
from tests.support.newsroom import PEOPLE, Newsroom, article, cloned

PARAGRAPHS = 6
SHORT, LONG = 25, 1000


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    return Newsroom(tmp_path_factory.mktemp("office"))


class Game:
    """One draft and what was accepted of it."""

    def __init__(self, seed: int, desk: Desk, server: Objects, clone: Repository) -> None:
        self.random, self.desk, self.server, self.clone = random.Random(seed), desk, server, clone
        body = "".join(f"第{n}段开头。第{n}段结尾。\n\n" for n in range(PARAGRAPHS))
        self.draft: Draft = desk.begin(PEOPLE["writer"], f"content/cc/free/g{seed}.md", article(body))
        self.branch = f"drafts/cc/{self.draft.id}"
        self.accepted: set[str] = set()
        self.removed: set[str] = set()
        self.read: dict[str, tuple[str, bytes]] = {}
        self.inside: list[Callable[[], None]] = []
        self.outcomes: list[str] = []
        self.number, self.heads = 0, [self.draft.head]

    def play(self, moves: int) -> None:
        for _ in range(moves):
            who = self.random.choice(["writer", "second", "pusher"])
            if who != "pusher" and (who not in self.read or self.random.random() < 0.4):
                self.look(who)
            if self.random.random() < 0.4:  # somebody comes in between this one's reading and moving the branch
                other = self.random.choice([name for name in ("writer", "second", "pusher") if name != who])
                self.inside.append(lambda other=other: self.act(other))  # type: ignore[misc]
            self.act(who)
            self.inside.clear()
        self.look("writer")

    def act(self, who: str) -> None:
        if who == "pusher":
            self.push()
        else:
            if who not in self.read:
                self.look(who)
            self.save(who)
        self.verify()

    def look(self, who: str) -> None:
        there = self.desk.text(PEOPLE[who], self.draft.path, self.draft.id)
        self.read[who] = there.blob, there.data

    def edited(self, who: str, data: bytes) -> tuple[bytes, str, str]:
        """(a text with a new sentence, that sentence, one that it lacks now or '')."""
        self.number += 1
        mine = f"{who}写的第{self.number}句。"
        lines = data.decode().split("\n")
        at = self.random.choice([n for n, line in enumerate(lines) if line.startswith("第")])
        sentences = lines[at].split("。")
        sentences.insert(self.random.randrange(1, len(sentences)), mine.rstrip("。"))
        gone = ""
        if self.random.random() < 0.25:
            mine_to_remove = [one for one in sentences if "写的第" in one and f"{one}。" != mine]
            if mine_to_remove:
                gone = f"{self.random.choice(mine_to_remove)}。"
                sentences.remove(gone.rstrip("。"))
        lines[at] = "。".join(sentences)
        return "\n".join(lines).encode(), mine, gone

    def took(self, mine: str, gone: str) -> None:
        self.accepted.add(mine)
        if gone:
            self.removed.add(gone)

    def save(self, who: str) -> None:
        base, data = self.read[who]
        text, mine, gone = self.edited(who, data)
        try:
            done = self.desk.save(PEOPLE[who], self.draft.id, base, text)
        except Refused as refused:
            assert refused.status == 503
            self.outcomes.append("busy")
            return
        if isinstance(done, Conflict):
            assert done.hunks
            self.outcomes.append("conflict")
            self.read[who] = done.theirs.blob, done.theirs.data  # puts it into what stands there, the next time
            return
        self.outcomes.append("merged" if done.merged else "saved")
        self.took(mine, gone)
        self.read[who] = done.version.blob, done.version.data

    def push(self) -> None:
        clone, path = self.clone, self.draft.path
        clone.refresh(now=True)
        head = clone.head(self.branch)
        text, mine, gone = self.edited("pusher", clone.objects.blob(clone.blob(head, path)))
        made = clone.make(PEOPLE["first"], (head,), {path: clone.write(text)}, "改稿")
        clone.git("push", "-q", "origin", f"{made}:refs/heads/{self.branch}")
        self.outcomes.append("pushed")
        self.took(mine, gone)

    def verify(self) -> None:
        head, _, _ = self.server.read(f"refs/heads/{self.branch}")
        self.heads.append(head)
        text = self.server.read(f"{head}:{self.draft.path}")[2].decode()
        lost = [one for one in self.accepted - self.removed if one not in text]
        assert not lost, (lost, self.outcomes)
        assert all(f"第{n}段开头。" in text and f"第{n}段结尾。" in text for n in range(PARAGRAPHS))

    def never_went_back(self, room: Newsroom) -> bool:
        """Whether each head of the branch comes from the one before."""
        line = room.git("rev-list", "--topo-order", "--reverse", self.branch).split()
        places = [line.index(head) for head in self.heads]
        return places == sorted(places)


def games(
    office: Newsroom, folder: Path, seeds: range, monkeypatch: pytest.MonkeyPatch, *, remote: bool, moves: int
) -> list[str]:
    monkeypatch.setattr(repository, "FRESH", 0.0)
    server = cloned(office, folder / "server", bare=True)
    clone = Repository(cloned(server, folder / "clone").path)
    objects = Objects(server.path, server.path / "objects")
    desk = cloned(server, folder / "gateway").desk() if remote else server.desk(remote="")
    name = "_push" if remote else "_set"
    move = getattr(desk.repository, name)
    game: Game | None = None

    def interrupted(moves: Any) -> Any:
        if game and game.inside:
            game.inside.pop()()
        return move(moves)

    monkeypatch.setattr(desk.repository, name, interrupted)
    outcomes = []
    for seed in seeds:
        game = Game(seed, desk, objects, clone)
        game.play(moves)
        assert game.never_went_back(server)
        server.git("update-ref", "-d", f"refs/heads/{game.branch}")
        outcomes += game.outcomes
    for one in (desk, clone, objects):
        one.close()
    return outcomes


@pytest.mark.parametrize("remote", [False, True], ids=["local", "remote"])
def test_no_accepted_word_is_lost(
    office: Newsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remote: bool
) -> None:
    seeds = range(SHORT // 8 if remote else SHORT)
    outcomes = games(office, tmp_path, seeds, monkeypatch, remote=remote, moves=4)
    assert set(outcomes) >= {"saved", "merged", "pushed"}


@pytest.mark.long
@pytest.mark.parametrize("remote", [False, True], ids=["local", "remote"])
def test_no_accepted_word_is_lost_in_a_thousand_orders(
    office: Newsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remote: bool
) -> None:
    outcomes = games(office, tmp_path, range(SHORT, SHORT + LONG), monkeypatch, remote=remote, moves=10)
    assert {one: outcomes.count(one) > LONG // 2 for one in ("saved", "merged", "conflict", "pushed")} == dict.fromkeys(
        ("saved", "merged", "conflict", "pushed"), True
    ), {one: outcomes.count(one) for one in set(outcomes)}
