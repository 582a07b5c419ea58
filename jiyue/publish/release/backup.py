"""All releases in a branch of a git repository, so that they outlive the machine that made them.

The branch has the store without what can be derived: the trees (their files are git's objects, each sent once), the
journals, the live links, what was withdrawn. The branch has one commit without a parent, so what was expunged is not in
it. It moves only from the commit that was restored here: of two machines that publish at once the later one is refused.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from jiyue.publish.release.manifest import ReleaseError, file_digest
from jiyue.publish.release.store import Store

PARTS = ("releases", "live", "journal", "state", "withdrawn.json")
"""Parts of a store that are backed up; objects are links to the releases' files, the rest is cache."""

_SEEN = "refs/jiyue/store"
"""The commit that this machine restored or wrote last."""
_WHO = {name: value for role in ("AUTHOR", "COMMITTER") for name, value in (
    (f"GIT_{role}_NAME", "jiyue"), (f"GIT_{role}_EMAIL", "jiyue@localhost"))}  # fmt: skip


def backup(store: Store, remote: str, branch: str, root: Path) -> bool:
    """Write the store to a branch; whether it differed. root: the cluster, whose git knows remote and its credentials.

    ReleaseError where git can't, or where another machine wrote since.
    """
    with store.locked():
        git = _Git(root, store.root)
        parts = [part for part in PARTS if os.path.lexists(store.root / part)]
        git("read-tree", "--empty")
        if parts:
            git("add", "--all", "--force", "--", *parts)
        tree, seen = git("write-tree"), git("for-each-ref", "--format=%(objectname)", _SEEN)
        if seen and git("log", "-1", "--format=%T", _SEEN, lenient=True) == tree:
            return False
        commit, target = git("commit-tree", "-m", "历次版本", tree), f"refs/heads/{branch}"
        lease = f"--force-with-lease={target}:{seen}"
        git.network("push", "--quiet", lease, "--", git.address(remote), f"{commit}:{target}")
        git("update-ref", _SEEN, commit)
        return True


def restore(store: Store, remote: str, branch: str, root: Path) -> bool:
    """Bring the store to what the branch holds; False where there is no such branch yet, and nothing is changed then.

    A store that this machine left as the branch has it is not touched. root: as for backup(). ReleaseError where git can't.
    """
    with store.locked():
        git = _Git(root, store.root)
        target = f"refs/heads/{branch}"
        address = git.address(remote)
        listed = git.network("ls-remote", "--", address, target).split()
        if not listed:
            return False
        if listed[0] == git("for-each-ref", "--format=%(objectname)", _SEEN) and (store.root / "releases").is_dir():
            return True
        git.network("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", address, target)
        git("read-tree", listed[0])
        for part in (*PARTS, "objects", "packed", "seen"):
            path = store.root / part
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
        git("checkout-index", "--all", "--force")
        _link_objects(store)
        git("update-ref", _SEEN, listed[0])
        return True


def _link_objects(store: Store) -> None:
    """Make the files of all releases hard links to one object for each content again, read-only as they were."""
    for path in sorted((store.root / "releases").glob("*/*/tree/**/*")):
        if not path.is_file() or path.is_symlink():
            continue
        blob = store.blob(file_digest(path))
        if blob.exists():
            path.unlink()
            os.link(blob, path)
        else:
            blob.parent.mkdir(parents=True, exist_ok=True)
            path.chmod(0o444)
            os.link(path, blob)


class _Git:
    """git with a folder of its own for the store's objects; what goes over the network, the cluster's own git brings."""

    def __init__(self, root: Path, store: Path) -> None:
        self._folder = (root / ".jiyue" / "store.git").absolute()
        self._root, self._store = root.absolute(), store.absolute()
        if not (self._folder / "HEAD").is_file():
            self._folder.mkdir(parents=True, exist_ok=True)
            self._run(["git", "init", "--quiet", "--bare", str(self._folder)], self._root)
            (self._folder / "info").mkdir(exist_ok=True)
            (self._folder / "info" / "attributes").write_text("* -text -filter -ident\n", "ascii")

        theirs = self._theirs()
        if theirs:  # a checkout of all branches has brought the objects there
            (self._folder / "objects" / "info").mkdir(parents=True, exist_ok=True)
            (self._folder / "objects" / "info" / "alternates").write_text(f"{theirs}\n", "utf-8")

    def __call__(self, *arguments: str, lenient: bool = False) -> str:
        command = ["git", f"--git-dir={self._folder}", f"--work-tree={self._store}"]
        for setting in ("core.autocrlf=false", "core.safecrlf=false", "gc.auto=0"):
            command += ["-c", setting]
        return self._run([*command, *arguments], self._store, lenient=lenient)

    def address(self, remote: str) -> str:
        """The address of a remote of the cluster's repository: by its name, git would note a branch whose objects are only here."""
        command = ["git", "-C", str(self._root), "remote", "get-url", "--push", "--", remote]
        done = subprocess.run(command, capture_output=True, check=False)
        return done.stdout.decode().strip() or remote

    def network(self, *arguments: str) -> str:
        """By the cluster's repository: its remotes, its credentials, its objects and ours."""
        theirs = self._theirs()
        if not theirs:
            return self(*arguments)
        more = {"GIT_OBJECT_DIRECTORY": str(self._folder / "objects"), "GIT_ALTERNATE_OBJECT_DIRECTORIES": theirs}
        return self._run(["git", "-C", str(self._root), *arguments], self._root, more)

    def _theirs(self) -> str:
        """The folder of the objects of the cluster's repository, "" where there is none."""
        command = ["git", "-C", str(self._root), "rev-parse", "--git-path", "objects"]
        done = subprocess.run(command, capture_output=True, check=False)
        return "" if done.returncode else str(self._root / done.stdout.decode().strip())

    def _run(
        self, command: list[str], folder: Path, more: Mapping[str, str] = MappingProxyType({}), *, lenient: bool = False
    ) -> str:
        environment = {**os.environ, **_WHO, **more, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
        try:
            done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
        except OSError as cause:
            raise ReleaseError("没有找到 git 命令，请先安装。") from cause
        if done.returncode and not lenient:
            stderr = done.stderr.decode("utf-8", "replace").strip()[-400:]
            if "stale info" in stderr or "fetch first" in stderr:
                raise ReleaseError(
                    "备份的分支已被另一台机器写过，没有覆盖它。请先运行 jiyue store restore，再重新发布。"
                )
            raise ReleaseError(f"历次版本的备份或恢复没有完成：{stderr}")
        return done.stdout.decode("utf-8", "surrogateescape").strip()
