"""What the search room found out of texts, in one growing file for each site: a memory that may forget, never lie.

A line names the engine; then records, appended: checksum (8 bytes, of the rest), key (20), length (4, big-endian), value. Only
places are held in memory. A record that is cut short ends the file, a damaged one is forgotten. Old contents stay in the file
until it holds far more records than there are documents; then it begins anew.
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
    """The file as the search room's TokenCache; without a path it is only held in memory."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.mark = engine_digest().encode() + b"\n"
        self.data: bytes | mmap.mmap = b""
        self.places: dict[bytes, tuple[int, int]] = {}
        self.fresh: dict[bytes, bytes] = {}
        if path:
            with suppress(OSError, ValueError), path.open("rb") as file:  # an empty file can't be mapped
                self.data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
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
            self.places[key] = (at, length)
            at += HEAD.size + length
        return at

    def get(self, key: bytes) -> bytes | None:
        """The value last put under the key, if it is still there and whole."""
        if key in self.fresh:
            return self.fresh[key]
        if key not in self.places:
            return None
        at, length = self.places[key]
        record = self.data[at : at + HEAD.size + length]
        return record[HEAD.size :] if record[:8] == _checksum(record[8:]) else None

    def put(self, key: bytes, value: bytes) -> None:
        """Keep the value when the file is closed."""
        self.fresh[key] = value

    def close(self, documents: int) -> None:
        """Append what is new; documents: how many there are now. A full disk loses the memory, not the build."""
        if not self.path or not self.fresh:
            return
        records = b"".join(_record(key, value) for key, value in self.fresh.items())
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.end and len(self.places) < 8 * documents + 1000:
                with self.path.open("r+b") as file:
                    file.truncate(self.end)
                    file.seek(self.end)
                    file.write(records)
                return
            part = self.path.with_name(self.path.name + ".part")
            part.write_bytes(self.mark + records)
            part.replace(self.path)
        except OSError:
            with suppress(OSError):
                self.path.unlink()


class TokensOfAll:
    """One's own file, and behind it those of others, each opened when something is in none before it. Only one's own is written."""

    def __init__(self, own: Tokens, others: Iterable[Path | None]) -> None:
        self.own, self.closed = own, iter(others)
        self.opened: list[Tokens] = []

    def get(self, key: bytes) -> bytes | None:
        """The value under the key, if any has it."""
        return next((value for value in (tokens.get(key) for tokens in self._files()) if value is not None), None)

    def put(self, key: bytes, value: bytes) -> None:
        """Keep the value when one's own file is closed."""
        self.own.put(key, value)

    def close(self, documents: int) -> None:
        """As Tokens.close."""
        self.own.close(documents)

    def _files(self) -> Iterator[Tokens]:
        yield self.own
        yield from self.opened
        for path in self.closed:
            self.opened.append(Tokens(path))
            yield self.opened[-1]


def tokens_path(cache: Path | None, site: str) -> Path | None:
    """Where a site's file lies in the cache's folder; None where nothing is remembered."""
    return cache / "search" / f"{site}.tokens" if cache else None


def _record(key: bytes, value: bytes) -> bytes:
    rest = key + struct.pack(">I", len(value)) + value
    return _checksum(rest) + rest


def _checksum(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=8).digest()
