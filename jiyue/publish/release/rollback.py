"""Roll back: an earlier release's files, without withdrawn pages, as a new signed release. The caller holds the lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from jiyue.publish.release.banner import with_todays_alerts
from jiyue.publish.release.maker import Maker
from jiyue.publish.release.manifest import FileEntry, Manifest, ReleaseError
from jiyue.publish.release.offline import with_state
from jiyue.publish.release.packing import pack
from jiyue.publish.release.records import file_of
from jiyue.publish.release.scrub import Marks, Scrubbed, scrub_files
from jiyue.publish.release.seal import next_sequence, seal
from jiyue.publish.release.signing import trusted_manifest
from jiyue.publish.release.store import Store
from jiyue.publish.release.swap import Switch, journal, switch_live
from jiyue.publish.release.tombstones import Tombstone, read_tombstones


def rollback(
    store: Store, site: str, maker: Maker, *, to: str = "", reason: str = "", extra: Sequence[Tombstone] = ()
) -> Switch:
    """Serve the content of an earlier release again (to; default: the one before), without a build.

    It becomes a new signed release of kind `rollback` with a higher sequence number, which distinguishes it from a
    replay. What was withdrawn, embargoed or found secret since is left out: pages are dropped, and files that name them
    are cleaned, or taken as they are now where they can't be. extra: more tombstones, such as the URL ledger's.
    ReleaseError when there is nothing to go back to.
    """
    before = store.live_id(site)
    if not before:
        raise ReleaseError(f"站点 {site} 还没有上线的版本，无从回退。")
    live = trusted_manifest(*store.manifest_bytes(site, before), maker.keys)
    target = to or _earlier(store, site, live)
    old = trusted_manifest(*store.manifest_bytes(site, target), maker.keys)
    if old.site != site or old.id != target or target == before:
        raise ReleaseError(f"不能回退到 {target}：它不是站点 {site} 的另一个版本。")
    stones = [t for t in (*read_tombstones(store), *extra) if t.site != site or not t.upto or t.upto >= old.sequence]
    files, dropped, cleaned = _fit(store, old, live, stones)
    files = with_state(store, with_todays_alerts(store, files, live.files), live.files)
    packed = pack(store, files, {**live.files, **old.files}, _packed_of(old, live), maker.jobs)
    carried = [c for c in store.record(site, target, old.record).get("carried", ()) if file_of(c["url"]) in files]
    record = {
        "kind": "rollback", "of": target, "reason": reason, "dropped": dropped, "cleaned": cleaned, "carried": carried
    }  # fmt: skip
    draft = replace(
        old, files=files, packed=packed, kind="rollback", of=target, sequence=next_sequence(store, site, maker.now),
        created=maker.now.isoformat(timespec="seconds"),
    )  # fmt: skip
    name = seal(store, draft, record, maker)
    switched = switch_live(store, site, name, maker.keys, maker.now)
    return replace(switched, dropped=tuple(dropped), cleaned=tuple(cleaned))


def _fit(store: Store, old: Manifest, live: Manifest, stones: Sequence[Tombstone]) -> Scrubbed:
    """The old release's files, without what must not come back."""
    if not stones:
        return Scrubbed(dict(old.files), [], [])
    buried = {file_of(t.url) for t in stones if t.site == old.site}
    # a file that is live today is clean, unless a tombstoned page is itself still live
    fit = set() if buried & live.files.keys() else {e.sha256 for e in live.files.values()}
    return scrub_files(store, old.files, buried, Marks(old.site, old.url, stones), live.files, fit)


def _packed_of(old: Manifest, live: Manifest) -> dict[str, FileEntry]:
    """Compressed copies that belong to {**live.files, **old.files}."""
    mine = {p: e for p, e in live.packed.items() if p.rpartition(".")[0] not in old.files}
    return {**mine, **old.packed}


def _earlier(store: Store, site: str, live: Manifest) -> str:
    base = live.of or live.id
    below = int(base.partition("-")[0])
    names = {row["id"] for row in journal(store, site) if row.get("kind") == "release"} & set(store.releases(site))
    older = sorted(n for n in names if int(n.partition("-")[0]) < below)
    if not older:
        raise ReleaseError(f"站点 {site} 没有更早的上线版本可回退。现有版本：{'、'.join(store.releases(site))}。")
    return older[-1]
