"""Delete old releases, unreferenced objects and leaked pages from a store. The caller holds the lock."""

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
    """Delete all but the newest `keep` releases (at least the live one and its rollback target) and unreferenced objects.

    Returns the ids deleted. A release is renamed away before its files go, so a crash leaves no half of one.
    """
    live = store.live_id(site)
    names = store.releases(site)
    folder = store.root / "releases" / site
    left = sorted(folder.glob(".old-*")) if folder.is_dir() else []
    if len(names) <= max(keep, 1) and not left:
        return []
    keepers = set(names[-max(keep, 1) :]) | {live}
    if live:
        keepers |= {row["id"] for row in journal(store, site)[-2:]}
        keepers.add(Manifest.from_bytes(store.manifest_bytes(site, live)[0]).of)
    gone = [name for name in names if name not in keepers]
    for name in gone:
        trash = store.release(site, f".old-{name}")
        store.release(site, name).rename(trash)
        left.append(trash)
    for trash in left:
        held = _objects_of(store, trash)
        shutil.rmtree(trash)
        for path in held:
            _drop_loose(path)
    return gone


def _objects_of(store: Store, trash: Path) -> list[Path]:
    try:
        manifest = Manifest.from_bytes((trash / "tree" / MANIFEST).read_bytes())
    except (OSError, ReleaseError):
        return []  # half deleted by a killed run; sweep() finds its objects
    return [store.blob(sha) for sha in sorted({e.sha256 for e in manifest.all_files().values()})]


def _drop_loose(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_nlink == 1:
            path.unlink()


def sweep_daily(store: Store, now: datetime) -> None:
    """Sweep once a day, for objects of killed runs: it takes long, and prune() deletes its own objects."""
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
    """Delete releases, and objects that only they used."""
    for name in names:
        shutil.rmtree(store.release(site, name))
    sweep(store)


def not_live(store: Store, site: str) -> list[str]:
    """Every release but the live one."""
    return [name for name in store.releases(site) if name != store.live_id(site)]


def holding(store: Store, site: str, urls: Sequence[str]) -> list[str]:
    """The releases that hold one of these pages (local urls). ReleaseError when the live one does."""
    paths = {file_of(u) for u in urls}
    names = [
        name
        for name in store.releases(site)
        if paths & Manifest.from_bytes(store.manifest_bytes(site, name)[0]).files.keys()
    ]
    if store.live_id(site) in names:
        raise ReleaseError(f"站点 {site} 线上版本仍含有这些页面。请先撤回并发布，再清除旧版本。")
    return names
