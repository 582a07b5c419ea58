"""Selects a site's official documents from its rows, and holds what it needs of other sites' documents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from jiyue.catalogue.article import Article
from jiyue.catalogue.validity import Document, Names, document, normal, takes_part


class Elsewhere(NamedTuple):
    """What a site needs of other sites' documents.

    documents: those that its own and those pushed to it are related to, however far, and the pushed ones themselves.
    names: (site, a name as a document writes it) -> the source path that the cluster found for it. homes: site -> (name, url).
    """

    documents: tuple[Document, ...] = ()
    names: tuple[tuple[str, str, str], ...] = ()
    homes: tuple[tuple[str, str, str], ...] = ()

    def home(self, site: str) -> tuple[str, str]:
        """Name and address of a site of `documents`."""
        return next((name, url) for one, name, url in self.homes if one == site)


def documents_of(rows: Iterable[Article], wanted: Iterable[str] = ()) -> list[Document]:
    """The rows with a validity or relations, and rows of any kind that these, or `wanted`, name."""
    rows = list(rows)
    documents = [document(row) for row in rows if takes_part(row)]
    names = {name for one in documents for written in one.names.values() for name in written}
    names.update(wanted)
    if names:
        names |= {normal(name) for name in names}
        documents += [document(row) for row in rows if not takes_part(row) and not names.isdisjoint(_names(row))]
    return documents


def _names(row: Article) -> tuple[str, ...]:
    path = row.source_path
    return path, path.removeprefix("content/"), row.id, normal(row.extra.get("doc_number", ""))


def related_documents(rows: Iterable[Article], site: str) -> tuple[list[Document], list[str]]:
    """A site's documents with relations or in need of an interpretation, and the names in them that match none of its own."""
    documents = documents_of(rows)
    if not any(one.names or one.reading_due for one in documents):
        return [], []
    names = Names(documents)
    related = {one.source_path: one for one in documents if one.names or one.reading_due}
    unknown: dict[str, None] = {}
    for one in list(related.values()):
        for written in one.names.values():
            for name in written:
                targets = names.of(name, site)
                related |= {other.source_path: other for other in targets}
                if not targets:
                    unknown[name] = None
    return [related[path] for path in sorted(related)], sorted(unknown)


def named(rows: Iterable[Article], wanted: Iterable[str]) -> list[Document]:
    """The rows with these names, by source path."""
    wanted = list(wanted)
    documents = documents_of(rows, wanted)
    names = Names(documents)
    by_path = {one.source_path: one for name in wanted for one in names.of(name, "")}
    return [by_path[path] for path in sorted(by_path)]
