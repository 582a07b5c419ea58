"""The facts of a site's content that the measures need: small, independent of the clock, kept until the content changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from jiyue.audit.measures.spans import END, FIRST, number
from jiyue.catalogue.article import Article
from jiyue.catalogue.letters import COMPLEX_DAYS, SIMPLE_DAYS, Letter, letter_of_article, waits_of
from jiyue.catalogue.phases import has_result
from jiyue.catalogue.scan import SiteScan
from jiyue.checks.article.duties import GUIDE_ELEMENTS
from jiyue.letters.ledger import NAMES, read
from jiyue.letters.tickets import FILES as TICKETS
from jiyue.letters.tickets import Ticket, tickets_of
from jiyue.linkage.gathering import Gathered

_KEPT = ("opens", "closes", "result_due", "annual_report", "created", "repost_of", "lang", "layout")
"""The fields of articles that some measure reads."""
_LETTER = "letter"


class Row(NamedTuple):
    """An article. line, digest: where its body begins, and of its file.

    begins, ends: the days on which it is public, as a span; marks: the days on which it was published and brought up to
    date. extra: of _KEPT, and `result` (of a survey), `missing` (elements of a guide), `statistics` (until).
    """

    path: str
    page: str
    column: str
    kind: str
    title: str
    date: str
    begins: int
    ends: int
    marks: list[int]
    extra: dict[str, Any]
    line: int = 1
    digest: str = ""


class LetterRow(NamedTuple):
    """A letter, public or not; dates 'YYYY-MM-DD' or '', waits as in its ledger."""

    number: str
    path: str
    line: int
    unit: str
    public: bool
    received: str
    simple: bool
    waits: str
    extended_to: str
    replied: str
    closed: str

    def letter(self, terms: tuple[int, int] = (SIMPLE_DAYS, COMPLEX_DAYS)) -> Letter:
        """As its own model sees it; terms: see there."""
        return Letter(
            self.number, date.fromisoformat(self.received), "", simple=self.simple, waits=waits_of(self.waits),
            extended_to=_day(self.extended_to), replied=_day(self.replied), closed=_day(self.closed), terms=terms,
        )  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """Of one site. ledgers: the paths of its ledgers. tickets: reports of errors, by the path of their ledger."""

    rows: list[Row]
    letters: list[LetterRow]
    ledgers: list[str]
    tickets: dict[str, list[Ticket]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain data for the cache."""
        return {"rows": self.rows, "letters": self.letters, "ledgers": self.ledgers, "tickets": self.tickets}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Facts:
        """The inverse of as_json, after JSON."""
        rows, letters = [Row(*row) for row in data["rows"]], [LetterRow(*row) for row in data["letters"]]
        tickets = {path: [Ticket(*row) for row in found] for path, found in data["tickets"].items()}
        return cls(rows, letters, data["ledgers"], tickets)


def facts_of(scan: SiteScan, source: Callable[[str], bytes]) -> Facts:
    """The facts of a scan without what is withheld. source: path in the repository -> bytes; called for ledgers of letters."""
    ledgers = [f"content/{scan.site}/{place}" for place in scan.places if place.rpartition("/")[2] in NAMES]
    letters = [row for path in ledgers for row in _ledger(scan.site, path, source(path))]
    letters += [_letter(row) for row in scan.rows if row.kind == _LETTER and ":" not in row.source_path]
    paths = [f"content/{scan.site}/{name}" for name in TICKETS if name in scan.places]
    tickets = {path: tickets_of(source(path), path, scan.site)[0] for path in paths}
    return Facts([row_of(row, row.column, row.path) for row in scan.rows], letters, ledgers, tickets)


def row_of(row: Article, column: str, page: str) -> Row:
    """An article as it is shown in a column, at an address of the site."""
    begins, ends = lifetime(row.date, row.publish_at, row.expires, row.withdrawn_at)
    marks = sorted({number(day) for day in (row.date, row.updated) if day})
    return Row(
        row.source_path,
        page,
        column,
        row.kind,
        row.title,
        row.date,
        begins,
        ends,
        marks,
        _extra(row),
        row.body_line,
        row.digest,
    )


def gathered_row(one: Gathered) -> Row:
    """An article of another site as a topic lists it: there since its date, without what its own site answers for."""
    day = number(one.date)
    return Row("", one.url, one.column, "news", one.title, one.date, day, END, [day], {})


def lifetime(published: str, publish_at: str, expires: str, withdrawn_at: str) -> tuple[int, int]:
    """The days on which it is public, as a span: what begins on a day counts on it, what ends on it doesn't."""
    begins = max([FIRST, *(number(moment) for moment in (published, publish_at) if moment)])
    return begins, min([END, *(number(moment) for moment in (expires, withdrawn_at) if moment)])


def _extra(row: Article) -> dict[str, Any]:
    extra = {name: row.extra[name] for name in _KEPT if row.extra.get(name)}
    if row.kind == "survey" and has_result(row):
        extra["result"] = True
    if row.kind == "guide":
        extra["missing"] = [name for field, name in GUIDE_ELEMENTS.items() if not row.extra.get(field)]
        if statistics := row.extra.get("statistics"):
            extra["statistics"] = statistics["until"][:10]
    return extra


def _ledger(site: str, path: str, data: bytes) -> Iterable[LetterRow]:
    for one in read(data, site, path).letters.values():
        yield _letter_row(one, path, one.line, public=one.public)


def _letter(row: Article) -> LetterRow:
    return _letter_row(letter_of_article(row), row.source_path, 1, public=True)


def _letter_row(one: Letter, path: str, line: int, *, public: bool) -> LetterRow:
    waits = "; ".join(f"{wait.since}/{wait.until or ''}" for wait in one.waits)
    return LetterRow(
        one.number, path, line, one.unit, public, str(one.received), one.simple, waits, *(
            str(day or "") for day in (one.extended_to, one.replied, one.closed)
        )
    )  # fmt: skip


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
