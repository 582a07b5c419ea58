"""Reads archives: every file inside, names and comments."""

from __future__ import annotations

from collections.abc import Iterator

from jiyue.checks.attachment.extract.archive import entry_data, entry_name, open_zip
from jiyue.checks.attachment.extract.encodings import decode
from jiyue.checks.attachment.extract.kinds import inside, kind_of
from jiyue.checks.attachment.extract.office import TYPES, package
from jiyue.checks.attachment.extract.pieces import Part, Piece, Reading


def zip_file(data: bytes, reading: Reading) -> Iterator[Piece]:
    """Read every file of an archive; an office package with another suffix is read as a package."""
    archive = open_zip(data, reading)
    if archive.comment:
        yield Part("压缩包注释", decode(archive.comment))
    if TYPES in archive.NameToInfo:
        yield from package(archive, reading)
        return
    deeper = reading.deeper()
    for entry in archive.infolist():
        name = entry_name(entry)
        yield Part("压缩包内的文件名", name)
        if entry.comment:
            yield Part("压缩包注释", decode(entry.comment))
        if not entry.is_dir():
            content = entry_data(archive, entry)
            yield from inside(name, content, deeper, kind_of(name, content, deeper))
