"""Writes a segment's files: completely, or only the changes if few documents changed. The bytes are the same."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from jiyue.search import fragments, periods, shards
from jiyue.search.memory import FORMAT, Block, Memory, Segment
from jiyue.search.model import Output, SearchDoc
from jiyue.search.parts import Part, parts_of
from jiyue.search.periods import Row
from jiyue.search.postings import Cut, Cutter

if TYPE_CHECKING:
    from jiyue.search.packing import GatheredMany

FEW = 200
"""Up to this many documents a segment is built without numpy, because loading it would take as long."""
MOST_CHANGED = 64
"""Up to this many changed parts, patching the files is faster than rebuilding them."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The target state of a segment: block → documents and their fingerprints, and the digests of blocks and segment."""

    name: str
    blocks: Mapping[str, list[SearchDoc]]
    digests: Mapping[str, list[str]]
    prints: Mapping[str, str]
    version: str

    @classmethod
    def of(cls, name: str, blocks: Mapping[str, list[SearchDoc]], salt: str) -> Plan:
        """The plan of a segment with these documents, given in order of id. salt: identifies the tokenization rule."""
        digests = {block: [doc.digest or doc.fingerprint() for doc in docs] for block, docs in blocks.items()}
        prints = {block: _hash(*digest) for block, digest in digests.items()}
        version = _hash(FORMAT, salt, name, *(f"{block} {prints[block]}" for block in sorted(prints)))
        return cls(name, blocks, digests, prints, version)

    def rows(self, block: str, width: Callable[[SearchDoc, str], int]) -> list[Row]:
        """The block's documents with their numbers. width: the number of parts of a document with this fingerprint."""
        docs = zip(self.blocks[block], self.digests[block], strict=True)
        return periods.numbered((periods.dated(doc), doc.id, digest, width(doc, digest)) for doc, digest in docs)


def _hash(*parts: str) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=6).hexdigest()


def build(plan: Plan, out: Output, cutter: Cutter, memory: Memory) -> Segment:
    """Write the whole segment."""
    gathered = _gathered(sum(map(len, plan.blocks.values())))
    blocks: dict[str, Block] = {}
    widths: dict[int, int] = {}
    begin = 0
    for block in sorted(plan.blocks):
        cuts: dict[str, list[Cut]] = {}
        texts: dict[str, list[bytes]] = {}
        for doc, digest in zip(plan.blocks[block], plan.digests[block], strict=True):
            cuts[doc.id] = cutter.of(doc, digest, gathered.levels_of)
            texts[doc.id] = [fragments.encode(doc, part) for part in parts_of(doc.body())]
        rows = plan.rows(block, partial(_width, cuts))
        memory.remember_rows(plan.prints[block], rows)
        total = 0
        for row in rows:
            number = begin + row.number
            if row.width > 1:
                widths[number] = row.width
            for terms, text in zip(cuts[row.id], texts[row.id], strict=True):
                total += len(terms.levels)
                gathered.add(number, terms)
                out.write(fragments.path(plan.name, number), text)
                number += 1
        parts = sum(row.width for row in rows)
        blocks[block] = Block(plan.prints[block], periods.capacity(parts), total, parts)
        begin += blocks[block].room
    if widths:
        out.write(shards.widths_path(plan.name), shards.encode_widths(widths))
    segment = Segment(blocks, gathered.long)
    for path, data in gathered.files(plan.name, segment.layout(plan.name)):
        out.write(path, data)
    return segment


def _width(cuts: Mapping[str, list[Cut]], doc: SearchDoc, _: str) -> int:
    return len(cuts[doc.id])


def _gathered(documents: int) -> shards.Gathered | GatheredMany:
    if documents <= FEW:
        return shards.Gathered()
    from jiyue.search.packing import GatheredMany  # noqa: PLC0415  (loads numpy)

    return GatheredMany()


class CannotPatch(Exception):
    """The segment must be rebuilt: too many changes, moved numbers, or a missing cache entry."""


def patch(plan: Plan, old: Segment, out: Output, cutter: Cutter, memory: Memory) -> Segment:
    """Write only the differences to the last run's segment. Raises CannotPatch before writing anything."""
    changes = _changes(plan, old, cutter, memory)
    layout = changes.segment.layout(plan.name)
    if layout != old.layout(plan.name):
        raise CannotPatch
    writes = _rewritten(plan.name, changes, layout, out) | _widths(plan.name, changes, out)
    if not out.keep(f"{plan.name}/"):
        raise CannotPatch
    for path, data in writes.items():
        if data is None:
            out.drop(path)
        else:
            out.write(path, data)
    return changes.segment


@dataclass(frozen=True, slots=True)
class _Changes:
    segment: Segment
    documents: dict[int, tuple[SearchDoc, Part] | None]
    """Number → the part that now has it, or None."""
    terms: defaultdict[int, dict[int, int | None]]
    """Term → number → its new level; None if the part no longer contains it."""
    widths: list[tuple[int, int, dict[int, int]]]
    """Ranges of numbers, [first, end), whose documents changed, each with its documents of several parts: first number → width."""


def _changes(plan: Plan, old: Segment, cutter: Cutter, memory: Memory) -> _Changes:
    begin_old = old.starts()
    blocks = {block: old.blocks[block] for block in plan.blocks if block in old.blocks}
    changes = _Changes(Segment(blocks, set(old.long)), {}, defaultdict(dict), [])
    gone: dict[str, list[Row]] = {}
    come: dict[str, list[Row]] = {}
    for block in sorted(plan.blocks.keys() | old.blocks.keys()):
        before = old.blocks.get(block, Block("", 0, 0, 0))
        if plan.prints.get(block, "") != before.print:
            gone[block] = _remembered(memory, before)
            come[block] = _renumbered(plan, block, gone[block], cutter) if block in plan.blocks else []
        if come.get(block):
            parts = sum(row.width for row in come[block])
            blocks[block] = Block(plan.prints[block], periods.capacity(parts), before.postings, parts)
    begin = changes.segment.starts()
    if any(begin[block] != begin_old[block] for block in begin.keys() & begin_old.keys()):
        raise CannotPatch
    for block, rows in come.items():
        start = begin[block] if rows else begin_old[block]
        docs = {doc.id: doc for doc in plan.blocks.get(block, ())}
        added = _compare(changes, start, _parts(gone[block]), _parts(rows), docs, cutter)
        room = old.blocks[block].room if not rows else blocks[block].room
        changes.widths.append((start, start + room, {start + row.number: row.width for row in rows if row.width > 1}))
        if rows:
            memory.remember_rows(plan.prints[block], rows)
            blocks[block] = replace(blocks[block], postings=blocks[block].postings + added)
    return changes


def _renumbered(plan: Plan, block: str, gone: list[Row], cutter: Cutter) -> list[Row]:
    """A changed block's documents with their numbers."""
    widths = {row.digest: row.width for row in gone}
    if sum(digest not in widths for digest in plan.digests[block]) > MOST_CHANGED:
        raise CannotPatch

    def width(doc: SearchDoc, digest: str) -> int:
        return widths.get(digest) or len(cutter.of(doc, digest))

    return plan.rows(block, width)


_Parts = dict[int, tuple[str, str, int]]
"""Number → the part that has it: the id and fingerprint of its document, and which part of it."""


def _parts(rows: list[Row]) -> _Parts:
    return {row.number + part: (row.id, row.digest, part) for row in rows for part in range(row.width)}


def _compare(
    changes: _Changes, start: int, was: _Parts, come: _Parts, docs: dict[str, SearchDoc], cutter: Cutter
) -> int:
    """Add a block's differences to the changes; return by how many its postings grow."""
    added = 0
    for number in sorted(was.keys() | come.keys()):
        gone, here = was.get(number), come.get(number)
        if gone and here and gone[1:] == here[1:]:
            continue
        before: set[int] = set()
        now: set[int] = set()
        place = start + number
        changes.documents[place] = None
        if gone:
            held = cutter.of_digest(gone[1])
            if held is None:
                raise CannotPatch
            before = set(held[gone[2]].keys())
        if here:
            doc, part = docs[here[0]], here[2]
            now = set(cutter.of(doc, here[1])[part].keys())
            changes.documents[place] = doc, parts_of(doc.body())[part]
        if len(changes.documents) > MOST_CHANGED:
            raise CannotPatch
        added += len(now) - len(before)
        for key in before - now:
            changes.terms[key >> 3][place] = None
        for key in now - before:
            changes.terms[key >> 3][place] = key & 7
    return added


def _widths(name: str, changes: _Changes, out: Output) -> dict[str, bytes | None]:
    """The file of the widths, if it changes: path → content, or None if it is removed."""
    path = shards.widths_path(name)
    data = out.read(path)
    before = shards.decode_widths(data) if data is not None else {}
    now = dict(before)
    for first, end, wide in changes.widths:
        now = {number: width for number, width in now.items() if not first <= number < end} | wide
    if now == before:
        return {}
    return {path: shards.encode_widths(now) if now else None}


def _remembered(memory: Memory, block: Block) -> list[Row]:
    rows = memory.rows(block.print) if block.print else []
    if rows is None:
        raise CannotPatch
    return rows


def _rewritten(name: str, changes: _Changes, layout: shards.Layout, out: Output) -> dict[str, bytes | None]:
    """Changed files: path → content, or None if removed. Updates the segment's set of long terms."""
    writes: dict[str, bytes | None] = {
        fragments.path(name, number): fragments.encode(*part) if part else None
        for number, part in changes.documents.items()
    }
    by_shard: defaultdict[int, list[int]] = defaultdict(list)
    for term in changes.terms:
        by_shard[layout.shard_of(term)].append(term)
    for shard, terms in by_shard.items():
        entries = shards.decode(_read(out, shards.path(name, shard)), shard, layout)
        for term in terms:
            count, shown = entries.pop(term, (0, ()))
            if count > shards.LONG:
                shown = shards.decode_long(_read(out, shards.long_path(name, term)), count, layout)
            levels = {posting >> 3: posting & 7 for posting in shown}
            for number, level in changes.terms[term].items():
                if level is None:
                    del levels[number]
                else:
                    levels[number] = level
            postings = [number << 3 | levels[number] for number in sorted(levels)]
            if postings:
                entries[term] = shards.entry(postings)
            if len(postings) > shards.LONG:
                writes[shards.long_path(name, term)] = shards.encode_long(postings, layout)
                changes.segment.long.add(term)
            elif count > shards.LONG:
                writes[shards.long_path(name, term)] = None
                changes.segment.long.discard(term)
        writes[shards.path(name, shard)] = shards.encode(entries, shard, layout)
    return writes


def _read(out: Output, path: str) -> bytes:
    data = out.read(path)
    if data is None:
        raise CannotPatch
    return data
