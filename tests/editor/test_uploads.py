"""What officers bring: pictures become fit to publish, other files pass the gates or are refused with a reason."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from jiyue.base.diagnostics import Severity
from jiyue.editor.model import Refused
from jiyue.editor.uploads import LONGEST, Upload, cropped, gates, refuse_errors, safe_name, taken_in
from jiyue.registry.load import load_registry
from tests.support.cluster import new_cluster


def photo(width: int, height: int, kind: str = "JPEG", **options: object) -> bytes:
    noise = np.random.default_rng(1).integers(0, 255, (height // 4, width // 4, 3), dtype=np.uint8)
    out = BytesIO()
    Image.fromarray(noise).resize((width, height), Image.Resampling.NEAREST).save(out, kind, **options)
    return out.getvalue()


def camera() -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera"  # to be turned by a quarter
    exif.get_ifd(0x8825).update({1: "N", 2: (43.0, 53.0, 0.0)})
    return photo(4800, 3600, exif=exif, quality=97)


def test_a_large_photo_becomes_upright_bounded_and_silent() -> None:
    data = camera()
    assert len(data) > 8_000_000
    made = taken_in(data, r"C:\照片\IMG 0001.JPEG")
    assert made.name == "IMG-0001.jpg" and made.size == (1800, LONGEST)
    assert made == taken_in(data, "IMG 0001.JPEG")
    image = Image.open(BytesIO(made.data))
    assert image.size == made.size and not image.getexif() and b"Camera" not in made.data
    assert len(made.data) < len(data) / 2


@pytest.mark.parametrize(
    ("kind", "name", "made"), [("PNG", "图一.png", "图一.png"), ("BMP", "扫描.bmp", "扫描.png"), ("WEBP", "a.b.WEBP", "a.b.webp"),
                               ("TIFF", "件.tif", "件.jpg"), ("GIF", "g.gif", "g.gif"), ("PNG", "假.jpg", "假.png")],
)  # fmt: skip
def test_pictures_of_other_formats(kind: str, name: str, made: str) -> None:
    one = taken_in(photo(400, 300, kind), name)
    assert (one.name, one.size) == (made, (400, 300))
    assert Image.open(BytesIO(one.data)).format in ("PNG", "JPEG", "WEBP", "GIF")


def test_a_light_picture_keeps_its_pixels() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    data = photo(400, 300, exif=exif)
    made = taken_in(data, "a.jpg")
    assert b"Camera" not in made.data
    assert Image.open(BytesIO(made.data)).tobytes() == Image.open(BytesIO(data)).tobytes()


@pytest.mark.parametrize(
    ("data", "name", "why"),
    [
        (b"\0\0\0\x18ftypheic\0\0", "IMG_1.HEIC", "HEIC 照片.*兼容性最佳"),
        (b"", "a.pdf", "是空的"),
        (b"\xff\xd8\xff\xe0broken", "a.jpg", "没有传完整"),
        (photo(400, 400)[:4000] , "大.jpg", "没有传完整"),
        (b"MZ", "a.exe", "不能发布；可以上传"),
        (b"<script>", "a.html", "不能发布"),
        (b"x", "没有扩展名", "没有扩展名|不能发布"),
    ],
)  # fmt: skip
def test_what_cannot_be_published_is_refused_with_a_reason(data: bytes, name: str, why: str) -> None:
    with pytest.raises(Refused, match=why) as refused:
        one = taken_in(data, name)
        cropped(one.data, name, (0, 0, 100, 100))
    assert refused.value.status in (413, 415)


def test_a_picture_is_cropped_by_four_numbers() -> None:
    data = photo(400, 300, "PNG")
    part = Image.open(BytesIO(cropped(data, "a.png", (100, 50, 200, 150))))
    assert part.size == (200, 150)
    assert part.tobytes() == Image.open(BytesIO(data)).crop((100, 50, 300, 200)).tobytes()
    for box in ((300, 0, 200, 100), (-1, 0, 20, 20), (0, 0, 5, 5)):
        with pytest.raises(Refused, match="不在图片里（宽 400、高 300 像素）"):
            cropped(data, "a.png", box)


@pytest.mark.parametrize(
    ("name", "taken", "made"),
    [
        ("../../etc/附件 1.PDF", (), "附件-1.pdf"),
        ("附件1：名单（终稿）.docx", (), "附件1-名单（终稿）.docx"),
        ("a.pdf", ("A.PDF", "a-2.pdf"), "a-3.pdf"),
        ("\u202egpj.exe.png", (), "gpj.exe.png"),
        ("con.pdf", (), "文件-con.pdf"),
        ("letters.csv", (), "文件-letters.csv"),
        ("图.jpg.480.webp", (), "文件-图-jpg-480.webp"),
        ("???.pdf", (), "文件.pdf"),
        ("长" * 200 + ".pdf", (), "长" * 60 + ".pdf"),
    ],
)
def test_names_are_made_safe_and_unique(name: str, taken: tuple[str, ...], made: str) -> None:
    assert safe_name(name, taken) == made


def test_the_gates_of_check_stand_before_the_article(tmp_path: Path) -> None:
    root = tmp_path
    new_cluster(root, {})
    registry = load_registry(root)
    site = registry.sites["jilin"]
    files = [
        Upload("名单.csv", "姓名,证件号\n甲,22010219900307123X\n".encode()),
        Upload("机密★.txt", "内容".encode()),
        Upload("a.pdf", b"no pdf"),
        Upload("说明.txt", "说明".encode()),
    ]
    found = gates(root, site, registry.cluster, "tzgg", files, "2026-11-28")
    errors = {one.path.rpartition("/")[2] for one in found if one.severity is Severity.ERROR}
    assert {"a.pdf", "机密★.txt"} <= errors and "说明.txt" not in errors
    with pytest.raises(Refused, match=r"没有上传。(?s:.*)\n「a.pdf」内容不是 .pdf 文件"):
        refuse_errors(found)
    assert not list((root / "content").rglob("*.csv"))
