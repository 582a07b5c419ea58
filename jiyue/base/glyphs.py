"""The font shipped with this package, and which characters it has: Noto Serif SC Bold (SIL OFL 1.1), cut by tools/make_icon_font.py.

What is drawn with it (icons, posters) doesn't depend on the fonts of a machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

FONT = Path(__file__).parents[1] / "fonts" / "NotoSerifSC-Bold-GB2312.otf"
MORE = "—·～〇•–−㎡㎞㎏㎎㎝㎜"
"""What it has besides GB/T 2312 and ASCII; the dash and the dot that Python reads GB/T 2312 as are others than those in use."""


def has_glyph(character: str) -> bool:
    """Whether the font has a character (of Han characters those of GB/T 2312)."""
    if character in MORE or (character.isascii() and character.isprintable()):
        return True
    try:
        return len(character.encode("gb2312")) == 2
    except UnicodeEncodeError:
        return False


def missing(texts: Iterable[str]) -> str:
    """The characters of some texts that the font lacks, each once."""
    return "".join(dict.fromkeys(c for text in texts for c in text if not c.isspace() and not has_glyph(c)))
