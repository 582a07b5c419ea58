"""Files that a document carries as an object of the Packager: their name and bytes, out of the compound file around them.

[MS-CFB] is the format of the compound file, [MS-OLEDS] 2.3.6 that of its stream `\\x01Ole10Native`.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

STREAM = "\x01Ole10Native"
_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAST = 0xFFFFFFFA
"""Sector numbers from here on are marks: end of a chain, free, of the table itself."""
_ENTRY = 128


def packaged(data: bytes) -> tuple[str, bytes] | None:
    """(name, bytes) of the file in a compound file; None if it holds none, or is broken."""
    try:
        stream = _stream(data)
        return _native(stream) if stream is not None else None
    except (struct.error, IndexError, ValueError):
        return None


def _stream(data: bytes) -> bytes | None:
    if not data.startswith(_MAGIC):
        return None
    size, small = 1 << struct.unpack_from("<H", data, 30)[0], 1 << struct.unpack_from("<H", data, 32)[0]
    if size not in (512, 4096) or small != 64:
        raise ValueError("sizes of sectors")
    count, directory = struct.unpack_from("<I", data, 44)[0], struct.unpack_from("<I", data, 48)[0]
    limit, first_small = struct.unpack_from("<I", data, 56)[0], struct.unpack_from("<I", data, 60)[0]
    next_table = struct.unpack_from("<I", data, 68)[0]

    def sector(number: int) -> bytes:
        return data[(number + 1) * size : (number + 2) * size]

    tables = [one for one in struct.unpack_from("<109I", data, 76) if one < _LAST]
    for _ in range(len(data) // size):
        if next_table >= _LAST or len(tables) >= count:
            break
        *more, next_table = struct.unpack(f"<{size // 4}I", sector(next_table))
        tables += [one for one in more if one < _LAST]
    chain = [number for table in tables[:count] for number in struct.unpack(f"<{size // 4}I", sector(table))]

    def joined(start: int) -> bytes:
        return b"".join(map(sector, _chain(chain, start)))

    entries = joined(directory)
    root: tuple[int, int] | None = None
    for at in range(0, len(entries) - _ENTRY + 1, _ENTRY):
        entry = entries[at : at + _ENTRY]
        name = entry[: max(0, struct.unpack_from("<H", entry, 64)[0] - 2)].decode("utf-16-le", "replace")
        start, length = struct.unpack_from("<IQ", entry, 116)
        if at == 0:
            root = (start, length)
        elif name == STREAM and root is not None:
            if length >= limit:
                return joined(start)[:length]
            inside, links = joined(root[0]), joined(first_small)
            small_chain = list(struct.unpack(f"<{len(links) // 4}I", links))
            return b"".join(inside[one * small : (one + 1) * small] for one in _chain(small_chain, start))[:length]
    return None


def _chain(table: list[int], start: int) -> Iterator[int]:
    for _ in range(len(table) + 1):
        if start >= _LAST:
            return
        yield start
        start = table[start]
    raise ValueError("a chain without end")


def _native(stream: bytes) -> tuple[str, bytes] | None:
    """Label, path, path of a temporary copy, the bytes; newer programs add the names in UTF-16."""
    at = 6
    label, at = _text(stream, at)
    _, at = _text(stream, at)
    at += 4
    (length,) = struct.unpack_from("<I", stream, at)
    at += 4 + length
    (length,) = struct.unpack_from("<I", stream, at)
    at += 4
    content, at = stream[at : at + length], at + length
    if len(content) < length:
        return None
    names = [label]
    while at + 4 <= len(stream):
        (count,) = struct.unpack_from("<I", stream, at)
        names.append(stream[at + 4 : at + 4 + 2 * count].decode("utf-16-le", "replace"))
        at += 4 + 2 * count
    name = names[2] if len(names) > 2 and names[2] else label  # temporary path, label, path
    return re.split(r"[\\/]", name)[-1].strip() or "附件", content


def _text(stream: bytes, at: int) -> tuple[str, int]:
    end = stream.index(b"\0", at)
    return stream[at:end].decode("gb18030", "replace"), end + 1
