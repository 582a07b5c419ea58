"""Attempts to bypass the review with intact records: moving, merging, swapping, rewriting, restoring."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiyue.base.cache import Cache
from jiyue.build.changed_check import changed_findings
from jiyue.build.registry_cache import recall_registry
from jiyue.checks.repository.article_version import Version
from tests.checks.test_evidence import ARTICLE, NOW, PEOPLE, Office, pushed

STEPS = PEOPLE[1:]
PLACES = {
    "another name": "content/cc/tzgg/b.txt",
    "no ending": "content/cc/tzgg/b",
    "the folder of files": "content/cc/files/b.md",
    "a column without review": "content/cc/free/b.md",
    "another site": "content/other/tzgg/b.md",
    "outside of content": "docs/b.md",
}


def rules(office: Office, actor: str = "", base: str = "base", *, signed: bool = False) -> list[str]:
    findings = changed_findings(office.path, recall_registry(office.path, Cache(None)), base, NOW, actor, signed=signed)
    return [d.rule for d in findings if d.rule.startswith("review-")]


def push(office: Office, who: str) -> None:
    """A push by an officer with their own address."""
    office.commit(f"{who}@x.example", when="2026-11-20T10:00:00+08:00")


def move(office: Office, old: str, new: str) -> None:
    (office.path / new).parent.mkdir(parents=True, exist_ok=True)
    office.git("mv", old, new)


@pytest.fixture
def forge(tmp_path: Path) -> Office:
    office = Office(tmp_path, "forge")
    site = (office.path / "sites/cc.yaml").read_text()
    office.write("sites/cc.yaml", site + "columns: [{path: free, name: 自由, owner: 办公室, review: none}]\n")
    office.write("sites/other.yaml", "name: 别处\nkind: county\nsuperior: cc\nurl: https://other.example\n")
    office.commit("admin@x.example", when="2026-11-02T10:00:00+08:00")
    office.git("tag", "-f", "base")
    return office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path, "signed")


# Records that are written where they do not count


@pytest.mark.parametrize("place", PLACES)
def test_records_written_elsewhere_and_moved_here_are_judged_here(forge: Office, place: str) -> None:
    forge.article(*STEPS, path=PLACES[place])
    push(forge, "writer")
    forge.git("tag", "-f", "base")  # let in: there they are only text
    move(forge, PLACES[place], ARTICLE)
    push(forge, "writer")
    assert len(pushed(forge, "writer@x.example")) == 4
    forge.git("reset", "-q", "--hard", "HEAD~2")
    forge.article(*STEPS, path=PLACES[place])
    push(forge, "writer")
    move(forge, PLACES[place], ARTICLE)
    push(forge, "writer")
    forge.git("tag", "-f", "base", "HEAD~2")  # both in one push
    assert len(pushed(forge, "writer@x.example")) == 4


def test_a_draft_s_records_are_judged_when_it_is_published(forge: Office) -> None:
    forge.article(*STEPS)
    text = (forge.path / ARTICLE).read_text()
    forge.write(ARTICLE, text.replace("title:", "status: draft\ntitle:", 1))
    push(forge, "writer")
    forge.git("tag", "-f", "base")
    forge.write(ARTICLE, text)
    push(forge, "writer")
    assert len(pushed(forge, "writer@x.example")) == 4


def test_a_copy_of_an_approved_article_is_judged_for_itself(forge: Office) -> None:
    forge.article(*STEPS)
    push(forge, "writer")
    forge.git("tag", "-f", "base")
    forge.write("content/cc/tzgg/copy.md", (forge.path / ARTICLE).read_text())
    push(forge, "writer")
    assert len(pushed(forge, "writer@x.example")) == 4
    forge.git("reset", "-q", "--hard", "base")
    move(forge, ARTICLE, "content/cc/yw/a.md")
    push(forge, "writer")
    assert pushed(forge, "writer@x.example") == []  # moved as it was approved, from where it counted


# Writer and approver


def test_a_forge_remembers_who_wrote_over_several_pushes(forge: Office) -> None:
    forge.article("first", "second", body="第一段。\n\n第二段。")
    push(forge, "writer")
    forge.git("tag", "-f", "base")
    forge.article("first", "second", body="全部重写过的第一段。\n\n全部重写过的第二段。")
    push(forge, "final")
    assert rules(forge, "final@x.example") == ["review-missing"]
    forge.git("tag", "-f", "base")
    forge.article("first", "second", "final", body="全部重写过的第一段。\n\n全部重写过的第二段。")
    push(forge, "final")
    [said] = pushed(forge, "final@x.example")
    assert "也是撰稿的账号" in said


def test_an_approver_signs_with_their_own_address_what_they_push(forge: Office) -> None:
    forge.article("first", "second")
    push(forge, "writer")
    forge.git("tag", "-f", "base")
    forge.article("first", "second", body="改写。")
    push(forge, "writer")
    assert "review-writer" in rules(forge, "final@x.example")
    assert "review-writer" not in rules(forge, "writer@x.example")


def test_rewriting_and_approving_in_one_push_is_refused(forge: Office) -> None:
    forge.article("first", "second")
    push(forge, "writer")
    forge.git("tag", "-f", "base")
    forge.article("first", "second", "final", body="改写。")
    push(forge, "final")
    assert any("也是撰稿的账号" in said for said in pushed(forge, "final@x.example"))


def test_the_last_approver_who_rewrites_it_all_is_its_writer(office: Office) -> None:
    office.approve("first", "second", "secrecy")
    office.article("first", "second", body="全部重写。")
    office.sign("final")
    office.article("first", "second", "secrecy", body="全部重写。")
    office.sign("secrecy")
    office.article("first", "second", "secrecy", "final", body="全部重写。")
    office.sign("final")
    assert office.problems().keys() == {"final"}
    assert "也是撰稿的账号" in office.problems()["final"]


def test_one_line_of_an_approver_makes_them_a_writer_and_a_date_does_not(office: Office) -> None:
    office.approve("first", "second", "secrecy")
    office.article("first", "second", body="正文。\n\n加的一行。")
    office.sign("final")
    office.article("first", "second", body="正文。\n\n加的一行。\n\n又一行。")
    office.sign("writer")
    office.article("first", "second", "final", body="正文。\n\n加的一行。\n\n又一行。")
    office.sign("final")
    assert "也是撰稿的账号" in office.problems()["final"]
    office.article("first", "second", "final", body="正文。\n\n又一行。")
    office.sign("writer")  # the approver's line is gone; what is left is the writer's
    office.article("first", "second", body="正文。\n\n又一行。")
    office.sign("writer")
    office.article("first", "second", "final", body="正文。\n\n又一行。")
    text = (office.path / ARTICLE).read_text()
    office.write(ARTICLE, text.replace("author:", "publish_at: 2026-11-22 08:00\nauthor:", 1))
    office.sign("final")
    assert office.problems() == {}


# What is shown next to the text

SWAPS = {
    "beside it": ("content/cc/tzgg/list.csv", "[名单](list.csv)"),
    "a picture": ("content/cc/tzgg/图 1.png", "![图](<图 1.png>)"),
    "of the whole site": ("content/cc/files/list.csv", "[名单](/files/list.csv)"),
    "among the pictures": ("content/cc/images/a.png", "![图](/images/a.png)"),
    "in the site's folder": ("content/cc/list.csv", "[名单](/list.csv)"),
    "by a tag": ("content/cc/tzgg/list.csv", '<a href="list.csv">名单</a>'),
}


LONG = pytest.mark.long
KINDS = [pytest.param(kind, marks=LONG if number > 2 else ()) for number, kind in enumerate(SWAPS)]


@pytest.mark.parametrize("swap", KINDS)
def test_a_swapped_file_asks_for_approval_again(office: Office, swap: str) -> None:
    path, link = SWAPS[swap]
    office.write(path, "甲")
    done: list[str] = []
    office.article(body=link)
    office.sign("writer")
    for step in STEPS:
        done.append(step)
        office.article(*done, body=link)
        office.sign(step)
    assert office.problems() == {} == office.check_by_step()
    office.write(path, "乙")
    assert office.problems().keys() == set(STEPS)  # not committed
    office.sign("writer")
    assert office.problems().keys() == {"final", "secrecy"}
    assert "之后又改了稿件或者附件" in office.problems()["final"]
    assert office.check_by_step().keys() == {"final", "secrecy"}
    office.git("tag", "-f", "base", "HEAD~1")
    assert rules(office, signed=True) == ["review-proof", "review-proof"]
    office.git("rm", "-q", path)
    office.sign("writer")
    assert office.problems().keys() == {"final", "secrecy"}
    office.write(path, "甲")
    office.sign("writer")
    assert office.problems() == {} == office.check_by_step()


@pytest.mark.parametrize("swap", KINDS)
def test_a_forge_asks_who_swaps_a_file(forge: Office, swap: str) -> None:
    path, link = SWAPS[swap]
    forge.write(path, "甲")
    forge.article(*STEPS, body=link)
    push(forge, "writer")
    forge.git("tag", "-f", "base")
    forge.write(path, "乙")
    push(forge, "writer")
    assert rules(forge, "writer@x.example") == ["review-proof", "review-proof"]
    assert rules(forge, "final@x.example") == ["review-proof", "review-proof"]
    forge.git("reset", "-q", "--hard", "base")
    forge.git("rm", "-q", path)
    push(forge, "writer")
    assert rules(forge, "writer@x.example") == ["review-proof", "review-proof"]


def test_a_file_under_large_file_storage_is_known_by_its_pointer(office: Office) -> None:
    import hashlib  # noqa: PLC0415

    office.article(body="[名单](list.csv)")
    pointer = (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{hashlib.sha256('甲'.encode()).hexdigest()}\nsize 3\n"
    )
    office.write("content/cc/tzgg/list.csv", pointer)
    office.sign("writer")
    office.article("first", body="[名单](list.csv)")
    office.sign("first")
    office.write("content/cc/tzgg/list.csv", "甲")
    assert office.problems() == {}
    office.write("content/cc/tzgg/list.csv", "乙")
    assert office.problems().keys() == {"first"}


# Merges


def test_a_merge_that_brings_back_a_withdrawn_approval_is_the_mergers(office: Office) -> None:
    office.approve()
    office.git("checkout", "-q", "-b", "old")
    office.write("content/cc/tzgg/b.txt", "x")
    office.sign("writer")
    office.git("checkout", "-q", "main")
    office.article("first", "second", "secrecy")
    office.sign("final")  # takes the approval back
    office.git(*office._as("merger@x.example"), "merge", "-q", "--no-ff", "--no-commit", "old")
    office.article("first", "second", "secrecy", "final")
    text = office.git("show", f"old:{ARTICLE}") + "\n"
    office.write(ARTICLE, text)
    office.commit("merger@x.example", when="2026-11-20T10:00:00+08:00")
    assert office.problems().keys() == {"final"}
    assert "没有签名" in office.problems()["final"]


def test_a_merger_takes_no_ones_place(office: Office) -> None:
    office.git("checkout", "-q", "-b", "work")
    office.approve()
    office.git("checkout", "-q", "main")
    office.article(path="content/cc/tzgg/b.md")
    office.sign("writer")
    sign = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={office.keys / 'final'}", "-c", "commit.gpgsign=true")
    office.git(*office._as("final@x.example"), *sign, "merge", "-q", "--no-ff", "-m", "merge", "work")
    assert office.problems() == {}


# A withdrawal is sealed

Ending = Callable[[Office, str], None]


def withdrawn(text: str, at: str = "2026-11-21") -> str:
    return text.replace("review:", f"withdraw: {{at: {at}, reason: 有误}}\nreview:", 1)


def field_removed(office: Office, text: str) -> None:
    office.write(ARTICLE, text)


def postponed(office: Office, text: str) -> None:
    office.write(ARTICLE, withdrawn(text, "2027-01-01"))


def deleted_and_added(office: Office, text: str) -> None:
    office.git("rm", "-q", ARTICLE)
    office.sign("writer", add=False)
    office.write(ARTICLE, text)


def renamed(office: Office, text: str) -> None:
    office.git("rm", "-q", ARTICLE)
    office.write("content/cc/tzgg/new.md", text)


def copied(office: Office, text: str) -> None:
    office.write("content/cc/yw/new.md", text)


def moved_then_opened(office: Office, text: str) -> None:
    office.git("mv", ARTICLE, "content/cc/tzgg/new.md")
    office.sign("writer")
    office.write("content/cc/tzgg/new.md", text)


def retitled(office: Office, text: str) -> None:
    office.git("rm", "-q", ARTICLE)
    office.sign("writer", add=False)
    office.write("content/cc/tzgg/new.md", text.replace("title: 通知", "title: 另一个标题"))


def merged(office: Office, text: str) -> None:
    """The old side of a merge, from before the withdrawal."""
    office.git("checkout", "-q", "-b", "old", "before")
    office.write("content/cc/tzgg/side.txt", "x")
    office.sign("writer")
    office.git("checkout", "-q", "main")
    office.git(*office._as("writer@x.example"), "merge", "-q", "--no-ff", "--no-commit", "old")
    office.write(ARTICLE, text)


ENDINGS = [field_removed, postponed, deleted_and_added, renamed, copied, moved_then_opened, retitled, merged]


@pytest.mark.parametrize("end", ENDINGS)
@pytest.mark.parametrize(
    "who", ["writer", "final", pytest.param("first", marks=LONG), pytest.param("secrecy", marks=LONG)]
)
def test_only_final_or_secrecy_ends_a_withdrawal(office: Office, end: Ending, who: str) -> None:
    office.approve()
    office.git("tag", "before")
    text = (office.path / ARTICLE).read_text()
    office.write(ARTICLE, withdrawn(text))
    office.sign("writer", when="2026-11-21T10:00:00+08:00")
    assert office.problems() == {}
    office.git("tag", "-f", "base")
    end(office, text)
    office.sign(who, when="2026-11-22T10:00:00+08:00")
    assert ("withdraw" in office.problems()) == (who in ("writer", "first"))
    if who in ("writer", "first"):
        assert "没有终审或者保密审查岗位批准" in office.problems()["withdraw"]
        assert "review-withdrawn" in [d.rule for d in office.check()]
        assert "review-withdrawn" in rules(office, signed=True)


def test_approvals_after_the_withdrawal_end_it(office: Office) -> None:
    office.approve()
    text = (office.path / ARTICLE).read_text()
    office.write(ARTICLE, withdrawn(text))
    office.sign("writer", when="2026-11-21T10:00:00+08:00")
    office.article("first", "second", body="更正后的正文。")
    office.sign("writer", when="2026-11-22T10:00:00+08:00")
    assert "withdraw" in office.problems()
    office.article("first", "second", "final", body="更正后的正文。")
    office.sign("final", when="2026-11-22T11:00:00+08:00")
    assert office.problems() == {}


def test_who_set_it_as_secrecy_alone_can_end_it(office: Office) -> None:
    office.approve()
    text = (office.path / ARTICLE).read_text()
    office.write(ARTICLE, withdrawn(text))
    office.sign("secrecy", when="2026-11-21T10:00:00+08:00")
    office.write(ARTICLE, text)
    office.sign("final", when="2026-11-22T10:00:00+08:00")
    assert "没有保密审查岗位批准" in office.problems()["withdraw"]


def test_an_article_that_stood_beside_its_double_is_not_withdrawn_with_it(office: Office) -> None:
    office.approve()
    text = (office.path / ARTICLE).read_text()
    office.write("content/cc/yw/double.md", text)
    office.sign("writer")
    office.write("content/cc/yw/double.md", withdrawn(text))
    office.sign("writer", when="2026-11-21T10:00:00+08:00")
    assert "withdraw" not in office.problems()


@pytest.mark.parametrize("proof", ["none", "forge"])
@pytest.mark.parametrize("end", [field_removed, postponed, renamed, copied, moved_then_opened])
def test_a_push_that_ends_a_withdrawal_is_judged_by_the_pusher(tmp_path: Path, proof: str, end: Ending) -> None:
    office = Office(tmp_path, proof)
    office.article(*STEPS)
    text = (office.path / ARTICLE).read_text()
    office.write(ARTICLE, withdrawn(text))
    push(office, "writer")
    office.git("tag", "-f", "base")
    end(office, text)
    push(office, "writer")
    for actor, refused in (("writer", True), ("first", True), ("final", False), ("secrecy", False)):
        assert ("review-withdrawn" in rules(office, f"{actor}@x.example")) == refused, actor
    assert "review-withdrawn" in rules(office)  # by the committer's address, where nothing else is known


def test_what_stays_withdrawn_is_on_no_page(office: Office) -> None:
    office.approve()
    text = (office.path / ARTICLE).read_text()
    office.write(ARTICLE, withdrawn(text))
    office.sign("writer", when="2026-11-21T10:00:00+08:00")
    office.write(ARTICLE, text)
    office.sign("writer", when="2026-11-22T10:00:00+08:00")
    withheld = office.withheld()
    assert [(row["path"], row["reason"]) for row in withheld if row["path"] == ARTICLE] == [(ARTICLE, "withdrawn")]


def test_without_registered_accounts_an_admin_ends_a_withdrawal(tmp_path: Path) -> None:
    office = Office(tmp_path, "none")
    site = (office.path / "sites/cc.yaml").read_text()
    for name in PEOPLE:
        site = site.replace(f", account: {name}@x.example", "")
    office.write("sites/cc.yaml", site)
    office.article(*STEPS)
    text = (office.path / ARTICLE).read_text()
    office.write(ARTICLE, withdrawn(text))
    push(office, "admin")
    office.git("tag", "-f", "base")
    office.write(ARTICLE, text)
    push(office, "final")
    assert rules(office, "final@x.example") == ["review-withdrawn"]
    assert rules(office, "admin@x.example") == []


def test_a_new_article_of_a_series_is_not_the_withdrawn_one(tmp_path: Path) -> None:
    office = Office(tmp_path, "none")
    office.article(*STEPS, body="第 46 周\n\n固定的说明。\n\n固定的联系方式。")
    office.write(ARTICLE, withdrawn((office.path / ARTICLE).read_text()))
    push(office, "writer")
    office.git("tag", "-f", "base")
    office.article(*STEPS, body="第 47 周\n\n固定的说明。\n\n固定的联系方式。", path="content/cc/tzgg/b.md")
    later = (office.path / "content/cc/tzgg/b.md").read_text().replace("2026-11-21 09:00", "2026-11-21 10:00")
    office.write("content/cc/tzgg/b.md", later)
    push(office, "writer")
    assert rules(office, "writer@x.example") == []


def test_the_picture_at_the_head_of_every_page_is_an_admin_s(forge: Office) -> None:
    site = (forge.path / "sites/cc.yaml").read_text()
    forge.write("sites/cc.yaml", site + "logo: images/logo.png\n")
    push(forge, "admin")
    forge.git("tag", "-f", "base")
    forge.write("content/cc/images/logo.png", "x")
    push(forge, "writer")
    registry = recall_registry(forge.path, Cache(None))
    for actor, protected in (("writer", True), ("admin", False)):
        findings = changed_findings(forge.path, registry, "base", NOW, f"{actor}@x.example")
        assert ("rights-protected" in {d.rule for d in findings}) == protected


# Whatever bytes an old version has


@given(st.binary(max_size=80), st.text(max_size=60))
@settings(deadline=None)
def test_any_old_version_can_be_read(raw: bytes, text: str) -> None:
    for data in (raw, text.encode("utf-8", "surrogatepass"), f"---\n{text}\n---\n".encode("utf-8", "surrogatepass")):
        assert Version.of(data) == Version.of(data)


def test_a_submodule_and_a_link_in_content_are_findings_not_tracebacks(forge: Office) -> None:
    forge.article()
    push(forge, "writer")
    base = forge.git("rev-parse", "HEAD")
    odd = {"content/cc/tzgg/sub.md": ("160000", b"1" * 40), "content/cc/tzgg/link.md": ("120000", b"a.md")}
    made = forge.commit_tree("writer@x.example", odd, base)
    forge.git("update-ref", "refs/heads/main", made)
    forge.git("tag", "-f", "base", made)
    forge.git("reset", "-q", "--hard")
    (forge.path / "content/cc/tzgg/link.md").unlink()
    forge.write("content/cc/tzgg/link.md", (forge.path / ARTICLE).read_text())
    forge.article("final")
    push(forge, "final")
    assert "review-proof" not in rules(forge, "final@x.example")
