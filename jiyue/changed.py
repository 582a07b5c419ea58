"""Which sites a change touches, from git's own diff; and how a huge cluster is split over machines."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
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


def changed_sites(paths: Iterable[str], sites: Sequence[str]) -> list[str]:
    """The sites whose own files are among the paths; all of them when something shared is (theme, plugins, profiles …).

    Sites linked with a changed one (its superior's lists, reposts) are the build's own concern: it knows the links.
    """
    known = set(sites)
    found: set[str] = set()
    for path in paths:
        first, _, rest = path.partition("/")
        name = rest.partition("/")[0] if first == "content" else rest.removesuffix(".yaml") if first == "sites" else ""
        if name in known:
            found.add(name)
        elif first == "content" and name:
            continue  # a folder without a site: checks report it, nothing is built from it
        elif not path.startswith(NO_OUTPUT):
            return list(sites)
    return [s for s in sites if s in found]


def shards(sites: Sequence[str], weights: dict[str, int], count: int) -> list[list[str]]:
    """The sites in at most `count` groups of about the same weight (say, articles), each in the sites' order."""
    groups: list[list[str]] = [[] for _ in range(max(1, min(count, len(sites))))]
    loads = [0] * len(groups)
    for site in sorted(sites, key=lambda s: (-weights.get(s, 1), s)):
        lightest = loads.index(min(loads))
        groups[lightest].append(site)
        loads[lightest] += weights.get(site, 1)
    order = {s: n for n, s in enumerate(sites)}
    return [sorted(group, key=order.__getitem__) for group in groups if group]
