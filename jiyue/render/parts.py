"""Renders a page's own parts: the article's Markdown, then the template with the page's data."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from jiyue.base.diagnostics import Diagnostic, error
from jiyue.base.patterns import pattern
from jiyue.render import search
from jiyue.render.body import body_html, translated_labels
from jiyue.render.furniture import missing_furniture
from jiyue.render.leaving import government_hosts, marked
from jiyue.render.pages.shell import page_furniture
from jiyue.render.templates import SLOT

if TYPE_CHECKING:
    import jinja2

    from jiyue.render.pages.page import Page
    from jiyue.render.pages.view import Entry, SiteView
    from jiyue.render.result import SiteResult

TEMPLATE = error("template", "模板出错", "模板出错的页面无法生成。")
_MAY_FAIL = pattern(r"""\sid=|\b(?:href|src|poster)="(?![a-zA-Z][a-zA-Z0-9+.-]*:|//|#)""")
"""Ids and links inside the site: in a body with raw HTML they can have faults that the checks of its source don't see."""


class PartsRenderer:
    """Renders the parts of one site's pages. texts: receives each article's text for the search index, to convert it once."""

    def __init__(self, view: SiteView, template: Callable[[str, str], jinja2.Template], texts: search.Texts) -> None:
        self._view, self._template, self._texts = view, template, texts
        self._leaving = government_hosts(view)
        if self._leaving:
            self._leaving += view.job.hosts

    def data(self, page: Page, declared: dict[str, Any], result: SiteResult) -> dict[str, Any]:
        """The data for the page's template: what is declared, with the body of its article. Raises Changed."""
        return {**declared, "body": self._body(page, page.entry, declared, result)} if page.entry else declared

    def render(self, page: Page, data: dict[str, Any], result: SiteResult) -> list[bytes]:
        """Title, head and main. result: receives findings. Raises any error of a template."""
        parts = self._template(page.template, self._view.furniture_language(page.lang)).render(data).split(SLOT)
        if len(parts) != 3:
            raise ValueError(f'{page.template} 应依次给出 title、head、main 三部分（extends "page.html"）')
        head, main = page_furniture(data, page.entry is not None)
        for wanted, part in ((head, parts[1]), ([*main, *page.must_have], parts[2])):
            result.diagnostics += missing_furniture(wanted, part, page.template, page.path, self._view.site.id)
        if self._leaving and 'href="http' in parts[2]:
            parts[2] = marked(parts[2], self._leaving, self._view.words_in(page.lang))
        return [part.encode() for part in parts]

    def _body(self, page: Page, entry: Entry, data: dict[str, Any], result: SiteResult) -> Markup:
        given = self._view.bodies.get(page.path)
        if given is None:
            html, fast = body_html(
                self._view.job.root,
                entry,
                data["links"],
                data["pictures"],
                self._keep_text(entry),
                data["data_files"],
                self._view.texts.get(entry.article.source_path),
            )
        else:
            html, fast = given, False
        if not fast and _MAY_FAIL.search(html):
            result.suspects[page.path] = entry.article.source_path
        result.quick += fast
        result.slow += not fast
        words = self._view.words_in(page.lang)
        return Markup(translated_labels(html, words) if words.digest else html)

    def _keep_text(self, entry: Entry) -> Callable[[str], None]:
        if not self._view.job.cluster.search:
            return lambda html: None
        return partial(search.keep_text, self._texts, entry.article.digest)


def template_failed(page: Page, problem: Exception, site: str) -> Diagnostic:
    """The finding for a page whose template raised."""
    line = getattr(problem, "lineno", 0) or 0
    name = getattr(problem, "name", None) or page.template
    source = page.entry.article.source_path if page.entry else page.path
    message = f"生成 {source} 时出错：{type(problem).__name__}: {problem}"
    return TEMPLATE.at(f"themes/{name}", line, message, "改正模板；若没有改过模板，请报告这个问题", site=site)
