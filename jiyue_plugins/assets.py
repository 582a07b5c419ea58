"""Files published unchanged: the theme's own, the articles' attachments, the pictures of pushed articles."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from jiyue.base.verified_read import read_verified
from jiyue.render.pages.page import File
from jiyue.render.pages.signals import site_pages
from jiyue.render.pages.view import SiteView, picture_path
from jiyue.render.theme.assets import edition_files, theme_files
from jiyue.render.theme.images import CAMERA, strip


def pages(view: SiteView) -> Iterator[File]:
    """The files of one site."""
    for path, (digest, data) in theme_files(view.job.theme, view.site.lang).items():
        yield File(f"theme/{path}", digest, lambda data=data: data)  # type: ignore[misc]
    languages = {view.furniture_language(entry.article.extra.get("lang", "")) for entry in view.all_entries}
    for language in sorted(languages - {view.site.lang}):
        for path, (digest, data) in edition_files(view.job.theme, language).items():
            yield File(path, digest, lambda data=data: data)  # type: ignore[misc]
    content = view.job.root / "content"
    for attachment in view.attachments:
        yield published(attachment.path, attachment.digest, content / view.site.id / attachment.path)
    for entries in view.entries.values():
        for entry in entries:
            for picture in set(entry.pushed.pictures.values()) if entry.pushed else ():
                path, _, digest = picture.rpartition(" ")
                yield published(picture_path(entry, path), digest, content / entry.article.site / path)


def published(path: str, digest: str, source: Path) -> File:
    """A file of the content as it is published; pictures without camera metadata (place, time, device)."""
    if path.rpartition(".")[2].lower() in CAMERA:
        return File(path, digest, lambda: strip(read_verified(source, digest)))
    return File(path, digest, partial(read_verified, source, digest))


def register() -> None:
    """Called by Pelican and by the engine."""
    site_pages.connect(pages)
