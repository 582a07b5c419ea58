"""Write and sign a release: its folder appears whole, in one rename."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from jiyue.publish.release.maker import Maker
from jiyue.publish.release.manifest import FOLDER, MANIFEST, SIGNATURE, Manifest, canonical, sha256_hex
from jiyue.publish.release.signing import sign, trusted_manifest
from jiyue.publish.release.store import Store


def seal(store: Store, draft: Manifest, record: Mapping[str, Any], maker: Maker) -> str:
    """Write and sign a release; its id. The folder appears whole in one rename."""
    extras = {"record.json": canonical(record), "sbom.json": maker.sbom()}
    manifest = replace(draft, record=sha256_hex(extras["record.json"]), sbom=sha256_hex(extras["sbom.json"]))
    raw = manifest.to_bytes()
    signature = sign(raw, maker.key) if maker.key else None
    trusted_manifest(raw, signature, maker.keys)  # fails here, not after going live, if verifiers don't know the key
    own = {MANIFEST: raw, **({SIGNATURE: signature} if signature is not None else {})}
    seal_as(store, manifest, own, extras)
    return manifest.id


def seal_as(store: Store, manifest: Manifest, own: Mapping[str, bytes], extras: Mapping[str, bytes]) -> None:
    """Write a release whose objects are in the store; own: the manifest and signature; extras: the record and SBOM."""
    partial = store.release(manifest.site, ".new")
    if partial.exists():
        shutil.rmtree(partial)
    store.plant(partial / "tree", manifest.files, manifest.packed)
    (partial / "tree" / FOLDER).mkdir(parents=True, exist_ok=True)
    for path, data in own.items():
        (partial / "tree" / path).write_bytes(data)
    for name, data in extras.items():
        (partial / name).write_bytes(data)
    target = store.release(manifest.site, manifest.id)
    if target.exists():
        shutil.rmtree(target)
    partial.rename(target)


def next_sequence(store: Store, site: str, now: datetime, after: int = 0) -> int:
    """A number above all before it: seconds since 1970, or one more than the highest known when a clock went back."""
    names = [*store.releases(site), store.live_id(site)]
    highest = max([after, *(int(n.partition("-")[0]) for n in names if n)])
    return max(highest + 1, int(now.timestamp()))
