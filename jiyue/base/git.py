"""Reads a git repository so that no file name, message, setting or environment variable can forge the answer.

A path may contain any byte but NUL; messages and person names are almost as free. So nothing is parsed by a separator
that content could contain: ids and times come from `rev-list`, paths from the NUL-terminated fields of `diff-tree -z` and
`ls-tree -z`, objects from `cat-file --batch` by id and length, and signatures only as fields with a fixed alphabet.
Output of any other form raises GitError; nothing is guessed.
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
"""Where a server-side hook finds commits that are pushed but not yet accepted. All other GIT_ variables are dropped."""
FILES = ("100644", "100755")
"""Modes of ordinary files."""
LATEST = 253402300799 - 86400
"""Seconds since 1970. Later times are clamped to it, so that each is a valid date: 30 December 9999."""

_SETTINGS = ("-c", "core.quotePath=false", "-c", "log.showSignature=false", "-c", "diff.ignoreSubmodules=none")
_BATCH = 500
_ID = pattern(r"[0-9a-f]{40}|[0-9a-f]{64}")
_RAW = pattern(r":(\d{6}) (\d{6}) ([0-9a-f]+) ([0-9a-f]+) ([A-Z])\d*")
_ENTRY = pattern(r"(\d{6}) [a-z]+ ([0-9a-f]+)\t(.+)", re.DOTALL)
_IDENTITY = pattern(r"[^<>]*<([^<>]*)> -?\d+ [+-]\d+", re.DOTALL)
_SIGNATURE = pattern(r"([0-9a-f]+) ([A-Z]) (\S*) (\S*)")


class GitError(RuntimeError):
    """git failed, or its output could not be parsed. str() is Chinese."""


class Change(NamedTuple):
    """One path that differs between two trees.

    Modes are `000000` where there is no file. Blobs are '' there, and for anything but an ordinary file. source is the
    old path where git detects a rename, else equal to path.
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
    """A commit of a range, with its own changes (for a merge: what differs from all its parents)."""

    id: str
    parents: tuple[str, ...]
    author: str
    committer: str
    changes: tuple[Change, ...]


class Signature(NamedTuple):
    """git's verdict on a commit's signature, whoever signed.

    state is git's %G?: G or U is good, N is unsigned, anything else is invalid. fingerprint identifies the key:
    `SHA256:…` for ssh, 40 hexadecimal digits for OpenPGP (of the primary key).
    """

    state: str
    fingerprint: str

    @property
    def holds(self) -> bool:
        """Whether the signature is good and its key known."""
        return self.state in ("G", "U") and bool(self.fingerprint)


class Touch(NamedTuple):
    """A commit changes a path against one parent ('' for a root commit). Blobs are '' where there is no file."""

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
    """A repository, read-only. As a context manager it ends its object reader on exit."""

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
        """The full id of a commit. Raises GitError if rev names none; so do an empty and an all-zero name."""
        if not rev or not rev.strip("0") or "\0" in rev:
            raise GitError("没有给出基准提交")
        output = self._run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}")
        return _id(output.decode().strip())

    def merge_base(self, one: str, other: str) -> str:
        """The best common ancestor of two commits. Raises GitError if they share no history."""
        bases = self.merge_bases(one, other)
        if not bases:
            raise GitError("两个提交没有共同的历史")
        return bases[0]

    def merge_bases(self, one: str, other: str) -> list[str]:
        """All best common ancestors of two commits: several after criss-cross merges, none without shared history."""
        out = self._run("merge-base", "--all", one, other, empty_status=1)
        return [_id(line) for line in out.decode().split("\n") if line]

    def is_shallow(self) -> bool:
        """Whether the clone is shallow."""
        return self._run("rev-parse", "--is-shallow-repository").strip() != b"false"

    def graph(self, rev: str) -> tuple[dict[str, list[str]], dict[str, int]]:
        """(commit -> its parents, oldest first; commit -> its time in seconds, never earlier than its ancestors')."""
        out = self._run("rev-list", "--topo-order", "--reverse", "--parents", "--timestamp", "--end-of-options", rev)
        parents: dict[str, list[str]] = {}
        times: dict[str, int] = {}
        with _parsing():
            for line in out.decode().splitlines():
                seconds, commit, *above = line.split(" ")
                parents[_id(commit)] = [_id(one) for one in above]
                times[commit] = max([min(int(seconds), LATEST), 0, *(times[p] for p in above if p in times)])
        return parents, times

    def commits(self, base: str, head: str) -> list[Commit]:
        """The commits of base..head, newest first. A rename is a removal and an addition."""
        parents, _ = self.graph(f"{base}..{head}")
        order = list(reversed(parents))
        diffs = self._diffs([(commit, parent) for commit in order for parent in parents[commit] or ("",)])
        commits = []
        for commit in order:
            sides = [{c.path: c for c in diffs[commit, parent]} for parent in parents[commit] or ("",)]
            own = [c for path, c in sides[0].items() if all(path in side for side in sides)]
            author, committer = self.people(commit)
            commits.append(Commit(commit, tuple(parents[commit]), author, committer, tuple(own)))
        return commits

    def people(self, commit: str) -> tuple[str, str]:
        """The e-mail addresses of author and committer."""
        kind, data = self._object(commit)
        head = [line for line in data.partition(b"\n\n")[0].split(b"\n") if not line.startswith(b" ")]
        names = [line.partition(b" ")[0] for line in head]
        at = 1 + names.count(b"parent")
        if kind != "commit" or names[: at + 2] != [b"tree", *[b"parent"] * (at - 1), b"author", b"committer"]:
            raise GitError(f"提交 {commit[:10]} 的格式不对")
        people = [_IDENTITY.fullmatch(_text(line.partition(b" ")[2])) for line in head[at : at + 2]]
        if names.count(b"author") != 1 or names.count(b"committer") != 1 or None in people:
            raise GitError(f"提交 {commit[:10]} 的作者或者提交人写法不对")
        author, committer = (match[1] for match in people if match)
        return author, committer

    def signatures(self, commits: Sequence[str]) -> dict[str, Signature]:
        """The signatures of commits, which are given by their full ids."""
        if not commits:
            return {}
        # git insists on a list of allowed signers; the caller decides whose key it is
        with tempfile.NamedTemporaryFile() as nobody:
            out = self._run(
                "-c", f"gpg.ssh.allowedSignersFile={nobody.name}", "-c", "gpg.ssh.program=ssh-keygen", "-c", "gpg.program=gpg",
                "log", "--no-walk=unsorted", "--stdin", "--no-patch", "--no-notes", "--format=tformat:%H %G? %GF %GP",
                stdin="\n".join(commits).encode(),
            )  # fmt: skip
        signatures = {}
        with _parsing():
            for line in out.decode("ascii").splitlines():
                commit, state, key, primary = _match(_SIGNATURE, line)
                signatures[commit] = Signature(state, primary or key)
        if signatures.keys() != set(commits):
            raise GitError("git 没有说明所有提交的签名")
        return signatures

    # -- trees --

    def changes(self, old: str, new: str, *, renames: bool = False, relative: bool = False) -> list[Change]:
        """The differences between two commits. relative: only below self.repo, and relative to it."""
        options = ("-M" if renames else "--no-renames", *(["--relative"] if relative else []))
        return list(_changes(self._run("diff-tree", *_DIFF, *options, "--end-of-options", old, new).split(b"\0")))

    def uncommitted(self, rev: str, folder: str = "", *, staged: bool = False, renames: bool = False) -> list[Change]:
        """How the work tree (or, staged, the index) differs from rev. Paths are relative to self.repo.

        With rev '' the work tree is compared with the index.
        """
        options = ["-M" if renames else "--no-renames", "--relative", *(["--cached"] if staged else [])]
        out = self._run("diff", *_DIFF[1:], *options, *([rev] if rev else []), "--", *([folder] if folder else []))
        return list(_changes(out.split(b"\0")))

    def is_clean(self) -> bool:
        """Whether the work tree has no change and no untracked file that is not ignored."""
        return not self._run("status", "--porcelain", "-z")

    def files(self, rev: str, folder: str = "", *, relative: bool = False) -> dict[str, File]:
        """The files of a commit by path, in one folder ('' for all). relative: see changes()."""
        where = ["--", folder + "/"] if folder else []
        full = [] if relative else ["--full-tree"]
        files = {}
        with _parsing():
            for line in self._run("ls-tree", "-r", "-z", *full, rev, *where).split(b"\0")[:-1]:
                mode, blob, path = _match(_ENTRY, _text(line))
                files[path] = File(mode, blob)
        return files

    def touches(self, rev: str, folder: str) -> list[Touch]:
        """Every change below a folder by the commits of a revision or range. A merge is compared with each parent."""
        parents, _ = self.graph(rev)
        pairs = [(commit, parent) for commit, above in reversed(parents.items()) for parent in above or ("",)]
        diffs = self._diffs(pairs, folder=folder)
        return [Touch(*pair, change.path, change.old, change.new) for pair in pairs for change in diffs[pair]]

    def steps(self, rev: str) -> Iterator[tuple[str, int, list[list[Change]]]]:
        """(commit, time, changes against each parent) of a revision or range, oldest first. Follows renames."""
        parents, times = self.graph(rev)
        pairs = [(commit, parent) for commit, above in parents.items() for parent in above or ("",)]
        diffs = self._diffs(pairs, renames=True)
        for commit, above in parents.items():
            yield commit, times[commit], [diffs[commit, parent] for parent in above or ("",)]

    def trunk(self, head: str, folder: str = "", since: str = "") -> list[tuple[int, list[Change]]] | None:
        """(time, changes below a folder) of the commits along first parents, oldest first. Follows renames.

        A merge brings all that its branch changed, at the time of the merge: from then on a build of this branch has it.
        since: only the commits after this one; None if it does not lie on the line.
        """
        parents, times = self.graph(f"{since}..{head}" if since else head)
        line, commit = [], self.commit(head)
        while commit in parents:
            line.append((commit, next(iter(parents[commit]), "")))
            commit = line[-1][1]
        if commit != since:
            return None
        line.reverse()
        diffs = self._diffs(line, folder=folder, renames=True)
        return [(times[commit], diffs[commit, parent]) for commit, parent in line]

    def _diffs(
        self, pairs: Sequence[tuple[str, str]], *, folder: str = "", renames: bool = False
    ) -> dict[tuple[str, str], list[Change]]:
        """The changes of each (commit, parent) pair; parent '' stands for the empty tree."""
        asked = "".join(f"{commit} {parent}".rstrip() + "\n" for commit, parent in pairs)
        options = ("-M" if renames else "--no-renames", "--root", "--always", "--stdin")
        where = ["--", folder + "/"] if folder else []
        fields = self._run("diff-tree", *_DIFF, *options, *where, stdin=asked.encode()).split(b"\0")
        diffs: dict[tuple[str, str], list[Change]] = {}
        at = 0
        with _parsing():
            for commit, parent in pairs:
                if fields[at] != commit.encode():
                    raise ValueError(fields[at])
                end = _end(fields, at + 1)
                diffs[commit, parent] = list(_changes([*fields[at + 1 : end], b""]))
                at = end
            if fields[at:] != [b""]:
                raise ValueError(fields[at:])
        return diffs

    # -- contents --

    def blob(self, blob: str) -> bytes:
        """The content of a blob."""
        kind, data = self._object(blob)
        if kind != "blob":
            raise GitError(f"读不出 {blob[:10]}")
        return data

    def contents(self, blobs: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """(id, content) of many blobs, read in batches."""
        for start in range(0, len(blobs), _BATCH):
            asked = [_id(blob) for blob in blobs[start : start + _BATCH]]
            out = self._run("cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in asked).encode())
            at = 0
            with _parsing():
                for blob in asked:
                    end = out.index(b"\n", at)
                    name, kind, size = out[at:end].decode("ascii").split(" ")
                    if name != blob or kind != "blob":
                        raise ValueError(name)
                    at = end + 2 + int(size)
                    yield blob, out[end + 1 : at - 1]

    def _object(self, name: str) -> tuple[str, bytes]:
        """Type and content of an object by its id."""
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
        variables = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") or key in QUARANTINE}
        return variables | {"LC_ALL": "C", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0"}

    def _run(self, *args: str, stdin: bytes = b"", empty_status: int = 0) -> bytes:
        """Standard output of git. Raises GitError if it fails. empty_status: an exit status that means "no result"."""
        try:
            done = subprocess.run(
                self._command(*args), input=stdin, capture_output=True, check=False, env=self._environment()
            )
            if done.returncode and (done.returncode != empty_status or done.stdout):
                done.check_returncode()
            return done.stdout
        except (subprocess.CalledProcessError, OSError, ValueError) as problem:
            words = [word for word in args if not word.startswith("-") and "=" not in word]
            raise GitError(f"git {words[0]} 没有成功，基准提交可能不在本地") from problem


_DIFF = ("-r", "--raw", "-z", "--no-abbrev", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none")


def _end(fields: Sequence[bytes], at: int) -> int:
    """The index behind the changes of one pair. A change is a field of metadata and one or two paths; paths are skipped."""
    while fields[at].startswith(b":"):
        at += 3 if fields[at].rpartition(b" ")[2][:1] in b"RC" else 2
    return at


def _changes(fields: Sequence[bytes]) -> Iterator[Change]:
    """Parse the fields of `--raw -z`. They include the empty one behind the last NUL."""
    with _parsing():
        at = 0
        while at < len(fields) - 1:
            old_mode, new_mode, old, new, status = _match(_RAW, fields[at].decode("ascii"))
            paths = 2 if status in "RC" else 1
            source, path = _text(fields[at + 1]), _text(fields[at + paths])
            before, after = (blob if mode in FILES else "" for mode, blob in ((old_mode, old), (new_mode, new)))
            if not path or not source:
                raise ValueError(path)
            yield Change(path, old_mode, new_mode, before, after, status, source)
            at += 1 + paths
        if fields[at:] != [b""]:
            raise ValueError(fields[at:])


def _match(form: re.Pattern[str], text: str) -> tuple[str, ...]:
    match = form.fullmatch(text)
    if not match:
        raise ValueError(text)
    return match.groups()


@contextmanager
def _parsing() -> Iterator[None]:
    """Raise GitError where git's output does not parse: no conclusion may rest on it."""
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
