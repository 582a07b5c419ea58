"""The search index of all sites, in the root site's output. It is made last, from the results of the sites' builds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from pathlib import Path
from typing import Any

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
from jiyue.search.totals import Totals

ALL = "_all"
"""Pseudo-site for the tokens of all sites; no site can have this name."""


def build_cluster_search(
    output: Path, root: Path, registry: Registry, key: str, cache: Cache, results: Iterable[SiteResult],
    left: Mapping[str, str], tasks: Callable[[], list[SiteTask]],
) -> None:  # fmt: skip
    """Bring `search/all/` up to date, if any site's documents changed and the root site has output.

    Each article is indexed once, under the site it comes from. left: site -> digest of the rows of its last finished build.
    Rows of a site that wasn't built now come from the cache if they have that digest (a build may have been killed before
    it got here), else from the site's scan. tasks: gives the tasks of all sites. Usually the rows that changed are enough.
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
    same = known and options_digest == stored["options"]
    if same and digests == stored["sites"]:
        return
    cache.drop(f"{name}/all.json")  # if this run is interrupted, its cache entry must not be used
    # an edit needs only the tokens of the sites that were built
    order = [*sorted(fresh), *(site for site in registry.sites if site not in fresh)]
    tokens = TokensOfAll(Tokens(tokens_path(cache.folder, ALL)), (tokens_path(cache.folder, site) for site in order))
    written = Output(place)
    changes = _changes(cache, name, stored, digests, fresh) if same else None
    report = changes and search.update(
        Totals.read(stored["totals"]), *changes, root, written, search.CLUSTER, tokens, options
    )
    if report:
        copies, folders = stored["copies"], written.folders_after(stored["folders"], search.CLUSTER)
    else:
        with uncollected():
            for site in registry.sites.keys() - fresh.keys():
                rows = _remembered(cache, f"{name}/{site}.json", digests[site])
                if rows is not None:
                    fresh[site] = rows
        fresh |= _scanned(registry.sites.keys() - fresh.keys(), root, cache, tasks)
        everything = [row for site in registry.sites for row in fresh[site]]
        copies = sorted({row.copy_of for row in everything} - {""})
        with uncollected():
            report = search.make(once(everything), root, written, search.CLUSTER, known, tokens, options)
        folders = below.folders()
    for site in fresh:
        digests[site] = search.digest(fresh[site])
        if stored["sites"].get(site) != digests[site]:
            cache.put(f"{name}/{site}.json", fresh[site])
    tokens.close(report.totals.documents)
    state = {"sites": digests, "folders": folders, "options": options_digest, "copies": copies}
    cache.put(f"{name}/all.json", {**state, "totals": report.totals.plain()})


def _remembered(cache: Cache, name: str, digest: str) -> list[SearchRow] | None:
    """A site's rows from the cache, if they have this digest."""
    remembered = cache.get(name)
    rows = [SearchRow(*row) for row in remembered or ()]
    return rows if remembered is not None and search.digest(rows) == digest else None


def _changes(
    cache: Cache, name: str, stored: dict[str, Any], digests: Mapping[str, str], fresh: Mapping[str, list[SearchRow]]
) -> tuple[list[SearchRow], list[SearchRow]] | None:
    """The rows that the index loses and those that it gets; None if that can't be told from the changed sites alone."""
    changed = [site for site in digests if digests[site] != stored["sites"].get(site)]
    if digests.keys() != stored["sites"].keys() or not fresh.keys() >= set(changed):
        return None
    gone: list[SearchRow] = []
    come: list[SearchRow] = []
    for site in changed:
        before = _remembered(cache, f"{name}/{site}.json", stored["sites"][site])
        if before is None or len({row.id for row in fresh[site]}) < len(fresh[site]):
            return None
        known, now = ({row.digest for row in rows} for rows in (before, fresh[site]))
        gone += [row for row in before if row.digest not in now]
        come += [row for row in fresh[site] if row.digest not in known]
    addresses = _addresses(gone) ^ _addresses(come)
    if any(row.copy_of for row in (*gone, *come)) or not addresses.isdisjoint(stored["copies"]):
        return None  # reposts come or go
    return gone, come


def _addresses(rows: Iterable[SearchRow]) -> set[str]:
    return {f"{row.base}/{row.url}" for row in rows}


def once(rows: list[SearchRow]) -> list[SearchRow]:
    """The rows without reposts of other rows."""
    there = {row.copy_of for row in rows} & _addresses(rows)
    return [row for row in rows if row.copy_of not in there]


def _scanned(
    sites: Set[str], root: Path, cache: Cache, tasks: Callable[[], list[SiteTask]]
) -> dict[str, list[SearchRow]]:
    """The rows of sites that are not cached."""
    jobs = [task.job for task in tasks() if task.job.site.id in sites] if sites else []
    views = [SiteView(job, scan_site(root, job.site, cache).without(job.withheld)) for job in jobs]
    return {view.site.id: [row for row in search.search_rows(view) if not row.pushed] for view in views}
