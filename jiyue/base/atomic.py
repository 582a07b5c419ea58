"""Files that only save time: whole or not there. Each stands behind a checksum and is replaced by rename.

A crash, a full disk, a read-only folder or a bad byte costs the work that the file would have saved, nothing else.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path


def read(path: Path) -> bytes | None:
    """What was written, or None if it is not there or not whole."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return data[16:] if data[:16] == _checksum(data[16:]) else None


def write(path: Path, data: bytes) -> None:
    """Keep data, if there is room."""
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
