"""Temporary git repositories, and trees that git itself would never write."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

QUIET = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "LC_ALL": "C"}


class Repo:
    """A repository to commit to as different people."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *args: str, stdin: bytes | None = None, env: dict[str, str] | None = None) -> str:
        run = subprocess.run(
            ["git", "-C", str(self.path), *args],
            input=stdin,
            capture_output=True,
            check=False,
            env={**os.environ, **QUIET, **(env or {})},
        )
        assert run.returncode == 0, run.stderr.decode()
        return run.stdout.decode(errors="surrogateescape").strip()

    def write(self, path: str, text: str = "正文\n") -> None:
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def commit(
        self, who: str, *, message: str = "change", when: str = "", extra: tuple[str, ...] = (), add: bool = True
    ) -> str:
        """Commit everything as a mail address. when: a date that git understands."""
        if add:
            self.git("add", "-A")
        dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when} if when else {}
        self.git(*self._as(who), *extra, "commit", "-q", "--allow-empty", "-m", message, env=dates)
        return self.git("rev-parse", "HEAD")

    def commit_tree(self, who: str, changes: dict[str, tuple[str, bytes]], parent: str) -> str:
        """Commit entries written directly into trees: path -> (mode, content), with any names, even `..`."""
        tree = self.git("rev-parse", f"{parent}^{{tree}}")
        for path, (mode, content) in changes.items():
            tree = self._put(tree, path.split("/"), mode, content)
        return self.git(*self._as(who), "commit-tree", tree, "-p", parent, "-m", "made by hand")

    def _put(self, tree: str, parts: list[str], mode: str, content: bytes) -> str:
        entries: dict[str, str] = {}
        for line in self.git("ls-tree", "-z", tree).split("\0")[:-1] if tree else []:
            entries[line.partition("\t")[2]] = line
        name, rest = parts[0], parts[1:]
        if rest:
            below = entries[name].split()[2] if name in entries else ""
            about = f"040000 tree {self._put(below, rest, mode, content)}"
        elif mode == "160000":
            about = f"160000 commit {content.decode()}"
        else:
            about = f"{mode} blob {self.git('hash-object', '-w', '--stdin', stdin=content)}"
        entries[name] = f"{about}\t{name}"
        stdin = b"".join(line.encode("utf-8", "surrogateescape") + b"\0" for line in entries.values())
        return self.git("mktree", "-z", "--missing", stdin=stdin)

    def _as(self, who: str) -> tuple[str, ...]:
        return (
            "-c",
            f"user.email={who}",
            "-c",
            f"user.name={who.partition('@')[0] or 'x'}",
            "-c",
            "commit.gpgsign=false",
        )
