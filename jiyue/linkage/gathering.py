"""Topics across sites (专题汇集): a column lists articles of other sites, by column, keyword or one by one.

Nothing is copied: the list names the site and leads to the article there. It is made anew at every build of public articles
only, so what is withdrawn leaves it with the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from jiyue.base.diagnostics import warning
from jiyue.catalogue.article import Article
from jiyue.registry.site import SITE_KINDS, Gather, Registry, Site

UNKNOWN = warning(
    "topic-gather",
    "专题汇集写了没有的站点或文章",
    "没有的站点、文章不会列出；多半是编号写错了，或者文章已经删除。",
)


class Match(NamedTuple):
    """An article that a query matches, on its own site. copy_of: the address of what it reposts, '' if it is none."""

    id: str
    path: str
    title: str
    date: str
    copy_of: str


class Gathered(NamedTuple):
    """An article of another site in the list of a column. url: where it is; site: the name of its site."""

    column: str
    title: str
    url: str
    date: str
    site: str


def sources(registry: Registry, query: Gather) -> list[Site]:
    """The sites that a query covers, in the registry's order."""
    wanted = {*query.sites, *(name.partition("/")[0] for name in query.articles if query.sites)}
    return [site for site in registry.sites.values() if not wanted or site.id in wanted or site.kind in wanted]


def unknown_sites(registry: Registry, query: Gather) -> Iterator[str]:
    """The words in a query's `sites`, and the sites of its `articles`, that mean no site."""
    yield from (word for word in query.sites if word not in registry.urls and word not in SITE_KINDS)
    yield from (name for name in query.articles if name.partition("/")[0] not in registry.urls)


def matches(rows: Iterable[Article], site: Site, query: Gather) -> list[Article]:
    """The rows of a site that a query matches; their publication state isn't looked at."""
    types = {column.path: column.type for column in site.columns}
    named = set(query.articles)
    listed = not query.sites or site.id in query.sites or site.kind in query.sites
    return [
        row
        for row in rows
        if row.column
        and row.date
        and (
            not named.isdisjoint(row.names)
            or (listed and (query.columns or query.keywords) and _fits(row, types.get(row.column, ""), query))
        )
    ]


def _fits(row: Article, kind: str, query: Gather) -> bool:
    """Whether a row has one of the columns and one of the keywords of a query. kind: its column's type."""
    in_column = not query.columns or any(
        word in (kind, row.column) or row.column.startswith(f"{word}/") for word in query.columns
    )
    own = row.extra.get("keywords", ())
    return in_column and (not query.keywords or any(word in own or word in row.title for word in query.keywords))


def merged(found: Iterable[tuple[Site, Match, str]], column: str, count: int) -> tuple[Gathered, ...]:
    """The list of a column, the newest first, without reposts of articles in it. found: with complete addresses."""
    rows = sorted(found, key=lambda one: (one[1].date, one[0].id, one[1].id), reverse=True)
    there = {url for _, _, url in rows}
    left = [one for one in rows if one[1].copy_of not in there]
    return tuple(Gathered(column, row.title, url, row.date, site.name) for site, row, url in left[:count])
