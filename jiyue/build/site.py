"""run_site(): one site's build, in a process of its own, from plain data.

Pelican hosts it (settings, plugins, signals, Jinja environment, writer) whenever a site is built whole or connects
plugins of its own. Where only some pages of a site changed and all its plugins are ours, the same engine renders them
without loading Pelican, which would take longer than the rendering; the bytes are the same (a test).
"""

from __future__ import annotations

import importlib
import logging
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from jiyue.catalogue.scan import scan_site
from jiyue.diagnostics import error, has_errors
from jiyue.render.engine import Memory, SiteResult, render_site
from jiyue.render.templates import Closures, environment
from jiyue.site.signals import pages_of
from jiyue.site.view import SiteJob, SiteView
from jiyue.store import Store

PELICAN = error("pelican", "Pelican 报告了错误", "Pelican 的错误默认只写在日志里，稿件会悄悄丢失。")

OWN_PLUGINS = (
    "plugins.articles", "plugins.columns", "plugins.home", "plugins.standing", "plugins.assets", "plugins.mobile", "plugins.opendata",
    "plugins.feeds", "plugins.sitemaps", "plugins.search",
)  # fmt: skip
HOST_PLUGIN = "plugins.host"


@dataclass(frozen=True)
class SiteTask:
    """A job, where its state is kept, and how it is run.

    cache is the store's folder (None: nothing is remembered), key names the output in it; hosted: under Pelican;
    shards: into how many processes a large site may part its rendering. folder is where the site's pages go, if not
    below job.output; whoever gives it may keep other files there, so nothing is deleted from it.
    """

    job: SiteJob
    engine: str
    cache: Path | None
    key: str
    hosted: bool
    shards: int = 1
    folder: Path | None = None

    @property
    def bytecode(self) -> Path | None:
        """Where compiled templates are kept."""
        return self.cache.parent / "templates" if self.cache else None


def run_site(task: SiteTask) -> SiteResult:
    """Build one site. Whatever goes wrong is in the result."""
    return _under_pelican(task) if task.hosted else build_view(task, None)


def build_view(task: SiteTask, env: Any) -> SiteResult:
    """Scan, ask the plugins, render. env is Pelican's Jinja environment, or None for our own with the same options."""
    job = task.job
    store = Store(task.cache) if task.cache else None
    if env is None:
        for name in OWN_PLUGINS:
            importlib.import_module(name).register()
        env = environment(job.theme, task.bytecode)
    view = SiteView(job, scan_site(job.root, job.site, store))
    memory = Memory(store, f"output/{task.key}/{job.site.id}", task.engine, task.shards, task.folder)
    result = render_site(view, pages_of(view), env, Closures(job.theme), memory)
    if has_errors(result.diagnostics):
        result.failed = "有错误"
    return result


class _Errors(logging.Handler):
    """Collects what Pelican logs at level ERROR and above."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def _under_pelican(task: SiteTask) -> SiteResult:
    from pelican import Pelican  # noqa: PLC0415  (heavy)
    from pelican.settings import read_settings  # noqa: PLC0415

    from jiyue.build.settings import pelican_settings  # noqa: PLC0415

    errors = _Errors()
    logger = logging.getLogger("pelican")
    logger.addHandler(errors)
    results: list[SiteResult] = []
    settings = read_settings(override={**pelican_settings(task), "JIYUE_RESULTS": results})
    with redirect_stdout(StringIO()):  # its 「Done: Processed 0 articles」 counts what it was given to read: nothing
        Pelican(settings).run()
    result = results[0]
    for message in errors.messages:
        hint = "按提示改正插件或设置；这些错误会使页面缺失，因此不能忽略"
        result.diagnostics.append(PELICAN.at(f"sites/{task.job.site.id}.yaml", 0, message, hint, site=task.job.site.id))
        result.failed = "Pelican 报告了错误"
    return result
