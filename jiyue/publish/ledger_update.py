"""Update the URL ledger to what is live: redirects for renames, 410 for withdrawals, an error for any other lost URL."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import NamedTuple

from jiyue.base.diagnostics import Diagnostic
from jiyue.base.reason import Reason
from jiyue.catalogue.migrated import FOLDER as MIGRATED
from jiyue.importers.moves import BadMoves
from jiyue.publish.cluster import PublishedCluster, published_urls
from jiyue.publish.heirs import WHY as CLOSED
from jiyue.publish.heirs import former_state, led, lost_host, note_former
from jiyue.publish.moved_addresses import WHY, moved_addresses, read_all, record_digest, records
from jiyue.publish.redirects import git_renames, redirects_between
from jiyue.publish.release.carry import needed_files
from jiyue.publish.release.maker import Maker
from jiyue.publish.release.manifest import Manifest
from jiyue.publish.release.records import file_of, read_records, source_urls, url_of
from jiyue.publish.release.tombstones import read_tombstones
from jiyue.publish.state import stored_state, update_state
from jiyue.registry import url_ledger
from jiyue.registry.site import Site

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
    site = cluster.registry.sites.get(name)
    if site and (before := lost_host(cluster, site, old)):
        hint = f"在站点文件里加上 formerly: [{{url: {before}}}]，旧网址就都转到新网址；写错了的，把 url 改回来。"
        message = f"网址由 {before} 改为 {base}，它曾发布的 {len(old)} 个网址在原来的主机上都将打不开。"
        return old, [url_ledger.LOST.at(f"sites/{name}.yaml", 0, message, hint, site=name)]
    redirects = {url_ledger.old_address(alias, base): f"/{path}" for alias, path in aliases.items()}
    noted = stored_state(store, name).get("noted", "")
    if noted != live and noted in store.releases(name):
        redirects = {**_moved(cluster, name, str(noted), live), **redirects}
    known = str(noted) if noted in store.releases(name) else ""
    life = _life(cluster, site, old, now, known, maker) if site and (site.closing or site.formerly) else _Life()
    redirects, old = {**life.redirects, **redirects}, {**life.more, **old}
    stones = [t for t in read_tombstones(store) if t.site == name]
    if life.closed:
        stones = [t for t in stones if not (t.url in old and old[t.url].to)]
    buried = {t.url: _WHY[t.reason] for t in stones if t.url not in redirects}
    if noted != live and noted in store.releases(name):
        files = _files_of(cluster, name, str(noted), live, buried)
        buried |= {url: why for url, why in files.items() if url not in redirects}
    if life.closed:
        buried = dict.fromkeys([*life.gone, *buried], CLOSED)
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
    for one in life.absorbed:
        (cluster.root / url_ledger.path_of(one)).unlink(missing_ok=True)
    update_state(cluster, name, noted=live, moved=moved)
    new, _ = url_ledger.read(cluster.root, name)  # for its line numbers
    return new, url_ledger.check(new, now, name)


class _Life(NamedTuple):
    """What a site's closing, and what it was before, add to its ledger. more: entries of the ledgers of `absorbed`, which it
    takes over; redirects, gone: see heirs.Led."""

    redirects: Mapping[str, str] = {}
    gone: Collection[str] = ()
    more: Mapping[str, url_ledger.Entry] = {}
    absorbed: Collection[str] = ()
    closed: bool = False


def _life(
    cluster: PublishedCluster, site: Site, old: url_ledger.Ledger, now: Collection[str], noted: str, maker: Maker
) -> _Life:
    redirects: dict[str, str] = {}
    more: dict[str, url_ledger.Entry] = {}
    absorbed: list[str] = []
    for former in site.formerly:
        if former.id and former.id not in cluster.registry.urls:
            if url_ledger.site_url(cluster.root, former.id).rstrip("/") == site.url:
                entries, unread = url_ledger.read(cluster.root, former.id)
                more |= entries
                if not unread:  # else its lines have to be mended first, and it stays
                    absorbed.append(former.id)
            redirects |= note_former(cluster, site, former, maker.now.date().isoformat())
    if not site.closing or not site.is_closed(f"{maker.now:%Y-%m-%d %H:%M}"):
        return _Life(redirects, (), more, absorbed)
    heir, to = (site.closing.heir[0], site.closing.heir[3]) if site.closing.heir else ("", "/")
    left = [url for url, entry in old.items() if url not in now and not entry.to and not entry.gone]
    ways = led(cluster, site.id, noted, heir, to, left)
    return _Life({**redirects, **ways.redirects}, ways.gone, more, absorbed, closed=True)


def moved_state(cluster: PublishedCluster, name: str, live: str) -> str:
    """What the ledger's addresses of the old sites of a site depend on; '' if none was imported, and it was nothing else."""
    names = records(cluster.root, name)
    formerly = former_state(cluster, cluster.registry.sites.get(name))
    return f"{record_digest(cluster.root, names)} {live}{formerly}" if names or formerly else ""


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
