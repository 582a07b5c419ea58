"""What is new on a site, as its feeds and the digests sent by mail tell it: articles and the updates of some, the newest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from jiyue.catalogue.article import Article
from jiyue.catalogue.updates import newest_updates
from jiyue.render.pages.view import Entry, SiteView
from jiyue.render.theme.translations import N_

FOLLOWS = N_("最新进展：%s")
"""The title of an update."""

Update = dict[str, str]


class Item(NamedTuple):
    """An entry. date and updated are 'YYYY-MM-DD HH:MM' as in the catalogue; lang is '' if it is the feed's.

    media_type: of what it leads to, '' for a page.
    """

    id: str
    url: str
    title: str
    summary: str
    date: str
    updated: str
    source: str
    lang: str = ""
    media_type: str = ""


def is_news(entry: Entry) -> bool:
    """Whether a list of news shows it: single pages, which may have no date, are not news."""
    return bool(entry.column and entry.article.date)


def own_news(view: SiteView) -> Iterator[Entry]:
    """The site's own articles, the newest first, as its feed has them; what is pushed to it is news elsewhere."""
    return (entry for entry in view.all_entries if not entry.pushed and is_news(entry))


def followed(entries: Iterable[Entry]) -> list[Entry]:
    """Those that have updates."""
    return [entry for entry in entries if entry.column and "updates" in entry.article.extra]


def has_word(article: Article, kind: str, word: str) -> bool:
    """Whether an article has a topic (主题分类) or one below it, or one of its keywords is the word. kind: `topic` or `keyword`."""
    if kind == "topic":
        return f"{article.extra.get('topic', '')}/".startswith(f"{word}/")
    return word in article.extra.get("keywords", ())


def by_time(entries: list[Entry], followed: Iterable[Entry]) -> list[tuple[Entry, Update | None]]:
    """Articles and the updates of some as one list, the newest first."""
    both: list[tuple[Entry, Update | None]] = [(entry, None) for entry in entries]
    more = [(entry, update) for entry in followed for update in newest_updates(entry.article)]
    if not more:
        return both
    times = {id(update): update["at"] for _, update in more}
    return sorted([*both, *more], key=lambda one: times.get(id(one[1]), one[0].article.date), reverse=True)


def tag(url: str, site: str, article_id: str) -> str:
    """A tag URI (RFC 4151) that does not depend on title, date, column or address."""
    return f"tag:{urlsplit(url).hostname},2026:{site}/{article_id}"


def item(view: SiteView, entry: Entry, update: Update | None = None) -> Item:
    """An article, or one of its updates as an entry of its own; a reader that knows it by its id shows it once."""
    article, pushed = entry.article, entry.pushed
    known_by = tag(pushed.origin_url if pushed else view.site.url, article.site, article.id)
    lang = lang_of(article.extra.get("lang", ""), view)
    if update is None:
        return Item(
            known_by, view.url(entry.path), article.title, article.summary, article.date, article.updated, view.source(entry), lang,
        )  # fmt: skip
    place, title = f"#update-{update['id']}", view.words(FOLLOWS) % article.title
    return Item(
        known_by + place, view.url(entry.path) + place, title, update["text"], update["at"], "", view.source(entry), lang,
    )  # fmt: skip


def lang_of(lang: str, view: SiteView) -> str:
    """An entry's language, '' if it is the feed's."""
    return "" if lang == view.site.lang else lang
