"""The blocks of a home page: one small function each, which returns the block's data, or None if it is empty.

The site's file or its profile (`home.blocks`) sets the blocks and their order. A block shows the columns named for it, else
those of its types; columns of no block go to `focus` and `columns`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property
from typing import Any

from jiyue.catalogue.links import filter_page
from jiyue.catalogue.phases import LOOKS, OPEN, phase
from jiyue.catalogue.validity import document
from jiyue.registry.site import Block, Column
from jiyue.render.pages.cards import card
from jiyue.render.pages.job import href
from jiyue.render.pages.view import Entry, SiteView
from jiyue.render.theme.translations import N_
from jiyue_plugins.documents import DocumentPages
from jiyue_plugins.library import is_library
from jiyue_plugins.links import Links
from jiyue_plugins.service_icons import icon_of

TYPES = {
    "alert": (), "headline": (), "focus": (), "columns": (), "links": (),
    "policy": ("政策文件", "政策解读"),
    "services": ("办事服务",),
    "interaction": ("征集调查", "咨询投诉", "回应关切", "在线访谈"),
    "data": ("数据发布", "数据开放"),
    "topics": ("专题专栏",),
}  # fmt: skip
"""Block -> the types of the columns that it shows (ColumnType of 国办发〔2017〕47号). `HomeBlocks._<block>` gives its data."""
_FIRST = ("alert", "headline")
"""Blocks of any column that choose their articles before all others."""

HEADINGS = {
    "policy": N_("政策文件库"), "services": N_("政务服务"), "interaction": N_("互动交流"), "data": N_("数据开放"),
    "topics": N_("专题专栏"), "links": N_("网站群"),
}  # fmt: skip

KINDS = (
    ("province", N_("下级网站")), ("prefecture", N_("市（州）网站")), ("county", N_("县（市、区）网站")), ("department", N_("部门网站")),
)  # fmt: skip
"""What sites below are called, by their kind."""

PICTURES = 4
"""Articles shown with a picture, the first one large."""
TABS = 4
RELATED = 3
CHIPS = 6


class HomeBlocks:
    """Builds the blocks of a site's home page. No article is in two of them."""

    def __init__(self, view: SiteView, shown_already: Iterable[str] = ()) -> None:
        self.view = view
        self.shown = set(shown_already)
        self.documents = DocumentPages(view)
        self.top = [column for column in view.columns if "/" not in column.path and not column.channel]
        blocks = view.site.blocks
        named = {path for block in blocks for path in block.columns}
        taken = {kind for block in blocks for kind in TYPES[block.name]}
        self.free = [column for column in self.top if column.path not in named and column.type not in taken]

    def build(self) -> list[dict[str, Any]]:
        """The blocks with content, from the top: {name, heading, …}, as expected by `home.html`."""
        blocks = list(enumerate(self.view.site.blocks))
        # blocks that show any column choose last: a letter is to stand among the letters, not in a list above
        order = sorted(blocks, key=lambda one: not TYPES[one[1].name] and one[1].name not in _FIRST)
        content: dict[int, dict[str, Any] | None] = {
            place: getattr(self, f"_{block.name}")(block) for place, block in order
        }
        return [
            {"name": block.name, "heading": block.title or self.view.words(HEADINGS.get(block.name, "")), **data}
            for place, block in blocks
            if (data := content[place])
        ]

    # -- articles -----------------------------------------------------------------------------------------------------

    def take(self, entries: Iterable[Entry], count: int) -> list[Entry]:
        """The first articles that no block shows yet, now marked as shown."""
        taken: list[Entry] = []
        for entry in entries:
            if len(taken) == count:
                break
            address = self.view.canonical(entry)
            if address not in self.shown:
                self.shown.add(address)
                taken.append(entry)
        return taken

    def cards(self, entries: Iterable[Entry], count: int) -> list[dict[str, str]]:
        """`take` as list rows."""
        return [card(entry) for entry in self.take(entries, count)]

    def columns(self, block: Block) -> list[Column]:
        """The columns of a block: the named ones, else the top-level ones of its types."""
        if block.columns:
            return [self.view.column_by_path[path] for path in block.columns if path in self.view.column_by_path]
        return [column for column in self.top if column.type in TYPES[block.name]]

    def entries(self, columns: Iterable[Column], kind: str = "") -> Iterator[Entry]:
        """The articles of columns in order. kind: only those of this kind."""
        for column in columns:
            yield from (e for e in self.view.listed(column.path) if not kind or e.article.kind == kind)

    @cached_property
    def _own(self) -> list[Entry]:
        """The site's own articles, newest first; if it has none, those pushed to it."""
        return [e for e in self.view.all_entries if not e.pushed and e.column] or self.view.all_entries

    # -- blocks -------------------------------------------------------------------------------------------------------

    def _alert(self, block: Block) -> dict[str, Any] | None:
        columns = self.columns(block) if block.columns else [c for c in self.top if c.type in ("通知公告", "回应关切")]
        pinned = (entry for entry in self.entries(columns) if "pinned" in entry.article.extra)
        items = self.cards(pinned, block.count or 1)
        return {"items": items} if items else None

    def _headline(self, block: Block) -> dict[str, Any] | None:
        entries = list(self.entries(self.columns(block))) if block.columns else self._own
        first = self.take(entries, 1)
        return {"item": card(first[0]), "related": self._related(first[0])} if first else None

    def _related(self, entry: Entry) -> list[dict[str, str]]:
        """Articles related to the headline: its interpretations or its document, then articles with common keywords."""
        source = entry.article.source_path
        known = [one for way in ("interpreted_by", "interprets") for one in self.documents.known.related(way, source)]
        rows = [{"title": one["title"], "href": one["href"]} for one in self.documents.rows(known[:RELATED], "")]
        words = set(entry.article.extra.get("keywords", ()))
        if words and len(rows) < RELATED:
            alike = (e for e in self._own if e is not entry and words.intersection(e.article.extra.get("keywords", ())))
            rows += self.cards(alike, RELATED - len(rows))
        return rows

    def _focus(self, block: Block) -> dict[str, Any] | None:
        own = list(self.entries(self.columns(block))) if block.columns else self._own
        pictures: list[dict[str, Any]] = []
        links = Links(self.view)
        for entry in own:
            if len(pictures) == PICTURES:
                break
            if picture := links.lead_picture(entry):
                pictures += [{**card(one), "picture": picture} for one in self.take([entry], 1)]
        columns = self.columns(block) if block.columns else [c for c in self.free if c.type not in _STATIC_TYPES]
        tabs = [
            {"name": column.name, "href": href(column.path) + "/", "items": items}
            for column in columns[:TABS]
            if (items := self.cards(self.view.listed(column.path), block.count or 9))
        ]
        self.free = [column for column in self.free if column not in columns[:TABS]]
        return {"pictures": pictures, "tabs": tabs} if pictures or tabs else None

    def _policy(self, block: Block) -> dict[str, Any] | None:
        columns, count = self.columns(block), block.count or 5
        documents = self.take(self.entries(columns, "document"), count)
        readings = self.cards((e for e in self.entries(columns) if e.article.kind != "document"), count)
        if not documents and not readings:
            return None
        rows = [{**self.documents.row(document(e.article), ""), **self.documents.status(e, "")} for e in documents]
        first = columns[0]
        return {
            "href": href(first.path) + "/",
            "search": self.view.job.cluster.search,
            "chips": self._chips(first),
            "documents": rows,
            "readings": readings,
            "columns": self._links_of(columns[1:]),
            "about": self._links_of(c for c in self.top if c.type in _ABOUT),
        }

    def _chips(self, column: Column) -> list[dict[str, str]]:
        """The topic filters of a policy library, largest first."""
        entries = self.view.listed(column.path)
        counts: dict[str, int] = {}
        for entry in entries:
            if topic := entry.article.extra.get("topic"):
                counts[topic] = counts.get(topic, 0) + 1
        if len(counts) < 2 or not is_library(column, entries):  # a filter with one value has no pages
            return []
        fullest = sorted(counts, key=lambda topic: (-counts[topic], topic))[:CHIPS]
        return [{"name": t, "href": f"{href(column.path)}/{filter_page('topic', t, 1)}"} for t in fullest]

    def _services(self, block: Block) -> dict[str, Any] | None:
        columns = self.columns(block)
        entries = self.take(self.entries(columns), block.count or 8)
        items = [{**card(e), "icon": icon_of(e.article.title)} for e in entries]
        return {"href": href(columns[0].path) + "/", "items": items} if items else None

    def _interaction(self, block: Block) -> dict[str, Any] | None:
        columns, count = self.columns(block), block.count or 3
        groups = []
        for column in columns:
            items = [{**card(entry), **self._progress(entry)} for entry in self.take(self._open_first(column), count)]
            if items:
                groups.append({"name": column.name, "href": href(column.path) + "/", "items": items, "count": None})
        return {"groups": groups} if groups else None

    def _open_first(self, column: Column) -> list[Entry]:
        """A column's articles, with open surveys first."""
        now = self.view.job.now
        return sorted(self.view.listed(column.path), key=lambda e: phase(e.article, now) != OPEN)

    def _progress(self, entry: Entry) -> dict[str, Any]:
        """The progress of a survey or letter: state, closing day of a survey, days until the reply."""
        article, _ = entry.article, self.view.words
        extra, state = article.extra, phase(article, self.view.job.now)
        closes = str(extra.get("closes", ""))[:10] if state == OPEN else ""
        received, replied = str(extra.get("received", ""))[:10], str(extra.get("replied", ""))[:10]
        days = (date.fromisoformat(replied) - date.fromisoformat(received)).days if received and replied else None
        tag = state or (_("辟谣") if article.kind == "rebuttal" else "")
        look = LOOKS[state] if state else "ended"
        return {"state": _(tag) if tag else "", "look": look, "closes": closes, "days": days}

    def _data(self, block: Block) -> dict[str, Any] | None:
        columns = self.columns(block)
        groups = [
            {
                "name": column.name, "href": href(column.path) + "/", "count": len(self.view.listed(column.path)),
                "items": [
                    {**one, **_STILL} for one in self.cards(self.view.listed(column.path), block.count or 3)
                ],
            }
            for column in columns
        ]  # fmt: skip
        return {"groups": groups} if groups else None

    def _columns(self, block: Block) -> dict[str, Any] | None:
        columns = self.columns(block) if block.columns else self.free
        groups = [
            {"name": column.name, "href": href(column.path) + "/", "items": items}
            for column in columns
            if (items := self.cards(self.view.listed(column.path), block.count or 6))
        ]
        return {"columns": groups} if groups else None

    def _topics(self, block: Block) -> dict[str, Any] | None:
        columns = self.columns(block)
        below = [
            child for child in self.view.columns for column in columns if child.path.rpartition("/")[0] == column.path
        ]
        count = block.count or 6
        tiles = self._links_of(below[:count])
        articles = [entry for column in columns for entry in self.view.entries.get(column.path, ())]
        tiles += [{"name": one["title"], "href": one["href"]} for one in self.cards(articles, count - len(tiles))]
        return {"tiles": tiles} if tiles else None

    def _links(self, block: Block) -> dict[str, Any] | None:
        job, _ = self.view.job, self.view.words
        below = [(_(name), [n for n in job.subordinates if n.kind == kind]) for kind, name in KINDS]
        neighbours = (*below, (_("同级网站"), job.siblings))
        channels = [{"name": c.name, "url": href(c.path) + "/"} for c in self.view.columns if c.channel]
        groups = [{"name": _("频道"), "links": channels}]
        groups += [
            {"name": name, "links": [{"name": n.short or n.name, "url": n.url + "/"} for n in ones]}
            for name, ones in neighbours
        ]
        friends: dict[str, list[dict[str, str]]] = {}
        for link in (one for one in self.view.site.links if one.url not in job.dead):
            friends.setdefault(link.group or _("友情链接"), []).append({"name": link.name, "url": link.url})
        groups = [group for group in groups if group["links"]]
        groups += [{"name": name, "links": links} for name, links in friends.items()]
        above = f"{job.superiors[-1].url}/sites.html" if job.superiors else ""
        members = "sites.html" if job.members else above
        return {"groups": groups, "members": members} if groups or members else None

    def _links_of(self, columns: Iterable[Column]) -> list[dict[str, str]]:
        return [{"name": column.name, "href": href(column.path) + "/"} for column in columns]


_STILL = {"state": "", "look": "", "closes": "", "days": None}
"""`_progress` of articles without participation."""
_STATIC_TYPES = ("概况信息", "机构职能", "负责人信息", "信息公开指南", "信息公开目录", "信息公开年报", "依申请公开")
"""Types of columns that hardly change and have no news."""
_ABOUT = ("信息公开指南", "信息公开目录", "信息公开年报", "依申请公开")
