"""The numbers of automatic lists in office files: a value in one of the formats of ISO/IEC 29500-1 §17.18.59.

Where the standard leaves a format open, as Word writes it ([MS-DOCX] 2.4, [MS-OI29500] 2.1.540).
"""

from __future__ import annotations

from collections.abc import Callable

_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"


def counted(number: int, kind: str) -> str:
    """A number in a list's format; in decimal figures for a number that the format has no form for, and in unknown formats."""
    if kind == "none":
        return ""
    written = _FORMATS[kind](number) if kind in _FORMATS and number >= 0 else ""
    return written or str(number)


def is_known(kind: str) -> bool:
    """Whether numbers in a format come out as Word shows them."""
    return kind in _FORMATS


def _letters(alphabet: str) -> Callable[[int], str]:
    """a … z, aa, bb …"""
    size = len(alphabet)
    return lambda number: alphabet[(number - 1) % size] * ((number - 1) // size + 1) if 0 < number <= 30 * size else ""


def _cycle(alphabet: str) -> Callable[[int], str]:
    return lambda number: alphabet[(number - 1) % len(alphabet)] if number else ""


def _once(alphabet: str) -> Callable[[int], str]:
    return lambda number: alphabet[number - 1] if 0 < number <= len(alphabet) else ""


def _digits(figures: str) -> Callable[[int], str]:
    return lambda number: "".join(figures[int(digit)] for digit in str(number))


def _from(first: int, last: int) -> Callable[[int], str]:
    """The characters of Unicode from that for 1."""
    return lambda number: chr(first + number - 1) if 0 < number <= last else ""


def _circled(number: int) -> str:
    """① … ⑳ ㉑ … ㊿"""
    if number == 0:
        return "⓪"
    return chr(0x245F + number) if number <= 20 else chr(0x323C + number) if number <= 35 else _from(0x328D, 50)(number)


def _roman(number: int) -> str:
    if not 0 < number < 4000:
        return ""
    out = ""
    for value, sign in zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"),
        strict=True,
    ):
        out += sign * (number // value)
        number %= value
    return out


def _chinese(
    figures: str, units: str, *, ten: bool = True, ones: bool = True, gaps: bool = True
) -> Callable[[int], str]:
    """Numbers with units. ten: 十一, else 一十一; ones: 一百, else 百; gaps: 一百零一 with figures[0], else 一百一."""

    def write(number: int) -> str:
        if number >= 10000:
            return ""
        out = gap = ""
        for unit, digit in zip(f"{units} ", f"{number:04}", strict=True):
            if digit == "0":
                gap = figures[0] if out and gaps else ""
                continue
            out += gap + ("" if digit == "1" and unit != " " and not ones else figures[int(digit)]) + unit.strip()
            gap = ""
        if ten and 10 <= number < 20:
            out = out.removeprefix(figures[1])
        return out or figures[0]

    return write


def _until_ten(counting: Callable[[int], str], digits: Callable[[int], str]) -> Callable[[int], str]:
    """As counting below a hundred, from there on figure by figure: 九十九, 一○○."""
    return lambda number: counting(number) if number < 100 else digits(number)


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


_HAN = "零一二三四五六七八九"
_THOUSAND = _chinese(_HAN, "千百十")
_HUNDRED = _until_ten(_THOUSAND, _digits("○一二三四五六七八九"))

_FORMATS: dict[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalHalfWidth": str,
    "decimalZero": lambda number: f"{number:02}",
    "decimalFullWidth": _digits("０１２３４５６７８９"),
    "decimalFullWidth2": _digits("０１２３４５６７８９"),
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "decimalEnclosedParen": _from(0x2474, 20),
    "decimalEnclosedFullstop": _from(0x2488, 20),
    "numberInDash": lambda number: f"- {number} -",
    "hex": lambda number: f"{number:X}",
    "ordinal": _ordinal,
    "chicago": _letters("*†‡§"),
    "upperLetter": _letters("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "lowerLetter": _letters("abcdefghijklmnopqrstuvwxyz"),
    "upperRoman": _roman,
    "lowerRoman": lambda number: _roman(number).lower(),
    "chineseCounting": _HUNDRED,
    "taiwaneseCounting": _HUNDRED,
    "chineseCountingThousand": _THOUSAND,
    "taiwaneseCountingThousand": _THOUSAND,
    "japaneseCounting": _chinese("〇一二三四五六七八九", "千百十", ones=False, gaps=False),
    "ideographDigital": _digits("〇一二三四五六七八九"),
    "japaneseDigitalTenThousand": _digits("〇一二三四五六七八九"),
    "taiwaneseDigital": _digits("○一二三四五六七八九"),
    "chineseLegalSimplified": _chinese("零壹贰叁肆伍陆柒捌玖", "仟佰拾", ten=False),
    "ideographLegalTraditional": _chinese("零壹貳參肆伍陸柒捌玖", "仟佰拾", ten=False),
    "japaneseLegal": _chinese("零壱弐参四伍六七八九", "阡百拾", ten=False),
    "ideographTraditional": _once(_STEMS),
    "ideographZodiac": _once(_BRANCHES),
    "ideographZodiacTraditional": lambda number: _cycle(_STEMS)(number) + _cycle(_BRANCHES)(number) if number else "",
    "ideographEnclosedCircle": _from(0x3220, 10),
    "none": lambda number: "",
}
