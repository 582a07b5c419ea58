"""What git says of a range of commits, asked so that no setting or odd name changes the answer."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

QUARANTINE = ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH")
"""Where a server's hook finds commits that are pushed but not yet accepted; no other variable may steer git here."""


_FIXED = ("core.quotePath=false", "diff.renames=false", "log.showSignature=false", "diff.ignoreSubmodules=none")
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


class Git:
    """A repository, read only."""

    def __init__(self, repo: Path) -> None:
        self.repo = repo

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

    def _run(self, *args: str, stdin: bytes = b"") -> bytes:
        command = ["git", "--no-replace-objects", *_SETTINGS, "-C", str(self.repo), *args]
        kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") or key in QUARANTINE}
        environment = kept | {"LC_ALL": "C", "GIT_NO_LAZY_FETCH": "1"}
        try:
            return subprocess.run(command, input=stdin, capture_output=True, check=True, env=environment).stdout
        except (subprocess.CalledProcessError, OSError) as problem:
            raise GitError(f"git {args[0]} 没有成功，基准提交可能不在本地") from problem


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
