"""The search index of all sites, in the root site's output. It is made last, from the results of the sites' builds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from pathlib import Path

from jiyue.base.cache import Cache
from jiyue.base.garbage import uncollected
from jiyue.build.task import SiteTask
from jiyue.catalogue.scan import scan_site
from jiyue.registry.site import Registry
from jiyue.render import search
from jiyue.render.output import Output
from jiyue.render.pages.view import SiteView
from jiyue.render.result import SiteResult
from jiyue.render.search import SearchRow
from jiyue.search.token_cache import Tokens, TokensOfAll, tokens_path

ALL = "_all"
"""Pseudo-site for the tokens of all sites; no site can have this name."""


def build_cluster_search(
    output: Path, root: Path, registry: Registry, key: str, cache: Cache, results: Iterable[SiteResult],
    left: Mapping[str, str], tasks: Callable[[], list[SiteTask]],
) -> None:  # fmt: skip
    """Bring `search/all/` up to date, if any site's documents changed and the root site has output.

    Each article is indexed once, under the site it comes from. left: site -> digest of the rows of its last finished build.
    Rows of a site that wasn't built now come from the cache if they have that digest (a build may have been killed before
    it got here), else from the site's scan. tasks: gives the tasks of all sites.
    """
    place = output / registry.cluster.root
    if not registry.cluster.search or not place.is_dir():
        return
    name = f"search/{key}"
    stored = cache.get(f"{name}/all.json") or {"sites": {}, "folders": {}, "options": ""}
    options = search.index_options(registry.sites[registry.cluster.root], registry.cluster, search.CLUSTER)
    options_digest = search.digest([], options)
    fresh = {result.site: result.search_rows for result in results if result.search_rows is not None}
    digests = {site: left.get(site, stored["sites"].get(site, "")) for site in registry.sites}
    below = Output(place / search.CLUSTER)
    known = below.folders_unchanged(stored["folders"])
    if known and digests == stored["sites"] and options_digest == stored["options"]:
        return
    cache.drop(f"{name}/all.json")  # if this run is interrupted, its cache entry must not be used
    opened = sorted(fresh)
    with uncollected():
        for site in registry.sites.keys() - fresh.keys():
            remembered = cache.get(f"{name}/{site}.json")
            rows = [SearchRow(*row) for row in remembered or ()]
            if remembered is not None and search.digest(rows) == digests[site]:
                fresh[site] = rows
    fresh |= _scanned(registry.sites.keys() - fresh.keys(), root, cache, tasks)
    digests = {site: search.digest(fresh[site]) for site in registry.sites}
    for site in registry.sites:
        if stored["sites"].get(site) != digests[site]:
            cache.put(f"{name}/{site}.json", fresh[site])
    folder = cache.folder
    # an edit needs only the tokens of the sites that were built
    order = [*opened, *(site for site in registry.sites if site not in opened)]
    tokens = TokensOfAll(Tokens(tokens_path(folder, ALL)), (tokens_path(folder, site) for site in order))
    everything = once([row for site in registry.sites for row in fresh[site]])
    with uncollected():
        search.make(everything, root, Output(place), search.CLUSTER, known, tokens, options)
    tokens.close(len(everything))
    cache.put(f"{name}/all.json", {"sites": digests, "folders": below.folders(), "options": options_digest})


def once(rows: list[SearchRow]) -> list[SearchRow]:
    """The rows without reposts of other rows."""
    copies = {row.copy_of for row in rows} - {""}
    there = {address for row in rows if (address := f"{row.base}/{row.url}") in copies} if copies else set()
    return [row for row in rows if row.copy_of not in there]


def _scanned(
    sites: Set[str], root: Path, cache: Cache, tasks: Callable[[], list[SiteTask]]
) -> dict[str, list[SearchRow]]:
    """The rows of sites that are not cached."""
    jobs = [task.job for task in tasks() if task.job.site.id in sites] if sites else []
    views = [SiteView(job, scan_site(root, job.site, cache).without(job.withheld)) for job in jobs]
    return {view.site.id: [row for row in search.search_rows(view) if not row.pushed] for view in views}
