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
from jiyue.checks.repository.path_names import name_problem
from jiyue.checks.waivers import apply_waivers, load_waivers
from jiyue.editor.laid import laid_over
from jiyue.registry.site import Site

_AGAIN = 10
"""The cluster around a text is read again after this many times of the time that it takes to read."""


class _Scans(ReadCache):
    """The cluster's cache, and the scans of what was laid over it: a file that is judged again isn't opened again."""

    def __init__(self, root: Path) -> None:
        super().__init__(root / ".jiyue" / "store")
        self._scans: dict[str, Any] = {}

    def get(self, name: str) -> Any:
        found = self._scans.get(name)
        return super().get(name) if found is None else found

    def put(self, name: str, value: Any) -> None:
        if name.startswith("scan/"):
            self._scans[name] = value


class Judge:
    """Judges texts of a cluster. Safe in threads. Raises ClusterBroken where the cluster cannot be read."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._lock = threading.Lock()
        self._known: Known | None = None
        self._until = 0.0
        self._cache = _Scans(self.root)

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
                self._known = Known(*scan_all(options, registry, cache, lambda *_: None))
                self._cache = _Scans(self.root)
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
        with laid_over(mine):
            summary = scan_and_judge(
                self.root, Stale(site, "", "", None), cache, recommended, replace(rules, proofs={})
            )
            linked = link_sites(self.root, registry, {**known.summaries, site.id: summary}, cache, now)
        findings = [one for one in [*summary.diagnostics, *linked.findings] if one.path in mine]
        waivers, _ = load_waivers(self.root, WAIVERS, day(now))
        if waivers:
            findings = apply_waivers(self.root, WAIVERS, waivers, findings, day(now), complete=False)
        return in_order([one for one in findings if one.path in mine])


def _unreviewed(site: Site) -> Site:
    """The site as if it required no review."""
    columns = tuple(replace(column, review="none") for column in site.columns)
    return replace(site, review=(), review_proof="none", columns=columns)
