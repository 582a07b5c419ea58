"""`screen/loop/`: one address that shows the newest articles in turn, alarms first; `screen/playlist.json` is what it polls.

The page holds its first playlist as HTML. The offline bundle is the same page with all that it loads, as one file.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator
from functools import cached_property
from html import unescape
from io import BytesIO
from typing import Any

from jiyue.base.patterns import pattern
from jiyue.registry.site import SCREENS, Column
from jiyue.render.body import body_html
from jiyue.render.pages.jsonld import moment
from jiyue.render.pages.page import File
from jiyue.render.pages.plainjson import plain_digest
from jiyue.render.pages.view import Entry
from jiyue_plugins.links import data_files
from jiyue_plugins.screen_parts import Parts

FORMAT = 1
PAGE = f"{SCREENS}loop/index.html"
PLAYLIST = f"{SCREENS}playlist.json"
BUNDLES = (f"{SCREENS}bundle.zip", f"{SCREENS}bundle.htz")
"""The offline bundle; `.htz` is the name by which Xibo takes a zip with an index.html as an HTML package."""
TEMPLATE = "screens/loop.html"
MOST = 110
"""The most characters of an article's text on a slide: what one can read from five metres in a quarter of a minute."""

_TAG = pattern(r"<[^>]*>")
_APART = pattern(r"<(figure|table|pre|script|style|sup|svg|h[1-6])\b.*?</\1>", re.DOTALL)
_SPACE = pattern(r"\s+")


def files(parts: Parts) -> Iterator[File]:
    """The page, its playlist, and both names of the bundle."""
    loop = Loop(parts)
    yield parts.page(PAGE, TEMPLATE, loop.data, loop.state)
    state = plain_digest([loop.state, parts.furniture["alarms"], loop.program])
    yield File(PLAYLIST, state, loop.playlist)
    for path in BUNDLES:
        yield File(path, state + loop.bundle_mark, loop.bundle)


class Loop:
    """The loop of one site."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.pictures: dict[str, File] = {}
        self.rows = [self._row(entry, column) for entry, column in parts.newest]
        self.state = [self.rows, parts.screens._asdict()]
        """Tells whether the slides are the same, without their texts."""

    def _row(self, entry: Entry, column: Column) -> dict[str, str]:
        view, article = self.parts.view, entry.article
        picture = self.parts.lead_picture(entry)
        if picture:
            self.pictures[picture.path] = picture
        ends = min(filter(None, (article.expires, article.withdrawn_at)), default="")
        return {
            "id": article.id,
            "title": article.title,
            "column": column.name,
            "date": article.date[:10],
            "source": view.source(entry),
            "picture": picture.path if picture else "",
            "mark": picture.digest[:8] if picture else "",
            "url": view.url(entry.path),
            "code": self.parts.code(view.url(entry.path)),
            "until": moment(ends) if ends else "",
            "digest": article.digest,
        }

    @cached_property
    def items(self) -> list[dict[str, str]]:
        """The slides: those rows with their texts. version differs where anything of it does."""
        items = []
        for row, (entry, _) in zip(self.rows, self.parts.newest, strict=True):
            item = {key: value for key, value in row.items() if key != "digest"}
            item["text"] = self._text(entry)
            item["version"] = plain_digest(item)[:12]
            items.append(item)
        return items

    def _text(self, entry: Entry) -> str:
        text = entry.article.summary
        if not text:
            view = self.parts.view
            html, _ = body_html(
                view.job.root, entry, view.links(entry), {}, data_files=data_files(view, entry),
                source=view.texts.get(entry.article.source_path),
            )  # fmt: skip
            text = unescape(_TAG.sub("", _APART.sub(" ", html)))
        text = _SPACE.sub(" ", text).strip()
        return text if len(text) <= MOST else text[: MOST - 1].rstrip("，、；：,;: ") + "…"

    @cached_property
    def program(self) -> str:
        """Stands for what a page keeps until it is loaded anew: script, style, settings and furniture."""
        furniture = {key: value for key, value in self.parts.furniture.items() if key != "alarms"}
        return plain_digest(
            [self.parts.assets["loop.js"][0], self.parts.assets["screens.css"][0], furniture, self.state[1]]
        )[:12]

    def data(self) -> dict[str, Any]:
        """The declared data of the page."""
        return {"url": self.parts.view.url(PAGE), "items": self.items, "program": self.program, "bundle": ""}

    def playlist(self) -> bytes:
        """`playlist.json`: everything that a screen needs to know to show what is published now, and nothing else."""
        parts = self.parts
        program = {
            "format": FORMAT,
            "site": parts.view.site.name,
            "url": parts.view.site.url + "/",
            "program": self.program,
            "alerts": parts.furniture["alarms"],
            "items": self.items,
        }
        return (json.dumps(program, ensure_ascii=False, indent=0) + "\n").encode()

    @cached_property
    def bundle_mark(self) -> str:
        """Stands for the page of the bundle and the logo beside it, of which no other file tells."""
        parts, logo = self.parts, self.parts.logo()
        return parts.page("index.html", TEMPLATE, self.data, self.state).digest + (logo.digest if logo else "")

    def bundle(self) -> bytes:
        """The bundle. Equal content gives equal bytes: one time, one order, nothing compressed (zlib differs by version)."""
        return self._packed

    @cached_property
    def _packed(self) -> bytes:
        parts = self.parts
        version = plain_digest([self.items, self.program, parts.furniture["alarms"]])[:12]
        page = parts.render(TEMPLATE, "index.html", {**self.data(), "bundle": version})
        held = [parts.asset(name) for name in ("loop.js", "screens.css")]
        codes = {row["code"] for row in (*self.rows, parts.furniture["home"], *parts.furniture["places"])}
        held += [parts.code_file(path) for path in codes]
        held += [*self.pictures.values(), *filter(None, [parts.logo()])]
        members = {"index.html": page} | {file.path: file.make() for file in sorted(held, key=lambda one: one.path)}
        manifest = {
            "format": FORMAT,
            "site": parts.view.site.name,
            "version": version,
            "playlist": parts.view.url(PLAYLIST),
            "files": {path: hashlib.sha256(data).hexdigest() for path, data in members.items()},
        }
        members["manifest.json"] = (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode()
        out = BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            for path, data in members.items():
                info = zipfile.ZipInfo(path, _TIME)
                info.create_system, info.external_attr = 3, 0o644 << 16
                archive.writestr(info, data)
        return out.getvalue()


_TIME = (1980, 1, 1, 0, 0, 0)
"""The time of every member: the earliest that a zip can hold."""
