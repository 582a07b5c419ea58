"""Small pieces of declared data that several page kinds share."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import quote

from jiyue.checks.pagetags import junk
from jiyue.registry.site import Column
from jiyue.site.job import href
from jiyue.site.view import Entry, SiteView

SHARE_TARGETS = (
    ("微博", "https://service.weibo.com/share/share.php"),
    ("QQ", "https://connect.qq.com/widget/shareqq/index.html"),
    ("QQ空间", "https://sns.qzone.qq.com/cgi-bin/qzshare/cgi_qzshare_onekey"),
)
"""Plain links that work without JavaScript (吉政办发〔2015〕5号 五). 微视 has no web share: the system share covers it."""


class _Percent(dict[str, str]):
    """Character -> what `quote(…, safe="")` makes of it: titles and addresses are made of few, and quote is slow."""

    def __missing__(self, character: str) -> str:
        self[character] = encoded = quote(character, safe="")
        return encoded


_percent = _Percent().__getitem__


def card(entry: Entry, prefix: str = "") -> dict[str, str]:
    """An article in a list: depends on nothing that a body edit changes."""
    article = entry.article
    return {"title": article.title, "href": prefix + href(entry.path), "date": article.date[:10], "kind": article.kind}


def share(url: str, title: str) -> dict[str, str]:
    """What the share block shares; a filter (`share_links`) makes the links, so that only rendered pages pay for them."""
    return {"url": url, "title": title}


@lru_cache(maxsize=8)
def _query(url: str, title: str) -> str:
    return f"url={''.join(map(_percent, url))}&title={''.join(map(_percent, title[:100]))}"


def share_links(shared: dict[str, str]) -> list[tuple[str, str]]:
    """`share` -> (name, address) of each target, the page's address and title (at most 100 characters) in its query."""
    query = _query(shared["url"], shared["title"])
    return [(name, f"{address}?{query}") for name, address in SHARE_TARGETS]


def crumbs(view: SiteView, section: str, prefix: str) -> list[dict[str, str]]:
    """From the home page down to the column."""
    found = [{"name": "首页", "href": prefix or "./"}]
    steps = section.split("/") if section else []
    for n in range(1, len(steps) + 1):
        column = view.column_by_path.get("/".join(steps[:n]))
        if column:
            found.append({"name": column.name, "href": prefix + href(column.path) + "/"})
    return found


def column_tags(view: SiteView, section: str) -> dict[str, str]:
    """ColumnName, ColumnDescription, ColumnKeywords and ColumnType of 国办发〔2017〕47号, never junk.

    section '' is the site itself: pages that lie in no column belong to 首页, a ColumnType of that vocabulary.
    """
    site = view.site
    column = view.column_by_path.get(section) or Column("", "首页", "首页", site.facts["operator"] or site.name)
    named = f"{column.name}栏目" if section else "首页和站点说明页面"
    keywords = ",".join(column.keywords)
    if junk(keywords, column.name):
        words = (column.name, "" if column.type == "其他" else column.type, site.short, site.name)
        keywords = ",".join(dict.fromkeys(word for word in words if word))
    return {
        "name": column.name,
        "description": f"{site.name}{named}，由{column.owner}负责"
        if junk(column.description, column.name)
        else column.description,
        "keywords": keywords,
        "type": column.type,
        "owner": column.owner,
    }


FEEDS = (
    ("feed.atom", "application/atom+xml"),
    ("feed.rss", "application/rss+xml"),
    ("feed.json", "application/feed+json"),
)
"""The feeds of a site and of each column, in its folder: name and media type."""


def feed_links(view: SiteView, section: str, prefix: str) -> list[dict[str, str]]:
    """Feed autodiscovery: the column's feeds on its pages, the site's on all others, the root's with the cluster's."""
    column = view.column_by_path.get(section)
    title = f"{view.site.name}-{column.name}" if column else view.site.name
    folder = f"{prefix}{href(column.path)}/" if column else prefix
    found = [{"type": kind, "title": title, "href": folder + name} for name, kind in FEEDS]
    if view.job.together and not column:
        found += [
            {"type": kind, "title": view.job.cluster.name, "href": prefix + name.replace("feed", "cluster")}
            for name, kind in FEEDS
        ]
    return found


def editions(view: SiteView, path: str) -> list[dict[str, Any]]:
    """Every edition of a page that exists in several languages, the original first, itself among them; else none."""
    if path not in view.editions:
        return []
    prefix = "../" * path.count("/")
    return [
        {"lang": lang, "url": view.url(other), "href": prefix + href(other) or "./", "current": other == path}
        for lang, other in view.editions[path].items()
    ]
