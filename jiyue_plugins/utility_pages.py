"""Pages that every site has: the site map for readers and the 404 page; on the root site also the list of all sites."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jiyue.render.offline import PAGE as OFFLINE
from jiyue.render.pages.cards import all_feeds, card, duty
from jiyue.render.pages.job import href
from jiyue.render.pages.page import Page
from jiyue.render.pages.signals import site_pages
from jiyue.render.pages.view import SiteView
from jiyue.render.theme.translations import N_

LATEST = 10


def pages(view: SiteView) -> Iterator[Page]:
    """`sitemap.html` and `404.html`."""
    yield Page("sitemap.html", "sitemap.html", sitemap_data(view))
    if view.job.members:
        yield Page("sites.html", "members.html", members_data(view))
    base = view.site.base_path + "/"
    yield Page(
        "404.html",
        "404.html",
        {"root": base, "columns": [{"name": c.name, "href": base + href(c.path) + "/"} for c in view.columns]},
    )


def sitemap_data(view: SiteView) -> dict[str, Any]:
    """The declared data of `sitemap.html`: every column with its newest articles, every single page, related sites."""
    job = view.job
    return {
        "url": view.url("sitemap.html"),
        "columns": [
            {
                "name": c.name,
                "href": href(c.path) + "/",
                "duty": duty(view, c),
                "count": len(view.listed(c.path)) + len(view.gathered(c.path)),
                "items": [card(e) for e in view.listed(c.path)[:LATEST]],
            }
            for c in view.columns
        ],
        "offline": OFFLINE if view.site.offline else "",
        "feeds": all_feeds(view),
        "pages": [card(e) for e in view.entries.get("", [])],
        "siblings": [{"name": n.name, "url": n.url + "/"} for n in job.siblings],
        "subordinates": [{"name": n.name, "url": n.url + "/"} for n in job.subordinates],
    }


KINDS = (
    ("province", N_("省级门户")), ("prefecture", N_("市（州）")), ("department", N_("部门")), ("county", N_("县（市、区）")),
)  # fmt: skip


def members_data(view: SiteView) -> dict[str, Any]:
    """The declared data of `members.html`: the cluster's sites by kind, counties and departments below their government."""
    members = view.job.members
    names = {m.id: m for m in members}
    groups = []
    for kind, label in KINDS:
        of_kind = [m for m in members if m.kind == kind]
        parts: dict[str, list[dict[str, str]]] = {}
        for m in of_kind:
            above = m.superior if kind in ("county", "department") and m.superior != view.site.id else ""
            parts.setdefault(above, []).append({"name": m.name, "url": m.url + "/"})
        if of_kind:
            rows = [
                {
                    "name": names[p].name if p in names else "",
                    "url": names[p].url + "/" if p in names else "",
                    "links": links,
                }
                for p, links in parts.items()
            ]
            groups.append({"name": view.words(label), "count": len(of_kind), "parts": rows})
    return {
        "url": view.url("sites.html"),
        "cluster": view.job.cluster.name,
        "count": len(members),
        "groups": groups,
    }


def register() -> None:
    """Called by Pelican and by the engine."""
    site_pages.connect(pages)
