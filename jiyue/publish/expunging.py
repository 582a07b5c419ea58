"""Delete leaked pages from all stored releases, on every site that got them, here and at the targets."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jiyue.base.reason import Reason
from jiyue.catalogue.sources import source_exists
from jiyue.publish.cluster import PublishedCluster
from jiyue.publish.delivery import record_and_deploy, settings_of
from jiyue.publish.deploy.target import Deployment, TargetContext
from jiyue.publish.deploy.targets import target_of
from jiyue.publish.release.batch import SiteOutcome
from jiyue.publish.release.maker import Maker
from jiyue.publish.release.manifest import ReleaseError
from jiyue.publish.release.prune import delete, holding, not_live
from jiyue.publish.release.records import file_of, read_records, source_urls
from jiyue.publish.release.signing import trusted_manifest
from jiyue.publish.release.swap import switch_live
from jiyue.publish.release.tombstones import Tombstone, add_tombstones
from jiyue.publish.release.withdraw import find_records, release_without
from jiyue.publish.release.withheld import read_withheld
from jiyue.publish.state import update_state
from jiyue.registry.deploy import deploy_of


@dataclass
class Expunged:
    """The result. down: sites that lost a live page or a mention; deleted: ids of releases by site; left: manual
    steps that remain, in Chinese.
    """

    down: list[str] = field(default_factory=list)
    deleted: dict[str, list[str]] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


def expunge(cluster: PublishedCluster, name: str, urls: Sequence[str], maker: Maker) -> Expunged:
    """Delete pages (local urls of site `name`) from all stored releases, with their copies on other sites.

    Live pages are taken down first, whatever the state of their site. The root site's old releases are deleted too,
    because its search and feeds hold the texts of all sites. Does nothing if no release holds a page.
    """
    store, done = cluster.store, Expunged()
    with store.locked():
        places = _places(cluster, name, urls, maker.now)
        if not places:
            return done
        stones = [stone for stones in places.values() for stone in stones]
        sources = {stone.source for stone in stones}
        add_tombstones(store, stones)
        for site in cluster.live():
            _take_down(cluster, site, stones, maker, done)
        for site in dict.fromkeys([*places, cluster.registry.cluster.root]):
            _forget(cluster, site, [stone.url for stone in places.get(site, ())], maker, done)
        withheld = {w.path for w in read_withheld(cluster.output) if not w.reason.stays}
        for source in sorted(sources - withheld):
            if source_exists(cluster.root, source):
                done.left.append(
                    f"{source} 还没有撤回，下次发布会重新上线。请在稿件里写 withdraw（附件则删除），构建后再发布。"
                )
    return done


def _places(cluster: PublishedCluster, name: str, urls: Sequence[str], now: datetime) -> dict[str, list[Tombstone]]:
    """Site → tombstones of the pages and of their copies, by the records of all stored releases."""
    store = cluster.store
    wanted = set(urls)
    sources: dict[str, str] = {}
    for release in store.releases(name):
        base = _url(cluster, name, release)
        rows = source_urls(read_records(store.tree(name, release)), base)
        sources |= {str(row["url"]): source for source, row in rows.items() if row["url"] in wanted}
    stones: dict[str, dict[str, Tombstone]] = {}
    for site in store.sites():
        for release in store.releases(site):
            base = _url(cluster, site, release)
            copies = find_records(store, site, release, set(sources.values()), base)
            places: dict[str, tuple[str, Mapping[str, Any]]] = {
                str(r["url"]): (source, r) for source, r in copies.items()
            }
            if site == name:
                places |= {url: (f"content/{name}{url}", {}) for url in wanted - sources.keys()}
            files = store.tree(site, release)
            for url, (source, row) in places.items():
                if (files / file_of(url)).is_file():
                    upto = int(release.partition("-")[0])
                    since = now.date().isoformat()
                    stone = Tombstone(
                        site,
                        url,
                        Reason.SECRET,
                        since,
                        base,
                        str(row.get("id", "")),
                        str(row.get("title", "")),
                        upto,
                        source,
                    )
                    stones.setdefault(site, {})[url] = stone
    return {site: list(by_url.values()) for site, by_url in stones.items()}


def _url(cluster: PublishedCluster, site: str, release: str) -> str:
    try:
        raw, _ = cluster.store.manifest_bytes(site, release)
        return str(json.loads(raw)["url"])
    except (ReleaseError, ValueError, KeyError):
        return cluster.site(site).url


def _take_down(cluster: PublishedCluster, site: str, stones: Sequence[Tombstone], maker: Maker, done: Expunged) -> None:
    store = cluster.store
    new = release_without(store, cluster.site(site), stones, maker, cluster.output / site)
    if new is None:
        return
    stored = store.read_json(f"state/{site}.json") or {}
    switched = switch_live(store, site, new[0], maker.keys, maker.now)
    update_state(cluster, site, well=False, back=switched.now if stored.get("back") else "")
    sent: list[Deployment] = []
    outcome = record_and_deploy(cluster, SiteOutcome(site, live=switched), {}, maker, sent)
    done.left += [
        f"{site}：{diagnostic.message}"
        for diagnostic in outcome.diagnostics
        if diagnostic.rule.startswith("deploy-failed")
    ]
    done.down.append(site)


def _forget(cluster: PublishedCluster, site: str, urls: Sequence[str], maker: Maker, done: Expunged) -> None:
    """Delete old releases, at the target first, so that the same command retries a target that was unreachable."""
    settings = settings_of(cluster, site)
    if settings:
        try:
            context = TargetContext(cluster.site(site), cluster.root, maker.keys, maker.now)
            target = target_of(deploy_of(settings), context)
            there = target.live(site)
            if there and {file_of(url) for url in urls} & trusted_manifest(*there, maker.keys).files.keys():
                raise ReleaseError("目标上仍是含有这些页面的版本，没有送到新版本。处理后再运行同一命令。")
            remaining = target.forget(site)
        except Exception as cause:
            done.left.append(f"{site}：{cause}")
            return
        done.left += [f"{site}：{remaining}"] if remaining else []
    names = holding(cluster.store, site, urls) if urls else not_live(cluster.store, site)
    delete(cluster.store, site, names)
    if urls:
        done.deleted[site] = names
