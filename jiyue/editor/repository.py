"""The git repository of a cluster, as the editor writes it: by objects and refs alone, never through a working tree.

A change is a commit made of objects, then one ref transaction that names the old values: it happens whole or not at all.
"""

from __future__ import annotations

import fcntl
import hmac
import logging
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
from jiyue.editor.objects import Entry, Missing, Objects, environment

DRAFTS = "drafts/"
SEAL = "Jiyue-Seal"
TRIES = 20
"""How often a change is put on top of what others did meanwhile."""

FRESH = 3.0
"""Seconds for which what was fetched from the remote counts as what is there, for reading."""
PATIENCE = 120.0
"""Seconds that a command of git may take: a remote may be far, or hang."""
LOCKED = 30
"""How often git is asked again while another one holds a lock, at intervals of 0.1 s."""
OLD = 600.0
"""Seconds after which a lock of git belongs to nobody, even where its process can't be looked for."""

_LOG = logging.getLogger("jiyue.editor")
_HELD = pattern(r"Unable to create '([^'\n]+\.lock)': File exists")
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
    """Branches are named as in `main`, `drafts/<site>/<id>`. May be used by many threads and many processes.

    With a remote, its branches are the ones that count: they are read as they were last fetched, and moved by a push.
    """

    def __init__(
        self, root: Path, *, now: Callable[[], str] = clock.now, remote: str | None = None, trusting: bool = False
    ) -> None:
        """remote: its name in git; None: `origin` if there is one, '' : none. trusting: believe what commits say of themselves.

        Raises Refused where root is not the top folder of a git repository.
        """
        self.root, self._now, self._trusting = root, now, trusting
        try:
            out = self.git(
                "rev-parse", "--path-format=absolute", "--git-common-dir", "--git-path", "objects",
                "--show-object-format", "--is-bare-repository", "--show-prefix",
            )  # fmt: skip
            remotes = self.git("remote").decode().split()
        except GitError as problem:
            raise Refused("这里不是 git 仓库，编辑器要在站群的仓库里运行", 500) from problem
        common, objects, algorithm, bare, prefix, *_ = [*out.decode().split("\n"), ""]
        if prefix:
            raise Refused("编辑器要在仓库的最上一级目录运行", 500)
        self.remote = ("origin" if "origin" in remotes else "") if remote is None else remote
        if self.remote and self.remote not in remotes:
            raise Refused(f"仓库里没有登记名为 {self.remote} 的远程仓库：git remote add {self.remote} 地址", 500)
        self.is_bare = bare == "true"
        self.folder = Path(common)
        self.objects = Objects(root, Path(objects), algorithm)
        self.zero = "0" * (40 if algorithm == "sha1" else 64)
        self.main = self._main()
        self.commit = lru_cache(maxsize=20_000)(self._commit)
        self._fetched = -FRESH
        self.follow()

    def _main(self) -> str:
        """The name of the main branch: that of the remote, or else the one that is checked out."""
        remote = f"refs/remotes/{self.remote}/"
        for name, prefix in [(f"{remote}HEAD", remote)] * bool(self.remote) + [("HEAD", "refs/heads/")]:
            with suppress(GitError):
                return self.git("symbolic-ref", name).decode().strip().removeprefix(prefix)
        return "main"

    def close(self) -> None:
        """End the processes that stay."""
        self.objects.close()

    # -- reading --

    def ref(self, branch: str) -> str:
        """The full name of the ref that holds a branch."""
        return f"refs/remotes/{self.remote}/{branch}" if self.remote else f"refs/heads/{branch}"

    def head(self, branch: str) -> str:
        """The last commit of a branch, '' if there is no such branch.

        A ref with a file of its own is that file, whatever else git has; it is asked for ten times a save.
        """
        with suppress(OSError, ValueError):
            one = (self.folder / self.ref(branch)).read_text("ascii").strip()
            if len(one) == len(self.zero) and not one.strip("0123456789abcdef"):
                return one
        try:
            found, kind, _ = self.objects.read(self.ref(branch))
        except Missing:
            return ""
        return found if kind == "commit" else ""

    def branches(self, below: str = DRAFTS) -> dict[str, str]:
        """Branch -> its last commit, of all below a prefix that ends with `/`, or that fit a pattern (`*`: any name)."""
        prefix = self.ref("")
        out = self.git("for-each-ref", "--format=%(objectname) %(objecttype) %(refname)", self.ref(below))
        lines = [line.split(" ", 2) for line in out.decode("utf-8", "surrogateescape").split("\n") if line]
        return {ref.removeprefix(prefix): commit for commit, kind, ref in lines if kind == "commit"}

    def refresh(self, *, now: bool = False) -> bool:
        """Take in what others pushed to the remote: at most every few seconds, unless it has to be now. Whether it was tried.

        Raises Refused if that had to be now and the remote does not answer; else what was fetched last counts.
        """
        if not now and time.monotonic() - self._fetched < FRESH:
            return False
        if not self.remote:
            self._fetched = time.monotonic()
            return True
        before = self.head(self.main)
        with self.lock("fetch"):
            asked = time.monotonic()
            if not now and asked - self._fetched < FRESH:
                return False  # another thread did it meanwhile
            try:
                self.git(
                    "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--prune",
                    "--no-auto-maintenance", "--no-recurse-submodules", self.remote,
                    f"+refs/heads/{self.main}:{self.ref(self.main)}", f"+refs/heads/{DRAFTS}*:{self.ref(DRAFTS)}*",
                )  # fmt: skip
            except GitError as problem:
                self._fetched = asked
                if now:
                    raise Refused(f"远程仓库 {self.remote} 没有回答，什么也没有改：{problem}", 503) from problem
                return True
            self._fetched = asked
        if self.head(self.main) != before:
            self.follow()
        return True

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
        sealed = self._trusting and "Action" in trailers
        if not sealed and "Seal" in trailers and data.endswith(seal):
            sealed = hmac.compare_digest(trailers["Seal"].encode(), self.seal(data[: -len(seal)]).encode())
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
        """Write a file's content. Raises Refused where the disk does not take it."""
        with _refusing():
            return Entry("100644", self.objects.write("blob", data))

    def make(
        self, who: Person, parents: tuple[str, ...], changes: Mapping[str, Entry | None], subject: str,
        files: str = "", **trailers: str,
    ) -> str:  # fmt: skip
        """Write a commit by a person: the files of the first parent, or of the commit `files`, with these changes.

        trailers: by the part of the name behind `Jiyue-`. It is on no branch yet.
        """
        tree = self.commit(files or parents[0]).tree
        if changes:
            with _refusing():
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
        with _refusing():
            return self.objects.write("commit", data + f"\n{SEAL}: {self.seal(data)}\n".encode())

    def move(self, moves: Mapping[str, tuple[str, str]]) -> bool:
        """Set branches from one commit to another ('': none), all or none. False if one is no longer what was expected.

        With a remote they are set there. Raises Refused where the remote, or the disk, does not take them.
        """
        with _refusing():
            return self._move(moves)

    def _move(self, moves: Mapping[str, tuple[str, str]]) -> bool:
        if self.remote:
            moved = self._push(moves)
            if moved and self.main in moves:
                self.follow()
            return moved
        if self.main not in moves or not self._is_checked_out():
            return self._set(moves)
        with self.lock("worktree"):
            self._catch_up()
            old, new = moves[self.main]
            if self.head(self.main) != old:
                return False
            if not self._worktree("-n", old, new):
                raise Refused("服务器上主分支的工作目录里，这篇稿件的文件有没有提交的改动；请管理员提交或者还原", 409)
            return self._with_worktree(old, lambda: self._set(moves))

    def _set(self, moves: Mapping[str, tuple[str, str]]) -> bool:
        orders = "".join(
            f"update {self.ref(branch)} {new} {old or self.zero}\n" if new else f"delete {self.ref(branch)} {old}\n"
            for branch, (old, new) in moves.items()
        )
        try:
            self.git("update-ref", "--stdin", stdin=orders.encode())
        except GitError:
            if all(self.head(branch) == old for branch, (old, _) in moves.items()):
                raise
            return False
        return True

    def _push(self, moves: Mapping[str, tuple[str, str]]) -> bool:
        leases = [f"--force-with-lease=refs/heads/{branch}:{old}" for branch, (old, _) in moves.items()]
        orders = [f"{new}:refs/heads/{branch}" for branch, (_, new) in moves.items()]
        atomic = ["--atomic"] if len(moves) > 1 else []
        try:
            self.git("push", "--quiet", "--no-verify", *atomic, *leases, self.remote, *orders)
        except GitError as problem:
            self.refresh(now=True)
            if all(self.head(branch) == new for branch, (_, new) in moves.items()):
                return True  # only its answer was lost
            if all(self.head(branch) == old for branch, (old, _) in moves.items()):
                raise Refused(f"远程仓库 {self.remote} 没有收下，什么也没有改：{problem}", 503) from problem
            return False
        with suppress(GitError):  # git may have done it, or fetched what is newer
            self._set(moves)
        return True

    def keep(self, ref: str, commit: str) -> None:
        """Let a ref of this repository alone hold a commit."""
        with _refusing():
            self.git("update-ref", ref, commit)

    def tidy(self) -> None:
        """Let git pack what has gathered, in the background, if that is much by now."""
        with suppress(GitError):
            self.git("gc", "--auto", "--quiet")

    # -- the working tree --

    def follow(self) -> None:
        """Bring a checked-out main branch to where the remote's is, if it has no commits and no changes in the way."""
        if self._trusting or not self._is_checked_out():
            return
        with suppress(GitError, OSError, Refused), self.lock("worktree"):
            self._catch_up()
            ref, new = f"refs/heads/{self.main}", self.head(self.main)
            local = self.git("rev-parse", "--verify", f"{ref}^{{commit}}").decode().strip()
            if new and local != new and self.merge_base(local, new) == local and self._worktree("-n", local, new):
                self._with_worktree(local, lambda: bool(self.git("update-ref", ref, new, local)) or True)

    def _with_worktree(self, old: str, move: Callable[[], bool]) -> bool:
        """Move the checked-out branch, then its files. Where they stand is noted, so that the next one does what a killed one left."""
        _write(self._note, old.encode())
        moved = False
        try:
            moved = move()
        finally:
            if not moved:
                self._note.unlink()
        self._catch_up()
        return moved

    def _catch_up(self) -> None:
        if self._note.exists() and self._worktree(self._note.read_text("ascii"), "HEAD"):
            self._note.unlink()

    @property
    def _note(self) -> Path:
        return self.folder / "jiyue" / "worktree"

    def _worktree(self, *args: str) -> bool:
        """Whether git brings (-n: would bring) the files from one commit to another; those with changes stop it."""
        with suppress(GitError):
            self.git("update-index", "-q", "--refresh")
        try:
            self.git("read-tree", "-m", "-u", *args)
        except GitError as problem:
            if _HELD.search(str(problem)):
                raise
            return False
        return True

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
            return file.read_bytes()
        with self.lock("key"):
            if not file.exists():
                _write(file, secrets.token_bytes(32))
            return file.read_bytes()

    # -- processes --

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Wait for others who hold the lock of this name, in any process. It ends with the process that holds it."""
        folder = self.folder / "jiyue"
        with _refusing():
            folder.mkdir(exist_ok=True)
            file = (folder / f"{name}.lock").open("wb")
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def git(self, *args: str, stdin: bytes = b"", none: int = 0) -> bytes:
        """Run git, at most PATIENCE seconds. none: its status where it found nothing. Raises GitError with what it says."""
        who = {"GIT_COMMITTER_NAME": "jiyue edit", "GIT_COMMITTER_EMAIL": "jiyue@localhost"}
        said = ""
        for _ in range(LOCKED):
            try:
                done = subprocess.run(
                    ["git", "-c", "core.quotePath=false", "-c", "core.hooksPath=/dev/null", "-C", str(self.root), *args],
                    input=stdin, capture_output=True, check=False, env=environment() | who, timeout=PATIENCE,
                )  # fmt: skip
            except (OSError, subprocess.TimeoutExpired) as problem:
                raise GitError("git 没有成功") from problem
            if done.returncode in (0, none):
                return done.stdout
            said = done.stderr.decode(errors="replace").strip()
            held = _HELD.search(said)
            if not held:
                break
            if not self._is_stale(Path(held[1])):
                time.sleep(0.1)
        raise GitError(f"git {next((a for a in args if a[0] != '-'), '')} 没有成功：{said[-500:]}")

    def _is_stale(self, lock: Path) -> bool:
        """Remove git's lock if the process that made it died, as after a power cut: else nothing could be saved any more."""
        with suppress(OSError):
            age = time.time() - lock.stat().st_mtime
            if (
                lock.suffix == ".lock"
                and self.folder in lock.parents
                and age > 1
                and (age > OLD or not self._git_runs())
            ):
                _LOG.warning("删除了没有进程的锁 %s", lock.relative_to(self.folder))
                lock.unlink()
                return True
        return False

    def _git_runs(self) -> bool:
        """Whether another git works in this repository; also where that can't be seen."""
        here = {self.root.resolve(), self.folder.resolve()}
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(FileNotFoundError, ProcessLookupError):
                if (process / "comm").read_text().startswith("git"):
                    arguments = (process / "cmdline").read_bytes().split(b"\0")
                    try:
                        folder = (process / "cwd").readlink()
                    except PermissionError:
                        return True
                    if b"cat-file" not in arguments and here & {folder, *folder.parents}:
                        return True
        return not Path("/proc/self/comm").exists()


@contextmanager
def _refusing() -> Iterator[None]:
    """Where something can't be written, nothing is changed, and a person is told so."""
    try:
        yield
    except (GitError, OSError) as problem:
        _LOG.error("没有存上：%s", problem)
        raise Refused("没有存上，什么也没有改；写的内容还在页面里，请管理员看服务器的日志", 503) from problem


def _write(file: Path, data: bytes) -> None:
    """Write a file of ours whole or not at all; nobody else may read it."""
    part = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
