"""The build cache in the cluster's `.jiyue/store`: results of earlier builds. Losing it costs time, never correctness.

Each entry names the engine that wrote it; entries of another version are ignored.

An entry is one JSON file behind a checksum, replaced by rename: a crash, a full disk or a bad byte leaves the
old entry or none. It is JSON because a cache that CI carries between machines must not be able to run code.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from jiyue.version import engine_digest

OLDER = "程序有更新，缓存已重建"
ORPHANS = 60
"""Seconds to wait for children that outlive the build they belonged to: each ends with its own part of the work."""


class Busy(Exception):
    """Another build has locked this cluster's cache."""


class Cache:
    """Entries by name; a missing, outdated or damaged one reads as None. Without a folder nothing is cached.

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
        """Replace an entry. If the disk is full, the entry is lost and the build goes on."""
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
        """Delete an entry."""
        if self.folder is None:
            return
        with suppress(OSError):
            (self.folder / name).unlink()

    def has(self, name: str) -> bool:
        """Whether an entry, or a folder of entries, of that name exists. It may be damaged."""
        return self.folder is not None and (self.folder / name).exists()

    def memo(self, name: str, key: str, compute: Callable[[], Any]) -> Any:
        """The value cached under name for key. Computed and stored if missing or cached for another key. Plain data only."""
        entry = self.get(name)
        if entry and entry["key"] == key:
            return entry["value"]
        value = compute()
        self.put(name, {"key": key, "value": value})
        return value

    @contextmanager
    def locked(self) -> Iterator[bool]:
        """Lock the cluster for one build. Yields False if the folder can't be written, so that nothing can be cached.

        Raises Busy at once if another process has the lock. The system releases it when that process and its children
        have ended, however they end: those of a process that was killed are waited for, at most ORPHANS seconds.
        Needs a folder.
        """
        assert self.folder is not None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = (self.folder / "lock").open("a+")
        except OSError as problem:  # read-only, or not a folder: build without a cache
            self.messages.append(f"缓存目录 {self.folder.name} 不能写入：{problem.strerror}，这次构建没有缓存")
            yield False
            return
        with handle:
            until = time.monotonic() + ORPHANS
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    handle.seek(0)
                    holder = handle.read().strip()
                    if not _ended(holder) or time.monotonic() > until:
                        raise Busy(holder) from None
                    time.sleep(0.02)
            with suppress(OSError):  # a full disk loses the process id, not the lock
                handle.truncate(0)
                handle.write(str(os.getpid()))
                handle.flush()
            yield True


class ReadCache(Cache):
    """A cache that is only read: for what must not write while a build may."""

    def put(self, name: str, value: Any) -> None:
        """Keep nothing."""

    def drop(self, name: str) -> None:
        """Keep the entry."""


def _ended(process: str) -> bool:
    """Whether no process has the id that a lock names. An id that is not yet written counts as a running one."""
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (ValueError, OverflowError, OSError):
        return False
    return False


def _checksum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).hexdigest().encode()
