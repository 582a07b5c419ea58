"""The token cache: one append-only file per site. Entries may be lost, but are never wrong.

The first line names the engine. Records follow: checksum (8 bytes, of the rest), key (20), length (4, big-endian), value.
Only offsets are held in memory. A truncated record ends the file; a damaged one is ignored. A record replaces an earlier
one of its key; where half of the file is replaced, it is written anew without. Entries of what is gone stay in the file
until it has far more records than there are documents; then it is begun anew.
"""

from __future__ import annotations

import hashlib
import mmap
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from jiyue.version import engine_digest

HEAD = struct.Struct(">8s20sI")


class Tokens:
    """The file as a TokenCache; without a path, in memory only."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.mark = engine_digest().encode() + b"\n"
        self.data: bytes | mmap.mmap = b""
        self.places: dict[bytes, tuple[int, int]] = {}
        self.fresh: dict[bytes, bytes] = {}
        if path:
            with suppress(OSError, ValueError), path.open("rb") as file:  # an empty file can't be mapped
                self.data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.stale = 0
        """Bytes of records that later ones replace."""
        self.end = self._scan()

    def _scan(self) -> int:
        if self.data[: len(self.mark)] != self.mark:
            self.data = b""
            return 0
        at, size = len(self.mark), len(self.data)
        while at + HEAD.size <= size:
            _, key, length = HEAD.unpack_from(self.data, at)
            if at + HEAD.size + length > size:
                break
            self._replaced(key)
            self.places[key] = (at, length)
            at += HEAD.size + length
        return at

    def _replaced(self, key: bytes) -> None:
        if key in self.places:
            self.stale += HEAD.size + self.places[key][1]

    def get(self, key: bytes) -> bytes | None:
        """The value last stored under the key, or None if missing or damaged."""
        if key in self.fresh:
            return self.fresh[key]
        if key not in self.places:
            return None
        at, length = self.places[key]
        record = self.data[at : at + HEAD.size + length]
        return record[HEAD.size :] if record[:8] == _checksum(record[8:]) else None

    def put(self, key: bytes, value: bytes) -> None:
        """Store the value; it is written on close()."""
        self.fresh[key] = value

    def close(self, documents: int) -> None:
        """Append new entries. documents: their present number. If the disk is full, entries are lost and the build goes on."""
        if not self.path or not self.fresh:
            return
        records = b"".join(_record(key, value) for key, value in self.fresh.items())
        for key in self.fresh:
            self._replaced(key)
        many = len(self.places) >= 8 * documents + 1000
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.end and not many and self.stale <= self.end // 2:
                with self.path.open("r+b") as file:
                    file.truncate(self.end)
                    file.seek(self.end)
                    file.write(records)
                return
            part = self.path.with_name(self.path.name + ".part")
            part.write_bytes(self.mark + (b"" if many else self._kept()) + records)
            part.replace(self.path)
        except OSError:
            with suppress(OSError):
                self.path.unlink()

    def _kept(self) -> bytes:
        """The records that nothing replaces."""
        places = (self.places[key] for key in self.places.keys() - self.fresh.keys())
        return b"".join(self.data[at : at + HEAD.size + length] for at, length in sorted(places))


class TokensOfAll:
    """A site's own cache, then those of other sites, each opened only if the key is in none before. Writes only its own."""

    def __init__(self, own: Tokens, others: Iterable[Path | None]) -> None:
        self.own, self.closed = own, iter(others)
        self.opened: list[Tokens] = []

    def get(self, key: bytes) -> bytes | None:
        """The value under the key in any of the caches, or None."""
        value = self.own.get(key)
        others = self._others()
        while value is None and (tokens := next(others, None)):
            if key in tokens.places:  # of ten caches nine don't have it
                value = tokens.get(key)
        return value

    def put(self, key: bytes, value: bytes) -> None:
        """Store the value in its own cache."""
        self.own.put(key, value)

    def close(self, documents: int) -> None:
        """See Tokens.close."""
        self.own.close(documents)

    def _others(self) -> Iterator[Tokens]:
        yield from self.opened
        for path in self.closed:
            self.opened.append(Tokens(path))
            yield self.opened[-1]


def tokens_path(cache: Path | None, site: str) -> Path | None:
    """The path of a site's token cache; None without a cache folder."""
    return cache / "search" / f"{site}.tokens" if cache else None


def _record(key: bytes, value: bytes) -> bytes:
    rest = key + struct.pack(">I", len(value)) + value
    return _checksum(rest) + rest


def _checksum(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=8).digest()
