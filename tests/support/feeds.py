"""Checks feeds by RFC 4287, RSS 2.0 with the RSS Board's profile and JSON Feed 1.1, and reads them like a feed reader.

The W3C's feed validator is in no package registry, so its rules are restated here; feedparser checks independently how
feeds are understood.
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from html import unescape
from html.parser import HTMLParser
from time import struct_time
from zoneinfo import ZoneInfo

import feedparser

ATOM = "{http://www.w3.org/2005/Atom}"
DC = "{http://purl.org/dc/elements/1.1/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
ABSOLUTE = re.compile(r"https?://[^\s/]+/\S*")
IRI = re.compile(r"(?:https?://[^\s/]+/|tag:[a-z0-9.-]+,\d{4}:)\S*")
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)")


def faults(name: str, data: bytes, address: str) -> list[str]:
    """The faults that the validator would report for a feed served at `address`; name ends with its kind."""
    kind = name.rpartition(".")[2]
    return list({"atom": atom, "rss": rss, "json": json_feed}[kind](data, address))


def read(data: bytes) -> list[tuple[str, str, str, str]]:
    """(id, address, title, time) of each entry of an XML feed, as read by feedparser.

    Raises AssertionError for a feed that feedparser calls `bozo`: not well-formed, wrongly encoded or wrongly declared.
    """
    feed = feedparser.parse(data)
    assert not feed.bozo, feed.bozo_exception
    assert feed.version in ("atom10", "rss20")
    assert feed.feed.title
    return [(e.id, e.link, unescape(e.title), _moment(e.published_parsed)) for e in feed.entries]


def _moment(utc: struct_time) -> str:
    return datetime(*utc[:6], tzinfo=UTC).astimezone(ZoneInfo("Asia/Shanghai")).isoformat()


def atom(data: bytes, address: str) -> Iterator[str]:
    """RFC 4287."""
    feed = ET.fromstring(data)
    if feed.tag != f"{ATOM}feed":
        yield f"the root is {feed.tag}"
    yield from _once(feed, ATOM, ("id", "title", "updated"), "feed")
    yield from _atom_links(feed, "feed")
    if [link.get("href") for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"] != [address]:
        yield "no link to itself"
    entries = feed.findall(f"{ATOM}entry")
    for entry in entries:
        where = entry.findtext(f"{ATOM}id") or "entry"
        yield from _once(entry, ATOM, ("id", "title", "updated"), where)
        yield from _atom_links(entry, where)
        if entry.find(f"{ATOM}author") is None and feed.find(f"{ATOM}author") is None:
            yield f"{where}: no author"
        for author in entry.findall(f"{ATOM}author"):
            if not (author.findtext(f"{ATOM}name") or "").strip():
                yield f"{where}: an author without a name"
        published, updated = entry.findtext(f"{ATOM}published"), entry.findtext(f"{ATOM}updated")
        for moment in filter(None, (published, updated)):
            yield from _rfc3339(moment, where)
        content = entry.find(f"{ATOM}content")
        if content is None and not any(link.get("rel") == "alternate" for link in entry.findall(f"{ATOM}link")):
            yield f"{where}: neither content nor an alternate link"
        if content is not None and content.get("type") == "html":
            yield from _html(content.text or "", where)
    yield from _rfc3339(feed.findtext(f"{ATOM}updated") or "", "feed")
    ids = [entry.findtext(f"{ATOM}id") or "" for entry in entries]
    yield from _unique([feed.findtext(f"{ATOM}id") or "", *ids])
    yield from (f"{i} is no IRI" for i in ids if not IRI.fullmatch(i))


def rss(data: bytes, address: str) -> Iterator[str]:
    """RSS 2.0."""
    root = ET.fromstring(data)
    channel = root.find("channel")
    if root.tag != "rss" or root.get("version") != "2.0" or channel is None:
        yield "no RSS 2.0"
        return
    yield from _once(channel, "", ("title", "link", "description", "language", "lastBuildDate"), "channel")
    links = [link.get("href") for link in channel.findall(f"{ATOM}link") if link.get("rel") == "self"]
    if links != [address]:
        yield "no link to itself"
    yield from _rfc822(channel.findtext("lastBuildDate") or "", "channel")
    guids = []
    for item in channel.findall("item"):
        guid = item.find("guid")
        where = (guid.text or "") if guid is not None else "item"
        if guid is None:
            yield "an item without guid"
        elif guid.get("isPermaLink") != "false" and not ABSOLUTE.fullmatch(where):
            yield f"{where}: a guid that is a permalink must be an address"
        guids.append(where)
        yield from _once(item, "", ("title", "link", "pubDate"), where)
        if not ABSOLUTE.fullmatch(item.findtext("link") or ""):
            yield f"{where}: the link is not absolute"
        yield from _rfc822(item.findtext("pubDate") or "", where)
        if item.find("author") is not None:
            yield f"{where}: author must be an e-mail address; names belong into dc:creator"
        for text in (item.findtext("description"), item.findtext(f"{CONTENT}encoded")):
            yield from _html(text or "", where)
    yield from _unique(guids)


def json_feed(data: bytes, address: str) -> Iterator[str]:
    """JSON Feed 1.1."""
    feed = json.loads(data)
    if feed.get("version") != "https://jsonfeed.org/version/1.1":
        yield "no version"
    if not feed.get("title"):
        yield "no title"
    if feed.get("feed_url") != address:
        yield "feed_url is not its address"
    for item in feed["items"]:
        where = item.get("id", "item")
        if not isinstance(item.get("id"), str):
            yield "an item without id"
        if ("content_html" in item) == ("content_text" in item):
            yield f"{where}: exactly one of content_html and content_text"
        if not ABSOLUTE.fullmatch(item.get("url", "")):
            yield f"{where}: the url is not absolute"
        for key in ("date_published", "date_modified"):
            yield from _rfc3339(item[key], where) if key in item else ()
        if not all(author.get("name") for author in item.get("authors", [])):
            yield f"{where}: an author without a name"
        yield from _html(item.get("content_html", ""), where)
    yield from _unique([item["id"] for item in feed["items"]])


def _once(element: ET.Element, space: str, names: Iterable[str], where: str) -> Iterator[str]:
    for name in names:
        found = element.findall(f"{space}{name}")
        if len(found) != 1 or not (found[0].text or "").strip():
            yield f"{where}: {name} has to stand there once, with a value"


def _atom_links(element: ET.Element, where: str) -> Iterator[str]:
    seen = set()
    for link in element.findall(f"{ATOM}link"):
        if not ABSOLUTE.fullmatch(link.get("href") or ""):
            yield f"{where}: the link {link.get('href')} is not absolute"
        key = (link.get("rel") or "alternate", link.get("type"), link.get("hreflang"))
        if key in seen and key[0] == "alternate":
            yield f"{where}: two alternate links of one type and language"
        seen.add(key)


def _rfc3339(text: str, where: str) -> Iterator[str]:
    try:
        if not RFC3339.fullmatch(text):
            raise ValueError
        datetime.fromisoformat(text)
    except ValueError:
        yield f"{where}: {text!r} is no RFC 3339 date"


def _rfc822(text: str, where: str) -> Iterator[str]:
    """A fault for an invalid RFC 822 date; its weekday is checked, too, as by the validator."""
    try:
        if format_datetime(parsedate_to_datetime(text)) != text:
            raise ValueError
    except (ValueError, TypeError):
        yield f"{where}: {text!r} is no RFC 822 date"


def _unique(ids: list[str]) -> Iterator[str]:
    yield from (f"the id {i} stands twice" for i in sorted({i for i in ids if ids.count(i) > 1}))


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "iframe", "form", "object", "embed"):
            self.bad.append(f"<{tag}> is not allowed")
        for name, value in attrs:
            if name.startswith("on") or name == "style":
                self.bad.append(f"the attribute {name} is not allowed")
            if name in ("href", "src") and not re.match(r"(?:https?|mailto|tel):", value or ""):
                self.bad.append(f"{value} is not absolute")


def _html(text: str, where: str) -> Iterator[str]:
    parser = _Links()
    parser.feed(text)
    parser.close()
    yield from (f"{where}: {fault}" for fault in parser.bad)
