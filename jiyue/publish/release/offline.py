"""What readers' service workers learn of a release: its state, and that there is none any more.

Every release of a site that declares `offline:` names the state of exactly its own files, whatever made it: a build, a
withdrawal without one, a rollback. So a page that is gone from a release is gone from every reader's kept pages after the
next contact. Where a release before had a worker and this one has none, it gets one that ends itself: a browser that once
took a worker keeps it until another one answers at its address.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from jiyue.publish.release.manifest import FileEntry
from jiyue.publish.release.store import Store
from jiyue.render.offline import BUNDLE, STATE, WORKER, bundle, last_worker, state_file


def with_state(store: Store, files: Mapping[str, FileEntry], live: Mapping[str, FileEntry]) -> dict[str, FileEntry]:
    """The files of a release to be. live: those of the live one, from which it follows whether readers have a worker."""
    result = dict(files)
    if STATE in files:
        from jiyue.render.search import INDEX  # noqa: PLC0415  (only where a site is read offline)

        index = bool(_json(store, files[STATE]).get("index")) and f"{INDEX}/m.json" in files
        if index:
            result |= _bundles(store, files, INDEX)
        digests = ((path, entry.sha256) for path, entry in result.items())
        result[STATE] = store.put_bytes(state_file(digests, index=index))
    elif WORKER in live:
        result[WORKER] = store.put_bytes(last_worker())
    return result


def _bundles(store: Store, files: Mapping[str, FileEntry], index: str) -> dict[str, FileEntry]:
    """The bundles of the search index again, of what is still there: a withdrawal without a build takes files away."""
    made = {}
    for segment in _json(store, files[f"{index}/m.json"])["segments"]:
        folder = f"{index}/{segment['name']}/"
        inside = {p.removeprefix(folder): entry for p, entry in files.items() if p.startswith(folder)}
        inside.pop(BUNDLE, None)
        made[folder + BUNDLE] = store.put_bytes(
            bundle((name, store.blob(entry.sha256).read_bytes()) for name, entry in inside.items())
        )
    return made


def _json(store: Store, entry: FileEntry) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(store.blob(entry.sha256).read_bytes())
    return value
