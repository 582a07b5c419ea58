"""The bytes of a source file, for whoever needs them after the scan: those that were checked, or none."""

from __future__ import annotations

import hashlib
from pathlib import Path


def digest(data: bytes) -> str:
    """The content hash by which files are known, 32 hexadecimal digits."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


class Changed(Exception):
    """A file isn't what the scan saw. path is where it lies."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(str(path))
        self.path = str(path)


def read_verified(path: Path | str, content: str) -> bytes:
    """The bytes of a file whose digest still is that of the scan. Raises Changed: nobody has checked what it holds now."""
    try:
        with open(path, "rb", buffering=0) as handle:  # noqa: PTH123  (the fastest way, once a page)
            data = handle.read()
    except OSError:
        raise Changed(path) from None
    if digest(data) != content:
        raise Changed(path)
    return data
