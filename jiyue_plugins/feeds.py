"""Feeds: Atom, RSS 2.0 and JSON Feed for the site and each column, and, on the root site, for the whole cluster.

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
from urllib.parse import urlsplit

from jiyue.catalogue.summary import NEWEST
from jiyue.catalogue.updates import newest_updates
from jiyue.render.pages.cards import FEEDS
from jiyue.render.pages.page import File
from jiyue.render.pages.signals import site_pages
from jiyue.render.pages.view import Entry, SiteView
from jiyue.render.theme.translations import N_
from jiyue_plugins import feedtext
from jiyue_plugins.feedtext import Feed, Item
from jiyue_plugins.links import data_files

WRITERS = dict(zip((name for name, _ in FEEDS), (feedtext.atom, feedtext.rss, feedtext.json_feed), strict=True))


FOLLOWS = N_("最新进展：%s")
"""The title of an update."""


class _Source(NamedTuple):
    """A feed whose bodies are not read yet: its facts and body digests show whether it changed."""

    feed: Feed
    bodies: Sequence[tuple[str, Callable[[], str]]]


def pages(view: SiteView) -> Iterator[File]:
    """Three files for the site, for each column, and for the cluster in the root's tree."""
    site = view.site
    own = islice((e for e in view.all_entries if not e.pushed and e.column and _dated(e)), NEWEST)
    followed = [e for e in view.all_entries if e.column and "updates" in e.article.extra]
    yield from _files(
        "feed", _source(view, "", site.name, site.url + "/", list(own), [e for e in followed if not e.pushed])
    )
    for column in view.columns:
        folder = column.path + "/"
        title = f"{site.name}-{column.name}"
        listed = view.listed(column.path)
        below = followed and [e for e in followed if e in listed]
        yield from _files(folder + "feed", _source(view, folder, title, view.url(folder), newest(listed), below))
    if view.job.cluster_pages:
        yield from _files("cluster", _cluster(view))


def newest(entries: list[Entry]) -> list[Entry]:
    """The newest rows by date. A list has its pinned rows first and is sorted by date after them."""
    pinned = sum(1 for _ in takewhile(lambda e: "pinned" in e.article.extra, entries))
    few = sorted(entries[: pinned + NEWEST], key=lambda e: (e.article.date, e.article.id), reverse=True)
    return [entry for entry in few[:NEWEST] if _dated(entry)]


def _dated(entry: Entry) -> bool:
    """Whether an entry has a date: single pages may have none, and are not news."""
    return bool(entry.article.date)


def tag(url: str, site: str, article_id: str) -> str:
    """A tag URI (RFC 4151) that does not depend on title, date, column or address."""
    return f"tag:{urlsplit(url).hostname},2026:{site}/{article_id}"


def _source(
    view: SiteView, folder: str, title: str, home: str, entries: list[Entry], followed: Iterable[Entry] = ()
) -> _Source:
    """A feed of articles and of the updates of those in followed, the newest first."""
    items, bodies = [], []
    for entry, update in _by_time(entries, followed):
        article, pushed = entry.article, entry.pushed
        if update:
            items.append(_update(view, entry, update))
            bodies.append((update["text"], partial(_paragraph, update["text"])))
            continue
        items.append(
            Item(
                tag(pushed.origin_url if pushed else view.site.url, article.site, article.id), view.url(entry.path),
                article.title, article.summary, article.date, article.updated,
                view.source(entry),
                _lang(article.extra.get("lang", ""), view),
            )
        )  # fmt: skip
        if view.site.feeds == "full":
            key = f"{article.digest}{view.links(entry)}{pushed.pictures if pushed else ''}{data_files(view, entry)}"
            bodies.append((key, partial(feedtext.full_text, view, entry)))
    full = bodies if view.site.feeds == "full" else []
    return _Source(Feed(title, home, view.url(folder + "feed"), view.site.name, view.site.lang, items), full)


def _by_time(entries: list[Entry], followed: Iterable[Entry]) -> list[tuple[Entry, dict[str, str] | None]]:
    """What a feed shows: articles, and the updates of some, as one list."""
    both: list[tuple[Entry, dict[str, str] | None]] = [(entry, None) for entry in entries]
    more = [(entry, update) for entry in followed for update in newest_updates(entry.article)]
    if not more:
        return both
    times = {id(update): update["at"] for _, update in more}
    both = sorted([*both, *more], key=lambda one: times.get(id(one[1]), one[0].article.date), reverse=True)
    return both[:NEWEST]


def _update(view: SiteView, entry: Entry, update: dict[str, str]) -> Item:
    """An update as an entry of its own; a reader that knows it by its id shows it once."""
    article, pushed = entry.article, entry.pushed
    known_by = tag(pushed.origin_url if pushed else view.site.url, article.site, article.id)
    place, title = f"#update-{update['id']}", view.words(FOLLOWS) % article.title
    lang = _lang(article.extra.get("lang", ""), view)
    return Item(
        known_by + place,
        view.url(entry.path) + place,
        title,
        update["text"],
        update["at"],
        "",
        view.source(entry),
        lang,
    )


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _lang(lang: str, view: SiteView) -> str:
    """An entry's language, '' if it is the feed's."""
    return "" if lang == view.site.lang else lang


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
            _lang(a.lang, view),
        )
        for a in (shared.newest if shared else ())
    ]
    return _Source(Feed(name, view.site.url + "/", view.url("cluster"), name, view.site.lang, items), [])


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
