"""A site as plugins see it: its registry entry, and its public and pushed articles by column."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from jiyue.base.patterns import pattern
from jiyue.catalogue.article import Article, without_own_credit
from jiyue.catalogue.documents import documents_of
from jiyue.catalogue.editions import language, translations
from jiyue.catalogue.links import Targets, cluster_links
from jiyue.catalogue.scan import Attachment, SiteScan, only_of
from jiyue.catalogue.summarize import by_place, targets
from jiyue.catalogue.summary import links
from jiyue.catalogue.validity import Documents, takes_part
from jiyue.linkage.gathering import Gathered
from jiyue.linkage.push_down import Pushed, picture_place
from jiyue.registry.site import Column, Site
from jiyue.render.pages import plainjson
from jiyue.render.pages.job import SiteJob, href
from jiyue.render.theme.translations import Words, is_translated, words

_REFERRING = frozenset({"articles", "files", "others", "pictures", "pages"})
"""The fields of an article's references inside its site, see jiyue.catalogue.references."""

_ADDRESS = pattern(r"https?://([\w.-]+)", re.IGNORECASE)


class Entry(NamedTuple):
    """An article on this site: its own, or one pushed to it (then pushed is set). path is relative to the site's root."""

    article: Article
    column: str
    path: str
    pushed: Pushed | None = None

    @property
    def folder(self) -> str:
        """The folder of its path."""
        return self.path.rpartition("/")[0]


def picture_path(entry: Entry, path: str) -> str:
    """The path of a pushed article's picture on the receiving site."""
    return picture_place(entry.path, path)


def _in_list(entry: Entry) -> tuple[bool, str, str]:
    """Sort key of a column's list, in reverse order: pinned articles first, then the newest."""
    return "pinned" in entry.article.extra, entry.article.date, entry.article.id


_DIGEST = Article._fields.index("digest")


class _Furniture(dict[str, tuple[str, Words]]):
    """Language of a text -> that of the furniture around it, and its words: asked for eight times a page."""

    def __init__(self, view: SiteView) -> None:
        super().__init__()
        self._theme, self._usual = view.job.theme, view.site.lang

    def __missing__(self, lang: str) -> tuple[str, Words]:
        chosen = lang if lang and is_translated(self._theme, lang) else self._usual
        self[lang] = found = chosen, words(self._theme, chosen)
        return found


@dataclass
class SiteView:
    """The job and the result of the scan, arranged for plugins."""

    job: SiteJob
    scan: SiteScan
    columns: list[Column] = field(default_factory=list)
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    pictures: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    bodies: dict[str, str] = field(default_factory=dict)
    """Path of an article -> the HTML that a foreign plugin made of it; {} without such plugins."""
    texts: dict[str, bytes] = field(default_factory=dict)
    """Source path -> the text to show instead of the file's (jiyue.preview.article_page); {} in a build."""
    edited: frozenset[str] = frozenset()
    """Source paths of the articles of which only the text changed, where nothing else did (see signals.text_pages)."""
    last: Callable[[str], bytes | None] = field(default=lambda path: None)
    """The bytes of a file of the output of the last build, by its path."""

    def __post_init__(self) -> None:
        now = self.job.now
        by_column: dict[str, list[Entry]] = {}
        for row in self.scan.rows:
            if row.is_public(now):
                by_column.setdefault(row.column, []).append(Entry(row, row.column, row.path))
        for pushed in self.job.pushed:
            entry = Entry(pushed.article, pushed.column, pushed.path, pushed)
            by_column.setdefault(pushed.column, []).append(entry)
        for entries in by_column.values():
            entries.sort(key=_in_list, reverse=True)
        gathering = {one.column for one in self.job.gathered}
        filled = {
            "/".join(steps[:n])
            for steps in (p.split("/") for p in by_column.keys() | gathering)
            for n in range(1, len(steps) + 1)
        }
        declared = [column for column in self.site.columns if column.path in filled]
        known = {column.path for column in declared}
        owner = self.site.facts["operator"] or self.site.facts["sponsor"] or self.site.name
        undeclared = sorted(path for path in by_column if path and path not in known)
        self.columns = declared + [Column(path, path, owner=owner) for path in undeclared]
        self.entries = by_column

    @property
    def site(self) -> Site:
        """The site's registry entry."""
        return self.job.site

    @cached_property
    def column_by_path(self) -> dict[str, Column]:
        """Path -> column, for columns that have articles or contain one that has."""
        return {column.path: column for column in self.columns}

    def listed(self, path: str) -> list[Entry]:
        """The articles in a column's list, newest first: its own, or if it has none, those of the columns below it."""
        if path in self.entries:
            return self.entries[path]
        below = [e for other, entries in self.entries.items() if other.startswith(path + "/") for e in entries]
        return sorted(below, key=_in_list, reverse=True)

    def gathered(self, path: str) -> list[Gathered]:
        """The articles of other sites in a column's list, newest first."""
        return [one for one in self.job.gathered if one.column == path]

    @cached_property
    def all_entries(self) -> list[Entry]:
        """Every article on the site, newest first."""
        everything = [entry for entries in self.entries.values() for entry in entries]
        everything.sort(key=lambda e: (e.article.date, e.article.id), reverse=True)
        return everything

    @cached_property
    def surroundings(self) -> str:
        """A digest of everything outside an article's own file that its page may show.

        While it stays the same, only edited articles compute their data again. It covers more than is needed: the front
        matter of every article, and the job without the clock, folders, data for cluster-wide pages and pushed articles
        that no other page shows.
        """
        nowhere = Path()
        job = replace(
            self.job, root=nowhere, output=nowhere, theme=nowhere, now="", content="", headlines=(), members=(), cluster_pages=None,
            pushed=self._pushed_around, gathered=(),
        )  # fmt: skip
        rows = [(*row[:_DIGEST], *row[_DIGEST + 1 :], row.is_public(self.job.now)) for row in self.scan.rows]
        states = [self.documents.validity(path) for path in self.documents.by_path]
        columns = [column.path for column in self.columns]
        state = f"{job!r}{columns}{plainjson.encode(rows)}{self.attachments!r}{self.words.digest}{states}"
        return hashlib.blake2b(state.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    @property
    def _pushed_around(self) -> tuple[Pushed, ...]:
        """The pushed articles that pages of other articles may show: documents and guides, and what documents are related to.

        A topic gathers articles of any kind.
        """
        if any(row.extra.get("layout") == "topic" for row in self.scan.rows):
            return self.job.pushed
        related = self.documents.by_path
        return tuple(
            one
            for one in self.job.pushed
            if one.article.kind in ("document", "guide")
            or takes_part(one.article)
            or one.article.source_path in related
        )

    @cached_property
    def documents(self) -> Documents:
        """The site's official documents and the documents related to them, as of today."""
        now, elsewhere = self.job.now, self.job.elsewhere
        own = documents_of(row for row in self.scan.rows if row.is_public(now))
        names = {(site, name): path for site, name, path in elsewhere.names}
        return Documents((*own, *elsewhere.documents), now[:10], names)

    @cached_property
    def entry_by_source(self) -> dict[str, Entry]:
        """Source path -> article of the site."""
        return {entry.article.source_path: entry for entry in self.all_entries}

    @cached_property
    def editions(self) -> dict[str, dict[str, str]]:
        """Path of a page that exists in several languages -> language -> path of each edition, the original first."""
        editions: dict[str, dict[str, str]] = {}
        groups = translations(self.scan.rows)
        own = {row.path: row for row in self.scan.rows if row.is_public(self.job.now)} if groups else {}
        lists = {"index.html", *(f"{column.path}/index.html" for column in self.columns)}
        for path, group in groups.items():
            there = {language(own[path], self.site)} if path in own else {self.site.lang} if path in lists else ()
            paths = dict.fromkeys(there, path)
            for row in group:
                if row.path in own:
                    paths.setdefault(language(row, self.site), row.path)
            if len(paths) > 1:
                editions |= dict.fromkeys(paths.values(), paths)
        return editions

    @cached_property
    def attachments(self) -> list[Attachment]:
        """Files that are published unchanged, without those used only by articles that aren't public now."""
        now = self.job.now
        hidden = only_of(
            (row for row in self.scan.rows if not row.is_public(now)),
            (row for row in self.scan.rows if row.is_public(now)),
        )
        return [a for a in self.scan.attachments if a.path not in hidden] if hidden else self.scan.attachments

    @cached_property
    def attachment_by_path(self) -> dict[str, Attachment]:
        """Path -> attachment."""
        return {attachment.path: attachment for attachment in self.attachments}

    def links(self, entry: Entry) -> dict[str, str]:
        """Address as written -> path on the target's own site, for linked articles and files written in another spelling.

        '' for a dead address of any kind, whose link becomes text.
        """
        extra = entry.article.extra
        dead = {url: "" for url in extra.get("urls", ()) if url in self.job.dead}
        home = entry.pushed.origin_url if entry.pushed else self.site.url
        dead |= {address: "" for address, url in cluster_links(home, entry.article) if url in self.job.dead}
        if entry.pushed:
            unavailable = {**entry.pushed.links, **dead}
        elif _REFERRING.isdisjoint(extra):
            return dead
        else:
            dead |= {one.address: "" for one in self._targets.dead(entry.article)}
            unavailable = dead | links(targets(entry.article, self._rows), self.job.now)
        return unavailable | {
            address: unavailable.get(f"/{path}", path) for address, path in extra.get("respelled", {}).items()
        }

    def near(self, text: str) -> list[str]:
        """The hosts of the cluster in the addresses of a text; [] where readers aren't asked before they leave.

        Declared with a page, because its links say whether they lead to one of them (jiyue.render.leaving).
        """
        return sorted({host.lower() for host in _ADDRESS.findall(text)} & self._hosts) if self._hosts else []

    @cached_property
    def _hosts(self) -> frozenset[str]:
        return frozenset(self.job.hosts)

    @cached_property
    def _targets(self) -> Targets:
        return Targets(self.scan, (), self.job.now)

    @cached_property
    def _rows(self) -> dict[str, Article]:
        return by_place(self.scan.rows)

    def furniture_language(self, lang: str) -> str:
        """The language of the furniture around a text in that language: the same if the theme is translated, else the site's."""
        return self._furniture[lang][0]

    def words_in(self, lang: str) -> Words:
        """The theme's translations around a text in that language."""
        return self._furniture[lang][1]

    @cached_property
    def _furniture(self) -> _Furniture:
        return _Furniture(self)

    @cached_property
    def words(self) -> Words:
        """The theme's translations for the site's language."""
        return words(self.job.theme, self.site.lang)

    def url(self, path: str) -> str:
        """The absolute address of a path on the site."""
        return f"{self.site.url}/{href(path)}"

    def source(self, entry: Entry) -> str:
        """The 来源 of an article: its own field, else the site it comes from; of a repost never that site, but its origin."""
        article = entry.article if entry.pushed else without_own_credit(entry.article, self.site.own_names)
        repost = article.extra.get("repost_of")
        home = entry.pushed.origin_name if entry.pushed else self.site.name
        return article.source or (str(repost["name"]) if repost else home)

    def canonical(self, entry: Entry) -> str:
        """The canonical address: of a repost the original's, of a pushed article that on its site of origin."""
        repost = entry.article.extra.get("repost_of")
        if repost:
            return str(repost["url"])
        return f"{entry.pushed.origin_url}/{href(entry.article.path)}" if entry.pushed else self.url(entry.path)
