"""Finds dead links between the cluster's sites, and dead promoted search results."""

from __future__ import annotations

import bisect
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from jiyue.base.cache import Cache
from jiyue.base.diagnostics import Diagnostic
from jiyue.catalogue.links import Lists, Targets
from jiyue.catalogue.scan import scan_site
from jiyue.catalogue.sources import source_text
from jiyue.catalogue.summary import Summary
from jiyue.checks.article.links import cross_findings, path_on, promoted_finding
from jiyue.linkage.alerts import Alerts
from jiyue.linkage.gathering import Gathered
from jiyue.linkage.push_down import Pushed, picture_place
from jiyue.registry.life import CLOSING, OPEN
from jiyue.registry.site import Registry, Site


def cross_links(
    root: Path,
    registry: Registry,
    summaries: dict[str, Summary],
    arrived: dict[str, list[Pushed]],
    cache: Cache,
    now: str,
    alerts: Alerts = None,
    gathered: Mapping[str, Iterable[Gathered]] | None = None,
) -> tuple[frozenset[str], list[Diagnostic]]:
    """(the dead complete addresses, a finding for each link to one)."""
    by_target: dict[str, dict[str, str]] = {}  # site -> address -> path relative to it
    sites = sorted(registry.sites.values(), key=lambda site: -len(site.url))
    promoted = [(site.id, f"sites/{site.id}.yaml", *link) for site in sites for link in _own_links(site, now)]
    messages = {m.alert.identifier: m for some in (alerts or {}).values() for m in some if m.url}
    promoted += [(m.alert.site, m.alert.path, "紧急信息", m.alert.web, m.url) for m in messages.values()]
    linked = {url for summary in summaries.values() for _, url in summary.outward}
    for url in sorted({*linked, *(url for *_, url in promoted)}):
        for site in sites:
            path = path_on(site.url, url)
            if path is not None:
                by_target.setdefault(site.id, {})[url] = path
                break
    why: dict[str, str] = {}
    for target, paths in by_target.items():
        site, pushed = registry.sites[target], arrived.get(target, [])
        lists = _lists(registry, site, summaries[target], pushed, (gathered or {}).get(target, ()))
        pushed_paths = {path for one in pushed for path in (one.path, *_pictures(one))}
        left = {url: path for url, path in paths.items() if path not in pushed_paths and not lists.has(path)}
        if left:
            why |= _dead_on(root, site, summaries[target], left, cache, now)

    def read(path: str) -> str:
        return source_text(root, path)

    findings = [
        cross_findings(source, registry.sites[summary.site], url, why[url], read)
        for summary in summaries.values()
        for source, url in summary.outward
        if url in why
    ]
    findings += [
        promoted_finding(site, path, what, written, why[url], read(path))
        for site, path, what, written, url in promoted
        if url in why
    ]
    return frozenset(why), findings


def _lists(
    registry: Registry, site: Site, summary: Summary, pushed: list[Pushed], gathered: Iterable[Gathered]
) -> Lists:
    """The generated pages of a site, pushed and gathered articles included."""
    counts = Counter(summary.counts)
    counts.update(one.column for one in pushed)
    counts.update(one.column for one in gathered)
    years = {*summary.years, *(one.article.date[:4] for one in pushed)}
    root = site.id == registry.cluster.root and len(registry.sites) > 1
    return Lists((c.path for c in site.columns), counts, years, search=registry.cluster.search, root=root)


def _pictures(pushed: Pushed) -> Iterator[str]:
    """The paths of a pushed article's pictures on the receiving site."""
    return (picture_place(pushed.path, picture.rpartition(" ")[0]) for picture in pushed.pictures.values())


def _own_links(site: Site, now: str) -> Iterator[tuple[str, str, str]]:
    """The links in a site's file: (what kind of link, as written, as complete address)."""
    urls = [("推荐", one.url) for one in site.promoted]
    urls += [("友情链接", one.url) for one in site.links]
    if site.notice and site.notice.url:
        urls.append(("紧急提示", site.notice.url))
    if site.closing and site.closing.url and site.closing.state(now) == CLOSING:
        urls.append(("关停公告", site.closing.url))
    if site.closing and site.closing.heir and site.closing.state(now) != OPEN:
        urls.append(("关停去向", site.closing.heir[3]))
    for what, url in urls:
        yield (what, url, url) if "://" in url else (what, f"/{url}", f"{site.url}/{url}")


def _dead_on(root: Path, site: Site, summary: Summary, paths: dict[str, str], cache: Cache, now: str) -> dict[str, str]:
    """Dead address -> why. Cached until the target site, the addresses or the publication state at `now` change."""
    state = (summary.digest, summary.withheld, bisect.bisect_right(summary.turning, now), sorted(paths))
    key = hashlib.sha256(repr(state).encode()).hexdigest()

    def ask() -> dict[str, str]:
        targets = Targets(scan_site(root, site, cache), summary.withheld, now)
        return {url: why for url, path in paths.items() if (why := targets.page(path))}

    dead: dict[str, str] = cache.memo(f"links/{site.id}.json", key, ask)
    return dead
