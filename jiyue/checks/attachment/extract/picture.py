"""Reads pictures' metadata: texts and positions."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator

from jiyue.base.patterns import pattern
from jiyue.base.picture_files import gif_blocks, is_whole, jpeg_pieces, picture_end, png_chunks, webp_chunks
from jiyue.checks.attachment.extract.encodings import decodings
from jiyue.checks.attachment.extract.kinds import inside, kind_of
from jiyue.checks.attachment.extract.pieces import Part, Piece, Position, Reading, TooLarge, Truncated, Unreadable

PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".tif", ".tiff")

_TELLING = {
    b"\xff\xd8": pattern(rb"\xff[\xe1-\xed\xef\xfe]"),  # all application segments but JFIF's and Adobe's; a comment
    b"\x89PNG": pattern(rb"tEXt|zTXt|iTXt|eXIf"),
}


def is_silent_picture(head: bytes, data: bytes) -> bool:
    """Whether, judging by its bytes, a picture is complete and has no metadata, so that no reader needs to open it."""
    telling = next((p for begins, p in _TELLING.items() if head.startswith(begins)), None)
    return telling is not None and not telling.search(data) and is_whole(data)


def picture(data: bytes, reading: Reading) -> Iterator[Piece]:
    """Read texts and positions from the metadata, and data behind the end of the picture."""
    notes = _Notes()
    if data.startswith(b"\xff\xd8"):
        _jpeg(data, notes)
    elif data.startswith(b"\x89PNG"):
        _png(data, notes)
    elif data.startswith(b"GIF8"):
        _gif(data, notes)
    elif data.startswith(b"RIFF"):
        _webp(data, notes)
    else:
        _other(data, notes)
    end = picture_end(data)
    notes.xmp(data[:end])
    if not is_whole(data):
        yield Truncated("")
    if notes.place or tells_a_place(data[:end]):
        yield Position("")
    if notes.words:
        yield Part("图片信息", "\n".join(notes.words))
    yield from _tail(data[end:], reading)


def _tail(data: bytes, reading: Reading) -> Iterator[Piece]:
    if not data.strip(b"\0\xff \r\n"):
        return
    kind = kind_of("", data, reading, guess=True)
    at = data[:64].find(b"ftyp")
    if at >= 4:
        kind, data = ".mp4", data[at - 4 :]
    if kind:
        yield from inside("图片末尾之后的内容", data, reading.deeper(), kind)
    elif tells_a_place(data):
        yield Position("图片末尾之后的内容")


def tells_a_place(data: bytes) -> bool:
    """Whether an XMP packet anywhere in the bytes has coordinates."""
    return _XMP_PLACE.search(data) is not None


_XMP_PLACE = pattern(rb"exif:GPSL(?:at|ong)itude\s*(?:=\s*[\"'][^\"']|>\s*[^<\s])")
_XMP_ENDS = {b"<x:xmpmeta": b"</x:xmpmeta>", b"<rdf:RDF": b"</rdf:RDF>"}
_XMP = pattern(b"|".join(_XMP_ENDS))
_CONTROLS = pattern(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffd-\uffff]")
_LONGEST = 100_000
"""The most bytes of a metadata field that are searched for text; longer fields are program data."""


def words_in(raw: bytes) -> Iterator[str]:
    """The text of a field in each possible encoding; nothing if it isn't text."""
    for mark in (b"UNICODE\0", b"ASCII\0\0\0", b"JIS\0\0\0\0\0", b"\0\0\0\0\0\0\0\0"):
        raw = raw.removeprefix(mark)
    if raw.endswith(b"\0") and len(raw) % 2 == 0 and raw.count(0) > 1:
        raw = raw[:-2] if raw.endswith(b"\0\0") else raw
    elif len(raw) % 2:
        raw = raw.rstrip(b"\0")
    if not raw or len(raw) > _LONGEST:
        return
    try:
        texts = decodings(raw)
    except Unreadable:
        return
    for text in texts:
        shown = text.strip("\0 ")
        if shown and not _CONTROLS.search(shown):
            yield shown


_WINDOWS = range(0x9C9B, 0x9CA0)
"""Exif tags with title, comment, author, keywords and subject from Windows, in UTF-16."""


class _Notes:
    def __init__(self) -> None:
        self.words: dict[str, None] = {}
        self.place = False

    def add(self, raw: bytes | str) -> None:
        """Add a field's text. Pillow decodes as Latin 1 what cameras and programs write as UTF-8 or GBK."""
        if isinstance(raw, str):
            self.words[raw] = None
            raw = raw.encode("latin-1", "ignore")
            if raw.isascii():
                return
        for text in words_in(raw):
            self.words[text] = None

    def exif(self, data: bytes) -> None:
        from PIL import ExifTags, Image  # noqa: PLC0415  (PIL: 8 ms, few files are pictures)

        exif = Image.Exif()
        try:
            exif.load(data)
            gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
            own = exif.get_ifd(ExifTags.IFD.Exif)
            values = [*exif.values(), *own.values(), *gps.values()]
        except Exception:  # cameras write malformed data of all kinds
            self.add(data)
            return
        self.place = self.place or any(gps.get(tag) for tag in (2, 4))
        for tag, value in exif.items():
            if tag in _WINDOWS and isinstance(value, bytes):
                self.words[value.decode("utf-16-le", "ignore").strip("\0")] = None
        for value in values:
            if isinstance(value, (str, bytes)):
                self.add(value)

    def xmp(self, data: bytes) -> None:
        """Add every XMP packet in the bytes, whatever contains it."""
        at, unclosed = 0, set()
        while begin := _XMP.search(data, at):
            at = begin.end()
            if begin[0] in unclosed:
                continue
            end = data.find(_XMP_ENDS[begin[0]], at)
            if end < 0:
                unclosed.add(begin[0])
            else:
                self.words[data[begin.start() : end].decode("utf-8", "replace")] = None
                at = end

    def iptc(self, data: bytes) -> None:
        """Add the datasets of IPTC-IIM: marker, record, dataset, length, data."""
        at = data.find(b"\x1c")
        while 0 <= at < len(data) - 5:
            length = int.from_bytes(data[at + 3 : at + 5], "big")
            if 1 <= data[at + 1] <= 9 and length < _LONGEST:
                self.add(data[at + 5 : at + 5 + length])
                at += 5 + length
                at = data.find(b"\x1c", at)
            else:
                at = data.find(b"\x1c", at + 1)


_EXIF, _XMP_HEAD, _MORE_XMP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0"


def _jpeg(data: bytes, notes: _Notes) -> None:
    more = bytearray()
    for marker, start, end in jpeg_pieces(data):
        body = data[start + 4 : end]
        if marker == 0xFE:
            notes.add(body)
        elif not 0xE0 <= marker <= 0xEF:
            continue
        elif body.startswith(_EXIF):
            notes.exif(body)
        elif body.startswith(_MORE_XMP):
            more += body[len(_MORE_XMP) + 40 :]
        elif body.startswith(b"Photoshop"):
            notes.iptc(body)
        elif not body.startswith((_XMP_HEAD, b"ICC_PROFILE", b"JFIF", b"Adobe")):
            notes.add(body)
    if more:
        notes.add(bytes(more))
        notes.place = notes.place or tells_a_place(bytes(more))


def _png(data: bytes, notes: _Notes) -> None:
    for name, start, end in png_chunks(data):
        body = data[start + 8 : end - 4]
        if name == b"eXIf":
            notes.exif(_EXIF + body)
        elif name in (b"tEXt", b"zTXt", b"iTXt"):
            key, _, rest = body.partition(b"\0")
            if name == b"zTXt":
                rest = _inflated(rest[1:])
            elif name == b"iTXt":
                packed, rest = rest[:1], rest[2:].split(b"\0", 2)[-1]
                rest = _inflated(rest) if packed == b"\1" else rest
            notes.add(key)
            _png_text(key, rest, notes)


def _png_text(key: bytes, text: bytes, notes: _Notes) -> None:
    """Add a text chunk, or a profile that ImageMagick wrote as hexadecimal."""
    if not key.startswith(b"Raw profile type"):
        notes.add(text)
        notes.place = notes.place or tells_a_place(text)
        return
    try:
        raw = bytes.fromhex("".join(text.decode("ascii").split("\n")[3:]))
    except ValueError:
        return
    if raw.startswith(_EXIF):
        notes.exif(raw)
    notes.iptc(raw)
    notes.xmp(raw)
    notes.place = notes.place or tells_a_place(raw)


def _inflated(data: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(data, 100 * _LONGEST)
    except zlib.error:
        return b""
    if unpacker.unconsumed_tail:
        raise TooLarge("图片里的说明文字异常膨胀，疑似压缩炸弹")
    return text


def _gif(data: bytes, notes: _Notes) -> None:
    for kind, start, end in gif_blocks(data):
        if kind in (0xFE, 0x01):
            notes.add(_joined(data[start + 2 : end]))


def _joined(blocks: bytes) -> bytes:
    """The bytes of a GIF's sub-blocks without their lengths."""
    out, at = bytearray(), 0
    while at < len(blocks) and blocks[at]:
        out += blocks[at + 1 : at + 1 + blocks[at]]
        at += 1 + blocks[at]
    return bytes(out)


def _webp(data: bytes, notes: _Notes) -> None:
    for name, start, end in webp_chunks(data):
        body = data[start + 8 : end]
        if name == b"EXIF":
            notes.exif(body if body.startswith(_EXIF) else _EXIF + body)
        elif not name.startswith((b"VP8", b"ALPH", b"ANIM", b"ANMF", b"ICCP", b"XMP ")):
            notes.add(body)


def _other(data: bytes, notes: _Notes) -> None:
    """Read the metadata of TIFF and other formats of Pillow, without decoding pixels."""
    from PIL import ExifTags, Image  # noqa: PLC0415  (PIL: 8 ms, few files are pictures)

    with Image.open(io.BytesIO(data)) as image:
        for number in range(min(getattr(image, "n_frames", 1), 100)):
            image.seek(number)
            exif = image.getexif()
            gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
            notes.place = notes.place or any(gps.get(tag) for tag in (2, 4))
            for value in (*exif.values(), *exif.get_ifd(ExifTags.IFD.Exif).values()):
                if isinstance(value, (str, bytes)):
                    notes.add(value)
