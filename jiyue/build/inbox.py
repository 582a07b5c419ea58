"""What is reported in a cluster, for `jiyue inbox`: the same facts as a build's, without building."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from jiyue.base import clock
from jiyue.base.cache import Cache
from jiyue.base.diagnostics import did_you_mean
from jiyue.build.options import Options
from jiyue.build.scanning import scan_all
from jiyue.catalogue.summary import Decision, Summary
from jiyue.linkage.decisions import append
from jiyue.linkage.exchange import (
    FILES,
    STORE,
    answers,
    copy_name,
    copy_of,
    copy_text,
    of_partner,
    replaced,
    reports_from_outside,
    withdraw_copy,
)
from jiyue.linkage.report_up import ADOPTED, Report, link_reports
from jiyue.registry.load import load_registry
from jiyue.registry.site import Partner, Registry, Site


class NotReported(ValueError):
    """What was to be decided is not reported to that site; str() is Chinese."""


def scanned(options: Options) -> tuple[Registry, dict[str, Summary]]:
    """The cluster, from the cache where nothing changed. Raises ClusterBroken."""
    return scan_all(options, load_registry(options.root), Cache(options.root / ".jiyue" / "store"), lambda *_: None)


def reports_of(options: Options) -> tuple[Registry, list[Report]]:
    """The cluster and everything public that is reported in it, to it and from it. Raises ClusterBroken."""
    registry, summaries = scanned(options)
    now = options.now or clock.now()
    inside = link_reports(registry, summaries, now, answers(options.root, registry)).reports
    return registry, [*inside, *outside_reports(options.root, registry, summaries, now)]


def outside_reports(root: Path, registry: Registry, summaries: Mapping[str, Summary], now: str) -> list[Report]:
    """What subordinate clusters report here (jiyue.linkage.exchange.reports_from_outside)."""
    return reports_from_outside(
        root,
        registry,
        {site: summary.decisions for site, summary in summaries.items()},
        {site: not_public(summary, now) for site, summary in summaries.items()},
    )


def not_public(summary: Summary, now: str) -> list[str]:
    """Source paths of a site that readers do not see now."""
    return [*summary.withheld, *summary.drafts, *(one.source_path for one in summary.hidden if one.why(now))]


def decide(
    options: Options,
    site: str,
    articles: Iterable[str],
    *,
    adopted: bool,
    column: str = "",
    reason: str = "",
    by: str = "",
) -> list[Path]:
    """Add a decision on each article (`changchun/notice-1`) to the ledger of the superior site. Returns the files written.

    An adopted article of another cluster is written as one of the site's own, which is reviewed as any other.
    Raises NotReported before anything is written if one is not reported to that site, BadRow if the decision can't be taken.
    """
    registry, reports = reports_of(options)
    there = {one.name: one for one in reports if one.superior == site}
    chosen = [name.strip("/").removeprefix("content/") for name in articles]
    for name in chosen:
        if name not in there:
            hint = did_you_mean(name, there) or "在 jiyue inbox list 里核对编号"
            raise NotReported(f"没有报送给 {site} 的文章「{name}」。{hint}")
    at = options.now or clock.now()
    outside = {one.id: one for one in registry.partners}
    rows = [Decision(name, adopted, column, at, " ".join(reason.split()), by) for name in chosen]
    for name in chosen:
        again = name.partition("/")[0] in outside  # its copy here is made anew
        if adopted and there[name].state == ADOPTED and not again and (not column or there[name].column == column):
            raise NotReported(f"「{name}」已经采用，在栏目「{there[name].column}」")
        if (last := there[name].decision) and last.at > at:
            raise NotReported(f"「{name}」已有更晚（{last.at}）的决定，核对 --today 和台账")
    written = []
    for given in rows:
        row = given
        partner = outside.get(row.article.partition("/")[0])
        if partner and adopted and not row.column:
            row = row._replace(column=_suited(registry.sites[site], there[row.article]))
        written.append(append(options.root, registry.sites[site], row))
        if partner and adopted:
            written.append(_copied(options.root, partner, row, at))
        elif partner:
            withdraw_copy(options.root, partner, row.article.partition("/")[2], at, row.reason)
    return written


def _suited(site: Site, report: Report) -> str:
    """The first suggested column that the site has. Raises NotReported if there is none."""
    columns = [column.path for column in site.columns]
    column = next((path for path in report.wanted if path in columns), "")
    if not column:
        raise NotReported(f"「{report.name}」没有建议的栏目，用 --column 写明，如 " + "、".join(columns[:5]))
    return column


def _copied(root: Path, partner: Partner, row: Decision, now: str) -> Path:
    """Write the article as one of the site's own, its files first. Returns its path."""
    article = row.article.partition("/")[2]
    text, files = copy_text(partner, of_partner(root, partner).articles[article], now)
    place = copy_of(root, partner, article)
    folder = place.parent if place else root / "content" / partner.inbox / row.column
    folder.mkdir(parents=True, exist_ok=True)
    for name, digest in files.items():
        replaced(folder / name, (root / STORE / FILES / digest).read_bytes())
    path = folder / f"{copy_name(partner, article)}.md"
    replaced(path, text.encode())
    return path
