"""Pages that every site has: the site map for readers, and what answers where there is nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jiyue.site.cards import card
from jiyue.site.page import Page
from jiyue.site.signals import site_pages
from jiyue.site.view import SiteView, href

LATEST = 10


def pages(view: SiteView) -> Iterator[Page]:
    """`sitemap.html` and `404.html`."""
    yield Page("sitemap.html", "sitemap.html", sitemap_data(view))
    base = view.site.base_path + "/"
    yield Page(
        "404.html",
        "404.html",
        {"root": base, "columns": [{"name": c.name, "href": base + href(c.path) + "/"} for c in view.columns]},
    )


def sitemap_data(view: SiteView) -> dict[str, Any]:
    """The declared data of `sitemap.html`: every column with its newest, every single page, every neighbour."""
    job = view.job
    return {
        "url": view.url("sitemap.html"),
        "columns": [
            {
                "name": c.name,
                "href": href(c.path) + "/",
                "owner": c.owner,
                "count": len(view.entries[c.path]),
                "items": [card(e) for e in view.entries[c.path][:LATEST]],
            }
            for c in view.columns
        ],
        "pages": [card(e) for e in view.entries.get("", [])],
        "siblings": [{"name": n.name, "url": n.url + "/"} for n in job.siblings],
        "subordinates": [{"name": n.name, "url": n.url + "/"} for n in job.subordinates],
    }


def register() -> None:
    """Called by Pelican and by the engine."""
    site_pages.connect(pages)
