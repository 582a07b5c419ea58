"""Reads RSS, Atom and JSON Feed into items, also feeds with errors in them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from html import escape
from typing import Any

import feedparser

from jiyue.importers.dates import moment
from jiyue.importers.pages import RuleError
from jiyue.importers.phrases import tidy
from jiyue.upstream.items import Item, canonical, of_struct, title_of


def read_feed(text: str, base: str) -> tuple[list[Item], int, str]:
    """(items in the feed's order, of how many the date can't be read, what is wrong with the feed or '').

    base: the feed's address. Raises RuleError if it is no feed.
    """
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        return _json_feed(text, base)
    # the text is in one known encoding, whatever its first line says
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": base}
    feed = feedparser.parse(io.BytesIO(text.encode()), response_headers=headers)
    if not feed.get("version") and not feed.entries:
        raise RuleError("取到的不是订阅源", "核对网址；取到的若是网页，多半是登录页或出错页，或者应写 type: list")
    items = [_item(entry, base) for entry in feed.entries]
    undated = sum(
        item is not None and item.published is None and bool(_dates(entry))
        for item, entry in zip(items, feed.entries, strict=True)
    )
    problem = str(feed.get("bozo_exception", ""))[:200] if feed.get("bozo") else ""
    return [item for item in items if item], undated, problem


def _item(entry: Any, base: str) -> Item | None:
    links = [
        entry.get("link", ""),
        *(link.get("href", "") for link in entry.get("links", []) if link.get("rel") == "alternate"),
    ]
    given = tidy(str(entry.get("id", "")))
    url = next((found for link in [*links, given] if link and (found := canonical(link, base))), "")
    title = title_of(_plain(str(entry.get("title", ""))))
    if not url or not title:
        return None
    published = next((date for text in _dates(entry) if (date := moment(text))), None)
    for key in ("published_parsed", "updated_parsed"):
        if published is None and key in entry and entry[key]:
            published = of_struct(entry[key])
    bodies = [str(content.get("value", "")) for content in entry.get("content", [])]
    content = max([*bodies, str(entry.get("summary", ""))], key=len)
    files = [str(one.get("href", "")) for one in entry.get("enclosures", [])]
    return Item(title, url, given or url, published, _with_files(content, files))


def _with_files(content: str, files: list[str]) -> str:
    """A text with links to the files that a feed attaches to it."""
    links = [f'<p><a href="{escape(file)}">附件</a></p>' for file in files if file and file not in content]
    return content + "".join(links) if content else ""


def _dates(entry: Any) -> list[str]:
    return [
        str(entry[key])
        for key in ("published", "issued", "created", "updated")
        if key in entry and str(entry[key]).strip()
    ]


def _plain(title: str) -> str:
    """A title without the markup that feeds put into it."""
    if "<" not in title and "&" not in title:
        return title
    from jiyue.importers.html import parse  # noqa: PLC0415  (few titles have markup)

    try:
        return str(parse(f"<p>{title}</p>").text_content())
    except ValueError:
        return title


def _json_feed(text: str, base: str) -> tuple[list[Item], int, str]:
    """JSON Feed 1.0 and 1.1 (jsonfeed.org), which feedparser 6 does not read."""
    try:
        data = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        raise RuleError("取到的 JSON 不完整", "请上级网站查明；下一次同步会再取") from None
    if not isinstance(data, dict) or not isinstance(data.get("items"), list):
        raise RuleError("取到的 JSON 不是订阅源（没有 items）", "核对网址；只读 JSON Feed 格式的")
    items, undated = [], 0
    for one in data["items"]:
        if not isinstance(one, dict):
            continue
        words = dict(_texts(one))
        given, title = tidy(words.get("id", "")), title_of(words.get("title", ""))
        url = canonical(words.get("url") or words.get("external_url") or given, base)
        if not url or not title:
            continue
        date = words.get("date_published") or words.get("date_modified") or ""
        published = moment(date)
        undated += bool(date) and published is None
        plain = words.get("content_text", "").replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>")
        files = [str(file.get("url", "")) for file in one.get("attachments") or () if isinstance(file, dict)]
        items.append(Item(title, url, given or url, published, _with_files(words.get("content_html") or plain, files)))
    return items, undated, ""


def _texts(values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The texts and numbers of an object; an id may be a number."""
    for key, value in values.items():
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            yield key, str(value).strip()
