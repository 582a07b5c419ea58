"""Chooses what a digest shows: the items of the site's feeds within a period, by column."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from itertools import takewhile
from typing import NamedTuple

from jiyue.base.clock import parse_date
from jiyue.render.pages.jsonld import pictures
from jiyue.render.pages.news import Item, by_time, followed, has_word, is_news, item, own_news
from jiyue.render.pages.shell import emergency
from jiyue.render.pages.view import Entry, SiteView


class Period(NamedTuple):
    """From a moment until another, both included, 'YYYY-MM-DD HH:MM'."""

    since: str
    until: str

    @property
    def text(self) -> str:
        """In Chinese: its days."""
        since, until = (f"{day[:4]}年{int(day[5:7])}月{int(day[8:10])}日" for day in self)
        return since if since == until else f"{since}至{until}"


class Wanted(NamedTuple):
    """What is wanted; () for any. columns: paths, with the columns below them; topics: 主题分类; keywords: one is enough."""

    columns: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


ANYTHING = Wanted()


class Section(NamedTuple):
    """A column of a digest. pictures: of each item, complete addresses."""

    name: str
    items: list[tuple[Item, list[str]]]


class Digest(NamedTuple):
    """A digest of a site. url: the site's; notice: the cluster's, '' for none; alerts: (text, complete
    address or '') of the emergency alerts in force, the gravest first; sections: in the order of the site's columns."""

    site: str
    name: str
    url: str
    lang: str
    period: Period
    sections: list[Section]
    notice: str = ""
    alerts: tuple[tuple[str, str], ...] = ()

    @property
    def size(self) -> int:
        """How many items it has."""
        return sum(len(section.items) for section in self.sections)


def period(since: str, until: str, now: str) -> Period | None:
    """The period that the options name: `7d` for the last seven days, or a day or moment; None if they can't be read.

    A day of `until` counts whole, but nothing later than now is in a digest.
    """
    begin: str | None
    if since[-1:] == "d" and since[:-1].isdecimal() and len(since) < 5:
        begin = f"{datetime.fromisoformat(now) - timedelta(days=int(since[:-1])):%Y-%m-%d %H:%M}"
    else:
        begin = parse_date(since)
    end = parse_date(until) if until else now
    if end and len(until) == 10:
        end = f"{end[:10]} 23:59"
    return Period(begin, min(end, now)) if begin and end and begin <= end else None


def digest(view: SiteView, period: Period, wanted: Wanted = ANYTHING) -> Digest:
    """The digest of a site. Without columns it has what the site's feed has; with some, what their feeds have."""
    names = {column.path: column.name for column in view.columns}
    sections: dict[str, list[tuple[Item, list[str]]]] = {path: [] for path in names}
    for entry, update in by_time(list(_entries(view, period, wanted.columns)), followed(_all(view, wanted.columns))):
        moment = update["at"] if update else entry.article.date
        if period.since <= moment <= period.until and matches(entry, wanted.topics, wanted.keywords):
            sections[entry.column].append((item(view, entry, update), pictures(view, entry)))
    made = [Section(names[path], items) for path, items in sections.items() if items]
    site = view.site
    return Digest(site.id, site.name, site.url, site.lang, period, made, view.job.cluster.notice, _alerts(view))


def _alerts(view: SiteView) -> tuple[tuple[str, str], ...]:
    lines = emergency(view, f"{view.site.url}/", view.words)
    return tuple((f"【{line['name']}】{line['text']}", line["url"]) for line in lines)


def matches(entry: Entry, topics: Collection[str], keywords: Collection[str]) -> bool:
    """Whether an article has one of the topics and one of the keywords, as far as any are wanted."""
    article = entry.article
    return (not topics or any(has_word(article, "topic", word) for word in topics)) and (
        not keywords or any(has_word(article, "keyword", word) for word in keywords)
    )


def _all(view: SiteView, columns: tuple[str, ...]) -> Iterator[Entry]:
    if not columns:
        return (entry for entry in view.all_entries if not entry.pushed)
    return (
        entry
        for entry in view.all_entries
        if is_news(entry) and any(f"{entry.column}/".startswith(f"{path}/") for path in columns)
    )


def _entries(view: SiteView, period: Period, columns: tuple[str, ...]) -> Iterator[Entry]:
    known = _all(view, columns) if columns else own_news(view)
    return takewhile(lambda entry: entry.article.date >= period.since, known)
