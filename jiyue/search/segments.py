"""Writes a segment's files: completely, or only the changes if few documents changed. The bytes are the same."""

from __future__ import annotations

import hashlib
from array import array
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jiyue.search import fragments, periods, shards
from jiyue.search.memory import FORMAT, Block, Memory, Segment
from jiyue.search.model import Output, SearchDoc
from jiyue.search.periods import Row
from jiyue.search.postings import Cut, Cutter

if TYPE_CHECKING:
    from jiyue.search.packing import GatheredMany

FEW = 200
"""Up to this many documents a segment is built without numpy, because loading it would take as long."""
MOST_CHANGED = 64
"""Up to this many changed documents, patching the files is faster than rebuilding them."""


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
        """The plan of a segment with these documents. salt: identifies the tokenization rule."""
        digests = {block: [doc.digest or doc.fingerprint() for doc in docs] for block, docs in blocks.items()}
        prints = {block: _hash(*sorted(digest)) for block, digest in digests.items()}
        version = _hash(FORMAT, salt, name, *(f"{block} {prints[block]}" for block in sorted(prints)))
        return cls(name, blocks, digests, prints, version)

    def rooms(self) -> dict[str, int]:
        """Block -> its reserved numbers."""
        return {block: periods.capacity(len(docs)) for block, docs in self.blocks.items()}

    def rows(self, block: str) -> list[Row]:
        """The block's documents with their numbers."""
        docs = zip(self.blocks[block], self.digests[block], strict=True)
        return periods.numbered((periods.dated(doc), doc.id, digest) for doc, digest in docs)


def _hash(*parts: str) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=6).hexdigest()


def build(plan: Plan, out: Output, cutter: Cutter, memory: Memory) -> Segment:
    """Write the whole segment."""
    begin, _ = periods.starts(plan.rooms())
    gathered = _gathered(sum(map(len, plan.blocks.values())))
    blocks: dict[str, Block] = {}
    for block in sorted(plan.blocks):
        docs = {doc.id: doc for doc in plan.blocks[block]}
        rows = plan.rows(block)
        memory.remember_rows(plan.prints[block], rows)
        total = 0
        for row in rows:
            number, doc = begin[block] + row.number, docs[row.id]
            terms = cutter.of(doc, row.digest, gathered.levels_of)
            total += len(terms.levels)
            gathered.add(number, terms)
            out.write(fragments.path(plan.name, number), fragments.encode(doc))
        blocks[block] = Block(plan.prints[block], periods.capacity(len(docs)), total)
    segment = Segment(blocks, gathered.long())
    for path, data in gathered.files(plan.name, segment.layout(plan.name)):
        out.write(path, data)
    return segment


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
    writes = _rewritten(plan.name, changes, layout, out)
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
    documents: dict[int, SearchDoc | None]
    """Number → the document that now has it, or None."""
    terms: dict[int, dict[int, int | None]]
    """Term → number → its new level; None if the document no longer contains it."""


def _changes(plan: Plan, old: Segment, cutter: Cutter, memory: Memory) -> _Changes:
    rooms, begin_old = plan.rooms(), old.starts()
    begin, _ = periods.starts(rooms)
    if any(begin[block] != begin_old[block] for block in begin.keys() & begin_old.keys()):
        raise CannotPatch
    documents: dict[int, SearchDoc | None] = {}
    terms: defaultdict[int, dict[int, int | None]] = defaultdict(dict)
    blocks = {block: old.blocks[block] for block in plan.blocks if block in old.blocks}
    for block in sorted(plan.blocks.keys() | old.blocks.keys()):
        before = old.blocks.get(block, Block("", 0, 0))
        if plan.prints.get(block, "") == before.print:
            continue
        gone = {row.number: row.digest for row in _remembered(memory, before)}
        docs = {doc.id: doc for doc in plan.blocks.get(block, ())}
        rows = plan.rows(block) if docs else []
        come = {row.number: row for row in rows}
        total = before.postings
        start = begin[block] if docs else begin_old[block]
        for number in sorted(gone.keys() | come.keys()):
            row = come.get(number)
            if row is not None and row.digest == gone.get(number):
                continue
            documents[start + number] = doc = docs[row.id] if row else None
            held = cutter.of_digest(gone[number]) if number in gone else Cut(array("I"), b"")
            if held is None or len(documents) > MOST_CHANGED:
                raise CannotPatch
            was = set(held.keys())
            now = set(cutter.of(doc, row.digest).keys()) if doc and row else set()
            total += len(now) - len(was)
            for key in was - now:
                terms[key >> 3][start + number] = None
            for key in now - was:
                terms[key >> 3][start + number] = key & 7
        if docs:
            memory.remember_rows(plan.prints[block], rows)
            blocks[block] = Block(plan.prints[block], rooms[block], total)
    return _Changes(Segment(blocks, set(old.long)), documents, dict(terms))


def _remembered(memory: Memory, block: Block) -> list[Row]:
    rows = memory.rows(block.print) if block.print else []
    if rows is None:
        raise CannotPatch
    return rows


def _rewritten(name: str, changes: _Changes, layout: shards.Layout, out: Output) -> dict[str, bytes | None]:
    """Changed files: path → content, or None if removed. Updates the segment's set of long terms."""
    writes: dict[str, bytes | None] = {
        fragments.path(name, number): fragments.encode(doc) if doc else None
        for number, doc in changes.documents.items()
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
