"""Page data on official documents: their validity today, what they replace, interpretations, related documents."""

from __future__ import annotations

from copy import copy
from functools import cached_property
from typing import Any

from jiyue.catalogue.validity import (
    AMENDED,
    ENDED,
    EXPIRED,
    FUTURE,
    IN_FORCE,
    REPEALED,
    Document,
    document,
)
from jiyue.render.pages.job import href
from jiyue.render.pages.shell import root_prefix
from jiyue.render.pages.view import Entry, SiteView
from jiyue.render.theme.translations import N_, Words

GUIDES = 5
"""The most guides of the same topic on a document's page."""
NEARBY = 3
"""The most documents of the same topic shown from before and after it: close in time, so that a new one changes few pages."""

IN_CATALOGUE = 200
"""So many documents the catalogue shows; the columns list all."""

LOOKS = {IN_FORCE: "good", AMENDED: "changed", FUTURE: "future", REPEALED: "ended", EXPIRED: "ended"}
"""State -> the theme's name for its look."""

NOTES = {
    N_("失效"): N_("本文件已经失效，请以有效文件为准。"), N_("废止"): N_("本文件已经废止，请以有效文件为准。"),
    N_("已修改"): N_("本文件已经修改，请以修改后的规定为准。"), N_("尚未施行"): N_("本文件尚未施行，施行以前请以现行规定为准。"),
}  # fmt: skip
"""State -> notice above a document that is not simply in force (现行有效)."""
_STATES = (N_("现行有效"), *NOTES)

_OWN_FILES = ("pdf", "ofd", "docx", "doc", "wps")
_NORMATIVE = (N_("规章"), N_("行政规范性文件"))
_GUIDE = N_("办事指南")
_FORMS = (N_("文字"), N_("图解"), N_("视频"), N_("访谈"), N_("问答"))
"""Forms of an interpretation, which name it; a text is called 解读."""


def numbered(readings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Links to interpretations, of which no two have the same words: 解读, 图解; else 解读1, 解读2."""
    labels = [one["label"] for one in readings]
    return [
        {**one, "label": f"{label}{labels[: n + 1].count(label)}"} if labels.count(label) > 1 else one
        for n, (one, label) in enumerate(zip(readings, labels, strict=True))
    ]


class DocumentPages:
    """A site's page data on documents, as plain data for the theme."""

    def __init__(self, view: SiteView) -> None:
        self.view = view
        self.known = view.documents
        self.words = view.words

    def in_words(self, words: Words) -> DocumentPages:
        """The same with another language's translations, for an edition."""
        other = copy(self)
        other.words = words
        return other

    def state(self, source_path: str) -> dict[str, str] | None:
        """The validity of a document as readers see it; None if it has none."""
        word = self.known.validity(source_path)
        return {"word": self.words(word), "look": LOOKS[word]} if word else None

    def note(self, source_path: str) -> dict[str, str] | None:
        """The notice above a document that is not simply in force, else None."""
        word, _ = self.known.validity(source_path), self.words
        return {"state": _(word), "says": _(NOTES[word])} if word in NOTES else None

    def row(self, one: Document, prefix: str) -> dict[str, Any]:
        """A document of any site as a list row. Its `site` is the name of another site, '' for this one."""
        entry = self.view.entry_by_source.get(one.source_path)
        name, url = ("", "") if entry else self.view.job.elsewhere.home(one.site)
        return {
            "title": one.title,
            "href": prefix + href(entry.path) if entry else f"{url}/{href(one.path)}",
            "date": one.issued if one.kind == "document" else one.date,
            "number": one.doc_number,
            "site": name,
            "state": self.state(one.source_path) if one.kind == "document" else None,
            "label": self._label(one),
            "organ": "",
            "note": "",
            "by": None,
            "readings": [],
        }

    def _label(self, one: Document) -> str:
        _ = self.words
        if one.kind == "guide":
            return _(_GUIDE)
        return (_(one.form) if one.form in _FORMS[1:] else _("解读")) if one.kind == "interpretation" else ""

    def rows(self, documents: list[Document], prefix: str, here: str = "") -> list[dict[str, Any]]:
        """Documents as list rows; the page's own document, whose source path is here, has no link."""
        return [{**self.row(one, prefix), **({"href": ""} if one.source_path == here else {})} for one in documents]

    def page(self, entry: Entry, files: list[dict[str, str]]) -> dict[str, Any]:
        """The additional data of a document's page, besides its text and fields. files: its attachments."""
        extra, source = entry.article.extra, entry.article.source_path
        prefix = root_prefix(entry.path)
        return {
            "state": self.state(source),
            "effective": extra.get("effective", "")[:10],
            "valid_until": extra.get("valid_until", "")[:10],
            "ended": extra.get("ended", "")[:10],
            "number": extra.get("doc_number", ""),
            "reading": self._reading(entry),
            "red": extra.get("form") == "red" and bool(extra.get("issuer")),
            "successor": self._successor(source, prefix),
            "history": self.rows(self.known.history(source), prefix, source),
            "related": self.rows(self._related(entry), prefix),
            "downloads": _own_files(entry, files),
        }

    def _reading(self, entry: Entry) -> str:
        """What is said of an interpretation that there is not: why, or until when."""
        needed, _ = entry.article.extra.get("interpretation"), self.words
        if not needed or self.known.related("interpreted_by", entry.article.source_path):
            return ""
        if needed["state"] == "exempt":
            return _("不作解读：%s") % needed["reason"] if needed.get("reason") else ""
        return _("最迟 %s 发布解读") % (needed.get("due") or entry.article.date)[:10]

    def _successor(self, source: str, prefix: str) -> dict[str, Any] | None:
        """The document that replaced one no longer in force, as a list row; else None."""
        after = self.known.successor(source) if self.known.validity(source) in ENDED else None
        return self.row(after, prefix) if after else None

    def status(self, entry: Entry, prefix: str) -> dict[str, Any]:
        """The additional data of a library's list row: what replaced the document, and its interpretations."""
        source = entry.article.source_path
        by = self._successor(source, prefix)
        readings = numbered(self.rows(self.known.related("interpreted_by", source), prefix))
        return {
            "by": {"title": by["title"], "href": by["href"]} if by else None,
            "readings": [{key: one[key] for key in ("title", "href", "label")} for one in readings],
        }

    def catalogue(self, entry: Entry) -> dict[str, Any]:
        """政府信息公开目录: the site's documents by topic, the newest first, with links to the columns that list all."""
        _, prefix = self.words, root_prefix(entry.path)
        own = [e for e in self.view.all_entries if e.article.kind == "document" and not e.pushed]
        groups: dict[str, list[dict[str, Any]]] = {}
        for one in own[:IN_CATALOGUE]:
            row = {**self.row(document(one.article), prefix), "organ": one.article.extra.get("issuer", "")}
            row["number"] = " ".join(filter(None, (row["number"], one.article.extra.get("index_no", ""))))
            groups.setdefault(one.article.extra.get("topic") or _("其他"), []).append(row)
        columns = dict.fromkeys(one.column for one in own)
        return {
            "count": len(own),
            "groups": [{"name": name, "items": groups[name]} for name in sorted(groups)],
            "columns": [
                {"name": self.view.column_by_path[path].name, "href": f"{prefix}{href(path)}/"}
                for path in columns
                if path
            ],
        }

    def report(self, entry: Entry) -> dict[str, Any]:
        """The first table of an annual report, counted from the site's own documents."""
        year, _ = entry.article.extra["annual_report"], self.view.words
        table = self.known.year_of(entry.article.site, year)
        return {"year": year, "rows": [{"name": _(kind), **counts._asdict()} for kind, counts in table.items()]}

    def other_half(self, entry: Entry) -> dict[str, Any] | None:
        """The documents that an article interprets, else its interpretations; None without either."""
        source, _ = entry.article.source_path, self.words
        for relation, heading in (("interprets", _("解读的文件")), ("interpreted_by", _("政策解读"))):
            if documents := self.known.related(relation, source):
                return {"heading": heading, "items": self.rows(documents, root_prefix(entry.path))}
        return None

    def _related(self, entry: Entry) -> list[Document]:
        """Interpretations, then guides, then documents of the same topic, newest first; without its own history."""
        source = entry.article.source_path
        readings = self.known.related("interpreted_by", source)
        topic = entry.article.extra.get("topic", "")
        seen = {one.source_path for one in self.known.history(source)} | {source}
        guides, documents, places = self._by_topic[topic] if topic else ([], [], {})
        here = places.get(source, 0)
        nearby = documents[max(0, here - NEARBY) : here + NEARBY + 1]
        return [*readings, *guides[:GUIDES], *(one for one in nearby if one.source_path not in seen)]

    @cached_property
    def _by_topic(self) -> dict[str, tuple[list[Document], list[Document], dict[str, int]]]:
        """Topic -> (guides, documents, source path -> index among the documents), newest first."""
        topics: dict[str, tuple[list[Document], list[Document], dict[str, int]]] = {}
        for entry in self.view.all_entries:
            topic, kind = entry.article.extra.get("topic", ""), entry.article.kind
            if not topic or kind not in ("document", "guide"):
                continue
            guides, documents, places = topics.setdefault(topic, ([], [], {}))
            one = document(entry.article)
            if kind == "guide":
                guides.append(one)
            else:
                places[one.source_path] = len(documents)
                documents.append(one)
        return topics


def _own_files(entry: Entry, files: list[dict[str, str]]) -> list[dict[str, str]]:
    """The attachments that are the document itself, named like its source or linked with its title; one per type."""
    stem = entry.article.source_path.rpartition("/")[2].rpartition(".")[0]
    by_name: dict[str, dict[str, str]] = {}
    for file in files:
        name = file["href"].rpartition("/")[2].rpartition(".")[0]
        if file["type"].lower() in _OWN_FILES and (name == stem or entry.article.title in file["name"]):
            by_name.setdefault(file["type"], file)
    return list(by_name.values())
