"""Brings an index up to date from its changed documents alone: the same bytes as build_index of all (docs/search.md § 4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from operator import attrgetter
from typing import Any, NamedTuple

from jiyue.base.garbage import uncollected
from jiyue.search.build import MANIFEST, entry_of, finish, last_entries, version_of
from jiyue.search.memory import Memory, Segment
from jiyue.search.model import Output, Promotion, SearchDoc, TokenCache
from jiyue.search.periods import FRESH_MOST, Division, Row, dated
from jiyue.search.postings import Cutter
from jiyue.search.segments import CannotPatch, Member, Patch, Plan, block_print, patch, rebuild, remembered_rows
from jiyue.search.synonyms import Synonyms, shipped
from jiyue.search.totals import IndexReport, Totals

_Entries = Mapping[str, Mapping[str, Any]]
"""Segment → what the manifest says of it."""
NEW: Mapping[str, Any] = {"documents": 0}
"""Of a segment that the last run didn't have."""


def update_index(
    totals: Totals,
    gone: Sequence[SearchDoc],
    come: Sequence[SearchDoc],
    out: Output,
    *,
    cache: TokenCache,
    promotions: Sequence[Promotion] = (),
    synonyms: Synonyms | None = None,
    suggestions: bool = True,
) -> IndexReport | None:
    """Change the last run's index as build_index would, given all documents.

    totals: those of the last run's report. gone: documents that the index has, their texts aside; come: those that it gets,
    whose ids no other document has. A changed document is in both. Returns None if too much changes, or something isn't
    remembered: then nothing was written, but the output may have been asked to keep folders.
    """
    data = out.read(MANIFEST)
    after = totals.changed(gone, come, suggestions)
    entries = last_entries(data)
    if data is None or version_of(data) != totals.manifest or after is None or not entries:
        return None
    cutter = Cutter(synonyms if synonyms is not None else shipped(), cache)
    memory = Memory(cache, cutter.salt)
    with uncollected():
        try:
            moves = _moves(Division.of(totals.days()), Division.of(after.days()), gone, come, entries, memory)
            targets = [
                _target(name, *moves[name], entries.pop(name, NEW), out, cutter, memory) for name in sorted(moves)
            ]
        except CannotPatch:
            return None
        kept = [*entries, *(made.name for made, _ in targets if not made.whole)]
        if not all(out.keep(f"{name}/") for name in kept):
            return None
        report = IndexReport(after, segments=dict.fromkeys(entries, "kept"))
        for made, count in targets:
            made.apply(out, memory)
            if count:
                entries[made.name] = entry_of(made.name, made.version, made.segment, count)
                report.segments[made.name] = "built" if made.whole else "patched"
        report.tokenized = cutter.cut
        finish(report, [entries[name] for name in sorted(entries)], out, cache, promotions, suggestions)
    return report


class _Moves(NamedTuple):
    """What a segment's blocks lose, by fingerprint, and what they get."""

    gone: defaultdict[str, set[str]]
    come: defaultdict[str, list[Member]]


def _moves(
    before: Division,
    after: Division,
    gone: Sequence[SearchDoc],
    come: Sequence[SearchDoc],
    entries: _Entries,
    memory: Memory,
) -> dict[str, _Moves]:
    """What each segment that changes loses and gets.

    A new period moves the documents of the last one out of `c`. Any other change of the division needs all documents.
    """
    moves: defaultdict[str, _Moves] = defaultdict(lambda: _Moves(defaultdict(set), defaultdict(list)))
    for doc in gone:
        segment, block = before.place(dated(doc.date))
        moves[segment].gone[block].add(doc.fingerprint())
    for doc in come:
        day = dated(doc.date)
        segment, block = after.place(day)
        moves[segment].come[block].append(Member(day, doc.id, doc.fingerprint(), doc))
    if after == before:
        return moves
    if after._replace(fresh=before.fresh) != before or not "" < before.fresh < after.fresh:
        raise CannotPatch
    closed = _segment(memory, "c", entries["c"])
    for block, start in closed.starts().items():
        lost = moves["c"].gone[block]
        for row in remembered_rows(memory, "c", closed, block):
            if row.digest not in lost:
                segment, month = after.place(row.day)
                moves[segment].come[month].append(Member(row.day, row.id, row.digest, None, ("c", start + row.number)))
                lost.add(row.digest)
    return moves


def _target(
    name: str, gone: Mapping[str, set[str]], come: Mapping[str, list[Member]], entry: Mapping[str, Any],
    out: Output, cutter: Cutter, memory: Memory,
) -> tuple[Patch, int]:  # fmt: skip
    """What becomes of a segment that loses and gets these, and its number of documents. entry: of the last run's manifest."""
    old = _segment(memory, name, entry)
    starts = old.starts()
    listed: dict[str, list[Member]] = {}

    def members(block: str) -> list[Member]:
        if block not in listed:
            rows, lost, got = remembered_rows(memory, name, old, block), gone.get(block, set()), come.get(block, [])
            listed[block] = _members(name, starts.get(block, 0), rows, lost, got)
        return listed[block]

    prints = {block: of.print for block, of in old.blocks.items()}
    for block in {*gone, *come}:
        prints[block] = block_print([one.digest for one in members(block)])
    prints = {block: digest for block, digest in prints.items() if block not in listed or listed[block]}
    plan = Plan.of(name, prints, members, cutter.salt)
    count = entry["documents"] + sum(map(len, come.values())) - sum(map(len, gone.values()))
    if not prints:
        return Patch(name, plan.version, Segment({}, set()), {}, whole=True), 0
    try:
        return patch(plan, old, out, cutter, memory), count
    except CannotPatch:
        if count > FRESH_MOST:
            raise
        return rebuild(plan, out, cutter, memory, count), count


def _members(segment: str, start: int, rows: Sequence[Row], gone: Set[str], come: Sequence[Member]) -> list[Member]:
    """The documents, in order of day and id, of a block that had these rows from this number on."""
    stay = [
        Member(row.day, row.id, row.digest, None, (segment, start + row.number))
        for row in rows
        if row.digest not in gone
    ]
    members = sorted([*stay, *come], key=attrgetter("day", "id"))
    if len(stay) + len(gone) != len(rows) or len({one.id for one in members}) != len(members):
        raise CannotPatch
    return members


def _segment(memory: Memory, name: str, entry: Mapping[str, Any]) -> Segment:
    if entry is NEW:
        return Segment({}, set())
    segment = memory.segment(name, entry["version"])
    if segment is None:
        raise CannotPatch
    return segment
