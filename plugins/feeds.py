"""The Atom feed of a site: its 20 newest articles, pushed ones left to their origin."""

from __future__ import annotations

import json
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from jiyue.site.page import File
from jiyue.site.signals import site_pages
from jiyue.site.view import Entry, SiteView

ENTRIES = 20


def pages(view: SiteView) -> Iterator[File]:
    """`feed.atom`."""
    newest = [e for e in view.all_entries if not e.pushed and e.column][:ENTRIES]
    facts = [
        [e.article.id, e.article.title, e.article.date, e.article.updated, e.article.summary, e.path] for e in newest
    ]
    yield File(
        "feed.atom", json.dumps([view.site.name, view.site.url, facts], ensure_ascii=False), lambda: atom(view, newest)
    )


def atom(view: SiteView, newest: list[Entry]) -> bytes:
    """The feed's bytes; its own `updated` is that of its newest entry, never the build's time."""
    site = view.site
    updated = max((_moment(e.article.updated or e.article.date) for e in newest), default="1970-01-01T00:00:00+08:00")
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="zh-CN">',
        f"<title>{escape(site.name)}</title>",
        f"<id>{escape(site.url)}/</id>",
        f"<updated>{updated}</updated>",
        f"<author><name>{escape(site.name)}</name></author>",
        f'<link rel="self" type="application/atom+xml" href={quoteattr(view.url("feed.atom"))}/>',
        f"<link href={quoteattr(site.url + '/')}/>",
    ]
    for entry in newest:
        article = entry.article
        url = view.url(entry.path)
        lines += [
            "<entry>",
            f"<title>{escape(article.title)}</title>",
            f"<id>{escape(url)}</id>",
            f"<link href={quoteattr(url)}/>",
            f"<published>{_moment(article.date)}</published>",
            f"<updated>{_moment(article.updated or article.date)}</updated>",
            f"<summary>{escape(article.summary or article.title)}</summary>",
            "</entry>",
        ]
    return ("\n".join([*lines, "</feed>"]) + "\n").encode()


def _moment(text: str) -> str:
    return f"{text[:10]}T{text[11:]}:00+08:00"


def register() -> None:
    """Called by Pelican and by the engine."""
    site_pages.connect(pages)
