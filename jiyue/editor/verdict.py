"""Judges a commit as `check` would, before a branch moves to it: in a working tree of the gateway's own."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from jiyue.base.diagnostics import Diagnostic
from jiyue.base.git import GitError
from jiyue.editor.model import Refused
from jiyue.editor.repository import Repository
from jiyue.registry.site import ClusterBroken, Registry

if TYPE_CHECKING:
    from jiyue.editor.judging import Judge as Judging


class Judge:
    """A working tree that shares the repository's objects and holds `sites/` and the site that is judged."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.folder = repository.root / ".jiyue" / "editor" / "judged"

    def findings(
        self, commit: str, base: str, site: str, paths: Collection[str], registry: Registry, now: str
    ) -> list[Diagnostic]:
        """What `check` finds in files that base..commit changes. Raises Refused where the tree can't be made."""
        from jiyue.build.changed_check import article_findings  # noqa: PLC0415  (the build is heavy)

        # lists of words may lie outside the repository: they are named from its folder
        terms = tuple(str((self.repository.root / path).resolve()) for path in registry.cluster.terms)
        registry = replace(registry, cluster=replace(registry.cluster, terms=terms))
        with self.repository.lock("judged"):
            try:
                self._check_out(commit, site)
            except (GitError, OSError):
                shutil.rmtree(self.folder, ignore_errors=True)  # left half-way by a process that died
                try:
                    self._check_out(commit, site)
                except (GitError, OSError) as problem:
                    raise Refused(f"没有能够检查这篇稿件，什么也没有改：{problem}", 500) from problem
            return article_findings(self.folder, registry, base, paths, now)

    def _check_out(self, commit: str, site: str) -> None:
        if not (self.folder / ".git").exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            self._git("init", "-q", f"--object-format={self.repository.objects.algorithm}")
            (self.folder / ".git" / "objects" / "info").mkdir(exist_ok=True)
            shared = f"{self.repository.objects.folder}\n"
            (self.folder / ".git" / "objects" / "info" / "alternates").write_text(shared, "utf-8")
        for lock in ("index.lock", "HEAD.lock", "info/sparse-checkout.lock", "config.lock"):
            with suppress(FileNotFoundError):
                (self.folder / ".git" / lock).unlink()
        self._git("sparse-checkout", "set", "--cone", "sites", f"content/{site}")
        self._git("checkout", "-q", "--detach", "-f", commit)

    def _git(self, *args: str) -> None:
        self.repository.git("-C", str(self.folder), *args)


class Among:
    """Judges an article among all others of the cluster, as they lie in the folder of the main branch.

    It sees what a change alone does not show: where an article is pushed to, links between sites. A folder that can't be read
    says nothing, because its fault is not the article's.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def judge(self) -> Judging:
        """Made when it is first asked; it keeps what it read of the cluster."""
        from jiyue.editor.judging import Judge  # noqa: PLC0415  (the build is heavy)

        return Judge(self.root)

    def findings(self, path: str, data: bytes, files: Mapping[str, bytes], now: str) -> list[Diagnostic]:
        """What `check` would find in an article and in the files beside it, but for its review."""
        try:
            return self.judge.findings(path, data, files, now)
        except (ClusterBroken, KeyError, OSError):
            return []
