"""Markdown -> HTML: Python-Markdown's `extra` dialect, which Pelican's users expect, made fit for an article page."""

from __future__ import annotations

import re

from jiyue.base.patterns import pattern
from jiyue.catalogue.dialect import CONTROL
from jiyue.checks.article import markup
from jiyue.render.fast_markdown import quick
from jiyue.render.reference_markdown import python_markdown

_NEEDS_CLEANING = pattern(r"[<{\[&]")
_HEADING = pattern(r"<(/?)h([1-6])\b")
TABLE = 'aria-label="表格"'
_TABLE = pattern(r"<table\b.*?</table>", re.DOTALL)
_STRAY_START = pattern(r' start="(?![0-9]+")[^"]*"')
"""Python-Markdown takes any Unicode digits for a number (１.), HTML doesn't."""

_ALT = pattern(r'\salt="([^"]*)"')
_NO_SOURCE = pattern(r"<img\b(?![^>]*\ssrc=)[^>]*>")
"""A picture from another host, after the sanitizer."""

_CELL_STYLE = pattern(r'<(t[hd]) style="text-align: (left|center|right);?">')


def convert(text: str) -> tuple[str, bool]:
    """The HTML of an article's body, and whether the fast converter made it.

    It has no `<h1>` (that is the page's title) and nothing that could run or load from elsewhere.
    """
    html = quick(text)
    fast = html is not None
    if html is None:
        html = _STRAY_START.sub("", python_markdown(text))
    if not fast and _NEEDS_CLEANING.search(text):  # the fast path takes no text that needs cleaning
        html = sanitize(html)
        if "<img" in html:
            html = _NO_SOURCE.sub(described, html)
    if "text-align" in html:
        html = _CELL_STYLE.sub(r'<\1 class="align-\2">', html)
    if "<h1" in html:
        html = _HEADING.sub(lambda m: f"<{m[1]}h{min(int(m[2]) + 1, 6)}", html)
    if "<table" in html:
        html = _TABLE.sub(rf'<div class="table-scroll" role="region" {TABLE} tabindex="0">\g<0></div>', html)
    return html, fast


def warm_up() -> None:
    """Build both converters before this process forks, so that its children inherit them."""
    python_markdown("*")
    quick("-")


def described(match: re.Match[str]) -> str:
    """The text in place of a picture that isn't shown."""
    alt = _ALT.search(match[0])
    return f"［图片：{alt[1]}］" if alt and alt[1] else "［图片］"


def sanitize(html: str) -> str:
    """HTML reduced to what jiyue.checks.article.markup allows, without the control characters of character references."""
    clean = markup.sanitize(html)
    # removing characters can make a new scheme ("java" + U+0085 + "script:"), so the result is sanitized again
    return sanitize(CONTROL.sub("", clean)) if CONTROL.search(clean) else clean
