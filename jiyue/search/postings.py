"""Cuts a document into terms: their hashes, each with its impact. Texts are processed only here; cached by content hash."""

from __future__ import annotations

import hashlib
import sys
from array import array
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple
from zlib import crc32

from jiyue.search import impact, tokenizer
from jiyue.search.model import SearchDoc, TokenCache
from jiyue.search.synonyms import Synonyms

FACETS = ("column", "kind", "year", "site", "validity")
"""Search filters. Each value is indexed as a term: `@kind:document`."""


def facets(doc: SearchDoc) -> dict[str, str]:
    """Facet -> the document's value, without empty ones."""
    values = (doc.column, doc.kind, doc.date[:4], doc.site, doc.validity)
    return {name: value for name, value in zip(FACETS, values, strict=True) if value}


class Cut(NamedTuple):
    """A document's terms: their sorted unique hashes, and the highest impact of each. hash: CRC-32 of the term's UTF-8."""

    hashes: array[int]
    levels: bytes

    def keys(self) -> list[int]:
        """Each term as `hash << 3 | level`."""
        return [term << impact.BITS | level for term, level in zip(self.hashes, self.levels, strict=True)]


Levels = Callable[[str], dict[int, int]]


def levels_of(plain: str) -> dict[int, int]:
    """Hash → level of each term of a normalized body."""
    body = tokenizer.terms_of_normal(plain)
    levels = impact.LEVELS[impact.length_class(len(body))]
    top = impact.MAX_FREQUENCY
    counts = Counter(map(crc32, map(str.encode, body)))
    return {term: levels[count if count < top else top] for term, count in counts.items()}


def cut(doc: SearchDoc, synonyms: Synonyms, levels: Levels = levels_of) -> Cut:
    """The terms of a document. levels: the function that cuts its body."""
    text = tokenizer.normal(doc.body())
    highest = levels(text)
    title = tokenizer.title_terms(doc.title)
    marked = dict.fromkeys((f"@{name}:{value}" for name, value in facets(doc).items()), impact.FACET)
    marked |= dict.fromkeys(synonyms.terms(f"{tokenizer.normal(doc.title)}\n{text}"), impact.SYNONYM)
    marked |= dict.fromkeys((term for word in doc.keywords for term in tokenizer.terms(word)), impact.KEYWORD)
    marked |= dict.fromkeys(title, impact.title_level(doc.kind, title))
    marked |= dict.fromkeys(tokenizer.terms(doc.doc_number), impact.STRONG)
    for term, level in marked.items():
        name = crc32(term.encode("utf-8", "replace"))
        if highest.get(name, -1) < level:
            highest[name] = level
    order = sorted(highest)
    return Cut(array("I", order), bytes(map(highest.__getitem__, order)))


class Cutter:
    """Cuts documents into terms, using the cache for known content."""

    def __init__(self, synonyms: Synonyms, cache: TokenCache | None) -> None:
        self.synonyms = synonyms
        self.cache = cache
        self.cut = 0
        self.salt = f"{tokenizer.VERSION} {impact.VERSION} {synonyms.digest}"
        """Identifies the tokenization rule."""
        self._prefix = f"search-terms {self.salt} {sys.byteorder} ".encode()

    def key(self, digest: str) -> bytes:
        """The cache key for a document with this fingerprint."""
        return hashlib.blake2b(self._prefix + digest.encode(), digest_size=20).digest()

    def of(self, doc: SearchDoc, digest: str, levels: Levels = levels_of) -> Cut:
        """The document's terms. levels: the function that cuts its body, if it is not cached."""
        terms = self.of_digest(digest)
        if terms is None:
            self.cut += 1
            terms = cut(doc, self.synonyms, levels)
            if self.cache is not None:
                self.cache.put(self.key(digest), terms.hashes.tobytes() + terms.levels)
        return terms

    def of_digest(self, digest: str) -> Cut | None:
        """The cached terms of a content, or None."""
        data = self.cache.get(self.key(digest)) if self.cache is not None else None
        if data is None:
            return None
        size = len(data) // 5 * 4
        hashes = array("I")
        hashes.frombytes(data[:size])
        return Cut(hashes, data[size:])
