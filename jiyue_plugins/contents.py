"""Creates Pelican `Article` objects from the catalogue's rows, for sites with third-party plugins.

A plugin can read and change them as if Pelican had read the files; pages show its changes to titles and bodies.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pelican.contents import Article
from pelican.readers import Readers
from pelican.urlwrappers import Author, Category, Tag
from pelican.utils import get_date

from jiyue.render.body import body_html
from jiyue.render.pages.job import href
from jiyue.render.pages.page import Page
from jiyue.render.pages.signals import pages_of
from jiyue.render.pages.view import Entry, SiteView


class SiteReaders(Readers):  # type: ignore[misc]
    """Replaces Pelican's readers: `read_file` returns the article at an address. Single pages are not articles."""

    def __init__(self, view: SiteView, settings: dict[str, Any]) -> None:
        super().__init__(settings)
        self.view = view
        self.pages = {
            thing.path: thing
            for thing in pages_of(view)
            if isinstance(thing, Page) and thing.entry and thing.entry.column
        }
        self.made: dict[str, Article] = {}

    def read_file(self, path: str, context: Any, **options: Any) -> Article:
        """One article, with the signals that Pelican sends when it reads one."""
        page = self.pages[path]
        entry = page.entry
        assert entry
        options["preread_signal"].send(options["preread_sender"])
        metadata = _metadata(self.view, entry, self.settings)
        options["context_signal"].send(options["context_sender"], metadata=metadata)
        source = str(self.view.job.root / entry.article.source_path)

        data = page.declared()
        html, _ = body_html(self.view.job.root, entry, data["links"], data["pictures"], data_files=data["data_files"])
        article = Article(html, metadata, self.settings, source, context)
        self.made[path] = article
        return article

    def save_cache(self) -> None:
        """Nothing is cached."""


UNDATED = "1970-01-01"
"""Date for articles without one: Pelican requires a date, and our single pages may have none."""


def _metadata(view: SiteView, entry: Entry, settings: dict[str, Any]) -> dict[str, Any]:
    """The metadata as Pelican's readers would return it."""
    row = entry.article
    category = Category(view.column_by_path[entry.column].name, settings)
    category.slug = entry.column
    metadata: dict[str, Any] = {
        "title": row.title, "date": get_date(row.date or UNDATED), "category": category, "slug": row.name, "status": "published",
        "url": href(entry.path), "save_as": entry.path, "tags": [Tag(word, settings) for word in row.extra.get("keywords", ())],
        "lang": row.extra.get("lang", settings["DEFAULT_LANG"]),
    }  # fmt: skip
    if row.updated:
        metadata["modified"] = get_date(row.updated)
    if row.author:
        metadata["authors"] = [Author(row.author, settings)]
    if row.summary:
        metadata["summary"] = row.summary
    return metadata


def changed_view(view: SiteView, made: dict[str, Article]) -> SiteView:
    """The view with the articles' titles and bodies as changed by plugins."""
    titles = {article.source_path: str(article.title) for article in made.values()}
    root = view.job.root

    def titled(row: Any) -> Any:
        return row._replace(title=titles.get(str(root / row.source_path), row.title))

    pushed = tuple(p._replace(article=titled(p.article)) for p in view.job.pushed)
    rows = [titled(row) for row in view.scan.rows]
    bodies = {path: article._content for path, article in made.items()}
    return SiteView(replace(view.job, pushed=pushed), replace(view.scan, rows=rows), bodies=bodies)
