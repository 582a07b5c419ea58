"""The signal with which plugins add pages and files to a site's build.

A plugin's `register()` connects a receiver that takes a SiteView and yields Pages and Files. It is separate from
Pelican's signals so that a build of one changed page needn't load Pelican; under Pelican it is sent in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from blinker import Signal

from jiyue.render.pages.page import File, Page
from jiyue.render.pages.view import SiteView

site_pages = Signal("jiyue_site_pages")


def pages_of(view: SiteView) -> Iterator[Page | File]:
    """The pages and files of all connected plugins for this site, ordered by the plugin's module."""
    given: list[tuple[str, Iterable[Page | File]]] = []
    for receiver, result in site_pages.send(view):
        given.append((receiver.__module__, result))
    for _, result in sorted(given, key=lambda pair: pair[0]):
        yield from result
