"""run_site(): builds one site from plain data.

Pelican hosts it (settings, plugins, signals, Jinja environment, writer) when a site has plugins of its own, in a process that
ends with it. If all plugins are ours, the same engine renders the pages without Pelican. A test proves that both give the
same bytes.
"""

from __future__ import annotations

import importlib
import logging
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

from jiyue.base.cache import Cache
from jiyue.base.diagnostics import Diagnostic, error, has_errors
from jiyue.base.executor import last_task
from jiyue.base.verified_read import Changed
from jiyue.build.settings import pelican_settings
from jiyue.build.task import OWN_PLUGINS, SiteTask
from jiyue.catalogue.scan import SiteScan, recall_scan, scan_site
from jiyue.registry.site import PICTURES
from jiyue.render.engine import render_site
from jiyue.render.output import Output
from jiyue.render.pages.page import File
from jiyue.render.pages.signals import pages_of
from jiyue.render.pages.view import SiteView
from jiyue.render.result import SiteResult
from jiyue.render.templates import Closures, environment
from jiyue.render.written import Memory

PELICAN = error("pelican", "Pelican 报告了错误", "Pelican 的错误默认只写在日志里，稿件会悄悄丢失。")

CHANGED = error("build-changed", "构建中文件有改动", "只有检查过的内容才能发布；构建进行中改动的文件等下一次构建检查。")


def run_site(task: SiteTask) -> SiteResult:
    """Build one site. Errors are in the result."""
    try:
        return _under_pelican(task) if task.hosted else build_view(task, None)
    except Changed as changed:
        finding = changed_since(changed, task.job.root, task.job.site.id)
        return SiteResult(task.job.site.id, failed=CHANGED.title, diagnostics=[finding])


def changed_since(changed: Changed, root: Path, site: str) -> Diagnostic:
    """The finding for a file that differs from what the scan read."""
    path = Path(changed.path).relative_to(root).as_posix()
    message = "检查之后、生成之前，文件又有改动"
    return CHANGED.at(path, 0, message, "再运行一次构建；没有检查过的内容不会生成网页", site=site)


def build_view(task: SiteTask, env: Any, view: SiteView | None = None) -> SiteResult:
    """Call the plugins and render their pages. env: Pelican's Jinja environment, None for our own with the same options.

    view: the result of site_view, if the caller has it already.
    """
    job = task.job
    if env is None:
        for name in OWN_PLUGINS:
            importlib.import_module(name).register()
        env = environment(job.theme, task.bytecode, job.site.lang)
    view = view or site_view(task)
    cache = Cache(task.cache)
    memory = Memory(cache, _memory_name(task), task.engine, task.shards, task.folder, trusted=not job.plugins)
    left = frozenset(job.site.plugin_files)  # to foreign plugins
    made = (thing for thing in pages_of(view) if not (isinstance(thing, File) and thing.path in left))
    result = render_site(view, made, env, Closures(job.theme), memory)
    if has_errors(result.diagnostics):
        result.failed = "有错误"
    return result


def site_view(task: SiteTask) -> SiteView:
    """The site's checked content, without what is withheld. Raises verified_read.Changed.

    The scan comes from the cache; without it (another machine, no cache) the files are scanned again.
    """
    job = task.job
    cache = Cache(task.cache)
    scan = recall_scan(job.root, job.site, cache, job.content)
    scan = scan or scan_site(job.root, job.site, cache)
    if scan.content != job.content:
        raise Changed(job.root / "content" / job.site.id)
    if job.site.is_closed(job.now):
        job = replace(
            job, site=job.site.when_closed(), cluster=replace(job.cluster, search=False), pushed=(), gathered=()
        )
        pictures = {job.site.facts[name] for name in PICTURES}
        scan = SiteScan(job.site.id, attachments=[one for one in scan.attachments if one.path in pictures])
    return SiteView(job, scan.without(job.withheld), edited=task.edited)


def _memory_name(task: SiteTask) -> str:
    return f"output/{task.key}/{task.job.site.id}"


def _remove_foreign(task: SiteTask) -> None:
    """Remove files that we didn't write, before a foreign plugin runs, so that the output is as after a clean build.

    Without a cache it is unknown which files are ours, and nothing is removed.
    """
    memory = Cache(task.cache).get(f"{_memory_name(task)}.json")
    if memory:
        output = Output(task.job.output / task.job.site.id)
        for path in sorted(output.files() - memory["pages"].keys()):
            output.remove(path)


class _Errors(logging.Handler):
    """Collects what Pelican logs at level ERROR and above."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def _under_pelican(task: SiteTask) -> SiteResult:
    from pelican.settings import read_settings  # noqa: PLC0415  (only whole builds and foreign plugins run under Pelican)

    if task.job.plugins:
        last_task()  # what foreign plugins do to Pelican's signals, settings and memo tables ends with the process
    errors = _Errors()
    logger = logging.getLogger("pelican")
    logger.addHandler(errors)
    results: list[SiteResult] = []
    settings = read_settings(override={**pelican_settings(task), "JIYUE_RESULTS": results})
    if task.job.plugins:
        _remove_foreign(task)
    try:
        with redirect_stdout(StringIO()):  # hides its 「Done: Processed 0 articles」: Pelican itself reads no articles
            settings["PELICAN_CLASS"](settings).run()
    finally:
        logger.removeHandler(errors)
    result = results[0]
    if task.job.plugins:
        result.folders = Output(task.job.output / task.job.site.id).folders()  # plugins write until the very end
    for message in errors.messages:
        hint = "按提示改正插件或设置；这些错误会使页面缺失，因此不能忽略"
        result.diagnostics.append(PELICAN.at(f"sites/{task.job.site.id}.yaml", 0, message, hint, site=task.job.site.id))
        result.failed = "Pelican 报告了错误"
    return result
