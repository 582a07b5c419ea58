"""Reads a source file after the scan: returns the bytes that the rules checked, or raises."""

from __future__ import annotations

import hashlib
from pathlib import Path


def digest(data: bytes) -> str:
    """The content hash of a file, 32 hexadecimal digits."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


class Changed(Exception):
    """A file differs from what the scan read. path: the file."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(str(path))
        self.path = str(path)


def read_verified(path: Path | str, content: str) -> bytes:
    """A file's bytes, if their digest still is the scan's. Raises Changed otherwise: the new content was never checked."""
    try:
        with open(path, "rb", buffering=0) as handle:  # noqa: PTH123  (the fastest way; runs once per page)
            data = handle.read()
    except OSError:
        raise Changed(path) from None
    if digest(data) != content:
        raise Changed(path)
    return data
