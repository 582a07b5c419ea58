"""The theme's static files as they are published: each under a name that carries its content's hash, so it may be cached forever.

The style sheet is one file, made of `static/base.css` and the `style.css` of each component, in order of names.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

TEXT = {".css", ".js", ".mjs", ".svg", ".json", ".webmanifest"}


@lru_cache(maxsize=4)
def theme_files(theme: Path) -> dict[str, tuple[str, bytes]]:
    """Path below `theme/` of the output -> (digest, bytes)."""
    return {hashed_name(name, data): (_digest(data), data) for name, data in _sources(theme).items()}


@lru_cache(maxsize=4)
def asset_names(theme: Path) -> dict[str, str]:
    """Plain name (`site.css`) -> published path (`theme/site.1a2b3c4d.css`)."""
    return {name: f"theme/{hashed_name(name, data)}" for name, data in _sources(theme).items()}


def hashed_name(name: str, data: bytes) -> str:
    """`site.css` -> `site.1a2b3c4d.css`; modules that import each other by name keep theirs."""
    stem, dot, suffix = name.rpartition(".")
    return name if name.endswith(".mjs") else f"{stem}.{_digest(data)[:8]}{dot}{suffix}"


def _sources(theme: Path) -> dict[str, bytes]:
    static = theme / "static"
    found: dict[str, bytes] = {}
    for path in sorted(static.rglob("*")) if static.is_dir() else []:
        if path.is_file() and path.name != "base.css":
            found[path.relative_to(static).as_posix()] = path.read_bytes()
    parts = [static / "base.css", *sorted((theme / "templates" / "components").glob("*/style.css"))]
    css = "\n".join(part.read_text("utf-8").strip() for part in parts if part.is_file())
    if css:
        found["site.css"] = (css + "\n").encode()
    return found


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
