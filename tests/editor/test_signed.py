"""Sites whose reviews are signed: the gateway holds nobody's key, and what it invents is not published."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jiyue.build.options import Options
from jiyue.build.source_check import check
from jiyue.editor import repository
from jiyue.editor.desk import Desk
from jiyue.editor.model import Draft, Refused, State
from jiyue.editor.signing import SigningDesk
from tests.support.newsroom import NOW, PATH, PEOPLE, ROLES, STEPS, Newsroom, article, cloned, saved, submitted
from tests.support.repo import QUIET

WRITER = PEOPLE["writer"]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    return Newsroom(tmp_path_factory.mktemp("office"), "signed", keys=True)


@pytest.fixture
def remote(office: Newsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    monkeypatch.setattr(repository, "FRESH", 0.0)
    return cloned(office, tmp_path / "remote", bare=True)


@pytest.fixture
def gateway(remote: Newsroom, tmp_path: Path) -> Iterator[Desk]:
    desk = cloned(remote, tmp_path / "gateway").desk()
    yield desk
    desk.close()


def run(room: Newsroom, *args: str, answer: str = "y\n") -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "jiyue", *args, "--root", str(room.path), "--today", NOW.replace(" ", "T")],
        input=answer, capture_output=True, text=True, check=False, env=os.environ | QUIET,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def officer(remote: Newsroom, name: str, key: str = "") -> Newsroom:
    """The clone of who holds a post, with their key."""
    clone = cloned(remote, remote.path.parent / f"{name}{key}")
    settings = {
        "user.email": f"{name}@x.example",
        "user.name": name,
        "gpg.format": "ssh",
        "user.signingkey": clone.keys / (key or name),
    }
    for setting, value in settings.items():
        clone.git("config", setting, str(value))
    return clone


def sign(remote: Newsroom, name: str, key: str = "") -> None:
    """What `jiyue approve` does with a yes."""
    desk = SigningDesk(officer(remote, name, key).path, now=lambda: NOW)
    [one] = desk.waiting(PATH)
    desk.approve(desk.paper(one))


def published(room: Newsroom, to: Path) -> tuple[bool, set[str]]:
    """Whether a build of the main branch shows the article, and the rules of review that it breaks."""
    clone = cloned(room, to)
    _, said = run(clone, "build", "--jobs", "1", "--format", "json")
    rules = {one["rule"] for one in json.loads(said[said.index("[") :]) if one["rule"].startswith("review")}
    return any((clone.path / "output/cc/tzgg").glob("[!i]*.html")), rules


def test_four_officers_sign_and_the_gateway_publishes(remote: Newsroom, gateway: Desk, tmp_path: Path) -> None:
    one = submitted(
        gateway,
    )
    with pytest.raises(Refused, match=f"jiyue approve {PATH}"):
        gateway.approve(PEOPLE["first"], one.id, one.head, "first")
    for step in STEPS:
        one = gateway.draft(WRITER, one.id)
        assert (one.state, one.step) == (State.WAITING, step)
        assert [d.id for d in gateway.waiting(PEOPLE[step])] == [one.id]
        if step != "final":
            sign(remote, step)
            continue
        code, said = run(officer(remote, step), "approve", PATH)
        assert code == 0, said
        assert "+正文。" in said
        assert "检查没有发现问题。" in said
        assert f"以「{ROLES[step]}岗」的身份通过{ROLES[step]}" in said
    assert gateway.drafts(WRITER) == []
    assert remote.git("log", "-1", "--format=%s %ae", "main") == "发布：通知 writer@x.example"
    built = cloned(remote, tmp_path / "built").path
    assert [
        one for one in check(Options(built, built / "output", now=NOW)).diagnostics if one.severity == "error"
    ] == []
    assert [e.action for e in gateway.history(WRITER, PATH)][:2] == ["published", "saved"]


def test_who_may_not_sign_is_told_why_and_nothing_is_pushed(remote: Newsroom, gateway: Desk) -> None:
    submitted(gateway)
    heads = remote.heads()
    clone = officer(remote, "first")
    assert run(clone, "approve", answer="n\n")[1].endswith("没有改动。\n")
    assert "没有等你（final@x.example）签名审核的稿件" in run(officer(remote, "final"), "approve")[1]
    with pytest.raises(Refused, match="没有登记在账号 first"):
        sign(remote, "first", "second")
    with pytest.raises(Refused, match="git 没有签名"):
        sign(remote, "first", "nobody")
    assert remote.heads() == heads


def test_a_gateway_that_invents_approvals_publishes_nothing(remote: Newsroom, gateway: Desk, tmp_path: Path) -> None:
    """It has the repository, the seal's key, and may push anything; it has nobody's signing key."""
    one = submitted(gateway)
    sign(remote, "first")
    one = gateway.draft(WRITER, one.id)
    repo, rules, head = gateway.repository, gateway._rules(), one.head
    for step in STEPS[1:]:
        text = gateway.workflow.read(head, PATH, rules)
        data, _ = gateway.workflow.approved(text, step, f"{ROLES[step]}岗", NOW, new=True)
        head = repo.make(
            PEOPLE[step], (head,), {PATH: repo.write(data)}, f"{ROLES[step]}通过", action="approve", step=step
        )
    assert repo.move({f"drafts/cc/{one.id}": (one.head, head)})
    assert (gateway.draft(WRITER, one.id).state, gateway.draft(WRITER, one.id).step) == (State.WAITING, "second")
    main = repo.head("main")
    merged = repo.make(PEOPLE["secrecy"], (main, head), {PATH: repo.entry(head, PATH)}, "发布", action="publish")
    assert repo.move({"main": (main, merged)})
    assert published(remote, tmp_path / "built") == (False, {"review-proof"})


def test_a_change_after_a_signature_takes_it_off(remote: Newsroom, gateway: Desk) -> None:
    one = submitted(gateway)
    sign(remote, "first")
    one = gateway.draft(WRITER, one.id)
    assert one.step == "second"
    changed: Draft = saved(gateway, "writer", one, article("别的。\n")).draft
    assert changed.state is State.DRAFT
    assert "review" not in gateway.text(WRITER, PATH, one.id).data.decode()


def test_an_emergency_is_public_after_the_final_signature(remote: Newsroom, gateway: Desk) -> None:
    submitted(gateway, data=article().replace(b"---\n\n", b"emergency: true\n---\n\n"))
    sign(remote, "final")
    [one] = gateway.drafts(WRITER)
    assert (one.state, one.step, one.new) == (State.WAITING, "first", False)
    first = remote.git("rev-parse", "main")
    gateway.drafts(WRITER)
    assert remote.git("rev-parse", "main") == first
    for step in ("first", "second", "secrecy"):
        sign(remote, step)
    assert gateway.drafts(WRITER) == []
    assert all(f"{step}: " in remote.at(PATH) for step in STEPS)
