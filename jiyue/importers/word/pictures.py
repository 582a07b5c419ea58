"""Pictures of a document as files that a page can show: cropped as the document shows them, in a format of the web."""

from __future__ import annotations

import hashlib
import io
import re
from typing import NamedTuple

_WEB = {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "WEBP": "webp"}
_OTHERS = frozenset({"BMP", "TIFF", "DIB"})
MOST_PIXELS = 100_000_000
_NO_DESCRIPTION = re.compile(
    r"(?:[a-z]:\\|\\\\|/|file:|https?:)\S*|\S*\.(?:png|jpe?g|gif|bmp|tiff?|emf|wmf)|(?:图片|图像|image|picture|img)[\s_-]*\d*"
    r"|[0-9a-f_-]{8,}|(?:IMG|DSC|QQ图片|微信图片|mmexport)[\s_-]*\d*",
    re.IGNORECASE,
)
"""What programs write as the description of a picture, and says nothing about it."""


class Picture(NamedTuple):
    """A picture in a text. part: its name in the archive; crop: shares of its width and height left, top, right, bottom."""

    part: str
    alt: str
    crop: tuple[float, float, float, float]
    place: str


class NotShown(Exception):
    """A picture that can't become a file; str() says why, in Chinese."""


def description(*given: str | None) -> str:
    """The first text that describes a picture; '' where there are only file names and numbers."""
    for one in given:
        words = " ".join((one or "").replace("描述已自动生成", "").split())
        if words and not _NO_DESCRIPTION.fullmatch(words):
            return words[:300]
    return ""


def as_file(data: bytes, crop: tuple[float, float, float, float] = (0, 0, 0, 0)) -> tuple[str, bytes]:
    """(name, bytes) of a picture. The name follows from the bytes, so one shown twice is one file. Raises NotShown."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415  (60 ms, only where there are pictures)

    try:
        with Image.open(io.BytesIO(data)) as picture:
            kind = picture.format or ""
            if picture.width * picture.height > MOST_PIXELS:
                raise NotShown(f"图片有 {picture.width}×{picture.height} 像素，太大")
            if kind not in _WEB and kind not in _OTHERS:
                raise NotShown(f"{kind or '这种'} 格式网页不能显示")
            if any(crop) or kind in _OTHERS:
                data, kind = _redrawn(picture, crop, kind)
    except NotShown:
        raise
    except UnidentifiedImageError:
        raise NotShown("这种格式（如 EMF、WMF 矢量图）网页不能显示") from None
    except Exception:  # Pillow raises whatever a broken file leads to
        raise NotShown("图片损坏") from None
    return f"{hashlib.sha256(data).hexdigest()[:12]}.{_WEB[kind]}", data


def _redrawn(picture: object, crop: tuple[float, float, float, float], kind: str) -> tuple[bytes, str]:
    from PIL import Image  # noqa: PLC0415  (as above)

    assert isinstance(picture, Image.Image)
    left, top, right, bottom = crop
    width, height = picture.size
    box = (round(left * width), round(top * height), round((1 - right) * width), round((1 - bottom) * height))
    if box[2] - box[0] < 1 or box[3] - box[1] < 1:
        raise NotShown("图片裁剪后什么也不剩")
    out = io.BytesIO()
    cut = picture.crop(box)
    if kind == "JPEG":
        cut.convert("RGB").save(out, "JPEG", quality=92)
        return out.getvalue(), "JPEG"
    cut.convert("RGBA" if cut.mode in ("P", "LA", "PA", "RGBA") else cut.mode).save(out, "PNG")
    return out.getvalue(), "PNG"
