"""Editions: articles that are the same text in another language, linked by `translation_of` in the translation.

A translation names its original: an article of the same site by its id or its path below `content/`, or the home page
(`/`) or a column (`/tzgg/`) that it translates. A translation of a translation counts for the first original.
"""

from __future__ import annotations

from collections.abc import Iterable

from jiyue.catalogue.article import Article
from jiyue.registry.site import Site


def language(row: Article, site: Site) -> str:
    """The language of an article: its own, else the site's first."""
    return str(row.extra.get("lang", site.lang))


def may_have_editions(row: Article) -> bool:
    """False for reposts: their publisher links them to their translations."""
    return "repost_of" not in row.extra


def translations(rows: Iterable[Article]) -> dict[str, list[Article]]:
    """Path of an original, relative to the site's -> its translations, public or not, by source path."""
    rows = [row for row in rows if may_have_editions(row)]
    translated = [row for row in rows if "translation_of" in row.extra]
    if not translated:
        return {}
    named = {row.id: row for row in rows} | {row.source_path.removeprefix("content/"): row for row in rows}
    result: dict[str, list[Article]] = {}
    for row in sorted(translated, key=lambda row: row.source_path):
        path = _original(row, named)
        if path:
            result.setdefault(path, []).append(row)
    return result


def _original(row: Article, named: dict[str, Article]) -> str:
    """The path of the page that an article translates; '' if there is none."""
    seen = {row.id}
    while "translation_of" in row.extra:
        name = row.extra["translation_of"]
        if name.startswith("/"):
            return f"{name.strip('/')}/index.html".removeprefix("/")
        if name not in named or named[name].id in seen:
            return ""
        row = named[name]
        seen.add(row.id)
    return row.path
