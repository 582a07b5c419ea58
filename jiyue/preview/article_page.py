"""One article's page from its source text, public or not: by the real theme, as it will look once it is public.

Nothing is written to the output or to the build's cache. Addresses in the page are relative, as in a built site, so whoever
serves it at `…/<site>/<path>` answers what else is asked for below `…/<site>/` with `ArticlePages.file`, and what that
doesn't have with the built output.
"""

from __future__ import annotations

import importlib
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jiyue.base import clock
from jiyue.base.cache import ReadCache
from jiyue.base.diagnostics import Diagnostic
from jiyue.base.picture_files import variant_of
from jiyue.base.verified_read import Changed, digest
from jiyue.build.linking import Linkage, link_sites
from jiyue.build.options import Known, Options
from jiyue.build.planning import make_tasks
from jiyue.build.registry_cache import recall_registry
from jiyue.build.scanning import scan_all
from jiyue.build.site import CHANGED
from jiyue.build.task import OWN_PLUGINS, SiteTask
from jiyue.catalogue.article import Article
from jiyue.catalogue.read import Place, read
from jiyue.catalogue.references import own_files
from jiyue.catalogue.scan import ATTACHMENT_TYPES, Attachment, SiteScan, column_of, recall_scan, scan_site
from jiyue.catalogue.sources import article_name, file_at, overlay
from jiyue.render.pages.page import File, Page
from jiyue.render.pages.signals import pages_of
from jiyue.render.pages.view import SiteView
from jiyue.render.parts import PartsRenderer, template_failed
from jiyue.render.result import SiteResult
from jiyue.render.shells import Shells
from jiyue.render.templates import Closures, environment
from jiyue.render.theme.images import CAMERA, Pictures, strip

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import jinja2


class ArticlePage(NamedTuple):
    """A rendered article. html: '' where nothing can be rendered; path: of the page, relative to its site's root.

    row: what was read, None if unreadable.
    findings: what reading and rendering found (the other rules are the caller's: jiyue.checks).
    """

    html: str
    path: str
    title: str
    findings: list[Diagnostic]
    row: Article | None = None


def article_page(root: Path, site: str, path: str, data: bytes, now: str = "") -> str:
    """The page of one article, '' where its text can't be rendered. path: `content/<site>/…`; data: its source text.

    Who renders more than one keeps an ArticlePages: the first page of a site takes as long as a build without changes.
    """
    return ArticlePages(Options(root, root / "output", now=now)).page(site, path, data).html


class ArticlePages:
    """Renders articles of a cluster as it was when this was made; what has changed since needs a new one.

    known: the state of the last build or check, if the caller has it. Raises ClusterBroken.
    """

    def __init__(self, options: Options, known: Known | None = None) -> None:
        self.options = replace(options, now=options.now or clock.now(), sites=())
        self._known = known
        self._sites: dict[str, _SitePages] = {}

    @cached_property
    def known(self) -> Known:
        """The registry and the summaries."""
        if self._known:
            registry, summaries = self._known.registry, self._known.summaries
            unread = registry.sites.keys() - summaries.keys()
            return Known(registry.without(unread, []), summaries) if unread else self._known
        registry = recall_registry(self.options.root, self._cache)
        return Known(*scan_all(self.options, registry, self._cache, lambda *_: None))

    def page(self, site: str, path: str, data: bytes) -> ArticlePage:
        """The page of an article of that text. Raises KeyError for a site that is unknown or broken."""
        return self._of(site).page(path, data)

    def file(self, site: str, path: str) -> bytes | Path | None:
        """An attachment or a picture, as published, from the site's content, public or not; None for any other path."""
        return self._of(site).file(path) if site in self.known.registry.sites else None

    def files(self, site: str, articles: Iterable[Article]) -> dict[str, File]:
        """What a page of these articles may load or link to on its own site: the theme, attachments, pictures; path -> file."""
        return self._of(site).files(articles)

    def referring(self, site: str, files: Collection[str]) -> list[str]:
        """The sources of a site's articles, public or not, that show or link to one of these files of the site."""
        rows = self._of(site).scan.rows
        return [row.source_path for row in rows if not set(own_files(row.folder, row.extra)).isdisjoint(files)]

    def _of(self, site: str) -> _SitePages:
        if site not in self._sites:
            known = self.known
            options = replace(self.options, sites=(site,))
            tasks = make_tasks(options, self._linkage.registry, known.summaries, self._linkage, self._cache)
            self._sites[site] = _SitePages({task.job.site.id: task for task in tasks}[site])
        return self._sites[site]

    @cached_property
    def _linkage(self) -> Linkage:
        known = self.known
        return link_sites(self.options.root, known.registry, known.summaries, self._cache, self.options.now)

    @cached_property
    def _cache(self) -> ReadCache:
        return ReadCache(self.options.root / ".jiyue" / "store")


class _View(SiteView):
    """A site around one article. Its page is always rendered, so nobody asks whether its surroundings changed."""

    surroundings = ""


class _SitePages:
    """Renders articles of one site."""

    def __init__(self, task: SiteTask) -> None:
        self.task, self.job = task, task.job
        cache = ReadCache(task.cache)
        self.scan = recall_scan(self.job.root, self.job.site, cache, self.job.content) or scan_site(
            self.job.root, self.job.site, cache
        )
        self.public: SiteScan = self.scan.without(self.job.withheld)
        self.content = self.job.root / "content" / self.job.site.id
        self.closures = Closures(self.job.theme)
        self.environments: dict[str, jinja2.Environment] = {}
        for name in OWN_PLUGINS:
            importlib.import_module(name).register()

    def page(self, path: str, data: bytes) -> ArticlePage:
        site = self.job.site
        folder, _, name = path.split("/", 2)[2].rpartition("/")
        name = article_name(name)
        place = Place(site.id, folder, name, path)
        row, findings, _ = read(data, column_of(folder, site.columns), place, digest(data), drafts=True)
        if row is None:
            return ArticlePage("", "", "", findings)
        result = SiteResult(site.id)
        html = self._rendered(row, data, result)
        return ArticlePage(html, row.path, row.title, [*findings, *result.diagnostics], row)

    def files(self, articles: Iterable[Article]) -> dict[str, File]:
        view = self._around({}, *articles)
        beside = {one.path for one in view.scan.attachments}
        return {
            one.path: one
            for one in pages_of(view)
            if isinstance(one, File)
            and (one.path.startswith("theme/") or not beside.isdisjoint((one.path, variant_of(one.path))))
        }

    def file(self, path: str) -> bytes | Path | None:
        original = variant_of(path)
        source = self._source(original or path)
        if source is None or source.suffix.lower().lstrip(".") not in CAMERA:
            return source
        data = source.read_bytes()
        if not original:
            return strip(data)
        width, kind = path.rsplit(".", 2)[1:]
        store, mark = Pictures(self.job.root), digest(data)
        facts = store.facts(source, mark)
        return (
            store.variant(source, mark, int(width), kind)
            if facts and int(width) in facts.variants.get(kind, ())
            else None
        )

    def _source(self, path: str) -> Path | None:
        """The file of an attachment below the site's content; None for anything else."""
        parts = path.split("/")
        if path.rpartition(".")[2].lower() not in ATTACHMENT_TYPES or any(not p or p.startswith(".") for p in parts):
            return None
        if (laid := f"content/{self.job.site.id}/{path}") in overlay():
            return file_at(self.job.root, laid)
        file = self.content.joinpath(*parts)
        inside = file.is_file() and file.resolve() == self.content.resolve().joinpath(*parts)
        return file if inside else None

    def _rendered(self, row: Article, data: bytes, result: SiteResult) -> str:
        view = self._around({row.source_path: data}, row, among=self.public.rows)
        page = next(
            one
            for one in pages_of(view)
            if isinstance(one, Page) and one.entry and one.entry.article is view.scan.rows[-1]
        )
        shells = Shells(view, self.task.engine, self.closures, self._template)
        try:
            parts = PartsRenderer(view, self._template, {}).render(page, result)
            key = shells.key(page)
            shells.digest(key)
            html, _ = shells.splice(key, page.path, parts, result.diagnostics)
        except Changed as changed:
            where = Path(changed.path).relative_to(self.job.root).as_posix()
            hint = "再保存一次；若仍出错，请重新打开预览"
            result.diagnostics.append(CHANGED.at(where, 0, "读的时候文件有改动", hint, site=self.job.site.id))
            return ""
        except Exception as problem:  # a theme of one's own may stumble over what no public article has
            result.diagnostics.append(template_failed(page, problem, self.job.site.id))
            return ""
        return html.decode()

    def _around(self, texts: dict[str, bytes], *shown: Article, among: Iterable[Article] = ()) -> SiteView:
        """The site with these articles shown, last, and with the files that they refer to, whether public or not.

        texts: see SiteView. among: the other articles.
        """
        shown = tuple(row._replace(publish_at="", expires="", withdrawn_at="") for row in shown)
        taken = {place for row in shown for place in (row.source_path, row.path)}
        known = {one.path for one in self.public.attachments}
        own = []
        for path in dict.fromkeys(path for row in shown for path in own_files(row.folder, row.extra)):
            source = self._source(path) if path not in known else None
            if source is not None:
                content = source.read_bytes()
                own.append(Attachment(path, len(content), digest(content)))
        scan = replace(
            self.public,
            rows=[*(row for row in among if row.source_path not in taken and row.path not in taken), *shown],
            attachments=[*self.public.attachments, *own],
            places=[*self.public.places, *(one.path for one in own if one.path not in self.public.places)],
        )
        return _View(self.job, scan, texts=texts)

    def _template(self, name: str, language: str) -> jinja2.Template:
        if language not in self.environments:
            self.environments[language] = environment(self.job.theme, self.task.bytecode, language)
        return self.environments[language].get_template(name)
