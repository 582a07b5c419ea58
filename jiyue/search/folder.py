"""A folder as an Output, for tests, benchmarks and small uses; the build engine has its own Output."""

from __future__ import annotations

import os
from pathlib import Path


class FolderOutput:
    """Writes differing files immediately; `close` removes what was neither written nor kept."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.empty = not root.exists()
        self.written: set[str] = set()
        self.kept: set[str] = set()
        self.dropped: set[str] = set()
        self.touched = 0
        """Number of changed files, removed ones included."""

    def write(self, path: str, data: bytes) -> None:
        """Write the file unless it has these bytes already."""
        self.written.add(path)
        if not self.empty and self.read(path) == data:
            return
        target = f"{self.root}/{path}"
        try:
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        except FileNotFoundError:
            Path(target).parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        with os.fdopen(handle, "wb", buffering=0) as file:
            file.write(data)
        self.touched += 1

    def read(self, path: str) -> bytes | None:
        """The file's bytes, or None."""
        try:
            return (self.root / path).read_bytes()
        except FileNotFoundError:
            return None

    def keep(self, folder: str) -> bool:
        """Keep the folder, if it exists."""
        if not (self.root / folder).is_dir():
            return False
        self.kept.add(folder)
        return True

    def drop(self, path: str) -> None:
        """Remove the file."""
        self.dropped.add(path)

    def close(self) -> None:
        """Remove files that this run neither wrote nor kept, and empty folders."""
        for name in self.dropped:
            (self.root / name).unlink(missing_ok=True)
            self.touched += 1
        for top in sorted(self.root.iterdir()) if self.root.is_dir() else ():
            if top.is_dir() and f"{top.name}/" not in self.kept:
                self._sweep(top)
            elif top.is_file() and top.name not in self.written:
                top.unlink()
                self.touched += 1

    def _sweep(self, folder: Path) -> None:
        for path in sorted(folder.rglob("*"), reverse=True):
            if path.is_dir():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path.relative_to(self.root).as_posix() not in self.written:
                path.unlink()
                self.touched += 1
        if not any(folder.iterdir()):
            folder.rmdir()
