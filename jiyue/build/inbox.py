"""What is reported in a cluster, for `jiyue inbox`: the same facts as a build's, without building."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from jiyue.base import clock
from jiyue.base.cache import Cache
from jiyue.base.diagnostics import did_you_mean
from jiyue.build.options import Options
from jiyue.build.scanning import scan_all
from jiyue.catalogue.summary import Decision, Summary
from jiyue.linkage.decisions import append
from jiyue.linkage.report_up import ADOPTED, Report, link_reports
from jiyue.registry.load import load_registry
from jiyue.registry.site import Registry


class NotReported(ValueError):
    """What was to be decided is not reported to that site; str() is Chinese."""


def scanned(options: Options) -> tuple[Registry, dict[str, Summary]]:
    """The cluster, from the cache where nothing changed. Raises ClusterBroken."""
    return scan_all(options, load_registry(options.root), Cache(options.root / ".jiyue" / "store"), lambda *_: None)


def reports_of(options: Options) -> tuple[Registry, list[Report]]:
    """The cluster and everything public that is reported in it. Raises ClusterBroken."""
    registry, summaries = scanned(options)
    return registry, link_reports(registry, summaries, options.now or clock.now()).reports


def decide(
    options: Options,
    site: str,
    articles: Iterable[str],
    *,
    adopted: bool,
    column: str = "",
    reason: str = "",
    by: str = "",
) -> list[Path]:
    """Add a decision on each article (`changchun/notice-1`) to the ledger of the superior site. Returns the ledger once a row.

    Raises NotReported before anything is written if one is not reported to that site, BadRow if the decision can't be taken.
    """
    registry, reports = reports_of(options)
    there = {one.name: one for one in reports if one.superior == site}
    chosen = [name.strip("/").removeprefix("content/") for name in articles]
    for name in chosen:
        if name not in there:
            hint = did_you_mean(name, there) or "在 jiyue inbox list 里核对编号"
            raise NotReported(f"没有报送给 {site} 的文章「{name}」。{hint}")
    at = options.now or clock.now()
    rows = [Decision(name, adopted, column, at, " ".join(reason.split()), by) for name in chosen]
    for name in chosen:
        if adopted and there[name].state == ADOPTED and (not column or there[name].column == column):
            raise NotReported(f"「{name}」已经采用，在栏目「{there[name].column}」")
        if (last := there[name].decision) and last.at > at:
            raise NotReported(f"「{name}」已有更晚（{last.at}）的决定，核对 --today 和台账")
    return [append(options.root, registry.sites[site], row) for row in rows]
