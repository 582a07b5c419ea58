"""Sitemaps, robots.txt and IndexNow's key file: the site's own pages for search engines.

They list only what is public, indexable and canonical here: the origin lists pushed and reposted articles. Dates come
from front matter, never from the build. The root site also has an index of all sites' sitemaps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from html import escape

from jiyue.base.verified_read import digest
from jiyue.catalogue.article import Article
from jiyue.catalogue.shards import MAX_PICTURES, shard_name, shards
from jiyue.render.pages import jsonld
from jiyue.render.pages.page import File
from jiyue.render.pages.signals import site_pages
from jiyue.render.pages.view import Entry, SiteView

CLUSTER = "sitemap-cluster.xml"
INDEX = "sitemap-index.xml"

_NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_MORE = {
    "<image:": 'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"',
    "<xhtml:": 'xmlns:xhtml="http://www.w3.org/1999/xhtml"',
}
"""Prefix of an element -> the namespace declaration that it needs."""


def pages(view: SiteView) -> Iterator[File]:
    """One sitemap, or several and their index; robots.txt names each."""
    files = shards(view.scan.rows)
    names = [shard_name(number) for number in range(1, len(files) + 1)]
    newest = _newest(view)
    for number, (name, rows) in enumerate(zip(names, files, strict=True)):
        # sitemaps depend only on front matter, so editing a body rewrites none; the surroundings leave out what arrives
        fixed = newest if number == 0 else None
        made_of = f"{view.surroundings}{bool(view.job.members)}{name}{fixed}"
        yield File(name, digest(made_of.encode()), partial(_sitemap, view, rows, fixed))
    if len(names) > 1:
        yield _index(INDEX, [view.url(name) for name in names])
        names.append(INDEX)
    if view.job.cluster_pages:
        yield _index(CLUSTER, view.job.cluster_pages.sitemaps)
        names.append(CLUSTER)
    yield _file("robots.txt", "User-agent: *\nAllow: /\n" + "".join(f"Sitemap: {view.url(name)}\n" for name in names))
    if view.site.indexnow_key:
        yield _file(f"{view.site.indexnow_key}.txt", view.site.indexnow_key)


def _newest(view: SiteView) -> dict[str, str]:
    """Column → the date of its newest article, of those that arrived from other sites, too; '' if it has none."""
    return {
        column.path: max(
            [*(e.article.date for e in view.listed(column.path)), *(one.date for one in view.gathered(column.path))],
            default="",
        )
        for column in view.columns
    }


def _sitemap(view: SiteView, rows: list[Article], newest: dict[str, str] | None) -> bytes:
    """A sitemap of these articles; the first one, which gets the newest dates of columns, also lists the fixed pages."""
    urls = [
        *(_fixed(view, newest) if newest is not None else ()),
        *(_article(view, row) for row in rows if row.is_public(view.job.now)),
    ]
    # the protocol forbids empty sitemaps: one whose articles are all scheduled lists the home page
    entries = "".join(urls or [_url(view.site.url + "/", "")])
    names = " ".join([_NAMESPACE, *(given for prefix, given in _MORE.items() if prefix in entries)])
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {names}>\n{entries}</urlset>\n'.encode()


def _fixed(view: SiteView, newest: dict[str, str]) -> Iterator[str]:
    """Entries for the home page, the columns' first pages and the site map for readers."""
    yield _page(view, "index.html", max(newest.values(), default=""))
    for path, date in newest.items():
        yield _page(view, f"{path}/index.html", date)
    yield _url(view.url("sitemap.html"), "")
    if view.job.members:
        yield _url(view.url("sites.html"), "")


def _article(view: SiteView, row: Article) -> str:
    images = jsonld.pictures(view, Entry(row, row.column, row.path))[:MAX_PICTURES] if "pictures" in row.extra else ()
    return _page(view, row.path, row.updated or row.date, images)


def _page(view: SiteView, path: str, date: str, images: Iterable[str] = ()) -> str:
    """A page's entry, with its pictures and all editions (including itself), if it has any."""
    shown = "".join(f"<image:image><image:loc>{escape(image)}</image:loc></image:image>" for image in images)
    if path in view.editions:
        editions = [(lang, view.url(other)) for lang, other in view.editions[path].items()]
        for lang, address in (*editions, ("x-default", editions[0][1])):
            shown += f'<xhtml:link rel="alternate" hreflang="{lang}" href="{escape(address)}"/>'
    return _url(view.url(path), date, shown)


def _url(address: str, date: str, more: str = "") -> str:
    lastmod = f"<lastmod>{date[:10]}</lastmod>" if date else ""
    return f"<url><loc>{escape(address)}</loc>{lastmod}{more}</url>\n"


def _index(name: str, addresses: Iterable[str]) -> File:
    rows = "".join(f"<sitemap><loc>{escape(address)}</loc></sitemap>\n" for address in addresses)
    return _file(name, f'<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex {_NAMESPACE}>\n{rows}</sitemapindex>\n')


def _file(path: str, text: str) -> File:
    data = text.encode()
    return File(path, digest(data), lambda: data)


def register() -> None:
    """Called by Pelican and by the engine."""
    site_pages.connect(pages)
