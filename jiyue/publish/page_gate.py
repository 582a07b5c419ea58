"""Looking at sites' finished pages before they are released; what was seen is kept beside the releases.

A page that may not go out is an article's: its last published version stays, or nothing. A site stops only for what no
article can be blamed for: a theme that lost a file, a list that is cut, pages that could not be looked at.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from jiyue.base.executor import Executor, Failed, InProcess, LocalExecutor
from jiyue.base.patterns import warm_up
from jiyue.base.reason import Reason
from jiyue.catalogue.withholding import Withheld
from jiyue.checks.page.output import CUT, REQUEST, verify_site
from jiyue.publish.cluster import Cluster
from jiyue.publish.release.batch import Outcome, failed
from jiyue.publish.release.maker import Site
from jiyue.publish.release.manifest import ReleaseError
from jiyue.publish.release.records import file_of, local_url, records, url_of
from jiyue.version import engine_digest

_GRAVE = {CUT.id, REQUEST.id}
"""On a page that is no article's, these say that the whole output can't be trusted."""


@dataclass
class Look:
    """What looking at many sites came to.

    well: sites that may be released; stopped: those that may not; told: what was found on either; refused: site → its
    articles whose page may not go out.
    """

    well: list[Site] = field(default_factory=list)
    stopped: list[Site] = field(default_factory=list)
    told: list[Outcome] = field(default_factory=list)
    refused: dict[str, list[Withheld]] = field(default_factory=dict)


def look_at(cluster: Cluster, sites: Iterable[Site]) -> Look:
    """The finished pages of sites, side by side."""
    wanted = list(sites)
    # a site whose file is broken has no pages to look at: its release is the last one's
    todo = [s.id for s in wanted if s.id in cluster.registry.sites and (cluster.output / s.id).is_dir()]
    executor: Executor = InProcess()
    if len(todo) > 1:
        warm_up()
        executor = LocalExecutor(os.cpu_count() or 1)
    for name in todo:
        executor.submit(partial(_look, cluster, engine_digest()), name)
    look = Look()
    stopped: set[str] = set()
    for name, result in executor.results():
        if isinstance(result, Failed):
            result = failed(name, ReleaseError(f"成品网页没有检查完：{_last_line(result)}")), [], True  # noqa: PLW2901
        outcome, look.refused[name], stops = result
        if stops:
            stopped.add(name)
        if outcome.diagnostics:
            look.told.append(outcome)
    for site in wanted:
        (look.stopped if site.id in stopped else look.well).append(site)
    return look


def _look(cluster: Cluster, engine: str, name: str) -> tuple[Outcome, list[Withheld], bool]:
    """What is wrong with a site's pages, which articles may not go out for it, and whether the site may not.

    A page known by its stamp is not read again.
    """
    file = f"verified/{name}.json"
    kept = cluster.store.read_json(file)
    kept = kept if isinstance(kept, dict) else {}
    earlier = kept.get("seen") if kept.get("engine") == engine else None
    site = cluster.registry.sites[name]
    try:
        seen = verify_site(cluster.output / name, name, site.base_path, earlier)
        if kept.get("seen") != seen.kept:
            data = json.dumps({"engine": engine, "seen": seen.kept}, ensure_ascii=False)
            cluster.store.write(cluster.store.root / file, data.encode())
        rows = records(cluster.output / name) if seen.pages and not seen.lost else []
    except Exception as cause:
        return failed(name, cause), [], True
    sources = {file_of(local_url(str(r["url"]), site.url)): str(r["source_path"]) for r in rows if r.get("source_path")}
    refused = [
        Withheld(name, sources[page], Reason.ERROR, url_of(page)) for page in sorted(seen.pages) if page in sources
    ]
    grave = any(why & _GRAVE for page, why in seen.pages.items() if page not in sources)
    return Outcome(name, diagnostics=tuple(seen.found)), refused, bool(seen.lost) or grave


def _last_line(problem: Failed) -> str:
    return str(problem).strip().rpartition("\n")[2]
