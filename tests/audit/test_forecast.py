"""The forecast against a simulation day by day, which asks of each day alone what is wrong on it; and the algebra of spans."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiyue.audit.due import dues
from jiyue.audit.measures.facts import Row
from jiyue.audit.measures.measurement import judge
from jiyue.audit.measures.spans import END, around, at_least, both, next_day, number, text, union, without
from jiyue.audit.measures.subject import Ending, Reading, Subject
from jiyue.audit.run import Audit, audit, measure
from jiyue.base.workdays import add_months, add_working_days
from jiyue.build.options import Options
from jiyue.registry.inspection import InspectionRule
from jiyue.registry.load import load_registry
from jiyue.registry.site import Column
from tests.audit.subjects import DAY, TODAY, ago, letter, row, rules, subject
from tests.support.cluster import new_cluster

DAYS = 400
LENGTH = 30
spans = st.lists(st.tuples(st.integers(1, LENGTH), st.integers(1, LENGTH)), max_size=6)


def days(of: object) -> set[int]:
    """The days of spans, one by one."""
    return {day for start, end in of for day in range(start, end)}  # type: ignore[attr-defined]


@given(spans, spans, st.integers(1, LENGTH))
def test_spans_are_sets_of_days(one: list[tuple[int, int]], other: list[tuple[int, int]], day: int) -> None:
    a, b = union(one), union(other)
    assert days(a) == days(one)
    assert list(a) == sorted(a)
    assert all(first[1] < second[0] for first, second in pairwise(a))
    assert days(without(a, b)) == days(a) - days(b)
    assert days(both(a, b)) == days(a) & days(b)
    within = around(a, day)
    assert (within is not None) == (day in days(a))
    assert next_day(a, day) == min((one for one in days(a) if one >= day), default=None)


@given(st.lists(st.tuples(spans, st.integers(1, 3)), max_size=5), st.integers(1, 6))
def test_days_are_counted(sets: list[tuple[list[tuple[int, int]], int]], count: int) -> None:
    known = [(union(one), weight) for one, weight in sets]
    expected = {
        day for day in range(1, LENGTH) if sum(weight for one, weight in known if around(one, day)) >= count
    }  # fmt: skip
    assert days(at_least(known, count)) == expected


# -- the simulation: what is wrong on one day, asked of the facts alone ----------------------------------------------------


def _public(row: Row, day: int) -> bool:
    return row.begins <= day < row.ends


def _is_stale(rows: list[Row], limit: int, day: int) -> bool:
    updates = [mark for one in rows if _public(one, day) for mark in one.marks if mark <= day]
    return not any(day - mark <= limit for mark in updates)


def _columns(limits: dict[str, int]) -> Callable[[Subject, int], set[str]]:
    def wrong(one: Subject, day: int) -> set[str]:
        return {
            path
            for path, limit in limits.items()
            if any(_public(row, day) for row in one.in_column(path)) and _is_stale(one.in_column(path), limit, day)
        }

    return wrong


def _letters(is_wrong: Callable[[object, date], bool]) -> Callable[[Subject, int], set[str]]:
    return lambda one, day: {r.number for r in one.facts.letters if is_wrong(r.letter(), date.fromordinal(day))}


def _surveys(one: Subject, day: int) -> set[str]:
    def due(survey: Row) -> int:
        return add_working_days(date.fromisoformat(survey.extra["closes"]), 20).day.toordinal()

    return {s.path for s in one.of_kind("survey") if "result" not in s.extra and _public(s, day) and day > due(s)}


SIMULATED: dict[str, Callable[[Subject, int], set[str]]] = {
    "V3": lambda one, day: {"首页"} if _is_stale([row for row in one.rows if row.column], 14, day) else set(),
    "V4a": _columns({"yw": 14, "yw2": 14, "tzgg": 180, "zcwj": 180}),
    "V4b": _columns({"a": 30, "b": 60, "c": 365}),
    "V4c": lambda one, day: {c.path for c in one.site.columns if not any(_public(row, day) for row in one.in_column(c.path))},
    "D2": _columns({"zcwj": 180}),
    "V5b": _letters(lambda one, day: one.answered(day) is None and day > add_months(one.received, 3)),  # type: ignore[attr-defined]
    "D6": _letters(
        lambda one, day: one.is_overdue(day)  # type: ignore[attr-defined]
        or (one.answered(day) is not None and not one.was_in_time(day) and (day - one.answered(day)).days < 365)  # type: ignore[attr-defined]
    ),
    "D4": lambda one, day: {
        g.path for g in one.of_kind("guide") if _public(g, day) and day - number(g.extra["statistics"]) > 90
    },
    "D7": _surveys,
    "D3": lambda one, day: {
        r.path
        for r in one.readings
        if (day > r.due and r.begins <= day < r.ends and not (r.read and day >= r.read))
        or (r.read > r.due and r.read <= day < r.read + 365)
    },
    "W2": lambda one, day: {e.key for e in one.endings["terms"] if day > e.until},
}  # fmt: skip
LIMITS = {"V4a": 5, "V4b": 10, "V4c": 5}

COLUMNS = (
    Column("yw", "要闻", "工作动态"), Column("yw2", "快讯", "工作动态"), Column("tzgg", "公告", "通知公告"),
    Column("zcwj", "政策", "政策文件"),
    Column("a", "甲", max_age_days=30), Column("b", "乙", max_age_days=60), Column("c", "丙", max_age_days=365), Column("d", "丁"),
)  # fmt: skip


def a_site(rng: random.Random) -> Subject:
    """A site with articles of the past and scheduled ones, some of which end; letters, surveys, guides, documents, officers."""
    rows = []
    for column in COLUMNS:
        for n in range(rng.choice((0, 1, 1, 2, 4))):
            published = rng.randrange(-300, 400)
            ends = END if rng.random() < 0.7 else DAY - published + rng.randrange(1, 300)
            rows.append(row(column.path, published, f"n{n}", ends=ends))
    for n in range(3):
        opens, ends = rng.randrange(-100, 200), DAY + rng.randrange(1, 500)
        result = {"result": True} if rng.random() < 0.3 else {}
        rows.append(
            row(
                "d",
                opens,
                f"s{n}",
                "survey",
                ends,
                opens=ago(opens),
                closes=ago(opens - rng.randrange(5, 60)),
                **result,
            )
        )
        rows.append(row("d", 200, f"g{n}", "guide", statistics=ago(rng.randrange(-50, 200)), missing=[]))
    letters = []
    for n in range(4):
        received = rng.randrange(-10, 120)
        replied = ago(received - rng.randrange(0, 120)) if rng.random() < 0.5 else ""
        since = received - rng.randrange(1, 6)
        waits = f"{ago(since)}/{ago(since - 5) if rng.random() < 0.7 else ''}" if rng.random() < 0.4 else ""
        letters.append(letter(ago(received), replied, rng.random() < 0.5, waits, str(n)))
    readings = []
    for n, due in enumerate(rng.sample(range(DAY - 100, DAY + 100), 3)):
        read = rng.choice((0, due + rng.randrange(-3, 60)))
        readings.append(Reading(f"d{n}", "办法", "d.html", due, due, rng.choice((END, DAY + 200)), read))
    terms = [Ending(str(n), "任期", DAY + rng.randrange(-20, 400), "x", 1, "科") for n in range(3)]
    return subject(*COLUMNS, rows=rows, letters=letters, readings=readings, endings={"terms": terms})


def _audit(one: Subject, known: dict[str, InspectionRule], folder: Path) -> Audit:
    registry = load_registry(new_cluster(folder, {}).root)
    measured = {key: measure(one, rule) for key, rule in known.items()}
    site = one.site.id
    return Audit(registry, TODAY, {site: known}, {site: measured}, {site: {}})


@pytest.mark.parametrize("seed", range(3))
def test_the_forecast_is_what_a_simulation_of_400_days_finds(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    known = {key: rules()[key] for key in SIMULATED}
    one = a_site(rng)
    made = _audit(one, known, tmp_path)
    foretold = {(due.rule, due.key): due.day for due in dues(made, DAYS)}
    simulated: dict[tuple[str, str], str] = {}
    for key, wrong_on in SIMULATED.items():
        rule, measured = known[key], made.measured["changchun"][key]
        before: set[str] = wrong_on(one, DAY)
        limit = LIMITS.get(key, 1)
        broken = len(before) >= limit
        for day in range(DAY, DAY + DAYS + 1):
            wrong = wrong_on(one, day)
            found = judge(measured, rule, "changchun", one.file, day)
            assert found.broken == (len(wrong) >= limit), (key, text(day), wrong, found)
            assert found.cases == len(wrong), (key, text(day), wrong)
            for item in wrong - before:
                simulated.setdefault((key, item), text(day))
            if limit > 1 and found.broken and not broken:
                simulated.setdefault((key, ""), text(day))
    assert foretold == simulated


RARE = "sites/jilin.yaml"
CLUSTER = {
    "sites/cluster.yaml": "name: 群\nroot: jilin\n",
    RARE: "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\nprofile: own\n",
    "sites/profiles/own.yaml": "name: 方案\nextends: national\n",
}


def _random_cluster(rng: random.Random) -> Iterator[tuple[str, str]]:
    lines = []
    for n, (kind, age) in enumerate(
        (("工作动态", 14), ("通知公告", 180), ("政策文件", 180), ("咨询投诉", 90), ("其他", 30), ("办事服务", 60))
    ):
        lines.append(f"  - {{path: c{n}, name: 栏目{n}, type: {kind}, max_age_days: {age}, owner: 某科}}\n")
        for m in range(rng.randrange(1, 4)):
            more = f"publish_at: {ago(-rng.randrange(1, 200))} 08:00\n" if rng.random() < 0.3 else ""
            more += f"expires: {ago(-rng.randrange(200, 500))} 08:00\n" if rng.random() < 0.3 else ""
            yield (
                f"content/jilin/c{n}/a{m}.md",
                f"---\ntitle: 第{n}栏第{m}篇文章\ndate: {ago(rng.randrange(1, 150))}\n{more}---\n正文。\n",
            )
    yield "sites/jilin.yaml", CLUSTER[RARE] + "columns:\n" + "".join(lines)
    letters = [f"L{n},{ago(rng.randrange(0, 60))},问题{n},咨询" for n in range(3)]
    yield "content/jilin/c3/letters.csv", "\n".join(["number,received,subject,kind", *letters, ""])


@pytest.mark.long
def test_the_forecast_is_what_400_audits_of_a_cluster_find(tmp_path: Path) -> None:
    """`jiyue audit --today` of each day, everything read anew: findings of checks and what the clock shows or hides included."""
    rng = random.Random(7)
    folder = new_cluster(tmp_path, {**CLUSTER, **dict(_random_cluster(rng))})
    subprocess.run(["git", "init", "-q", str(folder.root)], check=True)

    def on(day: int) -> Audit:
        return audit(Options(folder.root, folder.root / "output", jobs=1, now=f"{text(day)} 23:59"))

    first = on(DAY)
    foretold = {(due.rule, due.key): due.day for due in dues(first, DAYS)}
    assert len(foretold) > 8
    clocked = {key[0] for key in foretold} | {"V3", "V4a", "V4b", "V4c", "V5b", "D6"}
    known: dict[tuple[str, str], str] = {}
    well: set[tuple[str, str]] | None = None
    for day in range(DAY, DAY + DAYS + 1):
        verdicts = on(day).sites["jilin"]
        wrong = {
            (one.rule, finding.key)
            for one in verdicts.values()
            if one.rule in clocked
            for finding in one.findings
            if finding.since or (not finding.key and one.broken and one.level != "bonus")
        }
        if well is None:
            well = wrong
        for key in wrong - well:
            known.setdefault(key, text(day))
    assert foretold == {key: day for key, day in known.items() if key in foretold}
