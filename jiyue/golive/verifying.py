"""Looking at sites' finished pages before they are released; what was seen is kept beside the releases."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from functools import partial

from jiyue.checks.output import verify_site
from jiyue.executor import Executor, Failed, InProcess, LocalExecutor
from jiyue.golive.cluster import Cluster
from jiyue.patterns import warm_up
from jiyue.release.maker import Site
from jiyue.release.manifest import ReleaseError
from jiyue.release.publish import Outcome, failed
from jiyue.version import engine_digest


def verified(cluster: Cluster, sites: Iterable[Site]) -> tuple[list[Site], list[Outcome]]:
    """The sites that may be released, and the outcomes of those that may not: they keep what is live.

    Warnings about the former are told too, by an outcome of their own. Sites are looked at side by side.
    """
    wanted = list(sites)
    # a site whose file is broken has no pages to look at: its release is the last one's
    todo = [s.id for s in wanted if s.id in cluster.registry.sites and (cluster.output / s.id).is_dir()]
    executor: Executor = InProcess()
    if len(todo) > 1:
        warm_up()
        executor = LocalExecutor(os.cpu_count() or 1)
    for name in todo:
        executor.submit(partial(_look, cluster, engine_digest()), name)
    seen: dict[str, tuple[Outcome, bool]] = {}
    for name, result in executor.results():
        died = isinstance(result, Failed)
        seen[name] = (failed(name, ReleaseError(f"成品网页没有检查完：{result}")), True) if died else result
    well = [site for site in wanted if site.id not in seen or not seen[site.id][1]]
    return well, [seen[name][0] for name in todo if seen[name][0].diagnostics]


def _look(cluster: Cluster, engine: str, name: str) -> tuple[Outcome, bool]:
    """What is wrong with a site's pages, and whether it may not go out; a page known by its stamp is not read again."""
    file = f"verified/{name}.json"
    kept = cluster.store.read_json(file)
    kept = kept if isinstance(kept, dict) else {}
    earlier = kept.get("seen") if kept.get("engine") == engine else None
    try:
        seen = verify_site(cluster.output / name, name, cluster.registry.sites[name].base_path, earlier)
        if kept.get("seen") != seen.kept:
            data = json.dumps({"engine": engine, "seen": seen.kept}, ensure_ascii=False)
            cluster.store.write(cluster.store.root / file, data.encode())
    except Exception as cause:
        return failed(name, cause), True
    return Outcome(name, diagnostics=tuple(seen.found)), seen.stopped
