"""docs/ci/ as run by each forge, from a fresh clone in an empty environment: an officer's change, a hostile one, main, nightly."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from jiyue.base import clock
from tests.support import forges
from tests.support.forges import Run, git
from tests.support.network import free_port

PRODUCT = (
    "jiyue",
    "jiyue_plugins",
    "plugins",
    "themes",
    "tools",
    "requirements",
    "pyproject.toml",
    "setup.py",
    "docs",
    ".gitignore",
)
ROOT = Path(__file__).resolve().parents[2]
HOSTS = ("github", "gitlab", "gitee")
IN_TURN = {
    test: [name if name == quick else pytest.param(name, marks=pytest.mark.long) for name in HOSTS]
    for test, quick in (("officer", "gitlab"), ("hostile", "gitee"), ("main", "github"))
}
"""Each test runs for one host by default, for the others where there is time."""
SIGNING = "JIYUE_SIGNING_KEY"
ARTICLE = "---\ntitle: {}\ndate: {}\n---\n正文。\n"
CC = "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\ndeploy: {}\n"
RIGHTS = (
    "accounts:\n  guanli@jl.example: {role: admin, aliases: [guanli]}\n  bianji@jl.example: {sites: [jilin], aliases: [jl-bianji]}\n"
    "  bianji@cc.example: {sites: [cc], aliases: [cc-bianji]}\n"
)


def now() -> str:
    return (datetime.now(clock.BEIJING) - timedelta(minutes=5)).strftime("%Y-%m-%d %H:%M")


class Forge:
    """A bare repository, a clone to work in, and runs of its jobs by one of the hosts."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder, self.runs = name, folder, 0
        self.origin, self.clone, self.www = folder / "origin.git", folder / "clone", folder / "www"
        self.variables: dict[str, str] = {}
        git("init", "-q", "--bare", "-b", "main", str(self.origin), cwd=folder)
        git("config", "uploadpack.allowAnySHA1InWant", "true", cwd=self.origin)
        git("clone", "-q", str(self.origin), str(self.clone), cwd=folder)
        for part in PRODUCT:
            source, to = ROOT / part, self.clone / part
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(
                source, to, ignore=shutil.ignore_patterns("__pycache__")
            ) if source.is_dir() else shutil.copy(source, to)
        self.write("sites/cluster.yaml", "name: 站群\nroot: jilin\nsearch: off\n")
        self.write("sites/jilin.yaml", "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n")
        self.write("sites/cc.yaml", CC.format(f"{{kind: folder, path: {self.www}}}"))
        self.write("sites/rights.yaml", RIGHTS)
        self.write("content/cc/tzgg/a.md", ARTICLE.format("第一件事", "2020-01-02 09:00"))
        self.write("content/jilin/yw/a.md", ARTICLE.format("省里的事", "2020-01-02 09:00"))
        copies = re.search(r"```sh\n(.*?)```", (self.clone / "docs/ci/README.md").read_text("utf-8"), re.DOTALL)
        assert copies
        subprocess.run(["bash", "-ec", copies[1]], cwd=self.clone, check=True)
        done = subprocess.run([sys.executable, "-m", "jiyue", "key", "new"], capture_output=True, text=True, check=True)
        self.variables[SIGNING] = done.stdout
        public = next(line.split()[1] for line in done.stderr.splitlines() if "public:" in line)
        self.write("sites/release-keys.yaml", f"keys:\n  - name: 发布密钥\n    public: {public}\n")
        self.commit("main")

    def write(self, path: str, text: str) -> None:
        (self.clone / path).parent.mkdir(parents=True, exist_ok=True)
        (self.clone / path).write_text(text, "utf-8")

    def commit(self, branch: str) -> str:
        """All changes as one commit, pushed to a branch."""
        git("add", "-A", cwd=self.clone)
        git("commit", "-q", "-m", "change", cwd=self.clone)
        git("push", "-q", "origin", f"HEAD:refs/heads/{branch}", cwd=self.clone)
        return git("rev-parse", "HEAD", cwd=self.clone)

    def pull(self) -> None:
        git("fetch", "-q", "origin", cwd=self.clone)
        git("reset", "-q", "--hard", "origin/main", cwd=self.clone)

    @property
    def work(self) -> Path:
        self.runs += 1
        folder = self.folder / f"machine{self.runs}"
        folder.mkdir()
        return folder / "work"

    def change(self, commit: str, who: str) -> Run:
        """The check of a pull or merge request whose newest commit this is."""
        git("push", "-q", "-f", "origin", f"{commit}:refs/pull/1/head", cwd=self.clone)
        if self.name == "github":
            said = {
                "github.event.pull_request.base.ref": "main",
                "github.event.pull_request.head.sha": commit,
                "github.actor": who,
            }
            return forges.github(self.file("check"), "check", self.origin, self.work, said, {})
        if self.name == "gitlab":
            given = {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "GITLAB_USER_LOGIN": who}
            return forges.gitlab(self.file(""), "check", self.origin, self.work, commit, given)
        given = {"GITEE_BRANCH": "main", "GITEE_PULL_ID": "1", "GITEE_PIPELINE_TRIGGER_USER": who}
        return forges.gitee(self.file("check"), self.origin, self.work, given)

    def publish(self) -> Run:
        """A push to main."""
        commit = git("rev-parse", "refs/heads/main", cwd=self.origin)
        if self.name == "github":
            said = {"github.ref": "refs/heads/main", "secrets.JIYUE_STORE || 'origin'": self.variables.get("JIYUE_STORE", "origin"),
                    "env.SHARDS": "1", "matrix.shard": "0"}  # fmt: skip
            said |= {f"secrets.{k}": v for k, v in self.variables.items()} | {
                f"vars.{k}": v for k, v in self.variables.items()
            }
            plan = forges.github(self.file("publish"), "plan", self.origin, self.work, said, {})
            assert plan.code == 0, plan.output
            (group,) = json.loads(plan.outputs["groups"])
            more = {"GITHUB_REF_NAME": "main"}
            return forges.github(
                self.file("publish"), "publish", self.origin, self.work, {**said, "matrix.sites": group["sites"]}, more
            )
        if self.name == "gitlab":
            given = {
                "CI_DEFAULT_BRANCH": "main",
                "CI_NODE_TOTAL": "1",
                "JIYUE_REMOTE": self.origin.as_uri(),
                **self.variables,
            }
            return forges.gitlab(self.file(""), "publish", self.origin, self.work, commit, given)
        given = {"JIYUE_REMOTE": self.origin.as_uri(), "JIYUE_STORE": "origin", **self.variables}
        return forges.gitee(self.file("publish"), self.origin, self.work, given)

    def nightly(self) -> Run:
        commit = git("rev-parse", "refs/heads/main", cwd=self.origin)
        if self.name == "github":
            said = {"github.ref": "refs/heads/main", "secrets.JIYUE_STORE || 'origin'": "origin"}
            return forges.github(self.file("nightly"), "nightly", self.origin, self.work, said, {})
        if self.name == "gitlab":
            return forges.gitlab(
                self.file(""), "nightly", self.origin, self.work, commit, {"JIYUE_REMOTE": self.origin.as_uri()}
            )
        return forges.gitee(self.file("nightly"), self.origin, self.work, {"JIYUE_STORE": "origin"})

    def file(self, name: str) -> Path:
        """The workflow on main, from where the forge takes it."""
        places = {
            "github": f".github/workflows/{name}.yml",
            "gitlab": ".gitlab-ci.yml",
            "gitee": f".workflow/{name}.yml",
        }
        text = git("show", f"main:{places[self.name]}", cwd=self.origin)
        path = self.folder / f"{name or 'pipeline'}.yml"
        path.write_text(text + "\n", "utf-8")
        return path

    def live(self) -> str:
        return "".join(p.read_text("utf-8") for p in sorted((self.www / "live/cc").rglob("*.html")))


@pytest.fixture
def forge(tmp_path: Path) -> Callable[[str], Forge]:
    return lambda name: Forge(name, tmp_path)


@pytest.mark.parametrize("name", IN_TURN["officer"])
def test_an_officers_change_is_checked_by_the_officers_rights(forge: Callable[[str], Forge], name: str) -> None:
    made = forge(name)
    made.write("content/cc/tzgg/b.md", ARTICLE.format("第二件事", now()))
    good = made.commit("good")
    run = made.change(good, "cc-bianji")
    assert run.code == 0, run.output
    assert "检查了 2 个站点：0 个错误" in run.output or name == "github"  # there in the forge's own form
    if name != "gitee":  # it has no place for a preview
        (page,) = (run.folder / "preview").glob("*/index.html")
        assert "第二件事" in page.read_text("utf-8")
    if name == "gitlab":
        assert json.loads((run.folder / "gl-code-quality-report.json").read_text("utf-8")) == []
    refused = made.change(good, "jl-bianji")
    assert refused.code == 1
    assert "不负责这里" in refused.output
    made.write("content/cc/tzgg/b.md", "---\ntitle: [坏\n---\n")
    broken = made.change(made.commit("good"), "cc-bianji")
    assert broken.code == 1
    assert "content/cc/tzgg/b.md" in broken.output


@pytest.mark.parametrize("name", IN_TURN["hostile"])
def test_a_change_can_not_bring_its_own_judge(forge: Callable[[str], Forge], name: str) -> None:
    made = forge(name)
    mark = made.folder / "ran"
    code = f"import pathlib\npathlib.Path({str(mark)!r}).write_text('ran')\n"
    for path in (
        "jiyue/__init__.py",
        "jiyue/cli/app.py",
        "jiyue/checks/attachment/sandbox.py",
        "sitecustomize.py",
        "yaml.py",
        "jiyue/checks/repository/rights.py",
    ):
        made.write(path, code)
    for path in ("ci/jiyue-ci.sh", "tools/setup.sh"):
        made.write(path, f"touch {mark}\nexit 0\n")
    made.write("sites/rights.yaml", "accounts:\n  evil@x.example: {role: admin, aliases: [evil, cc-bianji]}\n")
    made.write("content/cc/tzgg/x.txt", "附件\n")  # read by a child process
    made.write("content/cc/tzgg/b.md", ARTICLE.format("第二件事", now()) + "[附件](x.txt)\n")
    hostile = made.commit("hostile")
    for who in ("evil", "cc-bianji", ""):
        run = made.change(hostile, who)
        assert run.code == 1, run.output
        assert "sites/rights.yaml" in run.output
        assert not mark.exists()


@pytest.mark.long
@pytest.mark.parametrize("name", HOSTS)
def test_without_rights_a_change_is_refused_and_told_how_to_make_them(forge: Callable[[str], Forge], name: str) -> None:
    made = forge(name)
    (made.clone / "sites/rights.yaml").unlink()
    made.commit("main")
    made.write("content/cc/tzgg/b.md", ARTICLE.format("第二件事", now()))
    run = made.change(made.commit("good"), "guanli")
    assert run.code == 1
    assert "role: admin" in run.output


@pytest.mark.parametrize("name", IN_TURN["main"])
def test_main_goes_live_machine_after_machine(forge: Callable[[str], Forge], name: str) -> None:
    made = forge(name)
    first = made.publish()
    assert first.code == 0, first.output
    assert "第一件事" in made.live()
    made.pull()
    assert "/tzgg/" in (made.clone / "sites/ledger/cc.txt").read_text("utf-8")  # the ledger was pushed
    made.write("content/cc/tzgg/a.md", "---\ntitle: [坏\n---\n")  # a slip: the last published page stays
    made.write("content/cc/tzgg/b.md", ARTICLE.format("第二件事", now()))
    made.commit("main")
    second = made.publish()  # on a machine that has nothing
    assert second.code == 1, second.output
    assert "release-store-lost" not in second.output
    assert "第二件事" in made.live()
    assert "第一件事" in made.live()
    night = made.nightly()
    assert "Traceback" not in night.output
    assert "取回历次版本" in night.output
    assert "核对了 2 处" in night.output, night.output


@pytest.mark.long
def test_a_store_on_a_volume_and_one_that_was_lost(forge: Callable[[str], Forge]) -> None:
    made = forge("gitlab")
    made.variables["JIYUE_STORE"] = str(made.folder / "volume")
    assert made.publish().code == 0
    assert (made.folder / "volume/live/cc").is_symlink()
    made.write("content/cc/tzgg/b.md", ARTICLE.format("第二件事", now()))
    made.pull()
    made.write("content/cc/tzgg/b.md", ARTICLE.format("第二件事", now()))
    made.commit("main")
    again = made.publish()
    assert again.code == 0, again.output
    assert "release-store-lost" not in again.output
    shutil.rmtree(made.folder / "volume")
    made.write("content/cc/tzgg/c.md", ARTICLE.format("第三件事", now()))
    made.pull()
    made.write("content/cc/tzgg/c.md", ARTICLE.format("第三件事", now()))
    made.commit("main")
    lost = made.publish()
    assert "release-store-lost" in lost.output
    assert "release-store-lost" in (lost.folder / "summary.md").read_text("utf-8") or "台账里有" in (
        lost.folder / "summary.md"
    ).read_text("utf-8")


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A real ssh server on the loopback: port, the client's private key, the server's line for known_hosts."""
    program = shutil.which("sshd", path=forges.PATH)
    if not program or not shutil.which("ssh") or not shutil.which("rsync") or os.getuid():
        pytest.skip("no sshd here, or not root")
    folder = tmp_path / "sshd"
    folder.mkdir(mode=0o700)
    Path("/run/sshd").mkdir(exist_ok=True)
    for name in ("host", "client"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    port = free_port()
    config = f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/client.pub\n"
    config += f"StrictModes no\nPidFile {folder}/pid\nPasswordAuthentication no\nUsePAM no\nPermitRootLogin yes\n"
    (folder / "config").write_text(config)
    server = subprocess.Popen([program, "-D", "-e", "-f", str(folder / "config")], stderr=subprocess.DEVNULL)
    public = " ".join((folder / "host.pub").read_text().split()[:2])
    try:
        yield {"port": str(port), "key": (folder / "client").read_text(), "known": f"[127.0.0.1]:{port} {public}"}
    finally:
        server.terminate()
        server.wait()


@pytest.mark.long
@pytest.mark.parametrize("name", HOSTS)
def test_keys_reach_rsync_and_git_targets(forge: Callable[[str], Forge], sshd: dict[str, str], name: str) -> None:
    made = forge(name)
    pages = made.folder / "pages.git"
    git("init", "-q", "--bare", "-b", "pages", str(pages), cwd=made.folder)
    host = f"{{kind: rsync, host: root@127.0.0.1, port: {sshd['port']}, path: {made.folder}/there}}"
    remote = f"ssh://root@127.0.0.1:{sshd['port']}{pages}"
    made.write("sites/cc.yaml", CC.format(host))
    jilin = f"name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\ndeploy: {{kind: git, remote: '{remote}', branch: pages}}\n"
    made.write("sites/jilin.yaml", jilin)
    made.commit("main")
    without = made.publish()
    assert without.code == 1
    assert "Traceback" not in without.output
    made.variables |= {"JIYUE_SSH_KEY": sshd["key"]}
    half = made.publish()
    assert half.code == 2
    assert "ssh-keyscan" in half.output
    made.variables |= {"JIYUE_KNOWN_HOSTS": sshd["known"]}
    run = made.publish()
    assert run.code == 0, run.output
    assert "第一件事" in "".join(p.read_text() for p in (made.folder / "there/live/cc").rglob("*.html"))
    assert "省里的事" in git("show", "pages:yw/index.html", cwd=pages)
    assert sshd["key"].split("\n")[1] not in run.output
    wrong = sshd["known"].rsplit(" ", 1)[0] + " AAAAC3NzaC1lZDI1NTE5AAAAIGV2aWxldmlsZXZpbGV2aWxldmlsZXZpbGV2aWxldmls"
    made.variables |= {"JIYUE_KNOWN_HOSTS": wrong}
    made.pull()
    made.write("content/cc/tzgg/b.md", ARTICLE.format("第二件事", now()))
    made.commit("main")
    assert made.publish().code == 1
    assert "第二件事" not in "".join(p.read_text() for p in (made.folder / "there/live/cc").rglob("*.html"))
