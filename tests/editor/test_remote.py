"""A gateway whose repository has a remote: what counts is there, and what others push is taken in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jiyue.editor import repository
from jiyue.editor.desk import Desk
from jiyue.editor.model import Draft, Refused, State
from tests.support.newsroom import PATH, PEOPLE, STEPS, Newsroom, approved, article, clash, cloned, saved, submitted

WRITER = PEOPLE["writer"]
LATER = "2026-11-23T09:30:00+08:00"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    return Newsroom(tmp_path_factory.mktemp("office"))


@pytest.fixture
def three(
    office: Newsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Newsroom, Newsroom, Desk]]:
    """The remote, an officer's clone, and the desk in the gateway's clone."""
    monkeypatch.setattr(repository, "FRESH", 0.0)
    remote = cloned(office, tmp_path / "remote", bare=True)
    desk = cloned(remote, tmp_path / "gateway").desk()
    yield remote, cloned(remote, tmp_path / "clone"), desk
    desk.close()


def push(clone: Newsroom, one: Draft, data: bytes, path: str = PATH) -> None:
    """An officer's push to a draft's branch."""
    clone.git("fetch", "-q", "origin")
    clone.git("checkout", "-q", "-B", "mine", f"origin/drafts/cc/{one.id}")
    clone.write(path, data.decode())
    clone.commit("second@x.example", when=LATER)
    clone.git("push", "-q", "origin", f"mine:drafts/cc/{one.id}")


def test_saves_and_pushes_meet_at_the_remote(three: tuple[Newsroom, Newsroom, Desk]) -> None:
    remote, clone, desk = three
    body = "甲。\n\n乙。\n\n丙。\n"
    one = desk.begin(WRITER, PATH, article(body))
    branch = f"drafts/cc/{one.id}"
    assert remote.git("rev-parse", branch) == one.head
    base = desk.text(WRITER, PATH, one.id).blob
    push(clone, one, article(body.replace("甲", "甲一")))
    done = saved(desk, "writer", one, article(body.replace("丙", "丙二")), base=base)
    assert done.merged
    assert remote.at(PATH, branch) + "\n" == article("甲一。\n\n乙。\n\n丙二。\n").decode()
    assert remote.git("log", "--format=%ae", branch, "-3").split() == [
        "writer@x.example",
        "second@x.example",
        "writer@x.example",
    ]
    clash(desk, "writer", one, article(body.replace("甲", "甲三")), base)
    # pushed after the gateway looked, before it pushes
    ask, asked = desk.repository._push, []

    def late(moves: dict[str, tuple[str, str]]) -> bool:
        if not asked:
            asked.append(1)
            push(clone, one, remote.at(PATH, branch).replace("乙", "乙四").encode() + b"\n")
        return ask(moves)

    desk.repository._push = late  # type: ignore[method-assign,assignment]
    saved(desk, "writer", one, article("甲一。\n\n乙。\n\n丙五。\n"), base=done.version.blob)
    assert remote.at(PATH, branch).endswith("甲一。\n\n乙四。\n\n丙五。")
    one = desk.draft(WRITER, one.id)
    one = approved(desk, desk.submit(PEOPLE["writer"], one.id, one.head), "first")
    with pytest.raises(Refused, match="也是撰稿的账号"):
        desk.approve(PEOPLE["second"], one.id, one.head, "second")
    one = desk.approve(PEOPLE["twice"], one.id, one.head, "second")
    assert approved(desk, one, "final", "secrecy").state is State.PUBLISHED
    assert remote.at(PATH).endswith("甲一。\n\n乙四。\n\n丙五。")
    assert remote.git("for-each-ref", "refs/heads/drafts") == ""
    assert (desk.repository.root / PATH).read_text("utf-8").strip() == remote.at(PATH)


def test_what_the_remote_does_not_take_is_refused_and_changes_nothing(three: tuple[Newsroom, Newsroom, Desk]) -> None:
    remote, clone, desk = three
    one = approved(desk, submitted(desk), *STEPS[:3])
    heads = remote.heads()
    hook = remote.path / "hooks" / "update"
    hook.write_text("#!/bin/sh\necho protected >&2\nexit 1\n")
    hook.chmod(0o755)
    for wrong in (
        lambda: saved(desk, "writer", one, article("别的。\n")),
        lambda: approved(desk, one, "secrecy"),
        lambda: desk.withdraw(WRITER, "content/jl/tzgg/b.md", "x"),
    ):
        with pytest.raises(Refused):
            wrong()
    assert remote.heads() == heads
    assert desk.draft(WRITER, one.id).step == "secrecy"
    moved = remote.path.rename(remote.path.with_name("away"))
    assert desk.draft(WRITER, one.id).step == "secrecy"
    with pytest.raises(Refused, match="没有回答"):
        saved(desk, "writer", one, article("别的。\n"))
    moved.rename(remote.path)
    hook.unlink()
    clone.git("pull", "-q", "origin", "main")
    clone.write("content/jl/tzgg/c.md", article("又一篇。\n").decode())
    clone.commit("other@x.example", when=LATER)
    clone.git("push", "-q", "origin", "HEAD:main")
    assert approved(desk, one, "secrecy").state is State.PUBLISHED
    assert remote.git("ls-tree", "-r", "--name-only", "main", "content").split() == [
        "content/cc/tzgg/a.md",
        "content/jl/tzgg/b.md",
        "content/jl/tzgg/c.md",
    ]


def test_the_gateway_s_own_main_branch_follows_only_where_nobody_works(three: tuple[Newsroom, Newsroom, Desk]) -> None:
    _, clone, desk = three
    local = desk.repository.root
    clone.write("content/jl/tzgg/b.md", article("改过。\n").decode())
    clone.commit("other@x.example", when=LATER)
    clone.git("push", "-q", "origin", "HEAD:main")
    (local / "content/jl/tzgg/b.md").write_text("有人在改")
    assert "改过" in desk.text(PEOPLE["other"], "content/jl/tzgg/b.md").data.decode()
    assert (local / "content/jl/tzgg/b.md").read_text() == "有人在改"
    (local / "content/jl/tzgg/b.md").unlink()
    desk.repository.git("checkout", "-q", "--", "content")
    (local / "sites/cc.yaml").write_text("有人在改")
    clone.write("content/jl/tzgg/d.md", article("再一篇。\n").decode())
    clone.commit("other@x.example", when=LATER)
    clone.git("push", "-q", "origin", "HEAD:main")
    desk.drafts(WRITER)
    assert (local / "content/jl/tzgg/d.md").exists()
    assert (local / "sites/cc.yaml").read_text() == "有人在改"


def test_a_draft_may_be_begun_with_git_and_goes_on_at_the_desk(three: tuple[Newsroom, Newsroom, Desk]) -> None:
    remote, clone, desk = three
    clone.write(PATH, article("用 git 写的。\n").decode())
    clone.commit("first@x.example", when=LATER)
    clone.git("push", "-q", "origin", "HEAD:drafts/cc/0123456789ab", "HEAD:drafts/cc/notes")
    [one] = desk.drafts(WRITER)
    assert (one.path, one.owner, one.state, one.new) == (PATH, "first@x.example", State.DRAFT, True)
    one = saved(desk, "writer", one, article("用 git 写的。接着写。\n")).draft
    one = desk.submit(WRITER, one.id, one.head)
    with pytest.raises(Refused, match="也是撰稿的账号"):
        desk.approve(PEOPLE["first"], one.id, one.head, "first")
    one = desk.approve(PEOPLE["twice"], one.id, one.head, "first")
    assert approved(desk, one, *STEPS[1:]).state is State.PUBLISHED
    assert remote.at(PATH).endswith("接着写。")
