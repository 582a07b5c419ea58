"""Determines from git's diff which sites a change affects, and splits a large cluster over machines."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from jiyue.base.git import FILES, Change, Git, GitError

NO_OUTPUT = (
    "docs/",
    "tests/",
    "bench/",
    "ci/",
    ".github/",
    ".gitlab-ci.yml",
    ".workflow/",
    "README",
    "sites/ledger/",
    "sites/exchange/",
    "sites/partners.yaml",
    "sites/upstream/",
)
"""Prefixes of paths that do not affect any site's output."""


_MOVES = (b"push_down", b"report_up")
"""What a front matter says of an article that other sites may show."""


def changed_paths(root: Path, base: str) -> list[str]:
    """Paths (relative to the cluster, of renames both names) that differ between base and the commit.

    ValueError when git can't compare with base: the caller should then take every site.
    """
    return sorted({change.path for change in _changes(root, base)})


def added_paths(root: Path, base: str) -> set[str]:
    """Paths that base...HEAD adds, renames excluded. Raises ValueError like changed_paths."""
    return {change.path for change in _changes(root, base, renames=True) if change.status == "A"}


def _changes(root: Path, base: str, *, renames: bool = False) -> list[Change]:
    git = Git(root)
    try:
        head = git.commit("HEAD")
        return git.changes(git.merge_base(git.commit(base), head), head, renames=renames, relative=True)
    except GitError as problem:
        raise ValueError(f"{base}：{problem}") from problem


def earlier_contents(root: Path, base: str, paths: Collection[str]) -> dict[str, bytes]:
    """Path -> former content, for the given paths that base...HEAD changes or renames. Raises ValueError like changed_paths."""
    wanted = [one for one in _changes(root, base, renames=True) if one.status in "MR" and one.path in paths and one.old]
    try:
        with Git(root) as git:
            return {change.path: git.blob(change.old) for change in wanted}
    except GitError as problem:
        raise ValueError(f"{base}：{problem}") from problem


def staged_paths(root: Path) -> list[str]:
    """Paths (relative to the cluster) that the next commit adds or changes; [] if git fails."""
    try:
        return sorted({c.path for c in Git(root).uncommitted("", staged=True) if c.status in ("A", "M")})
    except GitError:
        return []


def export_staged(root: Path, paths: Iterable[str], to: Path) -> Path:
    """Write the staged content of these paths to a folder, and return the folder. Skips all other entries."""
    wanted = set(paths)
    with suppress(GitError), Git(root) as git:
        for change in git.uncommitted("", staged=True):
            if change.path in wanted and change.new and ".." not in change.path.split("/"):
                file = to / change.path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(git.blob(change.new))
    return to


def pushing_paths(root: Path, base: str, paths: Iterable[str]) -> set[str]:
    """The changed articles that are, or were at base, pushed or reported to other sites."""
    articles = [path for path in paths if path.startswith("content/") and path.endswith(".md")]
    result = set()
    try:
        with Git(root) as git:
            for rev in (base, "HEAD") if articles else ():
                there = git.files(git.commit(rev), relative=True)
                result |= {
                    path
                    for path in articles
                    if path in there and there[path].mode in FILES and _moves(git.blob(there[path].blob))
                }
    except GitError:
        return set(articles)  # on failure include too many, never too few
    return result


def _moves(data: bytes) -> bool:
    return any(word in data for word in _MOVES)


def changed_sites(
    paths: Iterable[str],
    sites: Sequence[str],
    root: str,
    pushing: Collection[str] = (),
    gathering: Collection[str] = (),
) -> list[str]:
    """The sites whose output a change of these paths may touch, in the sites' order.

    A site's own files touch that site, the root (search, feeds and lists of all) and those whose topics gather articles.
    All sites are touched by the root's own files (its headlines are shown everywhere), by articles that are pushed down, and
    by what is shared (theme, settings, other sites' names …). It may name too many, never too few; the build then opens
    only what differs.
    """
    known = set(sites)
    affected: set[str] = set()
    for path in paths:
        first, _, rest = path.partition("/")
        name = rest.partition("/")[0] if first == "content" else ""
        if name in known and name != root and path not in pushing:
            affected |= {name, root, *gathering}
        elif first == "content" and name and name != root and name not in known:
            continue  # a folder without a site: checks report it, nothing is built from it
        elif not path.startswith(NO_OUTPUT):
            return list(sites)
    return [s for s in sites if s in affected]


def shard_of(site: str, count: int) -> int:
    """A site's group, 0 to count - 1. Stable, so that each machine can reuse its cache."""
    return zlib.crc32(site.encode()) % count


def shards(sites: Iterable[str], count: int) -> dict[int, list[str]]:
    """Group number -> its sites, without empty groups."""
    groups: dict[int, list[str]] = {}
    for site in sites:
        groups.setdefault(shard_of(site, count), []).append(site)
    return dict(sorted(groups.items()))
