"""信息保障计划 (吉政办发〔2015〕5号（九）): what each unit has to deliver, and what of it the catalogue shows, period by period."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from jiyue.audit.measures.spans import END, Spans, number, text, union, without
from jiyue.base.workdays import add_months
from jiyue.catalogue.registers import Row
from jiyue.registry.site import Registry, Site
from jiyue.responsibility.entries import Deliverable, limit_parts
from jiyue.responsibility.matrix import sponsor
from jiyue.responsibility.pieces import Piece, Pieces

_DATA = ("数据发布", "数据开放")
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
MET, MISSED, RUNNING = "完成", "没有完成", "进行中"


class Period(NamedTuple):
    """A period of a deliverable. first, last: days 'YYYY-MM-DD'; wanted, delivered: how many; state: MET, MISSED or RUNNING."""

    first: str
    last: str
    wanted: int
    delivered: int
    state: str


class DeliverableState(NamedTuple):
    """An item of the plan. days: the numbers of the days on which something was delivered; fault: what the row names in vain, ''."""

    site: Site
    row: Row[Deliverable]
    days: list[int]
    fault: str

    @property
    def item(self) -> Deliverable:
        """What the row says."""
        return self.row.entry

    def periods(self, day: str, most: int = 12) -> list[Period]:
        """The last periods up to a day, the present one last; of a longest interval, a period from each delivery to the next."""
        return list(self._periods(day))[-most:]

    def _periods(self, day: str) -> Iterator[Period]:
        unit, count = limit_parts(self.item.limit)
        start, end = self._term(day)
        if start > end:
            return
        if unit == "days":
            marks = [start, *(mark for mark in self.days if start <= mark <= end)]
            for at, mark in enumerate(marks):
                after = marks[at + 1] if at + 1 < len(marks) else None
                last = mark + count
                state = MISSED if (end if after is None else after) > last else RUNNING if after is None else MET
                yield Period(text(mark), text(last), 1, 0 if state == MISSED or after is None else 1, state)
            return
        for first, after in _calendar(start, end, unit):
            delivered = bisect_left(self.days, after) - bisect_left(self.days, max(first, start))
            state = MET if delivered >= count else RUNNING if after > number(day) else MISSED
            yield Period(text(first), text(after - 1), count, delivered, state)

    def short(self, day: str) -> Spans:
        """The days on which the last finished period was missed and the present one has not yet brought what it has to.

        As it looks on a day: what is not delivered by then is not delivered.
        """
        unit, count = limit_parts(self.item.limit)
        start, end = self._term(day)
        stop = number(self.item.until) + 1 if self.item.until else END
        if unit == "days":
            covered = union((mark, mark + count + 1) for mark in (start - 1, *self.days))
            return without(((start, stop),), covered)
        missed = []
        periods = [*_calendar(start, end, unit)]
        if periods and periods[-1][1] < stop:
            periods += list(_calendar(periods[-1][1], periods[-1][1], unit))
        for at, (first, after) in enumerate(periods):
            delivered = bisect_left(self.days, after) - bisect_left(self.days, max(first, start))
            if delivered >= count or after > stop:
                continue
            following = periods[at + 1][1] if at + 1 < len(periods) else END
            enough = bisect_left(self.days, after) + count - 1
            caught_up = self.days[enough] if enough < len(self.days) else END
            missed.append((after, min(following, caught_up)))
        return union(missed)

    def _term(self, day: str) -> tuple[int, int]:
        """The first day that counts, and the last of those up to a day."""
        start = number(self.item.since or f"{day[:4]}-01-01")
        return start, min(number(day), number(self.item.until) if self.item.until else END)


def deliverables(rows: Iterable[Row[Deliverable]], registry: Registry, pieces: Pieces) -> list[DeliverableState]:
    """The plan with what was delivered, in the order of its rows."""
    by_site: dict[str, list[Piece]] = {}
    for one in pieces.all:
        by_site.setdefault(one.site, []).append(one)
    return [_state(row, registry, by_site) for row in rows]


def _state(row: Row[Deliverable], registry: Registry, by_site: dict[str, list[Piece]]) -> DeliverableState:
    item = row.entry
    home = row.site or item.site or registry.cluster.root
    fault = "" if home in registry.sites else f"没有站点「{home}」"
    site = registry.sites.get(home) or registry.sites[registry.cluster.root]
    column = next((one for one in site.columns if one.path == item.column), None)
    if item.column and column is None:
        fault = fault or f"站点 {site.id} 没有栏目「{item.column}」"
    owner = (column.owner if column else "") or sponsor(site)
    types = {one.path: one.type for one in site.columns}
    days = [] if fault else sorted(
        one.span[0]
        for one in by_site.get(site.id, ())
        if _delivers(one, item, owner, types.get(one.column, ""))
    )  # fmt: skip
    return DeliverableState(site, row, days, fault)


def _delivers(one: Piece, item: Deliverable, owner: str, kind: str) -> bool:
    """Whether an article is something of this item: of the unit, in the column, by the way that it names."""
    inside = not item.column or one.column == item.column or one.column.startswith(f"{item.column}/")
    mine = one.unit == item.unit or (bool(item.column) and item.unit == owner)
    way = {
        "写稿": not one.copied,
        "报送": one.reported,
        "推送": one.pushed,
        "数据": bool(item.column) or kind in _DATA,
    }[item.way]
    return inside and mine and way


def _calendar(start: int, end: int, unit: str) -> Iterator[tuple[int, int]]:
    """The weeks, months, quarters or years that touch the days from start to end: (first day, first day after)."""
    day = date.fromordinal(start)
    if unit == "week":
        first = day - timedelta(day.weekday())
    else:
        months = _MONTHS[unit]
        first = date(day.year, (day.month - 1) // months * months + 1, 1)
    while first.toordinal() <= end:
        after = first + timedelta(7) if unit == "week" else add_months(first, _MONTHS[unit])
        yield first.toordinal(), after.toordinal()
        first = after
