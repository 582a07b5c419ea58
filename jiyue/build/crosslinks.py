"""Links from one site of the cluster to another, and what a site's search promotes: which of them lead nowhere."""

from __future__ import annotations

import bisect
import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from jiyue.base.cache import Cache
from jiyue.base.diagnostics import Diagnostic
from jiyue.base.encoding import decode
from jiyue.catalogue.linkage import Pushed, picture_place
from jiyue.catalogue.links import Lists, Targets
from jiyue.catalogue.scan import scan_site
from jiyue.catalogue.summary import Summary
from jiyue.checks.article.links import cross_findings, path_on, promoted_finding
from jiyue.registry.site import Registry, Site


def cross_links(
    root: Path,
    registry: Registry,
    summaries: dict[str, Summary],
    arrived: dict[str, list[Pushed]],
    cache: Cache,
    now: str,
) -> tuple[frozenset[str], list[Diagnostic]]:
    """Complete addresses that lead to nothing on a site of the cluster, and what to say of each link."""
    asked: dict[str, dict[str, str]] = {}  # site -> address -> path below it
    sites = sorted(registry.sites.values(), key=lambda site: -len(site.url))
    promoted = [(site.id, *link) for site in sites for link in _own_links(site)]
    linked = {url for summary in summaries.values() for _, url in summary.outward}
    for url in sorted({*linked, *(url for *_, url in promoted)}):
        for site in sites:
            path = path_on(site.url, url)
            if path is not None:
                asked.setdefault(site.id, {})[url] = path
                break
    why: dict[str, str] = {}
    for target, paths in asked.items():
        site, pushed = registry.sites[target], arrived.get(target, [])
        lists = _lists(registry, site, summaries[target], pushed)
        there = {path for one in pushed for path in (one.path, *_pictures(one))}
        left = {url: path for url, path in paths.items() if path not in there and not lists.has(path)}
        if left:
            why |= _dead_on(root, site, summaries[target], left, cache, now)

    def read(path: str) -> str:
        return decode((root / path).read_bytes())

    found = [
        cross_findings(source, registry.sites[summary.site], url, why[url], read)
        for summary in summaries.values()
        for source, url in summary.outward
        if url in why
    ]
    found += [
        promoted_finding(site, what, written, why[url], read(f"sites/{site}.yaml"))
        for site, what, written, url in promoted
        if url in why
    ]
    return frozenset(why), found


def _lists(registry: Registry, site: Site, summary: Summary, pushed: list[Pushed]) -> Lists:
    """What a site makes by itself, with what was pushed to it."""
    counts = Counter(summary.counts)
    counts.update(one.column for one in pushed)
    years = {*summary.years, *(one.article.date[:4] for one in pushed)}
    root = site.id == registry.cluster.root and len(registry.sites) > 1
    return Lists((c.path for c in site.columns), counts, years, search=registry.cluster.search, root=root)


def _pictures(pushed: Pushed) -> Iterator[str]:
    """Where the pictures of a pushed article lie."""
    return (picture_place(pushed.path, picture.rpartition(" ")[0]) for picture in pushed.pictures.values())


def _own_links(site: Site) -> Iterator[tuple[str, str, str]]:
    """The links of a site's file: what they are, as the file has them, and as complete addresses."""
    urls = [("推荐", one.url) for one in site.promoted]
    if site.notice and site.notice.url:
        urls.append(("紧急提示", site.notice.url))
    for what, url in urls:
        yield (what, url, url) if "://" in url else (what, f"/{url}", f"{site.url}/{url}")


def _dead_on(root: Path, site: Site, summary: Summary, paths: dict[str, str], cache: Cache, now: str) -> dict[str, str]:
    """Why each address leads nowhere; asked again only when the target site, the questions or the moment changed."""
    state = (summary.digest, summary.withheld, bisect.bisect_right(summary.turning, now), sorted(paths))
    key = hashlib.sha256(repr(state).encode()).hexdigest()

    def ask() -> dict[str, str]:
        targets = Targets(scan_site(root, site, cache), summary.withheld, now)
        return {url: why for url, path in paths.items() if (why := targets.page(path))}

    dead: dict[str, str] = cache.memo(f"links/{site.id}.json", key, ask)
    return dead
