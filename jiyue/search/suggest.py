"""Suggestions while typing: a lunr index of titles, built by lunr.py, queried by lunr.js. Limits: docs/search.md § 7."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from jiyue.search import tokenizer
from jiyue.search.model import SearchDoc, TokenCache

PATH = "suggest.json"
MOST = 490
"""Maximum number of titles, so that the file stays below 75 kB (brotli)."""
MOST_CHARACTERS = 14_000
"""Maximum total length of the titles."""
FIELDS = {"title": 3, "number": 5, "column": 1, "keywords": 2}


def chosen(documents: Sequence[SearchDoc]) -> list[SearchDoc]:
    """The pinned documents, then the newest, up to the limits."""
    ranked = sorted(documents, key=lambda doc: (doc.pinned, doc.date, doc.id), reverse=True)[:MOST]
    sizes = accumulate(len(doc.title) for doc in ranked)
    return [doc for doc, size in zip(ranked, sizes, strict=True) if size <= MOST_CHARACTERS]


def index(documents: Sequence[SearchDoc], cache: TokenCache | None = None) -> bytes:
    """{"titles": [[url, title], …], "index": lunr's serialized form}; references are indexes into `titles`."""
    rows = [
        (doc.url, doc.title, doc.doc_number, doc.column_name or doc.column, " ".join(doc.keywords))
        for doc in chosen(documents)
    ]
    plain = json.dumps(rows, ensure_ascii=False).encode("utf-8", "surrogatepass")
    key = hashlib.blake2b(b"search-suggest " + tokenizer.VERSION.encode() + plain, digest_size=20).digest()
    data = cache.get(key) if cache is not None else None
    if data is None:
        data = _build(rows)
        if cache is not None:
            cache.put(key, data)
    return data


def _build(rows: Sequence[tuple[str, str, str, str, str]]) -> bytes:
    from lunr.builder import Builder  # noqa: PLC0415  (heavy, and only needed if titles changed)

    builder = Builder()  # empty pipelines: our tokenizer makes the terms, in both languages
    builder.ref("id")
    for name, boost in FIELDS.items():
        builder.field(name, boost=boost, extractor=lambda row, name=name: row[name])
    for place, (_, title, number, column, keywords) in enumerate(rows):
        fields: dict[str, Any] = {"id": str(place), "title": sorted(set(tokenizer.terms(title)))}
        fields |= {"number": sorted(set(tokenizer.terms(number))), "column": sorted(set(tokenizer.terms(column)))}
        builder.add(fields | {"keywords": sorted(set(tokenizer.terms(keywords)))})
    built = builder.build().serialize() if rows else {}
    for _, vector in built.get("fieldVectors", []):
        vector[1::2] = [
            max(1, round(score)) for score in vector[1::2]
        ]  # integers rank titles as well, in half the bytes
    return json.dumps(
        {"titles": [row[:2] for row in rows], "index": built or None}, ensure_ascii=False, separators=(",", ":")
    ).encode("utf-8", "replace")
