"""One look at a text decides which rules on words have to read it: a clean one costs microseconds.

The look goes over the bytes of a text twice. An Aho–Corasick automaton finds the literals without which a rule can't match
(declared beside the rule), and a translation that leaves digits, Latin letters and one mark for each Chinese character tells
whether as many digits stand together as a person's number has. What the look names may be there; what it does not, is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from jiyue.checks.text import NAMED

MARKINGS, NUMBERS, ADDRESSES, NUMERALS, TERMS, DOCUMENT_NUMBERS, PUNCTUATION = (1 << n for n in range(7))
"""Families of rules, to be put together by `|`."""

GAPS = " \t\u3000\u00a0*_~`\\"
"""What may stand inside a word without parting it for a reader: spaces, and the marks of Markdown."""

_BREAKS = b" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f-_.,/\\|:*~`'\"()[]>"
_HAN = range(0xE4, 0xEE)
"""First bytes of Chinese and Korean characters in UTF-8."""
_OTHERS = bytes(set(range(0x80, 0x100)) - set(_HAN)) + _BREAKS
_PLAIN = bytes.maketrans(b"123456789" + bytes(_HAN), b"0" * 9 + b"x" * len(_HAN))
_SHAPED = bytes.maketrans(b"23456789" + bytes(_HAN), b"0" + b"3" * 7 + b"x" * len(_HAN))
_NUMBER = re.compile(rb"13[013]{9}|[013]{15}")
"""A mobile number, or as many digits as an ID or card number has, in the letters of _SHAPED: 1, 3 to 9 as 3, 0 and 2 as 0."""


def numbers_may_be_in(data: bytes) -> bool:
    """Whether plain digits stand together, breaks left out, as in a number of a person."""
    return b"0" * 11 in data.translate(_PLAIN, _OTHERS) and _NUMBER.search(data.translate(_SHAPED, _OTHERS)) is not None


def _odd() -> list[bytes]:
    """What makes a text look other than it is written: tags, entities, invisible characters, digits of other scripts.

    First bytes of rare scripts stand for all their characters; a common script is cut finer.
    """
    leads = [0xCC, 0xCD, 0xD8, 0xD9, 0xDB, 0xDF, 0xE0, 0xE1, 0xF0, 0xF3]
    dots = [bytes([0xE2, 0x80, last]) for last in (*range(0x80, 0x90), *range(0xA8, 0xB0))]
    blanks = [
        b"\xe2\x83",
        b"\xe2\xa0\x80",
        b"\xe3\x85\xa4",
        b"\xef\xbe\xa0",
        b"\xef\xbf\xb9",
        b"\xef\xbf\xba",
        b"\xef\xbf\xbb",
    ]
    pairs = [b"\xc2\xad", b"\xe2\x81", b"\xe2\xba", b"\xe2\xbb", b"\xe2\xbc", b"\xe2\xbd", b"\xe2\xbe", b"\xe2\xbf"]
    digits = [b"\xea\x98", b"\xea\xa3", b"\xea\xa4", b"\xea\xa7", b"\xea\xa9", b"\xea\xaf", b"\xef\xbc\x90"]
    wide = [b"\xef\xa4", b"\xef\xa5", b"\xef\xa6", b"\xef\xa7", b"\xef\xa8", b"\xef\xa9", b"\xef\xb8", b"\xef\xbb\xbf"]
    full = [bytes([0xEF, 0xBC, last]) for last in range(0x91, 0x9A)]
    return [
        b"<",
        b"&#",
        *(f"&{name};".encode() for name in NAMED),
        *(bytes([lead]) for lead in leads),
        *dots,
        *blanks,
        *pairs,
        *digits,
        *wide,
        *full,
    ]


def parted(words: Iterable[str]) -> list[str]:
    """Literals that find words and whatever begins like one and goes on after a gap: 「内部」, 「内 」, 「内*」 …"""
    literals = []
    for word in words:
        literals.append(word)
        literals += [word[:end] + gap for end in range(1, len(word)) for gap in GAPS]
    return literals


class Look:
    """The look for given literals of each family; `look(data)` is the families that may find something in UTF-8 bytes."""

    def __init__(self, literals: Mapping[int, Iterable[str | bytes]], many: bool = False) -> None:
        import ahocorasick_rs as ac  # noqa: PLC0415

        families: dict[bytes, int] = dict.fromkeys(_odd(), MARKINGS | NUMBERS)
        for family, words in literals.items():
            for word in words:
                raw = word.encode("utf-8", "surrogatepass") if isinstance(word, str) else word
                families[raw] = families.get(raw, 0) | family
        kind = ac.Implementation.ContiguousNFA if many else ac.Implementation.DFA
        self._families = list(families.values())
        self._find = ac.BytesAhoCorasick(list(families), implementation=kind).find_matches_as_indexes

    def __call__(self, data: bytes) -> int:
        found = NUMBERS if numbers_may_be_in(data) else 0
        for index, _, _ in self._find(data, overlapping=True):
            found |= self._families[index]
        return found
