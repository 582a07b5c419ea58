"""Contracts: rights begin and end with them, whoever works under one can't prolong it, and what is wrong with them is told."""

from __future__ import annotations

import pytest

from jiyue.base import clock
from jiyue.build.registers import register_findings
from jiyue.catalogue.registers import read_register
from jiyue.checks.repository.commits import commit_findings
from jiyue.checks.repository.contract_ends import contract_ends
from jiyue.checks.repository.contracts import CONTRACTS, terms_of
from jiyue.checks.repository.rights import PolicyError, load_rights, parse_rights
from jiyue.editor.accounts.people import People
from jiyue.registry.load import load_registry
from tests.support.repo import Repo

POLICY = """\
accounts:
  admin@x.example: {role: admin}
  yunwei@x.example: {sites: [jilin], aliases: [YW]}
  jishu@x.example: {sites: [jilin]}
  guoqi@x.example: {sites: [jilin], until: 2026-11-27}
"""
HEAD = "number,unit,contractor,service,since,until,accounts,rights,secrecy\n"
OVER = "1,办公室,甲公司,运维,2026-01-01,2026-11-27,yw、jishu@x.example,发布,2026-01-01\n"
LONGER = "2,办公室,甲公司,技术,2026-11-01,2026-12-31,jishu@x.example,发布,\n"
YESTERDAY, TODAY = "2026-11-27", "2026-11-28"


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A contract ended yesterday; of one of its two accounts another contract goes on. `base`, then a commit by each account."""
    made = Repo(tmp_path_factory.mktemp("contracts") / "cluster")
    made.write("sites/rights.yaml", POLICY)
    made.write("sites/cluster.yaml", "name: x\nroot: jilin\n")
    made.write("sites/jilin.yaml", "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n")
    made.write("sites/registers/contracts.csv", HEAD + OVER + LONGER)
    made.write("content/jilin/tzgg/a.md")
    made.commit("admin@x.example", when="2026-11-01T09:00:00+08:00")
    made.git("tag", "base")
    return made


@pytest.mark.parametrize(
    ("who", "day", "allowed"),
    [
        ("yunwei@x.example", YESTERDAY, True),
        ("yunwei@x.example", TODAY, False),
        ("YW", TODAY, False),
        ("jishu@x.example", TODAY, True),
        ("jishu@x.example", "2027-01-01", False),
        ("guoqi@x.example", YESTERDAY, True),
        ("guoqi@x.example", TODAY, False),
        ("admin@x.example", "2027-01-01", True),
    ],
)
def test_rights_end_with_the_contract(repo: Repo, who: str, day: str, allowed: bool) -> None:
    repo.git("checkout", "-q", "--detach", "base")
    repo.write("content/jilin/tzgg/a.md", "新的正文\n")
    repo.commit(who, when=f"{day}T10:00:00+08:00")
    expected = [] if allowed else ["rights-ended"]
    for found in (
        commit_findings(repo.path, "base", "HEAD", who, day=day),  # the push's day
        commit_findings(repo.path, "base", "HEAD"),  # the commit's
    ):
        assert [one.rule for one in found] == expected, found
    assert not allowed or not commit_findings(repo.path, "base", "HEAD", "admin@x.example", day="2028-01-01")


def test_a_signature_counts_while_the_contract_ran() -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
    rights = parse_rights({"accounts": {"yw": {"sites": ["jilin"], "keys": [key]}}}, ["jilin"])
    rights = rights.under({"sites/registers/contracts.csv": (HEAD + OVER).encode()})
    account = rights.of("yw")
    assert account and rights.of("yw", TODAY) is None and rights.by_fingerprint(account.keys[0].fingerprint) is account
    for day, counts in ((YESTERDAY, True), (TODAY, False)):
        at = int(clock.aware(f"{day} 23:59").timestamp())
        assert account.key_is_valid(account.keys[0].fingerprint, at) is counts


def test_the_editor_opens_for_nobody_whose_contract_is_over(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.git("checkout", "-q", "--detach", "base")
    people = People(repo.path)
    for day, there in ((YESTERDAY, True), (TODAY, False)):
        monkeypatch.setattr("jiyue.base.clock.now", lambda day=day: f"{day} 09:00")
        assert bool(people.find("yunwei@x.example")) is there
        assert people.find("jishu@x.example")


@pytest.mark.parametrize("path", ["sites/registers/contracts.csv", "sites/registers/jilin/contracts.csv"])
def test_whoever_works_under_a_contract_can_not_prolong_it(repo: Repo, path: str) -> None:
    repo.git("checkout", "-q", "--detach", "base")
    repo.write(path, HEAD + OVER.replace("2026-11-27", "2027-11-27").replace("1,", "9,"))
    repo.commit("yunwei@x.example")
    found = commit_findings(repo.path, "base", "HEAD", "yunwei@x.example", day=YESTERDAY)
    assert [(one.rule, one.path) for one in found] == [("rights-protected", path)]


@pytest.mark.parametrize(
    "table",
    [
        HEAD + OVER.replace("2026-11-27", "2026-11-37"),
        HEAD.replace("until", "untill") + OVER,
        HEAD + '1,"办公室\n' + OVER,
    ],
)
def test_an_account_in_a_row_that_can_not_be_read_has_no_rights(table: str) -> None:
    terms = terms_of(
        {"sites/registers/contracts.csv": table.encode()}, {"yw": "a", "jishu@x.example": "b", "other": "c"}
    )
    assert terms.keys() == {"a", "b"}
    assert all(since > until for terms_of_one in terms.values() for since, until in terms_of_one)
    good = (
        terms_of({"contracts.csv": (table + LONGER).encode()}, {"jishu@x.example": "b"})
        if "untill" not in table
        else {}
    )
    assert not good or ("2026-11-01", "2026-12-31") in good["b"]


def test_check_tells_what_is_wrong_with_contracts(repo: Repo) -> None:
    repo.git("checkout", "-q", "--detach", "base")
    registry = load_registry(repo.path)
    repo.write(
        "sites/registers/contracts.csv",
        HEAD + OVER + LONGER + "3,办公室,乙公司,内容,2026-01-01,2026-12-05,nobody,,2026-01-01\n",
    )
    try:
        found = register_findings(repo.path, registry, f"{TODAY} 09:00")
        rows, _ = read_register(repo.path, CONTRACTS, ["jilin"])
    finally:
        repo.git("checkout", "-q", ".")
    assert [(one.rule, one.line, one.message) for one in found] == [
        ("contract-over", 2, "合同 1 已于 2026-11-27 到期，账号 yw 还在"),
        ("contract-secrecy", 3, "合同 2（甲公司）没有保密责任书"),
        ("contract-account", 4, "合同 3 的账号 nobody 没有登记"),
    ]
    assert register_findings(repo.path, registry, f"{YESTERDAY} 09:00")[0].rule == "contract-secrecy"
    ends = contract_ends(rows, TODAY, load_rights(repo.path, ()))
    assert [(one.number, str(one.until)) for one in ends] == [
        ("1", "2026-11-27"),
        ("2", "2026-12-31"),
        ("3", "2026-12-05"),
    ]


def test_days_of_an_account_are_days() -> None:
    with pytest.raises(PolicyError, match="since、until 写成日期"):
        parse_rights({"accounts": {"a": {"until": "明天"}}}, [])


@pytest.mark.parametrize(
    "data",
    [
        (HEAD + OVER).encode() + "3,乙\n".encode("gbk"),
        (HEAD + OVER).encode("utf-16"),
        (HEAD + OVER + '4,"x\n').encode(),
    ],
    ids=["bytes of another encoding", "UTF-16", "an open quote"],
)
def test_a_register_that_can_not_be_read_gives_no_rights_back(data: bytes) -> None:
    names = {"yw": "yunwei@x.example", "jishu@x.example": "jishu@x.example", "w": "w"}
    terms = terms_of({"sites/registers/contracts.csv": data}, names)
    assert all(until < TODAY for _, until in terms["yunwei@x.example"])
    assert "w" not in terms  # whole words


def test_a_signed_commit_is_judged_by_the_day_of_the_push(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a contractor would date it back, from an old enough commit."""
    repo.git("checkout", "-q", "--detach", "base")
    repo.write("content/jilin/tzgg/a.md", "倒签的正文\n")
    repo.commit("yunwei@x.example", when=f"{YESTERDAY}T10:00:00+08:00")
    monkeypatch.setattr(
        "jiyue.checks.repository.commits.signers_of",
        lambda git, rights, commits, head: {commit.id: "yunwei@x.example" for commit in commits},
    )
    for day, rules in ((YESTERDAY, []), (TODAY, ["rights-ended"])):
        assert [one.rule for one in commit_findings(repo.path, "base", "HEAD", signed=True, day=day)] == rules
