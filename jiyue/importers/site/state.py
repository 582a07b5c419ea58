"""What a page of an old site is: an article, a list of others, or nothing that the public should get."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from fnmatch import translate
from functools import lru_cache
from typing import Any, NamedTuple

import lxml.etree

from jiyue.importers import pages
from jiyue.importers.html import parse, text_nodes
from jiyue.importers.pages import words_of
from jiyue.importers.phrases import squeeze
from jiyue.importers.site.folder import INDEX_NAMES, split_query
from jiyue.importers.visibility import visibility

MOST_BYTES = 8 << 20
MOST_TAGS = 200_000
"""A page with more is no article, and reading it would take minutes."""
_FEW_LINKS = 5
_BESIDE = 30
"""Characters beside a link in a list."""
_LITTLE = 400
"""Visible characters of a whole page up to which what it says of its own absence is believed."""
_LITTLE_TEXT = 120

_GONE = re.compile(
    r"^\W*(?:HTTP\s*)?404\b|\b404\s*(?:错误|页面|error)|错误\s*404\b|Not Found|(?:页面|网页|文件|栏目)(?:未找到|不存在|已?丢失|找不到)"
    r"|(?:文章|信息|内容|记录)不存在"
    r"|不存在或(?:者)?已(?:经)?(?:被)?删除"
    r"|(?:找不到|无法找到|没有找到)(?:该|您|这个|此)?.{0,6}(?:页|文件|文章|信息)",
    re.IGNORECASE,
)
_CLOSED = re.compile(
    r"(?:没有|无)(?:访问|浏览|查看|阅读)?(?:该页|本页)?(?:的)?权限|无权(?:访问|查看|浏览)|请您?先登[录陆]|请登[录陆]后再?(?:查看|浏览|访问|阅读)|^\W*请登[录陆]\W*$|禁止访问"
    r"|403 Forbidden|Access Denied",
    re.IGNORECASE,
)
_WITHDRAWN = re.compile(
    r"(?:信息|文章|内容|稿件|文件|新闻|页面)(?:已经?|现已)(?:被)?(?:撤销|撤下|撤稿|撤回|删除|下线|屏蔽|过期)"
    r"|^\W*已(?:撤销|撤下|撤稿|撤回|删除|下线)|(?:文章|信息|内容|稿件)(?:尚?未(?:通过)?(?:审核|发布)|(?:正在)?审核中|待审)"
)
_SAYS = ((_GONE, "网页已不存在"), (_CLOSED, "要有权限才能看"), (_WITHDRAWN, "标明已撤下或没有发布"))
_STATE = re.compile(r"(状态|公开方式|公开属性|公开形式|公开类别|信息公开类别)\s*[:：]\s*([^\s:：]{2,10})")
_PROGRAM = re.compile(r"<%[@=\s]|<\?php|<\?=|<jsp:")
_REFRESH = re.compile(r"^\s*[\d.]*\s*[;,]\s*url\s*=\s*['\"]?([^'\"\s]+)", re.IGNORECASE)
_JUMP = re.compile(
    r"(?:window\.|self\.|top\.|document\.)*location(?:\.href)?\s*=\s*['\"]([^'\"]+)['\"]"
    r"|location\.replace\(\s*['\"]([^'\"]+)['\"]"
)
_SEARCH = re.compile(r"(?:^|/)(?:search|searchresult|query|sousuo|jiansuo|was5)[^/]*(?:/|\.|$)", re.IGNORECASE)
_PAGING = re.compile(r"下一?页|尾页|末页|共\s*\d+\s*[页条]|第\s*\d+\s*页")
_DATED = re.compile(r"(?:\d{4}[-/.年])?\d{1,2}[-/.月]\d{1,2}")
_VISIBLE = lxml.etree.XPath(
    ".//text()[not(parent::script or parent::style or parent::noscript or parent::option or parent::textarea)]"
)


class Skip(Exception):
    """A page becomes no article of its own. status: `skipped` or `error`; str() says why, in Chinese."""

    def __init__(self, reason: str, status: str = "skipped", *, index: bool = False, alias: str = "") -> None:
        super().__init__(reason)
        self.reason, self.status, self.index, self.alias = reason, status, index, alias


class Opened(NamedTuple):
    """A parsed page. words: what it shows, on one line."""

    root: Any
    text: str
    words: str
    tags: dict[str, str]


def opened(text: str) -> Opened:
    """Parse a page. Raises Skip."""
    if text.count("<") > MOST_TAGS:
        raise Skip(f"网页太大，元素超过 {MOST_TAGS // 10_000} 万个", "error")
    if _PROGRAM.search(text[:2048]) and "<html" not in text[:200].lower():
        raise Skip("服务器程序，不是网页")
    try:
        root = parse(text, deep=True)
    except ValueError:
        raise Skip("网页是空的", "skipped") from None
    words = " ".join(" ".join(_VISIBLE(pages.whole_of(root))).split())
    return Opened(root, text, words, pages.page_tags(root))


def judge(page: Opened, path: str, now: datetime) -> None:
    """Raise Skip for a page that is none of articles, or is not public."""
    if page.root.find(".//frameset") is not None:
        raise Skip("框架页", index=True)
    for meta in page.root.iterfind(".//meta[@http-equiv]") if len(page.words) < _LITTLE else ():
        if meta.get("http-equiv").lower() == "refresh" and (to := _REFRESH.match(meta.get("content") or "")):
            raise Skip("转到别的网页", alias=to[1])
    if len(page.words) < 40 and (
        jump := next((m for s in page.root.iter("script") if (m := _JUMP.search(s.text or ""))), None)
    ):
        raise Skip("转到别的网页", alias=jump[1] or jump[2])
    if "HTTrack Website Copier" in page.text[:4096] and "Local index" in page.text[:8192]:
        raise Skip("下载工具自己的网页")
    if _SEARCH.search(path):
        raise Skip("检索页")
    folders = path.split("/")[:-1]
    match = _STATE.search(page.words)
    seen = visibility({}, {match[1]: match[2]} if match else {}, folders, now)
    if seen.reason:
        raise Skip(seen.reason)


def judge_words(title: str, visible: str, words: str) -> None:
    """Raise Skip for a page that says that it is not there, or not for everybody.

    visible: its text's characters; words: all that it shows.
    """
    whole = words if len(words) <= _LITTLE else ""
    text = visible if len(visible) <= _LITTLE_TEXT else ""
    for said in (title if len(title) <= 20 or title[:1] in "[【（(" else "", whole, text):
        for words_for, reason in _SAYS:
            if words_for.search(said):
                raise Skip(reason)


def looks_like_index(root: Any, path: str) -> bool:
    """Whether a page lists others: most of its words are links, with dates beside them or page numbers below."""
    whole = pages.whole_of(root)
    total = sum(map(len, text_nodes(whole)))
    links = [(one, words) for one in whole.iter("a") if one.get("href") and (words := squeeze(one.text_content()))]
    if not total or len(links) < _FEW_LINKS:
        return False
    share = sum(len(words) for _, words in links) / total
    name, _ = split_query(path.rpartition("/")[2])
    if name.lower() in INDEX_NAMES:
        return share >= 0.4
    if share < 0.5:
        return False
    targets = len({one.get("href") for one, _ in links})
    if share >= 0.95 and targets >= len(links) * 0.8:  # in a table, each row leads to one page from several cells
        return True
    dated = sum(is_dated(one, words) for one, words in links)
    return dated >= _FEW_LINKS or bool(_PAGING.search(words_of(whole)))


def is_dated(link: Any, words: str) -> bool:
    """Whether a link is an item of a list, with hardly more than a date beside it. words: its own, without white space."""
    holder = link.getparent()
    while holder is not None and len(around := squeeze(holder.text_content())) <= len(words) + _BESIDE:
        if len(around) > len(words):
            return bool(_DATED.search(around.replace(words, "", 1)))
        holder = holder.getparent()
    return False


@lru_cache(maxsize=1024)
def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern.lstrip("/")), re.IGNORECASE)


def matches(path: str, glob: str) -> bool:
    """Whether a path fits, from the folder's top or from any folder in it: hosts' folders need not be named."""
    pattern = _glob(glob)
    return bool(pattern.match(path)) or any(pattern.match(rest) for rest in _tails(path))


def _tails(path: str) -> Iterator[str]:
    _, slash, rest = path.partition("/")
    if slash:
        yield rest
