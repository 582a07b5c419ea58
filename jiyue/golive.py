"""Publishing as officers mean it: release what changed, swap it in, note every URL, bring it to where it is served.

    output/ ─► release.publish ─► ledger (renames, withdrawals) ─► deploy to the site's target

A site is opened only if something about it differs from when it was last left well: see `_state`. So publishing after
one changed article costs that article's site, whatever the cluster holds.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from jiyue import ledger
from jiyue.deploy.target import Sent, bundle, deploy
from jiyue.deploy.targets import target_of
from jiyue.diagnostics import Diagnostic, error, warning
from jiyue.moved import git_renames, moved
from jiyue.registry.site import Registry
from jiyue.release.live import journal
from jiyue.release.make import Maker, Site, commit_of, make_release
from jiyue.release.manifest import ReleaseError, digest
from jiyue.release.publish import FAILED, Options, Outcome, publish, release, roll_back
from jiyue.release.sbom import sbom
from jiyue.release.shadow import shadow
from jiyue.release.signing import private_key, read_keys
from jiyue.release.store import Store
from jiyue.release.withheld import (
    ALIASES,
    BUILDING,
    Tombstone,
    Withheld,
    local_url,
    read_withheld,
    records,
    source_urls,
    tombstones,
)

UNDEPLOYED = error("deploy-failed", "没有送到目标", "新版本已在本机备好，但读者看到的仍是原版本。")
CAVEAT = warning("deploy-not-atomic", "目标不能原子切换", "更新期间读者可能看到新旧混合的页面。")
ROLLED_BACK = warning(
    "release-rolled-back",
    "回退后内容没有改动",
    "回退之后若原样再发布，刚撤下的问题又会回到线上；改好内容后自然恢复发布。",
)

LABELS = {"withdrawn": "撤回", "secret": "下线", "embargo": "暂停公开", "expired": "到期", "unapproved": "下线"}
"""Reason → what a line of the URL ledger says, which anyone may read."""

_RACY_NS = 50_000_000
"""A folder changed this shortly before it was looked at may change again within the same tick of the clock."""


@dataclass(frozen=True)
class Cluster:
    """A cluster's folder, its sites, and where its releases lie."""

    root: Path
    registry: Registry
    output: Path

    @property
    def work(self) -> Path:
        """The folder for what machines keep."""
        return self.root / ".jiyue"

    @property
    def store(self) -> Store:
        """All releases."""
        return Store(self.work / "releases")

    def site(self, name: str) -> Site:
        """What a release needs of a site; one whose file is broken keeps the url it was published with."""
        if name in self.registry.sites:
            return Site(name, self.registry.sites[name].url)
        return Site(name, "")

    def names(self, wanted: Sequence[str]) -> list[str]:
        """The chosen sites, or all, broken ones that were published before included."""
        known = [*self.registry.sites, *(s for s in self.registry.broken if self.store.live_id(s))]
        return [s for s in known if not wanted or s in wanted]


@dataclass(frozen=True)
class Order:
    """How to publish. every: look at every file of every site; resume: go forward after a rollback (see ROLLED_BACK)."""

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


def maker_of(cluster: Cluster, now: datetime, key: Path | None = None, *, allow_loss: bool = False) -> Maker:
    """With what a release is made here: the commit, the key of `key` or the environment, the cluster's public keys."""
    commit = commit_of(cluster.root)
    return Maker(now, commit, private_key(key), read_keys(cluster.root), sbom(commit), allow_loss=allow_loss)


def make_releases(cluster: Cluster, names: Sequence[str], maker: Maker, options: Options) -> list[Outcome]:
    """Releases of the chosen sites; nothing goes live."""
    with _quiet(cluster):
        return release(cluster.store, [cluster.site(n) for n in names], cluster.output, maker, options)


def go_live(cluster: Cluster, names: Sequence[str], maker: Maker, order: Order) -> Account:
    """Publish the chosen sites: all that is well goes live and is deployed; one site never stops another."""
    with _quiet(cluster):
        withheld = read_withheld(cluster.output)
        account = Account()
        todo: list[Site] = []
        before: dict[str, dict[str, Any]] = {}
        for name in names:
            state = _state(cluster, name, withheld)
            kept = cluster.store.read_json(f"state/{name}.json") or {}
            if not order.every and state and kept.get("well") and kept["last"] == state:
                account.untouched += 1
            elif not order.resume and state and (held := _held(cluster, name, state, kept)):
                account.outcomes.append(held)
            else:
                before[name] = state
                todo.append(cluster.site(name))
        if order.dry:
            _dry(cluster, todo, withheld, maker, account)
            return account
        aliases = _read_aliases(cluster.output)
        for outcome in publish(cluster.store, todo, cluster.output, maker, order.options) if todo else ():
            done = _after(cluster, outcome, aliases.get(outcome.site, {}), maker, account.sent)
            account.outcomes.append(done)
            _settle(cluster, done, before[outcome.site])
    return account


def go_back(cluster: Cluster, name: str, maker: Maker, *, to: str = "", reason: str = "", wait: float = 0.0) -> Account:
    """Go back to an earlier release and deploy it; what the ledger calls gone since does not come back."""
    account = Account()
    urls, _ = ledger.read(cluster.root, name)
    host = cluster.site(name).url
    gone = [Tombstone(name, e.url, "withdrawn", e.since, host) for e in urls.values() if e.gone]
    outcome = roll_back(cluster.store, name, maker, to=to, reason=reason, extra=gone, wait=wait)
    if outcome.live:
        _remember(cluster, name, back=outcome.live.now, well=False)
        found = _deploy(cluster, name, urls, maker, account.sent)
        outcome = replace(outcome, diagnostics=(*outcome.diagnostics, *found))
    account.outcomes.append(outcome)
    return account


def published_urls(cluster: Cluster, name: str) -> set[str]:
    """The addresses that a site answers with a page or a file now."""
    live = cluster.store.live_id(name)
    if not live:
        return set()
    raw, _ = cluster.store.manifest_bytes(name, live)
    return ledger.addresses(json.loads(raw)["files"])


# -- one site, after its release --------------------------------------------------------------------------------------


def _after(cluster: Cluster, outcome: Outcome, aliases: Mapping[str, str], maker: Maker, sent: list[Sent]) -> Outcome:
    """Note the URLs, deploy; the outcome with what was found on the way."""
    name = outcome.site
    if not cluster.store.live_id(name) or name not in cluster.registry.sites:
        return outcome
    try:
        urls, found = _note(cluster, name, aliases, maker)
    except (ReleaseError, OSError) as cause:
        found = [
            FAILED.at(ledger.path_of(name), 0, f"网址台账没有写成：{cause}", "检查磁盘和权限后再发布。", site=name)
        ]
        urls = {}
    found += _deploy(cluster, name, urls, maker, sent)
    return replace(outcome, diagnostics=(*outcome.diagnostics, *found))


def _note(
    cluster: Cluster, name: str, aliases: Mapping[str, str], maker: Maker
) -> tuple[dict[str, ledger.Entry], list[Diagnostic]]:
    """Bring the ledger up to date with what is live."""
    store, live = cluster.store, cluster.store.live_id(name)
    old, found = ledger.read(cluster.root, name)
    if found:
        return old, found  # a file that isn't understood is not written over
    now = published_urls(cluster, name)
    base = cluster.site(name).url
    leads = {local_url(url, base): f"/{path}" for url, path in aliases.items()}
    noted = (store.read_json(f"state/{name}.json") or {}).get("noted", "")
    if noted != live and noted in store.releases(name):
        leads = {**_moved(cluster, name, str(noted), live), **leads}
    buried = {t.url: LABELS[t.reason] for t in tombstones(store) if t.site == name and t.url not in leads}
    new = ledger.update(old, now, leads, buried, maker.now.date())
    ledger.write(cluster.root, name, new)
    _remember(cluster, name, noted=live)
    new, _ = ledger.read(cluster.root, name)  # again, for the numbers of its lines
    return new, ledger.check(new, now, name)


def _moved(cluster: Cluster, name: str, before: str, now: str) -> dict[str, str]:
    store, base = cluster.store, cluster.site(name).url
    old = source_urls(records(store.tree(name, before)), base)
    new = source_urls(records(store.tree(name, now)), base)
    if old.keys() <= new.keys():
        return moved(old, new, {}, {})
    commit = json.loads(store.manifest_bytes(name, before)[0]).get("commit", "")
    renames = git_renames(cluster.root.resolve(), commit)
    others = {t.split("/")[1] for s, t in renames.items() if s in old and t.count("/") > 1} - {name}
    elsewhere = {
        str(row["source_path"]): str(row["url"])
        for other in sorted(others)
        for row in records(cluster.output / other)
        if row.get("source_path") and row.get("url") and "origin" not in row
    }
    return moved(old, new, renames, elsewhere)


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


# -- what need not be opened ------------------------------------------------------------------------------------------


def _state(cluster: Cluster, name: str, withheld: Sequence[Withheld]) -> dict[str, Any]:
    """All that publishing a site depends on; {} where that can't be told.

    The build creates, renames and removes files and never rewrites one, so folders with the times of last time hold
    the files of last time.
    """
    site = cluster.registry.sites.get(name)
    if site is None:
        return {}
    folders: dict[str, int] = {}
    root = cluster.output / name
    latest = time.time_ns() - _RACY_NS
    stack = [str(root)]
    try:
        while stack:
            folder = stack.pop()
            folders[folder] = os.stat(folder).st_mtime_ns  # noqa: PTH116 (fast path)
            with os.scandir(folder) as rows:
                stack += [row.path for row in rows if row.is_dir(follow_symlinks=False)]
    except OSError:
        return {}
    if max(folders.values()) > latest:
        return {}
    mine = [asdict(w) for w in withheld if w.site == name]
    keys = cluster.root / "sites" / "release-keys.yaml"
    return {
        "folders": digest(repr(sorted(folders.items())).encode()),
        "withheld": digest(repr(mine).encode()),
        "ledger": _stamp(cluster.root / ledger.path_of(name)),
        "keys": _stamp(keys),
        "site": digest(repr((site.url, sorted(site.deploy.items()))).encode()),
        "live": cluster.store.live_id(name),
    }


def _settle(cluster: Cluster, outcome: Outcome, state: dict[str, Any]) -> None:
    """Remember what was published, of a state from before the output was taken, and whether all was well."""
    if outcome.live is None:
        return
    path = cluster.root / ledger.path_of(outcome.site)
    last = {**state, "live": outcome.live.now, "ledger": _stamp(path)} if state else {}
    _remember(cluster, outcome.site, last=last, well=outcome.well, back="")


def _remember(cluster: Cluster, name: str, **facts: Any) -> None:
    """noted: the release that the ledger knows; last, well: see _settle; back: the rollback that is live."""
    store = cluster.store
    kept = {**(store.read_json(f"state/{name}.json") or {}), **facts}
    store.write(store.root / "state" / f"{name}.json", json.dumps(kept).encode())


def _held(cluster: Cluster, name: str, state: dict[str, Any], kept: dict[str, Any]) -> Outcome | None:
    """The rollback that is live, where the output is still the one that was rolled back from."""
    last = kept.get("last") or {}
    if not kept.get("back") or kept["back"] != state["live"]:
        return None
    if any(last.get(part) != state[part] for part in ("folders", "withheld", "site")):
        return None
    at = journal(cluster.store, name)[-1]["at"]
    hint = "改好内容并构建后再发布；确要恢复原内容，运行 jiyue publish --resume。"
    message = f"站点已于 {at} 回退，此后内容没有改动，不再发布。"
    return Outcome(name, diagnostics=(ROLLED_BACK.at(f"sites/{name}.yaml", 0, message, hint, site=name),))


def _stamp(path: Path) -> str:
    return digest(path.read_bytes()) if path.is_file() else ""


def _read_aliases(output: Path) -> dict[str, dict[str, str]]:
    path = output / ALIASES
    data = json.loads(path.read_bytes()) if path.is_file() else {}
    return data if isinstance(data, dict) else {}


@contextmanager
def _quiet(cluster: Cluster) -> Iterator[None]:
    """Alone with a finished output. Raises jiyue.store.Busy while a build writes it, ReleaseError if one died there."""
    from jiyue.store import Store as BuildStore  # noqa: PLC0415

    with BuildStore(cluster.work / "store").locked():
        if (cluster.output / BUILDING).exists():
            raise ReleaseError("上次构建没有完成，输出目录可能新旧混合，不能发布。请重新运行 jiyue build。")
        yield
