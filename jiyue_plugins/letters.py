"""Letters as of the build's day: the page of each, the filtered list and the statistics of a column, open data."""

from __future__ import annotations

import csv
import hashlib
import io
import json
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
"""The folder of the tables of letters, one per column."""
_GOOD = {STATES[State.REPLIED], STATES[State.CLOSED]}
_WORDS = (
    N_("已收到"), N_("已转办"), N_("等待来信人补充"), N_("延期办理"), N_("已答复"), N_("已办结"), N_("逾期未答复"), N_("三个月以上未答复"),
    N_("咨询"), N_("投诉"), N_("建议"), N_("求助"), N_("举报"), N_("感谢"), N_("其他"),
)  # fmt: skip
"""The words of jiyue.catalogue.letters, for the translation catalogues."""


def page(row: Article, today: date, _: Words, lang: str) -> dict[str, Any]:
    """What a letter's page shows besides its text: state, steps so far, deadline or time taken."""
    letter = letter_of_article(row)
    status = letter.status(today)
    course = [
        step | {"day": str(step["day"]), "shown": date_in(str(step["day"]), lang)}
        for step in _course(letter, _)
        if step["day"] <= today
    ]
    return {
        "state": {"word": _(status), "look": _look(status)},
        "course": course,
        "term": _term(letter, today, _, lang),
        "late": status in (LATE, VETOED),
    }


def _look(status: str) -> str:
    return "good" if status in _GOOD else "late" if status in (LATE, VETOED) else "future"


def _course(letter: Letter, _: Words) -> Iterator[dict[str, Any]]:
    """Label, day and note of each step, in order."""
    steps: list[tuple[date | None, str, str]] = [(letter.received, _("收到"), ""), (letter.transferred, _("转办"), "")]
    for wait in letter.waits:
        steps += [(wait.since, _("请来信人补充"), _("期间不计时")), (wait.until, _("收到补充"), "")]
    steps += [(letter.replied, _("答复"), ""), (letter.closed, _("办结"), "")]
    known = [(day, label, note) for day, label, note in steps if day]
    for day, label, note in sorted(known, key=lambda step: step[0]):
        yield {"day": day, "label": label, "note": note}


def _term(letter: Letter, today: date, _: Words, lang: str) -> str:
    """A sentence on the deadline, or on the time that the reply took."""
    allowed = _("%s 个工作日") % (SIMPLE_DAYS if letter.simple else COMPLEX_DAYS)
    due = letter.due(today)
    if letter.answered(today):
        taken = _("办理期限 %(limit)s，实际用时 %(days)s 个工作日") % {"limit": allowed, "days": letter.days(today)}
        return taken + ("" if letter.was_in_time(today) else _("，逾期答复"))
    if due is None:
        return _("办理期限 %s，等待来信人补充期间不计时") % allowed
    sentence = _("办理期限 %(limit)s，%(day)s 到期") % {"limit": allowed, "day": date_in(str(due.day), lang)}
    if letter.is_vetoed(today):
        return sentence + _("；收到三个月以上没有答复")
    if letter.is_overdue(today):
        return sentence + _("；已经逾期")
    return sentence + (_("（节假日安排公布前为暂定）") if due.provisional else "")


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
        self.status = {path: letter.status(self.today) for path, letter in self.letters.items()}
        super().__init__(view, column, entries)

    def facets_of(self, entry: Entry) -> dict[str, str]:
        """See Library."""
        letter = self.letters[entry.path]
        return {
            "state": self.status[entry.path],
            "category": letter.kind,
            "unit": letter.unit,
            "year": entry.article.date[:4],
        }

    def row(self, entry: Entry) -> dict[str, Any]:
        """See Library."""
        letter, _ = self.letters[entry.path], self.view.words
        days, status = letter.days(self.today), self.status[entry.path]
        return {
            "title": entry.article.title,
            "href": self.prefix + href(entry.path),
            "date": entry.article.date[:10],
            "number": letter.number,
            "site": "",
            "state": {"word": _(status), "look": _look(status)},
            "label": _(letter.kind),
            "organ": letter.unit,
            "note": "" if days is None else _("用时 %s 个工作日") % days,
            "by": None,
            "readings": [],
        }

    @cached_property
    def report(self) -> dict[str, Any]:
        """The column's statistics."""
        return report(self.letters.values(), self.today)

    def figures(self) -> dict[str, Any]:
        """The data of `statistics.html` besides a column's."""
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
        """Groups with at least FEWEST decided letters, the best share first, and the others by name."""
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
        if whole["answered"]:
            rows = [(_("%s 个工作日内") % n, (count,)) for n, count in whole["within"].items()]
            yield _chart("bar", _("答复用时"), _("封"), (_("用时"), _("答复")), rows)
        if len(months := by_month(self.letters.values(), self.today)) > 1:
            names = (_("月份"), _("收到"), _("答复"))
            yield _chart("grouped", _("按月收到和答复"), _("封"), names, [(month, (a, b)) for month, a, b in months])
        kinds = [(self._label("category", name), (one["received"],)) for name, one in whole["kinds"].items()]
        if len(kinds) > 1:
            kinds.sort(key=lambda kind: -kind[1][0])
            yield _chart("bar", _("按类别收到"), _("封"), (_("类别"), _("收到")), kinds)


def is_letters(entries: list[Entry]) -> bool:
    """Whether a column has only letters."""
    return bool(entries) and all(entry.article.kind == "letter" for entry in entries)


def _shown(one: dict[str, Any]) -> dict[str, Any]:
    """Figures as shown; the share answered in time and its interval are '' where nothing is decided."""
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
    """A chart from whole numbers. names: of the rows, then of each series."""
    data = [(label, values) for label, values in rows]
    cells = (names, *((label, *map(str, values)) for label, values in data))
    floats = tuple((label, tuple(map(float, values))) for label, values in data)
    return Chart(type_, title, "", unit, names[1:], floats, cells)


PUBLIC = tuple(name for name in FIELDS if name not in ("review", "visibility"))
"""The columns of a ledger that are published: all but those on its approval."""


def tables(view: SiteView) -> Iterator[File]:
    """`api/letters/`: the letters of each column with all their fields, as JSON and CSV."""
    for path, entries in sorted(view.entries.items()):
        rows = [record(view, entry) for entry in entries if entry.article.kind == "letter" and not entry.pushed]
        if rows:
            lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
            yield _file(f"{DATA}/{path or 'index'}.json", f"[\n{lines}\n]\n")
            yield _file(f"{DATA}/{path or 'index'}.csv", _csv(rows))


def record(view: SiteView, entry: Entry) -> dict[str, Any]:
    """A letter by the columns of a ledger, so that it can be rebuilt. reply is Markdown if it is in a file of its own.

    A letter written as an article has its complete text in `body` instead.
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
    """UTF-8 with a byte order mark, which spreadsheets need; cells that they would run are quoted with an apostrophe."""
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
