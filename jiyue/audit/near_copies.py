"""Which articles of different sites say nearly the same, whatever their titles: MinHash of their pairs of characters.

A sketch has HASHES minima (Broder 1997), each of another hash of all pairs; BANDS of them, equal in both, make two articles candidates
(locality-sensitive hashing), and the shares of pairs that both texts have, counted exactly, decide. Two texts that have four fifths of
their pairs in common are candidates with a probability of 0.99. Sketches are kept by the digests of the files, and the groups by those
of all of them. What is a repost by its own words, a statutory form or the same for everybody is left out.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jiyue.audit.measures.facts import Facts, Row
from jiyue.base.cache import Cache
from jiyue.base.encoding import NotUtf8
from jiyue.base.patterns import pattern
from jiyue.catalogue.sources import source_text

BANDS, WIDTH = 16, 6
HASHES = BANDS * WIDTH
SHORTEST = 120
"""Characters, signs not counted: shorter texts are alike by their form."""
ALIKE = 0.8
"""The share of pairs of characters from which two articles are nearly the same."""
LEFT_OUT = frozenset({"letter", "guide", "page"})
"""Kinds that are the same at many sites for good reason: the guide of an item, what a site says of itself."""
_NOT_WORDS = pattern(r"\W+")
_CHUNK = 256
"""Pairs hashed at once: what they need stays in the processor's cache, four times as quick as 1,024."""
_SEEDS = np.array(
    [int.from_bytes(hashlib.blake2b(f"near {n}".encode(), digest_size=8).digest(), "little") for n in range(HASHES)],
    dtype=np.uint64,
)
_MIXING = _SEEDS[:WIDTH] | np.uint64(1)
"""Makes one number of a band; bands that differ have the same one by chance only, and then the sketches decide."""
_MULTIPLIERS = ((_SEEDS & np.uint64(0xFFFFFFFF)) | np.uint64(1)).astype(np.uint32)[:, None]
_OFFSETS = (_SEEDS >> np.uint64(32)).astype(np.uint32)[:, None]

Sketch = NDArray[np.uint32]


class Member(NamedTuple):
    """An article of a group. percent: how much of it is that of the group's oldest, which has 100."""

    site: str
    path: str
    page: str
    title: str
    date: str
    percent: int


def near_copies(root: Path, facts: Mapping[str, Facts], cache: Cache) -> list[list[Member]]:
    """Groups of articles of two sites or more that say nearly the same, the oldest of each first. Deterministic."""
    rows = [(site, row) for site, one in sorted(facts.items()) for row in one.rows if _counts(row)]
    key = hashlib.blake2b("".join(f"{site}/{row.path}{row.digest}" for site, row in rows).encode("utf-8", "replace"))

    def look() -> list[list[list[str | int]]]:
        return [[list(one) for one in group] for group in _groups(root, rows, _sketches(root, rows, cache))]

    kept = cache.memo("audit/near-copies.json", key.hexdigest(), look)
    return [[Member(*one) for one in group] for group in kept]


def sketch(text: str) -> Sketch | None:
    """The sketch of a text, HASHES numbers; None for one that is too short to say anything."""
    found = pairs(text)
    if found.size < SHORTEST:
        return None
    mixed = (found ^ (found >> np.uint32(15))) * np.uint32(0x2C1B3C6D)
    mixed ^= mixed >> np.uint32(12)
    least = np.full(HASHES, 0xFFFFFFFF, dtype=np.uint32)
    for at in range(0, mixed.size, _CHUNK):
        np.minimum(least, (mixed[at : at + _CHUNK] * _MULTIPLIERS + _OFFSETS).min(axis=1), out=least)
    return least


def pairs(text: str) -> NDArray[np.uint32]:
    """Each pair of neighbouring characters as a number, in their order; signs and blanks do not count."""
    signs = np.frombuffer(_NOT_WORDS.sub("", text).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return signs[:-1] * np.uint32(0x9E3779B1) ^ signs[1:]


def share(one: NDArray[np.uint32], other: NDArray[np.uint32]) -> float:
    """The share of the pairs of either text that both have, 0 to 1 (Jaccard). Each has every pair once."""
    both = np.intersect1d(one, other, assume_unique=True).size
    either = one.size + other.size - both
    return both / either if either else 1.0


def _counts(row: Row) -> bool:
    return not (row.kind in LEFT_OUT or not row.date or "repost_of" in row.extra or "annual_report" in row.extra)


def _sketches(root: Path, rows: Iterable[tuple[str, Row]], cache: Cache) -> list[Sketch | None]:
    """A sketch for each article, made where none is kept of its file."""
    by_site: dict[str, list[Row]] = {}
    for site, row in rows:
        by_site.setdefault(site, []).append(row)
    made: list[Sketch | None] = []
    for site, mine in by_site.items():
        name = f"audit/near-{site}.json"
        kept: dict[str, str] = cache.get(name) or {}
        used = {row.digest: kept[row.digest] if row.digest in kept else _written(_of(root, row)) for row in mine}
        if used.keys() != kept.keys():
            cache.put(name, used)
        made += [_read(used[row.digest]) for row in mine]
    return made


def _of(root: Path, row: Row) -> Sketch | None:
    text = _body(root, row)
    return sketch(text) if text else None


def _body(root: Path, row: Row) -> str:
    try:
        return source_text(root, row.path).split("\n", row.line - 1)[-1]
    except (OSError, NotUtf8):
        return ""


def _written(one: Sketch | None) -> str:
    return "" if one is None else base64.b64encode(one.astype("<u4").tobytes()).decode()


def _read(text: str) -> Sketch | None:
    return np.frombuffer(base64.b64decode(text), dtype="<u4") if text else None


def _groups(root: Path, rows: list[tuple[str, Row]], sketches: list[Sketch | None]) -> list[list[Member]]:
    there = [at for at, one in enumerate(sketches) if one is not None]
    order = sorted(there, key=lambda at: (rows[at][1].date, rows[at][0], rows[at][1].path))
    texts: dict[int, NDArray[np.uint32]] = {}

    def text(at: int) -> NDArray[np.uint32]:
        if at not in texts:
            texts[at] = np.unique(pairs(_body(root, rows[at][1])))
        return texts[at]

    first: dict[int, int] = {}
    percent: dict[int, int] = {}
    for old, new in _candidates(order, sketches, rows):
        if new not in first and old not in first and (alike := share(text(old), text(new))) >= ALIKE:
            first[new], percent[new] = old, int(100 * alike)
    groups: dict[int, list[int]] = {}
    for new, old in sorted(first.items()):
        groups.setdefault(old, [old]).append(new)
    place = {at: number for number, at in enumerate(order)}
    return [
        [_member(*rows[at], percent.get(at, 100)) for at in sorted(groups[old], key=place.__getitem__)]
        for old in sorted(groups, key=place.__getitem__)
    ]


def _member(site: str, row: Row, percent: int) -> Member:
    return Member(site, row.path, row.page, row.title, row.date, percent)


def _candidates(order: list[int], sketches: list[Sketch | None], rows: list[tuple[str, Row]]) -> list[tuple[int, int]]:
    """(older, newer) of different sites with an equal band and alike by their sketches, in order of age."""
    if not order:
        return []
    table = np.stack([one for at in order if (one := sketches[at]) is not None])
    found: set[tuple[int, int]] = set()
    for band in range(BANDS):
        keys = table[:, band * WIDTH : (band + 1) * WIDTH].astype(np.uint64) @ _MIXING
        by_key = np.argsort(keys, kind="stable")
        new = np.flatnonzero(np.diff(keys[by_key])) + 1
        starts, ends = np.append(0, new), np.append(new, len(keys))
        for at in np.flatnonzero(ends - starts > 1):
            members = by_key[starts[at] : ends[at]].tolist()
            for place, old in enumerate(members[:_MOST]):
                found.update((old, newer) for newer in members[place + 1 :])
    sites = np.unique([rows[at][0] for at in order], return_inverse=True)[1]
    pair = np.array(sorted(found), dtype=np.int64).reshape(-1, 2)
    pair = pair[sites[pair[:, 0]] != sites[pair[:, 1]]]
    alike = [
        np.mean(table[some[:, 0]] == table[some[:, 1]], axis=1) for some in np.array_split(pair, len(pair) // 4096 + 1)
    ]
    pair = pair[np.concatenate(alike) >= ALIKE - _ERROR]
    return [(order[old], order[new]) for old, new in pair.tolist()]


_MOST = 20
"""Of articles with an equal band the oldest so many are compared with all others: ten thousand copies are no square of them."""
_ERROR = 0.15
"""Three standard errors of a share of 0.8 that is estimated from HASHES minima: sqrt(0.8 * 0.2 / 96) is 0.04."""
