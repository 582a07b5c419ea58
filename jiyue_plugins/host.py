"""Runs the engine inside Pelican, as one generator that builds the site from declared data.

Uses only public extension points: `get_generators` and the settings. Only a site with third-party plugins also gets
Pelican's articles (plugins.contents), because they cost time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pelican import Pelican, signals
from pelican.generators import ArticlesGenerator, Generator

from jiyue.base.diagnostics import Severity, warning
from jiyue.build.site import build_view, site_view
from jiyue.build.task import SiteTask
from jiyue.render.output import Output, digest
from jiyue.render.pages.view import SiteView
from jiyue.render.result import SiteResult
from jiyue_plugins.contents import SiteReaders, changed_view

log = logging.getLogger(__name__)

OVERWRITTEN = warning(
    "plugin-overwrote", "插件改写了平台的文件", "网页上的必备要素、网站地图和订阅由平台负责；插件改写以后没有人检查过。"
)


class SitePelican(Pelican):  # type: ignore[misc]  # Pelican has no types
    """Restores, after all generators, files that a third-party plugin overwrote. PELICAN_CLASS is Pelican's hook for this."""

    def run(self) -> None:
        """Run the generators, then check what the plugins wrote."""
        super().run()
        again: Callable[[], SiteResult] | None = self.settings.get("JIYUE_AGAIN")
        if again is None:
            return
        task, ours = _task(self.settings), self.settings["JIYUE_OURS"]
        output = Output(_folder(task))
        lost = sorted(path for path, known in ours.items() if digest(output.read(path) or b"") != known)
        if not lost:
            return
        again()
        site = task.job.site.id
        shown = "、".join(lost[:3]) + (f" 等 {len(lost)} 个文件" if len(lost) > 3 else "")
        findings = OVERWRITTEN.at(
            f"sites/{site}.yaml", 0, f"插件（{'、'.join(task.job.plugins)}）改写了 {shown}，已换回平台的",
            f"要用插件写的文件（网页除外），写 plugin_files: [{lost[0]}]；不要的，把那个插件从 plugins 里删去", site=site,
        )  # fmt: skip
        if "JIYUE_RESULTS" in self.settings:
            self.settings["JIYUE_RESULTS"][0].diagnostics.append(findings)
        else:
            log.warning("%s", findings)


class SiteGenerator(Generator):  # type: ignore[misc]  # Pelican has no types
    """Builds every page of the site with Pelican's Jinja environment."""

    def generate_output(self, writer: Any) -> None:
        """Called by Pelican after all generators have read their content."""
        _report(build_view(_task(self.settings), self.env), self.settings)


class ArticlesSiteGenerator(ArticlesGenerator):  # type: ignore[misc]
    """SiteGenerator for a site with third-party plugins: they get real articles, and pages show their changes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.task = _task(self.settings)
        self.view: SiteView = site_view(self.task)
        self.readers = SiteReaders(self.view, self.settings)

    def get_files(self, *_args: Any, **_options: Any) -> list[str]:
        """Return addresses in place of files, because a pushed article's file belongs to another site."""
        return list(self.readers.pages)

    def generate_output(self, writer: Any) -> None:
        """Called by Pelican after all_generators_finalized."""
        view = changed_view(self.view, self.readers.made)
        output = Output(_folder(self.task))
        _unshare(output)
        result = build_view(self.task, self.env, view)
        self.settings["JIYUE_OURS"] = {path: digest(output.read(path) or b"") for path in sorted(output.files())}
        self.settings["JIYUE_AGAIN"] = lambda: build_view(self.task, self.env, view)
        for path in sorted(result.reasons):
            context = {**self.context, "output_file": path}
            if path in self.readers.made:
                context["article"] = self.readers.made[path]
            signals.content_written.send(f"{self.output_path}/{path}", context=context)
        _report(result, self.settings)


def _task(settings: dict[str, Any]) -> SiteTask:
    """The task, with the output (-o) and theme (-t) given to plain `pelican`."""
    task: SiteTask = settings["JIYUE_TASK"]
    if "JIYUE_RESULTS" in settings:
        return task
    theme = Path(settings["THEME"])
    if not (theme / "templates" / "shell.html").is_file():
        raise SystemExit(
            f"主题 {theme} 是别的程序的：页面的必备要素由本平台的主题放置，见 docs/pelican.md 和 docs/theme.md。"
        )
    return replace(task, folder=Path(settings["OUTPUT_PATH"]), job=replace(task.job, theme=theme))


def _folder(task: SiteTask) -> Path:
    return task.folder or task.job.output / task.job.site.id


def _unshare(output: Output) -> None:
    """Remove files that are hard-linked to a release: a third-party plugin writes in place and would change both."""
    for path in output.files():
        if Path(output.folder, path).stat().st_nlink > 1:
            output.remove(path)


def _report(result: SiteResult, settings: dict[str, Any]) -> None:
    results = settings.get("JIYUE_RESULTS")
    if results is not None:
        results.append(result)
        return
    # plain `pelican`: report the findings, and exit with an error status
    for diagnostic in result.diagnostics:
        log.error("%s", diagnostic) if diagnostic.severity is Severity.ERROR else log.warning("%s", diagnostic)
    if result.failed:
        raise SystemExit(f"站点 {result.site} 没有完整生成，原因见上。")


def _generators(pelican: Any) -> type[Generator]:
    for name, decided in pelican.settings["JIYUE_DECIDED"].items():
        if pelican.settings.get(name) != decided:
            log.warning("%s 由站群的配置决定（sites/ 下的文件），-e 或命令行给的值不起作用", name)
    return ArticlesSiteGenerator if pelican.settings["JIYUE_TASK"].job.plugins else SiteGenerator


def register() -> None:
    """Called by Pelican."""
    signals.get_generators.connect(_generators)
