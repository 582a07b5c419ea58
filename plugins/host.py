"""Where Pelican hosts the engine: one generator that builds the site from declared data.

Only public extension points: `get_generators` and the settings. A site that connects plugins of its own also gets
Pelican's articles (plugins.contents): that costs time, so sites without such plugins don't have them.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

from pelican import signals
from pelican.generators import ArticlesGenerator, Generator

from jiyue.build.site import build_view, site_view
from jiyue.build.task import SiteTask
from jiyue.diagnostics import Severity
from jiyue.render.engine import SiteResult
from jiyue.site.view import SiteView
from plugins.contents import SiteReaders, changed_view

log = logging.getLogger(__name__)


class SiteGenerator(Generator):  # type: ignore[misc]  # Pelican has no types
    """Builds every page of the site with Pelican's Jinja environment."""

    def generate_output(self, writer: Any) -> None:
        """Called by Pelican after all generators have read their content."""
        _tell(build_view(_task(self.settings), self.env), self.settings)


class ArticlesSiteGenerator(ArticlesGenerator):  # type: ignore[misc]
    """The same for a site with foreign plugins: they get real articles, and pages show what they made of them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.task = _task(self.settings)
        self.view: SiteView = site_view(self.task)
        self.readers = SiteReaders(self.view, self.settings)

    def get_files(self, *_args: Any, **_options: Any) -> list[str]:
        """Addresses take the place of files: a pushed article's file lies on another site."""
        return list(self.readers.pages)

    def generate_output(self, writer: Any) -> None:
        """Called by Pelican after all_generators_finalized."""
        view = changed_view(self.view, self.readers.made)
        result = build_view(self.task, self.env, view)
        for path in sorted(result.reasons):
            context = {**self.context, "output_file": path}
            if path in self.readers.made:
                context["article"] = self.readers.made[path]
            signals.content_written.send(f"{self.output_path}/{path}", context=context)
        _tell(result, self.settings)


def _task(settings: dict[str, Any]) -> SiteTask:
    """The task; plain `pelican` may have been told to write elsewhere (-o)."""
    task: SiteTask = settings["JIYUE_TASK"]
    return task if "JIYUE_RESULTS" in settings else replace(task, folder=Path(settings["OUTPUT_PATH"]))


def _tell(result: SiteResult, settings: dict[str, Any]) -> None:
    results = settings.get("JIYUE_RESULTS")
    if results is not None:
        results.append(result)
        return
    # plain `pelican`: say what is wrong, and end with an exit status that says so
    for diagnostic in result.diagnostics:
        log.error("%s", diagnostic) if diagnostic.severity is Severity.ERROR else log.warning("%s", diagnostic)
    if result.failed:
        raise RuntimeError(f"站点 {result.site} 没有完整生成")


def _generators(pelican: Any) -> type[Generator]:
    return ArticlesSiteGenerator if pelican.settings["JIYUE_TASK"].job.plugins else SiteGenerator


def register() -> None:
    """Called by Pelican."""
    signals.get_generators.connect(_generators)
