"""Makes the font of icons and posters, a subset of Noto Serif CJK (SIL OFL 1.1): GB/T 2312 and ASCII, without hints.

pip install fonttools; PYTHONPATH=. python tools/make_icon_font.py /usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc
"""

from __future__ import annotations

import sys

from fontTools import subset
from fontTools.ttLib import TTFont

from jiyue.base.glyphs import FONT, MORE

SIMPLIFIED = 2
"""The index of the collection's face for simplified Chinese."""


def characters() -> str:
    """What jiyue.base.glyphs.has_glyph() promises: GB/T 2312 (signs and Han characters), ASCII and a few more."""
    pairs = (bytes([row + 0xA0, cell + 0xA0]) for row in range(1, 88) for cell in range(1, 95))
    return "".join(pair.decode("gb2312", "ignore") for pair in pairs) + "".join(map(chr, range(32, 127))) + MORE


def main() -> None:
    """Write the font."""
    options = subset.Options(
        hinting=False, layout_features=[], name_IDs=[0, 1, 13, 14], notdef_outline=False, glyph_names=False
    )
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx"]
    font = TTFont(sys.argv[1], fontNumber=SIMPLIFIED, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=characters())
    subsetter.subset(font)
    font.save(FONT)
    print(f"{FONT}: {FONT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
