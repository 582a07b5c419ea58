"""Reads a list page into items, by the selectors that its source declares."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jiyue.importers.dates import moment
from jiyue.importers.html import parse
from jiyue.importers.pages import RuleError, select, words_of
from jiyue.upstream.items import Item, canonical, title_of

if TYPE_CHECKING:
    from jiyue.registry.upstream import ListSelectors

_CUT = re.compile(r"(?:\.{3,}|…+)\s*$")
_MONTH_AND_DAY = re.compile(r"(?<!\d)(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)")
_LEADING_DATE = re.compile(
    r"^[\s·•\[（(]*\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?[\])）\s]*|[\s\[（(]*\d{4}-\d{1,2}-\d{1,2}[\])）\s]*$"
)


def read_list(text: str, base: str, how: ListSelectors, now: datetime) -> tuple[list[Item], int]:
    """(items in the page's order, of how many the date can't be read). base: the page's address. Raises RuleError.

    now: in Beijing, naive; a date without a year is the last one of that month and day.
    """
    try:
        page = parse(text)
    except ValueError:
        raise RuleError("取到的网页是空的", "在浏览器里打开网址核对") from None
    base = base_of(page, base)
    items, undated = [], 0
    for one in select(page, how.item):
        link = _link(one, how.link, base)
        if link is None:
            continue
        address, element = link
        title = _title(one, element, how.title)
        if not title:
            continue
        published = None
        if how.date:
            found = select(one, how.date)
            published = next((date for each in found if (date := _moment(words_of(each), now))), None)
            undated += published is None
        items.append(Item(title, address, address, published))
    return items, undated


def _moment(words: str, now: datetime) -> datetime | None:
    match = None if re.search(r"\d{4}", words) else _MONTH_AND_DAY.search(words)
    if not match:
        return moment(words)
    for year in (now.year, now.year - 1):
        try:
            date = datetime(year, int(match[1]), int(match[2]))
        except ValueError:
            return None
        if date <= now:
            return date
    return None


def base_of(page: Any, url: str) -> str:
    """The address to which a page's links are relative."""
    declared = page.find(".//base[@href]")
    if declared is None:
        return url
    return canonical(declared.get("href"), url) or url


def _link(one: Any, selector: str, base: str) -> tuple[str, Any] | None:
    """The first link of an item to a page of the web, and its element. The item itself may be the link."""
    for element in [*([one] if one.tag == "a" else []), *select(one, selector)]:
        if url := canonical(element.get("href") or "", base):
            return url, element
    return None


def _title(one: Any, link: Any, selector: str | None) -> str:
    """The longest form of a title: list pages cut it short and put the whole one into an attribute."""
    shown = words_of(next(iter(select(one, selector)), link)) if selector else words_of(link)
    given = " ".join((link.get("title") or "").split())
    begins = _CUT.sub("", shown)
    if given and (not shown or (begins != shown and given.startswith(begins)) or (shown in given and len(given) < 200)):
        shown = given
    return title_of(_LEADING_DATE.sub("", shown))
