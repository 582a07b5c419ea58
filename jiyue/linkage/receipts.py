"""Receipts (回执) of push-down: where each pushed article is shown, and who declines it with which reason.

They are derived from the same facts as the pages, so they never differ from them, and what is withdrawn is gone from both.
Internal (`output/_cluster/receipts.jsonl`), one object for each pushed public article:

    {"article": "jilin/notice-1", "title", "url", "source_path", "since": "2026-11-20 09:30", "mandatory": false,
     "shown": [{"site": "changchun", "url": "https://www.cc.example/tzgg/….html"}, …],
     "declined": [{"site": "lishu", "reason", "at": "2026-11-21"}, …]}

since is the moment at which the origin made the article public: from then on each build shows it on the sites in `shown`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from jiyue.catalogue.article import Article
from jiyue.linkage.push_down import Linked
from jiyue.registry.site import Registry


def receipts(registry: Registry, linked: Linked) -> Iterator[str]:
    """The lines of the file, by the registry's order of origins and the articles' paths."""
    articles: dict[str, Article] = {}
    shown: dict[str, list[dict[str, str]]] = {}
    declined: dict[str, list[dict[str, str]]] = {}
    for receiver, arrivals in linked.arrived.items():
        url = registry.sites[receiver].url
        for pushed in arrivals:
            path = pushed.article.source_path
            articles[path] = pushed.article
            shown.setdefault(path, []).append({"site": receiver, "url": f"{url}/{quote(pushed.path)}"})
    for article, receiver, entry in linked.refusals:
        articles[article.source_path] = article
        row = {"site": receiver, "reason": entry.reason, "at": entry.at}
        declined.setdefault(article.source_path, []).append(row)
    place = {site: at for at, site in enumerate(registry.sites)}
    for path in sorted(articles, key=lambda path: (place[articles[path].site], path)):
        article = articles[path]
        yield json.dumps(
            {
                "article": f"{article.site}/{article.id}",
                "title": article.title,
                "url": f"{registry.sites[article.site].url}/{quote(article.path)}",
                "source_path": path,
                "since": article.date,
                "mandatory": "mandatory" in article.extra,
                "shown": _by_site(shown.get(path, ())),
                "declined": _by_site(declined.get(path, ())),
            },
            ensure_ascii=False,
        )


def _by_site(rows: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(rows, key=lambda row: row["site"])
