"""Which articles of different sites are the same. Candidates have the same title; their texts decide.

A text is compared by its sketch: the smallest checksums of all its pieces of WIDTH characters (Broder 1997, bottom-k). The
sketches are kept by the digest of the file, so a text is read once.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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
    known: dict[str, list[int]] = cache.get(_KEPT) or {}
    used: dict[str, list[int]] = {}
    twins: dict[str, list[Twin]] = {}

    def sketch_of(row: Row) -> list[int]:
        if row.digest not in used:
            used[row.digest] = known[row.digest] if row.digest in known else _sketch(root, row)
        return used[row.digest]

    for title, rows in by_title.items():
        if len(rows) < 2 or len({site for _, site, _, _ in rows}) < 2:
            continue
        rows.sort(key=lambda one: one[:3])
        first = rows[0]
        for _, site, _, row in rows[1:]:
            if site != first[1] and "repost_of" not in row.extra:
                percent = 100 * likeness(sketch_of(first[3]), sketch_of(row))
                twin = Twin(row.path, row.page, title, first[2], percent, row.begins, row.ends)
                twins.setdefault(site, []).append(twin)
    if used != known:
        kept: dict[str, Any] = used
        cache.put(_KEPT, kept)
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
