"""Tells the WebSub hub of each published site which of its feeds have changed. Nothing that goes wrong here stops a publication."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from jiyue.publish.cluster import PublishedCluster
from jiyue.publish.submit.run import submit
from jiyue.publish.submit.websub import of_output

STATE = "submit.json"


def announce(cluster: PublishedCluster, sites: Iterable[str], sleep: Callable[[float], None] = time.sleep) -> list[str]:
    """What came of it, a Chinese line for each site with a hub. A hub that doesn't answer is asked once, not for each site."""
    said, silent = [], set[str]()
    for name in sites:
        site = cluster.registry.sites.get(name)
        live = cluster.store.live_id(name)
        if not (site and site.hub and live) or site.hub in silent:
            continue
        try:
            feeds = of_output(site.url, cluster.store.tree(name, live))
            outcome = submit(
                "websub", name, site.url, site.hub, feeds, cluster.work / STATE, dry_run=False, sleep=sleep
            )  # fmt: skip
        except (OSError, ValueError) as problem:
            said.append(f"{name}：没有通知 WebSub 中心：{type(problem).__name__}")
            continue
        if outcome.problem:
            silent.add(site.hub)
        if outcome.requests:
            said.append(f"{name}：WebSub 中心{outcome}")
    return said
