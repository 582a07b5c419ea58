"""How quickly sites repost: the classes against an independent calendar, and the times from git and releases."""

from __future__ import annotations

import json
import os
import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from jiyue.linkage.latency import FEWEST, Judged, Limits, Repost, Timeliness, figures, judge, limits_of, ranking
from jiyue.registry.load import load_registry
from tests.support.cluster import new_cluster

PROVINCE = Limits(1, 12, 1)
MINUTE = "%Y-%m-%d %H:%M"
LONG_AFTER = "2027-12-31 00:00"


def by_hand(published: datetime, public: datetime, holidays: dict[str, bool]) -> str:
    """The class as a person finds it out with the announcements of the State Council on the desk."""
    passed = (public - published).total_seconds()
    if passed <= 3600:
        return "aim"
    if passed <= 12 * 3600:
        return "hours"
    worked = 0
    day = published.date()
    while day < public.date():  # working days that ended before it was public
        day += timedelta(days=1)
        if day < public.date():
            worked += holidays.get(day.isoformat(), day.isoweekday() <= 5)
    return "working_days" if worked < 1 else "late"


def test_a_thousand_reposts_against_the_announced_holidays() -> None:
    folder = os.environ.get("JIYUE_REAL_TEXTS")
    if not folder:
        pytest.skip("JIYUE_REAL_TEXTS names no folder with the announced holidays")
    holidays = {
        entry["date"]: not entry["isOffDay"]
        for path in sorted(Path(folder, "holidays").glob("20*.json"))
        for entry in json.loads(path.read_text(encoding="utf-8"))["days"]
    }
    rng, seen = random.Random(18), dict.fromkeys(["aim", "hours", "working_days", "late"], 0)
    for _ in range(1000):
        published = datetime(2015, 1, 1, 0, 1) + timedelta(minutes=rng.randrange(11 * 365 * 24 * 60))
        if published.hour == published.minute == 0:
            continue  # a day without a time
        spread = rng.choice([60, 61, 12 * 60, 36 * 60, 5 * 24 * 60, 14 * 24 * 60])
        public = published + timedelta(minutes=rng.choice([rng.randrange(spread), spread]))
        expected = by_hand(published, public, holidays)
        found = judge(published.strftime(MINUTE), public.strftime(MINUTE), PROVINCE, LONG_AFTER)
        assert (found.kind, found.provisional) == (expected, False), (published, public)
        seen[expected] += 1
    assert min(seen.values()) > 100, seen


@pytest.mark.parametrize(
    ("published", "public", "expected"),
    [
        ("2026-11-20 09:00", "2026-11-20 10:00", "aim"),
        ("2026-11-20 09:00", "2026-11-20 10:01", "hours"),
        ("2026-11-20 09:00", "2026-11-20 21:00", "hours"),
        ("2026-11-20 09:00", "2026-11-20 21:01", "working_days"),
        ("2026-11-20 20:30", "2026-11-23 23:59", "working_days"),  # Friday evening: all of Monday
        ("2026-11-20 20:30", "2026-11-24 00:00", "late"),
        ("2026-02-14 10:00", "2026-02-24 23:59", "working_days"),  # worked Saturday, then the Spring Festival
        ("2026-02-14 10:00", "2026-02-25 00:00", "late"),
        ("2026-11-20 09:00", "2026-11-20 08:59", "undecided"),  # before its origin
        ("2026-11-20 00:00", "2026-11-20 16:00", "working_days"),  # a day without a time
        ("2026-11-20 09:00", "", "late"),
    ],
)
def test_the_edges_of_each_class(published: str, public: str, expected: str) -> None:
    assert judge(published, public, PROVINCE, "2026-11-24 00:00").kind == expected


def test_what_waits_says_until_when() -> None:
    assert judge("2026-11-20 20:30", "", PROVINCE, "2026-11-23 23:59") == Judged(
        Timeliness.WAITING, "2026-11-23 23:59", False
    )
    assert judge("2029-06-01 09:00", "", PROVINCE, "2029-06-01 10:00").provisional, "holidays not announced yet"
    nothing = judge("2026-11-20 09:00", "2026-11-20 10:00", Limits(), LONG_AFTER)
    assert (nothing.kind, nothing.why) == ("undecided", "指标方案没有给出转载的时限")
    national = Limits(hours=12)
    assert judge("2026-11-20 00:00", "2026-11-21 09:00", national, LONG_AFTER).why == "原文只写了日期，没有写几点发布"
    assert judge("2026-11-20 00:00", "2026-11-21 12:00", national, LONG_AFTER).kind == "late"


def test_the_limits_are_data_of_the_profile(tmp_path: Path) -> None:
    profile = "name: 某市方案\nextends: province\nrules: {D16: {thresholds: {hours: 8, working_days: 2}}}\n"
    site = "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\nprofile: strict\n"
    new_cluster(tmp_path, {"sites/profiles/strict.yaml": profile, "sites/changchun.yaml": site})
    registry = load_registry(tmp_path)
    limits = {name: limits_of(registry.rules(one)) for name, one in registry.sites.items()}
    assert limits == {"jilin": Limits(), "changchun": Limits(1, 8, 2)}


def repost(site: str, kind: Timeliness, hours: int = 1) -> Repost:
    published = datetime(2026, 11, 20, 9)
    public = "" if kind is Timeliness.WAITING else (published + timedelta(hours=hours)).strftime(MINUTE)
    return Repost(
        site, "x.md", "转载", "中国政府网", False, published.strftime(MINUTE), public, "git", "", Judged(kind)
    )


def test_the_ranking_is_within_a_kind_and_needs_enough_reposts() -> None:
    def of(site: str, aim: int, late: int) -> dict[str, object]:
        waiting = [repost(site, Timeliness.WAITING)] * 30
        return figures([*[repost(site, Timeliness.AIM)] * aim, *[repost(site, Timeliness.LATE, 99)] * late, *waiting])

    by_site = {
        "a": of("a", FEWEST, 0),
        "b": of("b", FEWEST, 0),
        "c": of("c", FEWEST - 2, 2),
        "few": of("few", FEWEST - 1, 0),
        "county": of("county", 1, FEWEST),
    }
    kinds = {**dict.fromkeys(by_site, "prefecture"), "county": "county"}
    assert ranking(by_site, kinds) == {"a": 1, "b": 1, "c": 3, "few": None, "county": 1}
    assert by_site["c"] == {
        "reposts": FEWEST + 30, "aim": FEWEST - 2, "hours": 0, "working_days": 0, "late": 2, "waiting": 30, "undecided": 0,
        "decided": FEWEST, "in_time": FEWEST - 2, "share": 0.9, "median_hours": 1.0, "longest_hours": 99.0,
    }  # fmt: skip
