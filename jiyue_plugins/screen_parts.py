"""What the touch edition and the display loop share: their articles, furniture, QR codes, scripts and styles."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import Any
from urllib.parse import quote, unquote

from markupsafe import escape

from jiyue.registry.site import SCREENS, Column, Screens
from jiyue.render.furniture import FurnitureLost, missing_furniture
from jiyue.render.pages.page import File
from jiyue.render.pages.plainjson import plain_digest
from jiyue.render.pages.shell import root_prefix, shell_data
from jiyue.render.pages.view import Entry, SiteView
from jiyue.render.qr import qr_svg
from jiyue.render.templates import Closures, environment
from jiyue.render.theme.assets import apart_assets
from jiyue.render.theme.images import Pictures
from jiyue_plugins.assets import published
from jiyue_plugins.links import Links, shown


class Parts:
    """The screens of one site. Paths are relative to the site's root, so that pages and the offline bundle share them."""

    def __init__(self, view: SiteView, screens: Screens) -> None:
        self.view, self.screens = view, screens
        self.links = Links(view)
        self.assets = apart_assets(view.job.theme, "screens", view.site.lang)
        self.codes: dict[str, str] = {}
        self._closures = Closures(view.job.theme)
        self._store = Pictures(view.job.root)

    # -- articles ---------------------------------------------------------------------------------------------------

    @cached_property
    def columns(self) -> list[Column]:
        """The chosen columns that have articles, in the order of the site's file."""
        known = self.view.column_by_path
        return [known[path] for path in self.screens.columns if path in known and self.entries[path]]

    @cached_property
    def entries(self) -> dict[str, list[Entry]]:
        """Path of a chosen column -> its newest articles in the site's language."""
        lang = self.view.site.lang
        return {
            path: [e for e in self.view.listed(path) if e.article.extra.get("lang", lang) == lang][
                : self.screens.articles
            ]
            for path in self.screens.columns
        }

    @cached_property
    def shown(self) -> dict[str, Entry]:
        """Path of an article on the site -> the article, for all that the touch edition has a page of."""
        return {entry.path: entry for entries in self.entries.values() for entry in entries}

    @cached_property
    def newest(self) -> list[tuple[Entry, Column]]:
        """The articles of the loop, newest first."""
        rows = {e.path: (e, column) for column in reversed(self.columns) for e in self.entries[column.path]}
        newest = sorted(rows.values(), key=lambda row: (row[0].article.date, row[0].article.id), reverse=True)
        return newest[: self.screens.items]

    def picture(self, path: str, variants: dict[str, list[int]]) -> str:
        """The file to show of a published picture: its largest WebP, or itself."""
        return f"{path}.{variants['webp'][-1]}.webp" if variants.get("webp") else path

    def lead_picture(self, entry: Entry) -> File | None:
        """The picture of an article in the loop."""
        found = self.links.lead_picture(entry)
        path = self.picture(unquote(found["src"]), found["variants"]) if found else ""
        return next((file for file in self.picture_files(entry) if file.path == path), None) if path else None

    def picture_files(self, entry: Entry) -> Iterator[File]:
        """The published pictures of an article as the screens show them."""
        for path, source, digest in shown(self.view, self.links.digests, entry):
            facts = self._store.facts(source, digest)
            place = self.picture(path, facts.variants if facts else {})
            if facts and place != path:
                width = facts.variants["webp"][-1]
                yield File(place, digest, partial(self._store.variant, source, digest, width, "webp"))
            else:
                yield published(path, digest, source)

    def logo(self) -> File | None:
        """The site's logo, which stands on every page."""
        path = self.view.site.facts["logo"] if self.furniture["logo"] else ""
        known = self.view.attachment_by_path.get(path)
        return (
            published(path, known.digest, self.view.job.root / "content" / self.view.site.id / path) if known else None
        )

    # -- furniture --------------------------------------------------------------------------------------------------

    def code(self, url: str) -> str:
        """The path of the QR code of an address."""
        path = f"{SCREENS}qr/{hashlib.blake2b(url.encode(), digest_size=8).hexdigest()}.svg"
        self.codes[path] = url
        return path

    def place(self, name: str, url: str) -> dict[str, str]:
        """A place outside the screens: its name, and the QR code that stands for a link."""
        return {"name": name, "url": url, "code": self.code(url)}

    @cached_property
    def furniture(self) -> dict[str, Any]:
        """What every page of the screens carries (吉政办发〔2015〕5号（六）, 国办发〔2017〕47号), as names and QR codes."""
        view, _ = self.view, self.view.words
        shell = shell_data(view, "", "", "", article=False)
        site = shell["site"]
        home = view.url("index.html")
        labels = (
            (_("主办单位"), "sponsor"), (_("承办单位"), "operator"), (_("联系方式"), "contact"), (_("网站标识码"), "site_id_code"),
            (_("ICP备案"), "icp"), (_("公安备案"), "police_no"),
        )  # fmt: skip
        report = shell["report_error"] + quote(home, safe="")
        places = [self.place(one["name"], one["url"]) for one in shell["superiors"]]
        places.append(self.place(_("我为政府网站找错"), report))
        if shell["conac_url"]:
            places.append(self.place(_("党政机关网站标识"), shell["conac_url"]))
        return {
            "lang": view.site.lang,
            "accent": site["accent"],
            "site": {key: site[key] for key in ("name", "short", "domain", "site_id_code")},
            "logo": shell["logo"],
            "notice": shell["notice"],
            "marks": [{"label": label, "text": site[key]} for label, key in labels if site[key]],
            "home": self.place(site["name"], home),
            "places": places,
            "alarms": [{**line, "key": plain_digest(line)[:12]} for line in self.alarms(shell["emergency"])],
        }

    def alarms(self, lines: list[dict[str, str]]) -> list[dict[str, str]]:
        """The lines of the emergency banner as screens show them; grave: whether it takes the whole screen."""
        return [
            {key: line[key] for key in ("level", "exercise", "name", "text", "by", "since", "until")}
            | {"grave": "grave" if line["level"] in ("red", "orange") and not line["exercise"] else ""}
            for line in lines
        ]

    # -- files ------------------------------------------------------------------------------------------------------

    def page(self, path: str, template: str, made: Callable[[], dict[str, Any]], state: Any) -> File:
        """A page. made: gives the template's data besides the furniture; state: plain data that tells whether it is the same."""
        closure = self._closures.digest(template, self.view.site.lang)
        mark = plain_digest([closure, self.furniture, {n: p for n, (p, _) in self.assets.items()}, state])
        return File(path, mark, lambda: self.render(template, path, made()))

    def render(self, template: str, path: str, data: dict[str, Any]) -> bytes:
        """A finished page. Raises FurnitureLost where its template dropped a piece of the furniture."""
        assets = {name: place for name, (place, _) in self.assets.items()}
        data = {
            "root": root_prefix(path),
            "assets": assets,
            "screens": self.screens._asdict(),
            **self.furniture,
            **data,
        }
        html: str = self._environment.get_template(template).render(data)
        wanted = [self.furniture["site"]["name"], *(mark["text"] for mark in self.furniture["marks"])]
        wanted += [text for place in self.furniture["places"] for text in (place["name"], place["code"])]
        lost = missing_furniture((str(escape(text)) for text in wanted), html, template, path, self.view.site.id)
        if lost:
            raise FurnitureLost(lost)
        return html.encode()

    @cached_property
    def _environment(self) -> Any:
        return environment(self.view.job.theme, None, self.view.site.lang)

    def loaded(self) -> Iterator[File]:
        """What the pages load: scripts, styles and QR codes; to be asked for after the pages."""
        yield from (self.asset(name) for name in self.assets)
        yield from (self.code_file(path) for path in sorted(self.codes))

    def asset(self, name: str) -> File:
        """A script or style."""
        path, data = self.assets[name]
        return File(path, path, lambda: data)

    def code_file(self, path: str) -> File:
        """A QR code as a file of its own."""
        return File(path, self.codes[path], partial(_drawn, self.codes[path]))


def _drawn(url: str) -> bytes:
    return (str(qr_svg(url, "")).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1) + "\n").encode()
