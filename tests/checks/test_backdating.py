"""Publication dates against the history of real repositories."""

from __future__ import annotations

import datetime
import subprocess
from pathlib import Path

import pytest

from jiyue.checks.repository.backdating import (
    BATCH_DATES,
    DATE,
    EARLIER,
    HISTORY,
    RULES,
    Dated,
    backdating_findings,
    changed_findings,
    first_commits,
    history_finding,
)
from tests.support.repo import Repo

CHINA = datetime.timezone(datetime.timedelta(hours=8))
LONG = "一篇够长的正文，改名时能认出来。\n" * 8


def at(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=CHINA)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "cluster")
    made.write("content/cc/tzgg/a.md", LONG)
    made.commit("a@x.example", when="2026-11-20T10:00:00+0800")
    return made


def article(path: str, published: str, *, migrated: bool = False) -> Dated:
    return Dated("cc", "tzgg", path, 3, at(published), migrated)


def findings(repo: Repo, *articles: Dated) -> list[str]:
    return [f"{d.rule} {d.path}:{d.line} {d.message}" for d in backdating_findings(articles, first_commits(repo.path))]


def test_a_date_before_the_file_was_there(repo: Repo) -> None:
    assert findings(repo, article("content/cc/tzgg/a.md", "2026-08-01T09:00")) == [
        "backdating-date content/cc/tzgg/a.md:3 发布日期 2026-08-01 09:00 比第一次入库（2026-11-20 10:00）早 111 天"
    ]


@pytest.mark.parametrize("published", ["2026-11-20T09:30", "2026-11-18T09:30", "2026-12-24T00:00"])
def test_an_ordinary_date(repo: Repo, published: str) -> None:
    assert findings(repo, article("content/cc/tzgg/a.md", published)) == []


@pytest.mark.parametrize(
    ("before", "now", "rules"),
    [("2026-11-20T09:00", "2026-11-20T08:00", []), ("2026-11-19T09:00", "2026-11-20T09:00", []),
     ("2026-11-21T09:00", "2026-11-20T09:00", ["backdating-changed"]),
     ("2026-11-21T09:00", "2026-08-01T09:00", ["backdating-changed", "backdating-date"])],
)  # fmt: skip
def test_a_date_changed_to_an_earlier_day(repo: Repo, before: str, now: str, rules: list[str]) -> None:
    changed = article("content/cc/tzgg/a.md", now)
    first = first_commits(repo.path)
    assert [d.rule for d in changed_findings([(changed, at(before))], first)] == rules
    moved = article("content/cc/tzgg/a.md", now, migrated=True)
    assert changed_findings([(moved, at(before))], first) == []


def test_migrated_articles_keep_their_dates(repo: Repo) -> None:
    assert findings(repo, article("content/cc/tzgg/a.md", "2015-01-01T00:00", migrated=True)) == []


def test_what_is_not_committed_is_not_judged(repo: Repo) -> None:
    assert findings(repo, article("content/cc/tzgg/new.md", "2015-01-01T00:00")) == []


def test_a_rename_keeps_the_first_time(repo: Repo) -> None:
    repo.git("mv", "content/cc/tzgg/a.md", "content/cc/tzgg/b.md")
    repo.commit("a@x.example", when="2027-03-01T10:00:00+0800")
    assert findings(repo, article("content/cc/tzgg/b.md", "2026-11-20T09:00")) == []
    assert findings(repo, article("content/cc/tzgg/b.md", "2026-01-01T09:00")) != []


def test_a_later_change_does_not_count(repo: Repo) -> None:
    repo.write("content/cc/tzgg/a.md", LONG + "改")
    repo.commit("a@x.example", when="2027-03-01T10:00:00+0800")
    assert findings(repo, article("content/cc/tzgg/a.md", "2026-11-19T09:00")) == []


def test_a_clock_set_back_does_not_help(repo: Repo) -> None:
    repo.write("content/cc/tzgg/late.md", "补写")
    repo.commit("a@x.example", when="2026-01-05T10:00:00+0800")
    assert findings(repo, article("content/cc/tzgg/late.md", "2026-01-05T09:00")) == [
        "backdating-date content/cc/tzgg/late.md:3 发布日期 2026-01-05 09:00 比第一次入库（2026-11-20 10:00）早 319 天"
    ]


def test_a_file_of_a_merged_branch_has_the_time_of_its_own_commit(repo: Repo) -> None:
    repo.git("checkout", "-qb", "side")
    repo.write("content/cc/tzgg/s.md", "x")
    repo.commit("a@x.example", when="2026-11-21T10:00:00+0800")
    repo.git("checkout", "-q", "main")
    repo.write("content/cc/tzgg/m.md", "y")
    repo.commit("a@x.example", when="2026-11-22T10:00:00+0800")
    env = {"GIT_COMMITTER_DATE": "2026-12-30T10:00:00+0800"}
    repo.git(
        "-c", "user.email=a@x.example", "-c", "user.name=a", "merge", "-q", "--no-ff", "--no-edit", "side", env=env
    )
    first = first_commits(repo.path)
    assert first["content/cc/tzgg/s.md"].at.astimezone(CHINA).date() == datetime.date(2026, 11, 21)


def test_many_at_once_with_dates_apart(repo: Repo) -> None:
    paths = [f"content/cc/tzgg/n{n}.md" for n in range(6)]
    for path in paths:
        repo.write(path, path)
    commit = repo.commit("a@x.example", when="2026-11-21T10:00:00+0800")
    articles = [article(path, f"2026-11-{21 + 2 * n:02}T09:00") for n, path in enumerate(paths[:5])]
    assert findings(repo, *articles) == []
    articles.append(article(paths[5], "2026-11-30T09:00"))
    assert findings(repo, *articles) == [
        f"backdating-batch content/cc/tzgg/n0.md:0 提交 {commit[:10]} 向栏目 tzgg 一次补录 6 篇，日期从 2026-11-21 到 2026-11-30"
    ]


def test_a_shallow_clone_can_t_tell(repo: Repo, tmp_path: Path) -> None:
    repo.write("content/cc/tzgg/b.md")
    repo.commit("a@x.example")
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{repo.path}", str(tmp_path / "shallow")], check=True)
    assert [d.rule for d in history_finding(tmp_path / "shallow")] == ["backdating-history"]
    assert history_finding(repo.path) == []


def test_every_rule_fires_above() -> None:
    assert {rule.id for rule in RULES} == {r.id for r in (DATE, EARLIER, BATCH_DATES, HISTORY)}
