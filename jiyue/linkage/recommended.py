"""The portal's recommended column (推荐栏目): one list, shown on every home page and offered to sites outside the cluster.

吉政办发〔2015〕5号（六）: the home page of each government site carries what the province's portal recommends. The root site
publishes the list under FOLDER in three more forms, made of the same rows (jiyue_plugins/recommended.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from jiyue.catalogue.article import Article, newest_first
from jiyue.catalogue.summary import HEADLINES, Summary
from jiyue.linkage.push_down import Pushed

FOLDER = "api/recommended"
"""Where the root site publishes it, for sites outside; pages of other hosts may frame what lies here."""
JSON, EMBEDDED, FRAGMENT = (f"{FOLDER}/{name}" for name in ("list.json", "embed.html", "list.shtml"))


class Recommended(NamedTuple):
    """An article of the recommended column, and its path on the root site."""

    article: Article
    path: str


def headlines(summary: Summary, column: str, arrived: Iterable[Pushed], now: str) -> list[Recommended]:
    """The public articles of the recommended column, in the order of its list. summary: the root site's; arrived: there,
    from other sites."""
    rows = [Recommended(row, row.path) for row in summary.headlines if row.is_public(now)]
    adopted = [Recommended(one.article, one.path) for one in arrived if one.column == column]
    if adopted:
        places = {id(row.article): row for row in (*rows, *adopted)}
        rows = [places[id(article)] for article in newest_first([row.article for row in (*rows, *adopted)])]
    return rows[:HEADLINES]
