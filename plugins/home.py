"""The home page: headlines, the newest of each column, the portal's recommended column, all neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from jiyue.render.pages import jsonld
from jiyue.render.pages.cards import card, editions, share
from jiyue.render.pages.job import href
from jiyue.render.pages.page import Page
from jiyue.render.pages.shell import site_picture, superior_links
from jiyue.render.pages.signals import site_pages
from jiyue.render.pages.view import SiteView

HEADLINES = 8
PER_COLUMN = 6
KEYWORDS = 8


def pages(view: SiteView) -> Iterator[Page]:
    """The one home page."""
    links = [*superior_links(view), *({"url": h.url} for h in view.job.headlines)]
    must_have = tuple(f'href="{escape(link["url"])}"' for link in links)
    yield Page("index.html", "home.html", home_data(view), "", None, must_have)


def home_data(view: SiteView) -> dict[str, Any]:
    """The declared data of `home.html`."""
    job = view.job
    news = [e for e in view.all_entries if not e.pushed and e.column] or view.all_entries
    return {
        "url": view.site.url + "/",
        "name": view.site.name,
        "banner": site_picture(view, "banner", ""),
        "tags": home_tags(view),
        "editions": editions(view, "index.html"),
        "jsonld": jsonld.home(view),
        "headlines": [card(entry) for entry in news[:HEADLINES]],
        "columns": [
            {"name": c.name, "href": href(c.path) + "/", "items": [card(e) for e in view.listed(c.path)[:PER_COLUMN]]}
            for c in view.columns
            if "/" not in c.path and not c.channel
        ],
        "channels": [{"name": c.name, "url": href(c.path) + "/"} for c in view.columns if c.channel],
        "members": "sites.html" if job.members else "",
        "portal": {
            "name": job.portal.name,
            "url": job.portal.url + "/",
            "items": [{"title": h.title, "href": h.url, "date": h.date} for h in job.headlines],
        },
        "superiors": superior_links(view),
        "siblings": [{"name": n.name, "url": n.url + "/"} for n in job.siblings],
        "subordinates": [{"name": n.name, "url": n.url + "/"} for n in job.subordinates],
        "share": share(view.site.url + "/", view.site.name),
    }


def home_tags(view: SiteView) -> dict[str, str]:
    """Description and Keywords of the home page: whose site it is, and what its columns are."""
    site, _ = view.site, view.words
    names = [column.name for column in view.columns if "/" not in column.path and not column.channel][:KEYWORDS]
    by = _("，由%s主办") % site.facts["sponsor"] if site.facts["sponsor"] else ""
    about = _("，设有%s等栏目") % _("、").join(names) if names else ""
    return {
        "description": _("%s网站") % site.name + by + about + _("。"),
        "keywords": ",".join(dict.fromkeys([site.name, site.short, *names])),
    }


def register() -> None:
    """Called by Pelican and by the engine."""
    site_pages.connect(pages)
