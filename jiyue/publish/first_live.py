"""Since when each repost and each pushed article of a site is live: `sites/ledger/reposts/<site>.jsonl`.

One JSON object a line, only ever added, by the publication that brings the page live: `source`, the article's source path;
`origin`, the address that it was taken from; `at`, the moment in Beijing, '' for what was live before the ledger began.
Releases are pruned, so without it the time would be lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jiyue.base.clock import BEIJING
from jiyue.publish.cluster import PublishedCluster
from jiyue.publish.release.maker import Maker

FOLDER = "sites/ledger/reposts"


class FirstLive(NamedTuple):
    """A line of the ledger."""

    source: str
    origin: str
    at: str


def path_of(site: str) -> str:
    """The ledger's file, relative to the cluster's root."""
    return f"{FOLDER}/{site}.jsonl"


def read_first_live(root: Path, site: str) -> list[FirstLive]:
    """The lines of a site's ledger; one that can't be read is left out."""
    path = root / path_of(site)
    rows = []
    for line in path.read_bytes().splitlines() if path.is_file() else ():
        try:
            rows.append(FirstLive(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return rows


def reposts_in(tree: Path, site: str) -> dict[str, str]:
    """Source path -> address of the origin, of the reposts and pushed articles in a document root."""
    found = {}
    for row in _records(tree):
        source = str(row.get("source_path", ""))
        repost = row.get("repost_of")
        if isinstance(repost, dict):
            found[source] = str(repost.get("url", ""))
        elif source and not source.startswith(f"content/{site}/"):
            found[source] = str(row.get("origin", ""))
    return found


def note_first_live(cluster: PublishedCluster, name: str, before: str, maker: Maker, *, published: bool) -> None:
    """Add what the live release shows and the ledger does not know.

    before: the release that was live, '' if none is known here; published: whether the site was ever. What was live already when
    the ledger began has been so for an unknown time.
    """
    store, path = cluster.store, cluster.root / path_of(name)
    known = {row.source for row in read_first_live(cluster.root, name)}
    new = {
        source: origin
        for source, origin in reposts_in(store.tree(name, store.live_id(name)), name).items()
        if source not in known
    }
    if not new:
        return
    earlier: Mapping[str, str] = new if published and not path.is_file() else {}
    if before and store.tree(name, before).is_dir():
        earlier = reposts_in(store.tree(name, before), name)
    now = maker.now.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
    lines = [
        json.dumps(FirstLive(source, origin, "" if source in earlier else now)._asdict(), ensure_ascii=False)
        for source, origin in sorted(new.items())
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write("".join(f"{line}\n" for line in lines).encode())


def _records(tree: Path) -> Iterator[dict[str, Any]]:
    """The records of pages that are reposts or pushed; the others are not parsed."""
    for path in sorted((tree / "api").glob("articles*.jsonl")):
        for line in path.read_bytes().splitlines():
            if b'"repost_of"' not in line and b'"origin"' not in line:
                continue
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if isinstance(row, dict):
                yield row
