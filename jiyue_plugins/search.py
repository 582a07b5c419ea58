"""The search page and its modules. The engine makes the index next to them (jiyue/render/search.py)."""

from __future__ import annotations

from collections.abc import Iterator

from jiyue.render.pages.job import href
from jiyue.render.pages.page import File, Page
from jiyue.render.pages.signals import site_pages
from jiyue.render.pages.view import SiteView
from jiyue.render.theme.search_modules import published


def pages(view: SiteView) -> Iterator[Page | File]:
    """`search/index.html` and `theme/search….…/`; nothing where search is off."""
    if not view.job.cluster.search:
        return
    folder, files = published(view.job.theme, view.site.lang)
    if not files:
        return
    data = {
        "url": view.url("search/index.html"),
        "modules": f"../theme/{folder}",
        "everywhere": bool(view.job.members),
        "root": next((f"{site.url}/search/" for site in view.job.superiors if site.id == view.job.cluster.root), ""),
        "columns": [{"name": c.name, "href": f"../{href(c.path)}/"} for c in view.columns],
    }
    yield Page("search/index.html", "search.html", data)
    for name, (digest, content) in files.items():
        yield File(f"theme/{folder}{name}", digest, lambda content=content: content)  # type: ignore[misc]


def register() -> None:
    """Called by Pelican and by the engine."""
    site_pages.connect(pages)
