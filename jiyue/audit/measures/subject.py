"""One site with all that its measures may look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from jiyue.audit.measures.facts import Facts, Row
from jiyue.audit.measures.spans import Span, Spans, union
from jiyue.base.diagnostics import Diagnostic
from jiyue.catalogue.parity import Parity
from jiyue.checks.repository.backdating import First
from jiyue.linkage.latency import Repost
from jiyue.registry.probe_ledger import Record
from jiyue.registry.site import Column, Site


class Reading(NamedTuple):
    """A document that needs an interpretation by a day. begins, ends: its public days; read: the first day of one, 0 for none."""

    path: str
    title: str
    page: str
    due: int
    begins: int
    ends: int
    read: int


class PageFault(NamedTuple):
    """A finding about a finished page."""

    page: str
    rule: str
    message: str
    hint: str


class Pages(NamedTuple):
    """The finished pages of a site's last build: bytes of each, and what is wrong with them."""

    sizes: dict[str, int]
    faults: list[PageFault]


class Redated(NamedTuple):
    """A commit that moved the date of an article to an earlier day."""

    path: str
    commit: str
    day: int
    before: str
    after: str


class Stray(NamedTuple):
    """A change by an account that had no right to it, or (rule rights-unknown-account) that nobody registered. day: of its commit."""

    rule: str
    path: str
    message: str
    hint: str
    commit: str
    day: int


class Past(NamedTuple):
    """What git's history says of a site: the first commit of each file, dates moved back, changes beyond someone's rights
    (None where nothing says what these are), and the files migrated from an old site."""

    first: dict[str, First]
    redated: list[Redated]
    strays: list[Stray] | None
    migrated: frozenset[str]


class Ending(NamedTuple):
    """Something that runs out. until: its last day."""

    key: str
    what: str
    until: int
    path: str
    line: int
    unit: str


class AssignedTask(NamedTuple):
    """A task. due: its last day in time; done: the days on which it is done."""

    key: str
    what: str
    due: int
    done: Spans
    path: str
    line: int
    unit: str


class PlanItem(NamedTuple):
    """An item of the information guarantee plan. short: the days on which too little was delivered for it."""

    key: str
    what: str
    short: Spans
    path: str
    line: int
    unit: str


class SiteReading(NamedTuple):
    """A site that somebody has to read. since: from which day; marks: the days on which it was read; faults: what was found:
    (what, day, the first day on which it is mended, END if none, path, line). path, line: of the last reading."""

    since: int
    marks: list[int]
    faults: list[tuple[str, int, int, str, int]]
    path: str
    line: int


class DutyRoster(NamedTuple):
    """A duty roster. first: its first day; covered: the days with somebody on duty. path: of its last row."""

    first: int
    covered: Spans
    path: str
    line: int


class Twin(NamedTuple):
    """An article with the title of an older one on another site that doesn't say it is a repost. percent: how alike they are."""

    path: str
    page: str
    title: str
    other: str
    percent: float
    begins: int
    ends: int


class Copy(NamedTuple):
    """An article that is nearly the same as an older one on another site. percent: the share of the pairs of characters of both."""

    path: str
    page: str
    title: str
    other: str
    other_title: str
    percent: int
    begins: int
    ends: int


@dataclass
class Subject:
    """A site under audit. withheld: source paths that are not published; hits: the findings of all checks that aren't waived.

    portal: what is wrong with its block of the portal's headlines, ''. A part is None where it can't be looked at;
    `missing` says why, by the name of the part.
    """

    site: Site
    facts: Facts
    hits: list[Diagnostic] = field(default_factory=list)
    withheld: frozenset[str] = frozenset()
    pushed: list[Row] = field(default_factory=list)
    gathered: list[Row] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    pages: Pages | None = None
    past: Past | None = None
    endings: dict[str, list[Ending]] = field(default_factory=dict)
    reposts: list[Repost] = field(default_factory=list)
    twins: list[Twin] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)
    tasks: list[AssignedTask] = field(default_factory=list)
    plan: list[PlanItem] = field(default_factory=list)
    site_reading: SiteReading | None = None
    roster: DutyRoster | None = None
    probes: list[Record] = field(default_factory=list)
    editions: list[Parity] = field(default_factory=list)
    portal: str = ""
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """The site's own file."""
        return f"sites/{self.site.id}.yaml"

    @property
    def unit(self) -> str:
        """Who is responsible for the site as a whole."""
        facts = self.site.facts
        return facts.get("operator") or facts.get("sponsor") or self.site.name

    def owner(self, column: str) -> str:
        """Who is responsible for a column."""
        return next((c.owner for c in self.site.columns if c.path == column and c.owner), self.unit)

    def columns(self, types: Iterable[str]) -> list[Column]:
        """Its columns of these types."""
        wanted = set(types)
        return [column for column in self.site.columns if column.type in wanted]

    @cached_property
    def rows(self) -> list[Row]:
        """Its own articles and those pushed to it."""
        return [*self.facts.rows, *self.pushed]

    @cached_property
    def _by_column(self) -> dict[str, list[Row]]:
        rows: dict[str, list[Row]] = {}
        for row in (*self.rows, *self.gathered):
            if row.column:
                rows.setdefault(row.column, []).append(row)
        return rows

    def in_column(self, path: str) -> list[Row]:
        """The articles of a column and of those below it, also those of other sites that it lists."""
        inside = f"{path}/"
        return [
            row
            for column, rows in self._by_column.items()
            if column == path or column.startswith(inside)
            for row in rows
        ]

    @cached_property
    def _kinds(self) -> dict[str, list[Row]]:
        rows: dict[str, list[Row]] = {}
        for row in self.facts.rows:
            rows.setdefault(row.kind, []).append(row)
        return rows

    def of_kind(self, kind: str) -> list[Row]:
        """Its own articles of a kind."""
        return self._kinds.get(kind, [])


def fresh(rows: Iterable[Row], days: int) -> Spans:
    """The days on which one of the articles is public and was brought up to date at most so many days before."""
    spans: set[Span] = set()
    for row in rows:
        for mark in row.marks:
            spans.add((max(mark, row.begins), min(mark + days + 1, row.ends)))
    return union(spans)


def shown(rows: Iterable[Row]) -> Spans:
    """The days on which at least one of the articles is public."""
    return union({(row.begins, row.ends) for row in rows})


def marks(rows: Iterable[Row]) -> tuple[tuple[int, int, int], ...]:
    """(a day on which one of the articles was brought up to date, the days on which that is public), ascending."""
    return tuple(sorted({(max(mark, row.begins), row.begins, row.ends) for row in rows for mark in row.marks}))
