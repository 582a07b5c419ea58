"""How quickly sites repost (转载时效): from the origin's time to the page being public here, against the profile's limits.

The limits are thresholds of the profile's rule D16: an aim in hours, hours, and working days (吉政办发〔2015〕5号 六 gives one
hour and at the latest one working day, 国办发〔2017〕47号 twelve hours). Pure functions; jiyue.publish.repost_times gathers the
times. A moment is 'YYYY-MM-DD HH:MM' in Beijing time.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from jiyue.base import workdays
from jiyue.registry.inspection import InspectionRule

RULE = "D16"
"""The profile's rule whose thresholds are the limits."""
FEWEST = 20
"""Sites with fewer decided reposts are not ranked: the share of a handful is chance."""
_MINUTE = "%Y-%m-%d %H:%M"


class Timeliness(StrEnum):
    """The class of a repost: the strictest limit that it kept. WAITING: not public yet and not late; UNDECIDED: see `why`."""

    AIM = "aim"
    HOURS = "hours"
    WORKING_DAYS = "working_days"
    LATE = "late"
    WAITING = "waiting"
    UNDECIDED = "undecided"


KEPT = (Timeliness.AIM, Timeliness.HOURS, Timeliness.WORKING_DAYS)
"""The classes of reposts in time."""
DECIDED = (*KEPT, Timeliness.LATE)


class Limits(NamedTuple):
    """The limits of a profile, None for one that it does not set: hours to aim at, hours, working days."""

    aim_hours: float | None = None
    hours: float | None = None
    working_days: int | None = None

    def names(self) -> dict[Timeliness, str]:
        """What each class is called in Chinese under these limits, e.g. `1 小时内`."""
        kept = {
            Timeliness.AIM: f"{self.aim_hours:g} 小时内" if self.aim_hours is not None else "",
            Timeliness.HOURS: f"{self.hours:g} 小时内" if self.hours is not None else "",
            Timeliness.WORKING_DAYS: f"{self.working_days} 个工作日内" if self.working_days is not None else "",
        }
        return {
            **{kind: name for kind, name in kept.items() if name},
            Timeliness.LATE: "逾期", Timeliness.WAITING: "等待发布", Timeliness.UNDECIDED: "不能判定",
        }  # fmt: skip


class Due(NamedTuple):
    """The last minute in time for a limit. provisional: the holidays up to it are not announced yet."""

    moment: str
    kind: Timeliness
    provisional: bool = False


class Judged(NamedTuple):
    """A repost's class, and its deadline: the last minute before it is late, '' where unknown; why: of UNDECIDED."""

    kind: Timeliness
    due: str = ""
    provisional: bool = False
    why: str = ""


class Repost(NamedTuple):
    """An article from elsewhere on a site.

    pushed: by a superior of the cluster. published: the origin's time; public: since when it is public here, '' if it is not or
    that is unknown (then why says so). evidence: what shows `public`: release, git or ''.
    """

    site: str
    path: str
    title: str
    origin: str
    pushed: bool
    published: str
    public: str
    evidence: str
    why: str
    judged: Judged

    @property
    def hours(self) -> float | None:
        """Hours from the origin's time to public here."""
        return hours_between(self.published, self.public) if self.published and self.public else None


def limits_of(rules: Mapping[str, InspectionRule]) -> Limits:
    """The limits in a site's rules of inspection."""
    given = rules[RULE].thresholds if RULE in rules else {}
    numbers = {name: rules[RULE].number(name) for name in Limits._fields if name in given}
    days = numbers.get("working_days")
    return Limits(numbers.get("aim_hours"), numbers.get("hours"), None if days is None else int(days))


def hours_between(start: str, end: str) -> float:
    """Hours from one moment to another."""
    return (datetime.strptime(end, _MINUTE) - datetime.strptime(start, _MINUTE)).total_seconds() / 3600


def dues(published: str, limits: Limits) -> list[Due]:
    """The last minute of each limit, the earliest first.

    A working day ends at midnight, and the origin's own day does not count (《民法典》第二百零一条): what appears on a Friday
    evening is in time until the end of Monday, and late from Tuesday.
    """
    found = [
        Due(_later(published, hours), kind)
        for kind, hours in ((Timeliness.AIM, limits.aim_hours), (Timeliness.HOURS, limits.hours))
        if hours is not None
    ]
    if limits.working_days is not None:
        day, provisional = workdays.add_working_days(date.fromisoformat(published[:10]), limits.working_days)
        found.append(Due(f"{day} 23:59", Timeliness.WORKING_DAYS, provisional))
    return sorted(found)


def judge(published: str, public: str, limits: Limits, now: str) -> Judged:
    """The class of a repost; public: '' while it is not public.

    An origin's time of 00:00 is a day without a time: it counts from the day's begin, but late is only what is late from its
    end, too.
    """
    deadlines = dues(published, limits)
    if not deadlines:
        return Judged(Timeliness.UNDECIDED, why="指标方案没有给出转载的时限")
    last = deadlines[-1]
    if published.endswith(" 00:00"):
        last = dues(f"{published[:10]} 23:59", limits)[-1]
    if public and public < published:
        return Judged(Timeliness.UNDECIDED, last.moment, last.provisional, "比原文的发布时间还早")
    if not public:
        return Judged(Timeliness.WAITING if now <= last.moment else Timeliness.LATE, last.moment, last.provisional)
    kept = next((due for due in deadlines if public <= due.moment), None)
    if kept:
        return Judged(kept.kind, last.moment, kept.provisional)
    if public <= last.moment:
        return Judged(Timeliness.UNDECIDED, last.moment, last.provisional, "原文只写了日期，没有写几点发布")
    return Judged(Timeliness.LATE, last.moment, last.provisional)


def figures(reposts: Iterable[Repost]) -> dict[str, Any]:
    """Counts by class, how many are decided and in time, the share in time, median and longest hours (None without any)."""
    known = list(reposts)
    counts = Counter(one.judged.kind for one in known)
    decided = sum(counts[kind] for kind in DECIDED)
    in_time = sum(counts[kind] for kind in KEPT)
    hours = [one.hours for one in known if one.judged.kind in DECIDED and one.hours is not None]
    return {
        "reposts": len(known),
        **{str(kind): counts[kind] for kind in Timeliness},
        "decided": decided,
        "in_time": in_time,
        "share": in_time / decided if decided else None,
        "median_hours": round(statistics.median(hours), 2) if hours else None,
        "longest_hours": round(max(hours), 2) if hours else None,
    }


def ranking(by_site: Mapping[str, Mapping[str, Any]], kinds: Mapping[str, str]) -> dict[str, int | None]:
    """The rank of each site among those of its kind: by the share in time, then that within the aim. Equals share a rank.

    by_site: site -> figures(); kinds: site -> its kind. None below FEWEST decided reposts.
    """
    ranked: dict[str, int | None] = dict.fromkeys(by_site)
    scores = {
        site: (one["share"], one[Timeliness.AIM] / one["decided"])
        for site, one in by_site.items()
        if one["decided"] >= FEWEST
    }
    for site, score in scores.items():
        ranked[site] = 1 + sum(other > score for name, other in scores.items() if kinds[name] == kinds[site])
    return ranked


def open_reposts(reposts: Iterable[Repost]) -> list[Repost]:
    """Those that are not public yet, by their deadline."""
    waiting = (one for one in reposts if not one.public and one.judged.kind in (Timeliness.WAITING, Timeliness.LATE))
    return sorted(waiting, key=lambda one: (one.judged.due, one.site, one.path))


def _later(moment: str, hours: float) -> str:
    return (datetime.strptime(moment, _MINUTE) + timedelta(hours=hours)).strftime(_MINUTE)
