"""Pictures as they are published: without their camera's notes, and in sizes and formats that a phone likes.

Everything is kept by content hash below `.jiyue/images/<recipe>/`, so a picture is encoded once, and a site without
pictures never loads Pillow. The same bytes in give the same bytes out: encoders are pinned and run in one thread.
"""

from __future__ import annotations

import json
import re
import struct
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from jiyue import kept
from jiyue.patterns import pattern
from jiyue.sources import judged

RECIPE = 1
"""Raise it when the code below makes other bytes."""

WIDTHS = (480, 800, 1280)
"""Of variants, in pixels: a phone, a phone's sharp screen or a desktop's column, a desktop's sharp screen."""

FORMATS = {"avif": "image/avif", "webp": "image/webp"}
"""In the order in which a browser shall choose."""

SUFFIXES = frozenset(["jpg", "jpeg", "png", "webp"])
"""What gets variants; GIF may move and AVIF is small already."""

CAMERA = SUFFIXES | {"avif"}
"""What may carry a camera's notes."""

_VARIANT = pattern(rf"(.+\.(?:{'|'.join(sorted(SUFFIXES))}))\.\d+\.(?:{'|'.join(FORMATS)})", re.IGNORECASE)

_OPTIONS: dict[str, dict[str, Any]] = {
    "avif": {"quality": 58, "speed": 8, "max_threads": 1},
    "webp": {"quality": 80, "method": 4},
}


class Picture(NamedTuple):
    """A picture's sides in pixels, and its variants: format -> widths, ascending; none where they would not be smaller."""

    width: int
    height: int
    variants: dict[str, list[int]]


def variant_of(path: str) -> str:
    """The picture whose variant this would be by its name, such as a.jpg of a.jpg.480.webp; '' for other names."""
    named = _VARIANT.fullmatch(path)
    return named[1] if named else ""


def shown_as(root: Path, site: str, path: str) -> tuple[int, int] | None:
    """The sides of a site's own mark or banner, from its header alone; None if there is no such picture."""
    from PIL import Image  # noqa: PLC0415

    try:
        with Image.open(root / "content" / site / path) as image:
            return image.size
    except (OSError, ValueError):
        return None


class Pictures:
    """The pictures of one cluster, by the digest of their bytes. root is the cluster's."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.known: dict[str, Picture | None] = {}
        self.folder: Path | None = None

    def facts(self, source: Path, digest: str) -> Picture | None:
        """What is known of a picture; made and encoded when it is seen for the first time. None if it can't be read."""
        if source.suffix.lower().lstrip(".") not in SUFFIXES:
            return None
        if digest not in self.known:
            place = self._folder() / f"{digest}.json"
            data = kept.read(place)
            self.known[digest] = Picture(*json.loads(data)) if data else self._make(source, digest, place)
        return self.known[digest]

    def variant(self, source: Path, digest: str, width: int, kind: str) -> bytes:
        """The bytes of one variant; encoded again if the kept file is gone."""
        data = kept.read(self._place(digest, width, kind))
        if data is None:
            data = encode(_opened(judged(source, digest)), width, kind)
            kept.write(self._place(digest, width, kind), data)
        return data

    def _make(self, source: Path, digest: str, place: Path) -> Picture | None:
        data = judged(source, digest)
        try:
            image = _opened(data)
        except Exception:
            return None  # no picture, or one that Pillow refuses; it is published as it is
        variants: dict[str, list[int]] = {}
        for kind in ("webp",) if image.info["drawing"] else FORMATS:
            for width in widths(image.width):
                made = encode(image, width, kind)
                if len(made) < len(data):
                    variants.setdefault(kind, []).append(width)
                    kept.write(self._place(digest, width, kind), made)
        picture = Picture(image.width, image.height, variants)
        kept.write(place, json.dumps(picture).encode())
        return picture

    def _place(self, digest: str, width: int, kind: str) -> Path:
        return self._folder() / f"{digest}.{width}.{kind}"

    def _folder(self) -> Path:
        if self.folder is None:
            from PIL import __version__ as pillow  # noqa: PLC0415

            self.folder = self.root / ".jiyue" / "images" / f"{RECIPE}-{pillow}"
        return self.folder


def widths(width: int) -> list[int]:
    """The widths of a picture's variants: never enlarged, none that hardly differs from the next."""
    top = min(width, WIDTHS[-1])
    return [*(w for w in WIDTHS if w < top * 0.9), top]


def encode(image: Any, width: int, kind: str) -> bytes:
    """One variant. A drawing of few colours is kept without loss at its full width: that is smaller, and sharp."""
    from PIL import Image  # noqa: PLC0415

    height = max(1, round(image.height * width / image.width))
    small = image if width == image.width else image.resize((width, height), Image.Resampling.LANCZOS)
    exact = image.info["drawing"] and kind == "webp" and small is image
    options = {"lossless": True, "quality": 75, "method": 4} if exact else _OPTIONS[kind]
    out = BytesIO()
    small.save(out, kind, icc_profile=image.info.get("icc_profile"), **options)
    return out.getvalue()


def _opened(data: bytes) -> Any:
    """Upright, RGB or RGBA, without metadata."""
    from PIL import Image, ImageOps  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(BytesIO(data)) as image:
            if getattr(image, "n_frames", 1) > 1:
                raise ValueError("moves")
            few = image.mode in ("P", "1", "L") and image.format == "PNG"
            profile = image.info.get("icc_profile")
            upright = ImageOps.exif_transpose(image)
            plain = upright.convert("RGBA" if "transparency" in image.info or upright.mode in ("RGBA", "LA") else "RGB")
    plain.info = {"icc_profile": profile, "drawing": few}
    return plain


# -- what a camera wrote ----------------------------------------------------------------------------------------------

_KEPT_SEGMENTS = {0xE0, 0xE2, 0xEE}
"""JPEG: JFIF, the colour profile, Adobe's colour transform. Exif, XMP, IPTC and comments go."""
_DROPPED_CHUNKS = {b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"}


def strip(data: bytes) -> bytes:
    """A picture without Exif, GPS, XMP, IPTC and comments; the pixels are not touched. Other files come back unchanged."""
    if data[:3] == b"\xff\xd8\xff":
        return _strip_jpeg(data)
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return _strip_png(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _strip_webp(data)
    if data[4:12] in (b"ftypavif", b"ftypavis"):
        return _strip_avif(data)
    return data


def _strip_jpeg(data: bytes) -> bytes:
    out = [data[:2], _orientation(data)]
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        size = struct.unpack_from(">H", data, at + 2)[0] + 2
        if not (0xE0 <= marker <= 0xEF or marker == 0xFE) or marker in _KEPT_SEGMENTS:
            out.append(data[at : at + size])
        at += size
    end = data.rfind(b"\xff\xd9")  # what stands behind the end of a picture is none of it (a phone's second picture)
    out.append(data[at : end + 2 if end > at else len(data)])
    return b"".join(out)


def _orientation(data: bytes) -> bytes:
    """An Exif segment that says only which side is up; empty if that is the usual one."""
    from PIL import Image  # noqa: PLC0415

    try:
        with Image.open(BytesIO(data)) as image:
            side = image.getexif().get(0x0112, 1)
    except Exception:
        side = 1
    if side not in range(2, 9):
        return b""
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01" + struct.pack(">HHI", side, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif


def _strip_png(data: bytes) -> bytes:
    out = [data[:8]]
    at = 8
    while at + 12 <= len(data):
        size = struct.unpack_from(">I", data, at)[0] + 12
        name = data[at + 4 : at + 8]
        if name not in _DROPPED_CHUNKS:
            out.append(data[at : at + size])
        at += size
        if name == b"IEND":
            break
    return b"".join(out)


def _strip_webp(data: bytes) -> bytes:
    out = []
    at = 12
    while at + 8 <= len(data):
        size = struct.unpack_from("<I", data, at + 4)[0]
        chunk = data[at : at + 8 + size + size % 2]
        if chunk[:4] == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~0b1100]) + chunk[9:]
        if chunk[:4] not in (b"EXIF", b"XMP "):
            out.append(chunk)
        at += len(chunk)
    body = b"".join(out)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _strip_avif(data: bytes) -> bytes:
    """Notes lie anywhere in this container, so it is encoded again if there are any."""
    if b"Exif" not in data and b"application/rdf+xml" not in data:
        return data
    try:
        image = _opened(data)
    except Exception:
        return data
    return encode(image, image.width, "avif")
