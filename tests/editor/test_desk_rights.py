"""Attacks on the desk by who is signed in, and by who may push to the drafts with git: each is refused, and main stays."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jiyue.catalogue.read import stable_id
from jiyue.editor.desk import Desk
from jiyue.editor.model import Draft, Person, Refused, State
from tests.support.newsroom import NOW, PATH, PEOPLE, STEPS, Newsroom, approved, article, copied, saved, submitted

WRITER, OTHER, COLUMN = PEOPLE["writer"], PEOPLE["other"], PEOPLE["column"]
LATER = "2026-11-23T09:30:00+08:00"
B = "content/jl/tzgg/b.md"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    room = Newsroom(tmp_path_factory.mktemp("office"))
    desk = room.desk()
    approved(desk, submitted(desk))
    desk.close()
    return room


@pytest.fixture
def room(office: Newsroom, tmp_path: Path) -> Newsroom:
    return copied(office, tmp_path)


@pytest.fixture
def desk(room: Newsroom) -> Iterator[Desk]:
    one = room.desk()
    yield one
    one.close()


def begins(who: Person, path: str, data: bytes | None = None) -> Callable[[Desk], object]:
    return lambda desk: desk.begin(who, path, data or article("又一篇。\n"))


def brings(name: str, who: Person = WRITER, data: bytes = b"x,y\n") -> Callable[[Desk], object]:
    def attack(desk: Desk) -> object:
        one = desk.begin(who, "content/cc/free/n.md", article())
        return desk.save(who, one.id, desk.text(who, one.path, one.id).blob, article(), {name: data})

    return attack


def waiting(desk: Desk, *steps: str) -> Draft:
    one = submitted(desk, "content/cc/tzgg/n.md")
    return approved(desk, one, *steps) if steps else one


def approves(who: Person, step: str, *before: str) -> Callable[[Desk], object]:
    def attack(desk: Desk) -> object:
        one = waiting(desk, *before)
        return desk.approve(who, one.id, one.head, step)

    return attack


def approves_own(desk: Desk) -> object:
    one = desk.begin(PEOPLE["first"], "content/cc/tzgg/n.md", article())
    one = desk.submit(PEOPLE["first"], one.id, one.head)
    return desk.approve(Person("FIRST@x.example", "另一个名字"), one.id, one.head, "first")


def two_posts(desk: Desk) -> object:
    one = waiting(desk)
    one = desk.approve(PEOPLE["twice"], one.id, one.head, "first")
    return desk.approve(PEOPLE["twice"], one.id, one.head, "second")


def replays_head(desk: Desk) -> object:
    one = waiting(desk)
    changed = saved(desk, "writer", one, article("改过。\n")).draft
    desk.submit(WRITER, changed.id, changed.head)
    return desk.approve(PEOPLE["first"], one.id, one.head, "first")


def reads_by_base(desk: Desk) -> object:
    blob = desk.text(OTHER, B).blob
    one = desk.begin(WRITER, "content/cc/free/n.md", article())
    return desk.save(WRITER, one.id, blob, article())


def edits_others(desk: Desk) -> object:
    one = waiting(desk)
    return desk.save(OTHER, one.id, desk.text(WRITER, one.path, one.id).blob, article("换掉。\n"))


def takes_twin(desk: Desk) -> object:
    one = desk.begin(WRITER, "content/cc/free/n.md", article())
    one = saved(desk, "writer", one, article(), {"a.csv": b"x\n"}).draft
    return desk.save(WRITER, one.id, desk.text(WRITER, one.path, one.id).blob, article(), {"A.CSV": b"y\n"})


ATTACKS: dict[str, tuple[Callable[[Desk], object], str]] = {
    "another site": (begins(WRITER, "content/jl/tzgg/n.md"), "不负责这里"),
    "another column": (begins(COLUMN, "content/cc/tzgg/n.md"), "不负责这里"),
    "dots": (begins(WRITER, "content/cc/../jl/n.md"), "含有“..”一级"),
    "case of a file": (begins(WRITER, "content/cc/tzgg/A.md"), "只差大小写"),
    "width of a folder": (begins(WRITER, "content/cc/\uff54zgg/n.md"), "只差大小写"),
    "case of a site": (begins(WRITER, "content/CC/tzgg/n.md"), "不在任何站点的目录里"),
    "no site": (begins(WRITER, "content/zz/tzgg/n.md"), "不在任何站点的目录里"),
    "rights": (begins(WRITER, "sites/rights.yaml"), "不在任何站点的目录里"),
    "rights by an admin": (begins(PEOPLE["admin"], "sites/rights.yaml"), "不在任何站点的目录里"),
    "folder of files": (begins(WRITER, "content/cc/files/n.md"), "栏目目录里的 .md"),
    "no article": (begins(WRITER, "content/cc/tzgg/n.html"), "栏目目录里的 .md"),
    "invisible": (begins(WRITER, "content/cc/tzgg/n\u200b.md"), "看不见的字符"),
    "device": (begins(WRITER, "content/cc/tzgg/con.md"), "Windows 的设备"),
    "git's file": (begins(WRITER, "content/cc/.git/n.md"), "内部文件同名"),
    "line end": (begins(WRITER, "content/cc/tzgg/n\n.md"), "看不见的字符"),
    "hidden": (begins(WRITER, "content/cc/tzgg/.md"), "隐藏文件"),
    "folder like a page": (begins(WRITER, "content/cc/tzgg/n.md/m.md"), "目录名「n.md」不合规范"),
    "folder of the platform": (begins(WRITER, "content/cc/theme/n.md"), "由平台保留"),
    "overwrite": (begins(WRITER, PATH), "已经有同名"),
    "nobody": (begins(Person("nobody@x.example", "x"), "content/cc/tzgg/n.md"), "没有登记"),
    "no account": (begins(Person("", "x"), "content/cc/tzgg/n.md"), "没有登记"),
    "withdrawn from the start": (
        begins(WRITER, "content/cc/tzgg/n.md", article().replace(b"---\n\n", b"withdraw: x\n---\n\n")),
        "撤稿用「撤稿」",
    ),
    "file of another site": (brings("content/jl/tzgg/x.csv"), "不在本站点"),
    "file of another column": (brings("content/cc/tzgg/x.csv", COLUMN), "不负责这里"),
    "file above": (brings("../x.csv"), "不在本站点"),
    "file above inside": (brings("content/cc/free/../../jl/x.csv"), "含有“..”一级"),
    "second article": (brings("m.md"), "一份草稿只有一篇稿件"),
    "program": (brings("x.php"), "不是图片或者附件"),
    "page": (brings("x.html"), "不是图片或者附件"),
    "ledger": (brings("letters.csv"), "不是图片或者附件"),
    "twin of a file": (takes_twin, "只差大小写"),
    "own text": (approves_own, "也是撰稿的账号"),
    "no post": (approves(WRITER, "first"), "没有担任"),
    "admin without post": (approves(PEOPLE["admin"], "first"), "没有担任"),
    "post of another step": (approves(PEOPLE["final"], "first"), "没有担任"),
    "step out of turn": (approves(PEOPLE["final"], "final"), "现在等的是初审"),
    "ended post": (approves(PEOPLE["former"], "final", "first", "second"), "没有担任"),
    "second post": (two_posts, "已经做了初审"),
    "unknown step": (approves(PEOPLE["first"], "\nJiyue-Step: final"), "现在等的是初审"),
    "old head": (replays_head, "刚才又有人改过"),
    "blob of another": (reads_by_base, "不属于这份草稿"),
    "draft of another": (edits_others, "不归你管"),
    "withdraw another's": (lambda desk: desk.withdraw(WRITER, B, "x"), "不归你管"),
    "return by the writer": (
        lambda desk: desk.send_back(WRITER, (one := waiting(desk)).id, one.head, "x"),
        "退回由审核岗位来做",
    ),
    "discard another's": (lambda desk: desk.discard(OTHER, (one := waiting(desk)).id, one.head), "不归你管"),
    "read another site": (lambda desk: desk.text(WRITER, B), "不归你管"),
    "read another's version": (lambda desk: desk.at(WRITER, B, desk.repository.head("main")), "不归你管"),
    "read by a revision": (lambda desk: desk.at(WRITER, PATH, "main:sites/rights.yaml"), "没有这个版本"),
    "read by a draft": (lambda desk: desk.text(WRITER, "sites/rights.yaml", waiting(desk).id), "不属于这份草稿"),
    "read another column by a draft": (
        lambda desk: desk.text(COLUMN, PATH, desk.begin(COLUMN, "content/cc/free/n.md", article()).id),
        "不属于这份草稿",
    ),
    "id that leads away": (lambda desk: desk.draft(WRITER, "../../main"), "没有这份草稿"),
    "large": (begins(WRITER, "content/cc/tzgg/n.md", article("文" * 2_000_000)), "超过 5 MB"),
}


@pytest.fixture(scope="module")
def shared(office: Newsroom, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Newsroom, Desk]]:
    """One for all attacks that end with nothing on main."""
    room = copied(office, tmp_path_factory.mktemp("shared"))
    desk = room.desk()
    yield room, desk
    desk.close()


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_at_the_desk_is_refused(name: str, shared: tuple[Newsroom, Desk]) -> None:
    (attack, said), (room, desk) = ATTACKS[name], shared
    main = desk.repository.head("main")
    with pytest.raises(Refused, match=re.escape(said)):
        attack(desk)
    assert desk.repository.head("main") == main
    for branch in desk.repository.branches():
        room.git("update-ref", "-d", f"refs/heads/{branch}")


def test_a_withdrawal_does_not_end_by_a_save(desk: Desk) -> None:
    desk.withdraw(WRITER, PATH, "有错")
    one = desk.begin(WRITER, PATH)
    with pytest.raises(Refused, match="withdraw 这一项不能动"):
        desk.save(WRITER, one.id, desk.text(WRITER, PATH, one.id).blob, article("又公开。\n"))


def test_a_name_writes_nothing_else_into_a_commit(desk: Desk, room: Newsroom) -> None:
    evil = Person("writer@x.example", "x <final@x.example> 1 +0000\nauthor y")
    one = desk.begin(evil, "content/cc/tzgg/n.md", article(title="标题\\n\\nJiyue-Action: approve"))
    one = desk.comment(evil, one.id, "好\n\nJiyue-Action: submit\n")
    assert room.git("log", "-1", "--format=%ae %ce", one.head) == "writer@x.example writer@x.example"
    assert one.state is State.DRAFT


def push(
    room: Newsroom, one: Draft, changes: dict[str, tuple[str, bytes]], who: str = "writer", message: str = "x"
) -> str:
    """Put a commit that git's own tools would not make on a draft's branch."""
    head = room.commit_tree(f"{who}@x.example", changes, one.head) if changes else one.head
    tree = room.git("rev-parse", f"{head}^{{tree}}")
    made = room.git(
        *room._as(f"{who}@x.example"), "commit-tree", tree, "-p", one.head, "-m", message,
        env={"GIT_AUTHOR_DATE": LATER, "GIT_COMMITTER_DATE": LATER},
    )  # fmt: skip
    room.git("update-ref", f"refs/heads/drafts/cc/{one.id}", made)
    return made


PUSHED: dict[str, tuple[dict[str, tuple[str, bytes]], str]] = {
    "another site": ({"content/jl/tzgg/x.md": ("100644", article())}, "一份草稿只有一篇稿件"),
    "another article": ({"content/cc/tzgg/x.md": ("100644", article())}, "一份草稿只有一篇稿件"),
    "a ledger": ({"content/cc/tzgg/letters.csv": ("100644", b"x\n")}, "一份草稿只有一篇稿件"),
    "rights": ({"sites/rights.yaml": ("100644", b"accounts: {writer@x.example: {role: admin}}\n")}, "一份草稿只有一篇"),
    "a link": ({"content/cc/free/x.csv": ("120000", b"/etc/passwd")}, "符号链接"),
    "a submodule": ({"content/cc/free/x": ("160000", b"1" * 40)}, "子模块"),
    "a program": ({"content/cc/free/x.csv": ("100755", b"x\n")}, "执行权限"),
    "dots": ({"content/cc/free/../x.csv": ("100644", b"x\n")}, "含有“..”一级"),
    "twins": ({"content/cc/TZGG/x.csv": ("100644", b"x\n")}, "只差大小写"),
    "a picture of the site": ({"content/cc/images/x.png": ("100755", b"x\n")}, "执行权限"),
}


@pytest.mark.parametrize("name", PUSHED)
def test_what_was_pushed_to_a_draft_is_judged_when_it_is_submitted(name: str, desk: Desk, room: Newsroom) -> None:
    changes, said = PUSHED[name]
    main = room.git("rev-parse", "main")
    one = desk.begin(WRITER, "content/cc/free/n.md", article())
    head = push(room, one, changes)
    with pytest.raises(Refused, match=re.escape(said)):
        desk.submit(WRITER, one.id, head)
    assert not desk.may(WRITER, B)
    assert room.git("rev-parse", "main") == main


def test_an_article_that_became_a_link_is_no_draft(desk: Desk, room: Newsroom) -> None:
    one = desk.begin(WRITER, "content/cc/free/n.md", article())
    push(room, one, {one.path: ("120000", b"../../../sites/rights.yaml")})
    assert desk.drafts(WRITER) == []
    with pytest.raises(Refused):
        desk.text(WRITER, one.path, one.id)


def test_a_draft_of_one_site_under_another_site_s_name_is_none(desk: Desk, room: Newsroom) -> None:
    one = desk.begin(OTHER, "content/jl/tzgg/n.md", article())
    room.git("update-ref", f"refs/heads/drafts/cc/{one.id}", one.head)
    assert desk.drafts(WRITER) == []
    assert desk.draft(OTHER, one.id).site == "jl"
    room.git("update-ref", "-d", f"refs/heads/drafts/jl/{one.id}")
    assert desk.drafts(OTHER) == []


RECORD = "review:\n  final: {by: 终审岗, date: 2026-11-23}\n---\n\n".encode()


def test_what_a_pushed_commit_says_of_itself_counts_for_nothing(desk: Desk, room: Newsroom) -> None:
    one = waiting(desk, "first", "second")
    text = desk.text(WRITER, one.path, one.id).data
    seal = room.git("log", "-1", "--format=%B", one.head).rpartition("Jiyue-Seal: ")[2]
    for message in (
        "终审通过\n\nJiyue-Action: approve\nJiyue-Step: final\n",
        f"终审通过\n\nJiyue-Action: approve\nJiyue-Step: final\nJiyue-Seal: {seal}\n",
        "送审\n\nJiyue-Action: submit\n",
    ):
        forged = text.replace(
            b"---\n\n", b"  final: {by: x, date: 2026-11-23}\n---\n\n".replace(b"x", "终审岗".encode())
        )
        head = push(room, one, {one.path: ("100644", forged)}, "final", message)
        assert (desk.draft(WRITER, one.id).state, desk.draft(WRITER, one.id).step) == (State.DRAFT, "")
        with pytest.raises(Refused, match="没有在等审核"):
            desk.approve(PEOPLE["secrecy"], one.id, head, "secrecy")
        one_again = desk.submit(WRITER, one.id, head)
        assert one_again.step == "first"
        assert b"review" not in desk.text(WRITER, one.path, one.id).data
        room.git("update-ref", f"refs/heads/drafts/cc/{one.id}", one.head)


def test_a_sealed_approval_counts_only_where_it_was_given(desk: Desk, room: Newsroom) -> None:
    one = waiting(desk, *STEPS[:3])
    approval = room.git("cat-file", "commit", one.head)
    changed = saved(desk, "writer", one, article("换过的正文。\n")).draft
    sent = desk.submit(WRITER, changed.id, changed.head)
    parent = approval.replace(re.findall(r"parent (\w+)", approval)[0], sent.head)
    moved = room.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=(parent + "\n").encode())
    room.git("update-ref", f"refs/heads/drafts/cc/{one.id}", moved)
    assert desk.draft(WRITER, one.id).state is State.DRAFT


def test_rights_and_posts_that_ended_meanwhile_no_longer_count(desk: Desk, room: Newsroom) -> None:
    one = waiting(desk, *STEPS[:3])
    site = (room.path / "sites/cc.yaml").read_text("utf-8")
    room.write(
        "sites/cc.yaml",
        site.replace("account: secrecy@x.example", f"account: secrecy@x.example, until: {'2026-11-22'}"),
    )
    room.commit("admin@x.example", when=LATER)
    with pytest.raises(Refused, match="没有担任"):
        desk.approve(PEOPLE["secrecy"], one.id, one.head, "secrecy")
    room.write("sites/cc.yaml", site)
    rights = (room.path / "sites/rights.yaml").read_text("utf-8")
    room.write("sites/rights.yaml", rights.replace("  writer@x.example: {sites: [cc]}\n", ""))
    room.commit("admin@x.example", when=LATER)
    with pytest.raises(Refused, match=re.escape("writer@x.example 没有登记")):
        desk.approve(PEOPLE["secrecy"], one.id, one.head, "secrecy")
    with pytest.raises(Refused, match="不归你管"):
        desk.draft(WRITER, one.id)
    assert NOW[:10] not in room.git("log", "--format=%s", "main")


@pytest.mark.parametrize("change", [b"x,2\n", None])
@pytest.mark.parametrize("address", ["m.csv", "%6D.csv", "m&#46;csv"])
def test_a_file_that_another_article_uses_is_changed_by_nobody_else_s_draft(
    desk: Desk, room: Newsroom, change: bytes | None, address: str
) -> None:
    one = desk.begin(WRITER, "content/cc/tzgg/n.md", article(f"见[名单]({address})。\n", "名单"))
    one = saved(desk, "writer", one, article(f"见[名单]({address})。\n", "名单"), {"m.csv": b"x,1\n"}).draft
    approved(desk, desk.submit(WRITER, one.id, one.head))
    before = room.git("rev-parse", "main")
    # in a column without review, so nobody else would see it
    two = desk.begin(WRITER, "content/cc/free/n.md", article("别的。\n", "别的"))
    two = saved(desk, "writer", two, article("别的。\n", "别的"), {"content/cc/tzgg/m.csv": change}).draft
    with pytest.raises(Refused, match=r"别的稿件也在用.*m\.csv.*content/cc/tzgg/n\.md"):
        desk.submit(WRITER, two.id, two.head)
    assert room.git("rev-parse", "main") == before


@pytest.mark.parametrize("field", ["id: x1", "slug: x1", f"id: {stable_id('cc', 'free', 'n.md')}"])
def test_a_draft_takes_no_other_article_s_address_or_number(desk: Desk, field: str) -> None:
    """The scan gives them to the first by path, and would withhold the other."""

    def text(title: str, line: str) -> bytes:
        return article("正文。\n", title).replace(b"date:", f"{line}\ndate:".encode(), 1)

    one = desk.begin(WRITER, "content/cc/free/n.md", text("甲", field if "x1" in field else "summary: 概要"))
    assert desk.submit(WRITER, one.id, one.head).state is State.PUBLISHED
    two = desk.begin(WRITER, "content/cc/free/b.md", text("乙", field))
    with pytest.raises(Refused, match=r"与 content/cc/free/n\.md 的网址或编号相同"):
        desk.submit(WRITER, two.id, two.head)


@pytest.mark.parametrize("push", ["true", "[jl]"])
def test_what_only_the_whole_cluster_shows_is_told_when_it_is_submitted(desk: Desk, push: str) -> None:
    """Where an article is pushed to is nothing that its own text or its site says: `check` withholds it, so the desk refuses."""
    text = article().replace(b"date:", f"push_down: {push}\ndate:".encode(), 1)
    one = desk.begin(WRITER, "content/cc/free/n.md", text)
    assert [found.rule[:5] for found in desk.findings(WRITER, one.id)] == ["push-"], "an approver sees it, too"
    with pytest.raises(Refused, match=r"push_down|推送"):
        desk.submit(WRITER, one.id, one.head)
