"""Batches of migrated files: what an approval of all of them at once proves, and every way to abuse it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from jiyue.base.cache import Cache
from jiyue.base.diagnostics import Diagnostic
from jiyue.build.batches import approved_files
from jiyue.build.changed_check import changed_findings
from jiyue.build.options import Options
from jiyue.build.registry_cache import recall_registry
from jiyue.build.source_check import check, summaries_of, waiting
from jiyue.catalogue.migrated import note_migrated, read_batches
from tests.checks.test_evidence import NOW, POSTS, Office
from tests.support.cluster import new_cluster

OLD = "content/cc/tzgg/20150101-0a1b2c3d.md"
FILE = "content/cc/tzgg/0a1b2c3d-1.pdf"
LIST, APPROVAL = "sites/migrated/cc.tzgg.csv", "sites/migrated/cc.tzgg.yaml"
TEXT = "---\ntitle: 旧通知\ndate: 2015-01-01\nmigrated:\n  from: {of}\n  at: 2026-11-19\n---\n\n旧正文。\n"


class Move(Office):
    """An office whose admin has imported one old article, and committed it with its list."""

    def __init__(self, path: Path, proof: str = "signed") -> None:
        super().__init__(path, proof)
        self.add(OLD)

    def add(self, path: str, text: str = TEXT) -> None:
        self.write(path, text.format(of="http://old.example/show.asp?id=5"))
        note_migrated(self.path, "cc.tzgg", [path])
        self.commit("admin@x.example", when="2026-11-19T10:00:00+08:00")

    def approve(self, *steps: str, by: str = "", name: str = "tzgg") -> None:
        """Each by its holder, or all `by` one, in a commit of their own."""
        for step in steps:
            path = f"sites/migrated/cc.{name}.yaml"
            text = (self.path / path).read_text()
            text = text.replace("review: {}", "review:")
            self.write(path, f"{text.rstrip()}\n  {step}: {{by: {POSTS[step]}, date: 2026-11-20}}\n")
            self.sign(by or step)

    def found(self) -> list[Diagnostic]:
        report = check(Options(self.path, self.path / "output", now=NOW))
        return [d for d in report.diagnostics if d.rule.startswith(("review-", "file-migrated"))]

    def lost(self) -> set[str]:
        options = Options(self.path, self.path / "output", now=NOW)
        return set(summaries_of(options, recall_registry(self.path, Cache(None)))["cc"].withheld)

    def approved(self) -> set[str]:
        return {
            path for path, _ in approved_files(self.path, recall_registry(self.path, Cache(None)), Cache(None), NOW)
        }


@pytest.fixture
def move(tmp_path: Path) -> Move:
    return Move(tmp_path)


def test_a_batch_is_published_once_both_reviewers_have_approved_it(move: Move) -> None:
    [finding] = move.found()
    assert (finding.rule, finding.path) == ("review-missing", APPROVAL)
    assert "缺少终审、保密审查的审核记录" in finding.message
    assert OLD in move.lost()
    [one] = waiting(Options(move.path, move.path / "output", now=NOW))
    assert (one.path, one.steps) == (APPROVAL, ["final", "secrecy"])
    move.approve("final", "secrecy")
    assert move.found() == []
    assert move.lost() == set()
    assert move.approved() == {OLD}
    told = changed_findings(move.path, recall_registry(move.path, Cache(None)), "base", NOW, "admin@x.example")
    assert [d.rule for d in told if d.rule.startswith(("review-", "backdating-"))] == []


def test_migrated_written_by_hand_proves_nothing(move: Move) -> None:
    move.approve("final", "secrecy")
    move.write("content/cc/tzgg/mine.md", TEXT.format(of="http://old.example/show.asp?id=6"))
    move.sign("writer")
    assert [(d.rule, d.path) for d in move.found()] == [("review-missing", "content/cc/tzgg/mine.md")]
    assert move.lost() == {"content/cc/tzgg/mine.md"}
    changed = changed_findings(move.path, recall_registry(move.path, Cache(None)), "base", NOW)
    assert {d.rule for d in changed if d.path == "content/cc/tzgg/mine.md"} == {"backdating-date", "review-missing"}


@pytest.mark.parametrize("part", ["text", "file"])
def test_what_is_edited_later_is_judged_like_any_other(move: Move, part: str) -> None:
    if part == "file":
        text = TEXT.replace("旧正文。", "见[附件](0a1b2c3d-1.pdf)。")
        move.write(FILE, "%PDF-1.4 旧")
        note_migrated(move.path, "cc.tzgg", [FILE])
        move.add(OLD, text)
    move.approve("final", "secrecy")
    assert OLD not in {d.path for d in move.found()}
    move.write(*((FILE, "%PDF-1.4 新") if part == "file" else (OLD, TEXT.format(of="x") + "\n加了一段。\n")))
    move.sign("writer")
    assert [(d.rule, d.path) for d in move.found()] == [("review-missing", OLD)]
    assert OLD in move.lost()


@pytest.mark.parametrize("proof", ["none", "forge"])
def test_a_changed_attachment_is_told_on_arrival(tmp_path: Path, proof: str) -> None:
    move = Move(tmp_path, proof)
    move.write(FILE, "%PDF-1.4 旧")
    note_migrated(move.path, "cc.tzgg", [FILE])
    move.add(OLD, TEXT.replace("旧正文。", "见[附件](0a1b2c3d-1.pdf)。"))
    move.approve("final", "secrecy")
    start = move.git("rev-parse", "HEAD").strip()
    move.write(FILE, "%PDF-1.4 新")
    move.sign("writer")
    told = changed_findings(move.path, recall_registry(move.path, Cache(None)), start, NOW, "writer@x.example")
    assert ("review-missing", OLD) in {(d.rule, d.path) for d in told}
    assert OLD in move.lost()


def test_a_list_from_before_lists_had_a_site_in_their_names_is_that_of_its_files(tmp_path: Path) -> None:
    write = {"sites/migrated/cc-tzgg.csv": f"path,sha256\n{OLD},{'0' * 64}\n", "sites/migrated/cc.csv": "path,sha256\n"}
    for name, text in write.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    assert [batch.site for batch in read_batches(tmp_path)[0]] == ["cc", "cc"]


def test_a_list_changed_after_its_approval_proves_nothing(move: Move) -> None:
    move.approve("final", "secrecy")
    text = (move.path / LIST).read_text()
    move.write(LIST, f"{text}content/cc/tzgg/mine.md,{'0' * 64}\n")
    move.sign("writer")
    [finding] = move.found()
    assert (finding.rule, finding.path) == ("review-missing", APPROVAL)
    assert "清单在审核之后改过" in finding.message
    assert OLD in move.lost()
    told = changed_findings(move.path, recall_registry(move.path, Cache(None)), "base", NOW, "writer@x.example")
    assert LIST in {d.path for d in told if d.rule == "rights-protected"}, "only an admin changes a list"
    assert APPROVAL not in {d.path for d in told if d.rule == "rights-protected"}
    # and who changes what the approval names takes it away
    digest = read_batches(move.path)[0][0].list_digest
    move.write(APPROVAL, re.sub("list: .*", f"list: {digest}", (move.path / APPROVAL).read_text()))
    move.sign("writer")
    assert {d.rule for d in move.found()} == {"review-proof"}
    assert "之后又改了稿件" in move.found()[0].message


def test_one_person_for_both_posts_and_the_importer_himself_prove_nothing(move: Move) -> None:
    move.approve("final", "secrecy", by="final")
    [finding] = move.found()
    assert (finding.rule, finding.path) == ("review-proof", APPROVAL)
    assert "保密审查的记录不算数" in finding.message
    assert move.approved() == set()


def test_a_second_import_leaves_the_approval_of_the_first_valid(move: Move) -> None:
    move.approve("final", "secrecy")
    second = "content/cc/tzgg/20160101-0a1b2c3e.md"
    move.add(second, TEXT.replace("旧通知", "第二件旧通知"))
    move.write(OLD, TEXT.format(of="x"))
    note_migrated(move.path, "cc.tzgg", [OLD, second])
    move.commit("admin@x.example", when="2026-11-19T11:00:00+08:00")
    assert [(d.rule, d.path) for d in move.found()] == [("review-missing", "sites/migrated/cc.tzgg.2.yaml")]
    assert move.lost() == {OLD, second}, "other bytes under an approved path are not approved"
    move.approve("final", "secrecy", name="tzgg.2")
    assert move.found() == []
    assert move.lost() == set()


def test_records_are_checked_on_arrival_where_the_forge_vouches(tmp_path: Path) -> None:
    move = Move(tmp_path, "forge")
    registry = recall_registry(move.path, Cache(None))
    start = move.git("rev-parse", "HEAD").strip()
    move.approve("final", by="writer")
    told = [d for d in changed_findings(move.path, registry, start, NOW, "writer@x.example") if d.path == APPROVAL]
    assert [d.rule for d in told] == ["review-missing", "review-proof"]
    move.git("reset", "-q", "--hard", start)
    move.approve("final")
    told = [d for d in changed_findings(move.path, registry, start, NOW, "final@x.example") if d.path == APPROVAL]
    assert [d.rule for d in told] == ["review-missing"], "the other review is still to come"
    start = move.git("rev-parse", "HEAD").strip()
    move.approve("secrecy")
    told = changed_findings(move.path, registry, start, NOW, "secrecy@x.example")
    assert [d.rule for d in told if d.rule != "site-required"] == []


def test_a_broken_approval_names_its_fault(move: Move) -> None:
    for text, said in (
        ("list: abc\n", "list 应是清单的 SHA-256"), ("- a\n", "审核文件只写 list 和 review"), ("a: [\n", "不是 UTF-8 的 YAML"),
        (f"list: {'0' * 64}\nreview: {{final: 终审岗}}\n", "review 里的 final 应写成"),
    ):  # fmt: skip
        move.write(APPROVAL, text)
        assert said in next(d.message for d in move.found() if d.rule == "file-migrated")


def test_one_reviewed_column_is_enough_to_ask_for_the_approval_of_a_batch(tmp_path: Path) -> None:
    text = "name: 长春\nkind: prefecture\nsuperior: jilin\nurl: https://cc.example\n"
    text += "columns:\n  - {name: 公告, path: tzgg, review: required}\n"
    cluster = new_cluster(tmp_path / "c", {"sites/cc.yaml": text, OLD: TEXT.format(of="x")})
    note_migrated(cluster.root, "cc.tzgg", [OLD])
    report = check(Options(cluster.root, cluster.root / "output", now=NOW))
    assert [(d.rule, d.path) for d in report.diagnostics if d.rule.startswith("review-")] == [
        ("review-missing", APPROVAL)
    ]
