"""What git proves about review records: real repositories, real keys, and forgeries."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from jiyue.base.cache import Cache
from jiyue.base.diagnostics import Diagnostic
from jiyue.build.changed_check import changed_findings
from jiyue.build.options import Options
from jiyue.build.registry_cache import recall_registry
from jiyue.build.review_evidence import Proofs
from jiyue.build.source_check import check
from jiyue.catalogue.scan import scan_site
from jiyue.checks.repository.evidence import gather
from jiyue.checks.repository.rights import PolicyError, parse_rights
from tests.support.commands import jiyue
from tests.support.repo import Repo

ARTICLE = "content/cc/tzgg/a.md"
PEOPLE = ("writer", "first", "second", "final", "secrecy")
POSTS = dict(zip(PEOPLE, ("信息联络员岗", "初审岗", "复审岗", "终审岗", "保密岗"), strict=True))
ROLES = dict(zip(PEOPLE, ("信息联络员", "初审", "复审", "终审", "保密审查"), strict=True))
NOW = "2026-11-23 10:00"
WHEN = "2026-11-20T10:00:00+08:00"


class Office(Repo):
    """A cluster in git with one site whose five posts hold a key each."""

    def __init__(self, path: Path, proof: str) -> None:
        super().__init__(path / "cluster")
        self.keys = path
        for name in (*PEOPLE, "stranger"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path / name)]
            subprocess.run(command, check=True)
        self.write("sites/cluster.yaml", "name: x\nroot: cc\n")
        self.write("sites/profiles/strict.yaml", f"name: x\nextends: province\nreview_proof: {proof}\n")
        officers = "".join(
            f"  - {{post: {POSTS[name]}, unit: 办公室, role: {ROLES[name]}, account: {name}@x.example}}\n"
            for name in PEOPLE
        )
        site = "name: 长春\nkind: prefecture\nurl: https://cc.example\nprofile: strict\nofficers:\n"
        self.write("sites/cc.yaml", site + officers)
        self.rights({})
        self.commit("admin@x.example", when="2026-11-01T10:00:00+08:00")
        self.git("tag", "base")

    def public(self, name: str) -> str:
        return (self.keys / f"{name}.pub").read_text().strip()

    def rights(self, until: dict[str, str]) -> None:
        lines = ["accounts:", "  admin@x.example: {role: admin}"]
        for name in PEOPLE:
            key = f'{{key: "{self.public(name)}", until: {until[name]}}}' if name in until else f'"{self.public(name)}"'
            lines.append(f"  {name}@x.example: {{sites: [cc], keys: [{key}]}}")
        self.write("sites/rights.yaml", "\n".join(lines) + "\n")

    def sign(self, name: str, when: str = WHEN, **how: Any) -> str:
        extra = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={self.keys / name}", "-c", "commit.gpgsign=true")
        return self.commit(f"{name}@x.example", when=when, extra=extra, **how)

    def article(self, *steps: str, body: str = "正文。", path: str = ARTICLE, **dates: str) -> None:
        records = "".join(f"  {step}: {{by: {POSTS[step]}, date: {dates.get(step, '2026-11-20')}}}\n" for step in steps)
        review = f"review:\n{records}" if steps else ""
        head = f"---\ntitle: 通知\ndate: 2026-11-21 09:00\nauthor: 信息联络员岗\n{review}---\n"
        self.write(path, f"{head}\n{body}\n")

    def approve(self, *steps: str) -> None:
        """Each in order, by its holder, in a commit of their own; the writer first."""
        self.article()
        self.sign("writer")
        done: list[str] = []
        for step in steps or PEOPLE[1:]:
            done.append(step)
            self.article(*done)
            self.sign(step)

    def problems(self) -> dict[str, str]:
        registry = recall_registry(self.path, Cache(None))
        site = registry.sites["cc"]
        rows = scan_site(self.path, site, Cache(None)).rows
        proofs = Proofs(self.path, site, rows, Cache(None), registry.sites)
        return {step: said for row in rows for step, said in proofs(row).items()}

    def check_by_step(self) -> dict[str, str]:
        """What the command says of steps that are not proven, store and all."""
        named = {ROLES[name]: name for name in PEOPLE[1:]}
        return {named[d.message.partition("的记录")[0]]: d.message for d in self.check() if d.rule == "review-proof"}

    def withheld(self) -> list[dict[str, str]]:
        """What a build keeps back."""
        jiyue("build", "--root", str(self.path), "--today", NOW[:10], "--jobs", "1")
        return list(json.loads((self.path / "output/_cluster/withheld.json").read_bytes()))

    def check(self, cache: bool = True) -> list[Diagnostic]:
        options = Options(self.path, self.path / "output", now=NOW, cache=cache)
        return [d for d in check(options).diagnostics if d.rule.startswith("review-")]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path, "signed")


def test_records_signed_by_the_holders_of_the_posts_count(office: Office) -> None:
    office.approve()
    assert office.problems() == {}
    assert office.check() == []


def test_a_name_forged_in_a_signed_commit_of_another_does_not_count(office: Office) -> None:
    office.approve("first", "second", "secrecy")
    office.article("first", "second", "secrecy", "final")
    office.sign("first")
    assert office.problems().keys() == {"final"}
    assert "记录是账号 first@x.example 写入的，不是岗位「终审岗」的账号" in office.problems()["final"]
    [finding] = office.check()
    assert (finding.rule, finding.line) == ("review-proof", 9)
    assert finding.message.startswith("终审的记录不算数：")


@pytest.mark.parametrize("signer", ["", "stranger"])
def test_an_unsigned_commit_and_an_unknown_key_prove_nothing(office: Office, signer: str) -> None:
    office.approve("first", "second", "secrecy")
    office.article("first", "second", "secrecy", "final")
    if signer:
        office.sign(signer)
    else:
        office.commit("final@x.example", when=WHEN)
    said = "没有登记的密钥" if signer else "没有签名"
    assert said in office.problems()["final"]


def test_a_signature_that_does_not_hold_proves_nothing(office: Office) -> None:
    office.approve()
    raw = office.git("cat-file", "commit", "HEAD")
    forged = office.git(
        "hash-object", "-t", "commit", "-w", "--stdin", stdin=raw.replace("secrecy@", "final@", 1).encode() + b"\n"
    )
    office.git("reset", "-q", "--hard", forged)
    assert "签名无效" in office.problems()["secrecy"]


def test_another_persons_squash_takes_the_records_over(office: Office) -> None:
    office.git("checkout", "-q", "-b", "work")
    office.approve()
    office.git("checkout", "-q", "main")
    office.git("merge", "-q", "--squash", "work")
    office.sign("final")
    assert office.problems().keys() == {"first", "second", "final", "secrecy"}
    assert "也是撰稿的账号" in office.problems()["final"]


def test_a_merge_that_keeps_the_commits_keeps_the_proof(office: Office) -> None:
    office.git("checkout", "-q", "-b", "work")
    office.approve()
    office.git("checkout", "-q", "main")
    office.article(path="content/cc/tzgg/b.md")
    office.commit("writer@x.example", when=WHEN)
    office.git(*office._as("merger@x.example"), "merge", "-q", "--no-ff", "-m", "merge", "work")
    assert office.problems() == {}


def test_a_record_that_a_merge_itself_brings_in_is_the_mergers(office: Office) -> None:
    office.approve("first", "second", "secrecy")
    office.git("checkout", "-q", "-b", "work")
    office.write("content/cc/tzgg/b.md", "x")
    office.commit("writer@x.example", when=WHEN)
    office.git("checkout", "-q", "main")
    office.git(*office._as("merger@x.example"), "merge", "-q", "--no-ff", "--no-commit", "work")
    (office.path / "content/cc/tzgg/b.md").unlink()
    office.article("first", "second", "secrecy", "final")
    office.commit("merger@x.example", when=WHEN)
    assert len(office.git("rev-list", "--parents", "-1", "HEAD").split()) == 3
    assert office.problems().keys() == {"final"}


def test_a_rebase_by_another_takes_the_records_over(office: Office) -> None:
    office.git("checkout", "-q", "-b", "work")
    office.approve("first", "second")
    office.git("checkout", "-q", "main")
    office.write("content/cc/other.txt", "x")
    office.commit("writer@x.example", when=WHEN)
    office.git("checkout", "-q", "work")
    office.git(*office._as("writer@x.example"), "rebase", "-q", "main")
    assert {step: "没有签名" in said for step, said in office.problems().items()} == {"first": True, "second": True}


def test_an_ended_key_counts_for_what_it_signed_before(office: Office) -> None:
    office.approve()
    office.rights({"final": "2026-11-20"})
    assert office.problems() == {}
    office.rights({"final": "2026-11-19"})
    assert office.problems().keys() == {"final"}
    assert "已经停用" in office.problems()["final"]


def test_a_commit_is_no_older_than_what_it_stands_on(office: Office) -> None:
    office.rights({"final": "2026-11-19"})
    office.approve("first", "second", "secrecy")
    office.article("first", "second", "secrecy", "final")
    office.sign("final", when="2026-11-18T10:00:00+08:00")
    assert "已经停用" in office.problems()["final"]


def test_the_writer_is_no_approver_and_no_one_approves_twice(office: Office) -> None:
    office.article()
    office.sign("final")
    office.article("final")
    office.sign("final")
    assert "撰稿的账号" in office.problems()["final"]
    text = (office.path / "sites/cc.yaml").read_text()
    office.write("sites/cc.yaml", text.replace("account: second@x.example", "account: first@x.example"))
    office.article("final", "first")
    office.sign("first")
    office.article("final", "first", "second")
    office.sign("first")
    assert "已经做了初审" in office.problems()["second"]


def test_taken_out_and_put_back_is_of_who_put_it_back(office: Office) -> None:
    office.approve()
    office.article("first", "second", "final")
    office.sign("writer")
    office.article(*PEOPLE[1:])
    office.sign("writer")
    assert office.problems().keys() == {"secrecy"}
    office.git("rm", "-q", ARTICLE)
    office.sign("writer", add=False)
    office.article(*PEOPLE[1:])
    office.sign("writer")
    assert office.problems().keys() == set(PEOPLE[1:])


def test_what_was_approved_is_what_goes_out(office: Office) -> None:
    office.approve()
    office.article(*PEOPLE[1:], body="换过的正文。")
    office.sign("writer")
    assert office.problems().keys() == {"final", "secrecy"}
    assert "终审之后又改了稿件" in office.problems()["final"]
    office.article("first", "second", body="换过的正文。")
    office.sign("writer")
    for steps in (("final",), ("final", "secrecy")):
        office.article("first", "second", *steps, body="换过的正文。")
        office.sign(steps[-1])
    assert office.problems() == {}


def test_taking_an_article_back_needs_no_new_approval(office: Office) -> None:
    office.approve()
    text = (office.path / ARTICLE).read_text()
    office.write(ARTICLE, text.replace("review:", "withdraw: {at: 2026-11-22, reason: 有误}\nreview:", 1))
    office.sign("writer")
    assert office.problems() == {}


def test_a_pure_renaming_keeps_the_proof_and_one_with_a_change_does_not(office: Office) -> None:
    office.approve()
    office.git("mv", ARTICLE, "content/cc/tzgg/c.md")
    office.sign("writer")
    assert office.problems() == {}
    (office.path / "content/cc/tzgg/c.md").unlink()
    office.article(*PEOPLE[1:], path="content/cc/tzgg/d.md", body="别的正文。")
    office.sign("writer")
    assert office.problems().keys() == set(PEOPLE[1:])


def test_what_is_not_committed_or_not_all_there_proves_nothing(office: Office, tmp_path: Path) -> None:
    office.approve()
    office.article(*PEOPLE[1:], body="又改了。")
    assert set(office.problems().values()) == {"稿件还没有提交，或者提交以后又改过"}
    office.git("checkout", "-q", ARTICLE)
    office.git("clone", "-q", "--depth", "1", f"file://{office.path}", str(tmp_path / "shallow"))
    assert gather(tmp_path / "shallow", "content/cc", {ARTICLE: "x"})[ARTICLE].trouble == "shallow"
    assert gather(tmp_path, "content/cc", {ARTICLE: "x"})[ARTICLE].trouble


def test_a_post_without_an_account_proves_nothing(office: Office) -> None:
    office.approve()
    text = (office.path / "sites/cc.yaml").read_text()
    office.write("sites/cc.yaml", text.replace(", account: final@x.example", ""))
    assert "没有登记账号" in office.problems()["final"]


def test_proofs_are_kept_and_follow_each_commit(office: Office) -> None:
    office.approve("first", "second", "secrecy")
    assert [d.rule for d in office.check()] == ["review-missing"]
    office.article("first", "second", "secrecy", "final")
    assert [d.rule for d in office.check()] == ["review-proof"] * 4
    office.sign("final")
    assert office.check() == [] == office.check()
    office.article("first", "second", "secrecy")
    office.sign("writer")
    office.article("first", "second", "secrecy", "final")
    office.sign("writer")
    assert [d.rule for d in office.check()] == ["review-proof"]
    assert office.check() == office.check(cache=False)
    office.rights({"first": "2026-01-01"})
    assert len(office.check()) == 2 == len(office.check(cache=False))


def test_a_profile_that_asks_for_no_proof_asks_git_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(tmp_path, "none")
    office.article(*PEOPLE[1:])
    monkeypatch.setenv("PATH", "")
    assert office.check() == []


@pytest.mark.skipif(not shutil.which("gpg"), reason="gpg is not installed")
def test_an_openpgp_key_counts_by_its_fingerprint(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    home = office.keys / "gnupg"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    gpg = ["gpg", "--batch", "--passphrase", "", "--quiet"]
    subprocess.run([*gpg, "--quick-gen-key", "final@x.example", "ed25519", "sign", "never"], check=True)
    listed = subprocess.run(["gpg", "--list-keys", "--with-colons"], check=True, capture_output=True, text=True).stdout
    fingerprint = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))
    office.approve("first", "second", "secrecy")
    office.article("first", "second", "secrecy", "final")
    how = ("-c", "gpg.format=openpgp", "-c", f"user.signingkey={fingerprint}", "-c", "commit.gpgsign=true")
    office.commit("final@x.example", when=WHEN, extra=how)
    assert "没有登记的密钥" in office.problems()["final"]
    rights = (office.path / "sites/rights.yaml").read_text()
    office.write("sites/rights.yaml", rights.replace(office.public("final"), f"gpg:{fingerprint}"))
    assert office.problems() == {}
    subprocess.run(["gpgconf", "--kill", "all"], check=True)


# A push that a forge authenticated


def pushed(office: Office, actor: str) -> list[str]:
    findings = changed_findings(office.path, recall_registry(office.path, Cache(None)), "base", NOW, actor)
    return [d.message for d in findings if d.rule == "review-proof"]


def test_a_forge_lets_in_only_the_pushers_own_records(tmp_path: Path) -> None:
    office = Office(tmp_path, "forge")
    office.article("first", "second")
    office.commit("x@x.example", when=WHEN)
    office.git("tag", "-f", "base")
    office.article("first", "second", "final")
    office.commit("x@x.example", when=WHEN)
    assert pushed(office, "final@x.example") == []
    assert pushed(office, "FINAL@x.example") == []
    [said] = pushed(office, "writer@x.example")
    assert "推送人 writer@x.example 不是岗位「终审岗」登记的账号" in said
    assert len(pushed(office, "")) == len(pushed(office, "nobody@x.example")) == 1
    office.git("tag", "-f", "base")
    office.article("first", "second", "final", body="换过。")
    office.commit("x@x.example", when=WHEN)
    [said] = pushed(office, "writer@x.example")
    assert "终审之后又改了稿件" in said
    office.git("mv", ARTICLE, "content/cc/tzgg/c.md")
    office.git("reset", "-q", "--hard", "base")
    office.git("mv", ARTICLE, "content/cc/tzgg/c.md")
    office.commit("x@x.example", when=WHEN)
    assert pushed(office, "writer@x.example") == []


def test_a_forge_lets_in_no_article_with_its_own_approval(tmp_path: Path) -> None:
    office = Office(tmp_path, "forge")
    office.article("final")
    office.commit("x@x.example", when=WHEN)
    [said] = pushed(office, "final@x.example")
    assert "也是撰稿的账号" in said


# The register of keys


def test_a_key_belongs_to_one_account_and_has_a_form(office: Office) -> None:
    key = office.public("final")
    with pytest.raises(PolicyError, match="同一个密钥"):
        parse_rights({"accounts": {"a": {"keys": [key]}, "b": {"keys": [key]}}}, [])
    for bad in ("gpg:12", "ssh-ed25519 !!!!", {"key": key, "until": "soon"}, {"key": key, "to": "x"}, 7):
        with pytest.raises(PolicyError, match="keys 写成"):
            parse_rights({"accounts": {"a": {"keys": [bad]}}}, [])
    rights = parse_rights({"accounts": {"a": {"keys": [{"key": key, "until": "2026-06-30"}, "gpg:" + "a" * 40]}}}, [])
    assert rights.signers() == f'# name key\na valid-before="20260701" {key}\n'
    assert rights.by_fingerprint("A" * 40) is rights.of("a")


# Rows of a ledger


LEDGER = "content/cc/zxts/letters.csv"


def letters(office: Office, steps: dict[str, tuple[str, ...]], **texts: str) -> None:
    """A ledger of letters; steps: number -> those who approved it."""
    lines = ["number,received,subject,text,reply,replied,published,review"]
    for number, done in steps.items():
        review = "; ".join(f"{ROLES[name]} {POSTS[name]} 2026-11-20" for name in done)
        reply = texts.get(f"reply_{number}", "答复")
        lines.append(
            f"{number},2026-11-10,题{number},{texts.get(number, '来信')},{reply},2026-11-18,2026-11-21,{review}"
        )
    office.write(LEDGER, "\n".join(lines) + "\n")


def test_approval_counts_for_a_row_and_ends_with_a_change_of_it(office: Office) -> None:
    letters(office, {"A1": (), "A2": ()})
    office.sign("writer")
    done: tuple[str, ...] = ()
    for step in PEOPLE[1:]:
        done = (*done, step)
        letters(office, {"A1": done, "A2": done})
        office.sign(step)
    assert office.problems() == {}
    assert office.withheld() == []
    letters(office, {"A1": done, "A2": done}, A2="改过的来信")
    office.sign("writer")
    [first, second] = office.check()
    assert {(d.path, d.line, d.rule) for d in (first, second)} == {(LEDGER, 3, "review-proof")}
    assert [(row["path"], row["reason"]) for row in office.withheld()] == [(f"{LEDGER}:A2", "unapproved")]
    letters(office, {"A3": (), "A1": done, "A2": done}, A2="改过的来信")  # a row above changes nothing of those below
    office.sign("writer")
    assert {(d.line, d.rule) for d in office.check()} == {(2, "review-missing"), (4, "review-proof")}


def test_a_reply_in_a_file_is_approved_with_its_row(office: Office) -> None:
    office.write("content/cc/zxts/a1.md", "答复。\n")
    letters(office, {"A1": ()}, reply_A1="a1.md")
    office.sign("writer")
    done: tuple[str, ...] = ()
    for step in PEOPLE[1:]:
        done = (*done, step)
        letters(office, {"A1": done}, reply_A1="a1.md")
        office.sign(step)
    assert office.problems() == {}
    office.write("content/cc/zxts/a1.md", "改过的答复。\n")
    office.sign("writer")
    assert office.problems().keys() == {"final", "secrecy"}


def test_a_forge_lets_in_only_the_pushers_own_approval_of_a_row(tmp_path: Path) -> None:
    office = Office(tmp_path, "forge")
    letters(office, {"A1": (), "A2": ()})
    office.commit("writer@x.example", when=WHEN)
    office.git("tag", "-f", "base")
    letters(office, {"A1": ("first",), "A2": ()})
    office.commit("first@x.example", when=WHEN)
    assert pushed(office, "first@x.example") == []
    assert len(pushed(office, "writer@x.example")) == 1
    office.git("tag", "-f", "base")
    letters(office, {"A1": ("first", "final"), "A2": ()})
    office.commit("final@x.example", when=WHEN)
    assert pushed(office, "final@x.example") == []
    office.git("tag", "-f", "base")
    letters(office, {"A1": ("first", "final"), "A2": ()}, A2="改过的来信")
    office.commit("writer@x.example", when=WHEN)
    assert pushed(office, "writer@x.example") == []
    letters(office, {"A1": ("first", "final"), "A2": ()}, A1="改过的来信")
    office.commit("writer@x.example", when=WHEN)
    [found] = pushed(office, "writer@x.example")
    assert "终审之后又改了稿件或者附件" in str(found)


# Emergency alerts: the final approval, and the rest within a day


ALERT = "sites/alerts/cc-20261123-01.yaml"


def alert(office: Office, *steps: str, headline: str = "今夜有暴雨") -> None:
    records = "".join(f"  {step}: {{by: {POSTS[step]}, date: 2026-11-20}}\n" for step in steps)
    text = f"sent: 2026-11-23 09:00\nevent: 暴雨\nheadline: {headline}\nexpires: 2026-11-24\n"
    office.write(ALERT, text + (f"review:\n{records}" if steps else ""))


def test_an_alert_goes_out_with_a_proven_final_approval_and_not_before(office: Office) -> None:
    def state() -> list[str]:
        return [d.rule for d in office.check(cache=True)]

    alert(office)
    office.sign("writer")
    assert state() == ["review-missing"]
    alert(office, "final")
    office.sign("writer")
    assert state() == ["review-missing", "review-proof"]
    office.git("reset", "-q", "--hard", "HEAD~1")
    alert(office, "final")
    office.sign("final")
    assert state() == ["review-emergency"]
    alert(office, "final", headline="改过的标题")
    office.sign("writer")
    assert "review-proof" in state()


def test_a_forge_lets_in_only_the_pushers_own_approval_of_an_alert(tmp_path: Path) -> None:
    office = Office(tmp_path, "forge")
    alert(office)
    office.commit("writer@x.example", when=WHEN)
    office.git("tag", "-f", "base")
    alert(office, "final")
    office.commit("final@x.example", when=WHEN)
    assert pushed(office, "final@x.example") == []
    assert "推送人 writer@x.example 不是岗位「终审岗」登记的账号" in pushed(office, "writer@x.example")[0]
    office.git("tag", "-f", "base")
    alert(office, "final", headline="改过的标题")
    office.commit("writer@x.example", when=WHEN)
    assert "终审之后又改了稿件" in pushed(office, "writer@x.example")[0]
