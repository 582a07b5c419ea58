"""Digests of what is not content: the engine's own code and libraries, and the theme."""

from __future__ import annotations

import hashlib
import os
import sysconfig
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from jiyue import PRODUCT_ROOT


@lru_cache(maxsize=1)
def engine_digest() -> str:
    """Of jiyue/, plugins/ and the versions of the installed packages: a page is rendered again when any of them changes."""
    state = hashlib.blake2b(digest_size=16)
    for folder in ("jiyue", "plugins"):
        _add(state, (p for p in (PRODUCT_ROOT / folder).rglob("*") if p.suffix in (".py", ".yaml")), PRODUCT_ROOT)
    packages = sysconfig.get_paths()["purelib"]
    state.update("\n".join(sorted(n for n in os.listdir(packages) if n.endswith(".dist-info"))).encode())  # noqa: PTH208
    return state.hexdigest()


def folder_digest(folder: Path) -> str:
    """Of every file below a folder, names and bytes."""
    state = hashlib.blake2b(digest_size=16)
    _add(state, folder.rglob("*"), folder)
    return state.hexdigest()


def _add(state: hashlib.blake2b, paths: Iterable[Path], base: Path) -> None:
    for path in sorted(paths):
        if path.is_file():
            state.update(path.relative_to(base).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
