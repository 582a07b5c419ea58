"""What a site published at a moment, as it may be kept: the release in force then, without what must never be seen again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from jiyue.base.reason import Reason
from jiyue.publish.cluster import PublishedCluster
from jiyue.publish.heirs import ENDED, withdrawn_at_heirs
from jiyue.publish.release.maker import ReleaseSite
from jiyue.publish.release.manifest import FileEntry, Manifest, ReleaseError
from jiyue.publish.release.records import file_of
from jiyue.publish.release.scrub import Marks, scrub_files
from jiyue.publish.release.signing import PublicKey, trusted_manifest
from jiyue.publish.release.swap import journal
from jiyue.publish.release.tombstones import Tombstone, read_tombstones
from jiyue.publish.release.withdraw import to_remove
from jiyue.publish.release.withheld import read_withheld
from jiyue.registry import url_ledger
from jiyue.registry.url_ledger import Answers


class Past(NamedTuple):
    """A site at a moment. since: when its release went live, aware. removed: how many files must not be kept."""

    manifest: Manifest
    since: datetime
    files: dict[str, FileEntry]
    answers: Answers
    removed: int


def release_at(cluster: PublishedCluster, site: str, at: datetime) -> tuple[str, datetime]:
    """(id, when it went live) of the release in force at a moment. ReleaseError where none was, or it is not kept."""
    rows = [(datetime.fromisoformat(row["at"]), row["id"]) for row in journal(cluster.store, site)]
    before = [row for row in rows if row[0] <= at]
    if not before:
        when = f"最早的一个于 {rows[0][0]:%Y-%m-%d %H:%M} 上线" if rows else "它还没有上线过"
        raise ReleaseError(f"站点 {site} 在 {at:%Y-%m-%d %H:%M} 没有上线的版本：{when}。")
    since, release = before[-1]
    if release not in cluster.store.releases(site):
        raise ReleaseError(
            f"站点 {site} 在 {at:%Y-%m-%d %H:%M} 的版本 {release} 已经清理，不能归档。"
            "从发布目录的备份取回它（jiyue store restore），以后按时归档。"
        )
    # the same release may have gone live more than once without another between
    for earlier, name in reversed(before[:-1]):
        if name != release:
            break
        since = earlier
    return release, since


def past(cluster: PublishedCluster, site: str, at: datetime, keys: tuple[PublicKey, ...]) -> Past:
    """The site at a moment. ReleaseError where there is none, or it can't be trusted. The caller holds the store's lock."""
    store = cluster.store
    release, since = release_at(cluster, site, at)
    manifest = trusted_manifest(*store.manifest_bytes(site, release), keys)
    ledger, _ = url_ledger.read(cluster.root, site)
    day = f"{at:%Y-%m-%d}"
    stones = [stone for stone in _stones(cluster, ReleaseSite(site, manifest.url), ledger) if _counts(stone, day)]
    buried = {file_of(stone.url) for stone in stones if stone.site == site} & manifest.files.keys()
    files = dict(manifest.files)
    if stones:
        # nothing of another day takes the place of what can't be cleaned: the archive shows what was
        files, _, _ = scrub_files(store, files, buried, Marks(site, manifest.url, stones), {})
    kept = url_ledger.addresses(files)
    lost = url_ledger.addresses(manifest.files) - kept
    answers = url_ledger.answers({**ledger, **{url: url_ledger.Entry(url, gone=True) for url in lost}}, kept)
    gone = [url for url in answers.gone if url in lost or (ledger[url].since or day) <= day]
    own = {old: to for old, to in answers.redirects.items() if not old.startswith("//")}
    answers = Answers(own, [url for url in gone if not url.startswith("//")])
    return Past(manifest, since, files, answers, len(manifest.files) - len(files))


def _stones(cluster: PublishedCluster, site: ReleaseSite, ledger: url_ledger.Ledger) -> Iterable[Tombstone]:
    """All that was removed since, as a rollback takes it, and what is withheld now."""
    own = [
        Tombstone(site.id, entry.url, Reason.EXPIRED if entry.why in ENDED else Reason.WITHDRAWN, entry.since, site.url)
        for entry in ledger.values()
        if entry.gone
    ]
    withheld = [row for row in read_withheld(cluster.output) if row.url and not row.reason.stays]
    here = cluster.site(site.id)
    mine = [
        Tombstone(site.id, row.url, row.reason, "", site.url, source=row.path)
        for row in withheld
        if row.site == site.id
    ]
    return to_remove(
        here, [*read_tombstones(cluster.store), *own, *mine, *withdrawn_at_heirs(cluster, site.id)], withheld
    )


def _counts(stone: Tombstone, day: str) -> bool:
    """Whether what was removed may not be in an archive of a day. Only what had its time, and was still in it, may."""
    return stone.reason is not Reason.EXPIRED or bool(stone.since and stone.since <= day)
