"""For phones: the pictures' smaller variants, the web app's manifest and its icons (jiyue/render/pages/icons.py)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jiyue.render.pages import icons
from jiyue.render.pages.page import File
from jiyue.render.pages.signals import site_pages
from jiyue.render.pages.view import SiteView
from jiyue.render.theme.assets import ACCENTS
from jiyue.render.theme.images import Pictures
from jiyue_plugins.links import shown


def pages(view: SiteView) -> Iterator[File]:
    """Variants, `theme/manifest.webmanifest`, `theme/icon.svg`, `theme/icon-192.png`, `theme/icon-512.png`."""
    yield from variants(view)
    manifest = json.dumps(manifest_data(view), ensure_ascii=False, separators=(",", ":"))
    yield File("theme/manifest.webmanifest", manifest, manifest.encode)
    name, colour = view.site.short or view.site.name, _colour(view)
    svg = icons.svg(name, colour)
    yield File("theme/icon.svg", svg, svg.encode)
    shown = icons.letters(name, 2)
    for size in icons.SIZES:
        yield File(
            f"theme/icon-{size}.png",
            f"{shown} {colour} {size}",
            lambda size=size: icons.png(name, colour, size),  # type: ignore[misc]
        )


def variants(view: SiteView) -> Iterator[File]:
    """The variants of all pictures in articles, without duplicates."""
    digests = {a.path: a.digest for a in view.attachments}
    store = Pictures(view.job.root)
    given: set[str] = set()
    for entry in view.all_entries:
        if "pictures" not in entry.article.extra:
            continue
        for path, source, digest in shown(view, digests, entry):
            facts = store.facts(source, digest) if path not in given else None
            given.add(path)
            for kind, widths in facts.variants.items() if facts else ():
                for width in widths:
                    yield _variant(store, path, source, digest, width, kind)


def _variant(store: Pictures, path: str, source: Path, digest: str, width: int, kind: str) -> File:
    return File(
        f"{path}.{width}.{kind}", f"{digest} {width} {kind}", lambda: store.variant(source, digest, width, kind)
    )


def manifest_data(view: SiteView) -> dict[str, Any]:
    """The web app manifest (W3C); addresses are relative to its own, `theme/`."""
    drawn = [{"src": "icon.svg", "sizes": "any", "type": "image/svg+xml"}]
    drawn += [{"src": f"icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png"} for size in icons.SIZES]
    return {
        "name": view.site.name,
        "short_name": view.site.short or view.site.name,
        "lang": view.site.lang,
        "start_url": "../",
        "scope": "../",
        "display": "minimal-ui",
        "background_color": "#ffffff",
        "theme_color": _colour(view),
        "icons": drawn,
    }


def _colour(view: SiteView) -> str:
    return ACCENTS[view.site.facts["accent"] or next(iter(ACCENTS))]


def register() -> None:
    """Called by Pelican and by the engine."""
    site_pages.connect(pages)
