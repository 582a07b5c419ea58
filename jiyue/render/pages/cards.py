"""Declared data shared by several page kinds."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from jiyue.checks.page.pagetags import junk
from jiyue.registry.site import Column
from jiyue.render.pages.job import href
from jiyue.render.pages.menu import group_of
from jiyue.render.pages.view import Entry, SiteView
from jiyue.render.theme.translations import N_, SOURCE, Words

SHARE_TARGETS = (
    "https://service.weibo.com/share/share.php",
    "https://connect.qq.com/widget/shareqq/index.html",
    "https://sns.qzone.qq.com/cgi-bin/qzshare/cgi_qzshare_onekey",
)
"""Plain links that work without JavaScript (吉政办发〔2015〕5号 五). 微视 has no web share: the system share covers it."""


class _Percent(dict[str, str]):
    """Cache of `quote(…, safe="")` per character: titles and addresses use few characters, and quote is slow."""

    def __missing__(self, character: str) -> str:
        self[character] = encoded = quote(character, safe="")
        return encoded


_percent = _Percent().__getitem__


def card(entry: Entry, prefix: str = "") -> dict[str, str]:
    """An article in a list. It holds nothing of the body, so that editing a body doesn't change lists."""
    article = entry.article
    return {"title": article.title, "href": prefix + href(entry.path), "date": article.date[:10], "kind": article.kind}


def share(url: str, title: str) -> dict[str, str]:
    """The data of the share block. The filter `share_links` makes the links, so that only rendered pages compute them."""
    return {"url": url, "title": title}


@lru_cache(maxsize=8)
def _query(url: str, title: str) -> str:
    return f"url={''.join(map(_percent, url))}&title={''.join(map(_percent, title[:100]))}"


def share_addresses(shared: dict[str, str]) -> list[str]:
    """`share` -> the link to each target, with the page's address and title (at most 100 characters) in the query."""
    query = _query(shared["url"], shared["title"])
    return [f"{address}?{query}" for address in SHARE_TARGETS]


def share_links(shared: dict[str, str], *names: str) -> list[tuple[str, str]]:
    """(name given by the theme, link) of each target."""
    return list(zip(names, share_addresses(shared), strict=True))


def crumbs(view: SiteView, section: str, prefix: str, article: bool, _: Words) -> list[dict[str, str]]:
    """Breadcrumbs from the home page to the page itself: the column's list, or 正文 for an article.

    Without an address are the page itself and the menu's group of the column, which is no page.
    """
    rows = [{"name": _("首页"), "href": prefix or "./"}]
    steps = section.split("/") if section else []
    if group := group_of(view, section):
        rows.append({"name": group, "href": ""})
    for n in range(1, len(steps) + 1):
        column = view.column_by_path.get("/".join(steps[:n]))
        if column:
            rows.append({"name": column.name, "href": prefix + href(column.path) + "/"})
    if article:
        rows.append({"name": _("正文"), "href": ""})
    else:
        rows[-1]["href"] = ""
    return rows


def column_tags(view: SiteView, section: str) -> dict[str, str]:
    """ColumnName, ColumnDescription, ColumnKeywords and ColumnType of 国办发〔2017〕47号, with real values.

    section '' is the site itself: pages outside every column belong to 首页, a ColumnType of that vocabulary.
    """
    site, _ = view.site, view.words
    column = view.column_by_path.get(section) or Column("", _("首页"), "首页", site.facts["operator"] or site.name)
    about = (
        _("%(site)s%(column)s栏目，由%(owner)s负责") if section else _("%(site)s首页和站点说明页面，由%(owner)s负责")
    )
    keywords = ",".join(column.keywords)
    if junk(keywords, column.name):
        kind = column.type if site.lang == SOURCE and column.type != "其他" else ""
        words = (column.name, kind, site.short, site.name)
        keywords = ",".join(dict.fromkeys(word for word in words if word))
    return {
        "name": column.name,
        "description": about % {"site": site.name, "column": column.name, "owner": column.owner}
        if junk(column.description, column.name)
        else column.description,
        "keywords": keywords,
        "type": column.type,
        "owner": column.owner,
    }


def duty(view: SiteView, column: Column) -> dict[str, Any]:
    """Who answers for a column (吉政办发〔2015〕5号 一、九): unit, the longest time without an update in days (0: none), contact."""
    contact = column.contact or view.site.facts["contact"]
    return {"owner": column.owner, "every": column.max_age_days, "contact": contact}


PLATFORMS = {
    "依申请公开": ("application_platform", N_("在线申请公开")), "办事服务": ("service_platform", N_("网上办理")),
}  # fmt: skip
"""Type of a column -> the fact of the site that names where to apply, and the button's words. A static site takes nothing in."""


def platform(view: SiteView, section: str) -> dict[str, str] | None:
    """The button that leads from a column to its platform, where the site's file names one."""
    column = view.column_by_path.get(section)
    key, words = PLATFORMS.get(column.type, ("", "")) if column else ("", "")
    address = view.site.facts.get(key, "")
    return {"name": view.words(words), "href": address} if address else None


FEEDS = (
    ("feed.atom", "application/atom+xml"),
    ("feed.rss", "application/rss+xml"),
    ("feed.json", "application/feed+json"),
)
"""The feeds of a site and of each column, in its folder: name and media type."""


def word_stem(kind: str, word: str) -> str:
    """The address of a feed by a topic or keyword, without its ending; no article, folder or column can be named so."""
    return f"feed.{kind}.{hashlib.blake2b(word.encode('utf-8', 'surrogatepass'), digest_size=4).hexdigest()}"


def all_feeds(view: SiteView) -> list[dict[str, Any]]:
    """Every feed of the site, for the page where readers find them: {name, links: [{name, href}]}."""
    site = view.site
    stems = [(view.words(N_("全站")), "feed")]
    stems += [(column.name, f"{href(column.path)}/feed") for column in view.columns]
    stems += [(word, word_stem(kind, word)) for kind, word in site.feeds_by]
    stems += [(view.job.cluster.name, "cluster")] if view.job.cluster_pages else []
    names = ("Atom", "RSS", "JSON")
    return [
        {
            "name": name,
            "links": [
                {"name": kind, "href": stem + feed.removeprefix("feed")}
                for kind, (feed, _) in zip(names, FEEDS, strict=True)
            ],
        }
        for name, stem in stems
    ]


def feed_links(view: SiteView, section: str, prefix: str) -> list[dict[str, str]]:
    """Feed autodiscovery: a column's feeds on its pages, else the site's; on the root site also the cluster's."""
    column = view.column_by_path.get(section)
    title = f"{view.site.name}-{column.name}" if column else view.site.name
    folder = f"{prefix}{href(column.path)}/" if column else prefix
    links = [{"type": kind, "title": title, "href": folder + name} for name, kind in FEEDS]
    if not column:
        links += [
            {
                "type": kind,
                "title": f"{view.site.name}-{word}",
                "href": prefix + word_stem(by, word) + name.removeprefix("feed"),
            }
            for by, word in view.site.feeds_by
            for name, kind in FEEDS[:1]
        ]
    if view.job.cluster_pages and not column:
        links += [
            {"type": kind, "title": view.job.cluster.name, "href": prefix + name.replace("feed", "cluster")}
            for name, kind in FEEDS
        ]
    return links


def provincial(view: SiteView, path: str) -> list[dict[str, str]]:
    """The provincial editions that a page links to, because its own site's in that language are closed."""
    return [{"lang": one.lang, "name": one.name, "href": one.url} for one in view.job.provincial if path in one.paths]


def editions(view: SiteView, path: str) -> list[dict[str, Any]]:
    """All editions of a page that exists in several languages, itself included, the original first; else []."""
    if path not in view.editions:
        return []
    prefix = "../" * path.count("/")
    return [
        {"lang": lang, "url": view.url(other), "href": prefix + href(other) or "./", "current": other == path}
        for lang, other in view.editions[path].items()
    ]
