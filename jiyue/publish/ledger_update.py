"""Update the URL ledger to what is live: redirects for renames, 410 for withdrawals, an error for any other lost URL."""

from __future__ import annotations

import json
from collections.abc import Mapping

from jiyue.base.diagnostics import Diagnostic
from jiyue.base.reason import Reason
from jiyue.catalogue.migrated import FOLDER as MIGRATED
from jiyue.importers.moves import BadMoves
from jiyue.publish.cluster import PublishedCluster, published_urls
from jiyue.publish.moved_addresses import WHY, moved_addresses, read_all, record_digest, records
from jiyue.publish.redirects import git_renames, redirects_between
from jiyue.publish.release.carry import needed_files
from jiyue.publish.release.maker import Maker
from jiyue.publish.release.manifest import Manifest
from jiyue.publish.release.records import file_of, read_records, source_urls, url_of
from jiyue.publish.release.tombstones import read_tombstones
from jiyue.publish.state import stored_state, update_state
from jiyue.registry import url_ledger

_AGAIN = "用 jiyue import 重新生成，再发布一次。"
_WHY = {
    Reason.WITHDRAWN: "撤回", Reason.SECRET: "下线", Reason.SCHEDULED: "暂停公开", Reason.DRAFT: "暂停公开",
    Reason.EXPIRED: "到期", Reason.UNAPPROVED: "下线", Reason.EDITION: "暂停公开",
}  # fmt: skip
"""Reason → what a line of the URL ledger says, which anyone may read."""


def note_addresses(
    cluster: PublishedCluster, name: str, aliases: Mapping[str, str], maker: Maker
) -> tuple[dict[str, url_ledger.Entry], list[Diagnostic]]:
    """Update the ledger to what is live; the ledger and its diagnostics."""
    store, live = cluster.store, cluster.store.live_id(name)
    old, unread = url_ledger.read(cluster.root, name)
    if unread:
        return old, unread  # a file that isn't understood is not written over
    now = published_urls(cluster, name)
    base = cluster.site(name).url
    redirects = {url_ledger.old_address(alias, base): f"/{path}" for alias, path in aliases.items()}
    noted = stored_state(store, name).get("noted", "")
    if noted != live and noted in store.releases(name):
        redirects = {**_moved(cluster, name, str(noted), live), **redirects}
    buried = {t.url: _WHY[t.reason] for t in read_tombstones(store) if t.site == name and t.url not in redirects}
    if noted != live and noted in store.releases(name):
        buried |= _files_of(cluster, name, str(noted), live, buried)
    moved = moved_state(cluster, name, live or "")
    if moved and stored_state(store, name).get("moved", "") != moved:
        names = records(cluster.root, name)
        try:
            more = moved_addresses(read_all(cluster.root, names), name, base, _pages(cluster, name, live), now, old)
        except BadMoves as problem:
            return old, [url_ledger.BAD_LINE.at(f"{MIGRATED}/{names[0]}.jsonl", 0, str(problem), _AGAIN, site=name)]
        redirects = {**more.redirects, **redirects}
        old = {**old, **{url: url_ledger.Entry(url) for url in more.gone if url not in redirects}}
        buried = {**dict.fromkeys(more.gone, WHY), **buried}
    new = url_ledger.update(old, now, redirects, buried, maker.now.date())
    url_ledger.write(cluster.root, name, new, base)
    update_state(cluster, name, noted=live, moved=moved)
    new, _ = url_ledger.read(cluster.root, name)  # for its line numbers
    return new, url_ledger.check(new, now, name)


def moved_state(cluster: PublishedCluster, name: str, live: str) -> str:
    """What the ledger's addresses of the old sites of a site depend on; '' if none was imported."""
    names = records(cluster.root, name)
    return f"{record_digest(cluster.root, names)} {live}" if names else ""


def _pages(cluster: PublishedCluster, name: str, live: str) -> dict[str, str]:
    """Source path -> address of the live pages."""
    rows = source_urls(read_records(cluster.store.tree(name, live)), cluster.site(name).url)
    return {source: str(row["url"]) for source, row in rows.items()}


def _files_of(cluster: PublishedCluster, name: str, before: str, now: str, buried: Mapping[str, str]) -> dict[str, str]:
    """Addresses of the files that only buried pages used, each with its page's reason."""
    store, base = cluster.store, cluster.site(name).url
    tree = store.tree(name, before)
    old, new = (Manifest.from_bytes(store.manifest_bytes(name, release)[0]).files for release in (before, now))
    gone: dict[str, str] = {}
    for url, why in buried.items():
        page = file_of(url)
        if page in old and page not in new:
            gone |= {
                url_of(path): why for path in needed_files(page, old, new, lambda p: (tree / p).read_bytes(), base)
            }
    return gone


def _moved(cluster: PublishedCluster, name: str, before: str, now: str) -> dict[str, str]:
    store, base = cluster.store, cluster.site(name).url
    old = source_urls(read_records(store.tree(name, before)), base)
    new = source_urls(read_records(store.tree(name, now)), base)
    if old.keys() <= new.keys():
        return redirects_between(old, new, {}, {})
    commit = json.loads(store.manifest_bytes(name, before)[0]).get("commit", "")
    renames = git_renames(cluster.root.resolve(), commit)
    sites = {t.split("/")[1] for s, t in renames.items() if s in old and t.count("/") > 1} - {name}
    elsewhere = {
        str(row["source_path"]): str(row["url"])
        for site in sorted(sites)
        for row in read_records(cluster.output / site)
        if row.get("source_path") and row.get("url") and "origin" not in row
    }
    return redirects_between(old, new, renames, elsewhere)
