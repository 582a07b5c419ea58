"""Cache files that are either complete or absent: each starts with a checksum and is replaced by rename.

A crash, a full disk, a read-only folder or a bad byte costs only the time that the file would have saved.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path


def read(path: Path) -> bytes | None:
    """The data written to path, or None if the file is missing or damaged."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return data[16:] if data[:16] == _checksum(data[16:]) else None


def write(path: Path, data: bytes) -> None:
    """Write data; does nothing if the disk is full or read-only."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(_checksum(data) + data)
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink()


def _checksum(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
