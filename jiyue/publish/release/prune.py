"""What is kept of a store and what is deleted: old releases, loose objects, leaked pages. The caller holds the lock."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from jiyue.publish.release.manifest import MANIFEST, Manifest, ReleaseError
from jiyue.publish.release.records import file_of
from jiyue.publish.release.store import Store
from jiyue.publish.release.swap import journal


def prune(store: Store, site: str, keep: int) -> list[str]:
    """Delete all but the newest `keep` releases (at least the live one and what it can go back to) and loose objects.

    Returns the ids deleted. A release is renamed away before its files go, so a crash leaves no half of one.
    """
    live = store.live_id(site)
    names = store.releases(site)
    kept = set(names[-max(keep, 1) :]) | {live}
    if live:
        kept |= {row["id"] for row in journal(store, site)[-2:]}
        kept.add(Manifest.from_bytes(store.manifest_bytes(site, live)[0]).of)
    gone = [name for name in names if name not in kept]
    for name in gone:
        trash = store.release(site, f".old-{name}")
        store.release(site, name).rename(trash)
    folder = store.root / "releases" / site
    for trash in sorted(folder.glob(".old-*")) if folder.is_dir() else ():
        held = _objects_of(store, trash)
        shutil.rmtree(trash)
        for path in held:
            _drop_loose(path)
    return gone


def _objects_of(store: Store, trash: Path) -> list[Path]:
    try:
        manifest = Manifest.from_bytes((trash / "tree" / MANIFEST).read_bytes())
    except (OSError, ReleaseError):
        return []  # half deleted by a run that died; sweep() finds its objects
    return [store.blob(sha) for sha in sorted({e.sha256 for e in manifest.all_files().values()})]


def _drop_loose(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_nlink == 1:
            path.unlink()


def sweep_daily(store: Store, now: datetime) -> None:
    """prune() takes its own objects away; those of runs that died are looked for once a day, because it takes long."""
    mark, day = store.root / "swept", now.date().isoformat()
    if mark.is_file() and mark.read_text("ascii") == day:
        return
    sweep(store)
    store.write(mark, day.encode())


def sweep(store: Store) -> int:
    """Delete objects that no release and no output links to any more; how many."""
    count = 0
    for folder in sorted((store.root / "objects").glob("*")):
        with os.scandir(folder) as rows:
            for row in rows:
                if row.stat(follow_symlinks=False).st_nlink == 1:
                    Path(row.path).unlink()
                    count += 1
    return count


def delete(store: Store, site: str, names: Sequence[str]) -> None:
    """Delete releases, and what only they held."""
    for name in names:
        shutil.rmtree(store.release(site, name))
    sweep(store)


def not_live(store: Store, site: str) -> list[str]:
    """Every release but the live one."""
    return [name for name in store.releases(site) if name != store.live_id(site)]


def holding(store: Store, site: str, urls: Sequence[str]) -> list[str]:
    """The releases that hold one of these pages (local urls). ReleaseError when the live one does."""
    paths = {file_of(u) for u in urls}
    found = [
        name
        for name in store.releases(site)
        if paths & Manifest.from_bytes(store.manifest_bytes(site, name)[0]).files.keys()
    ]
    if store.live_id(site) in found:
        raise ReleaseError(f"站点 {site} 线上版本仍含有这些页面。请先撤回并发布，再清除旧版本。")
    return found
