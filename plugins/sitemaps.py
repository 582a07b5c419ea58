"""sitemap.xml and robots.txt: the site's own pages for search engines; pushed copies are their origin's business."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from xml.sax.saxutils import escape

from jiyue.site.page import File
from jiyue.site.signals import site_pages
from jiyue.site.view import SiteView

PER_FILE = 40_000
"""Below the protocol's 50,000 addresses, and below Baidu's 10 MB at 250 bytes an address."""


def pages(view: SiteView) -> Iterator[File]:
    """One sitemap, or several and their index."""
    urls = [(view.site.url + "/", "")]
    urls += [(view.url(f"{c.path}/index.html"), view.entries[c.path][0].article.date[:10]) for c in view.columns]
    own = sorted(
        (e for e in view.all_entries if not e.pushed and "repost_of" not in e.article.extra), key=lambda e: e.path
    )
    urls += [(view.url(e.path), (e.article.updated or e.article.date)[:10]) for e in own]
    chunks = [urls[n : n + PER_FILE] for n in range(0, len(urls), PER_FILE)]
    names = ["sitemap.xml"] if len(chunks) == 1 else [f"sitemap-{n}.xml" for n in range(1, len(chunks) + 1)]
    for name, chunk in zip(names, chunks, strict=True):
        rows = "".join(
            f"<url><loc>{escape(u)}</loc>{f'<lastmod>{d}</lastmod>' if _real(d) else ''}</url>\n" for u, d in chunk
        )
        yield _file(name, "urlset", rows)
    if len(names) > 1:
        rows = "".join(f"<sitemap><loc>{escape(view.url(name))}</loc></sitemap>\n" for name in names)
        yield _file("sitemap.xml", "sitemapindex", rows)
    shards = [*names, "sitemap.xml"] if len(names) > 1 else names
    robots = "User-agent: *\nAllow: /\n" + "".join(f"Sitemap: {view.url(name)}\n" for name in shards)
    yield _bytes("robots.txt", robots)


def _real(date: str) -> bool:
    return bool(date) and not date.startswith("1970")


def _file(path: str, tag: str, rows: str) -> File:
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<{tag} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return _bytes(path, f"{head}{rows}</{tag}>\n")


def _bytes(path: str, text: str) -> File:
    data = text.encode()
    return File(path, hashlib.blake2b(data, digest_size=16).hexdigest(), lambda: data)


def register() -> None:
    """Called by Pelican and by the engine."""
    site_pages.connect(pages)
