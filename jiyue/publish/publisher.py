"""Publishing a cluster: everything that is well goes live and is deployed; one site never stops another. And back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jiyue.base.diagnostics import Diagnostic
from jiyue.base.reason import Reason
from jiyue.catalogue.withholding import ALIASES
from jiyue.publish.cluster import Cluster, alone
from jiyue.publish.deploy.target import Sent
from jiyue.publish.page_gate import look_at
from jiyue.publish.release.batch import Looked, Options, Outcome, failed, publish, rehearse, release, roll_back
from jiyue.publish.release.maker import Maker, Site
from jiyue.publish.release.shadow import shadow
from jiyue.publish.release.tombstones import Tombstone
from jiyue.publish.release.withdraw import to_clear
from jiyue.publish.release.withheld import read_stale, read_withheld
from jiyue.publish.sending import finish, send
from jiyue.publish.state import held, memory_of, remember, settle, state_of, store_lost
from jiyue.registry import url_ledger


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
        look = look_at(cluster, [cluster.site(n) for n in names])
        looked = Looked(look.refused, read_stale(cluster.output))
        return merged([*look.told, *release(cluster.store, look.well, cluster.output, maker, options, looked)])


def go_live(cluster: Cluster, names: Sequence[str], maker: Maker, order: Order) -> Account:
    """Publish the chosen sites: all that is well goes live and is deployed; one site never stops another.

    What is withheld leaves every live site: also those that were not chosen, are broken or removed, or can't go out.
    """
    with alone(cluster):
        withheld, stale = read_withheld(cluster.output), read_stale(cluster.output)
        account = Account()
        for lost in url_ledger.check_removed(cluster.root, cluster.registry.urls):
            account.outcomes.append(Outcome(lost.site, diagnostics=(lost,)))
        todo: list[Site] = []
        others = [cluster.site(name) for name in cluster.live() if name not in names]
        before: dict[str, dict[str, Any]] = {}
        for name in names:
            try:
                site = cluster.site(name)
            except Exception as cause:  # whatever it is, it is this site's alone
                account.outcomes.append(failed(name, cause))
                continue
            kept = memory_of(cluster.store, name)
            try:
                state = state_of(cluster, name, withheld, stale=name in stale)
                back = held(cluster, name, state, kept) if state and not order.resume else None
            except Exception:  # whatever was noted there, it only spares work
                state, back = {}, None
            if not order.every and state and kept.get("well") and kept.get("last") == state:
                account.untouched += 1
            elif back:
                account.outcomes.append(back)
                others.append(site)
            else:
                before[name] = state
                todo.append(site)
        account.outcomes += [
            Outcome(s.id, diagnostics=tuple(found)) for s in todo if (found := store_lost(cluster, s.id))
        ]
        look = look_at(cluster, todo)
        looked = Looked(look.refused, stale, [*others, *look.stopped])
        if order.dry:
            account.outcomes = merged(
                [*account.outcomes, *look.told, *_dry(cluster, look.well, looked, maker, account)]
            )
            return account
        aliases = _read_aliases(cluster.output)
        done = {o.site: o for o in publish(cluster.store, look.well, cluster.output, maker, order.options, looked)}
        told = {o.site: o for o in look.told}
        for site in [*look.well, *looked.others]:
            outcome = merged([o for o in (told.get(site.id), done.get(site.id), Outcome(site.id)) if o])[0]
            outcome = finish(cluster, outcome, aliases.get(site.id, {}), maker, account.sent)
            if outcome.live or outcome.diagnostics:
                account.outcomes.append(outcome)
            try:
                _remember(cluster, outcome, before.get(site.id) if site in look.well else None)
            except Exception as cause:  # as above
                account.outcomes.append(failed(site.id, cause))
        account.outcomes = merged(account.outcomes)
    return account


def merged(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """One outcome a site, in their order."""
    found: dict[str, Outcome] = {}
    for new in outcomes:
        old = found.get(new.site, Outcome(new.site))
        diagnostics = tuple(dict.fromkeys([*old.diagnostics, *new.diagnostics]))
        found[new.site] = Outcome(new.site, new.made or old.made, new.live or old.live, diagnostics)
    return list(found.values())


def _remember(cluster: Cluster, outcome: Outcome, before: dict[str, Any] | None) -> None:
    """Keep how a site was left. before: its state when its output was taken; None where its last release went out again."""
    if before is not None:
        settle(cluster, outcome, before)
        return
    kept = memory_of(cluster.store, outcome.site)
    if outcome.live and kept.get("back"):  # the rollback that stands is this one now
        remember(cluster, outcome.site, back=outcome.live.now, well=False)
    elif outcome.live or not outcome.well:
        remember(cluster, outcome.site, well=False)


def go_back(cluster: Cluster, name: str, maker: Maker, *, to: str = "", reason: str = "", wait: float = 0.0) -> Account:
    """Go back to an earlier release and deploy it; what the ledger calls gone since does not come back."""
    account = Account()
    try:
        urls, _ = url_ledger.read(cluster.root, name)
        site = cluster.site(name)
        gone = [Tombstone(name, e.url, Reason.WITHDRAWN, e.since, site.url) for e in urls.values() if e.gone]
        gone = to_clear(site, gone, read_withheld(cluster.output))
    except Exception as cause:
        return Account([failed(name, cause)])
    outcome = roll_back(cluster.store, name, maker, to=to, reason=reason, extra=gone, wait=wait)
    if outcome.live:
        remember(cluster, name, back=outcome.live.now, well=False)
        found = send(cluster, name, urls, maker, account.sent)
        outcome = replace(outcome, diagnostics=(*outcome.diagnostics, *found))
    account.outcomes.append(outcome)
    return account


def _dry(cluster: Cluster, todo: Sequence[Site], looked: Looked, maker: Maker, account: Account) -> list[Outcome]:
    """What publishing would do: releases are made in a shadow of the store, without a key, and thrown away."""
    unsigned = replace(maker, key=None, keys=())
    names = {site.id for site in (*todo, *looked.others)}
    outcomes = []
    with shadow(cluster.store, sorted(names)) as store:
        for outcome in rehearse(store, todo, cluster.output, unsigned, Options(), looked):
            found: list[Diagnostic] = []
            if outcome.made:
                try:
                    urls, _ = url_ledger.read(cluster.root, outcome.site)
                except Exception as cause:  # as above
                    outcomes.append(merged([outcome, failed(outcome.site, cause)])[0])
                    continue
                found = send(
                    cluster, outcome.site, urls, unsigned, account.sent, store=store, release=outcome.made.id, dry=True
                )
            outcomes.append(replace(outcome, diagnostics=(*outcome.diagnostics, *found)))
    return outcomes


def _read_aliases(output: Path) -> dict[str, dict[str, str]]:
    path = output / ALIASES
    data = json.loads(path.read_bytes()) if path.is_file() else {}
    return data if isinstance(data, dict) else {}
