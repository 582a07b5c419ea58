"""What git's history says of the dates of articles; kept, so that an audit reads only the commits since the last one."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from jiyue.audit.measures.spans import number
from jiyue.audit.measures.subject import Past, Redated, Stray
from jiyue.base import clock
from jiyue.base.cache import Cache
from jiyue.base.git import Git, GitError
from jiyue.base.patterns import pattern
from jiyue.catalogue.frontmatter import NoFrontMatter, split
from jiyue.catalogue.migrated import Migrated, digest_of
from jiyue.checks.repository.backdating import Edit, First, walk
from jiyue.checks.repository.commits import UNJUDGED, commit_findings
from jiyue.checks.repository.rights import POLICY

_KEPT = "audit/history.json"
_COMMIT = pattern("（提交 ([0-9a-f]{10})）")


def pasts(root: Path, sites: Iterable[str], cache: Cache, listed: Migrated) -> dict[str, Past] | str:
    """The past of each site; or, in Chinese, why it can't be told. listed: rows of the approved lists of migrated files."""
    try:
        with Git(root) as git:
            if git.is_shallow():
                return "这是浅克隆，看不到文件第一次提交的时间：git fetch --unshallow"
            known = _known(git, cache)
    except GitError:
        return "站群不在 git 仓库里，或者还没有提交，没有历史可以核对"
    migrated = _migrated(root, listed)
    judged = known.strays is not None
    past = {site: Past({}, [], [] if judged else None, migrated) for site in sites}
    for path, one in known.first.items():
        if (site := _site_of(path)) in past:
            past[site].first[path] = one
    for change in known.redated:
        if (site := _site_of(change.path)) in past:
            past[site].redated.append(change)
    for stray in known.strays or ():
        strays = past[site].strays if (site := _site_of(stray.path)) in past else None
        if strays is not None:
            strays.append(stray)
    return past


class _Known(NamedTuple):
    """Of the whole history up to a commit."""

    first: dict[str, First]
    redated: list[Redated]
    strays: list[Stray] | None


def _known(git: Git, cache: Cache) -> _Known:
    head = git.commit("HEAD")
    kept: dict[str, Any] = cache.get(_KEPT) or {}
    first = {path: First(commit, _moment(at)) for path, commit, at in kept.get("first", ())}
    redated = [Redated(*row) for row in kept.get("redated", ())]
    strays = None if kept.get("strays") is None else [Stray(*row) for row in kept["strays"]]
    if kept.get("head") == head:
        return _Known(first, redated, strays)
    since = kept["head"] if kept and _is_ancestor(git, kept["head"], head) else ""
    if not since:
        first, redated, strays = {}, [], None
    first, edits = walk(git.repo, f"{since}..{head}" if since else head, known=first)
    redated += _moved_back(git, edits)
    base = since if strays is not None else _first_rights(git, head)
    strays = [*(strays or ()), *_strays(git, base)] if base else None
    rows = [[path, one.commit, int(one.at.timestamp())] for path, one in first.items()]
    cache.put(_KEPT, {"head": head, "first": rows, "redated": redated, "strays": strays})
    return _Known(first, redated, strays)


def _first_rights(git: Git, head: str) -> str:
    """The oldest commit that has a file of rights, '' if none has."""
    having = [touch.commit for touch in git.touches(head, "sites") if touch.path == POLICY and touch.new]
    return having[-1] if having else ""


def _strays(git: Git, base: str) -> list[Stray]:
    """Changes since a commit that the rights at it forbid, by the committer's address, which only catches slips."""
    _, times = git.graph("HEAD")
    by_short = {commit[:10]: commit for commit in times}
    found = []
    for hit in commit_findings(git.repo, base, "HEAD"):
        match = _COMMIT.search(hit.message)
        commit = by_short.get(match[1], "") if match else ""
        if commit and hit.rule != UNJUDGED.id:
            day = _moment(times[commit]).astimezone(clock.BEIJING).toordinal()
            found.append(Stray(hit.rule, hit.path, hit.message, hit.hint, commit, day))
    return found


def _site_of(path: str) -> str:
    parts = path.split("/", 2)
    return parts[1] if len(parts) > 2 else ""


def _is_ancestor(git: Git, old: str, head: str) -> bool:
    try:
        return git.merge_base(old, head) == old
    except GitError:
        return False


def _moved_back(git: Git, edits: list[Edit]) -> list[Redated]:
    """The edits that moved the date of an article to an earlier day."""
    articles = [one for one in edits if one.path.endswith((".md", ".markdown")) and one.old and one.new]
    blobs = sorted({blob for one in articles for blob in (one.old, one.new)})
    dates = {blob: _date(data) for blob, data in git.contents(blobs)}
    return [
        Redated(one.path, one.commit, one.at.astimezone(clock.BEIJING).toordinal(), dates[one.old], dates[one.new])
        for one in articles
        if dates[one.new] and dates[one.new] < dates[one.old]
    ]


def _date(data: bytes) -> str:
    """The day of an article's date, '' if it has none that can be read."""
    try:
        moment = clock.parse_date(str(split(data.decode("utf-8", "replace")).values.get("date", "")))
    except NoFrontMatter:
        return ""
    return moment[:10] if moment and number(moment) else ""


def _migrated(root: Path, listed: Migrated) -> frozenset[str]:
    return frozenset(
        path for path, digest in listed if (root / path).is_file() and digest_of((root / path).read_bytes()) == digest
    )


def _moment(seconds: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)
