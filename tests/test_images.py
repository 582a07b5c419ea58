"""Published pictures: without metadata, upright, with smaller variants where useful, reproducible."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from jiyue.base.picture_files import is_whole
from jiyue.base.verified_read import Changed, digest
from jiyue.render.postprocess import postprocess
from jiyue.render.theme import images
from jiyue.render.theme.images import Picture, Pictures, strip, widths
from tests.support.cases import case_cluster
from tests.support.page_kinds import picture


def with_notes(kind: str, orientation: int = 1) -> bytes:
    """A picture that says where and with what it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "CAMERA-MAKER"
    exif[0x0112] = orientation
    exif.get_ifd(0x8825)[2] = (43.0, 53.0, 1.0)
    return picture(kind, (90, 60), exif=exif, **({"comment": b"CAMERA-MAKER"} if kind == "jpeg" else {}))


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif"])
def test_what_the_camera_wrote_is_gone_and_the_pixels_stay(kind: str) -> None:
    before = with_notes(kind)
    assert b"CAMERA-MAKER" in before
    after = strip(before)
    assert b"CAMERA-MAKER" not in after
    with Image.open(BytesIO(before)) as old, Image.open(BytesIO(after)) as new:
        assert not new.getexif()
        assert new.size == old.size
        if kind != "avif":  # that one is encoded again
            assert new.tobytes() == old.tobytes()
    assert strip(after) == after


def test_a_turned_picture_stays_upright() -> None:
    with Image.open(BytesIO(strip(with_notes("jpeg", 6)))) as image:
        assert dict(image.getexif()) == {0x0112: 6}


def test_what_stands_behind_the_end_of_a_photo_is_cut() -> None:
    photo = picture("jpeg", (90, 60))
    assert strip(photo + b"CAMERA-MAKER") == strip(photo)


@given(st.binary(max_size=200))
def test_stripping_never_fails(data: bytes) -> None:
    for head in (b"", b"\xff\xd8\xff\xe1", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"\0\0\0\0ftypavif", b"GIF89a"):
        strip(head + data)
        is_whole(head + data)


@given(st.integers(1, 6000))
def test_widths_rise_and_never_enlarge(width: int) -> None:
    found = widths(width)
    assert found == sorted(set(found))
    assert found[-1] == min(width, 1280)


def test_a_picture_is_encoded_once_and_alike(tmp_path: Path) -> None:
    source = tmp_path / "a.jpg"
    source.write_bytes(picture("jpeg", (900, 450)))
    first, second = Pictures(tmp_path / "one"), Pictures(tmp_path / "two")
    known = digest(source.read_bytes())
    facts = first.facts(source, known)
    assert facts == second.facts(source, known)
    assert facts is not None
    assert (facts.width, facts.height) == (900, 450)
    assert facts.variants
    for kind, found in facts.variants.items():
        for width in found:
            data = first.variant(source, known, width, kind)
            assert data == second.variant(source, known, width, kind)
            assert len(data) < source.stat().st_size
            with Image.open(BytesIO(data)) as image:
                assert image.size == (width, width // 2)
    source.unlink()
    assert Pictures(tmp_path / "one").facts(source, known) == facts, "it was not kept"


def test_a_variant_that_is_lost_is_made_again(tmp_path: Path) -> None:
    source = tmp_path / "a.jpg"
    source.write_bytes(picture("jpeg", (900, 450)))
    images = Pictures(tmp_path)
    known = digest(source.read_bytes())
    images.facts(source, known)
    data = images.variant(source, known, 480, "webp")
    for kept in (tmp_path / ".jiyue").rglob("*.webp"):
        kept.unlink()
    assert images.variant(source, known, 480, "webp") == data
    source.write_bytes(picture("jpeg", (30, 30)))
    for kept in (tmp_path / ".jiyue").rglob("*.webp"):
        kept.unlink()
    with pytest.raises(Changed):
        images.variant(source, known, 480, "webp")


@pytest.mark.parametrize("name", ["a.txt", "a.gif", "broken.png"])
def test_what_is_no_picture_has_no_variants(tmp_path: Path, name: str) -> None:
    source = tmp_path / name
    source.write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    assert Pictures(tmp_path).facts(source, digest(source.read_bytes())) is None


def test_a_dressed_picture_names_its_variants_and_a_lone_one_is_a_figure() -> None:
    html = '<p><img alt="甲" src="a%20b.png" title="图一"></p>\n<p>文<img alt="乙" src="c.png">字</p>'
    found = postprocess(html, "yw", {"yw/a b.png": [900, 300, {"webp": [480, 900]}]})
    assert found == (
        '<figure><picture><source type="image/webp" srcset="a%20b.png.480.webp 480w, a%20b.png.900.webp 900w" '
        'sizes="(min-width: 48rem) 44rem, 100vw"><img src="a%20b.png" alt="甲" width="900" height="300" loading="lazy" '
        'decoding="async"></picture><figcaption>图一</figcaption></figure>\n'
        '<p>文<img src="c.png" alt="乙" loading="lazy" decoding="async">字</p>'
    )


@pytest.mark.parametrize(
    ("html", "signed"),
    [
        ("<p>文。</p>\n<p>某某局</p>\n<p>2026年1月9日</p>", 2),
        ("<p>文。</p>\n<p>2026年1月9日</p>", 1),
        ("<p>某某局<br>\n2026年1月9日</p>\n<p>附件</p>", 2),
        ("<p>会议于2026年1月9日</p>\n<p>召开。</p>", 0),
        ("<p>自即日起施行，有效期至</p>\n<p>2026年1月9日</p>\n<p>止。</p>", 0),
    ],
)
def test_the_signature_is_set_right(html: str, signed: int) -> None:
    assert postprocess(html, "", {}).count('class="signed"') == signed


@settings(max_examples=50)
@given(st.text(alphabet='<p>/2026年1月9日\n img="src', max_size=80))
def test_dressing_never_fails(html: str) -> None:
    postprocess(html, "yw", {})


# Behind the end, and between the parts


def positioned(kind: str = "jpeg") -> bytes:
    """A photo that says where it was taken."""
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (43.0, 53.0, 1.0), 3: "E", 4: (125.0, 19.0, 0.0)})
    return picture(kind, (40, 30), exif=exif)


TAILS = {
    "a second photo": positioned(),
    "a position and an end": b"\xff\xe1 43.88,125.3 \xff\xd9",
    "an archive": b"PK\x03\x04 names \xff\xd9 IEND\xae\x42\x60\x82",
    "a film": b"\0\0\0\x18ftypmp42\0\0\0\0\xa9xyz+43.88+125.3/",
    "one byte": b"\xd9",
}


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "gif"])
def test_nothing_behind_a_pictures_end_is_published(kind: str, tail: str) -> None:
    alone = picture(kind, (90, 60))
    assert strip(alone + TAILS[tail]) == strip(alone)
    with Image.open(BytesIO(strip(alone + TAILS[tail]))) as image:
        image.load()
        assert image.size == (90, 60)


def test_notes_between_the_scans_of_a_progressive_photo_go() -> None:
    photo = picture("jpeg", (90, 60), progressive=True)
    second = photo.index(b"\xff\xda", photo.index(b"\xff\xda") + 2)
    said = photo[:second] + b"\xff\xfe\0\x10CAMERA-MAKER\0\0" + photo[second:]
    assert strip(said) == strip(photo)


def test_the_list_of_further_photos_and_a_thumbnail_go() -> None:
    photo = picture("jpeg", (90, 60))
    further = b"\xff\xe2\0\x10MPF\0CAMERAXXXX"
    jfif = b"\xff\xe0\0\x13JFIF\0\1\1\0\0\1\0\1\1\1RGB"
    assert strip(photo[:2] + jfif + further + photo[20:]) == strip(photo)


def test_a_moving_picture_goes_on_moving_without_its_comment() -> None:
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "green", "blue")]
    out = BytesIO()
    frames[0].save(out, "gif", save_all=True, append_images=frames[1:], loop=0, duration=90, comment=b"CAMERA-MAKER")
    after = strip(out.getvalue())
    assert b"CAMERA-MAKER" in out.getvalue()
    assert b"CAMERA-MAKER" not in after
    with Image.open(BytesIO(after)) as image:
        assert (image.n_frames, image.info["loop"], image.info["duration"]) == (3, 0, 90)


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("kind", ["png", "webp"])
def test_a_picture_on_its_side_is_turned_upright(kind: str, orientation: int) -> None:
    plain = Image.new("RGB", (40, 20), "white")
    plain.paste("red", (0, 0, 10, 10))
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = BytesIO()
    plain.save(out, kind, exif=exif, lossless=True)
    with Image.open(BytesIO(out.getvalue())) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    with Image.open(BytesIO(strip(out.getvalue()))) as image:
        assert not image.getexif()
        assert image.convert("RGB").tobytes() == upright.tobytes()
    assert strip(out.getvalue()) == strip(out.getvalue())


# What an encoder can't do


def facts_of(tmp_path: Path, name: str, data: bytes) -> Picture | None:
    source = tmp_path / name
    source.write_bytes(data)
    return Pictures(tmp_path / "store").facts(source, digest(data))


def middle_row(data: bytes) -> list[int]:
    with Image.open(BytesIO(data)) as image:
        grey = image.convert("L")
        return [int(grey.getpixel((x, grey.height // 2))) for x in range(0, grey.width, 16)]


def test_a_ramp_of_16_bits_stays_one(tmp_path: Path) -> None:
    ramp = Image.new("I;16", (900, 600))
    ramp.putdata([x * 65535 // 899 for _ in range(600) for x in range(900)])
    out = BytesIO()
    ramp.save(out, "PNG", compress_level=0)
    found = facts_of(tmp_path, "a.png", out.getvalue())
    assert found
    assert set(found.variants) == {"avif", "webp"}
    for kind, some in found.variants.items():
        for width in some:
            row = middle_row(
                Pictures(tmp_path / "store").variant(tmp_path / "a.png", digest(out.getvalue()), width, kind)
            )
            assert row == sorted(row)
            assert (row[0] < 8, row[-1] > 235) == (True, True)


def ink_profile() -> bytes:
    """A profile (ICC.1, `lut8Type`) in which every ink is the same deep red, and paper white: by it a cyan photo is red."""
    white, red = bytes((255, 128, 128)), bytes((110, 200, 180))
    table = b"".join(red if node else white for node in range(16))
    identity = b"".join(struct.pack(">i", 65536 if at % 4 == 0 else 0) for at in range(9))
    ramp = bytes(range(256))
    lut = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + identity + ramp * 4 + table + ramp * 3
    point = b"XYZ \0\0\0\0" + struct.pack(">3i", 0xF6D6, 0x10000, 0xD32D)
    tags = struct.pack(">I", 2) + b"A2B0" + struct.pack(">2I", 156, len(lut)) + b"wtpt"
    tags += struct.pack(">2I", 156 + len(lut) + -len(lut) % 4, len(point))
    body = tags + lut + b"\0" * (-len(lut) % 4) + point
    head = struct.pack(">I4sI4s4s4s", 128 + len(body), b"\0" * 4, 0x02400000, b"prtr", b"CMYK", b"Lab ")
    head += b"\0" * 12 + b"acsp" + b"\0" * 28 + struct.pack(">3i", 0xF6D6, 0x10000, 0xD32D)
    return head.ljust(128, b"\0") + body


def test_the_inks_of_a_photo_are_read_by_its_profile(tmp_path: Path) -> None:
    out = BytesIO()
    noise = Image.effect_noise((900, 600), 20)
    Image.merge("CMYK", (Image.new("L", (900, 600), 255), *[Image.new("L", (900, 600), 0)] * 3)).save(
        out, "JPEG", quality=100, icc_profile=ink_profile(), comment=noise.tobytes()[:60000]
    )
    found = facts_of(tmp_path, "a.jpg", out.getvalue())
    assert found
    assert found.variants
    data = Pictures(tmp_path / "store").variant(tmp_path / "a.jpg", digest(out.getvalue()), 480, "webp")
    with Image.open(BytesIO(data)) as image:
        assert "icc_profile" not in image.info
        red, green, blue = image.convert("RGB").getpixel((100, 100))
    assert red > green + 60
    assert red > blue + 60


@pytest.mark.parametrize("profile", [b"nonsense", ink_profile()])
def test_a_profile_that_does_not_fit_is_left_out(tmp_path: Path, profile: bytes) -> None:
    data = picture("jpeg", (900, 450), icc_profile=profile)
    found = facts_of(tmp_path, "a.jpg", data)
    assert found
    with Image.open(
        BytesIO(Pictures(tmp_path / "store").variant(tmp_path / "a.jpg", digest(data), 480, "webp"))
    ) as image:
        assert "icc_profile" not in image.info


def test_a_picture_too_tall_for_webp_has_its_other_variants(tmp_path: Path) -> None:
    out = BytesIO()
    Image.effect_noise((60, 17000), 90).convert("RGB").save(out, "PNG")
    found = facts_of(tmp_path, "a.png", out.getvalue())
    assert found
    assert found.variants == {"avif": [60]}


def test_an_encoder_that_fails_leaves_out_its_variant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(image: object, width: int, kind: str) -> bytes:
        raise OSError

    monkeypatch.setattr(images, "encode", failing)
    found = facts_of(tmp_path, "a.jpg", picture("jpeg", (900, 450)))
    assert found == Picture(900, 450, {})


@pytest.mark.parametrize("kind", ["jpeg", "png", "gif", "webp"])
@given(cut=st.integers(0, 400))
def test_a_picture_without_its_end_is_known(kind: str, cut: int) -> None:
    data = picture(kind, (90, 60))
    assert is_whole(data)
    assert is_whole(data[: len(data) - cut]) == (cut == 0 or not data[: len(data) - cut][:4])
    strip(data[: len(data) - cut])


@pytest.mark.parametrize("name", ["29", "30", "59"])
def test_the_cases_are_published_as_they_should(tmp_path: Path, name: str) -> None:
    folder = case_cluster(name, tmp_path)
    built = folder.build()
    assert not [d for d in built.diagnostics if d["severity"] == "error"]
    found = {
        path: data for path, data in built.files().items() if path.startswith("cc/tzgg/") and not path.endswith(".html")
    }
    if name == "29":
        rows = [middle_row(data) for path, data in found.items() if path.startswith("cc/tzgg/g.png.")]
        assert rows
        assert all(row == sorted(row) and row[-1] > row[0] + 200 for row in rows)
    elif name == "30":
        assert sum(path.endswith(".jpg") for path in found) == 3
        for path, data in found.items():
            if path.endswith(".jpg"):
                assert data.count(b"\xff\xd8\xff") == 1
                assert data.endswith(b"\xff\xd9")
                assert b"GPS" not in data
    else:
        with Image.open(BytesIO(found["cc/tzgg/p.webp"])) as image:
            assert (image.size, dict(image.getexif())) == ((200, 400), {})
