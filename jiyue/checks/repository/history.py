"""The history of a site's folder: which commits brought in a record of review, a line of text, the end of a withdrawal.

A record is followed from HEAD back along every parent that has it already. A record taken out and put back comes from the
commit that put it back, be it a merge. A merge of signed commits takes nothing over from them.
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

COVERING = ("final", "secrecy")
"""Steps that approve the text as it goes out: changed afterwards, it has to be approved again."""
_BYTES = "bytes"
"""The step that stands for a whole file."""


class Introduction(NamedTuple):
    """The version of a file in which something came in."""

    commit: str
    path: str
    blob: str


class History:
    """The history of one site's folder as a graph of the commits that touch each of its files."""

    def __init__(self, git: Git, folder: str) -> None:
        self.git, self.folder = git, folder
        self.head = git.commit("HEAD")
        self.parents, self.times = git.graph(self.head)
        self.touches: dict[str, dict[str, dict[str, Touch]]] = {}
        """path -> commit -> parent -> what it changes there."""
        self.removed: dict[tuple[str, str, str], str] = {}
        for touch in git.touches(self.head, folder):
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
            self._versions[blob] = Version.of(self.git.blob(blob))
        return self._versions[blob]

    def blob_at(self, commit: str, path: str) -> str:
        """The blob of a path at a commit, '' where there is none."""
        touched = self._touched(commit, path)
        return next(iter(self.touches[path][touched].values())).new if touched else ""

    def shown_at(self, commit: str, path: str, blob: str) -> str:
        """A digest of all that a version shows: its text, and each file that it refers to as it stands at a commit."""
        version = self.version(blob)
        inner = path.removeprefix(f"{self.folder}/").rpartition("/")[0]
        files = [(a, self.blob_at(commit, f"{self.folder}/{p}")) for a, p in files_of(inner, version)]
        return version.text + (sha256(to_json(files)) if files else "")

    def origins(self, path: str, step: str, commit: str = "") -> set[Introduction]:
        """Where the record of a version (HEAD's, if no commit is given) came in."""
        wanted = self._record(self.blob_at(commit or self.head, path), step)
        found: set[Introduction] = set()
        for touched, name, blob, before in self._back(
            commit or self.head, path, lambda name, was: self._record(was, step) == wanted, step
        ):
            if not before:
                found.add(Introduction(touched, name, blob))
        return found

    def writers(self, path: str) -> set[Introduction]:
        """Where the article, a line of its text that still stands, or a file next to it came in."""
        present = self.version(self.blob_at(self.head, path))
        found: set[Introduction] = set()
        for touched, name, blob, before in self._back(self.head, path, lambda *_: True):
            lines = (self.version(was).lines for _, _, was in before)
            if not before or (self.version(blob).lines & present.lines).difference(*lines):
                found.add(Introduction(touched, name, blob))
        inner = path.removeprefix(f"{self.folder}/").rpartition("/")[0]
        for _, file in files_of(inner, present):
            if "/" in file and file.partition("/")[0] not in FILE_FOLDERS:
                found |= self.origins(f"{self.folder}/{file}", _BYTES)
        return found

    def lifted(self, path: str) -> Lifted | None:
        """How an article came to be visible, where it, or one like it, was withdrawn before; None where none was."""
        version = self.version(self.blob_at(self.head, path))
        like = [
            (commit, other, was)
            for commit, other, was in self._withdrawals
            if not (version.withdrawn and version.withdrawn <= was.withdrawn)
            and (other == path or version.is_like(was))
        ]
        origins = self.origins(path, LIFTED) if like else set()
        # what was there when the other was withdrawn, and stayed, is another article
        broken = [w for w in like if not all(commit in self._before_it(w[0]) for commit, _, _ in origins)]
        if not broken:
            return None
        last, other, was = max(broken, key=lambda w: (self.times[w[0]], w[0]))
        later = {step for step in COVERING if step in version.records}
        renewed = {
            commit
            for step in later
            for commit, _, _ in self.origins(path, step)
            if all(w in self._before_it(commit) for w, _, _ in broken)
        }
        return Lifted(was.withdrawn, origins, self.origins(other, LIFTED, last), sorted(renewed))

    @cached_property
    def _withdrawals(self) -> list[tuple[str, str, Version]]:
        """Every version of an article of the site that is withdrawn: (commit, path, version)."""
        articles = {
            (commit, path): next(iter(sides.values())).new
            for path, commits in self.touches.items()
            if path.endswith((".md", ".markdown"))
            for commit, sides in commits.items()
        }
        found: dict[str, Version] = {}
        for blob, data in self.git.contents(sorted(set(articles.values()) - {""})):
            if b"withdraw" in data and (version := Version.of(data)).withdrawn:
                found[blob] = version
        return [(commit, path, found[blob]) for (commit, path), blob in articles.items() if blob in found]

    def _back(
        self, start: str, path: str, follows: Callable[[str, str], bool], step: str | None = None
    ) -> Iterator[tuple[str, str, str, list[tuple[str, str, str]]]]:
        """(commit, path, blob, those before it that follow) of the commits that touch a file, from one back.

        step: of what a merge that brings back what one of its sides took away is the beginning.
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
        """Whether a merge takes a record from one side that stood where they parted and that the other took away."""
        others = set(self.parents.get(commit, ())) - sides
        if not others or not sides:
            return False
        wanted = self._record(self.blob_at(commit, path), step)
        return any(
            self._record(self.blob_at(base, path), step) == wanted
            for other in others
            for side in sides
            for base in self._parted(other, side)
        )

    def _parted(self, one: str, other: str) -> list[str]:
        pair = (min(one, other), max(one, other))
        if pair not in self._bases:
            self._bases[pair] = self.git.merge_bases(*pair)
        return self._bases[pair]

    def _before_it(self, commit: str) -> set[str]:
        """All ancestors of a commit, without itself."""
        if commit not in self._ancestors:
            found: set[str] = set()
            todo = list(self.parents.get(commit, ()))
            while todo:
                one = todo.pop()
                if one not in found:
                    found.add(one)
                    todo += self.parents.get(one, ())
            self._ancestors[commit] = found
        return self._ancestors[commit]

    def _record(self, blob: str, step: str) -> str:
        """What of a version is sought, '' where it lacks it."""
        if not blob or step == _BYTES:
            return blob
        if step == LIFTED:
            return f"since {self.version(blob).withdrawn}"
        return self.version(blob).records.get(step, "")

    def _touched(self, commit: str, path: str) -> str:
        """The nearest commit from here back that touches a path: where none does, all parents are alike."""
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
        """(parent, path there, blob there) of a commit's parents, where the file was, a pure renaming followed."""
        sides = self.touches[path][commit]
        new = next(iter(sides.values())).new
        for parent in self.parents.get(commit, ()):
            old = sides[parent].old if parent in sides else new
            if old:
                yield parent, path, old
            elif (commit, parent, new) in self.removed:
                yield parent, self.removed[commit, parent, new], new


class Lifted(NamedTuple):
    """Since when it had been withdrawn; where it became visible, where it had been withdrawn (see History.origins), and the
    commits of later approvals.
    """

    at: str
    origins: set[Introduction]
    setters: set[Introduction]
    renewed: list[str]
