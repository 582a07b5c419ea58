"""A git branch that a pages service serves, written by ghp-import: a branch for a site, or one for the cluster.

With a prefix, each site is a folder of one branch and its url must carry that path. git itself is incremental: objects
that the remote has are not sent again. The branch moves in one step; when the service picks it up is the service's.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from jiyue.publish.deploy.target import Bundle, DeployError, NetworkError, TargetContext
from jiyue.publish.release.manifest import MANIFEST, SIGNATURE, Manifest
from jiyue.publish.release.store import link_or_copy
from jiyue.publish.webserver.stubs import stubs
from jiyue.registry.deploy import GitDeploy
from jiyue.registry.url_ledger import Answers

_REMOTE = "target"
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|[^/]+:", re.IGNORECASE)
"""A git remote that is an address (a URL, or `host:path` as ssh has it) and not a folder."""


def open_target(deploy: GitDeploy, context: TargetContext) -> GitTarget:
    """The target of `kind: git`."""
    remote = deploy.remote if _ADDRESS.match(deploy.remote) else str(context.folder(deploy.remote))
    host = (urlsplit(context.site.url).hostname or "") if deploy.cname is True else deploy.cname or ""
    return GitTarget(
        remote, deploy.branch, context.root / ".jiyue" / "git" / context.site.id, prefix=deploy.prefix, cname=host,
        history=deploy.history, answers=context.answers,
    )  # fmt: skip


class GitTarget:
    """remote: address of the repository; work: a folder for its local copy; cname: host name of the pages service.

    history False keeps only the newest commit on the branch (not with a prefix): what was removed is then gone from the
    branch too. A branch also holds what is not of the release (CNAME, pages for moved addresses), so it is compared each
    time and moved only if it differs. Credentials are git's own (ssh agent, credential helper), never in the cluster's files.
    """

    holds_more = True

    def __init__(self, remote: str, branch: str, work: Path, *, prefix: str = "", cname: str = "", history: bool = True,
                 answers: Answers | None = None, timeout: float = 600.0) -> None:  # fmt: skip
        if prefix and not history:
            raise DeployError("多站点共用一个分支（prefix）时不能清除历史（history: false）。")
        # absolute, because git runs with this folder as -C and as working directory
        self.remote, self.branch, self.work, self.timeout = remote, branch, work.resolve(), timeout
        self.prefix, self.cname, self.history, self.answers = prefix.strip("/"), cname, history, answers

    @property
    def caveat(self) -> str:
        """The branch moves atomically; when the pages service switches is up to it."""
        return "分支一次更新完成；托管服务何时、是否一次切换，由服务方决定。"

    def live(self, site: str) -> tuple[bytes, bytes | None] | None:
        self._fetch()
        raw = self._show(MANIFEST)
        return None if raw is None else (raw, self._show(SIGNATURE))

    def send(self, bundle: Bundle, old: Manifest | None) -> None:
        if self.prefix and self._show(".nojekyll", root=True) is None:
            with tempfile.TemporaryDirectory(dir=self.work) as empty:
                self._import(Path(empty), bundle, ["--no-jekyll"], at_root=True)
            self._push(force=False)
            self._fetch()
        with tempfile.TemporaryDirectory(dir=self.work) as folder:
            tree = Path(folder) / "tree"
            for path in bundle.manifest.files:
                (tree / path).parent.mkdir(parents=True, exist_ok=True)
                link_or_copy(bundle.tree / path, tree / path)
            for path, data in bundle.own().items():
                (tree / path).parent.mkdir(parents=True, exist_ok=True)
                (tree / path).write_bytes(data)
            if self.answers:
                stubs(tree, bundle.manifest.url, self.answers)
            options = ["--prefix", self.prefix] if self.prefix else ["--no-jekyll"]
            if self.cname and not self.prefix:
                options += ["--cname", self.cname]
            if not self.history:
                options.append("--no-history")
            self._import(tree, bundle, options)
        if self._tree("heads") != self._tree(f"remotes/{_REMOTE}") or (not self.history and self._has_parents()):
            self._push(force=not self.history)

    def forget(self, site: str) -> str:
        """Nothing can be deleted from here: a branch's history is rewritten by people who know who has copied it."""
        if not self.history:
            self._fetch()
            if self._has_parents():  # from before `history: false` was written
                tree = f"refs/remotes/{_REMOTE}/{self.branch}^{{tree}}"
                single = self._git("commit-tree", tree, "-m", f"只留最新一版 {site}").decode().strip()
                self._git("update-ref", f"refs/heads/{self.branch}", single)
                self._push(force=True)
            return "分支只有最新一次提交；请让托管方回收不再引用的旧提交。"
        return (
            f"分支 {self.branch} 的历史仍含有这些页面：改用 history: false 后再发布，或按 docs/operations.md 清理历史。"
        )

    def _import(self, tree: Path, bundle: Bundle, options: list[str], *, at_root: bool = False) -> None:
        message = "初始化分支" if at_root else f"发布 {bundle.site} {bundle.manifest.id}"
        command = [
            sys.executable,
            "-m",
            "ghp_import",
            "-r",
            _REMOTE,
            "-b",
            self.branch,
            "-m",
            message,
            *options,
            str(tree),
        ]
        self._checked(command, NetworkError)

    def _fetch(self) -> None:
        self.work.mkdir(parents=True, exist_ok=True)
        if not (self.work / ".git").exists():
            self._git("init", "-q")
        self._git("config", f"remote.{_REMOTE}.url", self.remote)
        self._git("update-ref", "-d", f"refs/remotes/{_REMOTE}/{self.branch}")
        listed = self._git("ls-remote", _REMOTE, f"refs/heads/{self.branch}", network=True)
        if listed.strip():
            spec = f"+refs/heads/{self.branch}:refs/remotes/{_REMOTE}/{self.branch}"
            self._git("fetch", "-q", "--depth=1", _REMOTE, spec, network=True)
        else:
            self._git("update-ref", "-d", f"refs/heads/{self.branch}")

    def _push(self, *, force: bool) -> None:
        lease = []
        if force:  # only over the commit that was fetched
            seen = self._git("for-each-ref", "--format=%(objectname)", f"refs/remotes/{_REMOTE}/{self.branch}")
            lease = [f"--force-with-lease=refs/heads/{self.branch}:{seen.decode().strip()}"]
        self._git("push", "-q", *lease, _REMOTE, f"refs/heads/{self.branch}", network=True)

    def _tree(self, where: str) -> str:
        """The tree of the branch here (heads) or as it was fetched (remotes/…), "" where there is none."""
        command = ["git", "-C", str(self.work), "rev-parse", "-q", "--verify", f"refs/{where}/{self.branch}^{{tree}}"]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=self.timeout).stdout.strip()

    def _has_parents(self) -> bool:
        """Whether the fetched branch has more than its newest commit."""
        ref = f"refs/remotes/{_REMOTE}/{self.branch}"
        if not self._git("for-each-ref", ref):
            return False
        head, _, _ = self._git("cat-file", "commit", ref).partition(b"\n\n")
        return b"\nparent " in head

    def _show(self, path: str, *, root: bool = False) -> bytes | None:
        name = f"{self.prefix}/{path}" if self.prefix and not root else path
        command = ["git", "-C", str(self.work), "show", f"refs/remotes/{_REMOTE}/{self.branch}:{name}"]
        done = subprocess.run(command, capture_output=True, check=False, timeout=self.timeout)
        return done.stdout if done.returncode == 0 else None

    def _git(self, *arguments: str, network: bool = False) -> bytes:
        return self._checked(["git", "-C", str(self.work), *arguments], NetworkError if network else DeployError)

    def _checked(self, command: list[str], failure: type[DeployError]) -> bytes:
        if not shutil.which("git"):
            raise DeployError("没有找到 git 命令，请先安装。")
        who = {f"GIT_{role}_{key}": v for role in ("AUTHOR", "COMMITTER")
               for key, v in (("NAME", "jiyue"), ("EMAIL", "jiyue@localhost"))}  # fmt: skip
        environment = {**who, "GIT_TERMINAL_PROMPT": "0", **os.environ, "LC_ALL": "C"}
        try:
            done = subprocess.run(
                command, cwd=self.work, env=environment, capture_output=True, check=False, timeout=self.timeout
            )
        except subprocess.TimeoutExpired as cause:
            raise NetworkError(f"git 操作超过 {self.timeout:.0f} 秒没有完成。") from cause
        if done.returncode:
            stderr = done.stderr.decode("utf-8", "replace").strip()[-400:]
            raise failure(f"写入分支 {self.branch} 失败：{stderr}")
        return done.stdout
