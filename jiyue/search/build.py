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
from jiyue.catalogue.kinds import KINDS
from jiyue.search import suggest
from jiyue.search.folder import FolderOutput
from jiyue.search.memory import FORMAT, Memory
from jiyue.search.model import IndexReport, Output, Promotion, SearchDoc, TokenCache
from jiyue.search.periods import by_segment
from jiyue.search.postings import FACETS, Cutter
from jiyue.search.segments import CannotPatch, Plan, build, patch
from jiyue.search.synonyms import Synonyms, shipped
from jiyue.search.tokenizer import normal

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
    last = _last_versions(out)
    report = IndexReport(documents=len(documents))
    entries = []
    for name, blocks in by_segment(documents).items():
        plan = Plan.of(name, blocks, cutter.salt)
        old = memory.segment(last.get(name, ""))
        if old is not None and plan.version == last[name] and out.keep(f"{name}/"):
            segment, how = old, "kept"
        else:
            try:
                if old is None:
                    raise CannotPatch
                segment, how = patch(plan, old, out, cutter, memory), "patched"
            except CannotPatch:
                segment, how = build(plan, out, cutter, memory), "built"
            memory.remember(plan.version, segment)
        layout = segment.layout(name)
        count = sum(map(len, blocks.values()))
        entry = {
            "name": name,
            "version": plan.version,
            "shards": layout.shards,
            "universe": layout.universe,
            "documents": count,
        }
        parts = sum(block.parts for block in segment.blocks.values())
        if parts > count:
            entry["parts"] = parts
        entries.append(entry)
        report.segments[name] = how
        report.postings += sum(block.postings for block in segment.blocks.values())
    report.tokenized = cutter.cut
    manifest: dict[str, Any] = {"format": int(FORMAT), "documents": len(documents), "segments": entries}
    facets = _json(_facets(documents))
    out.write(FACETS_FILE, facets)
    manifest["facets"] = _version(facets)
    if suggestions:
        data = suggest.index(documents, cache)
        out.write(suggest.PATH, data)
        manifest["suggestions"] = _version(data)
    if promotions:
        manifest["promoted"] = [
            [sorted({"".join(normal(query).split()) for query in queries}), title, url]
            for queries, title, url in promotions
        ]
    out.write(MANIFEST, _json(manifest))
    return report


def merge(sites: Iterable[Iterable[SearchDoc]], out: Path | Output, **options: Any) -> IndexReport:
    """Build the index of a whole cluster from its sites' documents. URLs are absolute; ids begin with the site's id."""
    return build_index((doc for docs in sites for doc in docs), out, **options)


def _last_versions(out: Output) -> dict[str, str]:
    data = out.read(MANIFEST)
    if data is None:
        return {}
    try:
        plain = json.loads(data)
        return (
            {entry["name"]: entry["version"] for entry in plain["segments"]} if plain["format"] == int(FORMAT) else {}
        )
    except (ValueError, KeyError, TypeError):
        return {}


def _facets(documents: Sequence[SearchDoc]) -> dict[str, list[list[str]]]:
    """Facet → sorted [value, name] pairs that occur. No counts, so that a new document rarely changes the file."""

    def of(name: str) -> Iterable[str]:
        return map(itemgetter(SearchDoc._fields.index(name)), documents)

    kinds = set(of("kind"))
    values: dict[str, dict[str, str]] = {
        "column": dict(zip(of("column"), of("column_name"), strict=True)),
        "kind": {kind: KINDS[kind].label if kind in KINDS else "" for kind in kinds},
        "year": {date[:4]: "" for date in set(of("date"))},
        "site": dict(zip(of("site"), of("site_name"), strict=True)),
        "validity": dict.fromkeys(of("validity"), ""),
        "lang": dict.fromkeys(of("lang"), ""),
    }
    return {
        facet: [[value, names[value] or value] for value in sorted(names) if value]
        for facet in FACETS
        if any(names := values[facet])
    }


def _json(plain: object) -> bytes:
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _version(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=6).hexdigest()
