"""Letters: what the page of one shows as of the build's day, the list of a column with filters, and the column's figures."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property, partial
from typing import Any

from jiyue.catalogue.article import Article
from jiyue.catalogue.charts import Chart
from jiyue.catalogue.ledgers import FORMULA
from jiyue.catalogue.letters import (
    COMPLEX_DAYS,
    FIELDS,
    KINDS,
    LATE,
    SIMPLE_DAYS,
    STATES,
    VETOED,
    Letter,
    State,
    letter_moments,
    letter_of_article,
)
from jiyue.catalogue.links import STATISTICS, filter_page
from jiyue.catalogue.sources import cells_at
from jiyue.letters.statistics import FEWEST, by_month, report, wilson
from jiyue.registry.site import Column
from jiyue.render import charts
from jiyue.render.body import read_body, translated_labels
from jiyue.render.pages.job import href
from jiyue.render.pages.languages import date_in
from jiyue.render.pages.page import File
from jiyue.render.pages.view import Entry, SiteView
from jiyue.render.theme.translations import N_, Words
from jiyue_plugins.library import Facets, Library

DATA = "api/letters"
"""The folder of the letters as a table, one a column."""
_GOOD = {STATES[State.REPLIED], STATES[State.CLOSED]}
_WORDS = (
    N_("已收到"), N_("已转办"), N_("等待来信人补充"), N_("延期办理"), N_("已答复"), N_("已办结"), N_("逾期未答复"), N_("三个月以上未答复"),
    N_("咨询"), N_("投诉"), N_("建议"), N_("求助"), N_("举报"), N_("感谢"), N_("其他"),
)  # fmt: skip
"""For the catalogues of words: what jiyue.catalogue.letters names."""


def mark(row: Article, now: str) -> str:
    """Changes when what a page shows of a letter changes by the clock; '' for anything else."""
    return str(bisect_right(letter_moments(row), now)) if row.kind == "letter" else ""


def page(row: Article, today: date, _: Words, lang: str) -> dict[str, Any]:
    """What a letter's page shows beside its text: state, course, term."""
    letter = letter_of_article(row)
    told = letter.told(today)
    course = [
        step | {"day": str(step["day"]), "shown": date_in(str(step["day"]), lang)}
        for step in _course(letter, _)
        if step["day"] <= today
    ]
    return {
        "state": {"word": _(told), "look": _look(told)},
        "course": course,
        "term": _term(letter, today, _, lang),
        "late": told in (LATE, VETOED),
    }


def _look(told: str) -> str:
    return "good" if told in _GOOD else "late" if told in (LATE, VETOED) else "future"


def _course(letter: Letter, _: Words) -> Iterator[dict[str, Any]]:
    """label, day and note of each step, in order."""
    steps: list[tuple[date | None, str, str]] = [(letter.received, _("收到"), ""), (letter.transferred, _("转办"), "")]
    for wait in letter.waits:
        steps += [(wait.since, _("请来信人补充"), _("期间不计时")), (wait.until, _("收到补充"), "")]
    steps += [(letter.replied, _("答复"), ""), (letter.closed, _("办结"), "")]
    known = [(day, label, note) for day, label, note in steps if day]
    for day, label, note in sorted(known, key=lambda step: step[0]):
        yield {"day": day, "label": label, "note": note}


def _term(letter: Letter, today: date, _: Words, lang: str) -> str:
    """One sentence on the term: until when, or how long it took."""
    allowed = _("%s 个工作日") % (SIMPLE_DAYS if letter.simple else COMPLEX_DAYS)
    due = letter.due(today)
    if letter.answered(today):
        taken = _("办理期限 %(limit)s，实际用时 %(days)s 个工作日") % {"limit": allowed, "days": letter.days(today)}
        return taken + ("" if letter.was_in_time(today) else _("，逾期答复"))
    if due is None:
        return _("办理期限 %s，等待来信人补充期间不计时") % allowed
    said = _("办理期限 %(limit)s，%(day)s 到期") % {"limit": allowed, "day": date_in(str(due.day), lang)}
    if letter.is_vetoed(today):
        return said + _("；收到三个月以上没有答复")
    if letter.is_overdue(today):
        return said + _("；已经逾期")
    return said + (_("（节假日安排公布前为暂定）") if due.provisional else "")


class LetterLibrary(Library):
    """A column of letters."""

    facet_names: Facets = (
        ("state", N_("状态")),
        ("category", N_("类别")),
        ("unit", N_("承办单位")),
        ("year", N_("年份")),
    )
    ordered = {"state": (*STATES.values(), LATE, VETOED), "category": KINDS}  # noqa: RUF012  (never changed)
    search_label = N_("在本栏目搜索来信和答复")
    placeholder = N_("标题、来信、答复")
    counted = N_("%s 封来信")
    statistics = STATISTICS

    def __init__(self, view: SiteView, column: Column, entries: list[Entry]) -> None:
        self.today = date.fromisoformat(view.job.now[:10])
        self.letters = {entry.path: letter_of_article(entry.article) for entry in entries}
        self.told = {path: letter.told(self.today) for path, letter in self.letters.items()}
        super().__init__(view, column, entries)

    def facets_of(self, entry: Entry) -> dict[str, str]:
        """See Library."""
        letter = self.letters[entry.path]
        return {
            "state": self.told[entry.path],
            "category": letter.kind,
            "unit": letter.unit,
            "year": entry.article.date[:4],
        }

    def row(self, entry: Entry) -> dict[str, Any]:
        """See Library."""
        letter, _ = self.letters[entry.path], self.view.words
        days, told = letter.days(self.today), self.told[entry.path]
        return {
            "title": entry.article.title,
            "href": self.prefix + href(entry.path),
            "date": entry.article.date[:10],
            "number": letter.number,
            "site": "",
            "state": {"word": _(told), "look": _look(told)},
            "label": _(letter.kind),
            "organ": letter.unit,
            "note": "" if days is None else _("用时 %s 个工作日") % days,
            "by": None,
            "readings": [],
        }

    @cached_property
    def report(self) -> dict[str, Any]:
        """The figures of the column's letters, by unit and kind."""
        return report(self.letters.values(), self.today)

    def figures(self) -> dict[str, Any]:
        """What `statistics.html` needs beside a column's data."""
        _, whole = self.view.words, self.report
        days = [letter.received for letter in self.letters.values()]
        return {
            "first": str(min(days)),
            "last": str(max(days)),
            "whole": _shown(whole),
            "units": self._compared(whole["units"], "unit"),
            "kinds": self._compared(whole["kinds"], "category"),
            "charts": [
                translated_labels(charts.figure(one, f"letters-{n}"), _) for n, one in enumerate(self._charts(), 1)
            ],
            "back": "./",
            "fewest": FEWEST,
        }

    def _compared(self, groups: dict[str, Any], facet: str) -> dict[str, list[dict[str, Any]]]:
        """Groups that can be compared, the best share first, and those with too few letters, by name."""
        linked = set(self.values[facet])
        rows = [
            {
                "name": self._label(facet, name) if name else self.view.words("未注明"),
                "href": filter_page(facet, name, 1) if name in linked else "",
                **_shown(one),
            }
            for name, one in sorted(groups.items())
        ]
        many = [row for row in rows if row["decided"] >= FEWEST]
        many.sort(key=lambda row: -row["in_time"] / row["decided"])
        return {"many": many, "few": [row for row in rows if row["decided"] < FEWEST]}

    def _charts(self) -> Iterator[Chart]:
        _, whole = self.view.words, self.report
        letters = _("封")
        if whole["answered"]:
            rows = [(_("%s 个工作日内") % n, (count,)) for n, count in whole["within"].items()]
            yield _chart("bar", _("答复用时"), letters, (_("答复"),), rows)
        months = by_month(self.letters.values(), self.today)
        if len(months) > 1:
            yield _chart(
                "grouped",
                _("按月收到和答复"),
                letters,
                (_("收到"), _("答复")),
                [(month, (a, b)) for month, a, b in months],
            )
        kinds = [(self._label("category", name), (one["received"],)) for name, one in whole["kinds"].items()]
        if len(kinds) > 1:
            yield _chart("bar", _("按类别收到"), letters, (_("收到"),), sorted(kinds, key=lambda kind: -kind[1][0]))

    def table(self) -> Iterator[File]:
        """The letters with all their fields, as JSON and CSV."""
        rows = [record(self.view, entry) for entry in self.entries if not entry.pushed]
        if rows:
            path = f"{DATA}/{self.column.path}"
            yield _file(
                f"{path}.json", "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]\n"
            )
            yield _file(f"{path}.csv", _csv(rows))


def is_letters(entries: list[Entry]) -> bool:
    """Whether a column is one of letters: it has nothing else."""
    return bool(entries) and all(entry.article.kind == "letter" for entry in entries)


def _shown(one: dict[str, Any]) -> dict[str, Any]:
    """Figures with the share in time and its interval as texts, '' where nothing is decided."""
    shown = {
        key: one[key] for key in ("received", "answered", "in_time", "decided", "overdue", "over_three_months", "p90")
    }
    shown["median"] = None if one["median"] is None else f"{one['median']:g}"
    shown["share"] = shown["interval"] = ""
    if one["decided"]:
        low, high = wilson(one["in_time"], one["decided"])
        shown["share"] = f"{one['in_time'] / one['decided']:.1%}"
        shown["interval"] = f"{low:.1%}–{high:.1%}"
    return shown


def _chart(
    type_: str, title: str, unit: str, names: tuple[str, ...], rows: Iterable[tuple[str, tuple[int, ...]]]
) -> Chart:
    data = [(label, values) for label, values in rows]
    cells = (("", *names), *((label, *map(str, values)) for label, values in data))
    return Chart(
        type_, title, "", unit, names, tuple((label, tuple(map(float, values))) for label, values in data), cells
    )


PUBLIC = tuple(name for name in FIELDS if name not in ("review", "visibility"))
"""The columns of a ledger that are about the letter, not about who approved it."""


def record(view: SiteView, entry: Entry) -> dict[str, Any]:
    """A letter by the columns of a ledger, from which it can be written again. reply is Markdown where it lay in a file.

    A letter that is an article has its whole text in `body` instead.
    """
    row = entry.article
    letter = letter_of_article(row)
    cells = cells_at(view.job.root, row.source_path, row.digest)
    if cells is None:
        body = read_body(view.job.root, row.source_path, row.body_line, row.digest).strip()
        extra = {
            name: str(row.extra[name])[:10] for name in FIELDS if name in row.extra and name not in ("unit", "waits")
        }
        cells = {**extra, "unit": letter.unit, "waits": row.extra.get("waits", ""), "extended": letter.extended}
        cells |= {"number": letter.number, "kind": letter.kind, "subject": row.title, "body": body}
        cells["simple"] = "是" if letter.simple else "否"
    return {name: cells[name] for name in (*PUBLIC, "body") if cells.get(name)}


def _csv(rows: list[dict[str, Any]]) -> str:
    """UTF-8 with a mark, as spreadsheets ask for it; a cell that would run is text to them."""
    out = io.StringIO(newline="")
    out.write("\ufeff")
    names = [name for name in (*PUBLIC, "body") if any(name in row for row in rows)]
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    for row in rows:
        cells = [str(row.get(name, "")) for name in names]
        writer.writerow(["'" + cell if cell.startswith(FORMULA) else cell for cell in cells])
    return out.getvalue()


def _file(path: str, text: str) -> File:
    data = text.encode("utf-8", "surrogatepass")
    return File(path, hashlib.blake2b(data, digest_size=16).hexdigest(), partial(bytes, data))
