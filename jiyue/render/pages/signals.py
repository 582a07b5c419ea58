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
text_pages = Signal("jiyue_text_pages")
"""Sent instead where nothing but the texts of some articles (`view.edited`) changed since the last build.

A receiver yields those of its pages and files that show texts, each at an address that it had before; or it returns None, if it
can't tell, and the whole site is asked for. A plugin that shows no text of an article connects to site_pages alone.
"""


def pages_of(view: SiteView) -> Iterator[Page | File]:
    """The pages and files of all connected plugins for this site, ordered by the plugin's module."""
    for result in _answers(site_pages, view):
        yield from result or ()


def texts_of(view: SiteView) -> list[Page | File] | None:
    """Those that show texts, in the same order; None where the whole site has to be asked for."""
    answers = _answers(text_pages, view)
    return None if None in answers else [one for result in answers if result is not None for one in result]


def _answers(signal: Signal, view: SiteView) -> list[Iterable[Page | File] | None]:
    given = [(receiver.__module__, result) for receiver, result in signal.send(view)]
    return [result for _, result in sorted(given, key=lambda pair: pair[0])]
