"""Numbers of persons in a text: which digits belong together, and whether they have the form of such a number."""

from __future__ import annotations

import bisect
import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from jiyue.patterns import pattern

SPACE = r"\s\u00a0\u2000-\u200a\u3000"
BREAK = rf"[{SPACE}\-‐‑‒–—―−－_.·•・．,，、/\\|:*~`'\"()（）\[\]]"
"""What may stand between two digits of one number. Whether it may there is decided by the form of the whole."""
_LONGEST = 400
"""Digits that are looked at together; a longer run is read in parts that overlap."""
RUN = pattern(rf"\d(?:{BREAK}{{0,8}}\d){{10,{_LONGEST}}}(?:{BREAK}?[Xx×Ｘｘ](?![A-Za-z0-9]))?")
_GROUP = pattern(r"\d+[Xx×Ｘｘ]?")
_REGIONS_NAMES = """
11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83
"""
_REGIONS = frozenset(_REGIONS_NAMES.split())
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_OLDEST, _NEWEST = 1895, 2100


@dataclass(frozen=True, slots=True)
class Number:
    """Consecutive groups of digits that may be one number: plain digits, where they stand, how they are divided."""

    digits: str
    start: int
    end: int
    groups: tuple[int, ...]
    breaks: tuple[str, ...] = ()
    alone: bool = True
    """Whether other digits next to it, if any, are divided from it in another way than its groups from each other."""

    @property
    def in_boxes(self) -> bool:
        """Whether each of its digits stands by itself, as in the boxes of a form, and no other digit stands with them."""
        return self.alone and max(self.groups) == 1

    @property
    def across_cells(self) -> bool:
        """Whether its groups stand in cells of a table, so that they may just be neighbours."""
        return any(_CELL_BORDER.search(gap) for gap in self.breaks)


_CELL_BORDER = pattern(rf"[\t|,，;；、\"]|[{SPACE}]{{2}}")
_ID_FIELDS = frozenset((6, 10, 12, 14, 17, 18))
"""Where the parts of a citizen number end: region, year, month, day, serial, check."""


def is_id_number(digits: str) -> bool:
    """Whether 18 characters are a possible citizen number: region, date of birth, check digit (GB 11643—1999)."""
    if len(digits) != 18 or digits[:2] not in _REGIONS or not _is_date(digits[6:14]):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits[:17], _WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == digits[17]


def is_old_id_number(digits: str) -> bool:
    """Whether 15 digits have the form of a citizen number before 1999 (no check digit, so a word must stand near)."""
    return len(digits) == 15 and digits.isdecimal() and digits[:2] in _REGIONS and _is_date("19" + digits[6:12])


def is_card_number(digits: str) -> bool:
    """Whether 16 to 19 digits can be a payment card: a card scheme's first digits, and Luhn's check."""
    if not (16 <= len(digits) <= 19 and digits.isdecimal()) or digits[0] not in "34569":
        return False
    double = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
    total = sum(double[int(d)] if i % 2 else int(d) for i, d in enumerate(reversed(digits)))
    return total % 10 == 0


def id_in(number: Number) -> bool:
    """Whether a number, as it is divided, is a citizen number. Cells must be divided where its parts are."""
    if not is_id_number(number.digits):
        return False
    return not number.across_cells or set(accumulate(number.groups)) <= _ID_FIELDS or number.in_boxes


def card_in(number: Number) -> bool:
    """Whether a number, as it is divided, can be a payment card."""
    sizes = number.groups
    fours = all(size == 4 for size in sizes[:-1]) or number.in_boxes or sizes in ((6, 13), (6, 10), (8, 11), (8, 8))
    return len(set(number.breaks)) <= 1 and (len(sizes) == 1 or fours) and is_card_number(number.digits)


_PHONE_SHAPES = frozenset(
    [(3, 4, 4), (3, 8), (7, 4), (3, 3, 5), (4, 4, 3), (5, 6), (4, 7), (6, 5), (3, 2, 2, 2, 2), (3, 4, 2, 2), (1,) * 11]
)
_PHONE_BREAK = pattern(rf"[{SPACE}\-‐‑‒–—―−－_.·•・．*~`]{{1,4}}|<[^<>]*>")
_YEAR = pattern(r"(?:19|20)\d\d")


def mobile_in(number: Number, *, called: bool) -> str:
    """The eleven digits of a mobile number, an empty string where it is none. called: a word like 电话 stands near.

    Undivided, the form is enough. Divided, it has to be divided as people do, and not be a row of figures.
    """
    digits, groups = number.digits, number.groups
    for prefix in ("0086", "86", "0"):
        if len(digits) == 11 + len(prefix) and digits.startswith(prefix + "1") and groups[0] > 1:
            digits = digits[len(prefix) :]
            groups = groups[1:] if groups[0] == len(prefix) else (groups[0] - len(prefix), *groups[1:])
            break
    if not re.fullmatch(r"1[3-9]\d{9}", digits):
        return ""
    return digits if len(number.groups) == 1 or _divided_like_a_phone(digits, groups, number, called) else ""


def _divided_like_a_phone(digits: str, groups: tuple[int, ...], number: Number, called: bool) -> bool:
    if groups[0] == 8 and _is_date(digits[:8]):
        return False  # 「19860312-405」: a file of that day
    if number.across_cells and not number.in_boxes:
        return False  # a time and a serial number, an amount and a year
    if called and (number.alone or len(groups) <= 2) and not any(":" in gap for gap in number.breaks):
        return True
    breaks = number.breaks[len(number.breaks) + 1 - len(groups) :] if len(groups) > 1 else ()
    parts = [digits[end - size : end] for size, end in zip(groups, accumulate(groups), strict=True)]
    tidy = len(set(breaks)) <= 1 and all(_PHONE_BREAK.fullmatch(gap) and "\n" not in gap for gap in number.breaks)
    years = sum(bool(_YEAR.fullmatch(part)) for part in parts)
    if not tidy or years > 1 or not number.alone:
        return False
    return groups in _PHONE_SHAPES or (len(groups) <= 2 and not any(gap.isspace() for gap in breaks))


def numbers_in(view: str) -> Iterator[Iterator[Number]]:
    """For each run of digits in a text, every number that its groups can make: by place, longer ones first."""
    at = 0
    while run := RUN.search(view, at):
        yield _windows(run)
        at = run.end()
        if (
            run.end() - run.start() > _LONGEST
        ):  # a part of a longer run: once more what a number of the next may begin with
            at = max(run.start() + 1, at - _OVERLAP)


_OVERLAP = 60
"""Characters in which the longest number that is divided as people divide them has room."""

_DATE_OF_BIRTH = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_FORMS = (
    (pattern(rf"(?=[1-8]\d{{5}}(?:1[89]|2[01])\d\d{_DATE_OF_BIRTH}\d{{3}}[\dX])"), (18,)),
    (pattern(r"(?=[3-69]\d{15})"), (19, 18, 17, 16)),
    (pattern(r"(?=(?:0086|86|0)?1[3-9]\d{9})"), (15, 13, 12, 11)),
    (pattern(rf"(?=[1-8]\d{{7}}{_DATE_OF_BIRTH}\d{{3}})"), (15,)),
)
"""What each kind of number looks like, quickly told, and its possible lengths."""


def _windows(run: re.Match[str]) -> Iterator[Number]:
    found = [(m.start() + run.start(), m[0]) for m in _GROUP.finditer(run[0])]
    if not run[0][-1].isdecimal() and found[-1][1].isdecimal():
        found[-1] = (found[-1][0], found[-1][1] + "X")  # 「…123 X」
    groups = [_plain(group) for _, group in found]
    digits = "".join(groups)
    sums = list(accumulate(map(len, groups), initial=0))
    first = {at: i for i, at in enumerate(sums[:-1])}  # groups by where they begin and end among the digits
    last = {at: i for i, at in enumerate(sums[1:])}
    if run.start() and run.string[run.start() - 1].isdecimal():
        first.pop(0)  # the first group is a part of one
    windows: list[tuple[int, int, int, int]] = []
    for form, lengths in _FORMS:
        for match in form.finditer(digits):
            at = match.start()
            if at in first:
                windows += [(first[at], at, -length, last[at + length]) for length in lengths if at + length in last]
            if form is _FORMS[0][0]:
                i = bisect.bisect_right(sums, at) - 1
                if sums[i + 1] >= at + 18 and sums[i + 1] - sums[i] > 18:  # columns of a table glued together
                    windows.append((i, at, -18, -1))
    starts = [at for at, _ in found]
    ends = [at + len(group.rstrip("X")) for at, group in zip(starts, groups, strict=True)]
    gaps = [run.string[end:at] for end, at in zip(ends, starts[1:], strict=False)]
    for i, at, length, j in sorted(windows):
        part = digits[at : at - length]
        if j < 0:
            if is_id_number(part):
                start = starts[i] + at - sums[i]
                yield Number(part, start, start + 18, (18,), alone=False)
            continue
        inner = gaps[i:j]
        alone = not {*gaps[max(0, i - 1) : i], *gaps[j : j + 1]} & set(inner)
        if (alone or length == -18 or j - i < _FEW) and _plausible(part):
            yield Number(part, starts[i], ends[j], tuple(map(len, groups[i : j + 1])), tuple(inner), alone)


_FEW = 7
"""Groups into which people divide a card or telephone number at most; more are single digits, which have to stand alone."""


def in_long_runs(view: str) -> int:
    """How many digits of a text stand in runs so long that some look like a number of a person by chance."""
    return sum(run.end() - run.start() for run in _LONG_RUN.finditer(view))


_LONG_RUN = pattern(rf"\d(?:{BREAK}{{0,8}}\d){{60,{_LONGEST}}}")
BY_CHANCE = 10_000
"""Digits in long runs for each number found among them up to which it is no chance: a made-up one passes region, date and
check digit once in 40,000 places."""

_MOBILE = pattern(r"(?:0086|86|0)?1[3-9]\d{9}")


def _plausible(digits: str) -> bool:
    """Whether digits have the form of any number looked for, however they are divided."""
    if len(digits) < 16:
        return _MOBILE.fullmatch(digits) is not None or is_old_id_number(digits)
    return is_id_number(digits) or is_card_number(digits)


def _plain(group: str) -> str:
    return group[:-1] + "X" if group[-1] in "x×Ｘｘ" else group


def _is_date(digits: str) -> bool:
    year = int(digits[:4])
    if not _OLDEST <= year <= _NEWEST:
        return False
    try:
        datetime.date(year, int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return True
