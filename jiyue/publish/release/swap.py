"""Go live by one rename of a link, and the journal of what went live. The caller holds the lock."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jiyue.publish.release.manifest import Manifest, ReleaseError
from jiyue.publish.release.signing import PublicKey, trusted_manifest
from jiyue.publish.release.store import Store


@dataclass(frozen=True, slots=True)
class Switch:
    """What went live: the site, the release before ("" at first), the release now; paths dropped by a rollback."""

    site: str
    before: str
    now: str
    dropped: tuple[str, ...] = ()
    cleaned: tuple[str, ...] = ()


def switch_live(store: Store, site: str, name: str, keys: Sequence[PublicKey], now: datetime) -> Switch:
    """Serve a release. At any moment, also if the process is killed, readers get either the old or the new one, whole.

    ReleaseError when the release is not signed by one of the keys, is not whole, is another site's, or is older than
    another that was live before (an old release must come back as a rollback, not as itself).
    """
    before = store.live_id(site)
    manifest = trusted_manifest(*store.manifest_bytes(site, name), keys)
    if manifest.site != site or manifest.id != name:
        raise ReleaseError(f"版本 {name} 的清单属于 {manifest.site} 的 {manifest.id}，拒绝用于站点 {site}。")
    if before == name:
        _journal(store, site, name, manifest, now)
        return Switch(site, before, name)
    highest = highest_sequence(store, site)
    # the newest one that was ever live may come again: somebody pointed the server back to an older one
    if manifest.sequence < highest or (manifest.sequence == highest and name not in _newest(store, site)):
        raise ReleaseError(
            f"版本 {name} 不比已上线过的版本（序号 {highest}）新，按重放拒绝。要恢复旧版本请用 jiyue rollback {site}。"
        )
    _whole(store.tree(site, name), manifest)
    link = store.live_link(site)
    temporary = link.with_name(f".{site}.new")
    store.flush()  # the release is on the disk before anything points to it
    link.parent.mkdir(parents=True, exist_ok=True)
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(Path("..") / "releases" / site / name / "tree")
    temporary.replace(link)
    _journal(store, site, name, manifest, now)
    return Switch(site, before, name)


def highest_sequence(store: Store, site: str) -> int:
    """The highest sequence number that ever was live here, 0 at first."""
    sequences = [int(row["sequence"]) for row in journal(store, site)]
    name = store.live_id(site)
    if name:
        # the folder's own name counts even when the manifest inside was damaged
        sequences.append(int(name.partition("-")[0]))
    return max(sequences, default=0)


def _newest(store: Store, site: str) -> set[str]:
    """The releases with the highest sequence number that ever was live here: one, or none before the first."""
    rows = journal(store, site)
    highest = max((int(row["sequence"]) for row in rows), default=0)
    return {row["id"] for row in rows if int(row["sequence"]) == highest}


def journal(store: Store, site: str) -> list[dict[str, str]]:
    """The journal of a site, oldest first; lines cut short by a crash are left out."""
    path = store.root / "journal" / f"{site}.jsonl"
    rows = []
    for line in path.read_bytes().splitlines() if path.is_file() else ():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict) and {"id", "sequence", "at"} <= row.keys():
            rows.append(row)
    return rows


def _whole(tree: Path, manifest: Manifest) -> None:
    for path, entry in manifest.all_files().items():
        try:
            size = os.stat(tree / path, follow_symlinks=False).st_size  # noqa: PTH116 (fast path)
        except OSError:
            size = -1
        if size != entry.size:
            raise ReleaseError(f"版本 {manifest.id} 的文件 {path} 缺失或长度不符，拒绝上线。请重新生成版本。")


def _journal(store: Store, site: str, name: str, manifest: Manifest, now: datetime) -> None:
    rows = journal(store, site)
    if rows and rows[-1]["id"] == name:
        return
    row = {
        "id": name, "sequence": manifest.sequence, "kind": manifest.kind, "of": manifest.of,
        "at": now.isoformat(timespec="seconds"),
    }  # fmt: skip
    path = store.root / "journal" / f"{site}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        # a line cut short by an earlier crash must not swallow this one
        file.write((b"\n" if path.stat().st_size else b"") + json.dumps(row, ensure_ascii=False).encode())
        file.flush()
        os.fsync(file.fileno())
