"""Term shards: small files with the posting lists of many terms; long lists have their own files (docs/search.md § 3)."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from jiyue.search import bits, impact
from jiyue.search.postings import Cut, cut_all

SHARD_BYTES = 500
"""Target size of a shard: a reader fetches one per term."""
POSTING_BYTES = {"a": 1.2, "b": 1.6, "c": 6.0}
"""Approximate bytes per posting in each segment, including a share of the terms. Small segments have more rare terms."""
MOST_SHARDS = {"a": 24_576, "b": 4096, "c": 40}
"""The current period has few shards, because a new document touches nearly all of them."""
LONG_TEXTS = 20_000
"""From this many postings on the current period has long texts, and shards as small as elsewhere."""
LONG = 384
"""Above this many documents a term's list is long: the shard has only the BEST, a file in `h/` the whole list."""
BEST = 128
CHUNK = 48
"""Postings packed at a time, because shifting longer integers is slower."""
LEVEL_MASK = (1 << impact.BITS) - 1

Postings = Sequence[int]
"""A term's documents in order of number, each as `number << 3 | level`."""
Entry = tuple[int, Postings]
"""A term's entry in a shard: (number of documents, postings; only the best of a long list)."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The constants of a segment: number of shards, and the power of two above all document numbers."""

    shards: int
    universe: int

    def shard_of(self, term: int) -> int:
        """The shard of a term's hash; shards are equal ranges of hashes."""
        return term * self.shards >> 32

    def first(self, shard: int) -> int:
        """The lowest hash of a shard."""
        return -(-(shard << 32) // self.shards)


def layout(segment: str, postings: int, end: int) -> Layout:
    """The layout of a segment with this many postings and document numbers below `end`.

    Both parts grow in steps (×1.5 and ×2), so that an edit almost never changes them.
    """
    wanted = postings * POSTING_BYTES[segment] / SHARD_BYTES
    shards = 1
    while shards < wanted:
        shards = shards * 3 // 2 if shards & (shards - 1) == 0 and shards > 1 else max(shards + 1, shards // 3 * 4)
    if segment != "c" or postings < LONG_TEXTS:
        shards = min(shards, MOST_SHARDS[segment])
    return Layout(shards, 1 << max(0, end - 1).bit_length())


def _list(postings: Postings, low: int) -> bits.Bits:
    """Rice-code the gaps of numbers together with the levels, which are the lowest bits."""
    low += impact.BITS
    one, mask, least = 1 << low, (1 << low) - 1, low + 1
    run = bits.EMPTY
    before = 0
    for begin in range(0, len(postings), CHUNK):
        value = length = 0
        for posting in postings[begin : begin + CHUNK]:
            gap = posting - before
            before = (posting | LEVEL_MASK) + 1
            width = (gap >> low) + least
            value = value << width | one | gap & mask
            length += width
        run = bits.join(run, (value, length)) if begin else (value, length)
    return run


def best(postings: Postings) -> Postings:
    """The BEST documents of a long list, by level and then by newest; returned in order of number."""
    return sorted(sorted(postings, key=lambda posting: (posting & LEVEL_MASK, posting), reverse=True)[:BEST])


def entry(postings: Postings) -> Entry:
    """The shard entry for a term's whole list."""
    return len(postings), best(postings) if len(postings) > LONG else postings


def encode(entries: Mapping[int, Entry], shard: int, layout: Layout) -> bytes:
    """Encode a shard: number of terms (gamma of count + 1), then for each by hash: hash gap, document count, postings."""
    low = bits.rice_parameter((1 << 32) // layout.shards, len(entries))
    run = bits.gamma(len(entries) + 1)
    before = layout.first(shard) - 1
    for term in sorted(entries):
        count, shown = entries[term]
        listed = _list(shown, bits.rice_parameter(layout.universe, len(shown)))
        for part in (bits.rice(term - before - 1, low), bits.gamma(count), listed):
            run = bits.join(run, part)
        before = term
    return bits.pack(run)


def encode_long(postings: Postings, layout: Layout) -> bytes:
    """Encode a whole long list; its count is in the shard."""
    return bits.pack(_list(postings, bits.rice_parameter(layout.universe, len(postings))))


def _postings(reader: bits.Reader, count: int, universe: int) -> list[int]:
    low = bits.rice_parameter(universe, count) + impact.BITS
    postings: list[int] = []
    before = 0
    for _ in range(count):
        posting = before + reader.rice(low)
        postings.append(posting)
        before = (posting | LEVEL_MASK) + 1
    return postings


class Gathered:
    """Collects the postings of a segment, part by part in order of number. For few documents."""

    cut_all = staticmethod(cut_all)

    def __init__(self) -> None:
        self.index: defaultdict[int, array[int]] = defaultdict(lambda: array("I"))
        self.long: set[int] = set()

    def add(self, number: int, terms: Cut) -> None:
        """Add a part's terms."""
        for term, level in zip(terms.hashes, terms.levels, strict=True):
            self.index[term].append(number << impact.BITS | level)

    def files(self, segment: str, layout: Layout) -> Iterator[tuple[str, bytes]]:
        """(path, content) of every shard, empty ones included, and of every long list, whose terms are then in `long`."""
        order = sorted(self.index)
        at = 0
        for shard in range(layout.shards):
            begin, end = at, layout.first(shard + 1)
            while at < len(order) and order[at] < end:
                at += 1
            yield path(segment, shard), encode({t: entry(self.index[t]) for t in order[begin:at]}, shard, layout)
        for term in order:
            if len(self.index[term]) > LONG:
                self.long.add(term)
                yield long_path(segment, term), encode_long(self.index[term], layout)


def decode(data: bytes, shard: int, layout: Layout) -> dict[int, Entry]:
    """The inverse of encode."""
    reader = bits.Reader(data)
    terms = reader.gamma() - 1
    low = bits.rice_parameter((1 << 32) // layout.shards, terms)
    entries: dict[int, Entry] = {}
    term = layout.first(shard) - 1
    for _ in range(terms):
        term += reader.rice(low) + 1
        count = reader.gamma()
        entries[term] = count, _postings(reader, BEST if count > LONG else count, layout.universe)
    return entries


def decode_long(data: bytes, count: int, layout: Layout) -> list[int]:
    """The inverse of encode_long."""
    return _postings(bits.Reader(data), count, layout.universe)


Widths = Mapping[int, int]
"""First number of each document with more than one part → its number of parts."""


def encode_widths(widths: Widths) -> bytes:
    """Which numbers belong to one document: their count (gamma of it + 1), then for each the gap to the end of the one before,
    and its width - 1, as gamma codes."""
    run = bits.gamma(len(widths) + 1)
    parts, end = [run], 0
    for first in sorted(widths):
        parts += (bits.gamma(first - end + 1), bits.gamma(widths[first] - 1))
        end = first + widths[first]
    runs = [_joined(parts[at : at + CHUNK]) for at in range(0, len(parts), CHUNK)]
    return bits.pack(_joined(runs))


def _joined(runs: Sequence[bits.Bits]) -> bits.Bits:
    return reduce(bits.join, runs, bits.EMPTY)


def decode_widths(data: bytes) -> dict[int, int]:
    """The inverse of encode_widths."""
    reader = bits.Reader(data)
    widths: dict[int, int] = {}
    end = 0
    for _ in range(reader.gamma() - 1):
        first = end + reader.gamma() - 1
        widths[first] = reader.gamma() + 1
        end = first + widths[first]
    return widths


def widths_path(segment: str) -> str:
    """The path of a segment's widths; only a segment with documents of several parts has the file."""
    return f"{segment}/w"


def path(segment: str, shard: int) -> str:
    """The path of a shard; no folder has more than 256."""
    return f"{segment}/t/{shard >> 8:x}/{shard & 255:02x}"


def long_path(segment: str, term: int) -> str:
    """The path of a long list."""
    return f"{segment}/h/{term:08x}"
