"""Digests of what is not content: the engine's own code and libraries, and the theme."""

from __future__ import annotations

import hashlib
import os
import sysconfig
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from jiyue import PRODUCT_ROOT


@lru_cache(maxsize=1)
def engine_digest() -> str:
    """Of jiyue/, jiyue_plugins/ and the versions of the installed packages: a page is rendered again when any of them changes."""
    state = hashlib.blake2b(digest_size=16)
    for folder in ("jiyue", "jiyue_plugins"):
        _add(state, PRODUCT_ROOT / folder, (".py", ".yaml"))
    packages = sysconfig.get_paths()["purelib"]
    state.update("\n".join(sorted(n for n in os.listdir(packages) if n.endswith(".dist-info"))).encode())  # noqa: PTH208
    return state.hexdigest()


def folder_digest(folder: Path) -> str:
    """Of every file below a folder, names and bytes."""
    state = hashlib.blake2b(digest_size=16)
    _add(state, folder)
    return state.hexdigest()


def _add(state: hashlib.blake2b, base: Path, suffixes: tuple[str, ...] = ("",)) -> None:
    """Every build does this before anything else, so it goes without a Path for each file."""
    start = len(str(base)) + 1
    paths = [f"{folder}/{name}" for folder, _, names in os.walk(base) for name in names if name.endswith(suffixes)]
    for path in sorted(path for path in paths if os.path.isfile(path)):  # noqa: PTH113
        with suppress(FileNotFoundError), open(path, "rb", buffering=0) as handle:  # noqa: PTH123  (gone meanwhile)
            state.update(f"{path[start:]}\0".encode("utf-8", "surrogateescape") + handle.read() + b"\0")
