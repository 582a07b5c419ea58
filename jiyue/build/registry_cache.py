"""Caches the registry until one of its files changes."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from jiyue import PRODUCT_ROOT
from jiyue.base.cache import Cache
from jiyue.registry.site import Registry
from jiyue.version import engine_digest


def recall_registry(root: Path, cache: Cache) -> Registry:
    """The registry, from the cache if none of its files changed. Raises ClusterBroken."""
    state = hashlib.blake2b(engine_digest().encode(), digest_size=16)
    for path in registry_files(root):
        state.update(os.fsencode(path.name) + b"\0" + path.read_bytes() + b"\0")
    for folder in (root / "content", root / "sites"):
        names = sorted(os.listdir(folder)) if folder.is_dir() else []  # noqa: PTH208
        state.update("\0".join([*names, "\0"]).encode("utf-8", "surrogateescape"))
    return Registry.from_json(cache.memo("registry.json", state.hexdigest(), lambda: _load(root)))


def _load(root: Path) -> dict[str, Any]:
    from jiyue.registry.load import load_registry  # noqa: PLC0415  (YAML and pydantic: 0.2 s that an unchanged registry saves)

    return load_registry(root).as_json()


def registry_files(root: Path) -> list[Path]:
    """Every file that the registry depends on, in a stable order."""
    files = [
        *sorted((root / "sites").glob("*.yaml")),
        *sorted((root / "sites" / "profiles").glob("*.yaml")),
        *sorted((PRODUCT_ROOT / "jiyue" / "profiles").glob("*.yaml")),
    ]
    return [path for path in files if path.is_file()]
