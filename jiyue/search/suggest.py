"""Suggestions while typing: a lunr index of titles, built by lunr.py, queried by lunr.js. Limits: docs/search.md § 7."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import accumulate
from operator import attrgetter
from typing import NamedTuple

from jiyue.search import tokenizer
from jiyue.search.model import SearchDoc, TokenCache

PATH = "suggest.json"
MOST = 490
"""Maximum number of titles, so that the file stays below 75 kB (brotli)."""
MOST_CHARACTERS = 14_000
"""Maximum total length of the titles."""
KEY = b"search-suggest".ljust(20)
"""Of the last suggestions in the cache."""
FIELDS = {"title": 3, "number": 5, "column": 1, "keywords": 2}


class Title(NamedTuple):
    """What suggestions say of a document. A greater one comes first: the pinned, then the newest."""

    pinned: bool
    date: str
    id: str
    url: str
    title: str
    number: str
    column: str
    keywords: str


def title(doc: SearchDoc) -> Title:
    """The document's title."""
    column = doc.column_name or doc.column
    return Title(doc.pinned, doc.date, doc.id, doc.url, doc.title, doc.doc_number, column, " ".join(doc.keywords))


def first(titles: Iterable[Title], most: int) -> list[Title]:
    """The greatest of the titles, in descending order."""
    return sorted(titles, reverse=True)[:most]


def ranked(documents: Sequence[SearchDoc], most: int) -> list[Title]:
    """The titles of the first documents."""
    best = sorted(documents, key=attrgetter("pinned", "date", "id"), reverse=True)[:most]
    return list(map(title, best))


def chosen(titles: Sequence[Title]) -> list[Title]:
    """As many of the titles, best first, as the limits allow."""
    sizes = accumulate(len(one.title) for one in titles[:MOST])
    return [one for one, size in zip(titles, sizes, strict=False) if size <= MOST_CHARACTERS]


def index(titles: Sequence[Title], cache: TokenCache | None = None) -> bytes:
    """Of the titles, best first: {"titles": [[url, title], …], "index": lunr's serialized form}; references are indexes into `titles`."""
    rows = [one[3:] for one in chosen(titles)]
    plain = json.dumps(rows, ensure_ascii=False).encode("utf-8", "surrogatepass")
    of = hashlib.blake2b(tokenizer.VERSION.encode() + plain, digest_size=20).digest()
    known = cache.get(KEY) if cache is not None else None
    if known and known.startswith(of):
        return known[len(of) :]
    data = _build(rows)
    if cache is not None:
        cache.put(KEY, of + data)
    return data


def _build(rows: Sequence[tuple[str, str, str, str, str]]) -> bytes:
    from lunr.builder import Builder  # noqa: PLC0415  (heavy, and only needed if titles changed)

    @cache  # columns recur, and most numbers and keywords are empty
    def terms(text: str) -> list[str]:
        return sorted(set(tokenizer.terms(text)))

    builder = Builder()  # empty pipelines: our tokenizer makes the terms, in both languages
    builder.ref("id")
    for name, boost in FIELDS.items():
        builder.field(name, boost=boost, extractor=lambda row, name=name: row[name])
    for place, (_, *texts) in enumerate(rows):
        builder.add({"id": str(place), **dict(zip(FIELDS, map(terms, texts), strict=True))})
    built = builder.build().serialize() if rows else {}
    for _, vector in built.get("fieldVectors", []):
        vector[1::2] = [
            max(1, round(score)) for score in vector[1::2]
        ]  # integers rank titles as well, in half the bytes
    return json.dumps(
        {"titles": [row[:2] for row in rows], "index": built or None}, ensure_ascii=False, separators=(",", ":")
    ).encode("utf-8", "replace")
