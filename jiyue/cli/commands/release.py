"""`jiyue release`."""

from __future__ import annotations

import os
from pathlib import Path

from jiyue.cli.common import Format, Jobs, Output, Root, Sites, Today, known_sites, moment
from jiyue.cli.publishing import AllowLoss, Key, Wait, cluster_at, refusals, show_outcomes
from jiyue.publish.cluster import maker_of
from jiyue.publish.publisher import make_releases
from jiyue.publish.release.batch import ReleaseOptions


def release(
    sites: Sites = None, root: Root = Path(), output: Output = None, key: Key = None, allow_loss: AllowLoss = False,
    wait: Wait = 0, jobs: Jobs = 0, today: Today = "", format: Format = "text",
) -> None:  # fmt: skip
    """为有变化的站点生成签名的版本，不上线。"""
    chosen, cluster = known_sites(root, sites), cluster_at(root, output)
    with refusals():
        maker = maker_of(cluster, moment(today), key, allow_loss=allow_loss, jobs=jobs or os.cpu_count() or 1)
        outcomes = make_releases(cluster, cluster.names(chosen), maker, ReleaseOptions(wait=wait))
    show_outcomes(outcomes, format, root)
    if format == "text":
        for outcome in outcomes:
            if outcome.made:
                print(f"{outcome.site}：{outcome.made.id}" + ("" if outcome.made.new else "（已有）"))
    raise SystemExit(0 if all(o.ok for o in outcomes) else 1)
