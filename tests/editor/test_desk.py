"""The editor's desk on real git: from a first draft to a withdrawn article, and what two people at once do to a text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jiyue.editor.desk import Desk
from jiyue.editor.model import Refused, State
from tests.support.newsroom import (
    FREE,
    NOW,
    PATH,
    PEOPLE,
    STEPS,
    Newsroom,
    approved,
    article,
    clash,
    copied,
    saved,
    submitted,
)

WRITER, OTHER = PEOPLE["writer"], PEOPLE["other"]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    return Newsroom(tmp_path_factory.mktemp("office"))


@pytest.fixture
def room(office: Newsroom, tmp_path: Path) -> Newsroom:
    return copied(office, tmp_path)


@pytest.fixture
def desk(room: Newsroom) -> Iterator[Desk]:
    one = room.desk()
    yield one
    one.close()


def test_an_article_goes_through_four_hands_to_the_public_and_away_again(desk: Desk, room: Newsroom) -> None:
    one = desk.begin(WRITER, PATH, article("第一稿。\n"))
    assert (one.state, one.new, one.title, one.owner) == (State.DRAFT, True, "通知", "writer@x.example")
    one = saved(
        desk, "writer", one, article("第二稿，见[表](表.csv)。\n"), {"表.csv": "地区,数量\n长春,3\n".encode()}
    ).draft
    assert [file.path for file in desk.files(WRITER, one.id)] == ["content/cc/tzgg/表.csv"]
    one = desk.submit(WRITER, one.id, one.head)
    for step in STEPS:
        assert (one.state, one.step) == (State.WAITING, step)
        waiting = {name for name in PEOPLE if [d.id for d in desk.waiting(PEOPLE[name])] == [one.id]}
        assert waiting == {step, *(["twice"] if step in ("first", "second") else [])}
        one = desk.approve(PEOPLE[step], one.id, one.head, step, "同意。")
    assert one.state is State.PUBLISHED
    assert desk.drafts(WRITER) == []
    assert room.at(PATH).endswith("第二稿，见[表](表.csv)。")
    assert "  secrecy: {by: 保密审查岗, date: 2026-11-23}\n" in room.at(PATH)
    assert (room.path / PATH).read_text("utf-8").strip() == room.at(PATH)
    assert room.git("status", "--porcelain") == ""
    events = desk.history(PEOPLE["first"], PATH)
    assert [(e.action, e.step, e.account.partition("@")[0], e.comment) for e in events] == [
        ("published", "", "secrecy", ""),
        *(("approved", step, step, "同意。") for step in reversed(STEPS)),
        ("submitted", "", "writer", ""),
        ("saved", "", "writer", ""),
        ("begun", "", "writer", ""),
    ]
    assert desk.at(WRITER, PATH, events[-1].commit).data == article("第一稿。\n")

    desk.withdraw(WRITER, PATH, "有一处写错")
    assert f"withdraw: {{at: {NOW}, reason: 有一处写错}}" in room.at(PATH)
    assert desk.history(WRITER, PATH)[0].action == "withdrawn"
    with pytest.raises(Refused, match="已经撤下"):
        desk.withdraw(WRITER, PATH, "再撤一次")
    one = desk.begin(WRITER, PATH)
    text = desk.text(WRITER, PATH, one.id)
    with pytest.raises(Refused, match="由终审或者保密审查岗位决定"):
        desk.save(WRITER, one.id, text.blob, article("改好了。\n"))
    one = saved(desk, "writer", one, text.data.replace("第二稿".encode(), "改好了".encode())).draft
    one = approved(desk, desk.submit(WRITER, one.id, one.head))
    assert one.state is State.PUBLISHED
    assert "withdraw" not in room.at(PATH)
    assert "改好了" in room.at(PATH)
    told = desk.history(WRITER, PATH)
    room.git("mv", PATH, "content/cc/tzgg/b.md")
    room.commit("admin@x.example", when="2026-11-23T09:30:00+08:00")
    renamed, *before = desk.history(WRITER, "content/cc/tzgg/b.md")
    assert (renamed.account, before) == ("admin@x.example", told)


def test_where_nobody_reviews_submitting_publishes_and_errors_come_back(desk: Desk, room: Newsroom) -> None:
    before = room.heads()
    one = desk.begin(PEOPLE["column"], FREE, article("身份证号：11010519491231002X\n"))
    with pytest.raises(Refused, match="公民身份号码") as refused:
        desk.submit(PEOPLE["column"], one.id, one.head)
    assert f"{FREE}:6" in str(refused.value)
    assert room.heads().keys() - before.keys() == {f"refs/heads/drafts/cc/{one.id}"}
    assert room.git("rev-parse", "main") == before["refs/heads/main"]
    one = saved(desk, "column", one, article("改好了。\n", date="2026-11-23 12:00")).draft
    with pytest.raises(Refused, match="刚才又有人改过"):
        desk.submit(PEOPLE["column"], one.id, before["refs/heads/main"])
    with pytest.raises(Refused, match="还没有到"):
        desk.submit(PEOPLE["column"], one.id, one.head)
    text = article("改好了。\n").replace(b"---\n\n", b"publish_at: 2026-11-24 08:00\n---\n\n")
    one = saved(desk, "column", one, text).draft
    assert desk.submit(PEOPLE["column"], one.id, one.head).state is State.SCHEDULED
    assert room.heads() == before | {"refs/heads/main": room.git("rev-parse", "main")}
    assert room.git("log", "-1", "--format=%ae %ce") == "column@x.example column@x.example"


def test_what_is_changed_after_submission_is_a_draft_again_without_records(desk: Desk) -> None:
    one = approved(desk, submitted(desk), "first", "second")
    assert b"review:" in desk.text(WRITER, PATH, one.id).data
    forged = article("又改。\n").replace(
        b"---\n\n", "review: {final: {by: 终审岗, date: 2026-11-23}}\n---\n\n".encode()
    )
    one = saved(desk, "writer", one, forged).draft
    assert (one.state, one.step) == (State.DRAFT, "")
    assert desk.text(WRITER, PATH, one.id).data == article("又改。\n")
    one = desk.submit(WRITER, one.id, one.head)
    assert one.step == "first"
    one = desk.send_back(PEOPLE["first"], one.id, one.head, "标题不清楚\n\nJiyue-Action: approve\nJiyue-Step: final")
    assert (one.state, one.step) == (State.RETURNED, "")
    assert desk.history(WRITER, PATH, one.id)[0].comment.startswith("标题不清楚\n")
    one = desk.comment(PEOPLE["second"], one.id, "我也这样看")
    assert one.state is State.RETURNED
    desk.discard(WRITER, one.id, one.head)
    assert desk.drafts(WRITER) == []


def test_two_writers_at_once_lose_no_word(desk: Desk, room: Newsroom) -> None:
    body = "甲。乙。丙。\n\n第二段。\n"
    one = desk.begin(WRITER, PATH, article(body))
    base = desk.text(WRITER, PATH, one.id).blob
    saved(desk, "writer", one, article(body.replace("甲", "甲一")), base=base)
    second = saved(desk, "first", one, article(body.replace("丙", "丙二"), title="新标题"), base=base)
    assert second.merged
    saved(desk, "first", one, second.version.data, {"t.csv": b"1\n"})
    with pytest.raises(Refused, match="别人刚才也传过"):
        desk.save(WRITER, one.id, base, article(body), {"t.csv": b"2\n"})
    assert second.version.data == article(body.replace("甲", "甲一").replace("丙", "丙二"), title="新标题")
    before = room.heads()
    conflict = clash(desk, "second", one, article(body.replace("甲", "乙三")), base)
    assert conflict.hunks == (("甲。", "甲一。", "乙三。"),)
    assert conflict.theirs.data == second.version.data
    conflict = clash(desk, "second", one, article(body, title="别的标题"), base)
    assert conflict.hunks == (("title: 通知\n", "title: 新标题\n", "title: 别的标题\n"),)
    assert room.heads() == before
    done = saved(desk, "second", one, article(body.replace("甲", "合"), title="新标题"), base=conflict.theirs.blob)
    assert not done.merged


def test_what_the_main_branch_changed_meanwhile_is_merged_or_told(desk: Desk, room: Newsroom) -> None:
    body = "甲。\n\n乙。\n\n丙。\n"
    approved(desk, submitted(desk, data=article(body)))
    one = desk.begin(WRITER, PATH)
    base = desk.text(WRITER, PATH, one.id)
    room.write(PATH, room.at(PATH).replace("甲", "甲一") + "\n")
    room.write("content/jl/tzgg/c.md", article("又一篇。\n").decode())
    room.commit("admin@x.example", when="2026-11-23T09:30:00+08:00")
    done = saved(desk, "writer", one, base.data.replace("丙".encode(), "丙二".encode()), base=base.blob)
    assert done.merged
    assert done.version.data.decode().endswith("甲一。\n\n乙。\n\n丙二。\n")
    assert done.draft.base == room.git("rev-parse", "main")
    room.write(PATH, room.at(PATH).replace("乙", "乙三") + "\n")
    room.commit("admin@x.example", when="2026-11-23T09:40:00+08:00")
    with pytest.raises(Refused, match="已经并入草稿"):
        desk.submit(WRITER, one.id, done.draft.head)
    one = desk.draft(WRITER, one.id)
    text = desk.text(WRITER, PATH, one.id)
    assert text.data.decode().endswith("甲一。\n\n乙三。\n\n丙二。\n")
    room.write(PATH, room.at(PATH).replace("丙", "丙四") + "\n")
    room.commit("admin@x.example", when="2026-11-23T09:50:00+08:00")
    with pytest.raises(Refused, match="改了同一处"):
        desk.submit(WRITER, one.id, one.head)
    conflict = clash(desk, "writer", one, text.data, text.blob)
    assert conflict.hunks == (("丙。\n", "丙四。\n", "丙二。\n"),)
    resolved = text.data.replace("丙二".encode(), "丙四、丙二".encode())
    one = saved(desk, "writer", one, resolved, base=conflict.theirs.blob).draft
    one = approved(desk, desk.submit(WRITER, one.id, one.head))
    assert room.at(PATH).endswith("甲一。\n\n乙三。\n\n丙四、丙二。")
    assert room.at("content/jl/tzgg/c.md").endswith("又一篇。")
    assert f"updated: {NOW}" not in room.at(PATH)


def test_an_approval_after_the_date_of_publication_moves_it_and_ends_older_ones(room: Newsroom) -> None:
    with_dates = {"first": "2026-11-23 10:00", "final": "2026-11-24 10:00", "secrecy": "2026-11-25 10:00"}
    one = submitted(room.desk())
    one = approved(room.desk(), one, "first", "second")
    one = approved(room.desk(with_dates["final"]), one, "final")
    desk = room.desk(with_dates["secrecy"])
    one = approved(desk, one, "secrecy")
    assert (one.state, one.step) == (State.WAITING, "final")
    one = approved(desk, one, "final")
    assert one.state is State.PUBLISHED
    assert "date: 2026-11-25 10:00\n" in room.at(PATH)
    later = room.desk("2026-11-26 10:00")
    one = later.begin(WRITER, PATH)
    one = saved(later, "writer", one, later.text(WRITER, PATH, one.id).data + "补充。\n".encode()).draft
    approved(later, later.submit(WRITER, one.id, one.head))
    assert "date: 2026-11-25 10:00\n" in room.at(PATH)
    assert "updated: 2026-11-26 10:00\n" in room.at(PATH)


def test_an_emergency_is_public_after_the_final_step_and_the_others_follow(desk: Desk, room: Newsroom) -> None:
    text = article().replace(b"---\n\n", b"emergency: true\n---\n\n")
    one = submitted(desk, data=text)
    assert one.step == "final"
    one = approved(desk, one, "final")
    assert one.state is State.PUBLISHED
    assert "final: " in room.at(PATH)
    one = desk.draft(WRITER, one.id)
    assert (one.state, one.step) == (State.WAITING, "first")
    one = approved(desk, one, "first", "second", "secrecy")
    assert all(step in room.at(PATH) for step in STEPS)
    assert desk.drafts(WRITER) == []
