"""值班与读网 (吉政办发〔2015〕5号（九）（十一）): who is on duty on which day, and who looked at which site when and found what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from jiyue.audit.measures.spans import END, Spans, number, text, union, without
from jiyue.base.icalendar import Event, calendar
from jiyue.catalogue.registers import Row
from jiyue.registry.site import Registry
from jiyue.responsibility.entries import DutyShift, Reading

READING_RULE = "W7"
OPEN_STATES = ("待处理", "已转办")


class Roster(NamedTuple):
    """The turns of a site's roster (of the root's, the cluster's), in order. covered: the days with somebody on duty."""

    site: str
    turns: list[Row[DutyShift]]

    @property
    def covered(self) -> Spans:
        """The days with somebody on duty."""
        return union((number(one.entry.day), number(one.entry.until or one.entry.day) + 1) for one in self.turns)

    def empty(self) -> Spans:
        """The days without anybody, from the first turn on."""
        return without(((number(self.turns[0].entry.day), END),), self.covered) if self.turns else ()

    def on_duty(self, day: str) -> list[DutyShift]:
        """The turns of a day."""
        return [one.entry for one in self.turns if one.entry.day <= day <= (one.entry.until or one.entry.day)]


class SiteReadings(NamedTuple):
    """The readings of a site. since: the number of the day from which it has to be read."""

    site: str
    since: int
    readings: list[Row[Reading]]

    def unread(self, days: int) -> Spans:
        """The days on which it had not been read for more than so many days."""
        marks = [self.since - 1, *(number(one.entry.at) for one in self.readings)]
        return without(((self.since, END),), union((mark, mark + days + 1) for mark in marks))


def rosters(rows: Iterable[Row[DutyShift]], registry: Registry) -> list[Roster]:
    """A roster for each site that keeps one, the cluster's first."""
    by_site: dict[str, list[Row[DutyShift]]] = {}
    for row in rows:
        by_site.setdefault(row.site or registry.cluster.root, []).append(row)
    return [
        Roster(site, sorted(by_site[site], key=lambda row: (row.entry.day, row.entry.shift, row.line)))
        for site in registry.sites
        if site in by_site
    ]


def site_readings(
    readings: Iterable[Row[Reading]], turns: Iterable[Row[DutyShift]], registry: Registry
) -> tuple[list[SiteReadings], list[tuple[Row[Any], str]]]:
    """(the sites that have to be read: those that a log or a roster names, rows that name a site in vain)."""
    found: dict[str, list[Row[Reading]]] = {}
    since: dict[str, int] = {}
    lost: list[tuple[Row[Any], str]] = []
    for row in readings:
        site = row.site or row.entry.site or registry.cluster.root
        if site not in registry.sites:
            lost.append((row, f"没有站点「{site}」"))
            continue
        found.setdefault(site, []).append(row)
        since[site] = min(since.get(site, END), number(row.entry.at))
    for turn in turns:
        for site in turn.entry.sites:
            if site not in registry.sites:
                lost.append((turn, f"没有站点「{site}」"))
            elif turn.site in ("", site):  # a site's own roster says nothing of other sites
                since[site] = min(since.get(site, END), number(turn.entry.day))
    return [
        SiteReadings(site, since[site], sorted(found.get(site, []), key=lambda row: (row.entry.at, row.line)))
        for site in registry.sites
        if site in since
    ], lost


def statistics(some: Iterable[Roster], read: Iterable[SiteReadings]) -> dict[str, dict[str, dict[str, int]]]:
    """{"duty": {post: {"turns", "days"}}, "readings": {post: {"readings", "found", "open"}}}, posts in order."""
    turns: Counter[str] = Counter()
    days: Counter[str] = Counter()
    for roster in some:
        for row in roster.turns:
            turns[row.entry.post] += 1
            days[row.entry.post] += number(row.entry.until or row.entry.day) - number(row.entry.day) + 1
    counts: dict[str, Counter[str]] = {}
    for look in read:
        for reading in look.readings:
            one = counts.setdefault(reading.entry.post, Counter(readings=0, found=0, open=0))
            one["readings"] += 1
            one["found"] += bool(reading.entry.found)
            one["open"] += is_open(reading.entry)
    return {
        "duty": {post: {"turns": turns[post], "days": days[post]} for post in sorted(turns)},
        "readings": {post: dict(counts[post]) for post in sorted(counts)},
    }


def is_open(reading: Reading) -> bool:
    """Whether what it found is not mended."""
    return reading.state in OPEN_STATES and not reading.mended


def as_ics(some: Iterable[Roster], names: Mapping[str, str], day: str) -> str:
    """The rosters as one calendar; names: of the sites."""
    listed = list(some)
    title = names[listed[0].site] if len(listed) == 1 else "站群"
    return calendar(
        f"{title}：值班", "roster", day, (event for one in listed for event in _events(one, names[one.site]))
    )


def _events(one: Roster, name: str) -> Iterable[Event]:
    for row in one.turns:
        turn = row.entry
        shift = f"（{turn.shift}）" if turn.shift else ""
        parts = (
            f"单位：{turn.unit}" if turn.unit else "",
            f"替班：{turn.deputy}" if turn.deputy else "",
            f"办公电话：{turn.phone}" if turn.phone else "",
            f"读网：{'、'.join(turn.sites)}" if turn.sites else "",
        )
        key = (one.site, turn.day, turn.shift, turn.post)
        yield Event(
            key,
            turn.day,
            turn.until or turn.day,
            f"{name}值班{shift}：{turn.post}",
            "\n".join(filter(None, parts)),
            "值班",
        )


def spans_text(spans: Spans, until: int) -> str:
    """Spans of days up to a day, in words."""
    shown = [(first, min(after, until + 1)) for first, after in spans if first <= until]
    return "、".join(
        text(first) if after - first == 1 else f"{text(first)} 至 {text(after - 1)}" for first, after in shown
    )
