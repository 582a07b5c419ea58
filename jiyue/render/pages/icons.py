"""Draws a site's icons from its name: an SVG for browser tabs, PNGs for home screens.

The SVG shows one character in the reader's own font. The PNGs must not depend on the machine's fonts: they show two
characters in the font shipped with this package (Noto Serif SC Bold, the characters of GB/T 2312; SIL OFL 1.1).
"""

from __future__ import annotations

from html import escape
from io import BytesIO

from jiyue.base.glyphs import FONT

SIZES = (192, 512)
"""Sizes of the PNGs in pixels, as required for web app manifests."""
SERIF = "STZhongsong,Songti SC,Noto Serif CJK SC,SimSun,serif"


def letters(name: str, most: int) -> str:
    """The characters of an icon, from a short name: 省教育厅 -> 教育; of a name in another script its first letter."""
    han = [character for character in name if _drawn(character)]
    if len(han) > 2 and han[0] in "省市州县区":
        han = han[1:]
    return "".join(han[:most]) or name.strip()[:1].upper()


def _drawn(character: str) -> bool:
    """Whether the font has a character."""
    try:
        return "\u4e00" <= character <= "\u9fff" and len(character.encode("gb2312")) == 2
    except UnicodeEncodeError:
        return False


def svg(name: str, colour: str) -> str:
    """One character on a square of the site's colour."""
    text = (
        f'<text x="32" y="34" font-family="{SERIF}" font-weight="700" font-size="42" fill="#fff"'
        f' text-anchor="middle" dominant-baseline="central">{escape(letters(name, 1))}</text>'
    )
    square = f'<rect width="64" height="64" rx="8" fill="{colour}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">{square}{text}</svg>\n'


def png(name: str, colour: str, size: int) -> bytes:
    """Two characters on a square of the site's colour, within the middle 80 %, so that a system may round the corners."""
    from PIL import Image, ImageColor, ImageDraw, ImageFont  # noqa: PLC0415  (PIL: 8 ms, icons rarely change)

    shown = letters(name, 2)
    side = size * (0.38 if len(shown) > 1 else 0.6)
    han = _drawn(shown[:1])
    # the basic layout, because the other one depends on libraries of the machine
    basic = ImageFont.Layout.BASIC
    font = ImageFont.truetype(FONT, side, layout_engine=basic) if han else ImageFont.load_default(side)
    white = Image.new("L", (size, size))
    draw = ImageDraw.Draw(white)
    left, top, right, bottom = draw.textbbox((0, 0), shown, font)
    draw.text(((size - left - right) / 2, (size - top - bottom) / 2), shown, 255, font)
    # sixteen shades from the colour to white: half a byte per pixel
    image = white.point([round(level / 17) for level in range(256)])
    ground = ImageColor.getrgb(colour)
    image.putpalette([part + round((255 - part) * step / 15) for step in range(16) for part in ground[:3]])
    out = BytesIO()
    image.save(out, "png")
    return out.getvalue()
