"""`jiyue check --changed` and `--staged`: rights, only the changed files, reproducible output."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cluster import DEFAULTS, ClusterFolder, new_cluster
from tests.support.commands import jiyue

RIGHTS = "accounts:\n  boss@jl.example: {role: admin}\n  wang@jl.example: {columns: [jilin/tzgg]}\n"
GOOD = "---\ntitle: 通知\ndate: 2026-11-20 09:30\n---\n\n正文。\n"


def git(root: Path, *args: str, who: str = "boss@jl.example") -> None:
    settings = ["-c", f"user.email={who}", "-c", "user.name=x", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(root), *settings, *args], check=True, capture_output=True)


def check(root: Path, *args: str) -> tuple[int, str]:
    run = jiyue("check", "--root", str(root), "--today", "2026-11-23", *args)
    return run.returncode, run.stdout


@pytest.fixture
def cluster(tmp_path: Path) -> ClusterFolder:
    old = GOOD.replace("正文。", "手机 13912345678。")
    folder = new_cluster(
        tmp_path / "c", {"sites/rights.yaml": RIGHTS, "content/jilin/yw/old.md": old, ".gitignore": ".jiyue\n"}
    )
    git(folder.root, "init", "-q")
    git(folder.root, "add", "-A")
    git(folder.root, "commit", "-qm", "base")
    git(folder.root, "tag", "base")
    return folder


def test_only_what_changed_is_judged_and_by_whom(cluster: ClusterFolder) -> None:
    cluster.write({"content/jilin/tzgg/a.md": GOOD, "content/jilin/tzgg/b.md": GOOD.replace("正文", "[空](#)")})
    git(cluster.root, "add", "-A")
    git(cluster.root, "commit", "-qm", "mine", who="wang@jl.example")
    code, out = check(cluster.root, "--changed", "base", "--format", "json")
    assert [(d["rule"], d["path"]) for d in json.loads(out) if not d["rule"].startswith("backdating-")] == [
        ("link-placeholder", "content/jilin/tzgg/b.md")
    ]
    assert code == 1
    assert check(cluster.root, "--changed", "base", "--format", "json")[1] == out
    cluster.write({"content/jilin/yw/new.md": GOOD})
    git(cluster.root, "add", "-A")
    git(cluster.root, "commit", "-qm", "not mine", who="wang@jl.example")
    assert "rights-outside" in check(cluster.root, "--changed", "base", "--format", "sarif")[1]


def test_an_unknown_base_fails_closed(cluster: ClusterFolder) -> None:
    code, out = check(cluster.root, "--changed", "no-such-commit", "--format", "github")
    assert code == 1
    assert "rights-unjudged" in out


def test_what_is_staged_is_checked_before_the_commit(cluster: ClusterFolder) -> None:
    assert check(cluster.root, "--staged", "--format", "json") == (0, "[]\n")
    cluster.write({"content/jilin/tzgg/a.md": GOOD.replace("正文", "手机 13912345678")})
    git(cluster.root, "add", "-A")
    code, out = check(cluster.root, "--staged", "--format", "json")
    assert code == 1
    assert [d["rule"] for d in json.loads(out)] == ["privacy-mobile"]


def test_what_is_staged_is_judged_and_not_what_the_folder_holds_by_now(cluster: ClusterFolder) -> None:
    article, table = "content/jilin/tzgg/a.md", "content/jilin/tzgg/b.csv"
    cluster.write(
        {article: GOOD.replace("正文", "手机 13912345678，见[附件](b.csv)"), table: "姓名,手机\n张某,13912345678\n"}
    )
    git(cluster.root, "add", "-A")
    cluster.write({article: GOOD, table: "姓名\n张某\n"})
    code, out = check(cluster.root, "--staged", "--format", "json")
    assert code == 1
    assert [(d["rule"], d["path"]) for d in json.loads(out)] == [("privacy-mobile", article), ("privacy-mobile", table)]
    git(cluster.root, "add", "-A")
    cluster.write({article: GOOD.replace("正文", "手机 13912345678")})
    assert check(cluster.root, "--staged", "--format", "json")[0] == 0


def test_a_date_from_before_the_file_came_in_is_told(cluster: ClusterFolder) -> None:
    cluster.write({"content/jilin/tzgg/a.md": GOOD.replace("2026-11-20", "2019-01-01")})
    git(cluster.root, "add", "-A")
    git(cluster.root, "commit", "-qm", "late")
    _, out = check(cluster.root, "--changed", "base", "--format", "json")
    assert [d["rule"] for d in json.loads(out)] == ["backdating-date"]


def test_a_date_changed_to_an_earlier_day_is_told(cluster: ClusterFolder) -> None:
    def told(path: str, text: str, *more: str) -> list[tuple[str, str]]:
        cluster.write({path: text})
        git(cluster.root, "add", "-A")
        git(cluster.root, "commit", "-qm", "changed")
        findings = json.loads(check(cluster.root, "--changed", "HEAD~1", "--format", "json")[1])
        return [(d["rule"], d["message"]) for d in findings if d["rule"] in ("backdating-changed", *more)]

    old = "content/jilin/yw/old.md"
    was = GOOD.replace("正文。", "手机 13912345678。")
    assert told(old, was.replace("2026-11-20 09:30", "2026-11-20 08:00")) == []
    assert told(old, was) == []
    assert told(old, was.replace("2026-11-20", "2026-11-21")) == []
    assert told(old, was) == [("backdating-changed", "发布日期由 2026-11-21 09:30 改早为 2026-11-20 09:30")]
    early = was.replace("2026-11-20", "2024-01-01")
    assert [rule for rule, _ in told(old, early, "backdating-date")] == ["backdating-changed", "backdating-date"]
    told(old, was)
    git(cluster.root, "mv", old, "content/jilin/yw/moved.md")
    assert [rule for rule, _ in told("content/jilin/yw/moved.md", early)] == ["backdating-changed"]


def test_a_date_to_come_is_told_of_a_changed_file(cluster: ClusterFolder) -> None:
    cluster.write({"content/jilin/tzgg/a.md": GOOD.replace("2026-11-20", "2099-01-01")})
    git(cluster.root, "add", "-A")
    assert [d["rule"] for d in json.loads(check(cluster.root, "--staged", "--format", "json")[1])] == ["date-future"]


def test_only_a_list_that_an_admin_commits_lets_an_old_date_pass(cluster: ClusterFolder, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    (old / "a.md").write_text("---\ntitle: 旧文\ndate: 2019-01-01\n---\n\n正文。\n", encoding="utf-8")
    command = [sys.executable, "-m", "jiyue", "import", "markdown", str(old), "--site", "jilin", "--column", "tzgg"]
    said = subprocess.run([*command, "--root", str(cluster.root)], capture_output=True, check=True).stdout.decode()
    assert "sites/migrated/jilin.tzgg.csv" in said
    listed = (cluster.root / "sites/migrated/jilin.tzgg.csv").read_text()
    [article] = (cluster.root / "content/jilin/tzgg").glob("*.md")

    def rules(who: str, **files: str) -> list[str]:
        cluster.write(dict(files.items()))
        git(cluster.root, "add", "-A")
        git(cluster.root, "commit", "-qm", "old texts", "--allow-empty", who=who)
        return [d["rule"] for d in json.loads(check(cluster.root, "--changed", "base", "--format", "json")[1])]

    assert rules("boss@jl.example") == []
    git(cluster.root, "reset", "-q", "--soft", "base")
    told = rules("wang@jl.example")
    assert told == ["rights-protected", "rights-protected", "rights-outside"], "the list, the record, and the approval"
    git(cluster.root, "reset", "-q", "--soft", "base")
    text = article.read_text() + "\n改动以后不再是清单里的那一件。\n"
    assert rules("boss@jl.example", **{str(article.relative_to(cluster.root)): text}) == ["backdating-date"]
    git(cluster.root, "reset", "-q", "--soft", "base")
    broken = listed.replace("path,", "paths,")
    assert "file-migrated" in rules("boss@jl.example", **{"sites/migrated/jilin.tzgg.csv": broken})


def test_a_repost_that_comes_days_late_is_told(cluster: ClusterFolder) -> None:
    cluster.write({"sites/jilin.yaml": f"{DEFAULTS['sites/jilin.yaml']}profile: province\n"})
    git(cluster.root, "add", "-A")
    git(cluster.root, "commit", "-qm", "limits")
    git(cluster.root, "tag", "-f", "base")
    origin = "repost_of: {{name: 中国政府网, url: 'https://www.gov.cn/a.htm', published: {}}}\n"
    for name, published in (("late", "2026-11-06 09:00"), ("quick", "2026-11-20 09:00")):
        text = GOOD.replace("date: 2026-11-20 09:30\n", f"date: 2026-11-21 09:30\n{origin.format(published)}")
        cluster.write({f"content/jilin/tzgg/{name}.md": text})
    git(cluster.root, "add", "-A")
    env = {**os.environ, "GIT_COMMITTER_DATE": "2026-11-21T09:00:00+0800"}
    command = ["git", "-c", "user.email=boss@jl.example", "-c", "user.name=x", "commit", "-qm", "reposts"]
    subprocess.run(command, cwd=cluster.root, env=env, check=True)
    found = json.loads(check(cluster.root, "--changed", "base", "--format", "json")[1])
    assert [d for d in found if d["rule"] == "repost-late"] == [{
        "rule": "repost-late", "severity": "warning", "site": "jilin", "path": "content/jilin/tzgg/late.md", "line": 4,
        "message": "原文 2026-11-06 09:00 发布，应在 2026-11-09 23:59 以前转载，本站 2026-11-21 09:00 转载，用了 15 天",
        "hint": "今后及时转载；原文的发布时间写错的，改正 repost_of 的 published",
    }]  # fmt: skip
