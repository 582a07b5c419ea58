"""Links official documents across sites: which documents of other sites each site needs, and contradictions between them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from jiyue.base.cache import Cache
from jiyue.base.diagnostics import Diagnostic
from jiyue.catalogue.documents import Elsewhere, named
from jiyue.catalogue.index_numbers import digest, numbered, parted
from jiyue.catalogue.scan import SiteScan, recall_scan, scan_site
from jiyue.catalogue.sources import source_text
from jiyue.catalogue.summary import Summary
from jiyue.catalogue.validity import Document, Documents, Names, document, takes_part
from jiyue.checks.article.documents import index_findings, relation_findings
from jiyue.linkage.push_down import Pushed
from jiyue.registry.site import Registry, Site


def repeated_index_numbers(
    root: Path, registry: Registry, summaries: dict[str, Summary], cache: Cache
) -> list[Diagnostic]:
    """Findings for index numbers used by more than one article of the cluster. Reads rows only for those."""
    seen: dict[str, str] = {}
    twice: dict[str, set[str]] = {}
    for site in registry.sites:
        for one in parted(summaries[site].index_numbers):
            if one in seen:
                twice.setdefault(one, {seen[one]}).add(site)
            else:
                seen[one] = site
    if not twice:
        return []
    sites = {site for group in twice.values() for site in group}
    rows = [
        row
        for site in registry.sites
        if site in sites
        for row in numbered(_scan(root, registry.sites[site], summaries[site], cache).rows)
        if digest(row.extra["index_no"]) in twice
    ]
    return index_findings(rows, lambda path: source_text(root, path))


def link_documents(
    root: Path,
    registry: Registry,
    summaries: dict[str, Summary],
    arrived: dict[str, list[Pushed]],
    cache: Cache,
    now: str,
) -> tuple[dict[str, Elsewhere], list[Diagnostic]]:
    """(site -> what it needs of other sites' documents, findings about the relations)."""
    pushed, known, names = known_documents(root, registry, summaries, arrived, cache)
    public = (one for _, one in sorted(known.items()) if one.is_public(now))
    documents = Documents(public, now[:10], names)

    def read(path: str) -> str:
        return source_text(root, path)

    findings = [*relation_findings(documents, read), *repeated_index_numbers(root, registry, summaries, cache)]
    if not names and not pushed:
        return {}, findings
    return {site: _of_site(registry, site, pushed.get(site, []), documents, names) for site in registry.sites}, findings


def known_documents(
    root: Path, registry: Registry, summaries: dict[str, Summary], arrived: dict[str, list[Pushed]], cache: Cache
) -> tuple[dict[str, list[Document]], dict[str, Document], dict[tuple[str, str], str]]:
    """(site -> documents pushed to it, source path -> all that take part in relations, public or not yet,
    (site, name) -> source path of the document that it means on another site)."""
    pushed = {
        site: [document(one.article) for one in articles if takes_part(one.article)]
        for site, articles in arrived.items()
    }
    known = {one.source_path: one for documents in pushed.values() for one in documents}
    known |= {one.source_path: one for summary in summaries.values() for one in summary.documents}
    names, more = _elsewhere(root, registry, summaries, cache)
    known |= {one.source_path: one for one in more}
    return pushed, known, names


def _elsewhere(
    root: Path, registry: Registry, summaries: dict[str, Summary], cache: Cache
) -> tuple[dict[tuple[str, str], str], list[Document]]:
    """(site, name) -> source path, for names of documents on other sites, and all documents that they may name."""
    wanted: dict[str, set[str]] = {}
    for summary in summaries.values():
        for name in summary.document_names:
            place = name.removeprefix("content/").partition("/")
            targets = [place[0]] if place[1] and place[0] in summaries else summaries
            for target in targets:
                if target != summary.site:
                    wanted.setdefault(target, set()).add(name)
    candidates = [
        one
        for target in sorted(wanted)
        for one in _named_on(root, registry.sites[target], summaries[target], sorted(wanted[target]), cache)
    ]
    index = Names(candidates)
    paths: dict[tuple[str, str], str] = {}
    for summary in summaries.values():
        for name in summary.document_names:
            meant = index.of(name, summary.site)
            if len(meant) == 1:
                paths[summary.site, name] = meant[0].source_path
    return paths, candidates


def _of_site(
    registry: Registry,
    site: str,
    pushed: list[Document],
    documents: Documents,
    names: dict[tuple[str, str], str],
) -> Elsewhere:
    """The documents of other sites that are related to this site's, and those pushed to it."""
    elsewhere: dict[str, Document] = {one.source_path: one for one in pushed}
    starts = [path for path, one in documents.by_path.items() if one.site == site]
    done: set[str] = set()
    for path in [*starts, *elsewhere]:
        if path not in done:
            family = documents.connected(path)
            done.update(one.source_path for one in family)
            elsewhere |= {one.source_path: one for one in family if one.site != site}
    sites = {one.site for one in elsewhere.values()} | {site}
    return Elsewhere(
        tuple(elsewhere[path] for path in sorted(elsewhere)),
        tuple(sorted((by, name, path) for (by, name), path in names.items() if by in sites)),
        tuple((one, registry.sites[one].name, registry.sites[one].url) for one in sorted(sites - {site})),
    )


def _scan(root: Path, site: Site, summary: Summary, cache: Cache) -> SiteScan:
    scan = recall_scan(root, site, cache, summary.content) or scan_site(root, site, cache)
    return scan.without(summary.withheld)


def _named_on(root: Path, site: Site, summary: Summary, names: list[str], cache: Cache) -> list[Document]:
    """The documents of a site with these names. Cached until its rows or the names change."""
    key = hashlib.sha256(repr((summary.digest, summary.withheld, names)).encode("utf-8", "surrogatepass")).hexdigest()

    def look() -> list[Document]:
        return named(_scan(root, site, summary, cache).rows, names)

    return [Document(*row) for row in cache.memo(f"documents/{site.id}.json", key, look)]
