"""Which articles of different sites are the same. Candidates have the same title; their texts decide.

A text is compared by its sketch: the smallest checksums of all its pieces of WIDTH characters (Broder 1997, bottom-k). What a
comparison gave is kept by the digests of both files.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from pathlib import Path

from jiyue.audit.measures.facts import Facts, Row
from jiyue.audit.measures.subject import Twin
from jiyue.base.cache import Cache
from jiyue.base.encoding import NotUtf8
from jiyue.catalogue.sources import source_text

SHORT = 8
"""Titles with fewer characters are common to many sites (「机构职能」) and say nothing of their articles."""
WIDTH = 12
SKETCH = 64
_KEPT = "audit/likeness.json"
_WORDS = re.compile(r"\W+")


def twins_of(root: Path, facts: Mapping[str, Facts], cache: Cache) -> dict[str, list[Twin]]:
    """Of articles with the same title on several sites all but the oldest, unless they say that they are reposts."""
    by_title: dict[str, list[tuple[str, str, str, Row]]] = {}
    for site, one in facts.items():
        for row in one.rows:
            if len(row.title) >= SHORT and row.kind != "letter" and row.date:
                by_title.setdefault(row.title, []).append((row.date, site, row.path, row))
    known: dict[str, float] = cache.get(_KEPT) or {}
    before = frozenset(known)
    used: dict[str, float] = {}
    twins: dict[str, list[Twin]] = {}

    for title, rows in by_title.items():
        if len(rows) < 2 or len({site for _, site, _, _ in rows}) < 2:
            continue
        rows.sort(key=lambda one: one[:3])
        first = rows[0]
        original: list[int] | None = None
        for _, site, _, row in rows[1:]:
            if site != first[1] and "repost_of" not in row.extra:
                pair = first[3].digest + row.digest
                if pair not in known:
                    original = original or _sketch(root, first[3])
                    known[pair] = round(100 * likeness(original, _sketch(root, row)), 1)
                used[pair] = percent = known[pair]
                twin = Twin(row.path, row.page, title, first[2], percent, row.begins, row.ends)
                twins.setdefault(site, []).append(twin)
    if used.keys() != before:
        cache.put(_KEPT, used)
    return twins


def sketch(text: str) -> list[int]:
    """The sketch of a text: at most SKETCH numbers, ascending; of texts with the same words it is the same."""
    plain = _WORDS.sub("", text).encode("utf-16-le", "surrogatepass")
    last = max(1, len(plain) // 2 - WIDTH + 1)
    return sorted({zlib.crc32(plain[2 * n : 2 * (n + WIDTH)]) for n in range(last)})[:SKETCH]


def likeness(one: list[int], other: list[int]) -> float:
    """How alike two texts are by their sketches: the share of pieces that both have, 0 to 1."""
    together = sorted({*one, *other})[:SKETCH]
    return len({*one} & {*other} & {*together}) / len(together) if together else 1.0


def _sketch(root: Path, row: Row) -> list[int]:
    try:
        text = source_text(root, row.path)
    except (OSError, NotUtf8):
        return []
    return sketch("\n".join(text.split("\n")[row.line - 1 :]))
