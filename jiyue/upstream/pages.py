"""Reads an article page: title, time, source, and the element with its text.

The page tags of 国办发〔2017〕47号 come first (ArticleTitle, PubDate, ContentSource), then the source's selectors. Without a
selector for the text, trafilatura tells where the text is (jiyue.importers.pages).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from jiyue.importers import pages
from jiyue.importers.dates import moment
from jiyue.importers.html import parse, to_markdown, visible_text
from jiyue.importers.pages import Carried, RuleError, select, words_of
from jiyue.importers.phrases import tidy
from jiyue.upstream.items import Item
from jiyue.upstream.lists import base_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jiyue.registry.upstream import PageSelectors

_PAGES = re.compile(r"createPageHTML\(\s*(?:[2-9]|[1-9]\d+)\s*,")
"""The call by which a common system writes the links to an article's pages, with their number."""


class Page(NamedTuple):
    """An article page. published: in Beijing, naive; source: '' if it names none; base: to which its links are relative.

    visible: the characters of which a share is to be carried, without white space.
    """

    title: str
    published: datetime | None
    source: str
    body: Any
    base: str
    visible: str


def read_page(text: str, url: str, how: PageSelectors, item: Item, *, own: bool) -> Page:
    """Read a page. item: what the list said. own: whether it is on the source's host, for which the selectors are made:
    there, one that finds nothing means that they no longer fit.

    Raises RuleError.
    """
    try:
        page = parse(text)
    except ValueError:
        raise RuleError("文章页是空的", "在浏览器里打开网址核对") from None
    if any(words_of(link) in pages.NEXT_PAGE for link in page.iter("a")) or _PAGES.search(text):
        raise RuleError("文章分成几页，只看得到第一页", "打开原文，人工转载")
    tags = pages.page_tags(page) if how.tags else {}
    title = _title(page, how, tags, item)
    words = words_of(pages.whole_of(page))
    times = [
        moment(tags.get("pubdate", "")),
        *(_selected_time(page, how.date) if how.date else []),
        item.published,
        pages.labelled_time(words),
    ]
    source = pages.source_of(tags.get("contentsource", ""))
    if not source and how.source:
        source = next((found for each in select(page, how.source) if (found := pages.source_of(words_of(each)))), "")
    if how.body and (own or select(page, how.body)):
        body, visible = _declared(page, how)
    else:
        body, visible = _located(text, page)
    source = source or pages.labelled_source(words)
    return Page(title, pages.best_time(times), source, body, base_of(page, url), visible)


def read_content(item: Item) -> Page:
    """The full text that a feed gives, as a page. Raises RuleError."""
    try:
        body = parse(f"<div>{item.content}</div>")
    except ValueError:
        raise RuleError("订阅源里没有正文", "订阅源只给摘要的，去掉 full: true") from None
    visible = visible_text(body)
    if not visible:
        raise RuleError("订阅源里没有正文", "订阅源只给摘要的，去掉 full: true")
    return Page(item.title, item.published, "", body, item.url, visible)


def carried(page: Page, files: Mapping[str, str], now: datetime, *, official: bool) -> Carried:
    """The text of a page as an article's. files: see to_markdown; official: see jiyue.importers.pages.carried."""
    return pages.carried(page.title, to_markdown(page.body, page.base, files), now, official=official)


def share(page: Page) -> float:
    """The share of the visible text that arrives on our page, 0..1, by the characters of the finished text."""
    return pages.share(page.visible, to_markdown(page.body, page.base))


def _title(page: Any, how: PageSelectors, tags: Mapping[str, str], item: Item) -> str:
    chosen = [words_of(each) for each in select(page, how.title)] if how.title else []
    given = (tags.get("articletitle", ""), *chosen, item.title)
    title = next((found for one in given if (found := tidy(one))), "")
    if not title:
        raise RuleError("文章页没有标题", "核对 page.title 的选择器")
    return title


def _selected_time(page: Any, selector: str) -> list[datetime | None]:
    return [moment(words_of(each)) for each in select(page, selector)]


def _declared(page: Any, how: PageSelectors) -> tuple[Any, str]:
    found = select(page, how.body or "")
    if not found:
        raise RuleError(f"文章页里没有 {how.body}", "上级网站改版的，改来源文件里 page.body 的选择器")
    body = found[0]
    pages.remove(body, how.remove)
    visible = visible_text(body)
    if not visible and body.find(".//img") is None:
        raise RuleError(f"文章页的 {how.body} 里没有文字", "上级网站改版的，改来源文件里 page.body 的选择器")
    return body, visible


def _located(text: str, page: Any) -> tuple[Any, str]:
    """(the smallest element around the text that trafilatura finds, all running text of the page)."""
    body = pages.locate(text, page)
    if body is None:
        raise RuleError("文章页里认不出正文", "在来源文件里写明 page.body 的选择器")
    return body, pages.running_text(page)
