"""Reading article pages of other systems, whether their site is synced or moves in: tags, selectors, the text, its share.

The page tags of 国办发〔2017〕47号 are trusted first. trafilatura only tells where a text is; what is carried is the page's own
element, because trafilatura loses tables.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import lxml.cssselect
import lxml.etree

from jiyue.catalogue.dialect import python_markdown
from jiyue.importers import clutter
from jiyue.importers.bodies import from_markdown
from jiyue.importers.dates import moment
from jiyue.importers.heads import read_head
from jiyue.importers.html import parse, visible_text
from jiyue.importers.official import document_fields
from jiyue.importers.phrases import heading_of, squeeze, tidy
from jiyue.importers.reading import clean_lines
from jiyue.importers.titles import lines_saying

_JUNK = frozenset({"", "null", "none", "undefined", "无", "暂无", "-", "--"})
"""What templates put into page tags that they don't fill."""
_LABELLED = re.compile(
    r"(?:信息来源|文章来源|稿件来源|来源|稿源)\s*[:：]\s*([A-Za-z][\w.&-]*(?: [A-Za-z][\w.&-]*)*|[^\s|｜]+)"
)
_PUBLISHED = re.compile(r"(?:发布|发表|发文|更新)?(?:时间|日期)\s*[:：]\s*(\d{4}\S{4,8}(?:\s*\d{1,2}:\d{2})?)")
RUNNING = frozenset({"nav", "header", "footer", "aside", "a", "form"})
"""Elements whose words are not a page's running text."""
NEXT_PAGE = frozenset({"下一页", "下一页>", "下一页 >", "下一页>>", "下一页 >>", "下页", "[下一页]"})
"""The words of a link to the next page of the same article."""
_ALREADY_CARRIED = frozenset({clutter.TITLE, clutter.DATE, clutter.SOURCE, clutter.PAGE})
_LEAST_PARAGRAPH = 8
"""Characters of a paragraph by which its place is found; shorter ones may stand anywhere."""
_PARTS_OF_TEXT = ("p", "span", "font", "b", "strong", "li", "td", "tr", "tbody")


class RuleError(Exception):
    """A reading failed its test; str() says how, in Chinese."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


@lru_cache(maxsize=512)
def _compiled(selector: str) -> Any:
    return lxml.cssselect.CSSSelector(selector, translator="html")


def select(element: Any, selector: str) -> list[Any]:
    """The elements that a CSS selector finds. Raises RuleError for one that is wrong."""
    try:
        return list(_compiled(selector)(element))
    except (lxml.cssselect.SelectorError, lxml.etree.XPathError, ValueError) as problem:
        hint = "写 CSS 选择器，如 ul.list > li；不支持伪元素"
        raise RuleError(f"选择器「{selector}」写得不对：{problem}"[:300], hint) from None


def words_of(element: Any) -> str:
    """The text of an element on one line."""
    return " ".join(str(element.text_content()).split())


def page_tags(page: Any) -> dict[str, str]:
    """The page tags by their names in lower case, without what templates leave unfilled."""
    tags: dict[str, str] = {}
    for meta in page.iterfind(".//meta[@name]"):
        value = " ".join((meta.get("content") or "").split())
        if value.lower() not in _JUNK:
            tags.setdefault(meta.get("name").strip().lower(), value)
    return tags


def labelled_time(words: str) -> datetime | None:
    """The time that a page labels as that of its publication. words: of the page, on one line."""
    match = _PUBLISHED.search(words)
    return moment(match[1]) if match else None


def labelled_source(words: str) -> str:
    """Whom a page labels as its source; '' for none. words: of the page, on one line."""
    match = _LABELLED.search(words)
    return source_of(match[1]) if match else ""


def source_of(words: str) -> str:
    """The source that words name, with its label or without; '' for none."""
    match = _LABELLED.search(words)
    words = match[1] if match else words
    return "" if words.lower() in _JUNK or re.fullmatch(r"(?:信息|文章|稿件)?来源\s*[:：]?", words) else tidy(words)


def best_time(times: Iterable[datetime | None]) -> datetime | None:
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


def remove(body: Any, selectors: Iterable[str]) -> None:
    """Take out of a body what the selectors find in it."""
    for selector in selectors:
        for one in select(body, selector):
            if one is not body and one.getparent() is not None:
                one.drop_tree()


def locate(text: str, page: Any) -> Any | None:
    """The smallest element around the text that trafilatura finds in a page; None if it finds none."""
    from trafilatura import bare_extraction  # noqa: PLC0415  (0.4 s, only for pages without a selector)

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it complains of pages that it can't read
    found = bare_extraction(text, include_comments=False, favor_recall=True)
    whole = whole_of(page)
    texts: dict[Any, str] = {}
    chains = []
    for line in str(getattr(found, "text", "") or "").split("\n"):
        words = squeeze(line)
        if len(words) >= _LEAST_PARAGRAPH and (chain := _chain(whole, words, texts)):
            chains.append(chain)
    if not chains:
        return None
    body = whole
    for level in zip(*chains, strict=False):
        if any(one is not level[0] for one in level):
            break
        body = level[0]
    if body.tag in _PARTS_OF_TEXT and body.getparent() is not None:
        body = body.getparent()  # one paragraph: its attachments stand beside it
    return body


def whole_of(page: Any) -> Any:
    """The element with everything that a page shows."""
    body = page.find("body")
    return page if body is None else body


def running_text(page: Any) -> str:
    """The visible characters of a page outside of links and what surrounds every page."""
    return visible_text(whole_of(page), lambda one: one.tag in RUNNING)


class Carried(NamedTuple):
    """body: the text in Markdown; fields: those of the catalogue that it states (发文字号, 成文日期 …), as front matter.

    said: lines that are not in the body because the front matter says the same (title, date, source).
    """

    body: str
    fields: dict[str, str]
    said: tuple[str, ...] = ()


def carried(title: str, markdown: str, now: datetime, *, official: bool) -> Carried:
    """A text without the lines of the page's head that repeat title, date, source, or are buttons.

    official: it is an official document (公文), whose fields are read, too.
    """
    plain = squeeze(title)
    lines = [
        f"# {heading_of(line.lstrip('#'))}"
        if line.startswith("#") and squeeze(heading_of(line.lstrip("#"))) == plain
        else line
        for line in clean_lines(markdown)
    ]
    head = read_head(lines)
    buttons = {at for at in head.dropped if clutter.is_clutter(lines[at])}
    said = {
        at
        for at in head.dropped - buttons
        if (labels := clutter.fields_of(lines[at])) and all(meaning in _ALREADY_CARRIED for meaning, _ in labels)
    } | set(lines_saying(title, lines, head))
    body = from_markdown(lines, buttons | said)
    found = document_fields(title, head.doc_number, {}, head, lines, now) if official else {}
    fields = {key: f"{value:%Y-%m-%d}" if isinstance(value, datetime) else value for key, value in found.items()}
    return Carried(body, fields, tuple(lines[at] for at in sorted(said)))


def share(visible: str, markdown: str) -> float:
    """The share of the visible characters that a text in Markdown shows on our page, 0..1."""
    wanted = Counter(visible)
    return sum((shown(markdown) & wanted).values()) / wanted.total() if wanted else 0.0


def shown(markdown: str) -> Counter[str]:
    """The characters that a reader of the finished page sees."""
    try:
        return Counter(visible_text(parse(f"<div>{python_markdown(markdown)}</div>")))
    except ValueError:
        return Counter()


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
