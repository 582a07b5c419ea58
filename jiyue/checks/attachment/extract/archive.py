"""Opens zip archives within limits."""

from __future__ import annotations

import io
import zipfile

from jiyue.checks.attachment.extract.pieces import Reading, TooLarge, Unreadable


def open_zip(data: bytes, reading: Reading) -> zipfile.ZipFile:
    """Open an archive, and check the limits against its directory. Raises Unreadable, TooLarge."""
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
    """The bytes of one entry, at most the declared size. Raises TooLarge."""
    with archive.open(entry) as stream:
        data = stream.read(entry.file_size + 1)
    if len(data) > entry.file_size:
        raise TooLarge("压缩包谎报大小，疑似压缩炸弹")
    return data


def entry_name(entry: zipfile.ZipInfo) -> str:
    """The name of an entry, decoded as UTF-8 or GBK if the archive does not declare the encoding."""
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
