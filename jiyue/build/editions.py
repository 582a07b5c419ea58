"""The state of each edition in another language of the cluster's sites, for the reports on them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from jiyue.base.cache import Cache
from jiyue.base.reason import Reason
from jiyue.catalogue.parity import Parity, parities
from jiyue.catalogue.scan import recall_scan, scan_site
from jiyue.catalogue.summary import Summary
from jiyue.registry.site import Registry


def edition_states(
    root: Path, registry: Registry, summaries: dict[str, Summary], cache: Cache, now: str, chosen: Iterable[str] = ()
) -> dict[str, list[Parity]]:
    """Site -> its editions, for the chosen sites (all where none is named) that have any, in the registry's order."""
    chosen = set(chosen)
    found = {}
    for name, summary in summaries.items():
        if not (summary.entrances or summary.switched) or (chosen and name not in chosen):
            continue
        site = registry.sites[name]
        scan = recall_scan(root, site, cache, summary.content) or scan_site(root, site, cache)
        own = {one.source_path for one in summary.hidden if one.reason and one.reason is not Reason.EDITION}
        found[name] = parities(scan.rows, site, own, now)
    return {name: found[name] for name in registry.sites if name in found}
