"""The repository's own cluster as committed, so that unfinished work in the working tree fails no test."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

PRODUCT = Path(__file__).parents[2]
CLUSTER = ("sites", "content")


def committed(to: Path, *parts: str) -> Path:
    """Copy folders and files of the last commit, or without git of the working tree, to a new folder."""
    to.mkdir(parents=True, exist_ok=True)
    wanted = parts or CLUSTER
    if shutil.which("git") and (PRODUCT / ".git").exists():
        packed = subprocess.run(
            ["git", "-C", str(PRODUCT), "archive", "HEAD", "--", *wanted], capture_output=True, check=True
        )
        subprocess.run(["tar", "-x", "-C", str(to)], input=packed.stdout, check=True)
        return to
    for part in wanted:
        source = PRODUCT / part
        shutil.copytree(source, to / part) if source.is_dir() else shutil.copy(source, to / part)
    return to
