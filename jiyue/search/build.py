"""Builds the index of one site or of all sites: a pure function of the documents. Format and reasons: docs/search.md."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from itertools import islice
from operator import eq, itemgetter
from pathlib import Path
from typing import Any

from jiyue.base.garbage import uncollected
from jiyue.search import suggest
from jiyue.search.folder import FolderOutput
from jiyue.search.memory import FORMAT, Memory, Segment
from jiyue.search.model import Output, Promotion, SearchDoc, TokenCache
from jiyue.search.periods import Division, by_segment
from jiyue.search.postings import Cutter
from jiyue.search.segments import CannotPatch, Plan, build, patch
from jiyue.search.synonyms import Synonyms, shipped
from jiyue.search.tokenizer import normal
from jiyue.search.totals import IndexReport, Totals

MANIFEST = "m.json"
FACETS_FILE = "facets.json"
_ID = itemgetter(SearchDoc._fields.index("id"))


def build_index(
    docs: Iterable[SearchDoc],
    out: Path | Output,
    *,
    cache: TokenCache | None = None,
    promotions: Sequence[Promotion] = (),
    synonyms: Synonyms | None = None,
    suggestions: bool = True,
) -> IndexReport:
    """Write the index of the documents, which may come in any order, and report what was done.

    out: a folder or an Output. With a cache, and an Output that knows the last run, only changes are processed. The same
    documents give the same bytes, independent of the last run. synonyms: default is the shipped list; suggestions=False
    omits the lunr index. Raises ValueError if two documents have the same id.
    """
    if isinstance(out, Path):
        folder = FolderOutput(out)
        report = build_index(
            docs, folder, cache=cache, promotions=promotions, synonyms=synonyms, suggestions=suggestions
        )
        folder.close()
        return report
    with uncollected():
        return _build(_in_order(docs), out, cache, promotions, synonyms, suggestions)


def _in_order(docs: Iterable[SearchDoc]) -> list[SearchDoc]:
    """The documents in order of id. They mostly are, so this costs little."""
    documents = list(docs)
    given = list(map(_ID, documents))
    ids = sorted(given)
    if any(map(eq, ids, islice(ids, 1, None))):
        raise ValueError("two documents have the same id")
    return documents if ids == given else sorted(documents, key=_ID)


def _build(
    documents: list[SearchDoc],
    out: Output,
    cache: TokenCache | None,
    promotions: Sequence[Promotion],
    synonyms: Synonyms | None,
    suggestions: bool,
) -> IndexReport:
    cutter = Cutter(synonyms if synonyms is not None else shipped(), cache)
    memory = Memory(cache, cutter.salt)
    last = {name: entry["version"] for name, entry in last_entries(out.read(MANIFEST)).items()}
    totals = Totals.of(documents, suggestions)
    report = IndexReport(totals)
    entries = []
    for name, blocks in by_segment(documents, Division.of(totals.days())).items():
        plan = Plan.whole(name, blocks, cutter.salt)
        count = sum(map(len, blocks.values()))
        old = memory.segment(name, last.get(name, ""))
        if old is not None and plan.version == last[name] and out.keep(f"{name}/"):
            segment, how = old, "kept"
        else:
            patched = _patched(plan, old, out, cutter, memory)
            segment, how = (patched, "patched") if patched else (build(plan, out, cutter, memory, count), "built")
        report.segments[name] = how
        entries.append(entry_of(name, plan.version, segment, count))
    report.tokenized = cutter.cut
    finish(report, entries, out, cache, promotions, suggestions)
    return report


def _patched(plan: Plan, old: Segment | None, out: Output, cutter: Cutter, memory: Memory) -> Segment | None:
    if old is None:
        return None
    try:
        made = patch(plan, old, out, cutter, memory)
    except CannotPatch:
        return None
    if not out.keep(f"{plan.name}/"):
        return None
    made.apply(out, memory)
    return made.segment


def entry_of(name: str, version: str, segment: Segment, documents: int) -> dict[str, Any]:
    """A segment in the manifest."""
    layout = segment.layout(name)
    parts = sum(block.parts for block in segment.blocks.values())
    entry = {
        "name": name,
        "version": version,
        "shards": layout.shards,
        "universe": layout.universe,
        "documents": documents,
    }
    return {**entry, "parts": parts} if parts > documents else entry


def finish(
    report: IndexReport,
    entries: Sequence[dict[str, Any]],
    out: Output,
    cache: TokenCache | None,
    promotions: Sequence[Promotion],
    suggestions: bool,
) -> None:
    """Write what the index says of all documents, and its manifest."""
    totals = report.totals
    manifest: dict[str, Any] = {"format": int(FORMAT), "documents": totals.documents, "segments": entries}
    facets = _json(totals.filters())
    out.write(FACETS_FILE, facets)
    manifest["facets"] = version_of(facets)
    if suggestions:
        data = suggest.index(totals.titles, cache)
        out.write(suggest.PATH, data)
        manifest["suggestions"] = version_of(data)
    if promotions:
        manifest["promoted"] = [
            [sorted({"".join(normal(query).split()) for query in queries}), title, url]
            for queries, title, url in promotions
        ]
    data = _json(manifest)
    out.write(MANIFEST, data)
    totals.manifest = version_of(data)


def merge(sites: Iterable[Iterable[SearchDoc]], out: Path | Output, **options: Any) -> IndexReport:
    """Build the index of a whole cluster from its sites' documents. URLs are absolute; ids begin with the site's id."""
    return build_index((doc for docs in sites for doc in docs), out, **options)


def last_entries(manifest: bytes | None) -> dict[str, dict[str, Any]]:
    """The segments in the last run's manifest by name; {} if there is none of this format."""
    try:
        plain = json.loads(manifest or b"{}")
        return {entry["name"]: entry for entry in plain["segments"]} if plain["format"] == int(FORMAT) else {}
    except (ValueError, KeyError, TypeError):
        return {}


def _json(plain: object) -> bytes:
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def version_of(data: bytes) -> str:
    """The version of a file of the index in its manifest, and of the manifest itself."""
    return hashlib.blake2b(data, digest_size=6).hexdigest()
