"""A site's output folder: unchanged files aren't touched, stale ones are removed.

A new file is created in place; an existing one is compared and, if it differs, replaced by rename, never rewritten,
so that hard links to it (releases) keep the old bytes.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path


def digest(data: bytes) -> str:
    """The digest of an output file's bytes: 32 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()[:32]  # half the time of BLAKE2: processors have instructions for it


class Output:
    """Writes below one folder. written: the files whose bytes changed; removed: those deleted.

    skip: a subfolder that another step writes; files() and folders() leave it out.
    """

    def __init__(self, folder: Path, skip: str = "") -> None:
        self.folder, self.skip = str(folder), skip
        self.made: set[str] = set()
        self.written: list[str] = []
        self.removed: list[str] = []

    def write(self, path: str, data: bytes, other: bool = False) -> None:
        """Write data to path (below the folder, `/` between names) unless it holds it. other: its bytes are known to differ."""
        full = f"{self.folder}/{path}"
        self._folder_of(full)
        if other:
            self._replace(full, path, data)
            return
        try:
            handle = os.open(full, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        except FileExistsError:
            if self.read(path) != data:
                self._replace(full, path, data)
            return
        _fill(handle, data)
        self.written.append(path)

    def read(self, path: str) -> bytes | None:
        """The file's bytes, None if there is no file."""
        try:
            with open(f"{self.folder}/{path}", "rb", buffering=0) as handle:  # noqa: PTH123
                return handle.read()
        except OSError:
            return None

    def remove(self, path: str) -> None:
        """Delete a file and the folders that are empty without it."""
        full = f"{self.folder}/{path}"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(full)  # noqa: PTH108
            self.removed.append(path)
        parent = full.rpartition("/")[0]
        while len(parent) > len(self.folder):
            try:
                os.rmdir(parent)  # noqa: PTH106
            except OSError:
                break
            self.made.discard(parent)
            parent = parent.rpartition("/")[0]

    def files(self) -> set[str]:
        """Every file in the folder now."""
        files: set[str] = set()
        for folder, names in self._walk():
            below = folder[len(self.folder) + 1 :]
            files.update(f"{below}/{name}" if below else name for name in names)
        return files

    def folders(self) -> dict[str, int]:
        """Modification time (ns) of each folder, which changes when anyone creates or removes a file."""
        return {folder[len(self.folder) + 1 :]: os.stat(folder).st_mtime_ns for folder, _ in self._walk()}  # noqa: PTH116

    def folders_after(self, before: dict[str, int], inside: str) -> dict[str, int]:
        """What folders() of the subfolder `inside` returns, given what it returned before this wrote and removed files there.

        Only what was touched is looked at: walking 130,000 files takes 0.1 s.
        """
        folders = dict(before)
        touched = {""}
        for path in (*self.written, *self.removed):
            name = path[len(inside) + 1 :]
            while name := name.rpartition("/")[0]:
                touched.add(name)
        for name in touched:
            try:
                folders[name] = os.stat(f"{self.folder}/{inside}/{name}").st_mtime_ns  # noqa: PTH116
            except FileNotFoundError:
                folders.pop(name, None)
        return folders

    def _walk(self) -> Iterator[tuple[str, list[str]]]:
        passed = f"{self.folder}/{self.skip}"
        for folder, below, names in os.walk(self.folder):
            if self.skip:
                below[:] = [name for name in below if f"{folder}/{name}" != passed]
            yield folder, names

    def folders_unchanged(self, remembered: dict[str, int]) -> bool:
        """Whether every remembered folder still has its modification time; False if none is remembered."""
        try:
            return bool(remembered) and all(
                os.stat(f"{self.folder}/{name}" if name else self.folder).st_mtime_ns == mtime  # noqa: PTH116
                for name, mtime in remembered.items()
            )
        except OSError:
            return False

    def _folder_of(self, full: str) -> None:
        parent = full.rpartition("/")[0]
        if parent not in self.made:
            Path(parent).mkdir(parents=True, exist_ok=True)
            self.made.add(parent)

    def _replace(self, full: str, path: str, data: bytes) -> None:
        part = f"{full}.{os.getpid()}.part"
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        _fill(handle, data)
        os.replace(part, full)  # noqa: PTH105
        self.written.append(path)


def _fill(handle: int, data: bytes) -> None:
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]
    finally:
        os.close(handle)
