"""What the dashboard shows, as plain facts: each site's state, each unit's tasks, the forecast, earlier periods."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from jiyue.audit.collect import Collected
from jiyue.audit.dashboard.outside import Outside
from jiyue.audit.dashboard.scores import FEWEST, Score, ranks, score
from jiyue.audit.due import Due, dues
from jiyue.audit.earlier import Earlier
from jiyue.audit.measures.measurement import ERROR, WARNING, Finding, Measurement
from jiyue.audit.measures.spans import number
from jiyue.audit.measures.subject import Subject
from jiyue.audit.run import Audit
from jiyue.base.patterns import pattern
from jiyue.letters.statistics import figures as letter_figures
from jiyue.linkage.latency import figures as latency_figures
from jiyue.linkage.report_up import Report, counts
from jiyue.registry.inspection import InspectionRule
from jiyue.registry.site import Site
from jiyue.responsibility.collect import Duties
from jiyue.responsibility.matrix import Matrix, matrix

AHEAD = 30
"""Days of the forecast."""
_PLAIN = pattern(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
LETTERS = "D6"
"""The rule whose thresholds are the terms for answers to letters."""


@dataclass(frozen=True)
class SiteState:
    """A site. total: its points, those of others weighed in; rank: within its kind, None if there is too little to judge
    by; shown: how many of its articles are public; counts: see _counts()."""

    site: Site
    subject: Subject
    rules: dict[str, InspectionRule]
    verdicts: dict[str, Measurement]
    score: Score
    outside: tuple[Outside, ...]
    total: float
    rank: int | None
    shown: int
    dues: list[Due]
    counts: dict[str, Any]

    @property
    def unit(self) -> str:
        """Who is responsible for the site as a whole."""
        return self.subject.unit

    def wrong(self) -> list[Finding]:
        """Its findings that have to be mended, vetoes first."""
        found = [one for verdict in self.verdicts.values() for one in verdict.findings if is_wrong(one)]
        return sorted(found, key=lambda one: one.severity != ERROR)

    def is_new(self, month: str) -> bool:
        """Whether one of its vetoes began in a month, 'YYYY-MM'."""
        return any(self.verdicts[rule].since.startswith(month) for rule in self.score.vetoes)


class UnitState(NamedTuple):
    """A unit: the sites that it is responsible for as a whole, the columns that it owns (site, path, name), its tasks."""

    name: str
    sites: list[str]
    columns: list[tuple[str, str, str]]
    wrong: list[Finding]
    dues: list[Due]


@dataclass(frozen=True)
class Board:
    """The whole. sites, units: in the registry's order; earlier: the oldest first; reported: what units reported up, by
    `site unit` (jiyue.linkage.report_up.counts); matrix, duties: who answers for what (jiyue.responsibility)."""

    audit: Audit
    sites: dict[str, SiteState]
    units: dict[str, UnitState]
    dues: list[Due]
    earlier: list[Earlier] = field(default_factory=list)
    reported: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    matrix: Matrix = field(default_factory=lambda: Matrix([], [], []))
    duties: Duties | None = None

    @property
    def day(self) -> str:
        """The day of the audit, 'YYYY-MM-DD'."""
        return self.audit.day

    @property
    def month(self) -> str:
        """'YYYY-MM'."""
        return self.day[:7]

    @property
    def failing(self) -> list[SiteState]:
        """The sites that fail, those with most vetoes first."""
        failed = [one for one in self.sites.values() if one.score.fails]
        return sorted(failed, key=lambda one: (-len(one.score.vetoes), one.total))

    def unit_counts(self, unit: UnitState) -> dict[str, float]:
        """{"lost", "year", "days_30", "reported", "adopted"} of a unit: its part of the points that its sites lost, what is in
        its columns, what it reported.

        Of the points of a rule on a site each finding bears the same part.
        """
        mine = Counter((one.site, one.rule) for one in unit.wrong)
        lost = 0.0
        for (site, rule), count in mine.items():
            verdict = self.sites[site].verdicts[rule]
            if verdict.broken and verdict.level == "deduct":
                lost += verdict.points * count / sum(is_wrong(one) for one in verdict.findings)
        day, places = number(self.day), {(site, path) for site, path, _ in unit.columns}
        rows = [row for site in {site for site, _ in places} for row in self.sites[site].subject.facts.rows
                if (site, row.column) in places and row.date and row.begins <= day < row.ends]  # fmt: skip
        reports = [one for site in self.sites if (one := self.reported.get(f"{site} {unit.name}"))]
        return {
            "lost": round(lost, 2),
            "year": sum(row.date[:4] == self.day[:4] for row in rows),
            "days_30": sum(day - number(row.date) < 30 for row in rows),
            "reported": sum(one["reported"] for one in reports),
            "adopted": sum(one["adopted"] for one in reports),
        }

    def rules(self) -> dict[str, InspectionRule]:
        """Every rule of any site's profile by id; of two profiles' the first one's wording."""
        return {key: rule for known in reversed(self.audit.rules.values()) for key, rule in known.items()}


def is_wrong(one: Finding) -> bool:
    """Whether it has to be mended."""
    return one.severity in (ERROR, WARNING)


def unit_id(name: str) -> str:
    """The name of a unit's files: ASCII, the same in every run."""
    return hashlib.blake2b(name.encode(), digest_size=5).hexdigest()


def rule_id(rule: str) -> str:
    """The name of a rule's files and its anchor: its own, unless a profile gave it one that no file or anchor can have."""
    return rule if _PLAIN.fullmatch(rule) else unit_id(rule)


def board(
    collected: Collected, audit: Audit, reports: list[Report], outside: Iterable[Outside], earlier: list[Earlier]
) -> Board:
    """Put together what the dashboard shows."""
    ahead = dues(audit, AHEAD)
    by_site: dict[str, list[Due]] = {}
    for one in ahead:
        by_site.setdefault(one.site, []).append(one)
    others: dict[str, list[Outside]] = {}
    for two in outside:
        if two.period == audit.day[:4]:
            others.setdefault(two.site, []).append(two)
    figures = counts(reports)
    reported = figures["sites"]
    scores = {site: score(verdicts.values()) for site, verdicts in audit.sites.items()}
    totals = {site: _total(one, others.get(site, ())) for site, one in scores.items()}
    today = number(audit.day)
    shown = {
        site: sum(row.begins <= today < row.ends for row in subject.facts.rows)
        for site, subject in collected.subjects.items()
    }
    kinds = {site: audit.registry.sites[site].kind for site in audit.sites}
    rankable = {
        site: (bool(scores[site].vetoes), totals[site])
        for site in audit.sites
        if is_rankable(shown[site], scores[site])
    }
    order = ranks(rankable, kinds)
    sites = {
        site: SiteState(
            audit.registry.sites[site],
            collected.subjects[site],
            audit.rules[site],
            verdicts,
            scores[site],
            tuple(others.get(site, ())),
            totals[site],
            order.get(site),
            shown[site],
            by_site.get(site, []),
            _counts(collected.subjects[site], audit, site, reported.get(site, {})),
        )
        for site, verdicts in audit.sites.items()
    }
    who = matrix(audit.registry, audit.day, audit.sites)
    more = [*who.units(), *_named(collected.duties)]
    return Board(audit, sites, _units(sites, ahead, more), ahead, earlier, figures["units"], who, collected.duties)


def is_rankable(shown: int, one: Score) -> bool:
    """Whether there is enough to judge by: articles, and verdicts on half of the rules."""
    return shown >= FEWEST and one.decided > 0 and 2 * one.decided >= one.rules


def _total(own: Score, others: Iterable[Outside]) -> float:
    weighed = [*others]
    share = sum(one.weight for one in weighed)
    return round((1 - share) * own.own + sum(one.weight * one.points for one in weighed), 2)


def _counts(subject: Subject, audit: Audit, site: str, reported: Mapping[str, float]) -> dict[str, Any]:
    """{"public", "year", "days_30", "pushed", "reports": {…}, "latency": {…}, "letters": {…}}: articles that are public now,
    published this year and within 30 days, pushed to the site; the figures of their own rooms."""
    day = number(audit.day)
    own = [row for row in subject.facts.rows if row.begins <= day < row.ends]
    rule = audit.rules[site].get(LETTERS)
    terms = (rule.days("simple_days"), rule.days("complex_days")) if rule else None
    letters = [row.letter(terms) if terms else row.letter() for row in subject.facts.letters]
    return {
        "public": len(own),
        "year": sum(row.date[:4] == audit.day[:4] for row in own),
        "days_30": sum(bool(row.date) and day - number(row.date) < 30 for row in own),
        "pushed": len(subject.pushed),
        "reports": {"reported": 0, "adopted": 0, "declined": 0, "waiting": 0, "rate": 0.0, **reported},
        "latency": latency_figures(subject.reposts),
        "letters": letter_figures(letters, date.fromisoformat(audit.day)),
    }


def _named(duties: Duties | None) -> list[str]:
    """The units that registers name."""
    if duties is None:
        return []
    return [one.task.unit for one in duties.tasks] + [one.item.unit for one in duties.deliverables]


def _units(sites: Mapping[str, SiteState], ahead: Iterable[Due], more: Iterable[str]) -> dict[str, UnitState]:
    """The units; more: those that answer for something else than a column."""
    units: dict[str, UnitState] = {}

    def of(name: str) -> UnitState:
        return units.setdefault(name, UnitState(name, [], [], [], []))

    for site, one in sites.items():
        of(one.unit).sites.append(site)
        for column in one.site.columns:
            if not column.channel:
                of(column.owner or one.unit).columns.append((site, column.path, column.name))
    for one in sites.values():
        for finding in one.wrong():
            of(finding.unit or one.unit).wrong.append(finding)
    for due in ahead:
        of(due.unit or sites[due.site].unit).dues.append(due)
    for name in more:
        of(name)
    return units


def by_rule(findings: Iterable[Finding]) -> Counter[str]:
    """Rule -> number of findings that have to be mended."""
    return Counter(one.rule for one in findings if is_wrong(one))
