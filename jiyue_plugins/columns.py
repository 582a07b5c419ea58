"""Column pages: the list of a column's articles, 20 per page, `index.html`, `index_2.html` … in the column's own folder."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from jiyue.catalogue.links import PER_PAGE, STATISTICS, filter_page
from jiyue.linkage.gathering import Gathered
from jiyue.registry.site import Column
from jiyue.render.pages.cards import card, column_tags, duty, editions, platform, provincial, share
from jiyue.render.pages.job import href
from jiyue.render.pages.page import File, Page
from jiyue.render.pages.shell import root_prefix
from jiyue.render.pages.signals import site_pages
from jiyue.render.pages.view import Entry, SiteView
from jiyue_plugins.documents import DocumentPages
from jiyue_plugins.kind_data import state
from jiyue_plugins.letters import LetterLibrary, is_letters
from jiyue_plugins.library import DocumentLibrary, Library, is_library
from jiyue_plugins.links import Links
from jiyue_plugins.pager import pager


def pages(view: SiteView) -> Iterator[Page | File]:
    """Every list page of every column that has articles."""
    documents, links = DocumentPages(view), Links(view)
    for column in view.columns:
        entries = view.listed(column.path)
        library: Library | None = None
        if not column.channel and is_library(column, entries):
            library = DocumentLibrary(view, column, entries, documents)
        elif not column.channel and is_letters(entries):
            library = letters = LetterLibrary(view, column, entries)
            path = f"{column.path}/{STATISTICS}"
            yield Page(path, "statistics.html", column_data(view, column, path) | letters.figures(), column.path)
        if library:
            for path, more in library.pages():
                yield Page(path, "library.html", column_data(view, column, path) | more, column.path)
            if file := library.file():
                yield file
            continue
        row = partial(_pictured, links) if column.pictures else card
        rows = _with_gathered(entries, view.gathered(column.path))
        names = [filter_page("", "", n + 1) for n in range(-(-len(rows) // PER_PAGE))]
        for number, name in enumerate(names, 1):
            path = f"{column.path}/{name}"
            shown = rows[(number - 1) * PER_PAGE : number * PER_PAGE]
            items = [
                gathered_card(one) if isinstance(one, Gathered) else row(one, root_prefix(path)) | _state(view, one)
                for one in shown
            ]
            data = column_data(view, column, path) | {"items": items, "pager": pager(number, names)}
            if column.channel:
                data |= channel_data(view, column, root_prefix(path))
                data["front"] = channel_front(view, column, root_prefix(path)) if number == 1 else None
                if data["front"]:
                    data["children"] = []  # the front has them, with their articles
            yield Page(path, "channel.html" if column.channel else "column.html", data, column.path)


def _with_gathered(entries: list[Entry], gathered: list[Gathered]) -> list[Entry | Gathered]:
    """The rows of a list: its own articles as they are ordered, pinned ones first, and those gathered from other sites by date."""
    if not gathered:
        return [*entries]
    pinned = [entry for entry in entries if "pinned" in entry.article.extra]
    others: list[Entry | Gathered] = [*entries[len(pinned) :], *gathered]
    others.sort(key=lambda one: one.date if isinstance(one, Gathered) else one.article.date, reverse=True)
    return [*pinned, *others]


def gathered_card(one: Gathered) -> dict[str, Any]:
    """An article of another site in a list, with the site's name."""
    return {"title": one.title, "href": one.url, "date": one.date[:10], "site": one.site}


def _state(view: SiteView, entry: Entry) -> dict[str, Any]:
    """The phase of a survey or an interview in a list."""
    now = state(view, entry, view.words)
    return {"state": now} if now else {}


def _pictured(links: Links, entry: Entry, prefix: str) -> dict[str, Any]:
    """A row of a list that shows pictures: a card, with the picture and the summary of its article where it has a picture."""
    picture = links.lead_picture(entry, prefix)
    row = card(entry, prefix)
    return {**row, "picture": picture, "summary": entry.article.summary} if picture else row


def column_data(view: SiteView, column: Column, path: str) -> dict[str, Any]:
    """The declared data common to all lists of a column."""
    prefix = root_prefix(path)
    first = view.url(f"{column.path}/index.html")
    return {
        "column": column_tags(view, column.path),
        "duty": duty(view, column),
        "platform": platform(view, column.path),
        "partner": {"name": column.partner[0], "url": column.partner[1]} if column.partner else None,
        "url": view.url(path),
        "editions": editions(view, path),
        "provincial": provincial(view, path),
        "children": [
            {"name": c.name, "href": prefix + href(c.path) + "/"}
            for c in view.columns
            if c.path.startswith(column.path + "/")
        ],
        "share": share(first, f"{column.name}-{view.site.name}"),
    }


def channel_data(view: SiteView, column: Column, prefix: str) -> dict[str, Any]:
    """The additional data of `channel.html`: its site and the site's other channels."""
    others = [c for c in view.columns if c.channel and c is not column]
    return {
        "site": view.site.name,
        "others": [{"name": c.name, "href": prefix + href(c.path) + "/"} for c in others],
    }


HEADLINE_FROM = 3
"""Articles that a channel needs for a headline: with fewer it would only repeat the list."""
ON_FRONT = 5


def channel_front(view: SiteView, column: Column, prefix: str) -> dict[str, Any]:
    """What makes a channel's first page a small home: intro, headline, and each of its columns with its newest articles."""
    below = [c for c in view.columns if c.path.startswith(column.path + "/")]
    known = {id(e): e for c in (column, *below) for e in view.listed(c.path)}
    newest = sorted(known.values(), key=lambda e: (e.article.date, e.article.id), reverse=True)
    sections = [
        {
            "name": c.name,
            "href": f"{prefix}{href(c.path)}/",
            "items": [card(entry, prefix) for entry in entries[:ON_FRONT]],
        }
        for c in below
        if (entries := view.listed(c.path))
    ]
    return {
        "intro": column.description,
        "headline": card(newest[0], prefix) if len(newest) >= HEADLINE_FROM else None,
        "sections": sections,
        "own": column.path in view.entries,
    }


def register() -> None:
    """Called by Pelican and by the engine."""
    site_pages.connect(pages)
