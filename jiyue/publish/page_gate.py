"""Check sites' finished pages before they are released; the result is cached in the store.

A page that must not go out is withheld with its article: the last published version stays, or nothing. A site stops only
for what no article causes: a theme that lost a file, a truncated list, pages that could not be checked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from jiyue.base.executor import Executor, Failed, InProcess, LocalExecutor, last_line
from jiyue.base.patterns import warm_up
from jiyue.base.reason import Reason
from jiyue.catalogue.withholding import Withheld
from jiyue.checks.page.output import CUT, REQUEST, verify_site
from jiyue.publish.cluster import PublishedCluster
from jiyue.publish.release.batch import SiteOutcome, failed_outcome
from jiyue.publish.release.maker import ReleaseSite
from jiyue.publish.release.manifest import ReleaseError
from jiyue.publish.release.records import file_of, local_url, read_records, url_of
from jiyue.version import engine_digest

_GRAVE = {CUT.id, REQUEST.id}
"""On a page without an article, these findings mean that the whole output can't be trusted."""


@dataclass
class GateResult:
    """passed: sites that may be released; stopped: those that may not; outcomes: the findings on either.

    refused: site → its articles whose page must not go out.
    """

    passed: list[ReleaseSite] = field(default_factory=list)
    stopped: list[ReleaseSite] = field(default_factory=list)
    outcomes: list[SiteOutcome] = field(default_factory=list)
    refused: dict[str, list[Withheld]] = field(default_factory=dict)


def check_pages(cluster: PublishedCluster, sites: Iterable[ReleaseSite], jobs: int = 1) -> GateResult:
    """Check the finished pages of sites, `jobs` sites at a time."""
    wanted = list(sites)
    # a site whose file is broken has no pages to check: its last release goes on
    todo = [s.id for s in wanted if s.id in cluster.registry.sites and (cluster.output / s.id).is_dir()]
    executor: Executor = InProcess()
    if len(todo) > 1 and jobs > 1:
        warm_up()
        executor = LocalExecutor(jobs)
    for name in todo:
        executor.submit(partial(_check_site, cluster, engine_digest()), name)
    gate = GateResult()
    stopped: set[str] = set()
    for name, result in executor.results():
        if isinstance(result, Failed):
            cause = ReleaseError(f"成品网页没有检查完：{last_line(result)}")
            result = failed_outcome(name, cause), [], True  # noqa: PLW2901
        outcome, gate.refused[name], stops = result
        if stops:
            stopped.add(name)
        if outcome.diagnostics:
            gate.outcomes.append(outcome)
    for site in wanted:
        (gate.stopped if site.id in stopped else gate.passed).append(site)
    return gate


def _check_site(cluster: PublishedCluster, engine: str, name: str) -> tuple[SiteOutcome, list[Withheld], bool]:
    """Findings on a site's pages, the articles that must not go out because of them, and whether the site stops.

    A page whose stamp is cached is not read again.
    """
    file = f"verified/{name}.json"
    cached = cluster.store.read_json(file)
    cached = cached if isinstance(cached, dict) else {}
    earlier = cached.get("seen") if cached.get("engine") == engine else None
    site = cluster.registry.sites[name]
    try:
        seen = verify_site(cluster.output / name, name, site.base_path, earlier)
        if cached.get("seen") != seen.cached:
            data = json.dumps({"engine": engine, "seen": seen.cached}, ensure_ascii=False)
            cluster.store.write(cluster.store.root / file, data.encode())
        rows = read_records(cluster.output / name) if seen.pages and not seen.lost else []
    except Exception as cause:
        return failed_outcome(name, cause), [], True
    sources = {file_of(local_url(str(r["url"]), site.url)): str(r["source_path"]) for r in rows if r.get("source_path")}
    refused = [
        Withheld(name, sources[page], Reason.ERROR, url_of(page)) for page in sorted(seen.pages) if page in sources
    ]
    grave = any(why & _GRAVE for page, why in seen.pages.items() if page not in sources)
    return SiteOutcome(name, diagnostics=tuple(seen.findings)), refused, bool(seen.lost) or grave
