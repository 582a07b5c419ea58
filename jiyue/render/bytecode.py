"""Compiled templates, kept on this machine between builds.

Jinja's own cache fails a build when its folder can't be written and trusts whatever lies in it; here an entry stands
behind a checksum, and what can't be read or written costs a compilation. Byte code is program: it lies beside the
store, not in it, so that whoever carries `.jiyue/store` between machines carries data only.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class Bytecode(BytecodeCache):
    """One file a template, named after its name and its source."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket if its entry is whole."""
        with suppress(OSError):
            data = self._path(bucket).read_bytes()
            if data[:16] == _checksum(data[16:]):
                bucket.bytecode_from_string(data[16:])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the bucket, if there is room."""
        path = self._path(bucket)
        part = path.with_suffix(f".{os.getpid()}.part")
        data = bucket.bytecode_to_string()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(_checksum(data) + data)
            part.replace(path)
        except OSError:
            with suppress(OSError):
                part.unlink()

    def _path(self, bucket: Bucket) -> Path:
        return self.folder / f"{bucket.key}.bytecode"


def _checksum(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
