"""The cache: what earlier builds found out, under the cluster's `.jiyue/store`. Losing it costs time, never correctness.

What another version of the program wrote is not believed: an entry names the engine that made it.

Each entry is one file of JSON behind a checksum, replaced by rename: a crash, a full disk or a bad byte leaves the
old entry or none. JSON because a cache that CI carries between machines must not be able to run code.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from jiyue.version import engine_digest

OLDER = "程序有更新，缓存已重建"


class Busy(Exception):
    """Another build holds this cluster's cache."""


class Cache:
    """Entries by name; a missing, older or damaged one reads as None. A cache without a folder remembers nothing.

    messages: Chinese lines about damaged entries and a folder that can't be written.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.messages: list[str] = []
        self.engine = engine_digest().encode()

    def get(self, name: str) -> Any:
        """The value of an entry, or None."""
        if self.folder is None:
            return None
        try:
            data = (self.folder / name).read_bytes()
        except OSError:
            return None
        checksum, _, rest = data.partition(b"\n")
        if checksum != _checksum(rest):
            self.messages.append(f"缓存 {name} 已损坏，已重建")
            return None
        engine, _, body = rest.partition(b"\n")
        if engine != self.engine:
            if OLDER not in self.messages:
                self.messages.append(OLDER)
            return None
        return json.loads(body)

    def put(self, name: str, value: Any) -> None:
        """Replace an entry. A full disk loses the entry, not the build."""
        if self.folder is None:
            return
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        rest = self.engine + b"\n" + body
        path = self.folder / name
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(_checksum(rest) + b"\n" + rest)
            part.replace(path)
        except OSError as problem:
            self.messages.append(f"缓存 {name} 没有写下：{problem.strerror}")
            with suppress(OSError):
                part.unlink()
            self.drop(name)

    def drop(self, name: str) -> None:
        """Forget an entry."""
        if self.folder is None:
            return
        with suppress(OSError):
            (self.folder / name).unlink()

    def has(self, name: str) -> bool:
        """Whether there is an entry, or a folder of entries, of that name; it may be damaged."""
        return self.folder is not None and (self.folder / name).exists()

    def memo(self, name: str, key: str, compute: Callable[[], Any]) -> Any:
        """The value kept under that key; computed, and kept in place of another key's, where there is none. Plain data."""
        entry = self.get(name)
        if entry and entry["key"] == key:
            return entry["value"]
        value = compute()
        self.put(name, {"key": key, "value": value})
        return value

    @contextmanager
    def locked(self) -> Iterator[bool]:
        """Hold the cluster for one build; False if the folder can't be written, so nothing can be remembered.

        Raises Busy at once if another process holds it; the system frees it at any exit. Needs a folder.
        """
        assert self.folder is not None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = (self.folder / "lock").open("a+")
        except OSError as problem:  # read-only, or not a folder: builds without a memory
            self.messages.append(f"缓存目录 {self.folder.name} 不能写入：{problem.strerror}，这次构建没有缓存")
            yield False
            return
        with handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                handle.seek(0)
                raise Busy(handle.read().strip()) from None
            with suppress(OSError):  # a full disk loses the number, not the lock
                handle.truncate(0)
                handle.write(str(os.getpid()))
                handle.flush()
            yield True


def _checksum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).hexdigest().encode()
