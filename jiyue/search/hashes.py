"""Computes all terms of a text at once with numpy: the same as postings.cut_of, in a third of the time.

CRC-32 is linear: the hash of two characters is the XOR of their contributions, so two tables give all bigrams.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from zlib import crc32

from jiyue.base.patterns import pattern
from jiyue.search import impact, tokenizer
from jiyue.search.arrays import Many, np
from jiyue.search.postings import Cut

BASIC = 1 << 16
"""Number of code points in the tables. Texts with others go through the tokenizer."""
WORD = pattern(f"[{tokenizer.WORD}]+")
LEVELS = np.array(impact.LEVELS, "u8")
BITS, MASK = np.uint64(impact.BITS), np.uint64((1 << impact.BITS) - 1)
START = np.zeros(1, "i8")


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


def hashes(plain: str) -> Many:
    """The hashes of the terms of a normalized text, with repeats, unordered."""
    signs = np.frombuffer(plain.encode("utf-32-le", "surrogatepass"), "<u4")
    if not signs.size or signs.max() >= BASIC:
        return np.array([crc32(term.encode()) for term in tokenizer.terms_of_normal(plain)], "u4")
    han = HAN[signs]
    pair = han[:-1] & han[1:]
    han[1:] &= ~pair
    han[:-1] &= ~pair  # single characters remain
    at = np.flatnonzero(pair)
    words = [crc32(word.encode()) for word in (*WORD.findall(plain), *tokenizer.numbers(plain))]
    return np.concatenate((FIRST[signs[at]] ^ SECOND[signs[at + 1]], LONE[signs[han]], np.array(words, "u4")))


def cut_of(plain: str, marked: Mapping[str, int]) -> Cut:
    """The same as postings.cut_of. A number is `hash << 3 | level`, so that the highest level of a hash is its last."""
    every = hashes(plain)
    every.sort()
    first = np.flatnonzero(every[1:] != every[:-1]) + 1 if every.size else every
    starts = np.concatenate((START[: every.size], first))
    counts = np.minimum(np.concatenate((first, [every.size])) - starts, impact.MAX_FREQUENCY) if every.size else starts
    body = every[starts].astype("u8") << BITS | LEVELS[impact.length_class(every.size)][counts]
    names = [crc32(term.encode("utf-8", "replace")) << impact.BITS | level for term, level in marked.items()]
    keys = np.concatenate((body, np.array(names, "u8")))
    keys.sort()
    terms = keys >> BITS
    highest = np.append(terms[1:] != terms[:-1], True)[: keys.size]
    order = array("I")
    order.frombytes(terms[highest].astype("u4").tobytes())
    return Cut(order, (keys[highest] & MASK).astype("u1").tobytes())
