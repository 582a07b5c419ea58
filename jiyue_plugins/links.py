"""Data on the files and pages that an article's page shows: pictures, attachments, a topic's articles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from jiyue.catalogue.references import is_inside, local_path, page_path, plain
from jiyue.catalogue.sources import file_at
from jiyue.render.body import encoded, tail
from jiyue.render.pages.cards import card
from jiyue.render.pages.job import href
from jiyue.render.pages.shell import root_prefix
from jiyue.render.pages.view import Entry, SiteView, picture_path
from jiyue.render.theme.images import Pictures
from jiyue.render.theme.translations import Words

PER_GROUP = 20
"""Maximum number of articles of a column that a topic shows."""

_VIDEO = {"mp4": "video/mp4", "webm": "video/webm", "mp3": "audio/mpeg"}


class Links:
    """Data on the linked files and pages of one site's articles."""

    def __init__(self, view: SiteView) -> None:
        self.view = view
        self.store = Pictures(view.job.root)

    @cached_property
    def sizes(self) -> dict[str, int]:
        """The bytes of each published file."""
        return {a.path: a.size for a in self.view.attachments}

    @cached_property
    def digests(self) -> dict[str, str]:
        """The digest of each published file."""
        return {a.path: a.digest for a in self.view.attachments}

    def lead_picture(self, entry: Entry, prefix: str = "") -> dict[str, Any] | None:
        """The picture of an article in a list: its `picture`, else the first published one in its text.

        {src, width, height, variants}, as the filter `list_picture` takes it; prefix leads to the site's root.
        """
        return next(self.pictures_at(entry, entry.article.extra.get("pictures", ()), prefix), None)

    def pictures_at(self, entry: Entry, addresses: Iterable[str], prefix: str) -> Iterator[dict[str, Any]]:
        """The pictures of an article at these addresses, as far as they are published, as `list_picture` takes them."""
        places: dict[str, tuple[Path, str]] = {}
        for address in addresses:
            places = places or {
                path: (source, digest) for path, source, digest in shown(self.view, self.digests, entry)
            }
            path = local_path(entry.article.folder, address)
            if entry.pushed:
                path = picture_path(entry, entry.pushed.pictures.get(address, "").rpartition(" ")[0])
            if path in places and (facts := self.store.facts(*places[path])):
                yield {"src": prefix + href(path), **facts._asdict()}

    def pictures(self, entry: Entry) -> dict[str, Any]:
        """The pictures in the text: path relative to the site's -> width, height and variants."""
        pictures: dict[str, Any] = {}
        for path, source, digest in shown(self.view, self.digests, entry):
            facts = self.store.facts(source, digest)
            if facts:
                pictures[path] = facts
        return pictures

    def attachments(self, entry: Entry, _: Words) -> list[dict[str, str]]:
        """Files that the text links to: name, address, type and size. Those of a pushed article are on its origin."""
        rows = []
        for address, name in entry.article.extra["files"]:
            path = local_path(entry.article.folder, address)
            if not path or (not entry.pushed and path not in self.sizes):
                continue
            target = f"{entry.pushed.origin_url}/{href(path)}" if entry.pushed else root_prefix(entry.path) + href(path)
            size = "" if entry.pushed else in_bytes(self.sizes[path], _)
            rows.append({"name": name, "href": target, "type": path.rpartition(".")[2].upper(), "size": size})
        return rows

    def linked(self, entry: Entry, items: Iterable[dict[str, str]], _: Words) -> list[dict[str, Any]]:
        """The links of a field of the front matter, as components/linked shows them; '' where nothing is there (now)."""
        return [self._linked(entry, item, _) for item in items]

    def _linked(self, entry: Entry, item: dict[str, str], _: Words) -> dict[str, Any]:
        address, known = item.get("url", ""), self.view.links(entry)
        inside = plain(address)
        row: dict[str, Any] = {"name": item["name"], "href": "", "type": "", "size": "", "away": False}
        if not address or known.get(address) == "" or known.get(inside) == "":
            return row
        if not is_inside(address):
            return row | {"href": encoded(address), "away": True}
        path = known.get(inside) or page_path(entry.article.folder, inside)
        if path is None or path.endswith((".md", ".markdown")):
            return row
        base = f"{entry.pushed.origin_url}/" if entry.pushed else root_prefix(entry.path)
        row["href"] = base + href(path) + encoded(tail(address))
        if path in self.sizes and not entry.pushed:
            row |= {"type": path.rpartition(".")[2].upper(), "size": in_bytes(self.sizes[path], _)}
        return row

    def playable(self, entry: Entry) -> bool:
        """Whether an article has a video whose file exists."""
        video = entry.article.extra.get("video")
        return video is not None and self.view.links(entry).get(video["src"]) != ""

    def video(self, entry: Entry, video: dict[str, Any], _: Words) -> dict[str, Any]:
        """The player's data. A page loads nothing from another host, so a pushed video is linked on its origin."""
        if entry.pushed:
            poster, _sep, _digest = entry.pushed.pictures.get(video.get("poster") or "", "").rpartition(" ")
            place = root_prefix(entry.path) + href(picture_path(entry, poster)) if poster else ""
            return {"src": "", "poster": place, "sound": video["src"].endswith(".mp3")}
        places = {key: self._place(entry, video.get(key) or "") for key in ("src", "poster", "captions")}
        suffix = video["src"].rpartition(".")[2]
        size = self.sizes.get(local_path(entry.article.folder, video["src"]), 0)
        facts = suffix.upper() + (_("，") + in_bytes(size, _) if size else "")
        sides = {"width": video.get("width", 1280), "height": video.get("height", 720)}
        return {**places, **sides, "type": _VIDEO[suffix], "facts": facts, "sound": suffix == "mp3"}

    def topic(self, entry: Entry) -> list[dict[str, Any]]:
        """The site's articles that share a keyword with the topic, by column."""
        wanted = set(entry.article.extra.get("keywords", ()))
        prefix = root_prefix(entry.path)
        groups = []
        for column in self.view.columns:
            entries = [
                e
                for e in self.view.entries.get(column.path, ())
                if e.path != entry.path and wanted.intersection(e.article.extra.get("keywords", ()))
            ]
            if entries:
                groups.append({"name": column.name, "items": [card(e, prefix) for e in entries[:PER_GROUP]]})
        return groups

    def _place(self, entry: Entry, address: str) -> str:
        there = address and self.view.links(entry).get(address) != ""
        path = local_path(entry.article.folder, address) if there else ""
        return root_prefix(entry.path) + href(path) if path else ""


def shown(view: SiteView, digests: dict[str, str], entry: Entry) -> Iterator[tuple[str, Path, str]]:
    """(path on this site, source file, digest) of each picture of this site that an article shows."""
    root = view.job.root
    if entry.pushed:
        for picture in sorted(set(entry.pushed.pictures.values())):
            path, _, digest = picture.rpartition(" ")
            yield picture_path(entry, path), root / "content" / entry.article.site / path, digest
        return
    for path in sorted({local_path(entry.article.folder, address) for address in entry.article.extra["pictures"]}):
        if path in digests:
            yield path, file_at(root, f"content/{view.site.id}/{path}"), digests[path]


def data_files(view: SiteView, entry: Entry) -> dict[str, list[str]]:
    """The files of an article's charts and tables: address -> [path below the cluster's root, digest].

    A pushed article's lie at its origin.
    """
    if entry.pushed:
        return {}
    files = {}
    for address in entry.article.extra.get("data_files", ()):
        file = view.attachment_by_path.get(local_path(entry.article.folder, address))
        if file:
            files[address] = [f"content/{view.site.id}/{file.path}", file.digest]
    return files


def complete(view: SiteView, entry: Entry, address: str) -> str:
    """The complete address of a link of the front matter; '' where nothing is there (now)."""
    inside, known = plain(address), view.links(entry)
    if not address or known.get(address) == "" or known.get(inside) == "":
        return ""
    if not is_inside(address):
        return encoded(address)
    path = known.get(inside) or page_path(entry.article.folder, inside)
    if path is None or path.endswith((".md", ".markdown")):
        return ""
    base = entry.pushed.origin_url if entry.pushed else view.site.url
    return f"{base}/{href(path)}{encoded(tail(address))}"


def in_bytes(size: int, _: Words) -> str:
    """2048 -> `2.0 KB`: as in readers' file managers."""
    if size < 1024:
        return _("%s 字节") % size
    value, unit = (size / 1024, "KB") if size < 1024**2 else (size / 1024**2, "MB")
    return f"{value:.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"
