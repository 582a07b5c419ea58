"""`screen/`: a site for touch screens, and for displays in public places; only where the site's file has `screens:`.

The touch edition (jiyue_plugins/screen_touch.py) and the display loop (jiyue_plugins/screen_loop.py) show the same articles of
chosen columns. No page of them has a link that leads out of it: what lies outside is a name and a QR code. docs/screens.md
"""

from __future__ import annotations

from collections.abc import Iterator

from jiyue.render.pages.page import File
from jiyue.render.pages.signals import site_pages, text_pages
from jiyue.render.pages.view import SiteView


def pages(view: SiteView) -> Iterator[File]:
    """The files of both, and what they load."""
    if view.site.screens is None:
        return
    from jiyue_plugins import screen_loop, screen_touch  # noqa: PLC0415  (few sites have screens)
    from jiyue_plugins.screen_parts import Parts  # noqa: PLC0415  (as above)

    parts = Parts(view, view.site.screens)
    yield from screen_loop.files(parts)
    yield from screen_touch.files(parts)
    yield from parts.loaded()


def of_texts(view: SiteView) -> tuple[()] | None:
    """None where a site has screens: what their files load is known only when all of them are asked for."""
    return () if view.site.screens is None else None


def register() -> None:
    """Called by Pelican and by the engine."""
    site_pages.connect(pages)
    text_pages.connect(of_texts)
