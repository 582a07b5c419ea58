"""Renders a page's own parts: the article's Markdown, then the template with the page's data."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from markupsafe import Markup

from jiyue.base.diagnostics import Diagnostic, error
from jiyue.base.patterns import pattern
from jiyue.render import search
from jiyue.render.body import placed, read_body, translated_labels
from jiyue.render.furniture import missing_furniture
from jiyue.render.leaving import government_hosts, marked
from jiyue.render.markdown import convert
from jiyue.render.pages.shell import page_furniture
from jiyue.render.templates import SLOT

if TYPE_CHECKING:
    import jinja2

    from jiyue.render.pages.page import Page
    from jiyue.render.pages.view import SiteView
    from jiyue.render.result import SiteResult

    Step = Callable[[Page, dict[str, Any], Any, SiteResult], Any]

TEMPLATE = error("template", "模板出错", "模板出错的页面无法生成。")
_MAY_FAIL = pattern(r"""\sid=|\b(?:href|src|poster)="(?![a-zA-Z][a-zA-Z0-9+.-]*:|//|#)""")
"""Ids and links inside the site: in a body with raw HTML they can have faults that the checks of its source don't see."""


class PartsRenderer:
    """Renders the parts of one site's pages. texts: receives each article's text for the search index, to convert it once.

    A page goes through the `steps`. Each gets the page, its declared data and what the step before made of it, so that many pages can
    go through each step together (jiyue.render.engine). result: receives findings.
    """

    def __init__(self, view: SiteView, template: Callable[[str, str], jinja2.Template], texts: search.Texts) -> None:
        self._view, self._template, self._texts = view, template, texts
        self._leaving = government_hosts(view)
        if self._leaving:
            self._leaving += view.job.hosts

        self.steps: tuple[tuple[str, Step], ...] = (
            ("正文", self.read), ("正文", self.convert), ("正文", self.place), ("模板", self.fill), ("模板", self.finish),
        )  # fmt: skip

    def render(self, page: Page, result: SiteResult) -> list[bytes]:
        """All steps for one page: title, head and main. Raises Changed, or any error of a template."""
        data, made = page.declared(), None
        for _, step in self.steps:
            made = step(page, data, made, result)
        return cast("list[bytes]", made)

    def read(self, page: Page, data: dict[str, Any], _: None, result: SiteResult) -> str | None:
        """The Markdown of the page's article; None if it has none or a foreign plugin made its body. Raises Changed."""
        if page.entry is None or page.path in self._view.bodies:
            return None
        article = page.entry.article
        source = self._view.texts.get(article.source_path)
        return read_body(self._view.job.root, article.source_path, article.body_line, article.digest, source)

    def convert(
        self, page: Page, data: dict[str, Any], text: str | None, result: SiteResult
    ) -> tuple[str, bool] | None:
        """The article's HTML, and whether the fast converter made it."""
        if page.entry is None:
            return None
        html, fast = (self._view.bodies[page.path], False) if text is None else convert(text)
        if text is not None and self._view.job.cluster.search:
            search.keep_text(self._texts, page.entry.article.digest, html)
        result.quick += fast
        result.slow += not fast
        return html, fast

    def place(
        self, page: Page, data: dict[str, Any], made: tuple[str, bool] | None, result: SiteResult
    ) -> Markup | None:
        """The body as the page shows it."""
        entry = page.entry
        if entry is None or made is None:
            return None
        html, fast = made
        if page.path not in self._view.bodies:
            html = placed(self._view.job.root, entry, html, data["links"], data["pictures"], data["data_files"])
        if not fast and _MAY_FAIL.search(html):
            result.suspects[page.path] = entry.article.source_path
        words = self._view.words_in(page.lang)
        return Markup(translated_labels(html, words) if words.digest else html)

    def fill(self, page: Page, data: dict[str, Any], body: Markup | None, _: SiteResult) -> str:
        """The template's text with the data, and the body if there is one. Raises any error of a template."""
        template = self._template(page.template, self._view.furniture_language(page.lang))
        return template.render(data if body is None else {**data, "body": body})

    def finish(self, page: Page, data: dict[str, Any], text: str, result: SiteResult) -> list[bytes]:
        """Title, head and main, which have to hold their furniture."""
        parts = text.split(SLOT)
        if len(parts) != 3:
            raise ValueError(f'{page.template} 应依次给出 title、head、main 三部分（extends "page.html"）')
        head, main = page_furniture(data, page.entry is not None)
        for wanted, part in ((head, parts[1]), ([*main, *page.must_have], parts[2])):
            result.diagnostics += missing_furniture(wanted, part, page.template, page.path, self._view.site.id)
        if self._leaving and 'href="http' in parts[2]:
            parts[2] = marked(parts[2], self._leaving, self._view.words_in(page.lang))
        return [part.encode() for part in parts]


def template_failed(page: Page, problem: Exception, site: str) -> Diagnostic:
    """The finding for a page whose template raised."""
    line = getattr(problem, "lineno", 0) or 0
    name = getattr(problem, "name", None) or page.template
    source = page.entry.article.source_path if page.entry else page.path
    message = f"生成 {source} 时出错：{type(problem).__name__}: {problem}"
    return TEMPLATE.at(f"themes/{name}", line, message, "改正模板；若没有改过模板，请报告这个问题", site=site)
