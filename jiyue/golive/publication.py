"""Publishing a cluster: everything that is well goes live and is deployed; one site never stops another. And back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jiyue import ledger
from jiyue.deploy.target import Sent, bundle, deploy
from jiyue.deploy.targets import target_of
from jiyue.diagnostics import Diagnostic, error, warning
from jiyue.golive.addresses import note_addresses
from jiyue.golive.cluster import Cluster, alone, published_urls
from jiyue.golive.standing import held, remember, settle, state_of, store_lost
from jiyue.golive.verifying import verified
from jiyue.release.make import make_release
from jiyue.release.maker import Maker, Site
from jiyue.release.manifest import ReleaseError
from jiyue.release.prune import delete, holding, not_live
from jiyue.release.publish import FAILED, Options, Outcome, publish, release, roll_back
from jiyue.release.shadow import shadow
from jiyue.release.signing import opened
from jiyue.release.store import Store
from jiyue.release.withheld import ALIASES, Tombstone, Withheld, file_of, read_withheld

UNDEPLOYED = error("deploy-failed", "没有送到目标", "新版本已在本机备好，但读者看到的仍是原版本。")
CAVEAT = warning("deploy-not-atomic", "目标不能原子切换", "更新期间读者可能看到新旧混合的页面。")


@dataclass(frozen=True)
class Order:
    """How to publish. every: look at every file of every site; resume: go forward after a rollback (see standing.ROLLED_BACK)."""

    dry: bool = False
    every: bool = False
    resume: bool = False
    options: Options = field(default_factory=Options)


@dataclass
class Account:
    """What became of it: outcomes of the sites that were opened, what was sent, and how many were left alone."""

    outcomes: list[Outcome] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    untouched: int = 0

    @property
    def well(self) -> bool:
        """Whether nothing is in error."""
        return all(o.well for o in self.outcomes)


def make_releases(cluster: Cluster, names: Sequence[str], maker: Maker, options: Options) -> list[Outcome]:
    """Releases of the chosen sites; nothing goes live."""
    with alone(cluster):
        todo, refused = verified(cluster, [cluster.site(n) for n in names])
        return [*refused, *release(cluster.store, todo, cluster.output, maker, options)]


def go_live(cluster: Cluster, names: Sequence[str], maker: Maker, order: Order) -> Account:
    """Publish the chosen sites: all that is well goes live and is deployed; one site never stops another."""
    with alone(cluster):
        withheld = read_withheld(cluster.output)
        account = Account()
        for lost in ledger.check_removed(cluster.root, cluster.registry.urls):
            account.outcomes.append(Outcome(lost.site, diagnostics=(lost,)))
        todo: list[Site] = []
        before: dict[str, dict[str, Any]] = {}
        for name in names:
            state = state_of(cluster, name, withheld)
            kept = cluster.store.read_json(f"state/{name}.json") or {}
            if not order.every and state and kept.get("well") and kept["last"] == state:
                account.untouched += 1
            elif not order.resume and state and (back := held(cluster, name, state, kept)):
                account.outcomes.append(back)
            else:
                before[name] = state
                todo.append(cluster.site(name))
        todo, refused = verified(cluster, todo)
        account.outcomes += refused
        if order.dry:
            _dry(cluster, todo, withheld, maker, account)
            return account
        aliases = _read_aliases(cluster.output)
        lost_stores = {site.id: store_lost(cluster, site.id) for site in todo}
        for outcome in publish(cluster.store, todo, cluster.output, maker, order.options) if todo else ():
            done = _after(cluster, outcome, aliases.get(outcome.site, {}), maker, account.sent)
            done = replace(done, diagnostics=(*lost_stores[outcome.site], *done.diagnostics))
            account.outcomes.append(done)
            settle(cluster, done, before[outcome.site])
    return account


def go_back(cluster: Cluster, name: str, maker: Maker, *, to: str = "", reason: str = "", wait: float = 0.0) -> Account:
    """Go back to an earlier release and deploy it; what the ledger calls gone since does not come back."""
    account = Account()
    urls, _ = ledger.read(cluster.root, name)
    host = cluster.site(name).url
    gone = [Tombstone(name, e.url, "withdrawn", e.since, host) for e in urls.values() if e.gone]
    outcome = roll_back(cluster.store, name, maker, to=to, reason=reason, extra=gone, wait=wait)
    if outcome.live:
        remember(cluster, name, back=outcome.live.now, well=False)
        found = _deploy(cluster, name, urls, maker, account.sent)
        outcome = replace(outcome, diagnostics=(*outcome.diagnostics, *found))
    account.outcomes.append(outcome)
    return account


def expunge(cluster: Cluster, name: str, urls: Sequence[str], maker: Maker) -> tuple[list[str], list[str]]:
    """Delete pages (local urls) from all that is kept of a site, here and at its target, for leaked data.

    The root site goes along, because its search and feeds hold the texts of all sites. The ids of the site's releases
    deleted here, and what is left for people to do; nothing is deleted where no release here holds a page.
    ReleaseError while a page is still live here or there.
    """
    store, root = cluster.store, cluster.registry.cluster.root
    with store.locked():
        found = holding(store, name, urls)
        left = []
        for site in dict.fromkeys((name, root)) if found else ():
            left += _forget(cluster, site, urls if site == name else (), maker)
        # last, so that a target that could not be reached is tried again by the same command
        if found and root != name:
            delete(store, root, not_live(store, root))
        delete(store, name, found)
    return found, left


def _forget(cluster: Cluster, name: str, urls: Sequence[str], maker: Maker) -> list[str]:
    site = cluster.registry.sites.get(name)
    if site is None or not site.deploy:
        return []
    target = target_of(site.deploy, cluster.site(name), cluster.work, keys=maker.keys, now=maker.now)
    there = target.live(name)
    if there and {file_of(url) for url in urls} & opened(*there, maker.keys).files.keys():
        raise ReleaseError(f"站点 {name} 的目标上仍是含有这些页面的版本。请先运行 jiyue publish。")
    said = target.forget(name)
    return [f"{name}：{said}"] if said else []


# -- one site, after its release --------------------------------------------------------------------------------------


def _after(cluster: Cluster, outcome: Outcome, aliases: Mapping[str, str], maker: Maker, sent: list[Sent]) -> Outcome:
    """Note the URLs, deploy; the outcome with what was found on the way."""
    name = outcome.site
    if not cluster.store.live_id(name) or name not in cluster.registry.sites:
        return outcome
    try:
        urls, found = note_addresses(cluster, name, aliases, maker)
    except (ReleaseError, OSError) as cause:
        found = [
            FAILED.at(ledger.path_of(name), 0, f"网址台账没有写成：{cause}", "检查磁盘和权限后再发布。", site=name)
        ]
        urls = {}
    found += _deploy(cluster, name, urls, maker, sent)
    return replace(outcome, diagnostics=(*outcome.diagnostics, *found))


def _deploy(
    cluster: Cluster, name: str, urls: ledger.Ledger, maker: Maker, sent: list[Sent], *, store: Store | None = None,
    release: str = "", dry: bool = False,
) -> list[Diagnostic]:  # fmt: skip
    site = cluster.registry.sites.get(name)
    if site is None or not site.deploy:
        return []
    try:
        answers = ledger.answers(urls, published_urls(cluster, name))
        target = target_of(
            site.deploy, cluster.site(name), cluster.work, keys=maker.keys, now=maker.now, answers=answers
        )
        keys = () if dry else maker.keys
        done = deploy(target, bundle(store or cluster.store, name, keys, release), keys, dry=dry)
    except (ReleaseError, OSError) as cause:
        hint = "处理后再运行 jiyue publish，会接着送。"
        return [UNDEPLOYED.at(f"sites/{name}.yaml", 0, str(cause), hint, site=name)]
    sent.append(done)
    if not dry:
        remember(cluster, name, served=str(site.deploy.get("path", "")))
    if done.caveat:
        return [CAVEAT.at(f"sites/{name}.yaml", 0, done.caveat, "需要原子切换时换用别的目标。", site=name)]
    return []


def _dry(cluster: Cluster, todo: Sequence[Site], withheld: Sequence[Withheld], maker: Maker, account: Account) -> None:
    """What publishing would do: releases are made in a shadow of the store, without a key, and thrown away."""
    unsigned = replace(maker, key=None, keys=())
    with shadow(cluster.store, [site.id for site in todo]) as store:
        for site in todo:
            try:
                made = make_release(store, site, cluster.output / site.id, withheld, unsigned)
            except (ReleaseError, OSError) as cause:
                found = FAILED.at(f"sites/{site.id}.yaml", 0, str(cause), "处理后重新发布。", site=site.id)
                account.outcomes.append(Outcome(site.id, diagnostics=(found,)))
                continue
            urls, _ = ledger.read(cluster.root, site.id)
            found_there = _deploy(
                cluster, site.id, urls, unsigned, account.sent, store=store, release=made.id, dry=True
            )
            account.outcomes.append(Outcome(site.id, made, diagnostics=(*made.diagnostics, *found_there)))


def _read_aliases(output: Path) -> dict[str, dict[str, str]]:
    path = output / ALIASES
    data = json.loads(path.read_bytes()) if path.is_file() else {}
    return data if isinstance(data, dict) else {}
