"""Cluster-wide data for the root site: the list of all sitemaps and the newest articles.

It is plain data in the root site's job, so that its files are built and removed like all others of the root.
"""

from __future__ import annotations

from collections.abc import Iterable

from jiyue.catalogue.shards import shard_name
from jiyue.catalogue.summary import NEWEST, Summary
from jiyue.linkage.recommended import Recommended
from jiyue.registry.site import Registry
from jiyue.render.pages.job import Announced, ClusterPages, href


def cluster_pages(
    registry: Registry, summaries: dict[str, Summary], recommended: Iterable[Recommended], now: str
) -> ClusterPages:
    """Collect the data of all sites, including the root. recommended: the rows of that column; now decides what is public."""
    sites = [site for site in registry.sites.values() if site.id in summaries and not site.is_closed(now)]
    sitemaps = tuple(
        f"{site.url}/{shard_name(number)}" for site in sites for number in range(1, summaries[site.id].shards + 1)
    )
    public = [(row, site) for site in sites for row in summaries[site.id].newest if row.is_public(now)]
    public.sort(key=lambda pair: (pair[0].date, pair[1].id, pair[0].id), reverse=True)
    newest = tuple(
        Announced(
            row.id,
            site.id,
            site.name,
            site.url,
            f"{site.url}/{href(row.path)}",
            row.title,
            row.summary,
            row.date,
            row.updated,
            row.lang or site.lang,
        )
        for row, site in public[:NEWEST]
    )
    changed = max((max(one.article.date, one.article.updated) for one in recommended), default="")
    return ClusterPages(sitemaps, newest, changed)
