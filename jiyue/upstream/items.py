"""What a source lists: items with title, address and time, from a feed or a list page. Each reading tests itself."""

from __future__ import annotations

import re
from calendar import timegm
from datetime import UTC, datetime
from time import struct_time
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from jiyue.base.diagnostics import error, warning
from jiyue.importers.dates import in_beijing
from jiyue.importers.pages import RuleError
from jiyue.importers.phrases import LONGEST_TITLE, tidy

RULE = error(
    "sync-rule",
    "来源的取法不再适用",
    "上级网站改版以后，选择器会取到空的或错的内容；每次都先检验条数、日期和取到的文字比例，不合格的不写，已有的稿件不动。",
)
FEED = warning("sync-feed", "订阅源的格式有错", "格式有错的订阅源读到出错的地方为止，后面的内容可能没有读到。")

_TRACKING = re.compile(r"utm_\w+|spm|isappinstalled", re.IGNORECASE)


class Item(NamedTuple):
    """One item. url: canonical; key: its guid, else its url. published: in Beijing, naive, None if the list names no time.

    content: its full text as HTML where the feed has it, '' otherwise.
    """

    title: str
    url: str
    key: str
    published: datetime | None
    content: str = ""


def canonical(url: str, base: str = "") -> str:
    """The one form of an address by which an item is recognized: no fragment, no tracking; '' if it is none of the web."""
    try:
        parts = urlsplit(urljoin(base, re.sub(r"[\t\r\n]", "", url).strip()))
        port = parts.port
    except ValueError:
        return ""
    host = (parts.hostname or "").lower()
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        return ""
    netloc = f"[{host}]" if ":" in host else host
    if port and port != (443 if parts.scheme == "https" else 80):
        netloc += f":{port}"
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [pair for pair in pairs if not _TRACKING.fullmatch(pair[0])]
    query = parts.query if len(kept) == len(pairs) else urlencode(kept)
    safe = "/%:=&?~+!$,;'()*-._"
    return urlunsplit((parts.scheme, netloc, quote(parts.path or "/", safe=safe), quote(query, safe=safe), ""))


def title_of(text: str) -> str:
    """A title on one line; one that is too long is cut, since its item must not vanish."""
    return tidy(text) or tidy(text[:LONGEST_TITLE])


def of_struct(parts: struct_time) -> datetime:
    """feedparser's UTC time in Beijing, naive."""
    return in_beijing(datetime.fromtimestamp(timegm(parts), UTC))


def tested(items: list[Item], least: int, undated: int, what: str) -> list[Item]:
    """The items, each address once, if there are enough of them. undated: of how many the date can't be read. RuleError."""
    unique = list({item.url: item for item in reversed(items)}.values())[::-1]
    if len(unique) < least:
        hint = f"在浏览器里打开{what}核对：网站改版的，改来源文件里的选择器或网址；条数确实会这样少的，改 min_items"
        raise RuleError(f"只读到 {len(unique)} 条，至少应有 {least} 条", hint)
    if undated:
        raise RuleError(f"{undated} 条的日期读不出来", f"核对{what}里日期的写法，改来源文件里日期的选择器")
    return unique
