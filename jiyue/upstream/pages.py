"""Reads an article page: title, time, source, and the element with its text.

The page tags of 国办发〔2017〕47号 come first (ArticleTitle, PubDate, ContentSource), then the source's selectors. Without a
selector for the text, trafilatura tells where the text is; what is carried is the page's own element, because trafilatura
loses tables.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from jiyue.catalogue.dialect import python_markdown
from jiyue.importers import clutter
from jiyue.importers.bodies import from_markdown
from jiyue.importers.heads import read_head
from jiyue.importers.html import parse, to_markdown, visible_text
from jiyue.importers.official import document_fields
from jiyue.importers.phrases import heading_of, squeeze, tidy
from jiyue.importers.reading import clean_lines
from jiyue.importers.titles import lines_saying
from jiyue.upstream.items import Item, RuleError, moment
from jiyue.upstream.lists import base_of, select, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jiyue.registry.upstream import PageSelectors

_JUNK = frozenset({"", "null", "none", "undefined", "无", "暂无", "-", "--"})
"""What templates put into page tags that they don't fill."""
_LABELLED = re.compile(
    r"(?:信息来源|文章来源|稿件来源|来源|稿源)\s*[:：]\s*([A-Za-z][\w.&-]*(?: [A-Za-z][\w.&-]*)*|[^\s|｜]+)"
)
_PUBLISHED = re.compile(r"(?:发布|发表|发文|更新)?(?:时间|日期)\s*[:：]\s*(\d{4}\S{4,8}(?:\s*\d{1,2}:\d{2})?)")
_NEXT = frozenset({"下一页", "下一页>", "下一页 >", "下页"})
_PAGES = re.compile(r"createPageHTML\(\s*(?:[2-9]|[1-9]\d+)\s*,")
"""The call by which a common system writes the links to an article's pages, with their number."""
_RUNNING = frozenset({"nav", "header", "footer", "aside", "a", "form"})
_ALREADY_CARRIED = frozenset({clutter.TITLE, clutter.DATE, clutter.SOURCE, clutter.PAGE})
_LEAST_PARAGRAPH = 8
"""Characters of a paragraph by which its place is found; shorter ones may stand anywhere."""


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
    if any(words_of(link) in _NEXT for link in page.iter("a")) or _PAGES.search(text):
        raise RuleError("文章分成几页，只看得到第一页", "打开原文，人工转载")
    tags = _tags(page) if how.tags else {}
    title = _title(page, how, tags, item)
    words = words_of(page) if page.find("body") is None else words_of(page.find("body"))
    times = [
        moment(tags.get("pubdate", "")),
        *(_selected_time(page, how.date) if how.date else []),
        item.published,
        *([moment(match[1])] if (match := _PUBLISHED.search(words)) else []),
    ]
    source = tidy(tags.get("contentsource", ""))
    if not source and how.source:
        source = next((found for each in select(page, how.source) if (found := _source(words_of(each)))), "")
    if not source and (match := _LABELLED.search(words)):
        source = match[1]
    if how.body and (own or select(page, how.body)):
        body, visible = _declared(page, how)
    else:
        body, visible = _located(text, page)
    return Page(title, best_time(times), _source(source), body, base_of(page, url), visible)


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


class Carried(NamedTuple):
    """body: the text in Markdown; fields: those of the catalogue that it states (发文字号, 成文日期 …), as front matter."""

    body: str
    fields: dict[str, str]


def carried(page: Page, files: Mapping[str, str], now: datetime, *, official: bool) -> Carried:
    """The text, without the lines of the page's head that repeat title, date, source, or are buttons.

    files: see to_markdown; official: it is an official document (公文), whose fields are read, too.
    """
    title = squeeze(page.title)
    lines = [
        f"# {heading_of(line.lstrip('#'))}"
        if line.startswith("#") and squeeze(heading_of(line.lstrip("#"))) == title
        else line
        for line in clean_lines(to_markdown(page.body, page.base, files))
    ]
    head = read_head(lines)
    clear = {
        at
        for at in head.dropped
        if clutter.is_clutter(lines[at])
        or ((labels := clutter.fields_of(lines[at])) and all(meaning in _ALREADY_CARRIED for meaning, _ in labels))
    }
    body = from_markdown(lines, clear | set(lines_saying(page.title, lines, head)))
    found = document_fields(page.title, head.doc_number, {}, head, lines, now) if official else {}
    fields = {key: f"{value:%Y-%m-%d}" if isinstance(value, datetime) else value for key, value in found.items()}
    return Carried(body, fields)


def share(page: Page) -> float:
    """The share of the visible text that arrives on our page, 0..1, by the characters of the finished text."""
    html = python_markdown(to_markdown(page.body, page.base))
    try:
        carried = Counter(visible_text(parse(f"<div>{html}</div>")))
    except ValueError:
        return 0.0
    wanted = Counter(page.visible)
    return sum((carried & wanted).values()) / wanted.total() if wanted else 0.0


def best_time(times: list[datetime | None]) -> datetime | None:
    """The first time; where it is a day only, another one of the same day that has hours.

    A page tag on a 12-hour clock, the usual fault (`hh` for `HH`), gives way to one that is twelve hours later.
    """
    known = [time for time in times if time]
    if not known:
        return None
    first = known[0]
    if (first.hour, first.minute) != (0, 0):
        late = first + timedelta(hours=12)
        return late if late.date() == first.date() and late in known else first
    return next((time for time in known if time.date() == first.date() and time != first), first)


def _tags(page: Any) -> dict[str, str]:
    """The page tags by their names in lower case, without what templates leave unfilled."""
    tags: dict[str, str] = {}
    for meta in page.iterfind(".//meta[@name]"):
        value = " ".join((meta.get("content") or "").split())
        if value.lower() not in _JUNK:
            tags.setdefault(meta.get("name").strip().lower(), value)
    return tags


def _title(page: Any, how: PageSelectors, tags: Mapping[str, str], item: Item) -> str:
    chosen = [words_of(each) for each in select(page, how.title)] if how.title else []
    given = (tags.get("articletitle", ""), *chosen, item.title)
    title = next((found for one in given if (found := tidy(one))), "")
    if not title:
        raise RuleError("文章页没有标题", "核对 page.title 的选择器")
    return title


def _selected_time(page: Any, selector: str) -> list[datetime | None]:
    return [moment(words_of(each)) for each in select(page, selector)]


def _source(words: str) -> str:
    match = _LABELLED.search(words)
    words = match[1] if match else words
    return "" if words.lower() in _JUNK or re.fullmatch(r"(?:信息|文章|稿件)?来源\s*[:：]?", words) else tidy(words)


def _declared(page: Any, how: PageSelectors) -> tuple[Any, str]:
    found = select(page, how.body or "")
    if not found:
        raise RuleError(f"文章页里没有 {how.body}", "上级网站改版的，改来源文件里 page.body 的选择器")
    body = found[0]
    _remove(body, how)
    visible = visible_text(body)
    if not visible and body.find(".//img") is None:
        raise RuleError(f"文章页的 {how.body} 里没有文字", "上级网站改版的，改来源文件里 page.body 的选择器")
    return body, visible


def _remove(body: Any, how: PageSelectors) -> None:
    for selector in how.remove:
        for one in select(body, selector):
            if one is not body and one.getparent() is not None:
                one.drop_tree()


def _located(text: str, page: Any) -> tuple[Any, str]:
    """(the smallest element around the text that trafilatura finds, all running text of the page)."""
    from trafilatura import bare_extraction  # noqa: PLC0415  (0.4 s, only for pages without a selector)

    found = bare_extraction(text, include_comments=False, favor_recall=True)
    whole = page.find("body") if page.find("body") is not None else page
    texts: dict[Any, str] = {}
    chains = []
    for line in str(getattr(found, "text", "") or "").split("\n"):
        words = squeeze(line)
        if len(words) >= _LEAST_PARAGRAPH and (chain := _chain(whole, words, texts)):
            chains.append(chain)
    if not chains:
        raise RuleError("文章页里认不出正文", "在来源文件里写明 page.body 的选择器")
    body = whole
    for level in zip(*chains, strict=False):
        if any(one is not level[0] for one in level):
            break
        body = level[0]
    if body.tag in ("p", "span", "font", "b", "strong", "li", "td", "tr", "tbody") and body.getparent() is not None:
        body = body.getparent()  # one paragraph: its attachments stand beside it
    return body, visible_text(whole, lambda one: one.tag in _RUNNING)


def _chain(whole: Any, words: str, texts: dict[Any, str]) -> list[Any]:
    """The elements around a paragraph, from the page's body to the innermost that has it whole; [] if none has."""

    def has(one: Any) -> bool:
        if one not in texts:
            texts[one] = squeeze(visible_text(one))
        return words in texts[one]

    if not has(whole):
        return []
    chain = [whole]
    while (inner := next((one for one in chain[-1] if isinstance(one.tag, str) and has(one)), None)) is not None:
        chain.append(inner)
    return chain
