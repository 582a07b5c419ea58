"""Writes a segment's files: completely, or only the changes if few documents changed. The bytes are the same."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from jiyue.search import fragments, periods, shards
from jiyue.search.memory import FORMAT, Block, Memory, Segment
from jiyue.search.model import Output, SearchDoc
from jiyue.search.parts import parts_of
from jiyue.search.periods import Row
from jiyue.search.postings import TOGETHER, Batch, Cut, CutAll, Cutter

if TYPE_CHECKING:
    from jiyue.search.packing import GatheredMany

FEW = 200
"""Up to this many documents a segment is built without numpy, because loading it would take as long."""
MOST_CHANGED, SHARE = 64, 400
"""Up to this many changed parts, or one in SHARE of the segment's, its files are patched. 42 new parts take 4 CPU seconds among
10,000, as each changes 300 shards; building 100,000 anew takes 26, beside the cutting."""


class Member(NamedTuple):
    """A document of a block. day: as in Row. digest: its fingerprint. doc: None if it did not change, and only what the
    last run made of it is at hand. place: where that is, (segment, number of its first part), if known."""

    day: str
    id: str
    digest: str
    doc: SearchDoc | None
    place: tuple[str, int] | None = None

    def cuts(self, cutter: Cutter) -> list[Cut]:
        """The terms of each part. Raises CannotPatch if they are not at hand."""
        batch = Batch(cutter)
        self.add_to(batch)
        return next(batch.cuts())

    def add_to(self, batch: Batch) -> int:
        """Add the document to those cut together and return the number of its parts. Raises CannotPatch if its terms are not at hand."""
        width = batch.add(self.doc, self.digest)
        if not width:
            raise CannotPatch
        return width

    def fragments(self, out: Output, width: int) -> list[bytes]:
        """The fragments of its parts, width in number. Raises CannotPatch if they are not at hand."""
        if self.place:
            segment, first = self.place
            return [_read(out, fragments.path(segment, number)) for number in range(first, first + width)]
        if not self.doc:
            raise CannotPatch
        return [fragments.encode(self.doc, part) for part in parts_of(self.doc.body())]


@dataclass(frozen=True, slots=True)
class Plan:
    """The target state of a segment: the digest of each block, and of all of them. members: the documents of a block, in
    order of day and id; those of unchanged blocks are asked for only if the segment is built."""

    name: str
    prints: Mapping[str, str]
    members: Callable[[str], list[Member]]
    version: str

    @classmethod
    def of(cls, name: str, prints: Mapping[str, str], members: Callable[[str], list[Member]], salt: str) -> Plan:
        """The plan of a segment with these blocks. salt: identifies the tokenization rule."""
        version = _hash(FORMAT, salt, name, *(f"{block} {prints[block]}" for block in sorted(prints)))
        return cls(name, prints, members, version)

    @classmethod
    def whole(cls, name: str, blocks: Mapping[str, list[SearchDoc]], salt: str) -> Plan:
        """The plan of a segment with these documents, given in order of day and id."""
        prints = {
            block: block_print([doc.digest or doc.fingerprint() for doc in docs]) for block, docs in blocks.items()
        }

        def members(block: str) -> list[Member]:
            return [Member(periods.dated(doc.date), doc.id, doc.fingerprint(), doc) for doc in blocks[block]]

        return cls.of(name, prints, members, salt)


def block_print(digests: Iterable[str]) -> str:
    """The digest of a block whose documents have these, in order of day and id."""
    return _hash(*digests)


def _hash(*parts: str) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=6).hexdigest()


def build(plan: Plan, out: Output, cutter: Cutter, memory: Memory, documents: int) -> Segment:
    """Write the whole segment, which has this many documents. Raises CannotPatch if one is not at hand."""
    gathered = _gathered(documents)
    blocks: dict[str, Block] = {}
    remembered: dict[str, list[Row]] = {}
    widths: dict[int, int] = {}
    begin = 0
    for block, members, made in _by_block(plan, cutter, gathered.cut_all, out):
        rows = periods.numbered((one.day, one.id, one.digest, len(made[one.id])) for one in members)
        remembered[block] = rows
        total = 0
        for row in rows:
            number = begin + row.number
            if row.width > 1:
                widths[number] = row.width
            for terms, text in made[row.id]:
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
    _remember(memory, plan.name, plan.version, segment, remembered)
    return segment


def _by_block(
    plan: Plan, cutter: Cutter, cut_bodies: CutAll, out: Output
) -> Iterator[tuple[str, list[Member], dict[str, list[tuple[Cut, bytes]]]]]:
    """Each block with its documents, and the terms and fragment of each of their parts, by id."""
    waiting: list[tuple[str, list[Member]]] = []
    batch, texts = Batch(cutter, cut_bodies), list[list[bytes]]()
    last = max(plan.prints, default="")
    for block in sorted(plan.prints):
        waiting.append((block, plan.members(block)))
        for member in waiting[-1][1]:
            texts.append(member.fragments(out, member.add_to(batch)))
        if len(texts) < TOGETHER and block != last:
            continue
        made = zip(batch.cuts(), texts, strict=True)
        for done, members in waiting:
            yield done, members, {one.id: list(zip(*next(made), strict=True)) for one in members}
        waiting, batch, texts = [], Batch(cutter, cut_bodies), []


def _remember(memory: Memory, name: str, version: str, segment: Segment, rows: Mapping[str, list[Row]]) -> None:
    """Remember a segment, and the rows of these of its blocks."""
    for block, listed in rows.items():
        memory.remember_rows(name, block, segment.blocks[block].print, listed)
    memory.remember(name, version, segment)


def _gathered(documents: int) -> shards.Gathered | GatheredMany:
    if documents <= FEW:
        return shards.Gathered()
    from jiyue.search.packing import GatheredMany  # noqa: PLC0415  (loads numpy)

    return GatheredMany()


class CannotPatch(Exception):
    """The segment must be rebuilt: too many changes, moved numbers, or a missing cache entry."""


@dataclass(frozen=True, slots=True)
class Patch:
    """What a segment's files become. writes: path -> content, None if it is removed. whole: these are all its files, else
    the differences from the last run. rows: of the changed blocks."""

    name: str
    version: str
    segment: Segment
    writes: Mapping[str, bytes | None]
    rows: Mapping[str, list[Row]] = field(default_factory=dict)
    whole: bool = False

    def apply(self, out: Output, memory: Memory) -> None:
        """Write the files. Unless they are all, the output has promised to keep the segment's folder."""
        for path, data in self.writes.items():
            if data is None:
                out.drop(path)
            else:
                out.write(path, data)
        _remember(memory, self.name, self.version, self.segment, self.rows)


def patch(plan: Plan, old: Segment, out: Output, cutter: Cutter, memory: Memory) -> Patch:
    """The differences from the last run's segment; nothing is written. Raises CannotPatch."""
    changes = _Changes(
        plan.name, out, cutter, max(MOST_CHANGED, sum(block.parts for block in old.blocks.values()) // SHARE)
    )
    segment, rows = _compare_all(plan, old, changes, memory)
    layout = segment.layout(plan.name)
    if layout != old.layout(plan.name):
        raise CannotPatch
    writes = changes.parts | _rewritten(changes, segment, layout) | _widths(changes)
    return Patch(plan.name, plan.version, segment, writes, rows)


class _Held:
    """An Output that holds what is written."""

    def __init__(self, out: Output) -> None:
        self.read, self.keep, self.drop = out.read, out.keep, out.drop
        self.writes: dict[str, bytes | None] = {}

    def write(self, path: str, data: bytes) -> None:
        """Hold the file."""
        self.writes[path] = data


def rebuild(plan: Plan, out: Output, cutter: Cutter, memory: Memory, documents: int) -> Patch:
    """All files of a small segment; nothing is written. Raises CannotPatch."""
    held = _Held(out)
    segment = build(plan, held, cutter, memory, documents)
    return Patch(plan.name, plan.version, segment, held.writes, whole=True)


@dataclass(slots=True)
class _Changes:
    """What is gathered about a segment's changed parts, of which there may be `most`."""

    name: str
    out: Output
    cutter: Cutter
    most: int
    parts: dict[str, bytes | None] = field(default_factory=dict)
    """Path of a changed fragment → its content, or None."""
    terms: defaultdict[int, dict[int, int | None]] = field(default_factory=lambda: defaultdict(dict))
    """Term → number → its new level; None if the part no longer contains it."""
    widths: list[tuple[int, int, dict[int, int]]] = field(default_factory=list)
    """Ranges of numbers, [first, end), whose documents of several parts changed, with what these are now: first number → width."""

    def compare(self, start: int, gone: list[Row], come: list[Row], members: Mapping[str, Member]) -> int:
        """Add a block's rows that went and came; return by how many its postings grow. members: by fingerprint."""
        was: dict[int, set[int]] = {}
        now: dict[int, set[int]] = {}
        if len(self.parts) + max(sum(row.width for row in rows) for rows in (gone, come)) > self.most:
            raise CannotPatch
        places = {row.digest: (self.name, start + row.number) for row in gone}
        for row in gone:
            for number, cut in enumerate(Member("", "", row.digest, None).cuts(self.cutter), start + row.number):
                was[number] = set(cut.keys())
        for row in come:
            member = members[row.digest]
            member = member._replace(
                place=places.get(row.digest, member.place)
            )  # one that only moved is not made again
            for number, cut in enumerate(member.cuts(self.cutter), start + row.number):
                now[number] = set(cut.keys())
            texts = enumerate(member.fragments(self.out, row.width), start + row.number)
            self.parts |= {fragments.path(self.name, number): text for number, text in texts}
        added = 0
        for number in sorted(was.keys() | now.keys()):
            before, here = was.get(number, set()), now.get(number, set())
            added += len(here) - len(before)
            if number not in now:
                self.parts[fragments.path(self.name, number)] = None
            for key in before - here:
                self.terms[key >> 3][number] = None
            for key in here - before:
                self.terms[key >> 3][number] = key & 7
        return added


def _compare_all(plan: Plan, old: Segment, changes: _Changes, memory: Memory) -> tuple[Segment, dict[str, list[Row]]]:
    """The segment as it will be, and the rows of the blocks that change."""
    begin_old = old.starts()
    blocks = {block: old.blocks[block] for block in plan.prints if block in old.blocks}
    gone: dict[str, list[Row]] = {}
    come: dict[str, list[Row]] = {}
    members: dict[str, dict[str, Member]] = {}
    for block in sorted(plan.prints.keys() | old.blocks.keys()):
        before = old.blocks.get(block, Block("", 0, 0, 0))
        if plan.prints.get(block, "") == before.print:
            continue
        gone[block] = remembered_rows(memory, plan.name, old, block)
        members[block] = {one.digest: one for one in plan.members(block)} if block in plan.prints else {}
        come[block] = _renumbered(members[block], gone[block], changes)
        if come[block]:
            parts = sum(row.width for row in come[block])
            blocks[block] = Block(plan.prints[block], periods.capacity(parts), before.postings, parts)
    segment = Segment(blocks, set(old.long))
    begin = segment.starts()
    if any(begin[block] != begin_old[block] for block in begin.keys() & begin_old.keys()):
        raise CannotPatch
    for block, rows in come.items():
        start = begin[block] if rows else begin_old[block]
        stay = set(gone[block]).intersection(rows)
        lost = [row for row in gone[block] if row not in stay]
        added = changes.compare(start, lost, [row for row in rows if row not in stay], members[block])
        wide_before, wide = (
            {start + row.number: row.width for row in listed if row.width > 1} for listed in (gone[block], rows)
        )
        if wide != wide_before:
            room = max(of[block].room for of in (blocks, old.blocks) if block in of)
            changes.widths.append((start, start + room, wide))
        if rows:
            blocks[block] = replace(blocks[block], postings=blocks[block].postings + added)
    return segment, {block: rows for block, rows in come.items() if rows}


def _renumbered(members: Mapping[str, Member], gone: list[Row], changes: _Changes) -> list[Row]:
    """A changed block's documents with their numbers."""
    widths = {row.digest: row.width for row in gone}
    if len(members.keys() - widths.keys()) > changes.most:
        raise CannotPatch
    if not members:
        return []

    return periods.numbered(
        (one.day, one.id, one.digest, widths.get(one.digest) or len(one.cuts(changes.cutter)))
        for one in members.values()
    )


def _widths(changes: _Changes) -> dict[str, bytes | None]:
    """The file of the widths, if it changes: path → content, or None if it is removed."""
    if not changes.widths:  # decoding them takes as long as all the rest of an edit
        return {}
    path = shards.widths_path(changes.name)
    data = changes.out.read(path)
    before = shards.decode_widths(data) if data is not None else {}
    now = dict(before)
    for first, end, wide in changes.widths:
        now = {number: width for number, width in now.items() if not first <= number < end} | wide
    if now == before:
        return {}
    return {path: shards.encode_widths(now) if now else None}


def remembered_rows(memory: Memory, name: str, segment: Segment, block: str) -> list[Row]:
    """The rows of the last run; [] if the segment didn't have the block. Raises CannotPatch if they are lost."""
    if block not in segment.blocks:
        return []
    rows = memory.rows(name, block, segment.blocks[block].print)
    if rows is None:
        raise CannotPatch
    return rows


def _rewritten(changes: _Changes, segment: Segment, layout: shards.Layout) -> dict[str, bytes | None]:
    """Changed shards and long lists: path → content, or None if removed. Updates the segment's set of long terms."""
    name, out = changes.name, changes.out
    writes: dict[str, bytes | None] = {}
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
                segment.long.add(term)
            elif count > shards.LONG:
                writes[shards.long_path(name, term)] = None
                segment.long.discard(term)
        writes[shards.path(name, shard)] = shards.encode(entries, shard, layout)
    return writes


def _read(out: Output, path: str) -> bytes:
    data = out.read(path)
    if data is None:
        raise CannotPatch
    return data
