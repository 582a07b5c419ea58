"""Small pieces of declared data that several page kinds share."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from jiyue.site.view import Entry, SiteView, href

_WEIBO = "https://service.weibo.com/share/share.php?url={url}&title={title}"
_QQ = "https://connect.qq.com/widget/shareqq/index.html?url={url}&title={title}"
_QZONE = "https://sns.qzone.qq.com/cgi-bin/qzshare/cgi_qzshare_onekey?url={url}&title={title}"
SHARE_TARGETS = (("微博", _WEIBO), ("QQ", _QQ), ("QQ空间", _QZONE))
"""Plain links that work without JavaScript (吉政办发〔2015〕5号 五). 微视 has no web share: the system share covers it."""


def card(entry: Entry, prefix: str = "") -> dict[str, str]:
    """An article in a list: depends on nothing that a body edit changes."""
    article = entry.article
    return {"title": article.title, "href": prefix + href(entry.path), "date": article.date[:10], "kind": article.kind}


def share(url: str, title: str) -> dict[str, Any]:
    """The share block: links with address and title (at most 100 characters), percent-encoded."""
    encoded, text = quote(url, safe=""), quote(title[:100], safe="")
    return {
        "url": url,
        "title": title,
        "links": [{"name": name, "url": pattern.format(url=encoded, title=text)} for name, pattern in SHARE_TARGETS],
    }


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
    """ColumnName, ColumnDescription, ColumnKeywords and ColumnType of 国办发〔2017〕47号."""
    column = view.column_by_path[section]
    return {
        "name": column.name,
        "description": column.description or f"{view.site.name}{column.name}栏目，由{column.owner}负责",
        "keywords": ",".join(column.keywords or (column.name, view.site.short)),
        "type": column.type,
        "owner": column.owner,
    }
