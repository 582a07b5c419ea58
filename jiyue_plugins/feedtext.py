"""Serializes a feed in three formats: Atom (RFC 4287), RSS 2.0 with atom:link, JSON Feed 1.1."""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import lru_cache
from html import escape, unescape
from typing import Any, NamedTuple
from urllib.parse import urljoin

from jiyue.base.patterns import pattern
from jiyue.render.body import body_html, translated_labels
from jiyue.render.data_blocks import without_drawings
from jiyue.render.pages.jsonld import moment
from jiyue.render.pages.news import Item
from jiyue.render.pages.view import Entry, SiteView
from jiyue_plugins.links import data_files
from jiyue_plugins.posters import AI_LABELS

_TAG = pattern(r"<[a-z][^>]*>")
_ADDRESS = pattern(r'(\s(?:href|src|poster)=)"([^"]*)"')


class Feed(NamedTuple):
    """A feed. home: the address of its page; stem: its own address without suffix."""

    title: str
    home: str
    stem: str
    author: str
    lang: str
    items: list[Item]
    hub: str = ""
    """The address of the WebSub hub that announces it."""

    @property
    def updated(self) -> str:
        """The update time of its newest entry, never the time of the build."""
        return max((item.updated or item.date for item in self.items), default="1970-01-01 00:00")


def atom(feed: Feed, address: str, bodies: list[str]) -> str:
    """RFC 4287."""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{feed.lang}">',
        f"<title>{_text(feed.title)}</title>",
        f"<id>{_text(address)}</id>",
        f"<updated>{moment(feed.updated)}</updated>",
        f"<author><name>{_text(feed.author)}</name></author>",
        f'<link rel="self" type="application/atom+xml" href="{escape(address)}"/>',
        f'<link rel="alternate" type="text/html" href="{escape(feed.home)}"/>',
    ]
    lines += [f'<link rel="hub" href="{escape(feed.hub)}"/>'] if feed.hub else []
    for n, item in enumerate(feed.items):
        lines += [
            f'<entry xml:lang="{item.lang}">' if item.lang else "<entry>",
            f"<title>{_text(item.title)}</title>",
            f"<id>{_text(item.id)}</id>",
            *_links(item),
            f"<published>{moment(item.date)}</published>",
            f"<updated>{moment(item.updated or item.date)}</updated>",
            f"<author><name>{_text(item.source)}</name></author>",
        ]
        lines += [f"<summary>{_text(item.summary)}</summary>"] if item.summary else []
        lines += [f'<content type="html">{_text(bodies[n])}</content>'] if bodies else []
        lines.append("</entry>")
    return "\n".join([*lines, "</feed>"]) + "\n"


def _links(item: Item) -> list[str]:
    """Readers of feeds take an alternate of another type for none, so that one has no type, and a related one tells it."""
    if not item.media_type:
        return [f'<link rel="alternate" type="text/html" href="{escape(item.url)}"/>']
    typed = f'<link rel="related" type="{item.media_type}" href="{escape(item.url)}"/>'
    return [f'<link rel="alternate" href="{escape(item.url)}"/>', typed]


def rss(feed: Feed, address: str, bodies: list[str]) -> str:
    """RSS 2.0. The guid is not an address, so that it stays the same if the address changes."""
    names = 'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    if bodies:
        names += ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<rss version="2.0" {names}>',
        "<channel>",
        f"<title>{_text(feed.title)}</title>",
        f"<link>{_text(feed.home)}</link>",
        f"<description>{_text(feed.title)}最新发布</description>",
        f"<language>{feed.lang.lower()}</language>",
        f"<lastBuildDate>{_rfc822(feed.updated)}</lastBuildDate>",
        f'<atom:link rel="self" type="application/rss+xml" href="{escape(address)}"/>',
    ]
    lines += [f'<atom:link rel="hub" href="{escape(feed.hub)}"/>'] if feed.hub else []
    for n, item in enumerate(feed.items):
        lines += [
            "<item>",
            f"<title>{_text(item.title)}</title>",
            f"<link>{_text(item.url)}</link>",
            f'<guid isPermaLink="false">{_text(item.id)}</guid>',
            f"<pubDate>{_rfc822(item.date)}</pubDate>",
            f"<dc:creator>{_text(item.source)}</dc:creator>",
        ]
        lines += [f"<description>{_text(_text(item.summary))}</description>"] if item.summary else []
        lines += [f"<content:encoded>{_text(bodies[n])}</content:encoded>"] if bodies else []
        lines.append("</item>")
    return "\n".join([*lines, "</channel>", "</rss>"]) + "\n"


def json_feed(feed: Feed, address: str, bodies: list[str]) -> str:
    """JSON Feed 1.1."""
    items: list[dict[str, Any]] = []
    for n, item in enumerate(feed.items):
        made: dict[str, Any] = {"id": item.id, "url": item.url, "title": item.title}
        if item.summary:
            made["summary"] = item.summary
        made["content_html" if bodies else "content_text"] = bodies[n] if bodies else item.summary or item.title
        made["date_published"] = moment(item.date)
        if item.updated:
            made["date_modified"] = moment(item.updated)
        made["authors"] = [{"name": item.source}]
        if item.lang:
            made["language"] = item.lang
        items.append(made)
    hubs = {"hubs": [{"type": "WebSub", "url": feed.hub}]} if feed.hub else {}
    data = {
        "version": "https://jsonfeed.org/version/1.1", "title": feed.title, "home_page_url": feed.home,
        "feed_url": address, "language": feed.lang, "authors": [{"name": feed.author}], **hubs, "items": items,
    }  # fmt: skip
    return json.dumps(data, ensure_ascii=False) + "\n"


def full_text(view: SiteView, entry: Entry) -> str:
    """The body as on the page, with absolute addresses, and with the label for AI-generated content if it has one."""
    base = view.url(entry.path)

    def absolute(match: re.Match[str]) -> str:
        return f'{match[1]}"{escape(urljoin(base, unescape(match[2])))}"'

    extra = entry.article.extra
    label = AI_LABELS.get(extra.get("ai_generated", ""), "")
    html, _ = body_html(view.job.root, entry, view.links(entry), {}, data_files=data_files(view, entry))
    html = without_drawings(translated_labels(html, view.words))
    return _TAG.sub(lambda tag: _ADDRESS.sub(absolute, tag[0]), html) + (
        f"\n<p>{view.words_in(extra.get('lang', view.site.lang))(label)}</p>" if label else ""
    )


def _text(value: str) -> str:
    """Escape text for XML content."""
    return escape(value, quote=False)


@lru_cache(maxsize=4096)
def _rfc822(text: str) -> str:
    from email.utils import format_datetime  # noqa: PLC0415  (only where a feed is written)

    return format_datetime(datetime.fromisoformat(moment(text)))
