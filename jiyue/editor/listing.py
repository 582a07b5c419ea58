"""The articles of a site with their states: those of the main branch from the scan's cache, drafts from the desk."""

from __future__ import annotations

import bisect
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from jiyue.base.cache import ReadCache
from jiyue.base.reason import Reason
from jiyue.catalogue.scan import SiteScan, column_of, recall_scan, scan_site
from jiyue.catalogue.summary import Summary
from jiyue.editor.judging import Judge
from jiyue.editor.model import Draft, State
from jiyue.registry.site import Site

PER_PAGE = 50
TOPICS = 200
"""主题分类 that are suggested."""
OF_REASON = {
    Reason.SCHEDULED: State.SCHEDULED,
    Reason.EXPIRED: State.EXPIRED,
    Reason.WITHDRAWN: State.WITHDRAWN,
    Reason.UNAPPROVED: State.WAITING,
    Reason.DRAFT: State.DRAFT,
}
"""Why an article of the main branch is not public → its state; any other reason is an error of its text."""


class Listed(NamedTuple):
    """An article in a list. path: of its source; date: 'YYYY-MM-DD HH:MM', of a draft its last save.

    draft: being written, None if nobody writes it; address: of its page on its site, '' if it is not public.
    """

    path: str
    title: str
    column: str
    date: str
    state: State
    address: str = ""
    draft: Draft | None = None


@dataclass(frozen=True)
class Found:
    """A page of a list. total: of all pages; states: how many there are in each state before the filter by state."""

    rows: list[Listed]
    page: int
    pages: int
    total: int
    states: dict[State, int] = field(default_factory=dict)


class Listings:
    """The articles of the sites' main branch, newest first. Safe in threads; made again only where something changed."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self._lock = threading.Lock()
        self._made: dict[str, tuple[object, list[Listed], tuple[str, ...]]] = {}

    def of(self, site: str, now: str) -> list[Listed]:
        """The articles of a site at a moment. Raises KeyError for one that is unknown or broken."""
        return self._of(site, now)[0]

    def topics(self, site: str, now: str) -> tuple[str, ...]:
        """The 主题分类 in use at a site."""
        return self._of(site, now)[1]

    def _of(self, site: str, now: str) -> tuple[list[Listed], tuple[str, ...]]:
        known = self.judge.known()
        summary, place = known.summaries[site], known.registry.sites[site]
        state = (summary.digest, tuple(summary.withheld), bisect.bisect_right(summary.turning, now))
        with self._lock:
            made = self._made.get(site)
            if made is None or made[0] != state:
                made = self._made[site] = state, *self._rows(place, summary, now)
            return made[1:]

    def _rows(self, site: Site, summary: Summary, now: str) -> tuple[list[Listed], tuple[str, ...]]:
        cache = ReadCache(self.judge.root / ".jiyue" / "store")
        scan: SiteScan = recall_scan(self.judge.root, site, cache, summary.content) or scan_site(
            self.judge.root, site, cache
        )
        why = {row.source_path: row.why(now) for row in summary.hidden}
        rows = []
        for row in scan.rows:
            if ":" in row.source_path:
                continue  # rows of a ledger are edited in the ledger
            reason = why.get(row.source_path, Reason.NONE)
            state = OF_REASON.get(reason, State.WITHHELD) if reason else State.PUBLISHED
            address = f"{site.url}/{row.path}" if state is State.PUBLISHED else ""
            rows.append(Listed(row.source_path, row.title, row.column, row.updated or row.date, state, address))
        listed = {row.path for row in rows}
        unread = {one.path for one in scan.diagnostics} | set(summary.withheld)
        for path in sorted((unread | set(scan.drafts)) - listed):
            if path.endswith((".md", ".markdown")):
                folder = path.split("/", 2)[2].rpartition("/")[0]
                state = State.DRAFT if path in scan.drafts else State.WITHHELD
                rows.append(Listed(path, path.rpartition("/")[2], column_of(folder, site.columns), "", state))
        rows.sort(key=lambda row: (row.date, row.path), reverse=True)
        topics = sorted({str(row.extra["topic"]) for row in scan.rows if "topic" in row.extra})
        return rows, tuple(topics[:TOPICS])


def found(
    rows: Iterable[Listed],
    drafts: Iterable[Draft],
    seen: Callable[[Iterable[str]], set[str]],
    site: Site,
    *,
    column: str = "",
    state: str = "",
    words: str = "",
    page: int = 1,
) -> Found:
    """A page of a list. seen: which of some paths may be seen, asked once a column; column: only what lies in it or below it.

    A draft stands in the place of its article, before all others. words: of the title, all of them.
    """
    writing: Mapping[str, Draft] = {one.path: one for one in drafts if one.site == site.id}
    parts = words.casefold().split()
    live = {row.path: row for row in rows}
    there = [
        Listed(
            path, one.title, live[path].column if path in live else _column(path, site), one.changed, one.state,
            live[path].address if path in live else "", one,
        )
        for path, one in writing.items()
    ]  # fmt: skip
    there += [row for path, row in live.items() if path not in writing]
    names = {row.column for row in there if not column or row.column == column or row.column.startswith(f"{column}/")}
    probes = {"/".join(filter(None, ("content", site.id, name, "x.md"))): name for name in names}
    may = {probes[path] for path in seen(probes)}
    fitting = [
        row for row in there if row.column in may and (not parts or all(part in row.title.casefold() for part in parts))
    ]
    states = Counter(row.state for row in fitting)
    chosen = [row for row in fitting if not state or row.state == state]
    pages = max(1, -(-len(chosen) // PER_PAGE))
    page = min(max(1, page), pages)
    return Found(chosen[(page - 1) * PER_PAGE : page * PER_PAGE], page, pages, len(chosen), dict(states))


def _column(path: str, site: Site) -> str:
    return column_of(path.split("/", 2)[2].rpartition("/")[0], site.columns)
