"""`screen/`: the touch edition: a start, the chosen columns, their articles, a search with its own keyboard, the other sites.

Its tree mirrors the site's, `screen/tzgg/x.html` is `tzgg/x.html`, so links between articles that both are here hold as
they are. All other links of a text become text: a QR code leads to the page on the site.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from functools import partial
from html import escape, unescape
from typing import Any
from urllib.parse import quote, unquote

from jiyue.base.patterns import pattern
from jiyue.registry.site import SCREENS, Column
from jiyue.render.body import body_html
from jiyue.render.pages.job import Neighbour
from jiyue.render.pages.page import File
from jiyue.render.pages.view import Entry
from jiyue.render.theme.images import Picture
from jiyue.render.theme.search_modules import published, screen_module
from jiyue_plugins.articles import FIELDS, article_data
from jiyue_plugins.documents import DocumentPages
from jiyue_plugins.screen_parts import Parts

LATEST = 6
"""Articles of each column on the start."""

_LINK = pattern(r'<a\b[^>]*?\shref="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_IMAGE = pattern(r'(<img\b[^>]*?\ssrc=")([^"]*)(")')
_FILM = pattern(r"<(video|audio)\b[^>]*>.*?</\1>", re.DOTALL)


def files(parts: Parts) -> Iterator[File]:
    """Its pages, and the module of its search."""
    folder, modules = published(parts.view.job.theme, parts.view.site.lang)
    search = parts.view.job.cluster.search and bool(modules)
    touch = _Touch(parts, search)
    yield touch.page("index.html", "home", touch.home())
    for column in parts.columns:
        yield touch.page(f"{column.path}/index.html", "column", touch.column(column))
    for entry in parts.shown.values():
        yield touch.article(entry)
    yield touch.page("sites.html", "sites", touch.sites())
    if search:
        name, data = screen_module(parts.view.job.theme, parts.view.site.lang)
        yield File(f"theme/{folder}{name}", name, lambda: data)
        yield touch.page(
            "search.html", "search", {"module": f"theme/{folder}{name}", "url": parts.view.url("search/index.html")}
        )
        pages = json.dumps(sorted(parts.shown), ensure_ascii=False)
        yield File(f"{SCREENS}pages.json", pages, pages.encode)


class _Touch:
    def __init__(self, parts: Parts, search: bool) -> None:
        self.parts, self.search = parts, search
        self.documents = DocumentPages(parts.view)

    def page(self, path: str, template: str, data: dict[str, Any]) -> File:
        """A page whose data are known."""
        return self._page(path, template, data, data)

    def _page(self, path: str, template: str, data: Any, state: Any) -> File:
        path = SCREENS + path
        common = {
            "url": self.parts.view.url(path.removeprefix(SCREENS)),
            "start": "../" * (path.count("/") - 1),
            "search": self.search,
        }
        make = data if callable(data) else lambda: data
        return self.parts.page(path, f"screens/{template}.html", lambda: {**common, **make()}, [common, state])

    def home(self) -> dict[str, Any]:
        """The start: each column with its newest articles."""
        return {"columns": [self.column(column, LATEST) for column in self.parts.columns]}

    def column(self, column: Column, most: int = 10**6) -> dict[str, Any]:
        """A column's list."""
        items = [
            {"title": e.article.title, "date": e.article.date[:10], "href": quote(f"{e.path}")}
            for e in self.parts.entries[column.path][:most]
        ]
        return {"name": column.name, "href": quote(f"{column.path}/index.html"), "owner": column.owner, "items": items}

    def sites(self) -> dict[str, Any]:
        """The other sites: names and codes."""
        job, _ = self.parts.view.job, self.parts.view.words

        def group(name: str, sites: tuple[Neighbour, ...]) -> dict[str, Any]:
            return {"name": name, "places": [self.parts.place(one.name, one.url + "/") for one in sites]}

        groups = [group(_("上级门户"), (job.national, *reversed(job.superiors)))]
        groups += [group(_("同级站点"), job.siblings), group(_("下级站点"), job.subordinates)]
        return {"groups": [one for one in groups if one["places"]], "url": self.parts.view.url("sitemap.html")}

    def article(self, entry: Entry) -> File:
        """An article's page: what the page on the site shows, as a list of facts and the text."""
        parts, view = self.parts, self.parts.view
        data = article_data(view, entry, parts.links, self.documents)
        labels = {key: view.words(label) for label, key in FIELDS}
        facts = [*data["fields"]]
        facts += [
            {"label": labels[key], "values": _texts(value)}
            for key, value in data["parts"].items()
            if key in labels and value
        ]
        code = parts.code(view.url(entry.path))
        shown = {
            "url": view.canonical(entry), "title": data["title"], "date": data["date"], "source": data["source"],
            "author": data["author"], "ai": data["ai"],
            "column": view.column_by_path[entry.column].name if entry.column in view.column_by_path else "",
            "back": "index.html", "updates": [{"at": one["at"], "what": one["text"]} for one in data["updates"]],
            "validity": view.words(entry.article.extra.get("validity", "")) if not data["validity"] else data["validity"]["state"],
            "origin": data["origin"]["how"] + " " + data["origin"]["name"] if data["origin"] else "",
            "facts": [one for one in facts if one["values"]],
            "attachments": [one["name"] for one in data["attachments"]],
            "code": code,
        }  # fmt: skip
        state = [
            shown,
            entry.article.digest,
            data["links"],
            data["data_files"],
            data["pictures"],
            data["carried"],
            sorted(parts.shown),
        ]
        return self._page(entry.path, "article", partial(self._with_body, entry, shown, data), state)

    def _with_body(self, entry: Entry, shown: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        view = self.parts.view
        sizes = {path: Picture(one[0], one[1], {}) for path, one in data["pictures"].items()}
        html, _ = body_html(
            view.job.root, entry, data["links"], sizes, data_files=data["data_files"],
            source=view.texts.get(entry.article.source_path),
        )  # fmt: skip
        return {**shown, "body": self._inside(html, entry, data["pictures"])}

    def _inside(self, html: str, entry: Entry, pictures: dict[str, Any]) -> str:
        """A body with links to pages of the screens alone, and its pictures from where they stand on the site."""
        up = "../" * (entry.path.count("/") + 1)

        def place(address: str) -> str:
            return posixpath.normpath(posixpath.join(entry.folder, unquote(unescape(address).partition("#")[0])))

        def link(match: re.Match[str]) -> str:
            address = match[1]
            here = address.startswith("#") or ("://" not in address and place(address) in self.parts.shown)
            return match[0] if here else f"<span>{match[2]}</span>"

        def picture(match: re.Match[str]) -> str:
            path = place(match[2])
            known = pictures.get(path)
            return match[1] + escape(up + quote(self.parts.picture(path, known[2] if known else {}))) + match[3]

        html = _FILM.sub(lambda match: f"<p>{'［视频］' if match[1] == 'video' else '［音频］'}</p>", html)
        return _IMAGE.sub(picture, _LINK.sub(link, html))


def _texts(value: Any) -> list[str]:
    """A field's value as lines of text; of links their names."""
    values = value if isinstance(value, list) else [value]
    return [str(one["name"] if isinstance(one, dict) and "name" in one else one) for one in values if one]
