"""Small pieces of declared data that several page kinds share."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from jiyue.checks.pagetags import junk
from jiyue.registry.site import Column
from jiyue.site.view import Entry, SiteView, href
from jiyue.words import N_, SOURCE, Words

_WEIBO = "https://service.weibo.com/share/share.php?url={url}&title={title}"
_QQ = "https://connect.qq.com/widget/shareqq/index.html?url={url}&title={title}"
_QZONE = "https://sns.qzone.qq.com/cgi-bin/qzshare/cgi_qzshare_onekey?url={url}&title={title}"
SHARE_TARGETS = ((N_("微博"), _WEIBO), ("QQ", _QQ), (N_("QQ空间"), _QZONE))
"""Plain links that work without JavaScript (吉政办发〔2015〕5号 五). 微视 has no web share: the system share covers it."""


def card(entry: Entry, prefix: str = "") -> dict[str, str]:
    """An article in a list: depends on nothing that a body edit changes."""
    article = entry.article
    return {"title": article.title, "href": prefix + href(entry.path), "date": article.date[:10], "kind": article.kind}


def share(url: str, title: str, _: Words) -> dict[str, Any]:
    """The share block: links with address and title (at most 100 characters), percent-encoded."""
    encoded, text = quote(url, safe=""), quote(title[:100], safe="")
    return {
        "url": url,
        "title": title,
        "links": [{"name": _(name), "url": pattern.format(url=encoded, title=text)} for name, pattern in SHARE_TARGETS],
    }


def crumbs(view: SiteView, section: str, prefix: str) -> list[dict[str, str]]:
    """From the home page down to the column."""
    _ = view.words
    found = [{"name": _("首页"), "href": prefix or "./"}]
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


def editions(view: SiteView, path: str) -> list[dict[str, str]]:
    """hreflang links of a page that exists in several languages; none for all others."""
    return [{"lang": lang, "url": url} for lang, url in view.editions.get(path, ())]
