"""Compares publication dates with git: an article can't have been published long before it entered the repository.

A commit's time comes from its author's clock, so it counts as no earlier than the commit's ancestors. This is only as
strong as the history: a forge that records pushes, or signed tags, prove more.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from jiyue.base.diagnostics import Diagnostic, error, warning
from jiyue.base.git import Git, GitError

_SOURCE = "国办秘函〔2019〕19号 单项否决第1项（弄虚作假，如伪造发稿日期）"
TOLERANCE = datetime.timedelta(days=3)
"""How long before its first commit an article may be dated: a weekend between writing and committing."""
BATCH = 5
"""Articles that one commit may add to a column if their dates are spread wider than SPREAD."""
SPREAD = datetime.timedelta(days=7)

DATE = error(
    "backdating-date",
    "发布日期早于入库时间",
    "把今天补写的稿件标成几个月前的日期，是伪造发稿日期，属于弄虚作假，单项否决。确属旧站迁来的，凭管理员提交、审核岗位整批审核的迁移清单。",
    _SOURCE,
)
EARLIER = warning(
    "backdating-changed",
    "发布日期改早了",
    "发布以后把日期改早，与订阅者、搜索引擎和备份里的记录对不上，检查时会按伪造发稿日期核查。",
    _SOURCE,
)
BATCH_DATES = warning(
    "backdating-batch",
    "一次提交补录多篇不同日期的稿件",
    "同一栏目一次补进多篇、日期又前后错开，是检查前突击补稿的典型痕迹。",
    _SOURCE,
)
HISTORY = error(
    "backdating-history",
    "提交历史不完整，无法核对日期",
    "浅克隆里看不到文件第一次入库的时间，核对不了发稿日期；核对不了不等于没有问题。",
    _SOURCE,
)
RULES = (DATE, EARLIER, BATCH_DATES, HISTORY)
_LISTED = (
    "旧站迁来的稿件用 jiyue import 导入，由管理员提交它写出的清单 sites/migrated/*.csv，终审、保密审查岗位整批审核；"
    "稿件里写 migrated 不算数"
)


@dataclass(frozen=True, slots=True)
class Dated:
    """The facts of an article that these rules need. path is relative to the repository; published has a time zone.

    migrated: whether a list of migrated files contains it with these bytes (jiyue.catalogue.migrated).
    """

    site: str
    column: str
    path: str
    line: int
    published: datetime.datetime
    migrated: bool = False


@dataclass(frozen=True, slots=True)
class First:
    """The commit that first added a file, and its time."""

    commit: str
    at: datetime.datetime


class Edit(NamedTuple):
    """A commit that changed a file: its time, and the blobs before and after."""

    commit: str
    at: datetime.datetime
    path: str
    old: str
    new: str


def first_commits(repo: Path, rev: str = "HEAD", folder: str = "content") -> dict[str, First]:
    """Path -> first commit of each file of a folder. Follows renames. Raises GitError."""
    return walk(repo, rev, folder)[0]


def walk(
    repo: Path, rev: str = "HEAD", folder: str = "content", known: Mapping[str, First] | None = None
) -> tuple[dict[str, First], list[Edit]]:
    """(path -> first commit of each file of a folder, every later change of one), oldest first. Follows renames.

    known: the first commits up to where rev, a range, begins. A merge changes what differs from all its parents. Raises GitError.
    """
    first: dict[str, First] = dict(known or {})
    edits: list[Edit] = []
    prefix = folder.rstrip("/") + "/"
    for commit, seconds, sides in Git(repo).steps(rev):
        here = First(commit, datetime.datetime.fromtimestamp(seconds, datetime.UTC))
        for change in (change for side in sides for change in side):
            if change.status in "AR" and change.path.startswith(prefix):
                before = first.get(change.source) if change.status == "R" else None
                first.setdefault(change.path, before or here)
        others = [{change.path for change in side} for side in sides[1:]]
        edits += [
            Edit(commit, here.at, change.path, change.old, change.new)
            for change in (sides[0] if sides else ())
            if change.status in "MR"
            and change.path.startswith(prefix)
            and all(change.path in other for other in others)
        ]
    return first, edits


def backdating_findings(
    articles: Iterable[Dated],
    first: Mapping[str, First],
    tolerance: datetime.timedelta = TOLERANCE,
    most: int = BATCH,
    spread: datetime.timedelta = SPREAD,
) -> list[Diagnostic]:
    """Findings for articles dated before they existed, and for more than `most` of one column that one commit added with
    dates wider apart than `spread`. Uncommitted articles are not checked."""
    findings = []
    batches: dict[tuple[str, str, str], list[Dated]] = defaultdict(list)
    for article in articles:
        known = first.get(article.path)
        if known is None or article.migrated:
            continue
        early = known.at - article.published
        if early > tolerance:
            entered = known.at.astimezone(article.published.tzinfo)
            message = f"发布日期 {_when(article.published)} 比第一次入库（{_when(entered)}）早 {early.days} 天"
            hint = f"改成实际发布的日期；{_LISTED}"
            findings.append(DATE.at(article.path, article.line, message, hint, site=article.site))
        batches[article.site, article.column, known.commit].append(article)
    for (site, column, commit), batch in sorted(batches.items()):
        dates = [article.published for article in batch]
        if len(batch) > most and max(dates) - min(dates) > spread:
            first_path = min(article.path for article in batch)
            dated = f"日期从 {min(dates):%Y-%m-%d} 到 {max(dates):%Y-%m-%d}"
            message = f"提交 {commit[:10]} 向栏目 {column} 一次补录 {len(batch)} 篇，{dated}"
            hint = f"核实这些稿件的实际发布时间；{_LISTED}"
            findings.append(BATCH_DATES.at(first_path, 0, message, hint, site=site))
    return findings


def changed_findings(
    articles: Iterable[tuple[Dated, datetime.datetime]], first: Mapping[str, First]
) -> list[Diagnostic]:
    """Findings for articles whose date was moved to an earlier day. articles: (article, its former date)."""
    findings = []
    for article, before in articles:
        if article.migrated or article.published.date() >= before.date():
            continue
        message = f"发布日期由 {_when(before)} 改早为 {_when(article.published)}"
        hint = "改回实际发布的日期；原来写错的，在提交说明里写明依据"
        findings.append(EARLIER.at(article.path, article.line, message, hint, site=article.site))
        known = first.get(article.path)
        findings += (
            [d for d in backdating_findings([article], {article.path: known}) if d.rule == DATE.id] if known else []
        )
    return findings


def _when(moment: datetime.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def history_finding(repo: Path, path: str = "content") -> list[Diagnostic]:
    """A finding if the clone is shallow or git fails, else none."""
    try:
        if not Git(repo).is_shallow():
            return []
        message = "这是浅克隆，看不到文件第一次入库的时间"
    except GitError as problem:
        message = str(problem)
    return [HISTORY.at(path, 0, message, "取回完整历史：git fetch --unshallow（CI 里把 fetch-depth 设为 0）")]
