"""Detects changes below a folder without reading files."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def stat_signature(root: Path, site: str) -> str:
    """A digest of the names, sizes and change times of a site's files; if it is equal, nothing changed."""
    lines: list[str] = []
    stack = [f"{root}/content/{site}"]
    while stack:
        folder = stack.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        stack.append(entry.path)
                        lines.append(entry.path)
                    else:
                        stat = entry.stat(follow_symlinks=False)
                        lines.append(f"{entry.path}\0{stat.st_size}\0{stat.st_ctime_ns}")
        except OSError:
            lines.append(f"{folder}\0unreadable")
    prefix = len(str(root))
    lines.sort()
    joined = "\n".join(line[prefix:] for line in lines)
    return hashlib.blake2b(joined.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
