"""Files that officers bring: pictures made fit for publication, attachments let through the gates, names made safe.

What comes out depends on the bytes and the name alone, so an upload that is sent again changes nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from jiyue.base.diagnostics import Diagnostic, Severity
from jiyue.base.patterns import pattern
from jiyue.base.picture_files import is_whole, variant_of
from jiyue.catalogue.scan import ATTACHMENT_TYPES, INTERNAL_FILES, RESERVED_NAMES
from jiyue.catalogue.sources import model_of
from jiyue.checks.repository.path_names import INVISIBLE, name_problem, normalize
from jiyue.checks.runner import Inspector
from jiyue.editor.model import Refused
from jiyue.registry.site import Cluster, Site

if TYPE_CHECKING:
    from PIL import Image

LONGEST = 2400
"""Pixels of a picture's longer side: what a reader who opens it at twice the size of a page can see."""
LIGHT = 1_500_000
"""Bytes of a picture that is left as it is, but for what the camera wrote into it."""
MOST_PIXELS = 120_000_000
"""More than any camera of today; what claims more is no photo."""
BROKEN = "「{}」打不开，可能没有传完整；用原图再传一次"
_QUALITY = 86
_FORMATS = {"JPEG": "jpg", "PNG": "png", "GIF": "gif", "WEBP": "webp", "AVIF": "avif"}
"""Pillow's name of a format that is published → suffix."""
SHOWN = frozenset((*_FORMATS.values(), "jpeg"))
"""Suffixes of pictures."""
_OTHERS = frozenset({"BMP", "TIFF", "MPO", "PPM", "DIB"})
"""Formats that become one of them."""
_HEIC = re.compile(rb"....ftyp(?:hei[cxms]|hev[cmxs]|mif1|msf1)", re.DOTALL)
_BAD = pattern(r"[^\w.·（）()【】《》、，+&=@-]+")
_LENGTH = 60


class Upload(NamedTuple):
    """A file as it will be saved beside the article. size: of a picture in pixels, (0, 0) of other files."""

    name: str
    data: bytes
    size: tuple[int, int] = (0, 0)

    @property
    def is_picture(self) -> bool:
        """Whether it is shown in the text."""
        return self.size != (0, 0)


def safe_name(name: str, taken: Collection[str] = (), suffix: str = "") -> str:
    """A name for a file beside an article: without folders and signs that some system refuses, once among taken ones.

    suffix: instead of its own. Raises Refused for a file without any.
    """
    name = unicodedata.normalize("NFC", INVISIBLE.sub("", name)).replace("\\", "/").rpartition("/")[2]
    stem, dot, own = name.rpartition(".")
    suffix = suffix or ("jpg" if own.lower() == "jpeg" else own.lower())
    if not dot or not re.fullmatch(r"[a-z0-9]{1,8}", suffix):
        raise Refused(f"「{name[:60]}」没有扩展名，不知道是什么文件", 415)
    stem = re.sub(r"-{2,}", "-", _BAD.sub("-", stem)).strip("-._ ")[:_LENGTH].strip("-._ ") or "文件"
    whole = f"{stem}.{suffix}"
    if (
        name_problem(whole)
        or whole in INTERNAL_FILES
        or whole.casefold() in RESERVED_NAMES
        or model_of(whole)
        or variant_of(whole)
    ):
        stem = f"文件-{stem.replace('.', '-')}"
    used = {normalize(one) for one in taken}
    for number in range(1, 1000):
        made = f"{stem}{'' if number == 1 else f'-{number}'}.{suffix}"
        if normalize(made) not in used:
            return made
    raise Refused(f"「{name[:60]}」这样的名字已经太多，换一个名字", 409)


def taken_in(data: bytes, name: str, taken: Collection[str] = ()) -> Upload:
    """A file as it is saved: a picture upright, without its camera's notes, bounded; any other as it came. Raises Refused."""
    if not data:
        raise Refused(f"「{name[:60]}」是空的", 415)
    suffix = name.rpartition(".")[2].lower()
    if _HEIC.match(data[:12]) or suffix in ("heic", "heif"):
        raise Refused(
            f"「{name[:60]}」是 HEIC 照片，多数浏览器打不开。在手机「设置 → 相机 → 格式」里选「兼容性最佳」再拍，"
            "或者在电脑上另存为 JPEG 后上传", 415,
        )  # fmt: skip
    image = _opened(data, name, is_picture=suffix in (*_FORMATS.values(), "jpeg", "bmp", "tif", "tiff"))
    if image and not is_whole(data):
        raise Refused(BROKEN.format(name[:60]), 415)
    if image is None:
        if suffix not in ATTACHMENT_TYPES:
            known = "、".join(sorted(ATTACHMENT_TYPES))
            raise Refused(f"「{name[:60]}」这种文件不能发布；可以上传：{known}", 415)
        return Upload(safe_name(name, taken), data)
    made, size, kind = _picture(image, data, name)
    return Upload(safe_name(name, taken, kind), made, size)


def cropped(data: bytes, name: str, box: tuple[int, int, int, int]) -> bytes:
    """The part of a picture: left, top, width and height in pixels. Raises Refused."""
    image = _opened(data, name, is_picture=True)
    assert image is not None
    left, top, width, height = box
    if min(left, top) < 0 or min(width, height) < 16 or left + width > image.width or top + height > image.height:
        raise Refused(f"裁剪的范围不在图片里（宽 {image.width}、高 {image.height} 像素），或者小于 16 像素", 400)
    if getattr(image, "is_animated", False):
        raise Refused("会动的图片不能裁剪", 415)
    kind = str(image.format)
    return _encoded(
        image.crop((left, top, left + width, top + height)), kind if kind in _FORMATS else "PNG", image.info
    )


def size_of(data: bytes, name: str) -> tuple[int, int]:
    """Width and height of a picture in pixels. Raises Refused for a broken one."""
    image = _opened(data, name, is_picture=True)
    assert image is not None
    return image.size


def gates(
    root: Path, site: Site, cluster: Cluster, folder: str, files: Iterable[Upload], today: str
) -> list[Diagnostic]:
    """What the rules on attachments say about files, as `check` would of `content/<site>/<folder>/<name>`."""
    found: list[Diagnostic] = []
    with (
        TemporaryDirectory(prefix="jiyue-upload-") as name,
        Inspector(root, site, cluster, today, Path(name)) as inspector,
    ):
        for one in files:
            path = "/".join(filter(None, ("content", site.id, folder, one.name)))
            Path(name, path).parent.mkdir(parents=True, exist_ok=True)
            Path(name, path).write_bytes(one.data)
            found += inspector.attachment(path)
    return found


def refuse_errors(findings: Iterable[Diagnostic]) -> None:
    """Raise Refused where a file may not be published."""
    errors = [
        f"「{one.path.rpartition('/')[2]}」{one.message}：{one.hint}"
        for one in findings
        if one.severity is Severity.ERROR
    ]
    if errors:
        raise Refused("没有上传。\n" + "\n".join(dict.fromkeys(errors)), 415)


def _opened(data: bytes, name: str, *, is_picture: bool) -> Image.Image | None:
    """A picture, not decoded yet; None for a file that isn't one. Raises Refused for a broken one."""
    from PIL import Image  # noqa: PLC0415  (only where files are uploaded)

    try:
        image = Image.open(BytesIO(data))
    except Exception as problem:  # Pillow raises anything for a broken file
        if is_picture:
            raise Refused(BROKEN.format(name[:60]), 415) from problem
        return None
    if image.format not in _FORMATS and image.format not in _OTHERS:
        return None
    if image.width * image.height > MOST_PIXELS:
        raise Refused(f"「{name[:60]}」有 {image.width}×{image.height} 像素，太大；缩小后再上传", 413)
    return image


def _picture(image: Image.Image, data: bytes, name: str) -> tuple[bytes, tuple[int, int], str]:
    """(bytes, size, suffix) of a picture as it is saved."""
    from PIL import ImageOps  # noqa: PLC0415  (only where files are uploaded)

    from jiyue.render.theme.images import strip  # noqa: PLC0415  (only where files are uploaded)

    kind = str(image.format)
    if getattr(image, "is_animated", False) and kind in _FORMATS and kind != "PNG":
        return strip(data), image.size, _FORMATS[kind]
    upright = image.getexif().get(0x0112, 1) == 1
    if kind in _FORMATS and upright and len(data) <= LIGHT and max(image.size) <= LONGEST:
        return strip(data), image.size, _FORMATS[kind]
    info = dict(image.info)
    try:
        if kind in ("JPEG", "MPO"):
            image.draft("RGB", (LONGEST, LONGEST))  # decodes a large photo at a fraction of its size
        turned = ImageOps.exif_transpose(image)
        turned.thumbnail((LONGEST, LONGEST))
    except Exception as problem:  # Pillow raises anything for a broken file
        raise Refused(BROKEN.format(name[:60]), 415) from problem
    if kind not in _FORMATS:
        kind = "JPEG" if kind in ("MPO", "TIFF") and turned.mode in ("RGB", "L", "YCbCr", "CMYK") else "PNG"
    made = _encoded(turned, kind, info)
    if kind == "PNG" and len(made) > LIGHT and turned.mode in ("RGB", "L"):  # a photo that was saved as a drawing
        photo = _encoded(turned, "JPEG", info)
        if len(photo) * 2 < len(made):
            made, kind = photo, "JPEG"
    return made, turned.size, _FORMATS[kind]


def _encoded(image: Image.Image, kind: str, info: dict[Any, Any]) -> bytes:
    """The pixels alone, with the colours' profile."""
    out = BytesIO()
    profile = info.get("icc_profile")
    if kind == "JPEG":
        if image.mode not in ("RGB", "L"):
            image, profile = image.convert("RGB"), None
        image.save(out, "JPEG", quality=_QUALITY, optimize=True, progressive=True, icc_profile=profile, exif=b"")
    elif kind == "PNG":
        image.save(out, "PNG", optimize=True, icc_profile=profile)
    elif kind == "GIF":
        image.save(out, "GIF")
    else:
        options = {"quality": _QUALITY, "max_threads": 1} if kind == "AVIF" else {"quality": _QUALITY, "method": 4}
        image.save(out, kind, icc_profile=profile, exif=b"", **options)
    return out.getvalue()
