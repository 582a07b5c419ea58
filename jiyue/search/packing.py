"""Builds the files of shards.py for many documents with numpy: the same bytes in a tenth of the time."""

from __future__ import annotations

from collections.abc import Iterator

from jiyue.search import bits, impact, shards
from jiyue.search.arrays import Many, np
from jiyue.search.hashes import cut_all
from jiyue.search.postings import Cut

ROOM = 1 << 20
"""Postings sorted at a time. Sorted runs are merged part by part, so that no array of all postings is ever copied."""
PART = 1 << 19
"""Postings packed at a time, so that memory does not grow with the segment."""
BITS = np.uint64(impact.BITS)
LEVEL = np.uint64((1 << impact.BITS) - 1)
POSTING = np.uint64((1 << 32) - 1)
"""Mask of the posting in a key; the other half is the term's hash."""


class GatheredMany:
    """Like shards.Gathered. Each posting is one integer, `hash << 32 | number << 3 | level`; sorting groups them by term."""

    cut_all = staticmethod(cut_all)

    def __init__(self) -> None:
        self.long: set[int] = set()
        self.runs: list[_Run] = []
        self.waiting: list[tuple[int, Cut]] = []
        self.size = 0

    def add(self, number: int, terms: Cut) -> None:
        """Add a part's terms."""
        self.waiting.append((number, terms))
        self.size += len(terms.levels)
        if self.size >= ROOM:
            self._close_run()

    def _close_run(self) -> None:
        if not self.size:
            return
        keys = np.frombuffer(b"".join(terms.hashes for _, terms in self.waiting), "u4").astype("u8")
        keys <<= 32
        keys |= np.frombuffer(b"".join(terms.levels for _, terms in self.waiting), "u1")
        numbers = np.array([number for number, _ in self.waiting], "u8") << BITS
        keys |= np.repeat(numbers, [len(terms.levels) for _, terms in self.waiting])
        self.waiting, self.size = [], 0
        self.runs.append(_Run(keys))

    def files(self, segment: str, layout: shards.Layout) -> Iterator[tuple[str, bytes]]:
        """(path, content) of every shard, empty ones included, and of every long list, whose terms are then in `long`."""
        self._close_run()
        firsts = np.array([layout.first(shard) for shard in range(layout.shards)], "u8")
        begins = [run.begins(firsts) for run in self.runs]
        before = np.sum([run.starts[at] for run, at in zip(self.runs, begins, strict=True)], axis=0, dtype="i8")
        shard = 0
        while shard < layout.shards:
            end = shard + 1
            while end < layout.shards and before[end + 1] - before[shard] <= PART:
                end += 1
            keys = np.concatenate(
                [run.keys(at[shard], at[end]) for run, at in zip(self.runs, begins, strict=True)] or [_none()]
            )
            keys.sort(kind="stable")  # which merges sorted runs
            part = _Part(keys, layout.universe)
            for term, data in part.long():
                self.long.add(term)
                yield shards.long_path(segment, term), data
            low = firsts[shard:end]
            for place, data in enumerate(part.shards(low, layout.shards)):
                yield shards.path(segment, shard + place), data
            shard = end


class _Run:
    """Sorted postings, in little more than half the bytes of their keys: each term once, and where its postings begin."""

    def __init__(self, keys: Many) -> None:
        keys.sort()
        hashes = keys >> 32
        first = np.flatnonzero(np.concatenate(([True], hashes[1:] != hashes[:-1])))
        self.terms = hashes[first].astype("u4")
        self.starts = np.append(first, keys.size).astype("u4")
        self.postings = keys.astype("u4")

    def begins(self, firsts: Many) -> Many:
        """For each of these hashes, and at last the end: the place of the first term from it on."""
        return np.append(np.searchsorted(self.terms, firsts), self.terms.size)

    def keys(self, begin: int, end: int) -> Many:
        """The keys of a range of terms."""
        starts = self.starts[begin : end + 1]
        keys: Many = np.repeat(self.terms[begin:end].astype("u8"), np.diff(starts))
        keys <<= 32
        keys |= self.postings[starts[0] : starts[-1]]
        return keys


class _Part:
    """The sorted postings of some shards."""

    def __init__(self, keys: Many, universe: int) -> None:
        self.universe = universe
        self.postings = keys & POSTING
        hashes = keys >> 32
        self.starts = np.flatnonzero(np.concatenate(([True], hashes[1:] != hashes[:-1]))) if keys.size else _none()
        self.terms = hashes[self.starts]
        self.counts = np.diff(self.starts, append=keys.size)

    def long(self) -> Iterator[tuple[int, bytes]]:
        """Each long list with its term."""
        for at in np.flatnonzero(self.counts > shards.LONG):
            listed = self.postings[self.starts[at] : self.starts[at] + self.counts[at]]
            lows = np.full(1, bits.rice_parameter(self.universe, listed.size))
            (data,) = _packed(*_list(listed, np.array([0]), lows), np.array([0]))
            yield int(self.terms[at]), data

    def shards(self, firsts: Many, count: int) -> Iterator[bytes]:
        """Encode each shard. firsts: the lowest hash of each; count: shards of the whole segment."""
        shown, shown_counts = self._shown()
        shard_of = np.searchsorted(firsts, self.terms, "right") - 1
        held = np.bincount(shard_of, minlength=firsts.size)  # terms of each shard
        gaps = np.diff(self.terms, prepend=0) - 1
        leading = np.cumsum(held)[held > 0] - held[held > 0]
        gaps[leading] = (self.terms - firsts[shard_of])[leading]
        heads = _gamma(held + 1)
        names = _rice(gaps, _parameter((1 << 32) // count, held)[shard_of])
        counts = _gamma(self.counts)
        lows = _parameter(self.universe, shown_counts)
        starts = np.cumsum(shown_counts) - shown_counts
        listed = _list(shown, starts, lows)
        # order of codes: a shard's head, then for each of its terms the hash, the count, the postings
        name_at = shard_of + 1 + 2 * np.arange(self.terms.size) + starts
        terms_before = np.cumsum(held) - held
        head_at = np.arange(firsts.size) + 2 * terms_before + np.append(starts, shown.size)[terms_before]
        list_at = np.repeat(name_at + 2 - starts, shown_counts) + np.arange(shown.size)
        size = firsts.size + 2 * self.terms.size + shown.size
        values, lengths = np.empty(size, "u8"), np.empty(size, "i8")
        for at, (value, length) in ((head_at, heads), (name_at, names), (name_at + 1, counts), (list_at, listed)):
            values[at], lengths[at] = value, length
        yield from _packed(values, lengths, head_at)

    def _shown(self) -> tuple[Many, Many]:
        """(postings stored in shards, number of them per term)."""
        long = np.flatnonzero(self.counts > shards.LONG)
        if not long.size:
            return self.postings, self.counts
        keep = np.ones(self.postings.size, "?")
        for at in long:
            begin, end = self.starts[at], self.starts[at] + self.counts[at]
            listed = self.postings[begin:end]
            best = np.argsort((listed & LEVEL) << 32 | listed)[-shards.BEST :]
            keep[begin:end] = False
            keep[begin + best] = True
        return self.postings[keep], np.where(self.counts > shards.LONG, shards.BEST, self.counts)


Codes = tuple[Many, Many]
"""(values, their lengths in bits, leading zeros included)."""


def _none() -> Many:
    return np.empty(0, "u8")


def _bit_length(numbers: Many) -> Many:
    lengths: Many = np.frexp(numbers.astype("f8"))[1]  # exact below 2 ** 53
    return lengths.astype("i8")


def _parameter(universe: int, counts: Many) -> Many:
    """bits.rice_parameter() for arrays."""
    lows: Many = np.maximum(0, _bit_length(universe * 11 // (16 * np.maximum(counts, 1))) - 1)
    return lows


def _gamma(numbers: Many) -> Codes:
    return numbers, 2 * _bit_length(numbers) - 1


def _rice(numbers: Many, lows: Many) -> Codes:
    lows = lows.astype("u8")
    one = np.uint64(1) << lows
    numbers = numbers.astype("u8")
    return one | numbers & one - np.uint64(1), (numbers >> lows) + np.uint64(1) + lows


def _list(postings: Many, starts: Many, lows: Many) -> Codes:
    """shards._list() for many lists at once; starts: where each begins."""
    gaps = postings.copy()
    gaps[1:] -= (postings[:-1] | LEVEL) + np.uint64(1)
    gaps[starts] = postings[starts]
    counts = np.diff(starts, append=postings.size)
    return _rice(gaps, np.repeat(lows + impact.BITS, counts))


def _packed(values: Many, lengths: Many, starts: Many) -> Iterator[bytes]:
    """Pack codes into bits; each run (from one start to the next) becomes whole bytes."""
    ends = np.cumsum(lengths.astype("i8"))
    sizes = np.diff(ends[np.append(starts[1:], ends.size) - 1], prepend=0)  # bits of each run
    bytes_ = -(-sizes // 8)
    padding = np.cumsum(bytes_ * 8 - sizes) - (bytes_ * 8 - sizes)
    ends += np.repeat(padding, np.diff(starts, append=ends.size))
    total = int(bytes_.sum())
    words = np.zeros(total // 8 + 2, "u8")  # a number may reach into the word before: the first is never used
    word, free = (ends - 1 >> 6) + 1, (-ends & 63).astype("u8")
    values = values.astype("u8")
    np.add.at(words, word, values << free)
    np.add.at(words, word - 1, values >> np.uint64(1) >> np.uint64(63) - free)
    data = words.byteswap().tobytes()[8:]
    at = 0
    for size in bytes_.tolist():
        yield data[at : at + size]
        at += size
