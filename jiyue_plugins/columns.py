"""Column pages: the list of a column's articles, 20 a page, `index.html`, `index_2.html` … in the column's own folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jiyue.catalogue.links import PER_PAGE
from jiyue.registry.site import Column
from jiyue.render.pages.cards import card, column_tags, editions, share
from jiyue.render.pages.job import href
from jiyue.render.pages.page import Page
from jiyue.render.pages.shell import root_prefix
from jiyue.render.pages.signals import site_pages
from jiyue.render.pages.view import SiteView


def pages(view: SiteView) -> Iterator[Page]:
    """Every list page of every column that has articles."""
    for column in view.columns:
        entries = view.listed(column.path)
        count = -(-len(entries) // PER_PAGE)
        for number in range(1, count + 1):
            path = f"{column.path}/{page_name(number)}"
            shown = entries[(number - 1) * PER_PAGE : number * PER_PAGE]
            items = [card(entry, root_prefix(path)) for entry in shown]
            data = column_data(view, column, path, items, number, count)
            if column.channel:
                data |= channel_data(view, column, root_prefix(path))
            yield Page(path, "channel.html" if column.channel else "column.html", data, column.path)


def page_name(number: int) -> str:
    """No column or article can be named like this, so nothing collides."""
    return "index.html" if number == 1 else f"index_{number}.html"


def column_data(
    view: SiteView, column: Column, path: str, items: list[dict[str, str]], number: int, count: int
) -> dict[str, Any]:
    """The declared data of `column.html`."""
    prefix = root_prefix(path)
    first = view.url(f"{column.path}/index.html")
    return {
        "column": column_tags(view, column.path),
        "url": view.url(path),
        "editions": editions(view, path),
        "items": items,
        "pager": pager(number, count),
        "children": [
            {"name": c.name, "href": prefix + href(c.path) + "/"}
            for c in view.columns
            if c.path.startswith(column.path + "/")
        ],
        "share": share(first, f"{column.name}-{view.site.name}"),
    }


def channel_data(view: SiteView, column: Column, prefix: str) -> dict[str, Any]:
    """What `channel.html` needs beyond a column's: its site and the site's other channels."""
    others = [c for c in view.columns if c.channel and c is not column]
    return {
        "site": view.site.name,
        "others": [{"name": c.name, "href": prefix + href(c.path) + "/"} for c in others],
    }


def pager(number: int, count: int) -> dict[str, Any]:
    """Links of a list page: the ends, the neighbours, gaps between; hrefs are relative to the column's folder."""
    shown = sorted({1, count, *range(max(1, number - 2), min(count, number + 2) + 1)})
    pages_: list[dict[str, Any]] = []
    for previous, n in zip([0, *shown], shown, strict=False):
        pages_.append({"number": n, "href": _href(n), "current": n == number, "gap": n - previous > 1})
    return {
        "number": number,
        "count": count,
        "pages": pages_,
        "previous": _href(number - 1) if number > 1 else "",
        "next": _href(number + 1) if number < count else "",
    }


def _href(number: int) -> str:
    return "./" if number == 1 else page_name(number)


def register() -> None:
    """Called by Pelican and by the engine."""
    site_pages.connect(pages)
