"""Prepares pictures for publication: without metadata, and in sizes and formats suited to phones.

Results are cached by content hash in `.jiyue/images/<recipe>/`, so a picture is encoded once, and a site without
pictures never loads Pillow. Equal input gives equal bytes: encoders are pinned and run in one thread.
"""

from __future__ import annotations

import json
import struct
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from jiyue.base import atomic
from jiyue.base.picture_files import (
    FORMATS,
    GIF_PICTURE,
    SOS,
    SUFFIXES,
    gif_blocks,
    jpeg_pieces,
    png_chunks,
    webp_chunks,
)
from jiyue.base.verified_read import read_verified

RECIPE = 2
"""Version of the code below: raise it when its output changes."""

WIDTHS = (480, 800, 1280)
"""Widths of variants in pixels: for a phone; a high-density phone or a desktop; a high-density desktop."""

CAMERA = SUFFIXES | {"avif", "gif"}
"""Suffixes of formats that may carry metadata."""

_OPTIONS: dict[str, dict[str, Any]] = {
    "avif": {"quality": 58, "speed": 8, "max_threads": 1},
    "webp": {"quality": 80, "method": 4},
}


class Picture(NamedTuple):
    """A picture's size in pixels, and its variants: format -> ascending widths, without files larger than the original."""

    width: int
    height: int
    variants: dict[str, list[int]]


def shown_as(root: Path, site: str, path: str) -> tuple[int, int] | None:
    """The size in pixels of a site's own picture (logo, banner), read from its header; None if it can't be read."""
    from PIL import Image  # noqa: PLC0415  (PIL: 8 ms, few files are pictures)

    try:
        with Image.open(root / "content" / site / path) as image:
            return image.size
    except Exception:  # Pillow raises anything for a broken file
        return None


class Pictures:
    """The cached pictures of a cluster, by the digest of their bytes. root: the cluster's folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.known: dict[str, Picture | None] = {}
        self.folder: Path | None = None

    def facts(self, source: Path, digest: str) -> Picture | None:
        """A picture's size and variants, which are encoded on first use. None if it can't be read."""
        if source.suffix.lower().lstrip(".") not in SUFFIXES:
            return None
        if digest not in self.known:
            place = self._folder() / f"{digest}.json"
            data = atomic.read(place)
            self.known[digest] = Picture(*json.loads(data)) if data else self._make(source, digest, place)
        return self.known[digest]

    def variant(self, source: Path, digest: str, width: int, kind: str) -> bytes:
        """The bytes of one variant; encoded again if its cached file is gone."""
        data = atomic.read(self._place(digest, width, kind))
        if data is None:
            data = encode(_opened(read_verified(source, digest)), width, kind)
            atomic.write(self._place(digest, width, kind), data)
        return data

    def _make(self, source: Path, digest: str, place: Path) -> Picture | None:
        data = read_verified(source, digest)
        try:
            image = _opened(data)
        except Exception:
            return None  # no picture, or one that Pillow refuses; it is published unchanged
        variants: dict[str, list[int]] = {}
        for kind in ("webp",) if image.info["drawing"] else FORMATS:
            for width in widths(image.width):
                made = _tried(image, width, kind)
                if made and len(made) < len(data):
                    variants.setdefault(kind, []).append(width)
                    atomic.write(self._place(digest, width, kind), made)
        picture = Picture(image.width, image.height, variants)
        atomic.write(place, json.dumps(picture).encode())
        return picture

    def _place(self, digest: str, width: int, kind: str) -> Path:
        return self._folder() / f"{digest}.{width}.{kind}"

    def _folder(self) -> Path:
        if self.folder is None:
            from PIL import __version__ as pillow  # noqa: PLC0415  (PIL: 8 ms, few files are pictures)

            self.folder = self.root / ".jiyue" / "images" / f"{RECIPE}-{pillow}"
        return self.folder


def _tried(image: Any, width: int, kind: str) -> bytes:
    """One variant; b"" if the encoder can't make it (WebP allows at most 16,383 pixels a side)."""
    try:
        return encode(image, width, kind)
    except Exception:
        return b""


def widths(width: int) -> list[int]:
    """The widths of a picture's variants: never enlarged, the smaller ones below 90 % of the largest."""
    top = min(width, WIDTHS[-1])
    return [*(w for w in WIDTHS if w < top * 0.9), top]


def encode(image: Any, width: int, kind: str) -> bytes:
    """One variant. A drawing with few colours is lossless at its full width, which makes it smaller and sharp."""
    from PIL import Image  # noqa: PLC0415  (PIL: 8 ms, few files are pictures)

    height = max(1, round(image.height * width / image.width))
    small = image if width == image.width else image.resize((width, height), Image.Resampling.LANCZOS)
    exact = image.info["drawing"] and kind == "webp" and small is image
    options = {"lossless": True, "quality": 75, "method": 4} if exact else _OPTIONS[kind]
    out = BytesIO()
    small.save(out, kind, icc_profile=image.info.get("icc_profile"), **options)
    return out.getvalue()


def _opened(data: bytes) -> Any:
    """The picture as a Pillow image: upright, RGB or RGBA, without metadata. Raises for animations and broken files."""
    from PIL import Image, ImageOps  # noqa: PLC0415  (PIL: 8 ms, few files are pictures)

    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(BytesIO(data)) as image:
            if getattr(image, "n_frames", 1) > 1:
                raise ValueError("moves")
            few = image.mode in ("P", "1", "L") and image.format == "PNG"
            upright = ImageOps.exif_transpose(image)
            alpha = "transparency" in image.info or upright.mode in ("RGBA", "LA", "PA", "La", "RGBa")
            plain, profile = _plain(upright, image.info.get("icc_profile"), "RGBA" if alpha else "RGB")
    plain.info = {"icc_profile": profile, "drawing": few}
    return plain


def _plain(image: Any, profile: bytes | None, mode: str) -> tuple[Any, bytes | None]:
    """(image in RGB or RGBA, its colour profile): an RGB profile stays, one for CMYK or grey is applied and dropped."""
    if image.mode.startswith("I"):  # 16 bits per pixel, which Pillow would clip at 255
        image = image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if profile:
        from PIL import ImageCms  # noqa: PLC0415  (PIL: 8 ms, few files are pictures)

        try:
            own = ImageCms.ImageCmsProfile(BytesIO(profile))
            if own.profile.xcolor_space.strip() == "RGB":
                return image.convert(mode), profile
            if image.mode in ("CMYK", "L"):
                intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
                screen = ImageCms.createProfile("sRGB")
                return ImageCms.profileToProfile(image, own, screen, intent, outputMode="RGB"), None
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a broken profile, or one for another colour space than the picture's
    return image.convert(mode), None


# -- metadata ---------------------------------------------------------------------------------------------------------

_KEPT_SEGMENTS = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
"""JPEG: application segments that belong to the pixels, with their first bytes. Exif, XMP, IPTC, comments and the list
of a phone's additional pictures are removed."""
_KEPT_CHUNKS = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD hIST pHYs sPLT acTL fcTL fdAT".split()
)
_KEPT_RIFF = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
_LOOPS = (b"\x0bNETSCAPE2.0", b"\x0bANIMEXTS1.0")


def strip(data: bytes) -> bytes:
    """A picture without Exif, GPS, XMP, IPTC, comments and data behind its end. Other files are returned unchanged.

    Pixels stay as they are, except in a PNG or WebP with an Exif orientation, which not all browsers apply: it is turned
    upright and encoded again.
    """
    if data[:3] == b"\xff\xd8\xff":
        return _strip_jpeg(data)
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return _strip_png(_upright(data) if b"eXIf" in data else data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _strip_webp(_upright(data) if b"EXIF" in data else data)
    if data[:4] == b"GIF8":
        return _strip_gif(data)
    if data[4:12] in (b"ftypavif", b"ftypavis"):
        return _strip_avif(data)
    return data


def _strip_jpeg(data: bytes) -> bytes:
    out = [data[:2], _orientation(data)]
    pixels = False
    for marker, start, end in jpeg_pieces(data):
        pixels = pixels or marker == SOS
        about = 0xE0 <= marker <= 0xEF or marker == 0xFE
        if about:
            begins = _KEPT_SEGMENTS.get(marker)
            if begins is None or not data.startswith(begins, start + 4):
                continue
            if marker == 0xE0:  # without its thumbnail
                out.append(b"\xff\xe0\0\x10" + data[start + 4 : start + 16] + b"\0\0")
                continue
        if marker or pixels:  # bytes between segments don't belong to the picture
            out.append(data[start:end])
    return b"".join(out)


def _orientation(data: bytes) -> bytes:
    """An Exif segment with the orientation only; b"" if the picture is upright."""
    from PIL import Image  # noqa: PLC0415  (PIL: 8 ms, few files are pictures)

    try:
        with Image.open(BytesIO(data)) as image:
            side = image.getexif().get(0x0112, 1)
    except Exception:
        side = 1
    if side not in range(2, 9):
        return b""
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01" + struct.pack(">HHI", side, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif


def _upright(data: bytes) -> bytes:
    """A still picture turned upright by its Exif orientation, in its format; unchanged if upright or unreadable."""
    from PIL import Image, ImageOps  # noqa: PLC0415  (PIL: 8 ms, few files are pictures)

    try:
        with Image.open(BytesIO(data)) as image:
            if image.getexif().get(0x0112, 1) not in range(2, 9) or getattr(image, "n_frames", 1) > 1:
                return data
            turned = ImageOps.exif_transpose(image)
            out = BytesIO()
            about = {
                key: image.info[key] for key in ("icc_profile", "transparency", "gamma", "dpi") if key in image.info
            }
            lossy = image.format == "WEBP" and b"VP8L" not in data[12:]
            turned.save(out, image.format, **about, **({"quality": 92} if lossy else {"lossless": True}))
    except Exception:  # a broken picture is published as it is, without its metadata
        return data
    return out.getvalue()


def _strip_png(data: bytes) -> bytes:
    kept_chunks = [data[start:end] for name, start, end in png_chunks(data) if name in _KEPT_CHUNKS]
    return b"".join([data[:8], *kept_chunks])


def _strip_webp(data: bytes) -> bytes:
    out = []
    for name, start, end in webp_chunks(data):
        chunk = data[start:end]
        if name == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~0b1100]) + chunk[9:] if len(chunk) > 8 else chunk
        if name in _KEPT_RIFF:
            out.append(chunk)
    body = b"".join(out)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _strip_gif(data: bytes) -> bytes:
    """A GIF without comments, texts and application data, except the number of loops."""
    out = []
    for kind, start, end in gif_blocks(data):
        if kind in (0, GIF_PICTURE, 0xF9, 0x3B) or (kind == 0xFF and data.startswith(_LOOPS, start + 2)):
            out.append(data[start:end])
    return b"".join(out)


def _strip_avif(data: bytes) -> bytes:
    """An AVIF without metadata: it can be anywhere in the container, so the picture is encoded again if there is any."""
    if b"Exif" not in data and b"application/rdf+xml" not in data:
        return data
    try:
        image = _opened(data)
    except Exception:
        return data
    return encode(image, image.width, "avif")
