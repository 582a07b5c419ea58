"""Precompressed copies of text files, made once per content at release time: brotli, zstd and gzip."""

from __future__ import annotations

import contextlib
import gzip
import importlib
import importlib.util
import zlib
from collections.abc import Mapping, Sequence

from jiyue.base.executor import in_parts
from jiyue.publish.release.manifest import SIDECARS, FileEntry
from jiyue.publish.release.media_types import TEXTS
from jiyue.publish.release.store import Store

ENDINGS = tuple(f".{ending}" for ending in TEXTS)
LEAST = 1024
"""Bytes below which compressing saves no packet on the wire."""
_MODULES = {".br": "brotli", ".zst": "zstandard", ".gz": "gzip"}
_PART = 200
"""Texts for which another process is worth its start."""
_PIECE = 1 << 10
"""Bytes that are decompressed at a time, so that a decompression bomb is stopped early."""
BROTLI, ZSTD, GZIP = 6, 6, 9
"""Levels, measured on Chinese pages of 12 kB (docs/performance.md): brotli 7 is 3 % smaller than 6 for 1.7 × the time, zstd 15 4 % smaller
than 6 for 10 ×; gzip 9 costs no more than 6."""
_LARGE = 1 << 16
"""Bytes up to which brotli with a window of just that size is as small in 0.8 of the time, and from which zstd is smaller than
gzip, which whoever takes zstd takes, too: before, it takes room and time for nothing."""


def encodings() -> tuple[str, ...]:
    """Suffixes that can be made here: always .gz; .br and .zst where the extra `serving` is installed."""
    return tuple(suffix for suffix in SIDECARS if importlib.util.find_spec(_MODULES[suffix]))


def load_encoders() -> None:
    """Import what encodings() needs, before children are forked."""
    for module in _MODULES.values():
        with contextlib.suppress(ImportError):
            importlib.import_module(module)


def pack(
    store: Store,
    files: Mapping[str, FileEntry],
    old_files: Mapping[str, FileEntry],
    old_packed: Mapping[str, FileEntry],
    jobs: int = 1,
) -> dict[str, FileEntry]:
    """Path with suffix → entry of each compressed copy of the text files. jobs: processes at a time.

    Content that an earlier release had (old_files, old_packed) is not compressed again.
    A copy that is not smaller than its file is left out, and zstd of what is not large.
    """
    suffixes = encodings()
    small = tuple(suffix for suffix in suffixes if suffix != ".zst")
    known = {
        (entry.sha256, suffix): old_packed[path + suffix]
        for path, entry in old_files.items()
        for suffix in suffixes
        if path + suffix in old_packed
    }
    texts = {p: e for p, e in files.items() if p.endswith(ENDINGS) and e.size >= LEAST}
    wanted = {entry.sha256: suffixes if entry.size > _LARGE else small for entry in texts.values()}
    todo: dict[str, list[str]] = {}
    for sha in sorted(wanted):
        if missing := [suffix for suffix in wanted[sha] if (sha, suffix) not in known]:
            todo[sha] = missing

    def made(part: Sequence[str]) -> list[list[FileEntry]]:
        texts = ((sha, store.blob(sha).read_bytes()) for sha in part)
        return [[store.put_bytes(compress(data, suffix)) for suffix in todo[sha]] for sha, data in texts]

    if todo:
        load_encoders()
    for sha, copies in zip(todo, in_parts(made, list(todo), jobs, _PART), strict=True):
        known.update(zip(((sha, suffix) for suffix in todo[sha]), copies, strict=True))
    return {
        path + suffix: copy
        for path, entry in texts.items()
        for suffix in wanted[entry.sha256]
        if (copy := known[entry.sha256, suffix]).size < entry.size and path + suffix not in files
    }


def compress(data: bytes, suffix: str) -> bytes:
    """The bytes compressed by the suffix's format, deterministically on any machine (no time, no name)."""
    if suffix == ".br":
        import brotli  # noqa: PLC0415  (optional)

        window = {"lgwin": 16} if len(data) <= _LARGE else {}
        return bytes(brotli.compress(data, quality=BROTLI, **window))
    if suffix == ".zst":
        import zstandard  # noqa: PLC0415  (optional)

        return bytes(zstandard.ZstdCompressor(level=ZSTD).compress(data))
    return gzip.compress(data, GZIP, mtime=0)


def decompress(data: bytes, suffix: str, most: int) -> bytes | None:
    """Decompress; None for invalid data, for more than `most` bytes, or without the library for the format."""
    try:
        if suffix == ".br":
            import brotli  # noqa: PLC0415  (optional)

            reader, plain = brotli.Decompressor(), b""
            for start in range(0, len(data), _PIECE):
                plain += reader.process(data[start : start + _PIECE])
                if len(plain) > most:
                    return None
            return plain if reader.is_finished() else None
        if suffix == ".zst":
            import zstandard  # noqa: PLC0415  (optional)

            with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(data) as stream:
                plain = bytes(stream.read(most + 1))
        elif suffix == ".gz":
            gzipped = zlib.decompressobj(31)
            plain = gzipped.decompress(data, most + 1)
            if len(plain) <= most and not gzipped.eof:
                return None
        else:
            return None
    except Exception:  # a library's own error, or there is no such library
        return None
    return plain if len(plain) <= most else None
