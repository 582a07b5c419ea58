"""Compiled templates, cached on this machine between builds.

Jinja's own cache fails a build when it can't write its folder, and trusts whatever the folder holds. Byte code is
executable, so it stays out of `.jiyue/store`: copying that folder to another machine copies data only.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from types import CodeType

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from jiyue.base import atomic


@lru_cache(maxsize=4)
def bytecode(folder: Path) -> Bytecode:
    """This process's cache for a folder: forked children inherit what their parent has loaded."""
    return Bytecode(folder)


class Bytecode(BytecodeCache):
    """One file per template, with those that this process has loaded in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.loaded: dict[tuple[str, str], CodeType] = {}

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """A key of the name alone: Pelican's loaders give other file names than ours, and the checksum covers the text."""
        return super().get_cache_key(name)

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket from memory or from an intact file."""
        if (bucket.key, bucket.checksum) in self.loaded:
            bucket.code = self.loaded[bucket.key, bucket.checksum]
            return
        data = atomic.read(self.folder / f"{bucket.key}.bytecode")
        if data:
            bucket.bytecode_from_string(data)
            self._remember(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Store the bucket in memory and on disk."""
        self._remember(bucket)
        atomic.write(self.folder / f"{bucket.key}.bytecode", bucket.bytecode_to_string())

    def _remember(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self.loaded[bucket.key, bucket.checksum] = bucket.code
