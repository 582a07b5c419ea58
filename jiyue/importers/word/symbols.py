"""Characters of symbol fonts (Wingdings, Symbol …) as those of Unicode that look the same."""

from __future__ import annotations

_FIRST, _LAST = 0xF000, 0xF0FF
"""Where Word keeps the characters of symbol fonts (ISO/IEC 29500-1 §17.3.3.30)."""
_COMMON = {
    ("Wingdings", 0xFE): "☑", ("Wingdings", 0xFD): "☒", ("Wingdings", 0xA8): "☐", ("Wingdings", 0x6F): "☐",
    ("Wingdings", 0xFC): "✓", ("Wingdings", 0xFB): "✗", ("Wingdings", 0x6C): "●", ("Wingdings", 0x6E): "■",
    ("Wingdings", 0x75): "◆", ("Wingdings", 0xD8): "➢", ("Wingdings 2", 0x52): "☑", ("Wingdings 2", 0xA3): "☐",
    ("Wingdings 2", 0x50): "✓", ("Symbol", 0xB7): "•",
}  # fmt: skip
"""What forms are made of, as characters that the fonts of readers have."""


def symbol(font: str, code: str) -> str:
    """The character of a symbol; '' if there is none, or none is known."""
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    return _known(font, number)


def in_font(text: str, font: str) -> str:
    """Words in a font, with its symbols replaced where they are known."""
    return "".join((_known(font, ord(one)) or one) if _FIRST <= ord(one) <= _LAST else one for one in text)


def unknown(text: str) -> str:
    """The characters that no font of readers has."""
    return "".join(one for one in text if "\ue000" <= one <= "\uf8ff")


def _known(font: str, number: int) -> str:
    from mammoth.docx.dingbats import dingbats  # noqa: PLC0415  (a thousand rows, few documents have symbols)

    low = number - _FIRST if _FIRST <= number <= _LAST else number
    if (font, low) in _COMMON:
        return _COMMON[font, low]
    found = dingbats.get((font, number)) or dingbats.get((font, low))
    if found:
        return chr(found)
    return "" if _FIRST <= number <= _LAST or not 0x20 <= number < 0xD800 else chr(number)
