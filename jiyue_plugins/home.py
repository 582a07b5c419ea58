"""The home page: its head with the search, the blocks chosen by the site or its profile, the portal's recommended column."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from jiyue.registry.life import Closing
from jiyue.render.pages import jsonld
from jiyue.render.pages.cards import editions, provincial, share
from jiyue.render.pages.job import Headline
from jiyue.render.pages.page import Page
from jiyue.render.pages.shell import site_picture
from jiyue.render.pages.signals import site_pages
from jiyue.render.pages.view import SiteView
from jiyue.render.theme.assets import asset_names
from jiyue_plugins.home_blocks import HomeBlocks

KEYWORDS = 8
OWN_HEADLINES = 4
"""With fewer headlines of its own, a site can't fill a column next to the portal's."""
HOT_WORDS = 6


def pages(view: SiteView) -> Iterator[Page]:
    """The home page."""
    if view.site.closing and view.site.is_closed(view.job.now):
        yield Page("index.html", "closed.html", closed_data(view, view.site.closing))
        return
    must_have = tuple(f'href="{escape(h.url)}"' for h in _recommended(view))
    yield Page("index.html", "home.html", home_data(view), "", None, must_have)


def home_data(view: SiteView) -> dict[str, Any]:
    """The declared data of `home.html`, without duplicate articles or empty blocks."""
    job, site = view.job, view.site
    recommended = _recommended(view)
    blocks = HomeBlocks(view, (h.url for h in recommended)).build()
    return {
        "url": site.url + "/",
        "name": site.name,
        "logo": site_picture(view, "logo", ""),
        "banner": site_picture(view, "banner", ""),
        "search": job.cluster.search,
        "hot": list(site.hot or dict.fromkeys(promoted.queries[0] for promoted in site.promoted))[:HOT_WORDS],
        "tags": home_tags(view),
        "editions": editions(view, "index.html"),
        "provincial": provincial(view, "index.html"),
        "jsonld": jsonld.home(view),
        "blocks": blocks,
        "icons": asset_names(job.theme, site.lang)["icons.svg"],
        "portal_at": next((at for at, block in enumerate(blocks) if block["name"] == "focus"), -1),
        "portal_place": _portal_place(blocks) if recommended else "",
        "portal": {
            "name": job.portal.name,
            "url": job.portal.url + "/",
            "items": [{"title": h.title, "href": h.url, "date": h.date} for h in recommended],
        },
        "share": share(site.url + "/", site.name),
        "near": view.near(repr(site.links)),
    }


def closed_data(view: SiteView, closing: Closing) -> dict[str, Any]:
    """The declared data of `closed.html`: that the site has closed, and where its content is."""
    site = view.site
    text, url = closing.notice(site.name, view.job.now)
    return {
        "url": site.url + "/",
        "name": site.name,
        "tags": {"description": text, "keywords": site.name},
        "editions": [],
        "jsonld": jsonld.home(view),
        "text": text,
        "heir": {"name": closing.heir[2], "url": url} if closing.heir and url not in view.job.dead else None,
        "share": share(site.url + "/", site.name),
    }


def _portal_place(blocks: list[dict[str, Any]]) -> str:
    """The place of the portal's column: `beside` the first block of the site's own headlines if these fill its height and
    leave it room, else `under` it, at full width; `last` on a page without such a block."""
    focus = next((block for block in blocks if block["name"] == "focus"), None)
    if not focus:
        return "last"
    enough = len(focus["pictures"]) + max((len(tab["items"]) for tab in focus["tabs"]), default=0) >= OWN_HEADLINES
    return "beside" if enough and not (focus["pictures"] and focus["tabs"]) else "under"


def _recommended(view: SiteView) -> tuple[Headline, ...]:
    """The portal's recommended column; () on the portal itself."""
    return () if view.job.portal.url == view.site.url else view.job.headlines


def home_tags(view: SiteView) -> dict[str, str]:
    """Description and Keywords of the home page, made of the site's sponsor and columns."""
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
