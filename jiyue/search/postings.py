"""One document as packed postings: its terms' hashes, each with its impact. The only pass over a text; kept by content hash."""

from __future__ import annotations

import hashlib
import sys
from array import array
from collections import Counter
from zlib import crc32

from . import impact, tokenizer
from .model import SearchDoc, TokenCache
from .synonyms import Synonyms

FACETS = ("column", "kind", "year", "site", "validity")
"""What readers filter by. Each value is a term like any other: `@kind:document`."""


def facets(doc: SearchDoc) -> dict[str, str]:
    """The document's value of each facet, the empty ones left out."""
    values = (doc.column, doc.kind, doc.date[:4], doc.site, doc.validity)
    return {name: value for name, value in zip(FACETS, values, strict=True) if value}


def postings(doc: SearchDoc, synonyms: Synonyms) -> array[int]:
    """The document's terms as `hash << 3 | impact`, in order of hash, each hash once with its highest impact.

    hash is the CRC-32 of the term's UTF-8.
    """
    text = tokenizer.normal(doc.body())
    body = tokenizer.terms_of_normal(text)
    levels = impact.LEVELS[impact.length_class(len(body))]
    top = impact.MAX_FREQUENCY
    keys = [crc32(term.encode()) << 3 | levels[count if count < top else top] for term, count in Counter(body).items()]
    title = tokenizer.title_terms(doc.title)
    level = impact.STRONG if len(title) <= 2 * impact.SHORT_TITLE else impact.TITLE
    marked = [(term, level) for term in title]
    marked += [(term, impact.STRONG) for term in tokenizer.terms(doc.doc_number)]
    marked += [(term, impact.KEYWORD) for word in doc.keywords for term in tokenizer.terms(word)]
    marked += [(term, impact.SYNONYM) for term in synonyms.terms(f"{tokenizer.normal(doc.title)}\n{text}")]
    marked += [(f"@{name}:{value}", impact.FACET) for name, value in facets(doc).items()]
    keys += [crc32(term.encode("utf-8", "replace")) << 3 | level for term, level in marked]
    keys.sort()
    return array("Q", {key >> 3: key for key in keys}.values())


class Cutter:
    """Cuts documents into postings, each content once: from the cache where it has been seen before."""

    def __init__(self, synonyms: Synonyms, cache: TokenCache | None) -> None:
        self.synonyms = synonyms
        self.cache = cache
        self.cut = 0
        self.salt = f"{tokenizer.VERSION} {synonyms.digest}"
        """Changes with the rule by which documents are cut."""
        self._prefix = f"search-tokens {self.salt} {sys.byteorder} ".encode()

    def key(self, digest: str) -> bytes:
        """Where the postings of a document with this fingerprint are kept."""
        return hashlib.blake2b(self._prefix + digest.encode(), digest_size=20).digest()

    def of(self, doc: SearchDoc, digest: str) -> array[int]:
        """The document's postings."""
        kept = self.of_digest(digest)
        if kept is None:
            self.cut += 1
            kept = postings(doc, self.synonyms)
            if self.cache is not None:
                self.cache.put(self.key(digest), kept.tobytes())
        return kept

    def of_digest(self, digest: str) -> array[int] | None:
        """The postings of a content seen before, None where the cache has forgotten it."""
        data = self.cache.get(self.key(digest)) if self.cache is not None else None
        if data is None:
            return None
        kept = array("Q")
        kept.frombytes(data)
        return kept
