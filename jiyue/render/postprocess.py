"""Finishes an article's HTML for its page: pictures in several sizes, figures with captions, signature (落款) on the right."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Any
from urllib.parse import unquote

from markupsafe import Markup

from jiyue.base.patterns import pattern
from jiyue.catalogue.references import local_path

SIZES = "(min-width: 48rem) 44rem, 100vw"
"""`sizes` of a picture in the text: the column's width (themes/gov, --measure) or the whole screen."""

_IMAGE = pattern(r'<img\b([^>]*?)\ssrc="([^"]*)"([^>]*?)\s*/?>|<img\b[^>]*>')
_ALONE = pattern(r"<p>(\s*<picture>(?:<source\b[^>]*>)*<img\b[^>]*></picture>\s*|\s*<img\b[^>]*>\s*)</p>")
_TITLE = pattern(r'\stitle="([^"]*)"')
_DATE = r"[12]\d{3}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日"
_SIGNED = pattern(rf"<p>([^<>，。；：？！]{{2,40}})(?:</p>\n<p>|<br>\n?)({_DATE})</p>")
_DATED = pattern(rf"<p>({_DATE})</p>(?=\s*\Z)")


def postprocess(html: str, folder: str, pictures: dict[str, Any]) -> str:
    """The HTML as the page shows it. folder: the page's; pictures: path in the site -> [width, height, {format: widths}]."""
    if "日</p>" in html:
        html = _SIGNED.sub(r'<p class="signed">\1</p>\n<p class="signed">\2</p>', html)
        html = _DATED.sub(r'<p class="signed">\1</p>', html)
    if "<img" in html:
        html = _IMAGE.sub(lambda match: _picture(match, folder, pictures), html)
        html = _ALONE.sub(_figure, html)
    return html


def _picture(match: re.Match[str], folder: str, pictures: dict[str, Any]) -> str:
    if match[2] is None:
        return match[0]
    address = unescape(match[2])
    width, height, variants = pictures.get(local_path(folder, unquote(address))) or (0, 0, {})
    others = match[1] + match[3]
    sides = f' width="{width}" height="{height}"' if width and " width=" not in others else ""
    if (
        height > width and " class=" not in others
    ):  # limited by the window's height: the style has to know it before it loads
        sides += ' class="tall"'
    image = f'<img src="{escape(address)}"{others}{sides} loading="lazy" decoding="async">'
    return f"<picture>{sources(address, variants)}{image}</picture>" if variants else image


def sources(address: str, variants: dict[str, list[int]], sizes: str = SIZES) -> str:
    """The `<source>` elements of a picture, best format first; a variant's address is `<address>.<width>.<format>`."""
    place = escape(address)
    return "".join(
        f'<source type="image/{kind}" srcset="{", ".join(f"{place}.{w}.{kind} {w}w" for w in widths)}" sizes="{sizes}">'
        for kind, widths in variants.items()
    )


def list_picture(picture: dict[str, Any], large: bool) -> Markup:
    """A picture in a list ({src, width, height, variants}); its alternative text is empty because the title is next to it."""
    sizes = "(min-width: 48rem) 36rem, 100vw" if large else "(min-width: 48rem) 12rem, 7rem"
    loading = "" if large else ' loading="lazy"'
    image = f'<img src="{escape(picture["src"])}" width="{picture["width"]}" height="{picture["height"]}" alt="" class="cover"{loading}>'
    return Markup(f"<picture>{sources(picture['src'], picture['variants'], sizes)}{image}</picture>")


def _figure(match: re.Match[str]) -> str:
    """A picture alone in its paragraph as a figure, with its Markdown title as the caption."""
    title = _TITLE.search(match[1])
    caption = f"<figcaption>{title[1]}</figcaption>" if title and title[1] else ""
    inner = match[1].replace(title[0], "", 1) if title else match[1]
    return f"<figure>{inner.strip()}{caption}</figure>"
