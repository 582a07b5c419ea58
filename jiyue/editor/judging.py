"""Judges one text as `check` would if it stood at its place already: the same scan, verdict and links, nothing written.

Review is left out: nobody has read the text yet. What is judged lies over the cluster's files (`sources.overlaid`), so every
rule, also one that is added later, sees it without knowing of editors.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from jiyue.base import clock
from jiyue.base.cache import Cache, ReadCache
from jiyue.base.diagnostics import Diagnostic, in_order
from jiyue.build.linking import link_sites
from jiyue.build.options import Known, Options
from jiyue.build.registry_cache import recall_registry
from jiyue.build.rules import WAIVERS, Stale, cluster_rules, day
from jiyue.build.scanning import scan_all
from jiyue.build.verdicts import scan_and_judge
from jiyue.catalogue.article import Article
from jiyue.catalogue.read import read_article
from jiyue.catalogue.scan import column_of, recall_scan, scan_site
from jiyue.catalogue.summary import Summary
from jiyue.checks.repository.path_names import name_problem
from jiyue.checks.waivers import apply_waivers, load_waivers
from jiyue.editor.around import LARGE, Around, widened
from jiyue.editor.laid import laid_over
from jiyue.registry.site import Site

_AGAIN = 10
"""The cluster around a text is read again after this many times of the time that it takes to read."""


class _Scans(ReadCache):
    """The cluster's cache, and the scans of what was laid over it: a file that is judged again isn't opened again.

    narrow: names of scans that are never read whole.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(root / ".jiyue" / "store")
        self._scans: dict[str, Any] = {}
        self.narrow: set[str] = set()

    def get(self, name: str) -> Any:
        found = self._scans.get(name)
        return super().get(name) if found is None and name not in self.narrow else found

    def put(self, name: str, value: Any) -> None:
        if name.startswith("scan/"):
            self._scans[name] = value


class Judge:
    """Judges texts of a cluster. Safe in threads. Raises ClusterBroken where the cluster cannot be read."""

    def __init__(self, root: Path, large: int = LARGE) -> None:
        """large: articles of a site from which on only what a text has to do with is looked at."""
        self.root, self.large = root.resolve(), large
        self._lock = threading.Lock()
        self._known: Known | None = None
        self._until = 0.0
        self._cache = _Scans(self.root)
        self._arounds: dict[str, tuple[str, Around]] = {}

    def known(self) -> Known:
        """The registry and the summaries of the sites as they are on the disk, or were a moment ago.

        Who comes while another thread reads them again gets what was read last.
        """
        known = self._known
        if known is not None and (time.monotonic() < self._until or self._lock.locked()):
            return known
        with self._lock:
            began = time.monotonic()
            if self._known is None or began >= self._until:
                cache = Cache(self.root / ".jiyue" / "store")
                # no child processes: the server has threads
                options = Options(self.root, self.root / "output", jobs=1)
                registry = recall_registry(self.root, cache)
                found = Known(*scan_all(options, registry, cache, lambda *_: None))
                if self._known is None or _state(found) != _state(self._known):
                    # the same object while nothing changes: what was made of it is still good
                    self._known, self._cache = found, _Scans(self.root)
                took = time.monotonic() - began
                self._until = began + took * (1 + _AGAIN)
            return self._known

    def findings(
        self, path: str, data: bytes, files: Mapping[str, bytes] | None = None, now: str = ""
    ) -> list[Diagnostic]:
        """What `check` would say about an article `content/<site>/…` of these bytes, and about the files saved with it.

        files: path → bytes. Raises KeyError for a site that is unknown or broken.
        """
        mine = {path: data, **(files or {})}
        if any(name_problem(one) for one in mine):
            raise KeyError(path)
        now = now or clock.now()
        known = self.known()
        cache = self._cache
        registry, rules = known.registry, cluster_rules(self.root, known.registry, now, ReadCache(None))
        site = _unreviewed(registry.sites[path.split("/")[1]])
        recommended = registry.cluster.recommended if site.id == registry.cluster.root else ""
        whole, row = known.summaries[site.id], _row(path, data, site)
        only = {site.id: self._around(site, whole).of(row)} if whole.articles >= self.large else None
        if only:
            cache.narrow.add(f"scan/{site.id}.json")
        with laid_over(mine, only):
            summary = scan_and_judge(
                self.root, Stale(site, "", "", None), cache, recommended, replace(rules, proofs={})
            )
            found = summary.diagnostics
            if row and _is_linked(row, summary):
                summary = widened(summary, whole, path) if only else summary
                linked = link_sites(self.root, registry, {**known.summaries, site.id: summary}, cache, now)
                found = [*found, *linked.findings]
        findings = [one for one in found if one.path in mine]
        waivers, _ = load_waivers(self.root, WAIVERS, day(now))
        if waivers:
            findings = apply_waivers(self.root, WAIVERS, waivers, findings, day(now), complete=False)
        return in_order([one for one in findings if one.path in mine])

    def _around(self, site: Site, whole: Summary) -> Around:
        """Of a large site, made again when its files have changed."""
        if site.id not in self._arounds or self._arounds[site.id][0] != whole.content:
            cache = ReadCache(self.root / ".jiyue" / "store")
            scan = recall_scan(self.root, site, cache, whole.content) or scan_site(self.root, site, cache)
            self._arounds[site.id] = whole.content, Around(site, scan)
        return self._arounds[site.id][1]


def _state(known: Known) -> tuple[object, ...]:
    """What differs if anything of a cluster does."""
    sites = known.summaries.values()
    return known.registry, [(one.site, one.signature, one.digest, one.evaluated_at) for one in sites]


def _is_linked(row: Article, summary: Summary) -> bool:
    """Whether anything between sites can be said about an article. Most have nothing of the kind, and linking is most of the time."""
    paths = {path for path, _ in summary.outward} | {one.source_path for one in summary.documents}
    paths |= {one.article.source_path for one in (*summary.pushes, *summary.reports)}
    return row.source_path in paths or bool(row.extra.get("index_no"))


def _row(path: str, data: bytes, site: Site) -> Article | None:
    folder, _, name = path.split("/", 2)[2].rpartition("/")
    return read_article(data, site.id, column_of(folder, site.columns), folder, name, path)[0]


def _unreviewed(site: Site) -> Site:
    """The site as if it required no review."""
    columns = tuple(replace(column, review="none") for column in site.columns)
    return replace(site, review=(), review_proof="none", columns=columns)
