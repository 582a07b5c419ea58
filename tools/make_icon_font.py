"""Makes the icons' font, a subset of Noto Serif CJK (SIL OFL 1.1): the 6,763 characters of GB/T 2312, without hints.

pip install fonttools; python tools/make_icon_font.py /usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FONT = Path(__file__).parents[1] / "jiyue" / "fonts" / "NotoSerifSC-Bold-GB2312.otf"
SIMPLIFIED = 2
"""The index of the collection's face for simplified Chinese."""


def characters() -> str:
    """The Han characters of GB/T 2312, rows 16 to 87."""
    pairs = (bytes([row + 0xA0, cell + 0xA0]) for row in range(16, 88) for cell in range(1, 95))
    return "".join(pair.decode("gb2312", "ignore") for pair in pairs)


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
