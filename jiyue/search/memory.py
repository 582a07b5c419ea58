"""Caches a segment's layout between runs, so that only changes are processed. A lost cache costs only time."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

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
    """The segments of the last run and the rows of their blocks, in a TokenCache. salt: identifies the tokenization rule.

    A record is found by the name of its segment or block, and replaces the last one, so that the cache does not grow.
    """

    def __init__(self, cache: TokenCache | None, salt: str) -> None:
        self.cache, self.salt = cache, salt

    def segment(self, name: str, version: str) -> Segment | None:
        """The segment, if it was remembered with this version."""
        plain = self._get(name, version)
        return plain and Segment({block: Block(*of) for block, of in plain["blocks"].items()}, set(plain["long"]))

    def remember(self, name: str, version: str, segment: Segment) -> None:
        """Remember a segment of this version."""
        blocks = {block: (of.print, of.room, of.postings, of.parts) for block, of in segment.blocks.items()}
        self._put(name, version, {"blocks": blocks, "long": sorted(segment.long)})

    def rows(self, segment: str, block: str, block_print: str) -> list[Row] | None:
        """The rows of a segment's block, if they were remembered with this digest."""
        plain = self._get(f"{segment} {block}", block_print)
        return plain and [Row(*row) for row in plain]

    def remember_rows(self, segment: str, block: str, block_print: str, rows: list[Row]) -> None:
        """Remember the rows of a block of this digest."""
        self._put(f"{segment} {block}", block_print, rows)

    def _get(self, name: str, version: str) -> Any:
        data = self.cache.get(self._key(name)) if self.cache is not None else None
        known, _, plain = (data or b"").partition(b"\n")
        return json.loads(plain) if plain and known == version.encode() else None

    def _put(self, name: str, version: str, plain: object) -> None:
        if self.cache is not None:
            data = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
            self.cache.put(self._key(name), f"{version}\n{data}".encode("utf-8", "surrogatepass"))

    def _key(self, name: str) -> bytes:
        return hashlib.blake2b(f"search-memory {FORMAT} {self.salt} {name}".encode(), digest_size=20).digest()
