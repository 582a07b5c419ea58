"""For phones: the pictures' smaller variants, the web app's manifest and its icons.

The icons are drawn from the site's name: the SVG shows its first character in the reader's own font; the PNGs, for
systems that take no SVG, show the host's first letters in the one font that comes with Pillow, so that their bytes do
not depend on the machine's fonts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

from jiyue.pictures import Pictures
from jiyue.site.page import File
from jiyue.site.signals import site_pages
from jiyue.site.view import SiteView
from jiyue.theme import ACCENTS
from plugins.links import shown

ICON_SIZES = (192, 512)


def pages(view: SiteView) -> Iterator[File]:
    """Variants, `theme/manifest.webmanifest`, `theme/icon.svg`, `theme/icon-192.png`, `theme/icon-512.png`."""
    yield from variants(view)
    manifest = json.dumps(manifest_data(view), ensure_ascii=False, separators=(",", ":"))
    yield File("theme/manifest.webmanifest", manifest, manifest.encode)
    name, colour = view.site.short or view.site.name, _colour(view)
    svg = icon_svg(name, colour)
    yield File("theme/icon.svg", svg, svg.encode)
    letters = initials(view.site.host)
    for size in ICON_SIZES:
        yield File(
            f"theme/icon-{size}.png",
            f"{letters} {colour} {size}",
            lambda size=size: icon_png(letters, colour, size),  # type: ignore[misc]
        )


def variants(view: SiteView) -> Iterator[File]:
    """Every variant of every picture that an article shows, each once."""
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
    icons = [{"src": "icon.svg", "sizes": "any", "type": "image/svg+xml"}]
    icons += [{"src": f"icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png"} for size in ICON_SIZES]
    return {
        "name": view.site.name,
        "short_name": view.site.short or view.site.name,
        "lang": view.site.lang,
        "start_url": "../",
        "scope": "../",
        "display": "minimal-ui",
        "background_color": "#ffffff",
        "theme_color": _colour(view),
        "icons": icons,
    }


def icon_svg(name: str, colour: str) -> str:
    """The first character of a name on a square of the site's colour."""
    text = (
        '<text x="32" y="34" font-family="STZhongsong,Songti SC,Noto Serif CJK SC,SimSun,serif" font-weight="700"'
        f' font-size="40" fill="#fff" text-anchor="middle" dominant-baseline="central">{escape(name[:1])}</text>'
    )
    square = f'<rect width="64" height="64" rx="8" fill="{colour}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">{square}{text}</svg>\n'


def initials(host: str) -> str:
    """`www.jl.example` -> `JL`: the first two letters of the host's first own label."""
    labels = [label for label in host.partition(":")[0].split(".") if label != "www"]
    return labels[0][:2].upper() if labels else ""


def icon_png(letters: str, colour: str, size: int) -> bytes:
    """Letters on a square of the site's colour; the middle 80 % hold all, so a system may cut the corners."""
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415  (heavy)

    image = Image.new("RGB", (size, size), colour)
    font = ImageFont.load_default(size * 0.42)
    ImageDraw.Draw(image).text((size / 2, size / 2), letters, "#fff", font, anchor="mm")
    out = BytesIO()
    image.quantize(32).save(out, "png", optimize=True)
    return out.getvalue()


def _colour(view: SiteView) -> str:
    return ACCENTS[view.site.facts["accent"] or next(iter(ACCENTS))]


def register() -> None:
    """Called by Pelican and by the engine."""
    site_pages.connect(pages)
