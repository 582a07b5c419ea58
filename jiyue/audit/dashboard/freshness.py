"""How fresh each column of a site is on a day: the cells of the heat map, from the same spans as the audit's verdicts."""

from __future__ import annotations

from typing import NamedTuple

from jiyue.audit.measures.measurement import Item
from jiyue.audit.measures.spans import END, NEVER, around, next_day, without
from jiyue.audit.measures.subject import Subject, fresh, marks, shown
from jiyue.registry.site import Column

STALE, BLANK, SOON, GOOD, FREE, ABSENT = "stale", "blank", "soon", "good", "free", "absent"
WORDS = {
    STALE: ("超", "超过期限没有更新"), BLANK: ("空", "空白，没有一篇公开的稿件"), SOON: ("近", "7 天之内到期"),
    GOOD: ("新", "在期限之内"), FREE: ("无", "没有写更新期限"), ABSENT: ("—", "本站没有这个栏目"),
}  # fmt: skip
"""State -> (its letter, what it means), the worst first."""
SOON_DAYS = 7


class Freshness(NamedTuple):
    """A column on a day. days: since its last update, None if it never had one; left: until it is stale, None without a limit."""

    state: str
    days: int | None = None
    limit: int = 0
    left: int | None = None

    @property
    def text(self) -> str:
        """The cell of the heat map: the letter of the state, so that it never hangs on a colour, and days."""
        letter = WORDS[self.state][0]
        if self.state in (BLANK, ABSENT):
            return letter
        if self.state == SOON:
            return f"{letter} 剩{self.left}"
        return letter if self.days is None else f"{letter} {self.days}"

    @property
    def order(self) -> tuple[int, int]:
        """The worst comes first."""
        return [*WORDS].index(self.state), -(self.days or 0)


def freshness(subject: Subject, column: Column, day: int) -> Freshness:
    """How fresh a column is on a day; articles of the columns below it count, too."""
    rows = subject.in_column(column.path)
    there, limit = shown(rows), column.max_age_days
    days = Item("", "", NEVER, "", marks=marks(rows)).days(day)
    if not around(there, day):
        return Freshness(BLANK, None, limit)
    if not limit:
        return Freshness(FREE, days)
    bad = without(there, fresh(rows, limit))
    if around(bad, day):
        return Freshness(STALE, days, limit, 0)
    breaks = next_day(without(((day, END),), fresh(rows, limit)), day) or END
    left = breaks - 1 - day
    return Freshness(SOON if left < SOON_DAYS else GOOD, days, limit, left)
