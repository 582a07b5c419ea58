"""What git says of a range of commits, asked so that no setting or odd name changes the answer."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

QUARANTINE = ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH")
"""Where a server's hook finds commits that are pushed but not yet accepted; no other variable may steer git here."""


_FIXED = (
    "core.quotePath=false",
    "log.showRoot=true",
    "diff.renames=false",
    "log.showSignature=false",
    "diff.ignoreSubmodules=none",
)
_SETTINGS = tuple(word for setting in _FIXED for word in ("-c", setting))


class GitError(RuntimeError):
    """git could not answer; str() is Chinese."""


@dataclass(frozen=True, slots=True)
class Change:
    """One path that a commit changed. A mode is git's, `000000` where there is no file."""

    path: str
    old_mode: str
    new_mode: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of a range and what it changed by itself (a merge: what differs from all its parents)."""

    id: str
    author: str
    committer: str
    signer: str
    """Whose key signed it, by the list of signers that was given; empty where none did, or none was given."""
    changes: tuple[Change, ...]


class Signature(NamedTuple):
    """What git says of a commit's signature, whoever made it.

    state is git's %G?: G or U for a good one, N for none, anything else for one that does not hold. fingerprint: of the
    key, `SHA256:…` for one of ssh, 40 hexadecimal digits for one of OpenPGP (its primary key's).
    """

    state: str
    fingerprint: str


class Touch(NamedTuple):
    """That a commit changes a path against a parent: blobs before and after, '' where there is no file."""

    commit: str
    path: str
    old: str
    new: str


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

    def commit(self, rev: str) -> str:
        """The full id of a commit. Raises GitError for what is none, an empty or an all-zero name included."""
        if not rev or not rev.strip("0"):
            raise GitError("没有给出基准提交")
        return self._run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}").decode().strip()

    def merge_base(self, one: str, other: str) -> str:
        """The commit where two lines parted. Raises GitError where they have nothing in common."""
        return self._run("merge-base", one, other).decode().split("\n")[0]

    def commits(self, base: str, head: str, signers: str = "") -> list[Commit]:
        """The commits of base..head, newest first, renames taken as a removal and an addition.

        signers: lines of an allowed signers file (`name key`, see ssh-keygen(1)); with it signatures are verified.
        """
        with tempfile.TemporaryDirectory() as folder:
            names = Path(folder, "signers")
            names.write_text(signers, encoding="utf-8")
            return self._commits(base, head, str(names) if signers else "")

    def _commits(self, base: str, head: str, signers: str) -> list[Commit]:
        trusted = (
            ("-c", "gpg.format=ssh", "-c", f"gpg.ssh.allowedSignersFile={signers}", "-c", "gpg.ssh.program=ssh-keygen")
            if signers
            else ()
        )
        signature = "%G?%x02%GS" if signers else "N%x02"
        out = self._run(
            *trusted, "log", "--topo-order", "-c", "--raw", "-z", "--no-renames", "--no-abbrev", "--no-mailmap",
            f"--format=%x01%H%x02%ae%x02%ce%x02{signature}%x02", "--end-of-options", f"{base}..{head}",
        )  # fmt: skip
        commits = []
        for block in out.split(b"\x01")[1:]:
            identity, author, committer, state, signer, changes = block.split(b"\x02", 5)
            signed_by = _text(signer) if state == b"G" else ""
            commits.append(
                Commit(identity.decode(), _text(author), _text(committer), signed_by, tuple(_changes(changes)))
            )
        return commits

    def changes(self, old: str, new: str) -> list[Change]:
        """What differs between two commits."""
        return list(
            _changes(
                self._run("diff-tree", "-r", "--raw", "-z", "--no-renames", "--no-abbrev", "--end-of-options", old, new)
            )
        )

    def files(self, rev: str, folder: str = "") -> Iterator[tuple[str, str]]:
        """The paths of a commit with their modes, in one folder or all."""
        args = ["--", folder + "/"] if folder else []
        for line in self._run("ls-tree", "-r", "-z", "--full-tree", rev, *args).split(b"\0")[:-1]:
            about, _, path = line.partition(b"\t")
            yield _text(path), about[:6].decode()

    def contents(self, rev: str, paths: Sequence[str]) -> dict[str, bytes]:
        """The contents of files as they stand at a commit, by one call."""
        asked = b"".join(f"{rev}:{path}\n".encode("utf-8", "surrogateescape") for path in paths)
        out = self._run("cat-file", "--batch", stdin=asked)
        contents = {}
        at = 0
        for path in paths:
            end = out.index(b"\n", at)
            head = out[at:end].split()
            if len(head) != 3 or head[1] != b"blob":
                raise GitError(f"读不出 {path}")
            size = int(head[2])
            contents[path] = out[end + 1 : end + 1 + size]
            at = end + size + 2
        return contents

    def is_shallow(self) -> bool:
        """Whether a part of the history is missing."""
        return self._run("rev-parse", "--is-shallow-repository").strip() != b"false"

    def graph(self, head: str) -> tuple[dict[str, list[str]], dict[str, int]]:
        """Every commit's parents, and its time in seconds, counted as no earlier than its ancestors'."""
        out = self._run("rev-list", "--topo-order", "--reverse", "--parents", "--timestamp", "--end-of-options", head)
        parents: dict[str, list[str]] = {}
        times: dict[str, int] = {}
        for line in out.decode().splitlines():
            seconds, commit, *above = line.split()
            parents[commit] = above
            times[commit] = max([int(seconds), *(times[p] for p in above if p in times)])
        return parents, times

    def touches(self, rev: str, folder: str) -> list[Touch]:
        """Every change of a file below a folder by a commit of a revision or range; a merge's against each parent."""
        out = self._run(
            "log", "--full-history", "-m", "--raw", "-z", "--no-renames", "--no-abbrev", "--format=%x01%H%x02",
            "--end-of-options", rev, "--", folder + "/",
        )  # fmt: skip
        found = []
        for block in out.split(b"\x01")[1:]:
            commit, changes = block.split(b"\x02", 1)
            fields = changes.lstrip(b"\0\n").split(b"\0")
            for about, path in zip(fields[::2], fields[1::2], strict=False):
                old_mode, new_mode, old, new = about.lstrip(b"\n:").split(b" ")[:4]
                blobs = [blob.decode() if mode in _FILES else "" for mode, blob in ((old_mode, old), (new_mode, new))]
                found.append(Touch(commit.decode(), _text(path), *blobs))
        return found

    def signatures(self, commits: Sequence[str]) -> dict[str, Signature]:
        """What git says of the signatures of commits, given by their full ids."""
        with tempfile.NamedTemporaryFile() as nobody:  # git wants a list of signers; who they are is asked elsewhere
            out = self._run(
                "-c", f"gpg.ssh.allowedSignersFile={nobody.name}", "-c", "gpg.ssh.program=ssh-keygen", "-c", "gpg.program=gpg",
                "log", "--no-walk=unsorted", "--stdin", "--format=%H%x02%G?%x02%GF%x02%GP", stdin="\n".join(commits).encode(),
            )  # fmt: skip
        found = {}
        for line in out.decode("utf-8", "replace").splitlines() if commits else ():
            commit, state, key, primary = line.split("\x02")
            found[commit] = Signature(state, primary or key)
        if found.keys() != set(commits):
            raise GitError("git 没有说明所有提交的签名")
        return found

    def blob(self, blob: str) -> bytes:
        """The content of a blob. Within the context."""
        return self._object(blob)[1]

    def blob_at(self, commit: str, path: str) -> str:
        """The blob of a path at a commit, '' where there is none. Within the context."""
        return self._object(f"{commit}:{path}")[0] if "\n" not in path else ""

    def _object(self, name: str) -> tuple[str, bytes]:
        if self._objects is None:
            self._objects = subprocess.Popen(
                self._command("cat-file", "--batch"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, env=self._environment(),
            )  # fmt: skip
        process = self._objects
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(name.encode("utf-8", "surrogateescape") + b"\n")
            process.stdin.flush()
            head = process.stdout.readline().split()
            if len(head) != 3 or head[1] != b"blob":
                if head[-1:] == [b"missing"]:
                    return "", b""
                raise GitError("git cat-file 没有成功")
            size = int(head[2])
            return head[0].decode(), process.stdout.read(size + 1)[:size]
        except OSError as problem:
            raise GitError("git cat-file 没有成功") from problem

    def _command(self, *args: str) -> list[str]:
        return ["git", "--no-replace-objects", *_SETTINGS, "-C", str(self.repo), *args]

    def _environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") or key in QUARANTINE}
        return kept | {"LC_ALL": "C", "GIT_NO_LAZY_FETCH": "1"}

    def _run(self, *args: str, stdin: bytes = b"") -> bytes:
        try:
            return subprocess.run(
                self._command(*args), input=stdin, capture_output=True, check=True, env=self._environment()
            ).stdout
        except (subprocess.CalledProcessError, OSError) as problem:
            words = [word for word in args if not word.startswith("-") and "=" not in word]
            raise GitError(f"git {words[0]} 没有成功，基准提交可能不在本地") from problem


_FILES = (b"100644", b"100755")
"""Modes of ordinary files."""


def _changes(raw: bytes) -> Iterator[Change]:
    """Changes of `--raw -z`; a merge's lines begin with a colon for each parent."""
    fields = raw.split(b"\0")
    at = 0
    while at < len(fields):
        line = fields[at].lstrip(b"\n")
        if not line.startswith(b":"):
            at += 1
            continue
        parents = len(line) - len(line.lstrip(b":"))
        modes = line.lstrip(b":").split(b" ")[: parents + 1]
        yield Change(_text(fields[at + 1]), modes[0].decode(), modes[-1].decode())
        at += 2


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
