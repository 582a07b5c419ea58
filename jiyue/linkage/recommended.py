"""The portal's recommended column (推荐栏目): one list, shown on every home page and offered to sites outside the cluster.

吉政办发〔2015〕5号（六）: the home page of each government site carries what the province's portal recommends. The root site
publishes the list under FOLDER in three more forms, made of the same rows (jiyue_plugins/recommended.py).
"""

from __future__ import annotations

from jiyue.catalogue.article import Article
from jiyue.catalogue.summary import HEADLINES, Summary

FOLDER = "api/recommended"
"""Where the root site publishes it, for sites outside; pages of other hosts may frame what lies here."""
JSON, EMBEDDED, FRAGMENT = (f"{FOLDER}/{name}" for name in ("list.json", "embed.html", "list.shtml"))


def headlines(summary: Summary, now: str) -> list[Article]:
    """The public articles of the recommended column, newest first. summary: the root site's."""
    return [row for row in summary.headlines if row.is_public(now)][:HEADLINES]
