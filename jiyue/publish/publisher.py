"""Publish a cluster: every valid site goes live and is deployed; one site never stops another. And rollback."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jiyue.base.reason import Reason
from jiyue.catalogue.withholding import ALIASES, Withheld
from jiyue.publish.cluster import PublishedCluster, locked_output
from jiyue.publish.delivery import deploy_site, record_and_deploy
from jiyue.publish.deploy.target import Deployment
from jiyue.publish.heirs import withdrawn_at_heirs
from jiyue.publish.page_gate import check_pages
from jiyue.publish.release.batch import (
    ReleaseOptions,
    Restrictions,
    SiteOutcome,
    dry_run_sites,
    failed_outcome,
    publish_sites,
    release_sites,
    try_rollback,
)
from jiyue.publish.release.dry_run import dry_run_store
from jiyue.publish.release.maker import Maker, ReleaseSite
from jiyue.publish.release.manifest import ReleaseError
from jiyue.publish.release.tombstones import Tombstone
from jiyue.publish.release.withdraw import to_remove
from jiyue.publish.release.withheld import read_stale, read_withheld
from jiyue.publish.state import (
    input_state,
    remember_published,
    rollback_in_force,
    store_lost,
    stored_state,
    update_state,
)
from jiyue.registry import url_ledger


@dataclass(frozen=True)
class PublishOptions:
    """every: open every site, changed or not; resume: publish although a rollback is in force (state.ROLLED_BACK)."""

    dry: bool = False
    every: bool = False
    resume: bool = False
    release: ReleaseOptions = field(default_factory=ReleaseOptions)


@dataclass
class PublishReport:
    """The result: outcomes of the sites that were opened, deployments, and how many sites needed nothing."""

    outcomes: list[SiteOutcome] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)
    untouched: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing is in error."""
        return all(o.ok for o in self.outcomes)


def make_releases(
    cluster: PublishedCluster, names: Sequence[str], maker: Maker, options: ReleaseOptions
) -> list[SiteOutcome]:
    """Make releases of the chosen sites; nothing goes live."""
    with locked_output(cluster):
        gate = check_pages(cluster, [cluster.site(n) for n in names], maker.jobs)
        restrictions = Restrictions(gate.refused, read_stale(cluster.output))
        released = release_sites(cluster.store, gate.passed, cluster.output, maker, options, restrictions)
        return merge_outcomes([*gate.outcomes, *released])


def publish_cluster(
    cluster: PublishedCluster, names: Sequence[str], maker: Maker, options: PublishOptions
) -> PublishReport:
    """Publish the chosen sites: every valid one goes live and is deployed; one site never stops another.

    What is withheld leaves every live site, including those that were not chosen, are broken or removed, or can't be
    published.
    """
    with locked_output(cluster):
        withheld, stale = read_withheld(cluster.output), read_stale(cluster.output)
        report = PublishReport(
            [
                SiteOutcome(d.site, diagnostics=(d,))
                for d in url_ledger.check_removed(cluster.root, cluster.registry.urls, cluster.registry.former_ids)
            ]
        )
        not_chosen = [cluster.site(name) for name in cluster.live() if name not in names]
        todo, rolled_back, states = _changed_sites(cluster, names, options, withheld, stale, report)
        report.outcomes += [
            SiteOutcome(s.id, diagnostics=tuple(lost)) for s in todo if (lost := store_lost(cluster, s.id))
        ]
        gate = check_pages(cluster, todo, maker.jobs)
        restrictions = Restrictions(gate.refused, stale, [*not_chosen, *rolled_back, *gate.stopped])
        if options.dry:
            report.outcomes += gate.outcomes
            report.outcomes += _dry_run(cluster, gate.passed, restrictions, maker, report)
        else:
            aliases = _read_aliases(cluster.output)
            outcomes = publish_sites(cluster.store, gate.passed, cluster.output, maker, options.release, restrictions)
            merged = {o.site: o for o in merge_outcomes([*gate.outcomes, *outcomes])}
            for site in [*gate.passed, *restrictions.takedown_only]:
                outcome = merged.get(site.id, SiteOutcome(site.id))
                state = states[site.id] if site in gate.passed else None
                _follow_up(cluster, outcome, aliases.get(site.id, {}), state, maker, report)
        report.outcomes = merge_outcomes(report.outcomes)
    return report


def _changed_sites(
    cluster: PublishedCluster,
    names: Sequence[str],
    options: PublishOptions,
    withheld: Sequence[Withheld],
    stale: frozenset[str],
    report: PublishReport,
) -> tuple[list[ReleaseSite], list[ReleaseSite], dict[str, dict[str, Any]]]:
    """Sites to publish, sites whose rollback stays in force, and site → its state now, of those to publish."""
    todo: list[ReleaseSite] = []
    rolled_back: list[ReleaseSite] = []
    states: dict[str, dict[str, Any]] = {}
    for name in names:
        try:
            site = cluster.site(name)
        except Exception as cause:  # whatever it is, it stops this site alone
            report.outcomes.append(failed_outcome(name, cause))
            continue
        stored = stored_state(cluster.store, name)
        try:
            state = input_state(cluster, name, withheld, stale=name in stale)
            in_force = rollback_in_force(cluster, name, state, stored) if state and not options.resume else None
        except Exception:  # the state only saves work: without one the site is opened
            state, in_force = {}, None
        if not options.every and state and stored.get("well") and stored.get("last") == state:
            report.untouched += 1
        elif in_force:
            report.outcomes.append(in_force)
            rolled_back.append(site)
        else:
            states[name] = state
            todo.append(site)
    return todo, rolled_back, states


def _follow_up(
    cluster: PublishedCluster,
    outcome: SiteOutcome,
    aliases: Mapping[str, str],
    state: dict[str, Any] | None,
    maker: Maker,
    report: PublishReport,
) -> None:
    """Ledger, deployment and stored state of a site. state: see _remember()."""
    outcome = record_and_deploy(cluster, outcome, aliases, maker, report.deployments)
    if outcome.live or outcome.diagnostics:
        report.outcomes.append(outcome)
    try:
        _remember(cluster, outcome, state)
    except Exception as cause:  # whatever it is, it stops this site alone
        report.outcomes.append(failed_outcome(outcome.site, cause))


def merge_outcomes(outcomes: Iterable[SiteOutcome]) -> list[SiteOutcome]:
    """One outcome a site, in their order."""
    merged: dict[str, SiteOutcome] = {}
    for new in outcomes:
        old = merged.get(new.site, SiteOutcome(new.site))
        diagnostics = tuple(dict.fromkeys([*old.diagnostics, *new.diagnostics]))
        merged[new.site] = SiteOutcome(new.site, new.made or old.made, new.live or old.live, diagnostics)
    return list(merged.values())


def _remember(cluster: PublishedCluster, outcome: SiteOutcome, state: dict[str, Any] | None) -> None:
    """Store how a site was left. state: its state when its output was read; None if its last release went out again."""
    if state is not None:
        remember_published(cluster, outcome, state)
    elif outcome.live and stored_state(cluster.store, outcome.site).get("back"):
        # the rollback in force is now this release
        update_state(cluster, outcome.site, back=outcome.live.now, well=False)
    elif outcome.live or not outcome.ok:
        update_state(cluster, outcome.site, well=False)


def publish_rollback(
    cluster: PublishedCluster, name: str, maker: Maker, *, to: str = "", reason: str = "", wait: float = 0.0
) -> PublishReport:
    """Go back to an earlier release and deploy it; what the ledger calls gone since does not come back."""
    report = PublishReport()
    try:
        urls, _ = url_ledger.read(cluster.root, name)
        site = cluster.site(name)
        gone = [Tombstone(name, e.url, Reason.WITHDRAWN, e.since, site.url) for e in urls.values() if e.gone]
        gone = [*to_remove(site, gone, read_withheld(cluster.output)), *withdrawn_at_heirs(cluster, name)]
        registered = cluster.registry.sites.get(name)
        if registered and registered.is_closed(f"{maker.now:%Y-%m-%d %H:%M}"):
            raise ReleaseError(f"站点 {name} 已经关停，不能回退到关停以前的版本。")
    except Exception as cause:
        return PublishReport([failed_outcome(name, cause)])
    outcome = try_rollback(cluster.store, name, maker, to=to, reason=reason, extra=gone, wait=wait)
    if outcome.live:
        update_state(cluster, name, back=outcome.live.now, well=False)
        diagnostics = deploy_site(cluster, name, urls, maker, report.deployments)
        outcome = replace(outcome, diagnostics=(*outcome.diagnostics, *diagnostics))
    report.outcomes.append(outcome)
    return report


def _dry_run(
    cluster: PublishedCluster,
    sites: Sequence[ReleaseSite],
    restrictions: Restrictions,
    maker: Maker,
    report: PublishReport,
) -> list[SiteOutcome]:
    """What publishing would do: unsigned releases are made in a copy of the store and thrown away."""
    unsigned = replace(maker, key=None, keys=())
    names = {site.id for site in (*sites, *restrictions.takedown_only)}
    outcomes = []
    with dry_run_store(cluster.store, sorted(names)) as store:
        for outcome in dry_run_sites(store, sites, cluster.output, unsigned, ReleaseOptions(), restrictions):
            outcomes.append(outcome)
            if not outcome.made:
                continue
            try:
                urls, _ = url_ledger.read(cluster.root, outcome.site)
            except Exception as cause:  # whatever it is, it stops this site alone
                outcomes.append(failed_outcome(outcome.site, cause))
                continue
            diagnostics = deploy_site(
                cluster,
                outcome.site,
                urls,
                unsigned,
                report.deployments,
                store=store,
                release=outcome.made.id,
                dry=True,
            )
            outcomes.append(SiteOutcome(outcome.site, diagnostics=tuple(diagnostics)))
    return outcomes


def _read_aliases(output: Path) -> dict[str, dict[str, str]]:
    path = output / ALIASES
    data = json.loads(path.read_bytes()) if path.is_file() else {}
    return data if isinstance(data, dict) else {}
