"""Renders the data blocks of a body (jiyue.catalogue.blocks): charts and tables, each with a download."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import escape

from jiyue.base.cells import Row
from jiyue.base.patterns import pattern
from jiyue.catalogue.blocks import DRAWN, BadBlock, Written, code_of, split
from jiyue.catalogue.charts import chart
from jiyue.catalogue.tables import table
from jiyue.render import charts, tables

DataFile = Callable[[str], tuple[list[Row], str] | None]
"""Address of a file as written -> (its rows, its address on the page); None if it is missing or not a table."""
MARK = '"language-'
"""Part of every body with a block."""


def draw(html: str, data_file: DataFile = lambda _: None, elsewhere: str = "") -> str:
    """A body's HTML with its blocks rendered; a faulty block is left out, the check of the article reports it.

    elsewhere: the address to link to where a block's file isn't on this site, '' for none.
    """
    if MARK not in html:
        return html
    out, last = [], 0
    for number, match in enumerate(DRAWN.finditer(html), 1):
        out += [html[last : match.start()], _drawn(match[1], code_of(match[2]), number, data_file, elsewhere)]
        last = match.end()
    return "".join([*out, html[last:]])


def undrawn(written: Iterable[Written]) -> str:
    """The blocks of front matter as the HTML that `draw` expects."""
    return "".join(f'\n<pre><code class="language-{kind}">{escape(inside)}</code></pre>' for kind, inside, _ in written)


_DRAWING = pattern(r'<div class="table-scroll"[^>]*><svg.*?</svg></div>', re.DOTALL)


def without_drawings(html: str) -> str:
    """The result of `draw` with tables only, for feeds and other places without the theme's styles and scripts."""
    if "<figure class=" not in html:
        return html
    return _DRAWING.sub("", html).replace(tables.WIRED, "")


def readable(html: str) -> str:
    """A body's HTML for the search index: each block as its title and data."""

    def words(match: re.Match[str]) -> str:
        try:
            block = split(match[1], code_of(match[2]))
        except BadBlock:
            return ""
        return f"<p>{escape(block.head['title'])}</p><p>{escape(block.data)}</p>"

    return DRAWN.sub(words, html) if MARK in html else html


def _drawn(kind: str, text: str, number: int, data_file: DataFile, elsewhere: str) -> str:
    try:
        block = split(kind, text)
        rows, place = (data_file(block.file) if block.file else None) or (None, "")
        if block.file and rows is None:
            title = escape(block.head["title"])
            return f'<p><a href="{escape(elsewhere)}" rel="noopener noreferrer">{title}</a></p>' if elsewhere else ""
        if kind == "table":
            return tables.figure(table(block, rows), place)
        return charts.figure(chart(block, rows), f"chart-{number}", place)
    except BadBlock:
        return ""
