"""Tombstones: pages that were published once and must never come back (`withdrawn.json`)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from jiyue.base.reason import Reason
from jiyue.publish.release.manifest import ReleaseError
from jiyue.publish.release.store import Store

_TOMBSTONES = "withdrawn.json"


@dataclass(frozen=True, slots=True, order=True)
class Tombstone:
    """A page that was published once and must not be again by a rollback or a carried version.

    url is relative to the document root, with "/" before it; host is the site's address; since a day, YYYY-MM-DD.
    upto is the sequence number of the last release of its site that held it: later ones are clean; 0 = not known.
    source is the path of the article or file below the cluster's root, "" where it is not known.
    """

    site: str
    url: str
    reason: Reason
    since: str
    host: str = ""
    id: str = ""
    title: str = ""
    upto: int = 0
    source: str = ""


def read_tombstones(store: Store) -> list[Tombstone]:
    """The tombstones of all sites. ReleaseError when the list is damaged: it must not be ignored."""
    path = store.root / _TOMBSTONES
    if not path.exists():
        return []
    try:
        return [Tombstone(**{**row, "reason": Reason(row["reason"])}) for row in json.loads(path.read_bytes())]
    except (ValueError, TypeError, KeyError) as cause:
        raise ReleaseError(f"{path} 已损坏，无法保证已撤回内容不再出现。请从备份恢复该文件。") from cause


def add_tombstones(store: Store, new: Iterable[Tombstone]) -> list[Tombstone]:
    """Add tombstones and return all. None is ever removed: old versions stay withdrawn even if a page returns."""
    old = read_tombstones(store)
    known = {(t.site, t.url): t for t in old}
    for stone in new:
        known[stone.site, stone.url] = max(stone, known.get((stone.site, stone.url), stone), key=lambda t: t.upto)
    merged = sorted(known.values())
    if merged == old:
        return old
    rows = [asdict(t) for t in merged]
    store.write(store.root / _TOMBSTONES, (json.dumps(rows, ensure_ascii=False, indent=0) + "\n").encode())
    return merged
