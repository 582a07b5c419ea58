"""A cluster in git with an editor's desk on it, two sites, writers and the holders of four posts."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from jiyue.editor.desk import Desk
from jiyue.editor.model import Conflict, Draft, Person, Saved
from tests.support.repo import Repo

NOW = "2026-11-23 10:00"
WHEN = "2026-11-01T10:00:00+08:00"
STEPS = ("first", "second", "final", "secrecy")
ROLES = {"writer": "信息联络员", "first": "初审", "second": "复审", "final": "终审", "secrecy": "保密审查"}
PEOPLE = {name: Person(f"{name}@x.example", name) for name in (*ROLES, "other", "twice", "former", "admin", "column")}
PATH = "content/cc/tzgg/a.md"
FREE = "content/cc/free/a.md"
HEAD = "---\ntitle: {title}\ndate: {date}\n---\n\n"


def article(body: str = "正文。\n", title: str = "通知", date: str = "2026-11-23 09:00") -> bytes:
    return (HEAD.format(title=title, date=date) + body).encode()


class Newsroom(Repo):
    """people: by a short name; `other` writes on another site, `twice` holds two posts, `former` held the final one."""

    def __init__(self, path: Path, proof: str = "forge", keys: bool = False) -> None:
        super().__init__(path / "cluster")
        self.keys = path
        self.write(".gitignore", ".jiyue/\n")
        self.write("sites/cluster.yaml", "name: x\nroot: cc\n")
        self.write("sites/profiles/strict.yaml", f"name: x\nextends: province\nreview_proof: {proof}\n")
        officers = "".join(
            f"  - {{post: {ROLES[name]}岗, unit: 办公室, role: {ROLES[name]}, account: {name}@x.example}}\n"
            for name in ROLES
        )
        officers += "  - {post: 初审二岗, unit: 办公室, role: 初审, account: twice@x.example}\n"
        officers += "  - {post: 复审二岗, unit: 办公室, role: 复审, account: twice@x.example}\n"
        officers += "  - {post: 终审旧岗, unit: 办公室, role: 终审, account: former@x.example, until: 2026-06-30}\n"
        site = "name: 长春\nkind: prefecture\nurl: https://cc.example\nprofile: strict\n"
        columns = "columns: [{path: free, name: 自由, owner: 办公室, review: none}]\n"
        self.write("sites/cc.yaml", f"{site}{columns}officers:\n{officers}")
        self.write("sites/jl.yaml", "name: 吉林\nkind: county\nsuperior: cc\nurl: https://jl.example\n")
        self.write("content/jl/tzgg/b.md", article("别处的。\n", "别处").decode())
        accounts = ["accounts:", "  admin@x.example: {role: admin}", "  other@x.example: {sites: [jl]}"]
        accounts.append("  column@x.example: {columns: [cc/free]}")
        for name in (*ROLES, "twice", "former"):
            own = f', keys: ["{self.key(name)}"]' if keys else ""
            accounts.append(f"  {name}@x.example: {{sites: [cc]{own}}}")
        self.write("sites/rights.yaml", "\n".join(accounts) + "\n")
        self.commit("admin@x.example", when=WHEN)

    def key(self, name: str) -> str:
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(self.keys / name)], check=True
        )
        return (self.keys / f"{name}.pub").read_text().strip()

    def desk(self, now: str = NOW, remote: str | None = None) -> Desk:
        return Desk(self.path, now=lambda: now, remote=remote)

    def at(self, path: str, rev: str = "main") -> str:
        return self.git("show", f"{rev}:{path}")

    def heads(self) -> dict[str, str]:
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)").split("\n")
        return dict(line.split(" ") for line in lines if line)


def copied(room: Newsroom, to: Path) -> Newsroom:
    """The same cluster in another folder."""
    shutil.copytree(room.path, to / "cluster")
    copy = object.__new__(Newsroom)
    copy.path, copy.keys = to / "cluster", room.keys
    return copy


def cloned(room: Newsroom, to: Path, bare: bool = False) -> Newsroom:
    """A clone, whose `origin` is this repository."""
    room.git("clone", "-q", *(["--bare"] if bare else []), str(room.path), str(to))
    copy = object.__new__(Newsroom)
    copy.path, copy.keys = to, room.keys
    return copy


def saved(
    desk: Desk, who: str, draft: Draft, data: bytes, files: Mapping[str, bytes | None] | None = None, base: str = ""
) -> Saved:
    """A save on top of what is there, or of base."""
    base = base or desk.text(PEOPLE[who], draft.path, draft.id).blob
    done = desk.save(PEOPLE[who], draft.id, base, data, files or {})
    assert isinstance(done, Saved), done
    return done


def clash(desk: Desk, who: str, draft: Draft, data: bytes, base: str) -> Conflict:
    done = desk.save(PEOPLE[who], draft.id, base, data)
    assert isinstance(done, Conflict), done
    return done


def submitted(desk: Desk, path: str = PATH, data: bytes | None = None) -> Draft:
    """A new article that waits for its first review."""
    one = desk.begin(PEOPLE["writer"], path, data or article())
    return desk.submit(PEOPLE["writer"], one.id, one.head)


def approved(desk: Desk, one: Draft, *steps: str) -> Draft:
    """After these steps (all by default), each by the holder of its post."""
    for step in steps or STEPS:
        one = desk.approve(PEOPLE[step], one.id, one.head, step)
    return one
