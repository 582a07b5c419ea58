"""Collects what the audit of a cluster needs: the registry, the catalogue, what all checks found, and the facts of each site."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from jiyue.audit.history import pasts
from jiyue.audit.likeness import twins_of
from jiyue.audit.measures.facts import Facts, facts_of, gathered_row, lifetime, row_of
from jiyue.audit.measures.probes import HOLDS, certificate
from jiyue.audit.measures.spans import END, number, text
from jiyue.audit.measures.subject import AssignedTask, Copy, DutyRoster, Ending, PlanItem, Reading, SiteReading, Subject
from jiyue.audit.pages import NOT_BUILT, finished_pages
from jiyue.base import clock
from jiyue.base.cache import Cache
from jiyue.base.diagnostics import Diagnostic
from jiyue.build.batches import approved_files
from jiyue.build.documents import known_documents
from jiyue.build.editions import edition_states
from jiyue.build.findings import findings_before_rendering
from jiyue.build.linking import link_sites
from jiyue.build.options import Options
from jiyue.build.planning import PORTAL, output_key, part_digest, portal_lines
from jiyue.build.registry_cache import recall_registry
from jiyue.build.rules import WAIVERS
from jiyue.build.scanning import scan_all
from jiyue.catalogue.scan import recall_scan, scan_site
from jiyue.catalogue.sources import file_of, located
from jiyue.catalogue.summary import Summary
from jiyue.catalogue.validity import Document, Documents
from jiyue.checks.article.officers import term
from jiyue.checks.waivers import load_waivers
from jiyue.linkage.push_down import Pushed
from jiyue.publish.cluster import PublishedCluster
from jiyue.publish.repost_times import repost_times
from jiyue.registry.probe_ledger import path_of, read_records
from jiyue.registry.site import REGISTERS, Registry, Site
from jiyue.render.pages.job import Headline
from jiyue.responsibility.collect import Duties, collected
from jiyue.responsibility.roster import is_open


class _Aside(Cache):
    """A cache for an audit as of another day: the summaries that builds keep stay those of the day of the build."""

    def put(self, name: str, value: Any) -> None:
        if name != "summaries.json":
            super().put(name, value)


@dataclass(frozen=True)
class Collected:
    """The cluster, and a subject for each chosen site, in the registry's order. now: the moment of the audit. broken: those without.
    duties: what the registers say."""

    registry: Registry
    subjects: dict[str, Subject]
    now: str
    broken: tuple[str, ...] = ()
    duties: Duties | None = None

    @property
    def day(self) -> int:
        """The day of the audit."""
        return number(self.now)


def collect(options: Options) -> Collected:
    """Collect the facts of the chosen sites. Raises ClusterBroken."""
    folder = options.root / ".jiyue" / "store" if options.cache else None
    now = options.now or clock.now()
    cache = Cache(folder) if now[:10] == clock.now()[:10] else _Aside(folder)
    registry = recall_registry(options.root, cache)
    registry, summaries = scan_all(options, registry, cache, lambda *_: None)
    linkage = link_sites(options.root, registry, summaries, cache, now)
    arrived, between = linkage.arrived, linkage.findings
    hits = findings_before_rendering(options, registry, summaries, between)
    there = [site.id for site in registry.sites.values() if not site.is_closed(now)]
    chosen = [site for site in there if not options.sites or site in options.sites]
    facts = {site: _facts(options.root, registry.sites[site], summaries[site], cache) for site in registry.sites}
    subjects = {
        site: Subject(
            registry.sites[site],
            facts[site],
            withheld=_withheld(summaries[site]),
            pushed=[row_of(one.article, one.column, one.path) for one in arrived.get(site, ())],
            gathered=[gathered_row(one) for one in linkage.gathered.get(site, ())],
            missing={},
        )
        for site in chosen
    }
    for site, editions in edition_states(options.root, registry, summaries, cache, now, subjects).items():
        subjects[site].editions = editions
    _add_hits(options.root, hits, subjects)
    _add_readings(options.root, registry, summaries, arrived, cache, now, subjects)
    for site, found in twins_of(options.root, facts, cache).items():
        if site in subjects:
            subjects[site].twins = found
    _add_copies(options.root, registry, facts, cache, subjects)
    _add_endings(options.root, now, subjects)
    _add_contracts(options.root, registry, now, subjects)
    _add_reposts(options, registry, summaries, now, subjects)
    _add_probes(options.root, now, subjects)
    duties = collected(options.root, registry, summaries, cache, now[:10])
    _add_duties(duties, subjects)
    lines = portal_lines(registry, summaries, arrived, now)[1]
    _add_pages(options, registry, lines, cache, subjects)
    past = pasts(options.root, chosen, cache, approved_files(options.root, registry, cache, now))
    for site, subject in subjects.items():
        if isinstance(past, str):
            subject.missing["history"] = past
        else:
            subject.past = past[site]
    broken = tuple(site for site in sorted(registry.broken) if not options.sites or site in options.sites)
    return Collected(registry, subjects, now, broken, duties)


def _facts(root: Path, site: Site, summary: Summary, cache: Cache) -> Facts:
    """The facts of a site; its scan is opened only where its content, or what of it is withheld, has changed."""
    state = repr((summary.digest, summary.withheld, [(column.path, column.type) for column in site.columns]))
    key = hashlib.blake2b(state.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    def look() -> dict[str, Any]:
        scan = recall_scan(root, site, cache, summary.content) or scan_site(root, site, cache)
        return facts_of(scan.without(summary.withheld), lambda path: (root / path).read_bytes()).as_json()

    return Facts.from_json(cache.memo(f"audit/{site.id}.json", key, look))


def _withheld(summary: Summary) -> frozenset[str]:
    return frozenset(file_of(path) for path in summary.withheld) | frozenset(summary.withheld)


def _add_hits(root: Path, hits: Iterable[Diagnostic], subjects: dict[str, Subject]) -> None:
    for hit in hits:
        if hit.site in subjects:
            subjects[hit.site].hits.append(hit)
    for subject in subjects.values():
        subject.hits = located(root, subject.hits)


def _add_readings(
    root: Path, registry: Registry, summaries: dict[str, Summary], arrived: dict[str, list[Pushed]], cache: Cache, now: str,
    subjects: dict[str, Subject],
) -> None:  # fmt: skip
    """Documents that need an interpretation, and when they have one, also one that is to be published."""
    _, known, names = known_documents(root, registry, summaries, arrived, cache)
    documents = Documents((one for _, one in sorted(known.items())), now[:10], names)
    for one in documents.by_path.values():
        if not one.reading_due or one.site not in subjects:
            continue
        begins, ends = _lifetime(one)
        days = [_lifetime(other)[0] for other in documents.related("interpreted_by", one.source_path)]
        reading = Reading(
            one.source_path, one.title, one.path, number(one.reading_due), begins, ends, min(days, default=0)
        )
        subjects[one.site].readings.append(reading)


def _lifetime(one: Document) -> tuple[int, int]:
    return lifetime(one.date, one.publish_at, one.expires, one.withdrawn_at)


def _add_endings(root: Path, now: str, subjects: dict[str, Subject]) -> None:
    waivers, _ = load_waivers(root, WAIVERS, date.fromisoformat(now[:10]))
    for waiver in waivers:
        site = waiver.target.split("/")[1] if waiver.target.count("/") else ""
        if site.removesuffix(".yaml") in subjects:
            what = f"对 {waiver.target} 的豁免（{waiver.rule}）到 {waiver.until} 为止"
            ending = Ending(
                f"{waiver.rule} {waiver.target}", what, waiver.until.toordinal(), WAIVERS, 0, waiver.approved_by
            )
            subjects[site.removesuffix(".yaml")].endings.setdefault("waivers", []).append(ending)
    for subject in subjects.values():
        for officer in subject.site.officers:
            if until := term(officer)[1]:
                what = f"{officer['role']}岗位「{officer['post']}」的任期到 {until} 为止"
                key = f"{officer['role']} {officer['post']}"
                ending = Ending(key, what, number(until), subject.file, 1, officer["unit"])
                subject.endings.setdefault("terms", []).append(ending)


def _add_duties(duties: Duties, subjects: dict[str, Subject]) -> None:
    """What the registers say of each site: tasks, the guarantee plan, duty, reading."""
    for one in duties.tasks:
        if subject := subjects.get(one.site.id):
            task, row = one.task, one.row
            subject.tasks.append(AssignedTask(task.number, task.what, one.due, one.done, row.path, row.line, task.unit))
    for planned in duties.deliverables:
        if subject := subjects.get(planned.site.id):
            item, place = planned.item, planned.row
            what = f"信息保障计划「{item.item}」（{item.limit}，{item.way}）没有完成"
            key = f"{item.item} {item.unit} {item.column}"
            subject.plan.append(PlanItem(key, what, planned.short(duties.day), place.path, place.line, item.unit))
    for roster in duties.rosters:
        if subject := subjects.get(roster.site):
            last = roster.turns[-1]
            subject.roster = DutyRoster(number(roster.turns[0].entry.day), roster.covered, last.path, last.line)
    for look in duties.site_readings:
        if subject := subjects.get(look.site):
            faults = [
                (
                    reading.found,
                    number(reading.at),
                    number(reading.mended) if reading.mended else END,
                    row.path,
                    row.line,
                )
                for row in look.readings
                if (reading := row.entry).found and (reading.mended or is_open(reading))
            ]
            path, line = (look.readings[-1].path, look.readings[-1].line) if look.readings else (subject.file, 0)
            subject.site_reading = SiteReading(
                look.since, [number(row.entry.at) for row in look.readings], faults, path, line
            )


def _add_copies(
    root: Path, registry: Registry, facts: dict[str, Facts], cache: Cache, subjects: dict[str, Subject]
) -> None:
    """Articles that are nearly the same as those of other sites, where a profile asks for them: the first look reads every article."""
    if not any(rule.measure == "copies" for one in subjects.values() for rule in registry.rules(one.site).values()):
        return
    from jiyue.audit.near_copies import near_copies  # noqa: PLC0415  (numpy: only where a profile asks)

    spans = {(site, row.path): (row.begins, row.ends) for site, one in facts.items() for row in one.rows}
    for first, *others in near_copies(root, facts, cache):
        for one in others:
            if subject := subjects.get(one.site):
                span = spans[one.site, one.path]
                subject.copies.append(Copy(one.path, one.page, one.title, first.path, first.title, one.percent, *span))


def _add_contracts(root: Path, registry: Registry, now: str, subjects: dict[str, Subject]) -> None:
    """The ends of contracts: a site's own at the site, the cluster's at the root."""
    if not (root / REGISTERS).is_dir():
        return
    from jiyue.checks.repository.contract_ends import ends_of  # noqa: PLC0415  (pydantic: only where there is a register)

    for one in ends_of(root, registry.urls, now[:10]):
        if subject := subjects.get(one.site or registry.cluster.root):
            ending = Ending(f"合同 {one.number}", one.what, one.until.toordinal(), one.path, one.line, one.unit)
            subject.endings.setdefault("contracts", []).append(ending)


def _add_probes(root: Path, now: str, subjects: dict[str, Subject]) -> None:
    """What `jiyue probe` saw of the sites in the last week, and when their certificates end."""
    since = str(date.fromisoformat(now[:10]) - timedelta(days=HOLDS - 1))
    for site, subject in subjects.items():
        subject.probes = read_records(root, site, since, now[:10])
        end = certificate(subject.probes)
        if isinstance(end, str):
            subject.missing["certificates"] = end or "一周以内没有探测记录，不知道证书哪天到期"
        else:
            until, record = end
            what = f"证书到 {text(until + 1)} 为止"
            ending = Ending("证书", what, until, path_of(site, record.at[:7]), 0, subject.unit)
            subject.endings["certificates"] = [ending]


def _add_reposts(
    options: Options, registry: Registry, summaries: dict[str, Summary], now: str, subjects: dict[str, Subject]
) -> None:
    """The reposts of the sites that have any, and of those to which articles are pushed that became public here late."""
    sites = [
        site for site, one in subjects.items() if one.pushed or any("repost_of" in row.extra for row in one.facts.rows)
    ]
    if sites:
        for one in repost_times(PublishedCluster(options.root, registry, options.output), summaries, sites, now):
            subjects[one.site].reposts.append(one)


def _add_pages(
    options: Options, registry: Registry, lines: tuple[Headline, ...], cache: Cache, subjects: dict[str, Subject]
) -> None:
    """Add what finished pages show. lines: what every home page has to show of the portal's recommended column."""
    pages = finished_pages(options, registry, [*subjects], cache)
    prints = cache.get(f"output/{output_key(options)}/fingerprints.json") or {}
    present = part_digest(lines)
    for site, subject in subjects.items():
        subject.pages = pages.get(site)
        if subject.pages is None:
            subject.missing["pages"] = NOT_BUILT
        if not lines:
            subject.portal = "省级门户的推荐栏目没有内容，首页没有可以转的"
        elif subject.pages is None:
            subject.missing["portal"] = NOT_BUILT
        elif prints.get(site, {}).get(PORTAL) != present:
            subject.portal = "首页上的门户推荐栏目不是门户现在的内容，要重新构建"
