"""What is wrong with finished pages. The result for a page is kept by the digest that the build recorded for it, so that
only pages whose bytes changed since the last audit are opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from jiyue.audit.measures.subject import PageFault, Pages
from jiyue.base.cache import Cache
from jiyue.base.executor import Executor, Failed, InProcess, LocalExecutor
from jiyue.build.options import Options
from jiyue.build.planning import output_key
from jiyue.checks.page.output import PAGE_CHECKS
from jiyue.checks.page.pagetags import audit, page_kind
from jiyue.registry.site import Registry, Site

NOT_BUILT = "没有构建过的网页可查：先运行 jiyue build"
_CODE = frozenset({"SiteIDCode"})
"""A site without its code is told once, by its file."""
_MANY = 200
"""Pages from which opening them is shared by several processes."""


class _Work(NamedTuple):
    """Pages of a site to open."""

    folder: Path
    site: Site
    pages: list[str]


def finished_pages(options: Options, registry: Registry, chosen: list[str], cache: Cache) -> dict[str, Pages]:
    """The finished pages of each chosen site that the last build recorded."""
    key = output_key(options)
    records: dict[str, dict[str, str]] = {}
    kept: dict[str, dict[str, Any]] = {}
    todo: list[_Work] = []
    for site in chosen:
        record = cache.get(f"output/{key}/{site}.json")
        if not record or not (options.output / site).is_dir():
            continue
        records[site] = {path: row[2] for path, row in record["pages"].items() if path.endswith(".html")}
        old: dict[str, Any] = (cache.get(_name(site)) or {}).get("pages", {})
        kept[site] = {
            path: old[path] for path, digest in records[site].items() if path in old and old[path][0] == digest
        }
        new = [path for path in records[site] if path not in kept[site]]
        if new:
            todo.append(_Work(options.output / site, registry.sites[site], new))
    executor: Executor = InProcess() if sum(len(one.pages) for one in todo) < _MANY else LocalExecutor(options.jobs)
    for work in todo:
        executor.submit(_look, work)
    lost = set()
    for work, result in executor.results():
        site = work.site.id
        if isinstance(result, Failed):
            lost.add(site)
            continue
        kept[site] |= {path: [records[site][path], size, faults] for path, (size, faults) in result.items()}
        cache.put(_name(site), {"pages": kept[site]})
    return {
        site: Pages(
            {path: row[1] for path, row in pages.items()},
            [PageFault(path, *fault) for path, row in sorted(pages.items()) for fault in row[2]],
        )
        for site, pages in kept.items()
        if site not in lost
    }


def _name(site: str) -> str:
    return f"audit/pages/{site}.json"


def _look(work: _Work) -> dict[str, tuple[int, list[list[str]]]]:
    """Page -> (bytes, [rule, message, hint] of each fault)."""
    site = work.site.id
    lacking = frozenset() if work.site.facts["site_id_code"] else _CODE
    found: dict[str, tuple[int, list[list[str]]]] = {}
    for page in work.pages:
        try:
            data = (work.folder / page).read_bytes()
        except OSError:
            continue  # taken away since the build: the release's own checks tell it
        html, place = data.decode("utf-8", "replace"), f"{site}/{page}"
        faults = [d for check in PAGE_CHECKS for d in check(html, page, site)]
        faults += audit(html, page_kind(page), place, site, lacking)
        found[page] = (len(data), [[d.rule, d.message.removeprefix(place).strip(), d.hint] for d in faults])
    return found
