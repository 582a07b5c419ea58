"""Ids for the headings and the 条 of a body, and its table of contents."""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from typing import Any

from jiyue.base.patterns import pattern
from jiyue.catalogue.places import article_name, free_name, place_name
from jiyue.checks.article.anchors import PAGE_IDS

_HEADING = pattern(r"<h([1-6])( [^>]*)?>(.*?)</h\1>", re.DOTALL)
_PLACE = pattern(r"<h([1-6])>(.*?)</h\1>|<p>((?:<strong>)?第[^\n<]{1,40})", re.DOTALL)
_TAG = pattern(r"<[^>]*>")
_ID = pattern(r'\sid="([^"]*)"')
_MARK = pattern(r'<sup\b.*?</sup>|<a class="footnote[^>]*>.*?</a>', re.DOTALL)


def with_places(html: str) -> str:
    """The HTML of a body with an id on each heading and each 条 that has none (jiyue.catalogue.places)."""
    if "<h" not in html and ">第" not in html:
        return html
    taken = set(_ID.findall(html)) if 'id="' in html else set()

    def identified(match: re.Match[str]) -> str:
        whole, level, heading, paragraph = match.group(0, 1, 2, 3)
        name = _heading_name(heading) if level else article_name(_words(paragraph))
        if not name:
            return whole
        if name in taken:
            name = free_name(name, taken)
        taken.add(name)
        return f'<h{level} id="{name}"{whole[3:]}' if level else f'<p id="{name}"{whole[2:]}'

    return _PLACE.sub(identified, html)


@lru_cache(maxsize=4096)
def _heading_name(inner: str) -> str:
    """The id of a heading, none of the page's own; headings recur in the articles of a site."""
    name = place_name(_words(inner))
    return f"{name}-1" if PAGE_IDS.fullmatch(name) else name


def contents(html: str) -> list[dict[str, Any]]:
    """The table of contents: {id, text, level} of each heading, the highest level as 2; empty below three headings."""
    if html.count("</h") < 3:  # every article gets here
        return []
    headings: list[dict[str, Any]] = []
    for level, attributes, inner in _HEADING.findall(html):
        name, text = _ID.search(attributes), _words(inner)
        if name and text:
            headings.append({"id": unescape(name[1]), "text": text, "level": int(level)})
    highest = min((one["level"] for one in headings), default=2)
    return [{**one, "level": min(one["level"] - highest + 2, 4)} for one in headings]


def _words(inner: str) -> str:
    if "<" in inner:
        inner = _TAG.sub("", _MARK.sub("", inner))
    return " ".join((unescape(inner) if "&" in inner else inner).split())
