"""The stored state of each site (`state/<site>.json`): skips unchanged sites, and keeps a rollback in force.

A site is opened only if its inputs differ from those of its last publication without errors. So publishing one changed
article costs only that article's site, however many sites the cluster has.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jiyue.base.diagnostics import Diagnostic, warning
from jiyue.catalogue.withholding import Withheld
from jiyue.publish.cluster import PublishedCluster
from jiyue.publish.heirs import former_state
from jiyue.publish.moved_addresses import record_digest, records
from jiyue.publish.release.batch import SiteOutcome
from jiyue.publish.release.manifest import sha256_hex
from jiyue.publish.release.store import Store
from jiyue.publish.release.swap import journal
from jiyue.registry import url_ledger

ROLLED_BACK = warning(
    "release-rolled-back",
    "回退后内容没有改动",
    "回退之后若原样再发布，刚撤下的问题又会回到线上；改好内容后自然恢复发布。",
)

STORE_LOST = warning(
    "release-store-lost",
    "历次版本丢失",
    "发布目录没有了，出错的稿件就不能沿用原版本，也不能回退；撤下过什么也不再记得。",
)

_RACY_NS = 50_000_000
"""Nanoseconds: a folder that changed this recently may change again within the same tick of the clock, so that long is waited."""


def input_state(
    cluster: PublishedCluster, name: str, withheld: Sequence[Withheld], *, stale: bool = False
) -> dict[str, Any]:
    """All inputs of publishing a site; {} where they can't be read. stale: see jiyue.catalogue.withholding.STALE.

    The build creates, renames and removes files and never rewrites one, so a folder whose modification time is unchanged
    holds unchanged files.
    """
    site = cluster.registry.sites.get(name)
    if site is None:
        return {}
    try:
        folders = _folders(cluster.output / name)
        if 0 <= (age := time.time_ns() - max(folders.values())) < _RACY_NS:
            time.sleep((_RACY_NS - age) / 1e9)
            folders = _folders(cluster.output / name)
    except OSError:
        return {}
    # an output older than the list may show anything on the list; carried pages are in no output
    stored = cluster.store.read_json(f"state/{name}.json") or {}
    carried = set(stored.get("carried", ()))
    mine = [asdict(w) for w in withheld if w.site == name or w.path in carried or (stale and not w.reason.stays)]
    keys = cluster.root / "sites" / "release-keys.yaml"
    moves = record_digest(cluster.root, records(cluster.root, name))
    return {
        **({"moves": moves} if moves else {}),
        **({"formerly": former_state(cluster, site)} if site.formerly else {}),
        "folders": sha256_hex(repr(sorted(folders.items())).encode()),
        "withheld": sha256_hex(repr(mine).encode()),
        "ledger": _stamp(cluster.root / url_ledger.path_of(name)),
        "keys": _stamp(keys),
        "site": sha256_hex(repr((site.url, sorted(site.deploy.items()))).encode()),
        "live": cluster.store.live_id(name),
    }


def _folders(root: Path) -> dict[str, int]:
    """Each folder of a site's output, by its path below it (a cluster may be named by more than one), and its time in ns."""
    times: dict[str, int] = {}
    stack = [str(root)]
    while stack:
        folder = stack.pop()
        times[folder[len(str(root)) :]] = os.stat(folder).st_mtime_ns  # noqa: PTH116 (fast path)
        with os.scandir(folder) as rows:
            stack += [row.path for row in rows if row.is_dir(follow_symlinks=False)]
    return times


def remember_published(cluster: PublishedCluster, outcome: SiteOutcome, state: dict[str, Any]) -> None:
    """Store what was published: the input state from before the output was read, carried pages, whether all was ok."""
    if outcome.live is None:
        return
    path = cluster.root / url_ledger.path_of(outcome.site)
    last = {**state, "live": outcome.live.now, "ledger": _stamp(path)} if state else {}
    carried = sorted(page.path for page in outcome.made.carried) if outcome.made else []
    update_state(cluster, outcome.site, last=last, well=outcome.ok, back="", carried=carried)


def update_state(cluster: PublishedCluster, name: str, **facts: Any) -> None:
    """Change some facts of a site's stored state.

    noted: the release in the ledger; moved: the record of moves, and the release, that are.
    last, well, carried: see remember_published(). back: the live rollback. sent: the last
    release sent to the target. deploy: the settings used for it, in case the site's file is broken or missing later.
    """
    store = cluster.store
    stored = {**stored_state(store, name), **facts}
    store.write(store.root / "state" / f"{name}.json", json.dumps(stored).encode())


def stored_state(store: Store, name: str) -> dict[str, Any]:
    """What update_state() stored of a site; {} where nothing readable is stored."""
    stored = store.read_json(f"state/{name}.json")
    return stored if isinstance(stored, dict) else {}


def rollback_in_force(
    cluster: PublishedCluster, name: str, state: dict[str, Any], stored: dict[str, Any]
) -> SiteOutcome | None:
    """A notice if a rollback is live and the output is still the one that was rolled back from."""
    last = stored.get("last")
    last = last if isinstance(last, dict) else {}
    if not stored.get("back") or stored["back"] != state["live"]:
        return None
    if any(last.get(part) != state[part] for part in ("folders", "withheld", "site")):
        return None
    at = next((row["at"] for row in reversed(journal(cluster.store, name))), "")
    hint = "改好内容并构建后再发布；确要恢复原内容，运行 jiyue publish --resume。"
    message = f"站点已于 {at} 回退，此后内容没有改动，不再发布。"
    return SiteOutcome(name, diagnostics=(ROLLED_BACK.at(f"sites/{name}.yaml", 0, message, hint, site=name),))


def store_lost(cluster: PublishedCluster, name: str) -> list[Diagnostic]:
    """A warning if the ledger shows that the site was published before, but the store has no release of it."""
    if cluster.store.live_id(name):
        return []
    count = sum(not entry.to and not entry.gone for entry in url_ledger.read(cluster.root, name)[0].values())
    if not count:
        return []
    message = f"台账里有 {count} 个已发布的网址，这里却没有站点 {name} 的任何版本，按第一次发布处理。"
    hint = "先取回发布目录：jiyue store restore 仓库，或从备份恢复 .jiyue/releases（docs/operations.md「CI」）；确实没有了，不用处理。"
    return [STORE_LOST.at(url_ledger.path_of(name), 0, message, hint, site=name)]


def _stamp(path: Path) -> str:
    return sha256_hex(path.read_bytes()) if path.is_file() else ""
