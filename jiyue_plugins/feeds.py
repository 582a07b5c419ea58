"""Feeds: Atom, RSS 2.0 and JSON Feed for the site, each column, each declared topic and keyword; of the root also for the cluster.

Each has twenty entries, so that the cost does not grow with the archive. A pushed article has the same id on every site,
so that feed readers show it once. `feeds: full` in the site's file gives the full text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from html import escape
from itertools import islice, takewhile
from typing import NamedTuple

from jiyue.catalogue.summary import NEWEST
from jiyue.render.pages.cards import FEEDS, word_stem
from jiyue.render.pages.news import Item, by_time, followed, has_word, is_news, item, lang_of, own_news, tag
from jiyue.render.pages.page import File
from jiyue.render.pages.signals import site_pages, text_pages
from jiyue.render.pages.view import Entry, SiteView
from jiyue_plugins import feedtext
from jiyue_plugins.feedtext import Feed
from jiyue_plugins.links import data_files

WRITERS = dict(zip((name for name, _ in FEEDS), (feedtext.atom, feedtext.rss, feedtext.json_feed), strict=True))


class _Source(NamedTuple):
    """A feed whose bodies are not read yet: its facts and body digests show whether it changed."""

    feed: Feed
    bodies: Sequence[tuple[str, Callable[[], str]]]


def pages(view: SiteView) -> Iterator[File]:
    """Three files for the site, for each column, and for the cluster in the root's tree."""
    site = view.site
    own = list(islice(own_news(view), NEWEST))
    updated = followed(view.all_entries)
    yield from _files(
        "feed", _source(view, "feed", site.name, site.url + "/", own, [e for e in updated if not e.pushed])
    )
    for column in view.columns:
        folder, stem = f"{column.path}/", f"{column.path}/feed"
        title = f"{site.name}-{column.name}"
        listed = view.listed(column.path)
        below = updated and [e for e in updated if e in listed]
        yield from _files(stem, _source(view, stem, title, view.url(folder), newest(listed), below))
    for kind, word in site.feeds_by:
        stem = word_stem(kind, word)
        found = [entry for entry in view.all_entries if is_news(entry) and has_word(entry.article, kind, word)]
        title = f"{site.name}-{word}"
        yield from _files(stem, _source(view, stem, title, site.url + "/", found[:NEWEST], followed(found)))
    if view.job.cluster_pages:
        yield from _files("cluster", _cluster(view))


def of_texts(view: SiteView) -> Iterator[File]:
    """The same where they have texts."""
    return pages(view) if view.site.feeds == "full" else iter(())


def newest(entries: list[Entry]) -> list[Entry]:
    """The newest rows by date. A list has its pinned rows first and is sorted by date after them."""
    pinned = sum(1 for _ in takewhile(lambda e: "pinned" in e.article.extra, entries))
    few = sorted(entries[: pinned + NEWEST], key=lambda e: (e.article.date, e.article.id), reverse=True)
    return [entry for entry in few[:NEWEST] if entry.article.date]


def _source(
    view: SiteView, stem: str, title: str, home: str, entries: list[Entry], updated: Iterable[Entry] = ()
) -> _Source:
    """A feed of articles and of the updates of those in `updated`, the newest first."""
    items, bodies = [], []
    for entry, update in by_time(entries, updated)[:NEWEST]:
        items.append(item(view, entry, update))
        if update:
            bodies.append((update["text"], partial(_paragraph, update["text"])))
        elif view.site.feeds == "full":
            article, pushed = entry.article, entry.pushed
            key = f"{article.digest}{view.links(entry)}{pushed.pictures if pushed else ''}{data_files(view, entry)}"
            bodies.append((key, partial(feedtext.full_text, view, entry)))
    full = bodies if view.site.feeds == "full" else []
    return _Source(Feed(title, home, view.url(stem), view.site.name, view.site.lang, items, view.site.hub), full)


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _cluster(view: SiteView) -> _Source:
    shared, name = view.job.cluster_pages, view.job.cluster.name
    items = [
        Item(
            tag(a.site_url, a.site, a.id),
            a.url,
            a.title,
            a.summary,
            a.date,
            a.updated,
            a.site_name,
            lang_of(a.lang, view),
        )
        for a in (shared.newest if shared else ())
    ]
    return _Source(Feed(name, view.site.url + "/", view.url("cluster"), name, view.site.lang, items, view.site.hub), [])


def _files(stem: str, source: _Source) -> Iterator[File]:
    facts = json.dumps([source.feed, [key for key, _ in source.bodies]], ensure_ascii=False)
    digest = hashlib.blake2b(facts.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    bodies = cache(lambda: [make() for _, make in source.bodies])
    for name, write in WRITERS.items():
        suffix = name.removeprefix("feed")
        yield File(stem + suffix, digest, partial(_make, write, source.feed, suffix, bodies))


def _make(
    write: Callable[[Feed, str, list[str]], str], feed: Feed, suffix: str, bodies: Callable[[], list[str]]
) -> bytes:
    return write(feed, feed.stem + suffix, bodies()).encode()


def register() -> None:
    """Called by Pelican and by the engine."""
    site_pages.connect(pages)
    text_pages.connect(of_texts)
