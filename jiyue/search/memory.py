"""Caches a segment's layout between runs, so that only changes are processed. A lost cache costs only time."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from jiyue.search import periods, shards
from jiyue.search.model import TokenCache
from jiyue.search.periods import Row

FORMAT = "3"


@dataclass(frozen=True, slots=True)
class Block:
    """A month of a segment (a day of the current period): digest of its contents, reserved numbers, postings, parts."""

    print: str
    room: int
    postings: int
    parts: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment's blocks by name, and the hashes of the terms with long lists."""

    blocks: dict[str, Block]
    long: set[int]

    def starts(self) -> dict[str, int]:
        """Each block's first number."""
        return periods.starts({name: block.room for name, block in self.blocks.items()})[0]

    def layout(self, name: str) -> shards.Layout:
        """The layout computed from the blocks."""
        end = periods.starts({block: of.room for block, of in self.blocks.items()})[1]
        return shards.layout(name, sum(block.postings for block in self.blocks.values()), end)


class Memory:
    """Segments by version and rows by block digest, in a TokenCache. salt: identifies the tokenization rule."""

    def __init__(self, cache: TokenCache | None, salt: str) -> None:
        self.cache, self.salt = cache, salt

    def _get(self, kind: str, of: str) -> bytes | None:
        return self.cache.get(self._key(kind, of)) if self.cache is not None else None

    def _put(self, kind: str, of: str, plain: object) -> None:
        if self.cache is not None:
            data = json.dumps(plain, separators=(",", ":")).encode()
            self.cache.put(self._key(kind, of), data)

    def segment(self, version: str) -> Segment | None:
        """The cached segment of this version, or None."""
        data = self._get("segment", version) if version else None
        if data is None:
            return None
        plain = json.loads(data)
        return Segment({name: Block(*block) for name, block in plain["blocks"].items()}, set(plain["long"]))

    def remember(self, version: str, segment: Segment) -> None:
        """Cache a segment under its version."""
        blocks = {
            name: (block.print, block.room, block.postings, block.parts) for name, block in segment.blocks.items()
        }
        self._put("segment", version, {"blocks": blocks, "long": sorted(segment.long)})

    def rows(self, block_print: str) -> list[Row] | None:
        """The cached rows of the block with this digest, or None."""
        data = self._get("block", block_print)
        return None if data is None else [Row(*row) for row in json.loads(data)]

    def remember_rows(self, block_print: str, rows: list[Row]) -> None:
        """Cache a block's rows under its digest."""
        self._put("block", block_print, rows)

    def _key(self, kind: str, of: str) -> bytes:
        return hashlib.blake2b(f"search-{kind} {FORMAT} {self.salt} {of}".encode(), digest_size=20).digest()
