"""Libraries: columns of documents or of letters, whose lists filter by what these have: year, topic, organ, state …

Each value of a filter has list pages of its own, so filters work without JavaScript. With it, all rows are fetched at the
first use of a filter, and filters can be combined (themes/gov/static/library.mjs).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from jiyue.catalogue.links import PER_PAGE, filter_page
from jiyue.catalogue.validity import STATES, document
from jiyue.registry.site import Column
from jiyue.render.pages.job import href
from jiyue.render.pages.page import File
from jiyue.render.pages.shell import root_prefix
from jiyue.render.pages.view import Entry, SiteView
from jiyue.render.theme.translations import N_
from jiyue_plugins.documents import DocumentPages
from jiyue_plugins.pager import pager

TYPE = "政策文件"
DATA = "api/library"
"""The folder of the files that the script fetches, one per column."""

Facets = tuple[tuple[str, str], ...]
"""(name, label) of what a list is filtered by, in the order in which a page offers it."""

FACETS: Facets = (
    ("validity", N_("有效性")), ("year", N_("年份")), ("topic", N_("主题分类")), ("organ", N_("发文机关")), ("genre", N_("公文种类")),
)  # fmt: skip
"""The filters, in the order of display."""

SHOWN = 12
"""The most values of a filter shown at once; the others are folded away."""


class Library:
    """One column's documents or letters. values: facet -> its values as shown, empty if there are fewer than two."""

    facet_names: Facets
    ordered: dict[str, tuple[str, ...]]
    """The values of a facet in their order, where that is neither by number nor, for years, by time; they are words of ours."""
    search_label: str
    placeholder: str
    counted: str
    """What the page's script says of how many there are."""
    statistics = ""

    def __init__(self, view: SiteView, column: Column, entries: list[Entry]) -> None:
        self.view, self.column, self.entries = view, column, entries
        self.prefix = root_prefix(f"{column.path}/index.html")
        self.facets = {entry.path: self.facets_of(entry) for entry in entries}
        self.values = {facet: self._values(facet) for facet, _ in self.facet_names}
        self.rows = {entry.path: self.row(entry) for entry in entries}

    def facets_of(self, entry: Entry) -> dict[str, str]:
        """Facet -> its value, '' for none."""
        raise NotImplementedError

    def row(self, entry: Entry) -> dict[str, Any]:
        """One in the list, as the component `documents` takes it."""
        raise NotImplementedError

    def _values(self, facet: str) -> list[str]:
        counts: dict[str, int] = {}
        for facets in self.facets.values():
            if value := facets[facet]:
                counts[value] = counts.get(value, 0) + 1
        if facet in self.ordered:
            values = [state for state in self.ordered[facet] if state in counts]
        elif facet == "year":
            values = sorted(counts, reverse=True)
        else:
            values = sorted(counts, key=lambda value: (-counts[value], value))
        return values if len(values) > 1 else []

    def lists(self) -> Iterator[tuple[str, str, list[Entry]]]:
        """(facet, value, its documents) of every list; '' and '' for the complete list."""
        yield "", "", self.entries
        groups: dict[tuple[str, str], list[Entry]] = {}
        for entry in self.entries:
            for pair in self.facets[entry.path].items():
                groups.setdefault(pair, []).append(entry)
        for facet, values in self.values.items():
            for value in values:
                yield facet, value, groups[facet, value]

    def pages(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """(path, additional data of `library.html`) of every page of every list."""
        for facet, value, entries in self.lists():
            names = [filter_page(facet, value, n + 1) for n in range(-(-len(entries) // PER_PAGE))]
            filters = self._filters(facet, value)
            for number, name in enumerate(names, 1):
                shown = entries[(number - 1) * PER_PAGE : number * PER_PAGE]
                more = {
                    "documents": [self.rows[entry.path] for entry in shown],
                    "filters": filters,
                    "chosen": self._label(facet, value) if facet else "",
                    "search": f"{self.prefix}search/" if self.view.job.cluster.search else "",
                    "search_label": self.view.words(self.search_label),
                    "placeholder": self.view.words(self.placeholder),
                    "counted": self.view.words(self.counted),
                    "statistics": self.statistics,
                    "data": f"{self.prefix}{href(self._data)}" if filters else "",
                    "path": self.column.path,
                    "pager": pager(number, names),
                }
                yield f"{self.column.path}/{name}", more

    def _label(self, facet: str, value: str) -> str:
        return self.view.words(value) if facet in self.ordered else value

    def _filters(self, facet: str, value: str) -> list[dict[str, Any]]:
        _ = self.view.words
        return [
            {
                "name": name,
                "label": _(label),
                "values": [
                    {
                        "value": one,
                        "label": self._label(name, one),
                        "href": filter_page(name, one, 1),
                        "current": (name, one) == (facet, value),
                    }
                    for one in self.values[name]
                ],
                "chosen": name == facet,
                "shown": SHOWN,
            }
            for name, label in self.facet_names
            if self.values[name]
        ]

    @property
    def _data(self) -> str:
        return f"{DATA}/{self.column.path}.json"

    def file(self) -> File | None:
        """The file with all rows for the page's script; None without filters."""
        if not any(self.values.values()):
            return None
        rows = [
            {**{key: value for key, value in self.rows[entry.path].items() if value}, "in": self.facets[entry.path]}
            for entry in self.entries
        ]
        data = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
        return File(self._data, hashlib.blake2b(data, digest_size=16).hexdigest(), partial(bytes, data))


class DocumentLibrary(Library):
    """A policy library: a column of official documents."""

    facet_names = FACETS
    ordered = {"validity": STATES}  # noqa: RUF012  (never changed)
    search_label = N_("在本栏目搜索标题、文号、正文")
    placeholder = N_("标题、文号、正文")
    counted = N_("%s 份文件")

    def __init__(self, view: SiteView, column: Column, entries: list[Entry], documents: DocumentPages) -> None:
        self.documents = documents
        super().__init__(view, column, entries)

    def facets_of(self, entry: Entry) -> dict[str, str]:
        """See Library."""
        extra, source = entry.article.extra, entry.article.source_path
        return {
            "validity": self.documents.known.validity(source),
            "year": (extra.get("created") or entry.article.date)[:4],
            "topic": extra.get("topic", ""),
            "organ": extra.get("issuer", ""),
            "genre": extra.get("genre", ""),
        }

    def row(self, entry: Entry) -> dict[str, Any]:
        """See Library."""
        plain = self.documents.row(document(entry.article), self.prefix)
        return {**plain, **self.documents.status(entry, self.prefix), "organ": entry.article.extra.get("issuer", "")}


def is_library(column: Column, entries: list[Entry]) -> bool:
    """Whether a column is a policy library: by its type, or because it has only documents."""
    return bool(entries) and (column.type == TYPE or all(entry.article.kind == "document" for entry in entries))
