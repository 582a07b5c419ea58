"""Zip archives, within their bounds."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from jiyue.checks.attachment.extract.pieces import Part, Piece, Reading, TooLarge, Unreadable
from jiyue.checks.attachment.extract.plain import decode


def open_zip(data: bytes, reading: Reading) -> zipfile.ZipFile:
    """An archive within the bounds by what its directory declares. Raises Unreadable, TooLarge."""
    limits = reading.limits
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile as problem:
        raise Unreadable("压缩包损坏") from problem
    entries = archive.infolist()
    if len(entries) > limits.entries:
        raise TooLarge(f"压缩包有 {len(entries)} 个文件，超过上限 {limits.entries}")
    reading.spend(sum(entry.file_size for entry in entries), len(entries))
    for entry in entries:
        if entry.file_size > 1_000_000 and entry.file_size > limits.ratio * max(1, entry.compress_size):
            raise TooLarge("压缩比异常，疑似压缩炸弹")
        if entry.flag_bits & 1:
            raise Unreadable("压缩包加了密码")
    return archive


def entry_data(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The bytes of one entry, no more than declared. Raises TooLarge."""
    with archive.open(entry) as stream:
        data = stream.read(entry.file_size + 1)
    if len(data) > entry.file_size:
        raise TooLarge("压缩包谎报大小，疑似压缩炸弹")
    return data


def entry_name(entry: zipfile.ZipInfo) -> str:
    """The name of an entry as its writer saw it: UTF-8 or GBK where the archive does not tell."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        raw = entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def zip_file(data: bytes, reading: Reading) -> Iterator[Piece]:
    """Every file of an archive; a package of an office program by another name is read as one."""
    from jiyue.checks.attachment.extract.dispatch import inside, kind_of  # noqa: PLC0415  (an entry can be of any type)
    from jiyue.checks.attachment.extract.office import TYPES, package  # noqa: PLC0415

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
            yield from inside(name, content, deeper, kind_of(name, content))
