"""Cuts a document's parts into terms: their hashes, each with its impact. Texts are processed only here; cached by content hash."""

from __future__ import annotations

import hashlib
import sys
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import NamedTuple
from zlib import crc32

from jiyue.search import impact, parts, tokenizer
from jiyue.search.model import SearchDoc, TokenCache
from jiyue.search.synonyms import Synonyms

FACETS = ("column", "kind", "year", "site", "validity", "lang")
"""Search filters. Each value is indexed as a term: `@kind:document`."""


def facets(doc: SearchDoc) -> dict[str, str]:
    """Facet -> the document's value, without empty ones."""
    values = (doc.column, doc.kind, doc.date[:4], doc.site, doc.validity, doc.lang)
    return {name: value for name, value in zip(FACETS, values, strict=True) if value}


class Cut(NamedTuple):
    """The terms of a part of a document: their sorted unique hashes, and the highest impact of each. hash: CRC-32 of the term's UTF-8."""

    hashes: array[int]
    levels: bytes

    def keys(self) -> list[int]:
        """Each term as `hash << 3 | level`."""
        return [term << impact.BITS | level for term, level in zip(self.hashes, self.levels, strict=True)]


TOGETHER = 50
"""Bodies cut at once: with numpy this takes half the time, and more of them only memory."""
Body = tuple[str, Mapping[str, int]]
"""A part's normalized text, and other terms with their levels."""
CutAll = Callable[[Sequence[Body]], Iterable[Cut]]


def cut_all(bodies: Sequence[Body]) -> list[Cut]:
    """The terms of each body."""
    return [cut_of(*body) for body in bodies]


def cut_of(plain: str, marked: Mapping[str, int]) -> Cut:
    """The terms of a normalized body, and others with their levels."""
    body = tokenizer.terms_of_normal(plain)
    levels = impact.LEVELS[impact.length_class(len(body))]
    top = impact.MAX_FREQUENCY
    counts = Counter(map(crc32, map(str.encode, body)))
    highest = {term: levels[count if count < top else top] for term, count in counts.items()}
    for term, level in marked.items():
        name = crc32(term.encode("utf-8", "replace"))
        if highest.get(name, -1) < level:
            highest[name] = level
    order = sorted(highest)
    return Cut(array("I", order), bytes(map(highest.__getitem__, order)))


def bodies(doc: SearchDoc, synonyms: Synonyms) -> list[Body]:
    """Each part of a document; the terms of its title and other fields are with the first."""
    first, *others = parts.parts_of(doc.body())
    return [_first(doc, first.text, synonyms), *(_other(part, synonyms) for part in others)]


def _other(part: parts.Part, synonyms: Synonyms) -> Body:
    text = tokenizer.normal(f"{part.context}\n{part.text}" if part.context else part.text)
    return text, dict.fromkeys(synonyms.terms(text), impact.SYNONYM)


def _first(doc: SearchDoc, body: str, synonyms: Synonyms) -> Body:
    text = tokenizer.normal(body)
    title = tokenizer.title_terms(doc.title)
    marked = dict.fromkeys((f"@{name}:{value}" for name, value in facets(doc).items()), impact.FACET)
    marked |= dict.fromkeys(synonyms.terms(f"{tokenizer.normal(doc.title)}\n{text}"), impact.SYNONYM)
    marked |= dict.fromkeys((term for word in doc.keywords for term in tokenizer.terms(word)), impact.KEYWORD)
    marked |= dict.fromkeys(title, impact.title_level(doc.kind, title))
    marked |= dict.fromkeys(tokenizer.terms(doc.doc_number), impact.STRONG)
    return text, marked


class Cutter:
    """Cuts documents into terms, using the cache for known content."""

    def __init__(self, synonyms: Synonyms, cache: TokenCache | None) -> None:
        self.synonyms = synonyms
        self.cache = cache
        self.cut = 0
        self.salt = f"{tokenizer.VERSION} {impact.VERSION} {parts.VERSION} {synonyms.digest}"
        """Identifies the tokenization rule."""
        self._prefix = f"search-terms {self.salt} {sys.byteorder} ".encode()

    def key(self, digest: str) -> bytes:
        """The cache key for a document with this fingerprint."""
        return hashlib.blake2b(self._prefix + digest.encode(), digest_size=20).digest()

    def keep(self, digest: str, cuts: Sequence[Cut]) -> None:
        """Cache the terms of a content that was cut."""
        self.cut += 1
        if self.cache is not None:
            self.cache.put(self.key(digest), _packed(cuts))

    def of_digest(self, digest: str) -> list[Cut] | None:
        """The cached terms of a content, or None."""
        data = self.cache.get(self.key(digest)) if self.cache is not None else None
        return None if data is None else _unpacked(data)


class Batch:
    """Documents that are cut together. cut_bodies: the function that does it."""

    def __init__(self, cutter: Cutter, cut_bodies: CutAll = cut_all) -> None:
        self._cutter, self._cut_bodies = cutter, cut_bodies
        self._documents: list[tuple[str, list[Cut] | None, int]] = []
        self._bodies: list[Body] = []

    def add(self, doc: SearchDoc | None, digest: str) -> int:
        """Add a document and return the number of its parts: 0 if it is None and its terms are not cached."""
        known = self._cutter.of_digest(digest)
        new = bodies(doc, self._cutter.synonyms) if doc and known is None else []
        self._bodies += new
        self._documents.append((digest, known, len(new)))
        return len(new if known is None else known)

    def cuts(self) -> Iterator[list[Cut]]:
        """The terms of each part of each document added."""
        some = (self._bodies[at : at + TOGETHER] for at in range(0, len(self._bodies), TOGETHER))
        made = chain.from_iterable(map(self._cut_bodies, some))
        for digest, known, width in self._documents:
            cuts = known
            if cuts is None:
                cuts = list(islice(made, width))
                self._cutter.keep(digest, cuts)
            yield cuts


def _packed(cuts: Sequence[Cut]) -> bytes:
    """Each part's number of terms then hashes and levels of each."""
    sizes = array("I", [len(terms.levels) for terms in cuts] + [_END])
    return b"".join([sizes.tobytes(), *(terms.hashes.tobytes() + terms.levels for terms in cuts)])


def _unpacked(data: bytes) -> list[Cut]:
    sizes = array("I")
    end = 0
    while not sizes or sizes[-1] != _END:
        sizes.frombytes(data[end : end + sizes.itemsize])
        end += sizes.itemsize
    cuts = []
    for size in sizes[:-1]:
        hashes = array("I")
        hashes.frombytes(data[end : end + size * 4])
        cuts.append(Cut(hashes, data[end + size * 4 : end + size * 5]))
        end += size * 5
    return cuts


_END = (1 << 32) - 1
"""Ends the sizes of a document's parts in the cache."""
