"""Pictures as they are published: nothing of the camera's, upright, smaller where it helps, the same bytes every time."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from jiyue.pictures import Pictures, strip, widths
from jiyue.render.dress import dress
from jiyue.sources import Changed, digest
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
    for head in (b"", b"\xff\xd8\xff\xe1", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"\0\0\0\0ftypavif"):
        strip(head + data)


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
    pictures = Pictures(tmp_path)
    known = digest(source.read_bytes())
    pictures.facts(source, known)
    data = pictures.variant(source, known, 480, "webp")
    for kept in (tmp_path / ".jiyue").rglob("*.webp"):
        kept.unlink()
    assert pictures.variant(source, known, 480, "webp") == data
    source.write_bytes(picture("jpeg", (30, 30)))
    for kept in (tmp_path / ".jiyue").rglob("*.webp"):
        kept.unlink()
    with pytest.raises(Changed):
        pictures.variant(source, known, 480, "webp")


@pytest.mark.parametrize("name", ["a.txt", "a.gif", "broken.png"])
def test_what_is_no_picture_has_no_variants(tmp_path: Path, name: str) -> None:
    source = tmp_path / name
    source.write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    assert Pictures(tmp_path).facts(source, digest(source.read_bytes())) is None


def test_a_dressed_picture_names_its_variants_and_a_lone_one_is_a_figure() -> None:
    html = '<p><img alt="甲" src="a%20b.png" title="图一"></p>\n<p>文<img alt="乙" src="c.png">字</p>'
    found = dress(html, "yw", {"yw/a b.png": [900, 300, {"webp": [480, 900]}]})
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
    assert dress(html, "", {}).count('class="signed"') == signed


@settings(max_examples=50)
@given(st.text(alphabet='<p>/2026年1月9日\n img="src', max_size=80))
def test_dressing_never_fails(html: str) -> None:
    dress(html, "yw", {})
