"""Finds personal numbers in a text: which digits belong together, and whether they form such a number."""

from __future__ import annotations

import bisect
import datetime
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import accumulate

from jiyue.base.patterns import pattern

SPACE = r"\s\u00a0\u2000-\u200a\u3000"
BREAK = rf"[{SPACE}\-‐‑‒–—―−－_.·•・．,，、/\\|:*~`'\"()（）\[\]]"
"""What may separate two digits of one number. Whether it does is decided by the form of the whole."""
_LONGEST = 400
"""The most digits examined together; a longer run is read in overlapping parts."""
RUN = pattern(rf"\d(?:{BREAK}{{0,8}}+\d){{10,{_LONGEST}}}+(?:{BREAK}?[Xx×Ｘｘ](?![A-Za-z0-9]))?")
_GROUP = pattern(r"\d+[Xx×Ｘｘ]?")
_REGIONS_NAMES = """
11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83
"""
_REGIONS = frozenset(_REGIONS_NAMES.split())
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_OLDEST, _NEWEST = 1895, 2100


@dataclass(frozen=True, slots=True)
class Number:
    """Consecutive groups of digits that may be one number: its digits, offsets, group sizes and separators."""

    digits: str
    start: int
    end: int
    groups: tuple[int, ...]
    breaks: tuple[str, ...] = ()
    alone: bool = True
    """Whether adjacent digits, if any, are separated from it differently than its groups from each other."""

    @property
    def in_boxes(self) -> bool:
        """Whether each of its digits is separate, as in the boxes of a form, without other digits next to them."""
        return self.alone and max(self.groups) == 1

    @property
    def across_cells(self) -> bool:
        """Whether its groups are in cells of a table, so that they may be unrelated."""
        return any(_CELL_BORDER.search(gap) for gap in self.breaks)


_CELL_BORDER = pattern(rf"[\t|,，;；、\"]|[{SPACE}]{{2}}")
_ID_FIELDS = frozenset((6, 10, 12, 14, 17, 18))
"""The ends of a citizen number's parts: region, year, month, day, serial, check digit."""


def is_id_number(digits: str) -> bool:
    """Whether 18 characters are a possible citizen number: region, date of birth, check digit (GB 11643—1999)."""
    if len(digits) != 18 or digits[:2] not in _REGIONS or not _is_date(digits[6:14]):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits[:17], _WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == digits[17]


def is_old_id_number(digits: str) -> bool:
    """Whether 15 digits have the form of a citizen number before 1999 (it has no check digit, so a keyword must be near)."""
    return len(digits) == 15 and digits.isdecimal() and digits[:2] in _REGIONS and _is_date("19" + digits[6:12])


def is_card_number(digits: str) -> bool:
    """Whether 16 to 19 digits can be a payment card: a card scheme's first digits, and Luhn's check."""
    if not (16 <= len(digits) <= 19 and digits.isdecimal()) or digits[0] not in "34569":
        return False
    double = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
    total = sum(double[int(d)] if i % 2 else int(d) for i, d in enumerate(reversed(digits)))
    return total % 10 == 0


def id_in(number: Number) -> bool:
    """Whether a number is a citizen number, given its groups. Cells must end where its parts do."""
    if not is_id_number(number.digits):
        return False
    return not number.across_cells or set(accumulate(number.groups)) <= _ID_FIELDS or number.in_boxes


_EMPHASIS = frozenset(("*", "**", "***", "_", "__", "`", "~~"))
"""Separators invisible to a reader."""


def card_in(number: Number) -> bool:
    """Whether a number can be a payment card, given its groups."""
    sizes = number.groups
    if set(number.breaks) <= _EMPHASIS:
        return is_card_number(number.digits)
    fours = all(size == 4 for size in sizes[:-1]) or number.in_boxes or sizes in ((6, 13), (6, 10), (8, 11), (8, 8))
    return len(set(number.breaks)) <= 1 and (len(sizes) == 1 or fours) and is_card_number(number.digits)


_PHONE_SHAPES = frozenset(
    [(3, 4, 4), (3, 8), (7, 4), (3, 3, 5), (4, 4, 3), (5, 6), (4, 7), (6, 5), (3, 2, 2, 2, 2), (3, 4, 2, 2), (1,) * 11]
)
_PHONE_BREAK = pattern(rf"[{SPACE}\-‐‑‒–—―−－_.·•・．*~`]{{1,4}}|<[^<>]*>")
_YEAR = pattern(r"(?:19|20)\d\d")


def mobile_in(number: Number, *, called: bool) -> str:
    """The eleven digits of a mobile number; '' if it is none. called: a word like 电话 is near.

    Without separators the form is enough. With them, its groups have to be the usual ones, and not a row of figures.
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


def numbers_in(view: str, done: Container[str] = ()) -> Iterator[Iterator[Number]]:
    """For each run of digits in a text, every number that its groups can form: by offset, longer ones first.

    done: kinds of FORMS to skip; may grow meanwhile.
    """
    at = 0
    while run := RUN.search(view, at):
        yield _windows(run, done)
        at = run.end()
        if run.end() - run.start() > _LONGEST:  # a part of a longer run: the next one overlaps it
            at = max(run.start() + 1, at - _OVERLAP)


_OVERLAP = 60
"""Characters enough for the longest number with usual separators."""

_DATE_OF_BIRTH = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
FORMS = {
    "id": (pattern(rf"(?=[1-8]\d{{5}}(?:1[89]|2[01])\d\d{_DATE_OF_BIRTH}\d{{3}}[\dX])"), (18,)),
    "card": (pattern(r"(?=[3-69]\d{15})"), (19, 18, 17, 16)),
    "mobile": (pattern(r"(?=(?:0086|86|0)?1[3-9]\d{9})"), (15, 13, 12, 11)),
    "old id": (pattern(rf"(?=[1-8]\d{{7}}{_DATE_OF_BIRTH}\d{{3}})"), (15,)),
}
"""Kind of number -> a fast pattern over digits without separators, and its possible lengths."""


def _windows(run: re.Match[str], done: Container[str]) -> Iterator[Number]:
    groups = _GROUP.findall(run[0])
    if not run[0][-1].isdecimal() and groups[-1].isdecimal():
        groups[-1] += "X"  # 「…123 X」
    if not run[0].isascii() or "x" in run[0]:
        groups = [_plain(group) for group in groups]
    digits = "".join(groups)
    sums = list(accumulate(map(len, groups), initial=0))
    # a number begins with a group, except in joined table columns, where only a citizen number's check digit reveals it
    places = {
        kind: [match.start() for match in form.finditer(digits)]
        if kind == "id"
        else [at for at in sums if form.match(digits, at)]
        for kind, (form, _) in FORMS.items()
        if kind not in done
    }
    if any(places.values()):
        yield from _Run(run, groups, digits, sums).numbers(places)


_GAP_BEFORE = pattern(rf"\d({BREAK}{{0,8}})\Z")
_GAP_AFTER = pattern(rf"{BREAK}{{0,8}}(?=\d)")


class _Run:
    """The groups of one run: their offsets in the text and among the digits, and the gaps between them."""

    def __init__(self, run: re.Match[str], groups: list[str], digits: str, sums: list[int]) -> None:
        self.groups, self.digits, self.sums = groups, digits, sums
        self.starts = [match.start() + run.start() for match in _GROUP.finditer(run[0])]
        self.ends = [at + len(group.rstrip("X")) for at, group in zip(self.starts, groups, strict=True)]
        self.gaps = [run.string[end:at] for end, at in zip(self.ends, self.starts[1:], strict=False)]
        self.first = {at: i for i, at in enumerate(self.sums[:-1])}
        self.last = {at: i for i, at in enumerate(self.sums[1:])}
        if run.start() and run.string[run.start() - 1].isdecimal():
            self.first.pop(0)  # the first group is incomplete
        # the gaps to the other parts of a longer run
        before = _GAP_BEFORE.search(run.string[max(0, run.start() - 9) : run.start()])
        after = _GAP_AFTER.match(run.string, run.end())
        self.before, self.after = before and before[1], after and after[0]

    def _outer(self, i: int, j: int) -> tuple[str | None, str | None]:
        """The gaps before group i and after group j."""
        return self.gaps[i - 1] if i else self.before, self.gaps[j] if j < len(self.gaps) else self.after

    def numbers(self, places: dict[str, list[int]]) -> Iterator[Number]:
        """The numbers that begin at these offsets among the digits, by offset, longer ones first."""
        windows = sorted(
            window for kind, offsets in places.items() for at in offsets for window in self._windows(kind, at)
        )
        for i, at, length, j in windows:
            part = self.digits[at : at - length]
            if j < 0:
                if is_id_number(part):
                    start = self.starts[i] + at - self.sums[i]
                    yield Number(part, start, start + 18, (18,), alone=False)
            elif _plausible(part):
                inner = self.gaps[i:j]
                outer = set(self._outer(i, j))
                sizes = tuple(map(len, self.groups[i : j + 1]))
                yield Number(part, self.starts[i], self.ends[j], sizes, tuple(inner), not outer & set(inner))

    def _windows(self, kind: str, at: int) -> Iterator[tuple[int, int, int, int]]:
        """(first group, offset, minus the length, last group) of each candidate of this kind; last group -1 inside a group."""
        i = self.first.get(at, -1)
        if i >= 0:
            for length in FORMS[kind][1]:
                j = self.last.get(at + length, -1)
                if j >= 0 and self._may_be_divided(kind, i, j):
                    yield i, at, -length, j
        if kind == "id":
            i = bisect.bisect_right(self.sums, at) - 1
            if self.sums[i + 1] >= at + 18 and self.sums[i + 1] - self.sums[i] > 18:  # joined table columns
                yield i, at, -18, -1

    def _may_be_divided(self, kind: str, i: int, j: int) -> bool:
        """A fast first test whether a number of this kind may have these separators and be alone."""
        if kind == "id" or i == j:
            return True
        before, after = self._outer(i, j)
        if before != self.gaps[i] and after != self.gaps[j - 1]:
            return True
        return len(self.groups[i]) in (4, 6, 8) if kind == "card" else j - i <= (1 if kind == "mobile" else 3)


def in_long_runs(view: str) -> int:
    """The number of digits in runs so long that some look like a personal number by chance."""
    return sum(run.end() - run.start() for run in _LONG_RUN.finditer(view))


_LONG_RUN = pattern(rf"\d(?:{BREAK}{{0,8}}+\d){{60,{_LONGEST}}}+")
BY_CHANCE = 10_000
"""Digits in long runs per number in them up to which it isn't chance: random digits pass region, date and check digit at
one of 40,000 offsets."""

_MOBILE = pattern(r"(?:0086|86|0)?1[3-9]\d{9}")


def _plausible(digits: str) -> bool:
    """Whether digits have the form of any personal number, whatever their separators."""
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
