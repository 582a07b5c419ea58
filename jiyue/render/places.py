"""Ids for the headings and the 条 of a body, and its table of contents."""

from __future__ import annotations

import re
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
    taken = set(_ID.findall(html))

    def identified(match: re.Match[str]) -> str:
        name = place_name(_words(match[2])) if match[1] else article_name(_words(match[3]))
        if not name:
            return match[0]
        name = free_name(f"{name}-1" if PAGE_IDS.fullmatch(name) else name, taken)
        taken.add(name)
        tag = f"h{match[1]}" if match[1] else "p"
        return f'<{tag} id="{name}"{match[0][len(tag) + 1 :]}'

    return _PLACE.sub(identified, html)


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
