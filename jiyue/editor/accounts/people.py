"""Who has an account at this moment: `sites/rights.yaml` of the main branch, read again whenever that branch moves."""

from __future__ import annotations

import threading
from pathlib import Path

from jiyue.base import clock
from jiyue.base.git import Git, GitError
from jiyue.checks.repository.rights import Account, PolicyError, Rights, rights_at


class People:
    """The accounts of a repository's main branch, which is what HEAD names."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._lock = threading.Lock()
        self._seen: tuple[object, ...] = ()
        self._rights = Rights()
        self.problem = "还没有读取权限文件"
        """Why nobody has an account, in Chinese; '' if the file was read."""

    def find(self, name: str) -> Account | None:
        """The account of a name or alias, None where it has none (now). Only ASCII letters are the same in both
        cases: what a directory of users tells apart must not become one here (`ſ` folds to `s`, `K` to `k`)."""
        account = self.rights().of(name, clock.now()[:10])
        if account is None or _plain(name) not in {_plain(known) for known in (account.name, *account.aliases)}:
            return None
        return account

    def rights(self) -> Rights:
        """All accounts; nobody's if the file is missing or invalid. A request costs four looks at files, not a process."""
        with self._lock:
            seen = self._stamps()
            if seen != self._seen:
                self._rights, self.problem, self._seen = Rights(), "", seen
                try:
                    with Git(self.root) as git:
                        self._rights = rights_at(git, git.commit("HEAD"))
                except PolicyError as problem:
                    self.problem = str(problem)
                except GitError as problem:  # may be over in a moment
                    self.problem, self._seen = str(problem), ()
            return self._rights

    def _stamps(self) -> tuple[object, ...]:
        """What changes when the branch of HEAD moves: HEAD, the file of its branch, the packed refs."""
        folder = _git_folder(self.root)
        try:
            head = (folder / "HEAD").read_text("utf-8", "replace").strip()
        except OSError:
            return (None,)
        common = folder
        if (folder / "commondir").is_file():  # a work tree of its own
            common = folder / (folder / "commondir").read_text("utf-8").strip()
        return (head, *(_stamp(common / name) for name in (head.removeprefix("ref: "), "packed-refs")))


def _plain(name: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in name)


def _git_folder(root: Path) -> Path:
    for above in (root, *root.parents):
        folder = above / ".git"
        if folder.is_file():
            return above / folder.read_text("utf-8").removeprefix("gitdir:").strip()
        if folder.is_dir():
            return folder
    return root


def _stamp(path: Path) -> object:
    """A ref is replaced by rename, so its inode or its time changes; its bytes decide where both are the same."""
    try:
        about = path.stat()
        return about.st_mtime_ns, about.st_ino, path.read_bytes() if about.st_size < 200 else about.st_size
    except OSError:
        return None
