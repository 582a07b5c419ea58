"""Git objects without a process for each: read through a few `git cat-file --batch` that stay, written as loose objects.

An object is a file with a name that is the digest of its content, so writing one twice, or dying half-way, harms nothing.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
import threading
import weakref
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from queue import Empty, LifoQueue
from typing import IO, NamedTuple

from jiyue.base.git import GitError

FILE, FOLDER = "100644", "40000"
"""The modes that the editor writes."""


READERS = 8
"""Processes that read at a time: more would only wait for processors."""
SMALL, REMEMBERED = 100_000, 1000
"""Bytes of a text that is remembered, and how many are."""
LARGEST = 250_000_000
"""Bytes of an object up to which it is read: anybody who may push may push what fills the memory."""


class Entry(NamedTuple):
    """A line of a tree. id: of its blob, its tree, or (mode 160000) of the commit of a submodule."""

    mode: str
    id: str


class Missing(GitError):
    """There is no such object or revision."""


Tree = Mapping[str, Entry]


def environment() -> dict[str, str]:
    """What git runs with: none of its own variables, no prompt, no translation."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") or key in _KEPT}
    return own | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1"}


_KEPT = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_SSH_COMMAND", "GIT_SSH")


class Objects:
    """The objects of a repository. May be used by many threads."""

    def __init__(self, root: Path, folder: Path, algorithm: str = "sha1") -> None:
        """root: where git is run; folder: the one that holds the objects; algorithm: sha1 or sha256."""
        self.root, self.folder, self.algorithm = root, folder, algorithm
        self._readers: LifoQueue[subprocess.Popen[bytes]] = LifoQueue()
        self.tree = lru_cache(maxsize=4096)(self._tree)
        self._texts: dict[str, bytes] = {}
        self._free = threading.BoundedSemaphore(READERS)
        weakref.finalize(self, _end_all, self._readers)

    def close(self) -> None:
        """End the readers. They also end with this object."""
        _end_all(self._readers)

    # -- reading --

    def read(self, name: str) -> tuple[str, str, bytes]:
        """(id, type, content) of what a name means now: an id, a ref's full name, `REF:path`. Raises Missing, GitError."""
        if not name or "\n" in name or "\0" in name:
            raise Missing("没有这样的名字")
        with self._free, self._reader() as (write, read):
            write.write(name.encode("utf-8", "surrogateescape") + b"\n")
            write.flush()
            head = read.readline().rstrip(b"\n").rsplit(b" ", 2)
            if head[-1] in (b"missing", b"ambiguous"):
                raise Missing(f"仓库里没有 {name[:60]}")
            size = int(head[2])
            if size > LARGEST:
                raise GitError(f"{name[:60]} 有 {size // 1_000_000} MB，不读")
            data = read.read(size + 1)
            if len(data) != size + 1:
                raise ValueError(name)
        return head[0].decode("ascii"), head[1].decode("ascii"), data[:-1]

    def blob(self, blob: str) -> bytes:
        """The content of a blob by its id. Texts are read ten times a save, so they are remembered."""
        known = self._texts.get(blob)
        if known is not None:
            return known
        found, kind, data = self.read(blob)
        if found != blob or kind != "blob":
            raise Missing(f"仓库里没有文件 {blob[:10]}")
        if len(data) < SMALL:
            if len(self._texts) >= REMEMBERED:
                self._texts.clear()
            self._texts[blob] = data
        return data

    def _tree(self, tree: str) -> Tree:
        _, kind, data = self.read(tree)
        if kind != "tree":
            raise GitError(f"{tree[:10]} 不是目录")
        size, at, entries = (20 if self.algorithm == "sha1" else 32), 0, {}
        while at < len(data):
            end = data.index(b"\0", at)
            mode, name = data[at:end].split(b" ", 1)
            at = end + 1 + size
            entries[name.decode("utf-8", "surrogateescape")] = Entry(mode.decode("ascii"), data[end + 1 : at].hex())
        return entries

    @contextmanager
    def _reader(self) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
        """A reader's pipes; one that failed, or was left in the middle of an answer, is ended."""
        try:
            process = self._readers.get_nowait()
            if process.poll() is not None:
                _end(process)
                raise Empty
        except Empty:
            process = subprocess.Popen(
                ["git", "--no-replace-objects", "-C", str(self.root), "cat-file", "--batch"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(),
            )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdin, process.stdout
        except Missing:
            self._readers.put(process)
            raise
        except BaseException as problem:
            process.kill()
            _end(process)
            if isinstance(problem, OSError | ValueError | IndexError):
                raise GitError("git cat-file 没有成功") from problem
            raise
        self._readers.put(process)

    # -- writing --

    def write(self, kind: str, data: bytes) -> str:
        """Write an object that lasts, and return its id."""
        whole = b"%s %d\0" % (kind.encode("ascii"), len(data)) + data
        name = hashlib.new(self.algorithm, whole, usedforsecurity=False).hexdigest()
        place = self.folder / name[:2] / name[2:]
        if place.exists():
            with suppress(OSError):
                os.utime(place)  # as git does, so that no cleaning takes it for an old one that nobody needs
            return name
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(prefix="tmp_obj_", dir=place.parent)  # `git gc` clears what is left of these
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(zlib.compress(whole, 1))
                file.flush()
                os.fsync(file.fileno())
            Path(part).chmod(0o444)
            Path(part).rename(place)
        except BaseException:
            with suppress(OSError):
                Path(part).unlink()
            raise
        return name

    def write_tree(self, entries: Tree) -> str:
        """Write a tree."""

        def order(item: tuple[str, Entry]) -> bytes:
            return item[0].encode("utf-8", "surrogateescape") + (b"/" if item[1].mode == FOLDER else b"")

        return self.write(
            "tree",
            b"".join(
                b"%s %s\0%s" % (e.mode.encode(), name.encode("utf-8", "surrogateescape"), bytes.fromhex(e.id))
                for name, e in sorted(entries.items(), key=order)
            ),
        )

    # -- paths in trees --

    def entry(self, tree: str, path: str) -> Entry | None:
        """What lies at a path below a tree; None if nothing does."""
        found = Entry(FOLDER, tree)
        for part in path.split("/"):
            if found.mode != FOLDER or not (below := self.tree(found.id).get(part)):
                return None
            found = below
        return found

    def changed(self, tree: str, changes: Mapping[str, Entry | None]) -> str:
        """The tree in which these paths are so (None: not there). A folder without files goes.

        Raises GitError where a file is in the way.
        """
        return self._changed(Entry(FOLDER, tree), changes) or self.write_tree({})

    def _changed(self, at: Entry | None, changes: Mapping[str, Entry | None]) -> str:
        if at and at.mode != FOLDER:
            raise GitError("一个文件占着目录的名字")
        entries = dict(self.tree(at.id)) if at else {}
        below: dict[str, dict[str, Entry | None]] = {}
        for path, entry in changes.items():
            name, _, rest = path.partition("/")
            if rest:
                below.setdefault(name, {})[rest] = entry
            elif entry:
                entries[name] = entry
            else:
                entries.pop(name, None)
        for name, inner in below.items():
            if tree := self._changed(entries.get(name), inner):
                entries[name] = Entry(FOLDER, tree)
            else:
                entries.pop(name, None)
        return self.write_tree(entries) if entries else ""

    def differences(self, old: str, new: str, prefix: str = "") -> Iterator[tuple[str, Entry | None, Entry | None]]:
        """(path, entry before, entry after) of each file that differs between two trees ('': no tree)."""
        if old == new:
            return
        before, after = (self.tree(old) if old else {}), (self.tree(new) if new else {})
        for name in sorted({*before, *after}):
            was, now = before.get(name), after.get(name)
            if was == now:
                continue
            folders = [one.id if one and one.mode == FOLDER else "" for one in (was, now)]
            if any(folders):
                yield from self.differences(folders[0], folders[1], f"{prefix}{name}/")
            files = [one if one and one.mode != FOLDER else None for one in (was, now)]
            if any(files):
                yield f"{prefix}{name}", files[0], files[1]

    def files(self, tree: str, prefix: str = "") -> Iterable[tuple[str, Entry]]:
        """(path, entry) of every file below a tree."""
        for path, _, now in self.differences("", tree, prefix):
            if now:
                yield path, now


def _end_all(readers: LifoQueue[subprocess.Popen[bytes]]) -> None:
    with suppress(Empty):
        while True:
            _end(readers.get_nowait())


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):
        process.communicate()
