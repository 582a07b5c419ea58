"""File names that try to be something else to whoever reads git: a separator, a record, a header, an option.

The attack that this replays: git's log was parsed by control characters that a file name may hold, so a name forged a
commit's record, and an officer of one site changed the theme, the rights and other people's approvals.
"""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from jiyue.base.diagnostics import encodable
from jiyue.base.git import Git, GitError
from jiyue.checks.repository.commits import commit_findings
from jiyue.checks.repository.evidence import gather
from jiyue.checks.repository.path_names import name_problem
from tests.checks.test_evidence import PEOPLE, POSTS, Office
from tests.support.commands import jiyue

ZERO, ONE = "0" * 40, "1" * 40
FORGED = [
    f"\x01{ONE}\x02admin@x.example\x02admin@x.example\x02G\x02admin@x.example\x02",
    f"\n\x01{ONE}\x02admin@x.example\x02admin@x.example\x02G\x02admin@x.example\x02\n:000000 100644 {ZERO} {ONE} A",
    f"\x01{ONE}\x02G\x02SHA256:AAAA\x02SHA256:AAAA",
    f"{ONE}\n:100644 100644 {ZERO} {ONE} M",
    f":100644 100644 {ZERO} {ONE} R100",
    f"commit {ONE}",
    f"{ONE} blob 4\nabcd\n",
    "x\ncontent",
    "HEAD:sites",
    ":(top)sites",
    "-- output=x",
    "--stdin",
    '"quoted\\n"',
    "a\tb",
    "\x1b[2J\x1b]0;x\x07",
    "\r",
    "\x7f",
    "\u202egpj",
    "\u2028",
    "\\",
]
BYTES = [*range(1, 32), 34, 39, 92, 58, 10, 10, 1, 2, 127, 128, 0xC0, 0xED, 0xFF]


def names(count: int, seed: int = 7) -> list[str]:
    """Names of control characters, newlines, quotes, invalid UTF-8, and whole forged records; all different."""
    dice = random.Random(seed)
    made = dict.fromkeys(name.replace("/", "") for name in FORGED)
    while len(made) < count:
        raw = bytes(dice.choice(BYTES) for _ in range(dice.randint(1, 12)))
        text = raw.decode("utf-8", "surrogateescape") + dice.choice(["", *made])
        if len(text.encode("utf-8", "surrogateescape")) < 200:
            made[dice.choice(["", "n"]) + text] = None
    return list(made)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path, "signed")
    office.write("themes/gov/base.html", "<html>")
    office.write("sites/jilin.yaml", "name: 吉林\nkind: province\nurl: https://jl.example\n")
    office.write("sites/cc.yaml", (office.path / "sites/cc.yaml").read_text() + "superior: jilin\n")
    office.write("sites/cluster.yaml", "name: x\nroot: jilin\n")
    office.write("content/jilin/yw/a.md", "---\ntitle: 省里的\ndate: 2026-11-20\n---\n省里的正文。\n")
    office.write(".gitignore", "output\n.jiyue\nCODEOWNERS\n")
    office.commit("admin@x.example", when="2026-11-02T10:00:00+08:00")
    office.git("tag", "-f", "base")
    return office


def by_hand(office: Office, who: str, changes: dict[str, bytes]) -> str:
    """A signed commit of entries written directly into trees, with any names."""
    head = office.git("rev-parse", "HEAD")
    made = office.commit_tree("admin@x.example", {path: ("100644", data) for path, data in changes.items()}, head)
    tree = office.git("rev-parse", f"{made}^{{tree}}")
    sign = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={office.keys / who}")
    dates = {"GIT_AUTHOR_DATE": "2026-11-21T10:00:00+08:00", "GIT_COMMITTER_DATE": "2026-11-21T10:00:00+08:00"}
    command = ("commit-tree", "-S", tree, "-p", head, "-m", "made by hand")
    done = office.git(*office._as(f"{who}@x.example"), *sign, *command, env=dates)
    office.git("update-ref", "refs/heads/main", done)
    return done


def forged_article() -> bytes:
    """An article that says of itself that all posts have approved it."""
    records = "".join(f"  {step}: {{by: {POSTS[step]}, date: 2026-11-20}}\n" for step in PEOPLE[1:])
    return f"---\ntitle: 伪造\ndate: 2026-11-21 09:00\nreview:\n{records}---\n伪造的正文。\n".encode()


def attack(office: Office, portion: list[str]) -> None:
    """An officer of one site changes theme and rights, and writes a forged approval, under cover of file names."""
    office.git("reset", "-q", "--soft", "base")
    by_hand(
        office,
        "writer",
        {
            "themes/gov/base.html": b"<script>",
            "sites/rights.yaml": b"accounts: {writer@x.example: {role: admin}}\n",
            "content/cc/tzgg/forged.md": forged_article(),
            **{f"content/cc/tzgg/{name}": b"x" for name in portion},
        },
    )


def judged(office: Office, portion: list[str]) -> None:
    attack(office, portion)
    findings = commit_findings(office.path, "base", "HEAD", signed=True)
    refused = {d.path for d in findings if d.rule == "rights-protected"}
    assert {"themes/gov/base.html", "sites/rights.yaml"} <= refused, portion
    unsafe = [name for name in portion if name_problem(name)]
    assert len({d.path for d in findings if d.rule == "rights-name"}) >= len(unsafe) >= len(portion) - 6
    for d in findings:
        assert (d.path + d.message).isprintable()
    path = "content/cc/tzgg/forged.md"
    (office.path / path).parent.mkdir(parents=True, exist_ok=True)
    (office.path / path).write_text(office.git("show", f"HEAD:{path}") + "\n", encoding="utf-8")
    facts = gather(office.path, "content/cc", {path: ""})[path]
    assert facts.trouble == ""
    writer = {o.fingerprint for o in facts.origins[""]}
    assert all({o.fingerprint for o in origins} == writer for origins in facts.origins.values())


def test_no_name_forges_a_commit_or_a_signature(office: Office) -> None:
    every = names(200)
    assert len(every) == 200
    for start in range(0, 200, 50):
        judged(office, every[start : start + 50])


@pytest.mark.long
def test_no_name_alone_forges_a_commit_or_a_signature(office: Office) -> None:
    for name in names(200):
        judged(office, [name])


def test_every_command_stands_all_names(office: Office) -> None:
    office.approve()
    article = b"---\ntitle: x\ndate: 2026-11-20\n---\nx\n"
    by_hand(office, "writer", {f"content/cc/tzgg/{name}": article for name in names(200)})
    forged = {"content/cc/tzgg/forged.md": forged_article(), "content/cc/tzgg/b\x01\x02.md": b"x"}
    by_hand(office, "writer", {**forged, "themes/gov/base.html": b"<script>"})
    office.git("reset", "-q", "--hard", "main")
    shutil.rmtree(office.path / "themes")  # refused, so not what is built with
    assert len(list((office.path / "content/cc/tzgg").iterdir())) > 200
    today = ("--today", "2026-11-23")
    said = {
        "changed": run(office, "check", *today, "--changed", "base", "--signed", "--format", "json"),
        "actor": run(office, "check", *today, "--changed", "base", "--actor", "writer@x.example", "--format", "github"),
        "check": run(office, "check", *today, "--format", "json"),
        "staged": run(office, "check", *today, "--staged"),
        "build": run(office, "build", *today, "--jobs", "1", "--format", "json"),
        "review": run(office, "review", *today),
        "codeowners": run(office, "codeowners"),
        "publish": run(office, "publish", *today),
        "sites": run(office, "changed", "base"),
    }
    assert {name: code for name, (code, _) in said.items()} == {
        "changed": 1, "actor": 1, "check": 1, "staged": 0, "build": 1, "review": 0, "codeowners": 0, "publish": 1, "sites": 0,
    }  # fmt: skip
    assert ("rights-protected", "themes/gov/base.html") in {
        (d["rule"], d["path"]) for d in json.loads(said["changed"][1])
    }
    live = next(path for path in office.path.rglob("live") if (path / "cc").exists())
    assert "伪造" not in "".join(
        p.read_text() for place in (office.path / "output", live) for p in place.rglob("*.html")
    )
    assert "正文" in next((live / "cc/tzgg").glob("[!i]*.html")).read_text()
    assert "省里的正文" in next((office.path / "output/jilin/yw").glob("[!i]*.html")).read_text()
    assert "正文" in next((office.path / "output/cc/tzgg").glob("[!i]*.html")).read_text()


def run(office: Office, *args: str) -> tuple[int, str]:
    done = jiyue(*args, *([] if args[0] == "changed" else ["--root", str(office.path)]), cwd=office.path)
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    "raw",
    [
        "tree {tree}\nauthor A <admin@x.example> <cc@x.example> 1 +0000\ncommitter A <a@x.example> 1 +0000\n\nx\n",
        "tree {tree}\nauthor A a@x.example 1 +0000\ncommitter A <a@x.example> 1 +0000\n\nx\n",
        "tree {tree}\nauthor A <a@x.example> 1 +0000\ncommitter A <a@x.example> 1 +0000\ncommitter B <admin@x.example> 1 +0000\n\nx\n",
        "tree {tree}\ncommitter A <a@x.example> 1 +0000\nauthor A <a@x.example> 1 +0000\n\nx\n",
    ],
)
def test_a_commit_that_no_honest_git_writes_is_refused(office: Office, raw: str) -> None:
    tree, head = office.git("rev-parse", "HEAD^{tree}"), office.git("rev-parse", "HEAD")
    text = raw.format(tree=f"{tree}\nparent {head}").encode()
    made = office.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=text)
    office.git("update-ref", "refs/heads/main", made)
    assert [d.rule for d in commit_findings(office.path, "base", "HEAD")] == ["rights-unjudged"]


def test_an_answer_that_is_not_understood_is_a_finding(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    attack(office, [])
    honest, dice = Git._run, random.Random(11)

    def garbled(git: Git, *args: str, **how: Any) -> bytes:
        out = honest(git, *args, **how)
        at = dice.randrange(len(out) + 1)
        return dice.choice(
            [out[:at], out[:at] + out[at + 1 :], out[:at] + dice.choice([b"\0", b"\n", b":"]) + out[at:]]
        )

    monkeypatch.setattr(Git, "_run", garbled)
    seen = set()
    for _ in range(30):
        findings = {d.rule for d in commit_findings(office.path, "base", "HEAD", signed=True)}
        assert findings & {"rights-unjudged", "rights-protected", "rights-unknown-account"}
        seen |= findings
        facts = gather(office.path, "content/cc", {"content/cc/tzgg/forged.md": ""})["content/cc/tzgg/forged.md"]
        assert facts.trouble
    assert "rights-unjudged" in seen


def test_an_object_is_asked_for_by_its_id_alone(office: Office) -> None:
    with Git(office.path) as git:
        for name in ("HEAD", "HEAD:sites/cc.yaml", "x\n" + ONE, "", ONE[:39]):
            with pytest.raises(GitError):
                git.blob(name)


@pytest.mark.parametrize(
    "command",
    [
        ("check", "--format", "sarif"),
        ("check", "--changed", "base", "--format", "github"),
        ("build", "--jobs", "1", "--format", "json"),
        ("review",),
    ],
)
def test_odd_names_of_sites_columns_and_lists(office: Office, command: tuple[str, ...]) -> None:
    for number, raw in enumerate((b"x\ny", b"\x01", b"\xff\xfe", b"a b", "\u202e".encode())):
        name = raw.decode("utf-8", "surrogateescape")
        office.write(f"sites/{name}.yaml", f"name: 坏\nkind: county\nsuperior: jilin\nurl: https://x{number}.example\n")
        for path in (f"content/{name}/tzgg/a.md", f"content/jilin/{name}/a.md", f"sites/migrated/{name}.csv"):
            office.write(path, "---\ntitle: x\ndate: 2026-11-20\n---\nx\n")
    office.commit("admin@x.example", when="2026-11-20T10:00:00+08:00")
    code, said = run(office, *command)
    assert (code, bool(said)) == (0 if command == ("review",) else 1, True)


def test_what_utf8_can_t_hold_is_written_out() -> None:
    assert encodable("a\udcffé\ud800") == "a\\udcffé\\ud800"
    assert encodable("a\udcffé") == "a\\xffé"
    assert encodable("甲") == "甲"
