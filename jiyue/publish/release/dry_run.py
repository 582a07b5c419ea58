"""A temporary copy of the store for dry runs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from jiyue.publish.release.store import Store


@contextmanager
def dry_run_store(store: Store, sites: Sequence[str]) -> Iterator[Store]:
    """A copy of the store, deleted afterwards. Releases and objects are symbolic links; the live sites are not touched.

    Objects that the dry run ingests stay until the next sweep: no release links to them.
    """
    store = Store(store.root.resolve())  # links with a relative target would lead elsewhere
    store.root.mkdir(parents=True, exist_ok=True)
    for name in ("objects", "seen"):
        (store.root / name).mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".dry-", dir=store.root) as folder:
        copy = Store(Path(folder))
        (copy.root / "objects").symlink_to(store.root / "objects")
        (copy.root / "live").mkdir()
        for name in ("seen", "journal"):
            if (store.root / name).is_dir():
                shutil.copytree(store.root / name, copy.root / name)
        if (store.root / "withdrawn.json").exists():
            shutil.copy(store.root / "withdrawn.json", copy.root)
        for site in sites:
            (copy.root / "releases" / site).mkdir(parents=True)
            for release in store.releases(site):
                copy.release(site, release).symlink_to(store.release(site, release))
            if live := store.live_id(site):
                copy.live_link(site).symlink_to(Path("..") / "releases" / site / live / "tree")
        yield copy
