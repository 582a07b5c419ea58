"""Compiled templates, kept on this machine between builds.

Jinja's own cache fails a build when its folder can't be written and trusts whatever lies in it. Byte code is program:
it lies beside the store, not in it, so that whoever carries `.jiyue/store` between machines carries data only.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from jiyue import kept


class Bytecode(BytecodeCache):
    """One file a template, named after its name and its source."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket if its entry is whole."""
        data = kept.read(self.folder / f"{bucket.key}.bytecode")
        if data:
            bucket.bytecode_from_string(data)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the bucket."""
        kept.write(self.folder / f"{bucket.key}.bytecode", bucket.bytecode_to_string())
