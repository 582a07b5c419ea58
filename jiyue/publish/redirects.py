"""Automatic redirects: from a page's old URL to its new one when its source was renamed or its slug changed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jiyue.base.git import Git, GitError

Records = Mapping[str, Mapping[str, Any]]
"""Source path → record of the page (`api/articles*.jsonl`), its url local (jiyue.publish.release.records.source_urls)."""


def redirects_between(
    old: Records, new: Records, renames: Mapping[str, str], elsewhere: Mapping[str, str]
) -> dict[str, str]:
    """Old local url → new local url, or the absolute url of a page that moved to another site.

    A page follows its source: as git renamed it (renames: old source path → new), else to the only new source with the
    same bytes. elsewhere: source path of another site → absolute url.
    """
    added: dict[str, list[str]] = {}
    for path, row in new.items():
        if path not in old and row.get("digest"):
            added.setdefault(str(row["digest"]), []).append(path)
    redirects = {}
    for path, row in old.items():
        target = path
        if path not in new:
            target = renames.get(path, "")
            same = added.get(str(row.get("digest", "")), [])
            if target not in new and target not in elsewhere and len(same) == 1:
                target = same[0]
        url = str(new[target]["url"]) if target in new else elsewhere.get(target, "")
        if url and url != row["url"]:
            redirects[str(row["url"])] = url
    return redirects


@cache
def git_renames(root: Path, commit: str) -> Mapping[str, str]:
    """Articles that git takes for renamed since a commit, the work tree counted: old source path → new.

    {} outside of git, or where the commit is not known here (a shallow clone).
    """
    git = Git(root)
    try:
        changes = git.uncommitted(git.commit(commit.rstrip("+")), "content", renames=True)
    except GitError:
        return {}
    return {change.source: change.path for change in changes if change.status == "R"}
