"""What there is to do for a person: drafts, reviews, terms that run out, letters to answer, reports to decide on.

Each list has the facts of the command that shows them at a terminal: `jiyue audit --due`, `jiyue letters due`, `jiyue inbox`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import quote

from jiyue.audit.due import Due, dues
from jiyue.audit.run import audit
from jiyue.base import clock
from jiyue.build.inbox import outside_reports
from jiyue.build.options import Known, Options
from jiyue.editor.judging import Judge
from jiyue.editor.model import Draft, Person, State
from jiyue.letters.due import due_letters
from jiyue.letters.ledger import Ledger, ledgers
from jiyue.linkage.exchange import answers
from jiyue.linkage.report_up import WAITING, link_reports, newer_at_home
from jiyue.registry.site import REVIEW_STEPS

DAYS = 14
"""How far the forecast looks."""
LETTER_DAYS = 15
"""Working days until the term of a letter that is listed: the longest regular term, so all that are unanswered."""
_LOG = logging.getLogger("jiyue.editor")
_AGAIN = 600.0
"""Seconds between two forecasts, at least: one reads the whole cluster."""


class Item(NamedTuple):
    """Something to do. limit: until when, a day or a moment; since: since when it waits; both '' for none. late: it is too late."""

    title: str
    url: str
    site: str
    about: str = ""
    limit: str = ""
    since: str = ""
    late: bool = False


@dataclass(frozen=True)
class WorkList:
    """A list: its key and name, its items, what is said where they are not known yet."""

    key: str
    name: str
    items: list[Item]
    empty: str = ""


class Forecast:
    """What will be wrong within DAYS, of all sites; made in the background and again when the cluster has changed."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.found: list[Due] = []
        self.at = ""
        """The moment of what was found, '' before the first time."""
        self._state: object = None
        self._began = 0.0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ask(self) -> list[Due]:
        """The last forecast. Begins a new one where the cluster or the day is another by now."""
        known = self.judge.known()
        state = (clock.now()[:10], tuple((one.site, one.digest) for one in known.summaries.values()))
        with self._lock:
            busy = self._thread is not None and self._thread.is_alive()
            waited = not self._began or time.monotonic() - self._began >= _AGAIN
            if state != self._state and waited and not busy:
                self._began = time.monotonic()
                self._thread = threading.Thread(target=self._make, args=(state,), daemon=True)
                self._thread.start()
            return self.found

    def wait(self) -> None:
        """Until the one that is being made is there."""
        if thread := self._thread:
            thread.join()

    def _make(self, state: object) -> None:
        now, root = clock.now(), self.judge.root
        try:
            # no child processes: the server has threads
            found = dues(audit(Options(root, root / "output", jobs=1, now=now)), DAYS)
        except Exception:  # whatever it is, the other lists are there, and the last forecast stays
            _LOG.exception("the forecast failed")
            return
        with self._lock:
            self.found, self.at, self._state = found, now, state


class Letters:
    """The ledgers of letters of the sites, read again where a site's files changed."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self._read: dict[str, tuple[str, list[Ledger]]] = {}

    def of(self, sites: Iterable[str]) -> list[Ledger]:
        """The ledgers of sites."""
        known, made = self.judge.known(), []
        for site in sites:
            state = known.summaries[site].content
            if site not in self._read or self._read[site][0] != state:
                self._read[site] = state, list(ledgers(self.judge.root, site))
            made += self._read[site][1]
        return made


class WorkLists:
    """The lists of a cluster's people. desk: jiyue.editor.desk.Desk."""

    def __init__(self, judge: Judge, desk: Any, sites_of: Callable[[Person], list[Any]]) -> None:
        self.judge, self.desk, self.sites_of = judge, desk, sites_of
        self.forecast, self.letters = Forecast(judge), Letters(judge)

    def of(self, who: Person) -> list[WorkList]:
        """All lists of a person, what waits longest or ends first at the top of each."""
        known = self.judge.known()
        drafts: list[Draft] = self.desk.drafts(who)
        mine = [one for one in drafts if one.owner == who.account]
        waiting = sorted(self.desk.waiting(who), key=lambda one: one.changed)
        sites = [site.id for site in self.sites_of(who)]
        due = self._due(who, set(sites))
        return [
            WorkList("waiting", "等我审核", [self._draft(one, known, review=True) for one in waiting]),
            WorkList("returned", "退回给我修改", [self._draft(o, known) for o in mine if o.state is State.RETURNED]),
            WorkList("drafts", "我的草稿", [self._draft(one, known) for one in mine if one.state is State.DRAFT]),
            WorkList("sent", "我送审的", [self._draft(o, known, review=True) for o in mine if o.state is State.WAITING]),
            WorkList(
                "due", f"{DAYS} 天之内要办", due,
                "" if self.forecast.at else "正在检查，过一会儿刷新。",
            ),
            WorkList("letters", "待答复的来信", self._letters(who, sites)),
            WorkList("reports", "下级报送、待决定", self._reports(who, set(sites), known)),
        ]  # fmt: skip

    def _draft(self, one: Draft, known: Known, *, review: bool = False) -> Item:
        column = self._column(one.path, known)
        step = f"，待{REVIEW_STEPS[one.step]}" if one.step else ""
        return Item(
            one.title or "（还没有标题）", f"/draft/{one.id}/{'review' if review else ''}", one.site,
            f"{column}，{one.owner}{step}", since=one.changed,
        )  # fmt: skip

    def _column(self, path: str, known: Known) -> str:
        site = known.registry.sites.get(path.split("/")[1])
        folder = path.split("/", 2)[2].rpartition("/")[0]
        return next((c.name for c in site.columns if c.path == folder), folder) if site else folder

    def _due(self, who: Person, sites: set[str]) -> list[Item]:
        found = [one for one in self.forecast.ask() if one.site in sites]
        place = {one: one.path if one.path.startswith("content/") else f"content/{one.site}/x.md" for one in found}
        seen = self.desk.seen(who, place.values())
        items = []
        for one in found:
            if place[one] not in seen:
                continue
            own = one.path.startswith("content/")
            url = f"/history/{quote(one.path)}" if one.path.endswith(".md") and own else f"/sites/{one.site}/"
            where = f"{one.path}:{one.line}" if own and one.line else one.path
            about = "，".join(filter(None, (one.hint, one.unit, where)))
            items.append(Item(one.message, url, one.site, about, one.latest, late=one.severity == "error"))
        return items

    def _letters(self, who: Person, sites: list[str]) -> list[Item]:
        rows = due_letters(self.letters.of(sites), date.fromisoformat(clock.now()[:10]), LETTER_DAYS)
        seen = self.desk.seen(who, {row["path"] for row in rows})
        return [
            Item(
                f"{row['number']} {row['subject']}", f"/sites/{row['site']}/", row["site"],
                f"{row['unit']}，{row['path']}:{row['line']}" + ("，期限暂定" if row["provisional"] else ""),
                row["due"], row["received"], late=row["overdue"],
            )
            for row in rows
            if row["path"] in seen
        ]  # fmt: skip

    def _reports(self, who: Person, sites: set[str], known: Known) -> list[Item]:
        registry, summaries, now, root = known.registry, known.summaries, clock.now(), self.judge.root
        inside = link_reports(registry, summaries, now, answers(root, registry)).reports
        reports = [*inside, *outside_reports(root, registry, summaries, now)]
        mine = {path.split("/")[1] for path in self.desk.seen(who, (f"content/{site}/x.md" for site in sites))}
        items = [
            Item(
                one.article.title, one.url, one.superior, f"{one.article.site} 报送，{one.unit}"
                + (f"，建议栏目 {'、'.join(one.wanted)}" if one.wanted else "")
                + f"；决定：jiyue inbox adopt（或者 decline）{one.superior} {one.name}",
                since=max(one.article.date, one.article.updated),
            )
            for one in reports
            if one.superior in mine and (one.state == WAITING or newer_at_home(one))
        ]  # fmt: skip
        return sorted(items, key=lambda item: (item.since, item.url))


def newest(lists: Iterable[WorkList], most: int) -> list[tuple[WorkList, Item]]:
    """The items of all lists, those of the latest change or term first."""
    rows = [(one, item) for one in lists for item in one.items]
    return sorted(rows, key=lambda row: (row[1].since or row[1].limit, row[1].url), reverse=True)[:most]
