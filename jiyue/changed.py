"""Which sites a change touches, from git's own diff; and how a huge cluster is split over machines."""

from __future__ import annotations

import subprocess
import zlib
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

NO_OUTPUT = ("docs/", "tests/", "bench/", "ci/", ".github/", ".gitlab-ci.yml", ".workflow/", "README", "sites/ledger/")
"""Beginnings of paths that change no site's output."""


def changed_paths(root: Path, base: str) -> list[str]:
    """Paths (relative to the cluster, of renames both names) that differ between base and the commit.

    ValueError when git can't compare with base: the caller should then take every site.
    """
    command = [
        "git",
        "-C",
        str(root),
        "diff",
        "--name-only",
        "--no-renames",
        "--relative",
        "-z",
        f"{base}...HEAD",
        "--",
    ]
    if base.startswith("-"):
        raise ValueError(base)
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise ValueError(done.stderr.decode("utf-8", "replace").strip())
    return sorted({p for p in done.stdout.decode().split("\0") if p})


def added_paths(root: Path, base: str) -> set[str]:
    """Paths that base...HEAD adds, without those it only renames. Raises ValueError as changed_paths does."""
    if base.startswith("-"):
        raise ValueError(base)
    command = ["git", "-C", str(root), "diff", "--name-only", "-M", "--diff-filter=A", "--relative", "-z"]
    done = subprocess.run([*command, f"{base}...HEAD", "--"], capture_output=True, check=False)
    if done.returncode:
        raise ValueError(done.stderr.decode("utf-8", "replace").strip())
    return {p for p in done.stdout.decode("utf-8", "surrogateescape").split("\0") if p}


def staged_paths(root: Path) -> list[str]:
    """Paths (relative to the cluster) that the next commit adds or changes; [] where git does not answer."""
    command = ["git", "-C", str(root), "diff", "--cached", "--name-only", "--no-renames", "--relative", "-z"]
    done = subprocess.run([*command, "--diff-filter=AM"], capture_output=True, check=False)
    return sorted({p for p in done.stdout.decode("utf-8", "surrogateescape").split("\0") if p})


def export_staged(root: Path, paths: Iterable[str], to: Path) -> Path:
    """Write what the next commit will hold of these paths below a folder; gives the cluster's own folder in it."""
    inner = subprocess.run(["git", "-C", str(root), "rev-parse", "--show-prefix"], capture_output=True, check=False)
    subprocess.run(
        ["git", "-C", str(root), "checkout-index", "-z", "--stdin", "-q", f"--prefix={to}/"],
        input="".join(f"{path}\0" for path in paths).encode("utf-8", "surrogateescape"),
        capture_output=True,
        check=False,
    )
    return to / inner.stdout.decode("utf-8", "surrogateescape").strip("\n")


def pushing_paths(root: Path, base: str, paths: Iterable[str]) -> set[str]:
    """Those of the changed articles that are, or were at base, pushed to other sites."""
    articles = [path for path in paths if path.startswith("content/") and path.endswith(".md")]
    found = set()
    for tree in (base, "HEAD"):
        command = ["git", "-C", str(root), "grep", "-l", "-z", "-F", "push_down", tree, "--", *articles]
        done = subprocess.run(command, capture_output=True, check=False) if articles else None
        names = done.stdout.decode("utf-8", "surrogateescape").split("\0") if done else []
        found |= {name.partition(":")[2] for name in names if name}
    return found


def changed_sites(paths: Iterable[str], sites: Sequence[str], root: str, pushing: Collection[str] = ()) -> list[str]:
    """The sites whose output a change of these paths may touch, in the sites' order.

    A site's own files touch that site and the root (search, feeds and lists of all). All sites are touched by the root's
    own files (its headlines are shown everywhere), by articles that are pushed down, and by what is shared (theme,
    settings, other sites' names …). It may name too many, never too few; the build then opens only what differs.
    """
    known = set(sites)
    found: set[str] = set()
    for path in paths:
        first, _, rest = path.partition("/")
        name = rest.partition("/")[0] if first == "content" else ""
        if name in known and name != root and path not in pushing:
            found |= {name, root}
        elif first == "content" and name and name != root and name not in known:
            continue  # a folder without a site: checks report it, nothing is built from it
        elif not path.startswith(NO_OUTPUT):
            return list(sites)
    return [s for s in sites if s in found]


def shard_of(site: str, count: int) -> int:
    """In which of `count` groups a site is, from 0: always the same, so that a group's machine finds its own cache."""
    return zlib.crc32(site.encode()) % count


def shards(sites: Iterable[str], count: int) -> dict[int, list[str]]:
    """The groups that have any of these sites, by number."""
    groups: dict[int, list[str]] = {}
    for site in sites:
        groups.setdefault(shard_of(site, count), []).append(site)
    return dict(sorted(groups.items()))
