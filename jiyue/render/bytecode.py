"""Compiled templates, cached on this machine between builds.

Jinja's own cache fails a build when it can't write its folder, and trusts whatever the folder holds. Byte code is
executable, so it stays out of `.jiyue/store`: copying that folder to another machine copies data only. That of the product's
own templates is kept beside the program's, too: compiling all of them takes 0.2 s, which a cold build of any cluster saves.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path
from types import CodeType

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from jiyue import THEME
from jiyue.base import atomic
from jiyue.version import engine_digest


@lru_cache(maxsize=4)
def bytecode(folder: Path) -> Bytecode:
    """This process's cache for a folder: forked children inherit what their parent has loaded."""
    return Bytecode(folder)


class Bytecode(BytecodeCache):
    """One file per template, with those that this process has loaded in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = engine_digest().encode()  # our extensions and Jinja's version decide on it, too
        self.own = _beside_code() / folder.name
        self.names: dict[str, str] = {}
        self.loaded: dict[tuple[str, str], CodeType] = {}

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """A key of the name alone: Pelican's loaders give other file names than ours, and the checksum covers the text."""
        key = super().get_cache_key(name)
        self.names[key] = name
        return key

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket from memory or from an intact file."""
        if (bucket.key, bucket.checksum) in self.loaded:
            bucket.code = self.loaded[bucket.key, bucket.checksum]
            return
        for folder in (self.folder, self.own):
            data = atomic.read(folder / f"{bucket.key}.bytecode") or b""
            if data.startswith(self.engine):
                bucket.bytecode_from_string(data[len(self.engine) :])  # leaves out that of another text
            if bucket.code is not None:
                self._remember(bucket)
                return

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Store the bucket in memory and on disk."""
        self._remember(bucket)
        data = self.engine + bucket.bytecode_to_string()
        atomic.write(self.folder / f"{bucket.key}.bytecode", data)
        if not sys.dont_write_bytecode and self._is_products(bucket):
            atomic.write(self.own / f"{bucket.key}.bytecode", data)

    def _remember(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self.loaded[bucket.key, bucket.checksum] = bucket.code

    def _is_products(self, bucket: Bucket) -> bool:
        """Whether the text is that of the product's own template of that name."""
        try:
            text = (THEME / "templates" / self.names[bucket.key]).read_text("utf-8")
        except OSError:
            return False
        return self.get_source_checksum(text) == bucket.checksum


def _beside_code() -> Path:
    return Path(__spec__.cached or __file__).with_suffix("")
