"""What of the cluster may go out, decided in the parent: each site's verdict, links between sites, the list of it all."""

from __future__ import annotations

import bisect
import datetime
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from jiyue.catalogue.links import Targets
from jiyue.catalogue.scan import scan_site
from jiyue.catalogue.summary import Summary, summarize
from jiyue.checks.inspect import Inspector, ready_terms, term_lists
from jiyue.checks.links import cross_findings, path_on
from jiyue.checks.verdict import judge
from jiyue.checks.waivers import live, load_waivers
from jiyue.diagnostics import Diagnostic
from jiyue.encoding import decode
from jiyue.registry.site import Cluster, Registry, Site
from jiyue.store import Store

WAIVERS = "sites/waivers.yaml"


@dataclass(frozen=True)
class ClusterRules:
    """What every site is judged by, beside its own content: plain data. waived: (rule, path); urls: of all sites."""

    root: Path
    cluster: Cluster
    now: str
    waived: frozenset[tuple[str, str]] = frozenset()
    urls: list[str] = field(default_factory=list)

    def key(self, site: Site) -> str:
        """A digest of all that decides a site's verdict but its files and the clock."""
        folder = f"content/{site.id}/"
        mine = sorted(pair for pair in self.waived if pair[1].startswith(folder))
        facts = (site.review, site.broken_links, site.officers, site.languages, site.indexnow_key, [(c.path, c.review) for c in site.columns])
        version = Inspector(self.root, site, self.cluster, self.now).version
        return hashlib.sha256(repr((version, mine, facts, self.urls)).encode()).hexdigest()

    def warm_up(self) -> None:
        """Read the word lists once, before processes are forked."""
        ready_terms(term_lists(self.root, self.cluster), day(self.now))[0].automaton  # noqa: B018


def day(now: str) -> datetime.date:
    """The day of a moment."""
    return datetime.date.fromisoformat(now[:10])


def cluster_rules(root: Path, registry: Registry, now: str) -> ClusterRules:
    """The rules of a cluster at a moment, with the waivers in force."""
    waivers, _ = load_waivers(root, WAIVERS, day(now))
    urls = sorted(site.url for site in registry.sites.values())
    return ClusterRules(root, registry.cluster, now, live(root, waivers, day(now)), urls)


def scan_and_judge(
    root: Path, site: Site, store: Store | None, signature: str, recommended: str, rules: ClusterRules
) -> Summary:
    """One site's files read, inspected where they are new, and judged."""
    with Inspector(root, site, rules.cluster, rules.now) as inspector:
        scan = scan_site(root, site, store, inspector)

    def read(path: str) -> str:
        return decode((root / path).read_bytes())

    verdict = judge(scan, site, rules.waived, rules.now, read, rules.urls)
    summary = summarize(scan, "" if scan.racy else signature, recommended, verdict.withheld, rules.now)
    summary.diagnostics = [*scan.diagnostics, *verdict.found]
    summary.turning = sorted({*summary.turning, *verdict.moments})
    summary.waiting = [list(one) for one in verdict.waiting]
    summary.outward = [list(pair) for pair in verdict.outward]
    return summary


def cross_links(
    root: Path, registry: Registry, summaries: dict[str, Summary], store: Store | None, now: str
) -> tuple[frozenset[str], list[Diagnostic]]:
    """Complete addresses that lead to nothing on another site of the cluster, and what to say of each link."""
    asked: dict[str, dict[str, str]] = {}  # site -> address -> path below it
    sites = sorted(registry.sites.values(), key=lambda site: -len(site.url))
    for url in sorted({url for summary in summaries.values() for _, url in summary.outward}):
        for site in sites:
            path = path_on(site.url, url)
            if path is not None:
                asked.setdefault(site.id, {})[url] = path
                break
    why: dict[str, str] = {}
    for target, paths in asked.items():
        if any(paths.values()):
            why |= _dead_on(root, registry.sites[target], summaries[target], paths, store, now)

    def read(path: str) -> str:
        return decode((root / path).read_bytes())

    found = [
        cross_findings(source, summary.site, url, why[url], read)
        for summary in summaries.values()
        for source, url in summary.outward
        if url in why
    ]
    return frozenset(why), found


def _dead_on(
    root: Path, site: Site, summary: Summary, paths: dict[str, str], store: Store | None, now: str
) -> dict[str, str]:
    """Why each address leads nowhere; asked again only when the target site, the questions or the moment changed."""
    state = (summary.digest, summary.withheld, bisect.bisect_right(summary.turning, now), sorted(paths))
    key = hashlib.sha256(repr(state).encode()).hexdigest()
    name = f"links/{site.id}.json"
    kept = store.get(name) if store else None
    if kept and kept["key"] == key:
        dead: dict[str, str] = kept["dead"]
        return dead
    declared = {column.path for column in site.columns}
    targets = Targets(scan_site(root, site, store), summary.withheld, now)
    targets.folders |= declared
    dead = {url: why for url, path in paths.items() if (why := targets.page(path))}
    if store:
        store.put(name, {"key": key, "dead": dead})
    return dead
