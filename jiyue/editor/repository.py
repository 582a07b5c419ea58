"""The git repository of a cluster, as the editor writes it: by objects and refs alone, never through a working tree.

A change is a commit made of objects, then one ref transaction that names the old values: it happens whole or not at all.
"""

from __future__ import annotations

import fcntl
import hmac
import os
import re
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from jiyue.base import clock
from jiyue.base.git import GitError
from jiyue.base.patterns import pattern
from jiyue.editor.model import Person, Refused
from jiyue.editor.objects import FOLDER, Entry, Missing, Objects, environment

DRAFTS = "drafts/"
SEAL = "Jiyue-Seal"
TRIES = 20
"""How often a change is put on top of what others did meanwhile."""

_PERSON = pattern(r"(.*?) ?<([^<>]*)> (-?\d+) [+-]\d{4}")
_TRAILER = pattern(r"Jiyue-([A-Z][a-z]+): (.*)")


class CommitObject(NamedTuple):
    """A commit. at: seconds since 1970, of its committer; sealed: whether this gateway made it (see Repository.seal).

    trailers: what its last paragraph says, by the part of the name behind `Jiyue-`.
    """

    id: str
    tree: str
    parents: tuple[str, ...]
    author: str
    committer: str
    at: int
    subject: str
    trailers: Mapping[str, str]
    sealed: bool


class Repository:
    """Branches are named as in `main`, `drafts/<site>/<id>`. May be used by many threads and many processes."""

    def __init__(self, root: Path, *, now: Callable[[], str] = clock.now) -> None:
        """Raises Refused where root is not the top folder of a git repository."""
        self.root, self._now = root, now
        try:
            out = self.git(
                "rev-parse", "--path-format=absolute", "--git-common-dir", "--git-path", "objects",
                "--show-object-format", "--is-bare-repository", "--show-prefix",
            )  # fmt: skip
            common, objects, algorithm, bare, prefix, *_ = [*out.decode().split("\n"), ""]
        except GitError as problem:
            raise Refused("这里不是 git 仓库，编辑器要在站群的仓库里运行", 500) from problem
        if prefix:
            raise Refused("编辑器要在仓库的最上一级目录运行", 500)
        self.is_bare = bare == "true"
        self.folder = Path(common)
        self.objects = Objects(root, Path(objects), algorithm)
        self.zero = "0" * (40 if algorithm == "sha1" else 64)
        with suppress(GitError):
            self.main = self.git("symbolic-ref", "--short", "HEAD").decode().strip()
        self.main = getattr(self, "main", "main")
        self.commit = lru_cache(maxsize=20_000)(self._commit)

    def close(self) -> None:
        """End the processes that stay."""
        self.objects.close()

    # -- reading --

    def ref(self, branch: str) -> str:
        """The full name of the ref that holds a branch."""
        return f"refs/heads/{branch}"

    def head(self, branch: str) -> str:
        """The last commit of a branch, '' if there is no such branch."""
        try:
            found, kind, _ = self.objects.read(self.ref(branch))
        except Missing:
            return ""
        return found if kind == "commit" else ""

    def branches(self, below: str = DRAFTS) -> dict[str, str]:
        """Branch -> its last commit, of all below a prefix that ends with `/`."""
        prefix = self.ref("")
        out = self.git("for-each-ref", "--format=%(objectname) %(objecttype) %(refname)", self.ref(below))
        lines = [line.split(" ", 2) for line in out.decode("utf-8", "surrogateescape").split("\n") if line]
        return {ref.removeprefix(prefix): commit for commit, kind, ref in lines if kind == "commit"}

    def _commit(self, commit: str) -> CommitObject:
        found, kind, data = self.objects.read(commit)
        if found != commit or kind != "commit":
            raise Missing(f"仓库里没有提交 {commit[:10]}")
        head, _, message = data.decode("utf-8", "surrogateescape").partition("\n\n")
        fields: dict[str, list[str]] = {}
        for line in head.split("\n"):
            name, _, value = line.partition(" ")
            fields.setdefault(name, []).append(value)
        people = [_PERSON.fullmatch(fields.get(name, [""])[0]) for name in ("author", "committer")]
        author, committer = ((match[2], int(match[3])) if match else ("", 0) for match in people)
        last = message.rstrip("\n").rpartition("\n\n")[2].split("\n")
        trailers = {m[1]: m[2] for line in last if (m := _TRAILER.fullmatch(line))}
        seal = f"\n{SEAL}: {trailers.get('Seal', '')}\n".encode()
        sealed = data.endswith(seal) and hmac.compare_digest(trailers["Seal"], self.seal(data[: -len(seal)]))
        return CommitObject(
            commit, fields.get("tree", [""])[0], tuple(fields.get("parent", ())), author[0], committer[0], committer[1],
            message.partition("\n")[0], trailers, sealed,
        )  # fmt: skip

    def entry(self, commit: str, path: str) -> Entry | None:
        """The file or folder at a path of a commit."""
        return self.objects.entry(self.commit(commit).tree, path)

    def blob(self, commit: str, path: str) -> str:
        """The blob of an ordinary file at a commit, '' if there is none."""
        entry = self.entry(commit, path) if commit else None
        return entry.id if entry and entry.mode in ("100644", "100755", "100664") else ""

    def merge_base(self, one: str, other: str) -> str:
        """The best common ancestor of two commits, '' if they share no history."""
        with suppress(GitError):
            return self.git("merge-base", one, other).decode().split("\n")[0]
        return ""

    # -- writing --

    def write(self, data: bytes) -> Entry:
        """Write a file's content."""
        return Entry("100644", self.objects.write("blob", data))

    def make(
        self, who: Person, parents: tuple[str, ...], changes: Mapping[str, Entry | None], subject: str, **trailers: str
    ) -> str:
        """Write a commit by a person: the first parent's files with these changes. It is on no branch yet."""
        tree = self.commit(parents[0]).tree
        if changes:
            tree = self.objects.changed(tree, changes)
        name = re.sub(r"[<>\s\x00-\x1f\x7f]+", " ", who.name).strip() or who.account
        address = re.sub(r"[<>\s\x00-\x1f\x7f]+", "", who.account)
        seconds = int(time.time())
        if clock.minute(seconds) != self._now():
            seconds = int(clock.aware(self._now()).timestamp())
        ident = f"{name} <{address}> {seconds} +0800"
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {ident}", f"committer {ident}"]
        lines += ["", " ".join(subject.split())[:100], ""]
        lines += [f"Jiyue-{key.capitalize()}: {value}" for key, value in trailers.items() if value]
        data = "\n".join(lines).encode("utf-8", "surrogateescape")
        return self.objects.write("commit", data + f"\n{SEAL}: {self.seal(data)}\n".encode())

    def move(self, moves: Mapping[str, tuple[str, str]]) -> bool:
        """Set branches from one commit to another ('': none), all or none. False if one is no longer what was expected."""
        orders = "".join(
            f"update {self.ref(branch)} {new} {old or self.zero}\n" if new else f"delete {self.ref(branch)} {old}\n"
            for branch, (old, new) in moves.items()
        )
        main = moves.get(self.main)
        try:
            self.git("update-ref", "--stdin", stdin=orders.encode())
        except GitError:
            if all(self.head(branch) == old for branch, (old, _) in moves.items()):
                raise
            return False
        if main:
            self.follow(*main)
        return True

    def can_follow(self, old: str, new: str) -> bool:
        """Whether the working tree could follow the main branch: whether it has no changes of its own in what differs."""
        if not self._is_checked_out():
            return True
        with suppress(GitError):
            self.git("read-tree", "-m", "-u", "-n", old, new)
            return True
        return False

    def follow(self, old: str, new: str) -> None:
        """Bring a checked-out main branch from one commit to another. Files that somebody is changing stay as they are."""
        if self._is_checked_out():
            with suppress(GitError):
                self.git("read-tree", "-m", "-u", old, new)

    def _is_checked_out(self) -> bool:
        if self.is_bare:
            return False
        with suppress(GitError):
            return self.git("symbolic-ref", "HEAD").decode().strip() == f"refs/heads/{self.main}"
        return False

    # -- the seal --

    def seal(self, data: bytes) -> str:
        """The seal of a commit that this gateway makes: who has only the repository can't make it, so can't say that somebody approved."""
        return hmac.digest(self._key(), data, "sha256").hex()

    def _key(self) -> bytes:
        """The gateway's secret, made at the first use. Lost, the approvals of open drafts have to be given again."""
        file = self.folder / "jiyue" / "seal.key"
        with suppress(FileNotFoundError):
            if len(key := file.read_bytes()) == 32:
                return key
        file.parent.mkdir(exist_ok=True)
        part = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
        part.touch(0o600)
        part.write_bytes(secrets.token_bytes(32))
        with suppress(FileExistsError):
            os.link(part, file)
        part.unlink()
        return file.read_bytes()

    # -- processes --

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Wait for others who hold the lock of this name, in any process. It ends with the process that holds it."""
        folder = self.folder / "jiyue"
        folder.mkdir(exist_ok=True)
        with (folder / f"{name}.lock").open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def git(self, *args: str, stdin: bytes = b"") -> bytes:
        """Run git. Raises GitError with what it says."""
        who = {"GIT_COMMITTER_NAME": "jiyue edit", "GIT_COMMITTER_EMAIL": "jiyue@localhost"}
        try:
            done = subprocess.run(
                ["git", "-c", "core.quotePath=false", "-c", "core.hooksPath=/dev/null", "-C", str(self.root), *args],
                input=stdin, capture_output=True, check=False, env=environment() | who,
            )  # fmt: skip
        except OSError as problem:
            raise GitError("git 没有成功") from problem
        if done.returncode:
            raise GitError(f"git {args[0]} 没有成功：{done.stderr.decode(errors='replace').strip()[-500:]}")
        return done.stdout


__all__ = ["DRAFTS", "FOLDER", "TRIES", "CommitObject", "Repository"]
