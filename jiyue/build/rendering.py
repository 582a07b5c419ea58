"""Builds the sites whose fingerprint changed, in several processes."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jiyue.base import patterns
from jiyue.base.cache import Cache
from jiyue.base.diagnostics import Diagnostic, error
from jiyue.base.encoding import NotUtf8
from jiyue.base.executor import Executor, Failed, InProcess, LocalExecutor
from jiyue.base.verified_read import Changed
from jiyue.build.options import Options, Progress, Report
from jiyue.build.planning import CONTENT, fingerprint, output_key, part_digest
from jiyue.build.task import HOST_PLUGIN, OWN_PLUGINS, SiteTask, bytecode_folder
from jiyue.catalogue.summary import Summary
from jiyue.catalogue.withholding import BUILDING
from jiyue.render.output import Output
from jiyue.version import folder_digest, folder_stamps

if TYPE_CHECKING:
    from jiyue.render.result import SiteResult


CHILD = error("build-child", "站点的构建进程意外结束", "该站点没有完整生成，其他站点不受影响。")


def render_all(
    options: Options,
    tasks: list[SiteTask],
    summaries: dict[str, Summary],
    cache: Cache,
    report: Report,
    progress: Progress,
) -> None:
    theme = _theme(options.theme_folder.resolve(), cache)
    name = f"output/{output_key(options)}/fingerprints.json"
    stored: dict[str, dict[str, Any]] = cache.get(name) or {}
    fresh: dict[str, dict[str, Any]] = {}
    changed: list[SiteTask] = []
    for task in tasks:
        site = task.job.site.id
        fresh[site] = fingerprint(task, summaries[site], theme)
        old = dict(stored.get(site, {}))
        folders, _, refused = old.pop("folders", {}), old.pop("search", ""), old.pop("refused", {})
        if old == fresh[site] and Output(options.output / site).folders_unchanged(folders):
            report.diagnostics += _refusals(refused)
            continue
        report.reasons[site] = _why(old, fresh[site])
        changed.append(_of_texts(task, summaries[site], old, fresh[site]))
    report.opened = len(changed)
    if changed:
        (options.output / BUILDING).touch()
    if changed:
        # an interrupted build must not leave a fingerprint that doesn't match its output
        for task in changed:
            stored.pop(task.job.site.id, None)
        cache.put(name, stored)
    report.search_digests = {site: row.get("search", "") for site, row in stored.items()}
    progress("生成", len(tasks) - len(changed), len(tasks))
    executor = _executor(options, changed, sum(summaries[task.job.site.id].articles for task in changed), cache)
    if changed:
        from jiyue.build.site import run_site  # noqa: PLC0415  (66 ms, only where a site is opened)
    for task in changed:
        executor.submit(run_site, task)
    done = len(tasks) - len(changed)
    for task, result in executor.results():
        site = task.job.site.id
        done += 1
        progress("生成", done, len(tasks))
        if isinstance(result, Failed):
            report.failed.append(site)
            hint = "其他站点不受影响；再运行一次构建，若仍出错请报告"
            last = str(result).strip().rpartition("\n")[2]
            report.diagnostics.append(CHILD.at(f"sites/{site}.yaml", 0, f"构建没有完成：{last}", hint, site=site))
            report.messages.append(str(result))
            stored.pop(site, None)
            continue
        report.results.append(result)
        report.search_digests[site] = _search_digest(result)
        report.messages += result.messages
        report.diagnostics += [*result.diagnostics, *_refusals(result.refused)]
        if result.failed:
            report.failed.append(site)
            stored.pop(site, None)
        else:
            stored[site] = {
                **fresh[site], "folders": result.folders, "search": report.search_digests[site], "refused": result.refused
            }  # fmt: skip
    if changed:
        cache.put(name, stored)


def _theme(folder: Path, cache: Cache) -> str:
    """The digest of the theme; its files are read where their stamps changed (of two hundred files: 2 ms instead of 8)."""
    stamps, settled = folder_stamps(folder)
    return str(cache.memo("theme.json", stamps, lambda: folder_digest(folder))) if settled else folder_digest(folder)


def _of_texts(task: SiteTask, summary: Summary, old: dict[str, Any], new: dict[str, Any]) -> SiteTask:
    """The task with the articles whose texts are all that changed since the last build, if so. old, new: its fingerprints."""
    before = {**new, CONTENT: part_digest((summary.before, task.job.withheld))}
    return (
        replace(task, edited=frozenset(summary.edited))
        if summary.edited and not task.hosted and old == before
        else task
    )


def _refusals(refused: dict[str, list[dict[str, Any]]]) -> list[Diagnostic]:
    """The findings of refused pages, reported by every build, even if it skips their site. `publish` withholds these pages."""
    return [Diagnostic.from_json(row) for rows in refused.values() for row in rows]


def _search_digest(result: SiteResult) -> str:
    """A digest of a site's search documents, '' where search is off."""
    if result.search_rows is None:
        return ""
    from jiyue.render.search import digest  # noqa: PLC0415  (20 ms, only where a site is opened)

    return digest(result.search_rows)


def _why(old: dict[str, Any], new: dict[str, Any]) -> str:
    """For --explain: which parts of a site's fingerprint changed."""
    if not old:
        return "第一次构建，或上次没有完成"
    changed = [name for name, digest in new.items() if old.get(name) != digest]
    return "、".join(changed) + "变了" if changed else "输出目录被改动过，或是从别处拷来的"


def _executor(options: Options, changed: list[SiteTask], articles: int, cache: Cache) -> Executor:
    if options.scheduler:
        from jiyue.build.dask import DaskExecutor  # noqa: PLC0415  (optional)

        return DaskExecutor(options.scheduler, options.jobs)
    hosted = any(task.hosted for task in changed)
    if hosted or len(changed) > SEVERAL:
        _warm_up(options, changed, articles, cache, pelican=hosted)
    return LocalExecutor(options.jobs) if hosted or len(changed) > 1 else InProcess()


SEVERAL = 4
"""Sites to open from which it pays to load in the parent what each child would load for itself."""


def loading(options: Options, cache: Cache, *, pelican: bool = True) -> Iterator[None]:
    """Load, one step at a time, what every build of a site needs, a whole one (pelican) more. Repeating it costs little."""
    host = ("pelican", "pelican.generators", HOST_PLUGIN) if pelican else ()
    for name in ("segno", "nh3", "jinja2", *host, *OWN_PLUGINS):
        importlib.import_module(name)
        yield
    from jinja2 import TemplateError  # noqa: PLC0415  (jinja2: 20 ms)

    from jiyue.render.markdown import warm_up  # noqa: PLC0415  (loading it is this function's purpose)
    from jiyue.render.templates import environment  # noqa: PLC0415  (loading it is this function's purpose)
    from jiyue.render.theme.assets import theme_files  # noqa: PLC0415  (loading it is this function's purpose)

    warm_up()
    yield
    theme_files(options.theme_folder.resolve())
    templates = environment(options.theme_folder.resolve(), bytecode_folder(cache.folder))
    for name in templates.list_templates(filter_func=lambda name: name.endswith(".html")):
        with suppress(TemplateError):  # a broken one is reported by the page that uses it
            templates.get_template(name)
        yield
    patterns.warm_up()


def _warm_up(options: Options, changed: list[SiteTask], articles: int, cache: Cache, *, pelican: bool) -> None:
    """Load what the child processes need before they are forked."""
    from jiyue.render.body import read_body  # noqa: PLC0415  (loading it is this function's purpose)
    from jiyue.render.markdown import convert  # noqa: PLC0415  (loading it is this function's purpose)

    for _ in loading(options, cache, pelican=pelican):
        pass
    if changed[0].job.cluster.search:
        from jiyue.render import search  # noqa: PLC0415  (search: 20 ms, only where a site is opened)

        search.warm_up(articles, changed[0].job.cluster.synonyms)
    pushed = {p.article.source_path: p.article for task in changed for p in task.job.pushed}
    for path, article in pushed.items():
        with suppress(Changed, NotUtf8):
            convert(read_body(options.root, path, article.body_line, article.digest))
