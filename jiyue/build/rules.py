"""The cluster-wide inputs of the checks. Cheap to import, because every build needs them first."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from jiyue.base.cache import Cache
from jiyue.build.batches import Moved, moved_files
from jiyue.catalogue.summary import Summary
from jiyue.checks.text.cache_keys import inspection_version, term_lists
from jiyue.checks.waivers import live, load_waivers
from jiyue.registry.site import PICTURES, Cluster, Media, Registry, Site

WAIVERS = "sites/waivers.yaml"


@dataclass(frozen=True)
class ClusterRules:
    """The cluster-wide inputs of the checks, as plain data. waived: (rule, path); urls: of all sites.

    proofs: see jiyue.build.review_evidence.states. sites: ids of all. media: by profile. homes: government sites outside the cluster.
    moved: the migrated files of each site.
    """

    root: Path
    cluster: Cluster
    now: str
    waived: frozenset[tuple[str, str]] = frozenset()
    urls: list[str] = field(default_factory=list)
    proofs: dict[str, str] = field(default_factory=dict)
    sites: tuple[str, ...] = ()
    media: dict[str, Media] = field(default_factory=dict)
    homes: tuple[str, ...] = ()
    moved: dict[str, Moved] = field(default_factory=dict)

    def key(self, site: Site) -> str:
        """A digest of all inputs of a site's verdict except its files and the clock."""
        folder = f"content/{site.id}/"
        mine = sorted(pair for pair in self.waived if pair[1].startswith(folder))
        facts = (
            site.review,
            site.review_proof,
            site.broken_links,
            site.officers,
            site.languages,
            site.editions,
            site.indexnow_key,
            [site.facts[name] for name in PICTURES],
            [(c.path, c.review) for c in site.columns],
            self.media.get(site.profile),
            self.homes,
            self.moved[site.id].key if site.id in self.moved else "",
            site.closing.ends if site.closing else "",
        )
        version = inspection_version(self.root, site, self.cluster, day(self.now))
        return hashlib.sha256(
            repr((version, mine, facts, self.urls, self.proofs.get(site.id, ""))).encode()
        ).hexdigest()

    def warm_up(self) -> None:
        """Read the word lists and compile the rules once, before processes are forked."""
        from jiyue.checks.runner import ready_terms  # noqa: PLC0415  (30 ms, only where articles are checked)
        from jiyue.checks.text import content  # noqa: PLC0415  (30 ms, only where articles are checked)

        content.warm_up(ready_terms(term_lists(self.root, self.cluster), day(self.now))[0])


class Stale(NamedTuple):
    """A site to scan: the key of its summary, and the old summary if only the files' stamps may differ."""

    site: Site
    signature: str
    policy_digest: str
    old: Summary | None


def day(now: str) -> datetime.date:
    """The day of a moment."""
    return datetime.date.fromisoformat(now[:10])


def cluster_rules(root: Path, registry: Registry, now: str, cache: Cache) -> ClusterRules:
    """The rules of a cluster at a moment, with the waivers in force."""
    waivers, _ = load_waivers(root, WAIVERS, day(now))
    urls = sorted(site.url for site in registry.sites.values())
    return ClusterRules(
        root,
        registry.cluster,
        now,
        live(root, waivers, day(now)),
        urls,
        _states(root, registry, cache),
        tuple(registry.sites),
        registry.media,
        (registry.cluster.portal_url, *(partner.url for partner in registry.partners)),
        moved_files(root, registry, cache, now)[0],
    )


def _states(root: Path, registry: Registry, cache: Cache) -> dict[str, str]:
    if all(site.review_proof != "signed" for site in registry.sites.values()):
        return {}
    from jiyue.build.review_evidence import states  # noqa: PLC0415  (asks git)

    return states(root, registry, cache)
