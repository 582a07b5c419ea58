"""Gathers articles of other sites into topics: asks each site once, and again only if its articles or a query change."""

from __future__ import annotations

import bisect
import hashlib
from pathlib import Path
from typing import Any

from jiyue.base.cache import Cache
from jiyue.base.diagnostics import Diagnostic, did_you_mean
from jiyue.catalogue.scan import recall_scan, scan_site
from jiyue.catalogue.sources import source_text
from jiyue.catalogue.summary import Summary
from jiyue.linkage.gathering import UNKNOWN, Gathered, Match, matches, merged, sources, unknown_sites
from jiyue.registry.site import Gather, Registry, Site
from jiyue.render.pages.job import href


def gather(
    root: Path, registry: Registry, summaries: dict[str, Summary], cache: Cache, now: str
) -> tuple[dict[str, tuple[Gathered, ...]], list[Diagnostic]]:
    """(site -> the articles of others that its topics list, findings about what queries name in vain)."""
    queries = {
        (site.id, column.path): column.gather
        for site in registry.sites.values()
        for column in site.columns
        if column.gather
    }
    asked: dict[str, list[Gather]] = {}
    for query in dict.fromkeys(queries.values()):
        for source in sources(registry, query):
            asked.setdefault(source.id, []).append(query)
    found: dict[Gather, list[tuple[Site, Match, str]]] = {}
    known: set[str] = set()
    for site_id, some in asked.items():
        site = registry.sites[site_id]
        answers, there = _ask(root, site, summaries[site_id], some, cache, now)
        known.update(there)
        for query, rows in zip(some, answers, strict=True):
            found.setdefault(query, []).extend((site, row, f"{site.url}/{href(row.path)}") for row in rows)
    gathered: dict[str, tuple[Gathered, ...]] = {}
    findings = []
    for (site_id, column), query in queries.items():
        others = [
            one
            for one in found.get(query, ())
            if one[0].id != site_id or not one[1].path.startswith(f"{column}/")  # its own list has these
        ]
        gathered[site_id] = (*gathered.get(site_id, ()), *merged(others, column, query.most))
        missing = [(f"没有站点「{word}」", word) for word in unknown_sites(registry, query)]
        missing += [
            (f"站点 {word.partition('/')[0]} 没有文章「{word}」", word)
            for word in query.articles
            if word not in known and word.partition("/")[0] in summaries
        ]
        findings += [_in_vain(root, registry, site_id, column, *one) for one in missing]
    return {site: rows for site, rows in gathered.items() if rows}, findings


def _in_vain(root: Path, registry: Registry, site: str, column: str, why: str, word: str) -> Diagnostic:
    """The finding for a word of a query that names nothing, where the site's file has it."""
    path = f"sites/{site}.yaml"
    lines = source_text(root, path).split("\n")
    line = next((number for number, text in enumerate(lines, 1) if word in text), 1)
    hint = did_you_mean(word, registry.sites) or "写站点的编号、一类站点（如 county），或者站点/文章编号；不用了就删去"
    return UNKNOWN.at(path, line, f"栏目 {column} 的 gather：{why}", hint, site=site)


def _ask(
    root: Path, site: Site, summary: Summary, queries: list[Gather], cache: Cache, now: str
) -> tuple[list[list[Match]], list[str]]:
    """(the public articles of a site that each query matches, which of the articles that they name exist there)."""
    types = [(column.path, column.type) for column in site.columns]
    state = (summary.digest, summary.withheld, bisect.bisect_right(summary.turning, now), queries, types)
    key = hashlib.sha256(repr(state).encode("utf-8", "surrogatepass")).hexdigest()

    def ask() -> list[list[Any]]:
        scan = recall_scan(root, site, cache, summary.content) or scan_site(root, site, cache)
        public = [row for row in scan.without(summary.withheld).rows if row.is_public(now)]
        rows = [
            [[row.id, row.path, row.title, row.date, row.extra.get("repost_of", {}).get("url", "")] for row in some]
            for some in (matches(public, site, query) for query in queries)
        ]
        named = {name for query in queries for name in query.articles}
        return [rows, sorted(named.intersection(name for row in scan.rows for name in row.names)) if named else []]

    rows, known = cache.memo(f"gathered/{site.id}.json", key, ask)
    return [[Match(*row) for row in some] for some in rows], known
