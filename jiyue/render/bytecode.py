"""Compiled templates, kept on this machine between builds.

Jinja's own cache fails a build when its folder can't be written and trusts whatever lies in it. Byte code is program:
it lies beside the cache, not in it, so that whoever carries `.jiyue/store` between machines carries data only.
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
    """The one of this process for a folder: what the parent of many builds has loaded, its children need not load again."""
    return Bytecode(folder)


class Bytecode(BytecodeCache):
    """One file a template, named after its name and its source; and what this process has loaded of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.loaded: dict[tuple[str, str], CodeType] = {}

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """By name alone: Pelican's loaders and our own name the same file in two ways, and the checksum covers its text."""
        return super().get_cache_key(name)

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket if its entry is whole."""
        if (bucket.key, bucket.checksum) in self.loaded:
            bucket.code = self.loaded[bucket.key, bucket.checksum]
            return
        data = atomic.read(self.folder / f"{bucket.key}.bytecode")
        if data:
            bucket.bytecode_from_string(data)
            self._remember(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the bucket."""
        self._remember(bucket)
        atomic.write(self.folder / f"{bucket.key}.bytecode", bucket.bytecode_to_string())

    def _remember(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self.loaded[bucket.key, bucket.checksum] = bucket.code
