"""Editions: which articles are the same text in another language, told by `translation_of` in the translation.

A translation names its original, an article of the same site by its id or its path below `content/`, or the home page
(`/`) or a column (`/tzgg/`) that it stands for. A translation of a translation belongs to the first original.
"""

from __future__ import annotations

from collections.abc import Iterable

from jiyue.catalogue.article import Article
from jiyue.registry.site import Site


def language(row: Article, site: Site) -> str:
    """The language of an article: its own, else the site's first."""
    return str(row.extra.get("lang", site.lang))


def may_have_editions(row: Article) -> bool:
    """What others published is theirs to relate to its translations."""
    return "repost_of" not in row.extra


def translations(rows: Iterable[Article]) -> dict[str, list[Article]]:
    """Path of an original below the site's -> its translations, in the order of their sources, public or not."""
    rows = [row for row in rows if may_have_editions(row)]
    translated = [row for row in rows if "translation_of" in row.extra]
    if not translated:
        return {}
    named = {row.id: row for row in rows} | {row.source_path.removeprefix("content/"): row for row in rows}
    found: dict[str, list[Article]] = {}
    for row in sorted(translated, key=lambda row: row.source_path):
        path = _original(row, named)
        if path:
            found.setdefault(path, []).append(row)
    return found


def _original(row: Article, named: dict[str, Article]) -> str:
    """The path of what an article translates, '' where there is no such thing."""
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
