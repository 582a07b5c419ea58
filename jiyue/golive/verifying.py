"""Looking at a site's finished pages before they are released; what was seen is kept beside the releases."""

from __future__ import annotations

import json
from collections.abc import Iterable

from jiyue.checks.output import verify_site
from jiyue.golive.cluster import Cluster
from jiyue.release.maker import Site
from jiyue.release.publish import Outcome
from jiyue.version import engine_digest


def verified(cluster: Cluster, sites: Iterable[Site]) -> tuple[list[Site], list[Outcome]]:
    """The sites that may be released, and the outcomes of those that may not: they keep what is live.

    Warnings about the former are told too, by an outcome of their own.
    """
    well, outcomes = [], []
    for site in sites:
        folder = cluster.output / site.id
        known = cluster.registry.sites.get(site.id)
        if known is None or not folder.is_dir():
            well.append(site)  # a site whose file is broken: its release is the last one's
            continue
        name, engine = f"verified/{site.id}.json", engine_digest()
        kept = cluster.store.read_json(name) or {}
        seen = verify_site(folder, site.id, known.base_path, kept.get("seen") if kept.get("engine") == engine else None)
        if kept.get("seen") != seen.kept:
            data = json.dumps({"engine": engine, "seen": seen.kept}, ensure_ascii=False)
            cluster.store.write(cluster.store.root / name, data.encode())
        if seen.found:
            outcomes.append(Outcome(site.id, diagnostics=tuple(seen.found)))
        if not seen.stopped:
            well.append(site)
    return well, outcomes
