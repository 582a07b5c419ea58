"""Files that are published as they are: the theme's own, the articles' attachments, the pictures of pushed articles."""

from __future__ import annotations

from collections.abc import Iterator

from jiyue.render.body import picture_path
from jiyue.site.page import File
from jiyue.site.signals import site_pages
from jiyue.site.view import SiteView
from jiyue.theme import theme_files


def pages(view: SiteView) -> Iterator[File]:
    """The files of one site."""
    for path, (digest, data) in theme_files(view.job.theme).items():
        yield File(f"theme/{path}", digest, lambda data=data: data)  # type: ignore[misc]
    content = view.job.root / "content"
    for attachment in view.attachments:
        yield File(attachment.path, attachment.digest, source=content / view.site.id / attachment.path)
    for entries in view.entries.values():
        for entry in entries:
            for picture in set(entry.pushed.pictures.values()) if entry.pushed else ():
                path, _, digest = picture.partition(" ")
                yield File(picture_path(entry, path), digest, source=content / entry.article.site / path)


def register() -> None:
    """Called by Pelican and by the engine."""
    site_pages.connect(pages)
