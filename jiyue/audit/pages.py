"""What is wrong with finished pages. The result for a page is kept by the digests that the build recorded for it, so that only
pages that changed since the last audit are opened.

A page is parts in a shell. New parts are looked at; a new shell, which changes every page of a column at once, is looked at on
one page, and on those where something was wrong, which may be the shell's fault.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from jiyue.audit.measures.subject import PageFault, Pages
from jiyue.base.cache import Cache
from jiyue.base.executor import Executor, Failed, InProcess, LocalExecutor
from jiyue.build.options import Options
from jiyue.build.planning import output_key
from jiyue.checks.page.output import PAGE_CHECKS
from jiyue.checks.page.pagetags import audit, page_kind
from jiyue.registry.site import Registry, Site
from jiyue.render.written import Written

NOT_BUILT = "没有构建过的网页可查：先运行 jiyue build"
_CODE = frozenset({"SiteIDCode"})
"""A site without its code is told once, by its file."""
_MANY = 200
"""Pages from which opening them is shared by several processes."""


class _Kept(NamedTuple):
    """A page: the digests of the inputs of its parts and of its shell, its bytes, and [rule, message, hint] of each fault."""

    part: str
    shell: str
    size: int
    faults: list[list[str]]


class _Work(NamedTuple):
    """Pages of a site to open."""

    folder: Path
    site: Site
    pages: list[str]


def finished_pages(options: Options, registry: Registry, chosen: list[str], cache: Cache) -> dict[str, Pages]:
    """The finished pages of each chosen site that the last build recorded."""
    key = output_key(options)
    records: dict[str, dict[str, Written]] = {}
    kept: dict[str, dict[str, _Kept]] = {}
    todo: list[_Work] = []
    for site in chosen:
        record = cache.get(f"output/{key}/{site}.json")
        if not record or not (options.output / site).is_dir():
            continue
        records[site] = {path: Written(*row) for path, row in record["pages"].items() if path.endswith(".html")}
        old = {path: _Kept(*row) for path, row in ((cache.get(_name(site)) or {}).get("pages", {})).items()}
        new = _changed(records[site], old)
        kept[site] = {path: old[path] for path in records[site] if path in old and path not in new}
        if new or len(old) != len(kept[site]):
            todo.append(_Work(options.output / site, registry.sites[site], sorted(new)))
    executor: Executor = InProcess() if sum(len(one.pages) for one in todo) < _MANY else LocalExecutor(options.jobs)
    for work in todo:
        executor.submit(_look, work)
    lost = set()
    for work, result in executor.results():
        site = work.site.id
        if isinstance(result, Failed):
            lost.add(site)
            continue
        for path, (size, faults) in result.items():
            kept[site][path] = _Kept(records[site][path].part, records[site][path].shell, size, faults)
        cache.put(_name(site), {"pages": kept[site]})
    return {
        site: Pages(
            {path: page.size for path, page in pages.items()},
            [PageFault(path, *fault) for path, page in sorted(pages.items()) for fault in page.faults],
        )
        for site, pages in kept.items()
        if site not in lost
    }


def _changed(written: dict[str, Written], old: dict[str, _Kept]) -> set[str]:
    """The pages to open: with new parts; and of those with a new shell the first, and all where something was wrong."""
    known = {page.shell for path, page in old.items() if path in written}
    new: set[str] = set()
    for path, row in written.items():
        before = old.get(path)
        if (
            before is None
            or before.part != row.part
            or (before.shell != row.shell and (before.faults or row.shell not in known))
        ):
            new.add(path)
        if path in new:
            known.add(row.shell)
    return new


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
