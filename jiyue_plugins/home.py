"""The home page: search, headlines and pictures, the newest of each column, the portal's recommended column, all neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from jiyue.catalogue.references import local_path
from jiyue.render.pages import jsonld
from jiyue.render.pages.cards import card, editions, share
from jiyue.render.pages.job import Headline, href
from jiyue.render.pages.page import Page
from jiyue.render.pages.shell import site_picture, superior_links
from jiyue.render.pages.signals import site_pages
from jiyue.render.pages.view import Entry, SiteView
from jiyue.render.theme.images import Pictures
from jiyue_plugins.links import shown

FOCUS = 4
"""Articles shown with their picture, the first of them large."""
HEADLINES = 9
PER_COLUMN = 6
KEYWORDS = 8
HOT_WORDS = 6


def pages(view: SiteView) -> Iterator[Page]:
    """The one home page."""
    links = [*superior_links(view), *({"url": h.url} for h in _recommended(view))]
    must_have = tuple(f'href="{escape(link["url"])}"' for link in links)
    yield Page("index.html", "home.html", home_data(view), "", None, must_have)


def home_data(view: SiteView) -> dict[str, Any]:
    """The declared data of `home.html`; no title stands on it twice, and what has nothing to show is empty."""
    job, site = view.job, view.site
    recommended = _recommended(view)
    own = [e for e in view.all_entries if not e.pushed and e.column]
    rest = _Rest(h.url for h in recommended)
    headline = rest.take(view, own or view.all_entries, 1)
    focus: list[dict[str, Any]] = []
    for entry, picture in _pictured(view, own):
        if len(focus) == FOCUS:
            break
        focus += [{**card(one), "picture": picture} for one in rest.take(view, [entry], 1)]
    headlines = rest.take(view, own or view.all_entries, HEADLINES)
    return {
        "url": site.url + "/",
        "name": site.name,
        "logo": site_picture(view, "logo", ""),
        "banner": site_picture(view, "banner", ""),
        "search": job.cluster.search,
        "hot": list(dict.fromkeys(promoted.queries[0] for promoted in site.promoted))[:HOT_WORDS],
        "tags": home_tags(view),
        "editions": editions(view, "index.html"),
        "jsonld": jsonld.home(view),
        "headline": card(headline[0]) if headline else None,
        "focus": focus,
        "headlines": [card(entry) for entry in headlines],
        "columns": [
            {"name": c.name, "href": href(c.path) + "/", "items": [card(e) for e in items]}
            for c in view.columns
            if "/" not in c.path and not c.channel
            if (items := rest.take(view, view.listed(c.path), PER_COLUMN))
        ],
        "channels": [{"name": c.name, "url": href(c.path) + "/"} for c in view.columns if c.channel],
        "members": "sites.html" if job.members else "",
        "portal": {
            "name": job.portal.name,
            "url": job.portal.url + "/",
            "items": [{"title": h.title, "href": h.url, "date": h.date} for h in recommended],
        },
        "superiors": superior_links(view),
        "siblings": [{"name": n.name, "url": n.url + "/"} for n in job.siblings],
        "subordinates": [{"name": n.name, "url": n.url + "/"} for n in job.subordinates],
        "share": share(site.url + "/", site.name),
    }


def _recommended(view: SiteView) -> tuple[Headline, ...]:
    """The portal's column; the portal does not recommend itself."""
    return () if view.job.portal.url == view.site.url else view.job.headlines


class _Rest:
    """The articles that the page does not show yet, by the address where they are at home."""

    def __init__(self, shown: Iterable[str]) -> None:
        self.shown = set(shown)

    def take(self, view: SiteView, entries: Iterable[Entry], count: int) -> list[Entry]:
        """The first ones; from now on they are shown."""
        taken: list[Entry] = []
        for entry in entries:
            if len(taken) == count:
                break
            home = view.canonical(entry)
            if home not in self.shown:
                self.shown.add(home)
                taken.append(entry)
        return taken


def _pictured(view: SiteView, entries: Iterable[Entry]) -> Iterator[tuple[Entry, dict[str, Any]]]:
    """The articles whose text shows a picture that is published, each with its first one."""
    digests = {a.path: a.digest for a in view.attachments}
    store = Pictures(view.job.root)
    for entry in entries:
        if "pictures" in entry.article.extra:
            facts = {path: store.facts(source, digest) for path, source, digest in shown(view, digests, entry)}
            for address in entry.article.extra["pictures"]:
                path = local_path(entry.article.folder, address)
                if found := facts.get(path):
                    yield entry, {"src": href(path), **found._asdict()}
                    break


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
