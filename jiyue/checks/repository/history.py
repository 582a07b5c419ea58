"""The history of a site's folder: which commits introduced a review record, a line of text, or the end of a withdrawal.

A record is traced from HEAD back along every parent that has it already. A record that was removed and restored comes
from the commit, or merge, that restored it. A merge of signed commits inherits nothing from them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple

from jiyue.base.git import Git, Touch
from jiyue.catalogue.scan import FILE_FOLDERS
from jiyue.checks.article.review import LIFTED
from jiyue.checks.repository.article_version import Version, files_of, sha256, to_json
from jiyue.checks.repository.rows import LedgerRows

COVERING = ("final", "secrecy")
"""Steps that approve the text as published: after a change it must be approved again."""
_BYTES = "bytes"
"""Pseudo-step for the content of a whole file."""


class Introduction(NamedTuple):
    """The version of a file that introduced something."""

    commit: str
    path: str
    blob: str


class History:
    """The history of one site's folder as a graph of the commits that touch each of its files."""

    def __init__(self, git: Git, folder: str, read: Callable[[bytes], Version] = Version.of, rev: str = "HEAD") -> None:
        self.git, self.folder = git, folder
        self.head = git.commit(rev)
        self.parents, self.times = git.graph(self.head)
        self.touches: dict[str, dict[str, dict[str, Touch]]] = {}
        """path -> commit -> parent -> change."""
        self.removed: dict[tuple[str, str, str], str] = {}
        self.rows = LedgerRows(git, read)
        for touch in self.rows.touches(git.touches(self.head, folder)):
            self.touches.setdefault(touch.path, {}).setdefault(touch.commit, {})[touch.parent] = touch
            if touch.old and not touch.new:
                self.removed[touch.commit, touch.parent, touch.old] = touch.path
        self._versions: dict[str, Version] = {}
        self._trunk: dict[str, int] = {}
        commit = self.head
        while commit:
            self._trunk[commit] = len(self._trunk)
            commit = next(iter(self.parents.get(commit, ())), "")
        self._on_trunk: dict[str, list[tuple[int, str]]] = {}
        self._ancestors: dict[str, set[str]] = {}
        self._bases: dict[tuple[str, str], list[str]] = {}

    def version(self, blob: str) -> Version:
        if blob not in self._versions:
            self._versions[blob] = self.rows.version(blob)
        return self._versions[blob]

    def blob_at(self, commit: str, path: str) -> str:
        """The blob of a path at a commit, '' if there is none."""
        touched = self._touched(commit, path)
        return next(iter(self.touches[path][touched].values())).new if touched else ""

    def shown_at(self, commit: str, path: str, blob: str) -> str:
        """A digest of all that a version shows: its text, and the files it refers to as they are at a commit."""
        version = self.version(blob)
        inner = path.removeprefix(f"{self.folder}/").rpartition("/")[0]
        files = [(a, self.blob_at(commit, f"{self.folder}/{p}")) for a, p in files_of(inner, version)]
        return version.text + (sha256(to_json(files)) if files else "")

    def origins(self, path: str, step: str, commit: str = "") -> set[Introduction]:
        """The versions that introduced the record of a step, as it is at a commit (the history's last one by default)."""
        wanted = self._record(self.blob_at(commit or self.head, path), step)
        result: set[Introduction] = set()
        for touched, name, blob, before in self._back(
            commit or self.head, path, lambda name, was: self._record(was, step) == wanted, step
        ):
            if not before:
                result.add(Introduction(touched, name, blob))
        return result

    def writers(self, path: str) -> set[Introduction]:
        """The versions that introduced the article, a line of its present text, or a file next to it."""
        present = self.version(self.blob_at(self.head, path))
        result: set[Introduction] = set()
        for touched, name, blob, before in self._back(self.head, path, lambda *_: True):
            lines = (self.version(was).lines for _, _, was in before)
            if not before or (self.version(blob).lines & present.lines).difference(*lines):
                result.add(Introduction(touched, name, blob))
        inner = path.removeprefix(f"{self.folder}/").rpartition("/")[0]
        for _, file in files_of(inner, present):
            if "/" in file and file.partition("/")[0] not in FILE_FOLDERS:
                result |= self.origins(f"{self.folder}/{file}", _BYTES)
        return result

    def lifted(self, path: str) -> Lifted | None:
        """How an article became visible again after it, or one like it, was withdrawn; None if neither was."""
        version = self.version(self.blob_at(self.head, path))
        like = [
            (commit, other, was)
            for commit, other, was in self._withdrawals
            if not (version.withdrawn and version.withdrawn <= was.withdrawn)
            and (other == path or version.is_like(was))
        ]
        origins = self.origins(path, LIFTED) if like else set()
        # an article that already existed when the other was withdrawn is a different one
        broken = [w for w in like if not all(commit in self._ancestors_of(w[0]) for commit, _, _ in origins)]
        if not broken:
            return None
        last, other, was = max(broken, key=lambda w: (self.times[w[0]], w[0]))
        later = {step for step in COVERING if step in version.records}
        renewed = {
            commit
            for step in later
            for commit, _, _ in self.origins(path, step)
            if all(w in self._ancestors_of(commit) for w, _, _ in broken)
        }
        return Lifted(was.withdrawn, origins, self.origins(other, LIFTED, last), sorted(renewed))

    @cached_property
    def _withdrawals(self) -> list[tuple[str, str, Version]]:
        """(commit, path, version) of every withdrawn version of the site's articles."""
        articles = {
            (commit, path): next(iter(sides.values())).new
            for path, commits in self.touches.items()
            if path.endswith((".md", ".markdown"))
            for commit, sides in commits.items()
        }
        withdrawn: dict[str, Version] = {}
        for blob, data in self.git.contents(sorted(set(articles.values()) - {""})):
            if b"withdraw" in data and (version := Version.of(data)).withdrawn:
                withdrawn[blob] = version
        return [(commit, path, withdrawn[blob]) for (commit, path), blob in articles.items() if blob in withdrawn]

    def _back(
        self, start: str, path: str, follows: Callable[[str, str], bool], step: str | None = None
    ) -> Iterator[tuple[str, str, str, list[tuple[str, str, str]]]]:
        """(commit, path, blob, predecessors that `follows` accepts) of the commits that touch a file, from start back.

        step: a merge that restores this record, after one of its sides removed it, has no predecessors.
        """
        seen: set[tuple[str, str]] = set()
        todo = [(start, path)]
        while todo:
            at, name = todo.pop()
            commit = self._touched(at, name)
            if not commit or (commit, name) in seen:
                continue
            seen.add((commit, name))
            before = [one for one in self._before(commit, name) if follows(name, one[2])]
            if step is not None and self._is_brought_back(commit, name, step, {parent for parent, _, _ in before}):
                before = []
            todo += [(parent, earlier) for parent, earlier, _ in before]
            yield commit, name, next(iter(self.touches[name][commit].values())).new, before

    def _is_brought_back(self, commit: str, path: str, step: str, sides: set[str]) -> bool:
        """Whether a merge restores a record that its merge base has and one side removed."""
        others = set(self.parents.get(commit, ())) - sides
        if not others or not sides:
            return False
        wanted = self._record(self.blob_at(commit, path), step)
        return any(
            self._record(self.blob_at(base, path), step) == wanted
            for other in others
            for side in sides
            for base in self._merge_bases(other, side)
        )

    def _merge_bases(self, one: str, other: str) -> list[str]:
        pair = (min(one, other), max(one, other))
        if pair not in self._bases:
            self._bases[pair] = self.git.merge_bases(*pair)
        return self._bases[pair]

    def _ancestors_of(self, commit: str) -> set[str]:
        """All ancestors of a commit, without itself."""
        if commit not in self._ancestors:
            ancestors: set[str] = set()
            todo = list(self.parents.get(commit, ()))
            while todo:
                one = todo.pop()
                if one not in ancestors:
                    ancestors.add(one)
                    todo += self.parents.get(one, ())
            self._ancestors[commit] = ancestors
        return self._ancestors[commit]

    def _record(self, blob: str, step: str) -> str:
        """A version's value for a step (record, withdrawal date, or the blob itself), '' if it has none."""
        if not blob or step == _BYTES:
            return blob
        if step == LIFTED:
            return f"since {self.version(blob).withdrawn}"
        return self.version(blob).records.get(step, "")

    def _touched(self, commit: str, path: str) -> str:
        """The nearest commit, from this one back, that touches a path. Untouched commits have equal parents: takes the first."""
        touched = self.touches.get(path, {})
        while commit and commit not in touched:
            if commit in self._trunk:
                if path not in self._on_trunk:
                    self._on_trunk[path] = sorted((self._trunk[c], c) for c in touched if c in self._trunk)
                known = self._on_trunk[path]
                at = bisect_left(known, (self._trunk[commit], ""))
                return known[at][1] if at < len(known) else ""
            commit = next(iter(self.parents.get(commit, ())), "")
        return commit

    def _before(self, commit: str, path: str) -> Iterator[tuple[str, str, str]]:
        """(parent, path there, blob there) of each parent that has the file. Follows renames without changes."""
        sides = self.touches[path][commit]
        new = next(iter(sides.values())).new
        for parent in self.parents.get(commit, ()):
            old = sides[parent].old if parent in sides else new
            if old:
                yield parent, path, old
            elif (commit, parent, new) in self.removed:
                yield parent, self.removed[commit, parent, new], new


class Lifted(NamedTuple):
    """A lifted withdrawal. at: its date; origins, setters: what lifted and what set it (see History.origins).

    renewed: the commits of later approvals.
    """

    at: str
    origins: set[Introduction]
    setters: set[Introduction]
    renewed: list[str]
