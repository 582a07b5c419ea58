"""What git says of a repository, read so that no name, message, setting or variable changes the answer.

A path may hold every byte but NUL, a message or a person's name nearly so. So nothing here is found by a separator that
content could hold: ids and numbers come from `rev-list`, paths from `diff-tree -z` and `ls-tree -z`, whose every field
ends with NUL, the objects themselves from `cat-file --batch` by their ids and lengths, and of a signature only fields of a
fixed alphabet are asked for. Whatever does not have the form that is expected is a GitError, never a guess.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from jiyue.base.patterns import pattern

QUARANTINE = ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH")
"""Where a server's hook finds commits that are pushed but not yet accepted; no other variable may steer git here."""
FILES = ("100644", "100755")
"""Modes of ordinary files."""
LATEST = 253402300799 - 86400
"""Seconds: nothing counts as later, so that every time is a date; the last but one day of the year 9999."""

_SETTINGS = ("-c", "core.quotePath=false", "-c", "log.showSignature=false", "-c", "diff.ignoreSubmodules=none")
_PORTION = 500
_ID = pattern(r"[0-9a-f]{40}|[0-9a-f]{64}")
_RAW = pattern(r":(\d{6}) (\d{6}) ([0-9a-f]+) ([0-9a-f]+) ([A-Z])\d*")
_ENTRY = pattern(r"(\d{6}) [a-z]+ ([0-9a-f]+)\t(.+)", re.DOTALL)
_IDENTITY = pattern(r"[^<>]*<([^<>]*)> -?\d+ [+-]\d+", re.DOTALL)
_SIGNATURE = pattern(r"([0-9a-f]+) ([A-Z]) (\S*) (\S*)")


class GitError(RuntimeError):
    """git could not answer, or not in a form that is understood; str() is Chinese."""


class Change(NamedTuple):
    """One path that differs between two trees: modes (`000000` where there is no file) and blobs ('' likewise, and
    for what is no ordinary file). source: the path before, where git takes it for renamed, else path again.
    """

    path: str
    old_mode: str
    new_mode: str
    old: str
    new: str
    status: str
    source: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of a range and what it changed by itself (a merge: what differs from all its parents)."""

    id: str
    parents: tuple[str, ...]
    author: str
    committer: str
    changes: tuple[Change, ...]


class Signature(NamedTuple):
    """What git says of a commit's signature, whoever made it.

    state is git's %G?: G or U for a good one, N for none, anything else for one that does not hold. fingerprint: of the
    key, `SHA256:…` for one of ssh, 40 hexadecimal digits for one of OpenPGP (its primary key's).
    """

    state: str
    fingerprint: str

    @property
    def holds(self) -> bool:
        """Whether it is a good signature of a known key."""
        return self.state in ("G", "U") and bool(self.fingerprint)


class Touch(NamedTuple):
    """That a commit changes a path against one of its parents ('' of a first commit): blobs, '' where there is no file."""

    commit: str
    parent: str
    path: str
    old: str
    new: str


class File(NamedTuple):
    """An entry of a tree."""

    mode: str
    blob: str


class Git:
    """A repository, read only. As a context it keeps one process that reads objects."""

    def __init__(self, repo: Path) -> None:
        self.repo = repo
        self._objects: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Git:
        return self

    def __exit__(self, *_: object) -> None:
        if self._objects is not None:
            self._objects.communicate()
            self._objects = None

    # -- commits --

    def commit(self, rev: str) -> str:
        """The full id of a commit. Raises GitError for what is none, an empty or an all-zero name included."""
        if not rev or not rev.strip("0") or "\0" in rev:
            raise GitError("没有给出基准提交")
        found = self._run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}")
        return _id(found.decode().strip())

    def merge_base(self, one: str, other: str) -> str:
        """The commit where two lines parted. Raises GitError where they have nothing in common."""
        found = self.merge_bases(one, other)
        if not found:
            raise GitError("两个提交没有共同的历史")
        return found[0]

    def merge_bases(self, one: str, other: str) -> list[str]:
        """All commits where two lines parted, more than one where they crossed, none where they never were one."""
        out = self._run("merge-base", "--all", one, other, nothing=1)
        return [_id(line) for line in out.decode().split("\n") if line]

    def is_shallow(self) -> bool:
        """Whether a part of the history is missing."""
        return self._run("rev-parse", "--is-shallow-repository").strip() != b"false"

    def graph(self, rev: str) -> tuple[dict[str, list[str]], dict[str, int]]:
        """Every commit's parents, the oldest first, and its time in seconds, counted as no earlier than its ancestors'."""
        out = self._run("rev-list", "--topo-order", "--reverse", "--parents", "--timestamp", "--end-of-options", rev)
        parents: dict[str, list[str]] = {}
        times: dict[str, int] = {}
        with _understood():
            for line in out.decode().splitlines():
                seconds, commit, *above = line.split(" ")
                parents[_id(commit)] = [_id(one) for one in above]
                times[commit] = max([min(int(seconds), LATEST), 0, *(times[p] for p in above if p in times)])
        return parents, times

    def commits(self, base: str, head: str) -> list[Commit]:
        """The commits of base..head, newest first, renames taken as a removal and an addition."""
        parents, _ = self.graph(f"{base}..{head}")
        order = list(reversed(parents))
        diffs = self._diffs([(commit, parent) for commit in order for parent in parents[commit] or ("",)])
        found = []
        for commit in order:
            sides = [{c.path: c for c in diffs[commit, parent]} for parent in parents[commit] or ("",)]
            own = [c for path, c in sides[0].items() if all(path in side for side in sides)]
            author, committer = self.people(commit)
            found.append(Commit(commit, tuple(parents[commit]), author, committer, tuple(own)))
        return found

    def people(self, commit: str) -> tuple[str, str]:
        """The addresses of author and committer."""
        kind, data = self._object(commit)
        head = [line for line in data.partition(b"\n\n")[0].split(b"\n") if not line.startswith(b" ")]
        names = [line.partition(b" ")[0] for line in head]
        at = 1 + names.count(b"parent")
        if kind != "commit" or names[: at + 2] != [b"tree", *[b"parent"] * (at - 1), b"author", b"committer"]:
            raise GitError(f"提交 {commit[:10]} 的格式不对")
        people = [_IDENTITY.fullmatch(_text(line.partition(b" ")[2])) for line in head[at : at + 2]]
        if names.count(b"author") != 1 or names.count(b"committer") != 1 or None in people:
            raise GitError(f"提交 {commit[:10]} 的作者或者提交人写法不对")
        author, committer = (found[1] for found in people if found)
        return author, committer

    def signatures(self, commits: Sequence[str]) -> dict[str, Signature]:
        """What git says of the signatures of commits, given by their full ids."""
        if not commits:
            return {}
        with tempfile.NamedTemporaryFile() as nobody:  # git wants a list of signers; who they are is asked elsewhere
            out = self._run(
                "-c", f"gpg.ssh.allowedSignersFile={nobody.name}", "-c", "gpg.ssh.program=ssh-keygen", "-c", "gpg.program=gpg",
                "log", "--no-walk=unsorted", "--stdin", "--no-patch", "--no-notes", "--format=tformat:%H %G? %GF %GP",
                stdin="\n".join(commits).encode(),
            )  # fmt: skip
        found = {}
        with _understood():
            for line in out.decode("ascii").splitlines():
                commit, state, key, primary = _matched(_SIGNATURE, line)
                found[commit] = Signature(state, primary or key)
        if found.keys() != set(commits):
            raise GitError("git 没有说明所有提交的签名")
        return found

    # -- trees --

    def changes(self, old: str, new: str, *, renames: bool = False, relative: bool = False) -> list[Change]:
        """What differs between two commits. relative: below the repository's own folder, and named from there."""
        options = ("-M" if renames else "--no-renames", *(["--relative"] if relative else []))
        return list(_changes(self._run("diff-tree", *_DIFF, *options, "--end-of-options", old, new).split(b"\0")))

    def uncommitted(self, rev: str, folder: str = "", *, staged: bool = False, renames: bool = False) -> list[Change]:
        """What the work tree (or the index) differs in from a commit, '' for one that has none; named from the folder."""
        options = ["-M" if renames else "--no-renames", "--relative", *(["--cached"] if staged else [])]
        out = self._run("diff", *_DIFF[1:], *options, *([rev] if rev else []), "--", *([folder] if folder else []))
        return list(_changes(out.split(b"\0")))

    def is_clean(self) -> bool:
        """Whether the work tree holds what the commit does, and nothing else that is not ignored."""
        return not self._run("status", "--porcelain", "-z")

    def files(self, rev: str, folder: str = "", *, relative: bool = False) -> dict[str, File]:
        """The entries of a commit by path, in one folder or all. relative: see changes()."""
        where = ["--", folder + "/"] if folder else []
        full = [] if relative else ["--full-tree"]
        found = {}
        with _understood():
            for line in self._run("ls-tree", "-r", "-z", *full, rev, *where).split(b"\0")[:-1]:
                mode, blob, path = _matched(_ENTRY, _text(line))
                found[path] = File(mode, blob)
        return found

    def touches(self, rev: str, folder: str) -> list[Touch]:
        """Every change of a file below a folder by a commit of a revision or range; a merge's against each parent."""
        parents, _ = self.graph(rev)
        pairs = [(commit, parent) for commit, above in reversed(parents.items()) for parent in above or ("",)]
        diffs = self._diffs(pairs, folder=folder)
        return [Touch(*pair, change.path, change.old, change.new) for pair in pairs for change in diffs[pair]]

    def steps(self, rev: str) -> Iterator[tuple[str, int, list[list[Change]]]]:
        """(commit, its time, its changes against each parent, renames followed) of a revision or range, the oldest first."""
        parents, times = self.graph(rev)
        pairs = [(commit, parent) for commit, above in parents.items() for parent in above or ("",)]
        diffs = self._diffs(pairs, renames=True)
        for commit, above in parents.items():
            yield commit, times[commit], [diffs[commit, parent] for parent in above or ("",)]

    def _diffs(
        self, pairs: Sequence[tuple[str, str]], *, folder: str = "", renames: bool = False
    ) -> dict[tuple[str, str], list[Change]]:
        """What each commit changes against a parent, '' for nothing at all."""
        asked = "".join(f"{commit} {parent}".rstrip() + "\n" for commit, parent in pairs)
        options = ("-M" if renames else "--no-renames", "--root", "--always", "--stdin")
        where = ["--", folder + "/"] if folder else []
        fields = self._run("diff-tree", *_DIFF, *options, *where, stdin=asked.encode()).split(b"\0")
        found: dict[tuple[str, str], list[Change]] = {}
        at = 0
        with _understood():
            for commit, parent in pairs:
                if fields[at] != commit.encode():
                    raise ValueError(fields[at])
                end = _end(fields, at + 1)
                found[commit, parent] = list(_changes([*fields[at + 1 : end], b""]))
                at = end
            if fields[at:] != [b""]:
                raise ValueError(fields[at:])
        return found

    # -- contents --

    def blob(self, blob: str) -> bytes:
        """The content of a blob."""
        kind, data = self._object(blob)
        if kind != "blob":
            raise GitError(f"读不出 {blob[:10]}")
        return data

    def contents(self, blobs: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """(id, content) of many blobs, a portion at a time."""
        for start in range(0, len(blobs), _PORTION):
            asked = [_id(blob) for blob in blobs[start : start + _PORTION]]
            out = self._run("cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in asked).encode())
            at = 0
            with _understood():
                for blob in asked:
                    end = out.index(b"\n", at)
                    name, kind, size = out[at:end].decode("ascii").split(" ")
                    if name != blob or kind != "blob":
                        raise ValueError(name)
                    at = end + 2 + int(size)
                    yield blob, out[end + 1 : at - 1]

    def _object(self, name: str) -> tuple[str, bytes]:
        """Kind and content of an object by its id."""
        if self._objects is None:
            try:
                self._objects = subprocess.Popen(
                    self._command("cat-file", "--batch"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL, env=self._environment(),
                )  # fmt: skip
            except OSError as problem:
                raise GitError("git cat-file 没有成功") from problem
        process = self._objects
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(_id(name).encode() + b"\n")
            process.stdin.flush()
            head = process.stdout.readline().split()
            if len(head) != 3 or head[0] != name.encode():
                raise GitError(f"仓库里没有对象 {name[:10]}")
            size = int(head[2])
            return head[1].decode(), process.stdout.read(size + 1)[:size]
        except (OSError, ValueError) as problem:
            raise GitError("git cat-file 没有成功") from problem

    # -- the process --

    def _command(self, *args: str) -> list[str]:
        return ["git", "--no-replace-objects", "--literal-pathspecs", *_SETTINGS, "-C", str(self.repo), *args]

    def _environment(self) -> Mapping[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") or key in QUARANTINE}
        return kept | {"LC_ALL": "C", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0"}

    def _run(self, *args: str, stdin: bytes = b"", nothing: int = 0) -> bytes:
        """What git prints. nothing: the exit status by which it says that there is nothing to print."""
        try:
            done = subprocess.run(
                self._command(*args), input=stdin, capture_output=True, check=False, env=self._environment()
            )
            if done.returncode and (done.returncode != nothing or done.stdout):
                done.check_returncode()
            return done.stdout
        except (subprocess.CalledProcessError, OSError, ValueError) as problem:
            words = [word for word in args if not word.startswith("-") and "=" not in word]
            raise GitError(f"git {words[0]} 没有成功，基准提交可能不在本地") from problem


_DIFF = ("-r", "--raw", "-z", "--no-abbrev", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none")


def _end(fields: Sequence[bytes], at: int) -> int:
    """Where the changes of one pair end: each is its facts, and one path or two. A path is never looked at."""
    while fields[at].startswith(b":"):
        at += 3 if fields[at].rpartition(b" ")[2][:1] in b"RC" else 2
    return at


def _changes(fields: Sequence[bytes]) -> Iterator[Change]:
    """Changes of `--raw -z` from its fields, the empty one behind the last NUL included."""
    with _understood():
        at = 0
        while at < len(fields) - 1:
            old_mode, new_mode, old, new, status = _matched(_RAW, fields[at].decode("ascii"))
            paths = 2 if status in "RC" else 1
            source, path = _text(fields[at + 1]), _text(fields[at + paths])
            before, after = (blob if mode in FILES else "" for mode, blob in ((old_mode, old), (new_mode, new)))
            if not path or not source:
                raise ValueError(path)
            yield Change(path, old_mode, new_mode, before, after, status, source)
            at += 1 + paths
        if fields[at:] != [b""]:
            raise ValueError(fields[at:])


def _matched(form: re.Pattern[str], text: str) -> tuple[str, ...]:
    found = form.fullmatch(text)
    if not found:
        raise ValueError(text)
    return found.groups()


@contextmanager
def _understood() -> Iterator[None]:
    """What git said has a form that was not expected: nothing may be concluded from it."""
    try:
        yield
    except (ValueError, IndexError) as problem:
        raise GitError("git 的回答读不懂") from problem


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise GitError("不是提交的编号")
    return text


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
