"""Attacks on the rights by path, on real repositories, and legitimate work, which must pass."""

from __future__ import annotations

import subprocess
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from jiyue.checks.repository.commits import RULES, commit_findings
from jiyue.checks.repository.path_names import name_problem
from jiyue.checks.repository.rights import PolicyError, codeowners, parse_rights
from tests.support.repo import Repo

POLICY = """\
accounts:
  admin@x.example: {role: admin}
  cc@x.example: {sites: [changchun], aliases: [cc-office]}
  tz@x.example: {columns: [changchun/tzgg]}
  both@x.example: {sites: [changchun, jilin]}
  former@x.example: {sites: [changchun], until: 2020-01-01}
"""
ME = "cc@x.example"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Two sites, and commit `base` on main; the test goes on from there."""
    made = Repo(tmp_path / "cluster")
    made.write("sites/rights.yaml", POLICY)
    made.write("sites/cluster.yaml", "name: x\nroot: jilin\n")
    for site in ("changchun", "jilin"):
        made.write(f"sites/{site}.yaml", "name: x\n")
        made.write(f"content/{site}/tzgg/a.md")
        made.write(f"content/{site}/yw/b.md", "另一篇正文，够长，可以看出改名。\n" * 5)
    made.write("themes/gov/base.html", "<html>")
    made.commit("admin@x.example")
    made.git("tag", "base")
    return made


def rules(repo: Repo, actor: str = ME, **how: bool) -> set[str]:
    return {finding.rule for finding in commit_findings(repo.path, "base", "HEAD", actor, **how)}


# Honest work


@pytest.mark.parametrize("actor", [ME, "CC@x.example", "cc-office", "", "both@x.example", "admin@x.example"])
def test_own_site_may_be_changed(repo: Repo, actor: str) -> None:
    repo.write("content/changchun/tzgg/a.md", "新")
    repo.write("content/changchun/tzgg/20261120-关于公示的通知（第2号）.md", "新")
    repo.write("sites/alerts/changchun-20261123-01.yaml", "新")
    "/sites/migrated/changchun.*yaml cc@x.example\n"
    (repo.path / "content/changchun/yw/b.md").rename(repo.path / "content/changchun/tzgg/b.md")
    repo.commit(ME)
    assert rules(repo, actor) == set()


def test_a_single_column_may_be_changed(repo: Repo) -> None:
    repo.write("content/changchun/tzgg/2026/c.md")
    repo.commit("tz@x.example")
    assert rules(repo, "tz@x.example") == set()


def test_moves_between_own_sites_pass(repo: Repo) -> None:
    repo.git("mv", "content/changchun/yw/b.md", "content/jilin/yw/c.md")
    repo.commit("both@x.example")
    assert rules(repo, "both@x.example") == set()


def test_admins_change_everything(repo: Repo) -> None:
    repo.write("themes/gov/base.html", "x")
    repo.write("sites/rights.yaml", POLICY + "  new@x.example: {sites: [jilin]}\n")
    repo.write("sites/baicheng.yaml", "name: y\n")
    repo.write("content/baicheng/a/b.md")
    repo.commit("admin@x.example")
    assert rules(repo, "admin@x.example") == set()


def test_nothing_changed_is_nothing_wrong(repo: Repo) -> None:
    assert rules(repo) == set()


def test_others_work_merged_into_a_branch_is_not_the_brancher_s(repo: Repo) -> None:
    repo.git("checkout", "-qb", "mine")
    repo.write("content/changchun/tzgg/c.md")
    repo.commit(ME)
    repo.git("checkout", "-q", "main")
    repo.write("content/jilin/tzgg/c.md")
    repo.commit("admin@x.example")
    repo.git("tag", "-f", "base")
    repo.git("checkout", "-q", "mine")
    repo.git("-c", f"user.email={ME}", "-c", "user.name=x", "merge", "-q", "--no-edit", "main")
    assert rules(repo) == set()


# Attacks


@dataclass(frozen=True)
class Attack:
    """What is done to the repository after base, and the rule that has to stop it."""

    rule: str
    do: Callable[[Repo], object]
    actor: str = ME


def wrote(*paths: str, who: str = ME) -> Callable[[Repo], object]:
    def do(repo: Repo) -> None:
        for path in paths:
            repo.write(path, "改动\n")
        repo.commit(who)

    return do


def by_hand(path: str, mode: str = "100644", content: bytes = b"x", who: str = ME) -> Callable[[Repo], object]:
    """An entry written directly into the tree, as a modified git client can push it."""
    return lambda repo: repo.git(
        "update-ref", "refs/heads/main", repo.commit_tree(who, {path: (mode, content)}, "HEAD")
    )


def moved(old: str, new: str, who: str = ME) -> Callable[[Repo], object]:
    def do(repo: Repo) -> None:
        (repo.path / new).parent.mkdir(parents=True, exist_ok=True)
        repo.git("mv", old, new)
        repo.commit(who)

    return do


def deleted(path: str) -> Callable[[Repo], object]:
    def do(repo: Repo) -> None:
        repo.git("rm", "-q", path)
        repo.commit(ME)

    return do


def and_undone(repo: Repo) -> None:
    """Another site's article changed and put back: the final state is innocent, the history is not."""
    repo.write("content/jilin/tzgg/a.md", "泄露\n")
    repo.commit(ME)
    repo.write("content/jilin/tzgg/a.md")
    repo.commit(ME)


def granted_first(repo: Repo) -> None:
    repo.write("sites/rights.yaml", POLICY.replace("[changchun]", "[changchun, jilin]"))
    repo.commit(ME)
    wrote("content/jilin/tzgg/a.md")(repo)


def evil_merge(repo: Repo) -> None:
    """A merge of two innocent branches that itself changes another site."""
    repo.git("checkout", "-qb", "side")
    wrote("content/changchun/tzgg/s.md")(repo)
    repo.git("checkout", "-q", "main")
    wrote("content/changchun/tzgg/m.md")(repo)
    repo.git("-c", f"user.email={ME}", "-c", "user.name=x", "merge", "-q", "--no-commit", "--no-ff", "side")
    wrote("content/jilin/tzgg/a.md")(repo)


def reverting_merge(repo: Repo) -> None:
    """A merge that takes the branch's old side of another site, so undoing what its owner has published since."""
    repo.git("checkout", "-qb", "mine")
    wrote("content/changchun/tzgg/c.md")(repo)
    repo.git("checkout", "-q", "main")
    wrote("content/jilin/tzgg/a.md", who="admin@x.example")(repo)
    repo.git("tag", "-f", "base")
    repo.git("checkout", "-q", "mine")
    repo.git("-c", f"user.email={ME}", "-c", "user.name=x", "merge", "-q", "--no-edit", "-s", "ours", "main")


def orphan(repo: Repo) -> None:
    repo.git("checkout", "-q", "--orphan", "fresh")
    wrote("content/changchun/tzgg/c.md")(repo)


def replaced(repo: Repo) -> None:
    """A replacement object shows the judge an innocent commit in place of the guilty one."""
    guilty = wrote("content/jilin/tzgg/a.md")
    guilty(repo)
    bad = repo.git("rev-parse", "HEAD")
    good = repo.commit_tree(ME, {"content/changchun/tzgg/z.md": ("100644", b"x")}, "base")
    repo.git("replace", bad, good)


def hidden_by_attributes(repo: Repo) -> None:
    wrote(".gitattributes", "content/jilin/tzgg/a.md")(repo)


def forged_author(repo: Repo) -> None:
    repo.write("content/jilin/tzgg/a.md", "x")
    repo.git("add", "-A")
    repo.git(
        "-c", f"user.email={ME}", "-c", "user.name=x", "commit", "-q", "-m", "x", "--author", "A <admin@x.example>"
    )


def mailmapped(repo: Repo) -> None:
    wrote(".mailmap", who="stranger@x.example")(repo)
    (repo.path / ".mailmap").write_text("Admin <admin@x.example> <stranger@x.example>\n")
    repo.commit("stranger@x.example")


def newline_in_address(repo: Repo) -> None:
    repo.write("content/jilin/tzgg/a.md", "x")
    repo.commit("cc@x.example admin@x.example")


NFD = unicodedata.normalize("NFD", "content/changchun/tzgg/café.md")
ATTACKS: dict[str, Attack] = {
    "another site's article": Attack("rights-outside", wrote("content/jilin/tzgg/a.md")),
    "a new file in another site": Attack("rights-outside", wrote("content/jilin/tzgg/new.md")),
    "another site's alert": Attack("rights-outside", wrote("sites/alerts/jilin-20261123-01.yaml")),
    "an alert by another name": Attack("rights-protected", wrote("sites/alerts/changchun.yaml")),
    "one of ours, one of theirs": Attack(
        "rights-outside", wrote("content/changchun/tzgg/a.md", "content/jilin/yw/b.md")
    ),
    "another site's article deleted": Attack("rights-outside", deleted("content/jilin/tzgg/a.md")),
    "changed and put back": Attack("rights-outside", and_undone),
    "a rename out of another site": Attack(
        "rights-outside", moved("content/jilin/yw/b.md", "content/changchun/yw/stolen.md")
    ),
    "a rename into another site": Attack(
        "rights-outside", moved("content/changchun/yw/b.md", "content/jilin/yw/planted.md")
    ),
    "another column of the same site": Attack("rights-outside", wrote("content/changchun/yw/b.md"), "tz@x.example"),
    "a column whose name begins alike": Attack("rights-outside", wrote("content/changchun/tzgg2/b.md"), "tz@x.example"),
    "the column itself as a file": Attack("rights-outside", wrote("content/changchun/tz.md"), "tz@x.example"),
    "a file beside the sites": Attack("rights-outside", wrote("content/readme.md")),
    "a site whose name begins alike": Attack("rights-outside", wrote("content/changchun2/tzgg/a.md")),
    "the rights": Attack("rights-protected", wrote("sites/rights.yaml")),
    "the rights, then their use": Attack("rights-outside", granted_first),
    "the waivers": Attack("rights-protected", wrote("sites/waivers.yaml")),
    "the own site's registration": Attack("rights-protected", wrote("sites/changchun.yaml")),
    "the theme": Attack("rights-protected", wrote("themes/gov/base.html")),
    "the pipeline": Attack("rights-protected", wrote(".github/workflows/ci.yml")),
    "the owners' file": Attack("rights-protected", wrote("CODEOWNERS")),
    "the hooks' settings": Attack("rights-protected", wrote(".pre-commit-config.yaml")),
    "a Makefile": Attack("rights-protected", wrote("Makefile")),
    "attributes that hide a diff": Attack("rights-outside", hidden_by_attributes),
    "attributes within the own site": Attack("rights-name", wrote("content/changchun/.gitattributes")),
    "a symbolic link": Attack(
        "rights-link", by_hand("content/changchun/tzgg/a.md", "120000", b"../../jilin/tzgg/a.md")
    ),
    "a symbolic link in place of a folder": Attack("rights-link", by_hand("content/changchun/link", "120000", b"/etc")),
    "a link by an admin": Attack(
        "rights-link", by_hand("content/changchun/link", "120000", b"/etc"), "admin@x.example"
    ),
    "a submodule": Attack("rights-link", by_hand("content/changchun/sub", "160000", b"1" * 40)),
    "the list of submodules": Attack("rights-protected", wrote(".gitmodules")),
    "an executable article": Attack("rights-mode", by_hand("content/changchun/tzgg/a.md", "100755", b"x")),
    "a way up": Attack("rights-name", by_hand("content/changchun/../jilin/tzgg/a.md")),
    "a way up, by an admin": Attack("rights-name", by_hand("content/changchun/../jilin/a.md"), "admin@x.example"),
    "the folder of git": Attack("rights-name", by_hand("content/changchun/.GIT/hooks/x")),
    "a backslash": Attack("rights-name", by_hand("content/changchun/..\\jilin\\a.md")),
    "another case of the site": Attack("rights-name", by_hand("content/Jilin/tzgg/a.md")),
    "another case of the own file": Attack("rights-name", by_hand("content/changchun/tzgg/A.md")),
    "another case of the content folder": Attack("rights-protected", by_hand("Content/changchun/tzgg/x.md")),
    "full-width letters": Attack("rights-name", by_hand("content/ｊilin/tzgg/a.md")),
    "letters of another script": Attack("rights-outside", by_hand("content/jіlin/tzgg/a.md")),
    "letters taken apart": Attack("rights-name", by_hand(NFD)),
    "an invisible letter": Attack("rights-name", by_hand("content/changchun/tzgg/a\u200b.md")),
    "a name that reads backwards": Attack("rights-name", by_hand("content/changchun/tzgg/a\u202egpj.md")),
    "bytes that are no UTF-8": Attack("rights-name", by_hand("content/changchun/tzgg/\udcff.md")),
    "a new line in a name": Attack("rights-name", by_hand("content/changchun/tzgg/a\nb.md")),
    "a device of Windows": Attack("rights-name", by_hand("content/changchun/tzgg/aux.md")),
    "a dot at the end": Attack("rights-name", by_hand("content/changchun./tzgg/a.md")),
    "an unknown account": Attack("rights-unknown-account", wrote("content/changchun/tzgg/a.md"), "stranger@x.example"),
    "an unknown committer": Attack(
        "rights-unknown-account", wrote("content/changchun/tzgg/a.md", who="stranger@x.example"), ""
    ),
    "an account whose time is over": Attack(
        "rights-ended", wrote("content/changchun/tzgg/a.md", who="former@x.example"), "former@x.example"
    ),
    "an empty address": Attack("rights-unknown-account", wrote("content/changchun/tzgg/a.md", who=""), ""),
    "an account named like another": Attack(
        "rights-unknown-account", wrote("content/changchun/a/b.md"), "cc@x.example.evil"
    ),
    "a forged author": Attack("rights-outside", forged_author, ""),
    "a map of addresses": Attack("rights-unknown-account", mailmapped, ""),
    "two addresses in one": Attack("rights-unknown-account", newline_in_address, ""),
    "a merge that changes more": Attack("rights-outside", evil_merge),
    "a merge that takes back": Attack("rights-outside", reverting_merge),
    "a history of its own": Attack("rights-unjudged", orphan),
    "a replacement object": Attack("rights-outside", replaced),
}


@pytest.mark.parametrize("attack", [pytest.param(attack, id=name) for name, attack in ATTACKS.items()])
def test_attack(repo: Repo, attack: Attack) -> None:
    attack.do(repo)
    findings = commit_findings(repo.path, "base", "HEAD", attack.actor, day="2026-11-23")
    assert attack.rule in {d.rule for d in findings}
    for d in findings:
        str(d).encode()  # can be printed, whatever the path


def test_every_rule_of_rights_has_an_attack() -> None:
    assert {attack.rule for attack in ATTACKS.values()} == {rule.id for rule in RULES}


@pytest.mark.parametrize("base", ["", "0" * 40, "nowhere", "--output=x", "f" * 40])
def test_a_base_that_is_none_stops(repo: Repo, base: str) -> None:
    wrote("content/changchun/tzgg/a.md")(repo)
    assert [d.rule for d in commit_findings(repo.path, base, "HEAD", ME)] == ["rights-unjudged"]


def test_a_shallow_clone_stops(repo: Repo, tmp_path: Path) -> None:
    wrote("content/changchun/tzgg/a.md")(repo)
    base = repo.git("rev-parse", "base")
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{repo.path}", str(tmp_path / "shallow")], check=True)
    assert [d.rule for d in commit_findings(tmp_path / "shallow", base, "HEAD", ME)] == ["rights-unjudged"]


@pytest.mark.parametrize(
    "policy",
    [
        "accounts: [",
        "accounts: {a: {role: king}}",
        "accounts: {a: {site: [x]}}",
        "- a",
        "accounts: {a: {sites: x}}",
        "a: &a [1]\nb: *a\n",
        'accounts: {"a\\n* @x": {}}',
        'accounts: {a: {columns: ["changchun/x\\n* @x"]}}',
        'accounts: {a: {aliases: ["\\u202e"]}}',
    ],
)
def test_rights_that_can_t_be_read_stop(repo: Repo, policy: str) -> None:
    repo.write("sites/rights.yaml", policy)
    repo.commit("admin@x.example")
    repo.git("tag", "-f", "base")
    wrote("content/changchun/tzgg/a.md")(repo)
    assert [d.rule for d in commit_findings(repo.path, "base", "HEAD", ME)] == ["rights-unjudged"]


def test_no_rights_file_stops(repo: Repo) -> None:
    repo.git("rm", "-q", "sites/rights.yaml")
    repo.commit("admin@x.example")
    repo.git("tag", "-f", "base")
    assert [d.rule for d in commit_findings(repo.path, "base", "HEAD", "admin@x.example")] == ["rights-unjudged"]


def test_a_link_in_place_of_the_rights_stops(repo: Repo) -> None:
    by_hand("sites/rights.yaml", "120000", b"/tmp/mine.yaml", "admin@x.example")(repo)
    repo.git("tag", "-f", "base", "HEAD")
    assert [d.rule for d in commit_findings(repo.path, "base", "HEAD", ME)] == ["rights-unjudged"]


def test_a_finding_tells_who_what_and_where(repo: Repo) -> None:
    wrote("content/jilin/tzgg/a.md")(repo)
    (finding,) = commit_findings(repo.path, "base", "HEAD", ME)
    commit = repo.git("rev-parse", "HEAD")[:10]
    assert (finding.path, finding.site) == ("content/jilin/tzgg/a.md", "jilin")
    assert finding.message == f"cc@x.example 不负责这里（提交 {commit}）"


# Signed commits


def key(folder: Path, name: str) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)], check=True)
    return folder / name


def signed(file: Path) -> tuple[str, ...]:
    return ("-c", "gpg.format=ssh", "-c", f"user.signingkey={file}", "-c", "commit.gpgsign=true")


def test_signatures_say_who_it_was(repo: Repo, tmp_path: Path) -> None:
    mine, other = key(tmp_path, "mine"), key(tmp_path, "other")
    public = mine.with_suffix(".pub").read_text().strip()
    repo.write("sites/rights.yaml", POLICY.replace("aliases: [cc-office]", f'keys: ["{public}"]'))
    repo.commit("admin@x.example")
    repo.git("tag", "-f", "base")
    repo.write("content/changchun/tzgg/a.md", "1")
    repo.commit("whoever@x.example", extra=signed(mine))
    assert rules(repo, "", signed=True) == set()
    repo.write("content/changchun/tzgg/a.md", "2")
    repo.commit(ME, extra=signed(other))
    assert rules(repo, "", signed=True) == {"rights-unknown-account"}
    repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.write("content/changchun/tzgg/a.md", "3")
    repo.commit("admin@x.example")
    assert rules(repo, "", signed=True) == {"rights-unknown-account"}


class Signers:
    """Keys of two officers and an admin, registered at base; commits signed with them."""

    def __init__(self, repo: Repo, folder: Path, until: str = "") -> None:
        self.repo = repo
        self.keys = {name: key(folder, name) for name in ("cc", "jl", "admin")}
        lines = ["accounts:"]
        for name, more in (("cc", "sites: [changchun]"), ("jl", "sites: [jilin]"), ("admin", "role: admin")):
            public = self.keys[name].with_suffix(".pub").read_text().strip()
            entry = f'{{key: "{public}", until: {until}}}' if until and name == "cc" else f'"{public}"'
            lines.append(f"  {name}@x.example: {{{more}, keys: [{entry}]}}")
        repo.write("sites/rights.yaml", "\n".join(lines) + "\n")
        repo.commit("admin@x.example", when="2031-05-01T10:00:00+08:00")
        repo.git("tag", "-f", "base")

    def commit(self, who: str, *paths: str, when: str = "2031-05-02T10:00:00+08:00") -> None:
        for path in paths:
            self.repo.write(path, f"{who} {path}\n")
        self.repo.commit(f"{who}@x.example", when=when, extra=signed(self.keys[who]))

    def merge(self, who: str, branch: str, *how: str) -> None:
        sign = signed(self.keys[who])
        self.repo.git(*self.repo._as(f"{who}@x.example"), *sign, "merge", "-q", "--no-ff", "--no-edit", *how, branch)


@pytest.fixture
def signers(repo: Repo, tmp_path: Path) -> Signers:
    return Signers(repo, tmp_path)


def test_who_brings_in_another_s_unmerged_commit_answers_for_it(repo: Repo, signers: Signers) -> None:
    repo.git("checkout", "-qb", "theirs")
    signers.commit("jl", "content/jilin/tzgg/a.md")
    assert rules(repo, "", signed=True) == set()
    signers.commit("cc", "content/changchun/tzgg/a.md")  # on top of it
    assert rules(repo, "", signed=True) == {"rights-outside"}
    repo.git("checkout", "-qB", "main", "base")
    signers.commit("cc", "content/changchun/tzgg/a.md")
    signers.merge("cc", "theirs~1")
    assert rules(repo, "", signed=True) == {"rights-outside"}
    repo.git("checkout", "-q", "--detach", "theirs~1")
    assert rules(repo, "cc@x.example", signed=True) == {"rights-outside"}  # pushed as it is
    assert rules(repo, "jl@x.example", signed=True) == set()
    assert rules(repo, "admin@x.example", signed=True) == set()


def test_merging_needs_the_mergers_right_beside_the_authors(repo: Repo, signers: Signers) -> None:
    repo.git("checkout", "-qb", "theirs")
    signers.commit("jl", "content/jilin/tzgg/a.md")
    repo.git("checkout", "-q", "main")
    signers.commit("admin", "themes/gov/base.html")
    signers.merge("admin", "theirs")
    assert rules(repo, "", signed=True) == set()
    repo.git("checkout", "-qB", "theirs", "base")
    signers.commit("jl", "content/changchun/tzgg/a.md")  # not theirs
    repo.git("checkout", "-qB", "main", "base")
    signers.merge("admin", "theirs")
    assert rules(repo, "", signed=True) == {"rights-outside"}
    repo.git("reset", "-q", "--hard", "base")
    repo.git(*repo._as("admin@x.example"), "merge", "-q", "--no-ff", "--no-edit", "theirs")
    assert "rights-unknown-account" in rules(repo, "", signed=True)  # a merge that no one signed


def test_bringing_back_what_another_deleted_is_a_change(repo: Repo, signers: Signers) -> None:
    repo.git("checkout", "-qb", "old")
    signers.commit("jl", "content/jilin/tzgg/a.md")
    repo.git("checkout", "-q", "main")
    repo.git("rm", "-q", "content/jilin/tzgg/a.md")
    signers.commit("jl", "content/jilin/tzgg/other.md")
    repo.git("tag", "-f", "base")
    repo.git(*repo._as("cc@x.example"), "checkout", "-q", "-B", "back")
    repo.git(*repo._as("cc@x.example"), "merge", "-q", "-s", "ours", "--no-commit", "old")
    repo.write("content/jilin/tzgg/a.md", "jl content/jilin/tzgg/a.md\n")
    signers.commit("cc")
    assert repo.git("show", "HEAD:content/jilin/tzgg/a.md") == repo.git("show", "old:content/jilin/tzgg/a.md")
    assert rules(repo, "", signed=True) == {"rights-outside"}


def test_an_ended_key_can_t_date_itself_back_past_what_it_stands_on(repo: Repo, tmp_path: Path) -> None:
    signers = Signers(repo, tmp_path, until="2031-04-10")
    signers.commit("cc", "content/changchun/tzgg/a.md", when="2031-04-09T10:00:00+08:00")
    assert rules(repo, "", signed=True) == {"rights-unknown-account"}


def test_a_key_counts_to_its_last_day(repo: Repo, tmp_path: Path) -> None:
    signers = Signers(repo, tmp_path, until="2031-05-21")
    signers.commit("cc", "content/changchun/tzgg/a.md", when="2031-05-21T23:59:00+08:00")
    assert rules(repo, "", signed=True) == set()
    signers.commit("cc", "content/changchun/tzgg/b.md", when="2031-05-22T00:01:00+08:00")
    assert rules(repo, "", signed=True) == {"rights-unknown-account"}


def test_what_a_registration_shows_on_every_page_is_an_admin_s(repo: Repo) -> None:
    repo.write("content/changchun/images/logo.png", "x")
    repo.commit(ME)
    assert commit_findings(repo.path, "base", "HEAD", ME) == []
    logo: dict[str, list[str]] = {"content/changchun/images/logo.png": []}
    assert [d.rule for d in commit_findings(repo.path, "base", "HEAD", ME, reserved=logo)] == ["rights-protected"]
    assert commit_findings(repo.path, "base", "HEAD", "admin@x.example", reserved=logo) == []
    ledger = {
        "content/changchun/images/logo.png": ["admin@x.example"]
    }  # as the ledger of decisions, of the final approver
    found = commit_findings(repo.path, "base", "HEAD", ME, reserved=ledger)
    assert [d.message.partition("（")[0] for d in found] == [f"{ME} 不能改动采用台账"]
    assert (
        commit_findings(repo.path, "base", "HEAD", ME, reserved={**ledger, "content/changchun/images/logo.png": [ME]})
        == []
    )


# The parts


@dataclass(frozen=True)
class FakeColumn:
    path: str


@dataclass(frozen=True)
class FakeSite:
    id: str
    columns: tuple[FakeColumn, ...] = ()


def test_codeowners_says_the_same() -> None:
    policy = {
        "accounts": {
            "boss": {"role": "admin"},
            "cc@x.example": {"sites": ["changchun"]},
            "tz": {"columns": ["changchun/通知 公告"]},
        }
    }
    rights = parse_rights(policy, ["changchun", "jilin"])
    assert codeowners(rights, [FakeSite("jilin"), FakeSite("changchun", (FakeColumn("yw"),))]) == (
        "# Made by `jiyue` from sites/rights.yaml. Edit that.\n"
        "* @boss\n"
        "/content/changchun/ cc@x.example\n"
        "/content/changchun/通知\\ 公告/ @tz cc@x.example\n"
        "/sites/alerts/changchun-????????-??*.yaml cc@x.example\n"
        "/sites/migrated/changchun.*yaml cc@x.example\n"
        "/sites/registers/changchun/ cc@x.example\n"
        "/sites/registers/changchun/contracts.* @boss\n"
        "/content/jilin/ @boss\n"
    )


def test_a_name_of_two_accounts_is_refused() -> None:
    with pytest.raises(PolicyError, match="名字 b 属于两个账号"):
        parse_rights({"accounts": {"a": {"aliases": ["B"]}, "b": {}}}, [])


@pytest.mark.parametrize(
    "path",
    ["content/changchun/tzgg/20261120-notice.md", "content/cc/附件 1（定稿）.docx", "a/…….md", "content/x/.well"],
)
def test_ordinary_names_pass(path: str) -> None:
    assert name_problem(path) == ""
