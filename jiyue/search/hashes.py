"""Computes all terms of many texts at once with numpy: the same as postings.cut_all, in a sixth of the time.

CRC-32 is linear: the hash of two characters is the XOR of their contributions, so two tables give all bigrams.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import chain
from zlib import crc32

from jiyue.base.patterns import pattern
from jiyue.search import impact, tokenizer
from jiyue.search.arrays import Many, np
from jiyue.search.postings import Body, Cut

BASIC = 1 << 16
"""Number of code points in the tables. A text with others goes through the tokenizer."""
WORD = pattern(f"[{tokenizer.WORD}]+")
LEVELS = np.array(impact.LEVELS, "u8")
BITS, MASK = np.uint64(impact.BITS), np.uint64((1 << impact.BITS) - 1)
TEXT = np.uint64(32)
"""Bits of a hash; above them stands the place of its text."""


def _table(before: int, after: int) -> Many:
    """Code point → CRC-32 of its three UTF-8 bytes, padded with zero bytes on both sides; valid from U+0800."""

    def crc(sign: int) -> int:
        utf8 = bytes((0xE0 | sign >> 12, 0x80 | sign >> 6 & 63, 0x80 | sign & 63))
        return crc32(bytes(before) + utf8 + bytes(after))

    table = np.array([crc(0)], "u4")
    for bit in range(16):
        table = np.concatenate((table, table ^ np.uint32(crc(1 << bit) ^ crc(0))))
    return table


def _han() -> Many:
    table = np.zeros(BASIC, "?")
    table[[ord(sign) for sign in tokenizer.ONE_HAN.findall("".join(map(chr, range(BASIC))))]] = True
    return table


HAN = _han()
LONE = _table(0, 0)
FIRST, SECOND = _table(0, 3), _table(3, 0) ^ np.uint32(crc32(bytes(6)))


def hashes(texts: Sequence[str]) -> tuple[Many, Many]:
    """The hashes of the terms of normalized texts, with repeats, each as `place of its text << 32 | hash`, and how many each text has."""
    near = texts
    signs = _signs(near)
    if signs.max() >= BASIC:
        near = ["" if text and ord(max(text)) >= BASIC else text for text in texts]
        signs = _signs(near)
    han = HAN[signs]
    pair = han[:-1] & han[1:]
    han[1:] &= ~pair
    han[:-1] &= ~pair  # single characters remain
    at, lone = np.flatnonzero(pair), np.flatnonzero(han)
    words = [
        _words(text) if text is of else tokenizer.terms_of_normal(of) for text, of in zip(near, texts, strict=True)
    ]
    ends = np.cumsum([len(text) + 1 for text in near])
    counts = [np.diff(np.searchsorted(places, ends), prepend=0) for places in (at, lone)]
    counts.append(np.array([len(found) for found in words]))
    found = (
        FIRST[signs[at]] ^ SECOND[signs[at + 1]],
        LONE[signs[lone]],
        np.array([crc32(term.encode()) for term in chain(*words)], "u4"),
    )
    every = np.concatenate(found).astype("u8")
    every |= np.repeat(np.tile(np.arange(len(texts), dtype="u8") << TEXT, len(counts)), np.concatenate(counts))
    return every, np.sum(counts, axis=0)


def _signs(texts: Sequence[str]) -> Many:
    """The code points of all texts, a line end after each."""
    return np.frombuffer("\n".join([*texts, ""]).encode("utf-32-le", "surrogatepass"), "<u4")


def _words(plain: str) -> list[str]:
    return WORD.findall(plain) + tokenizer.numbers(plain)


def cut_all(bodies: Sequence[Body]) -> Iterable[Cut]:
    """The same as postings.cut_all. A number is `place of the body << 35 | hash << 3 | level`: a hash's highest level is its last."""
    every, sizes = hashes([plain for plain, _ in bodies])
    every.sort()
    first = np.flatnonzero(np.append(True, every[1:] != every[:-1])[: every.size])
    counts = np.minimum(np.diff(first, append=every.size), impact.MAX_FREQUENCY)
    terms = every[first]
    classes = np.array([impact.length_class(size) for size in sizes.tolist()])
    body = terms << BITS | LEVELS[classes[terms >> TEXT], counts]
    names = [
        ((place << 32 | crc32(term.encode("utf-8", "replace"))) << impact.BITS) | level
        for place, (_, marked) in enumerate(bodies)
        for term, level in marked.items()
    ]
    keys = np.concatenate((body, np.array(names, "u8")))
    keys.sort()
    terms = keys >> BITS
    highest = np.append(terms[1:] != terms[:-1], True)[: keys.size]
    terms, levels = terms[highest], (keys[highest] & MASK).astype("u1").tobytes()
    hashed = array("I", terms.astype("u4").tobytes())
    begin = 0
    for end in np.searchsorted(terms, np.arange(1, len(bodies) + 1, dtype="u8") << TEXT).tolist():
        yield Cut(hashed[begin:end], levels[begin:end])
        begin = end
