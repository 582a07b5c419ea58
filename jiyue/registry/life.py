"""The life of a site: open, closing (announced on every page), closed; and what it was called before.

A state is computed from the clock and never stored: 政府网站发展指引（国办发〔2017〕47号）asks for an announcement of at least a
month before a site goes offline, so a site closes on the day its file says or a month after the announcement, whichever is
later. Loaded by every build, so nothing heavy is imported here; the models of the file are in jiyue.registry.life_fields.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

OPEN, CLOSING, CLOSED = "open", "closing", "closed"
STATES = {OPEN: "开放", CLOSING: "关停公告中", CLOSED: "已关停"}
"""State -> its Chinese name."""


class Closing(NamedTuple):
    """关停: announced, closes: 'YYYY-MM-DD'. text, url: the announcement as officers wrote it, '' for the usual one.

    heir: what takes the content over, as (site id, path of its column or channel or '', name to show, complete address); () if
    it is archived.
    """

    announced: str
    closes: str
    text: str = ""
    url: str = ""
    heir: tuple[str, ...] = ()

    @property
    def ends(self) -> str:
        """The day from which the site is closed: never less than a month after its announcement."""
        return max(self.closes, a_month_after(self.announced))

    def state(self, now: str) -> str:
        """OPEN, CLOSING or CLOSED at a moment 'YYYY-MM-DD HH:MM' (or a day)."""
        day = now[:10]
        return CLOSED if day >= self.ends else CLOSING if day >= self.announced else OPEN

    def address(self, site_url: str) -> str:
        """The complete address of the announcement, '' where it has none. site_url: of the closing site."""
        return self.url if not self.url or "://" in self.url else f"{site_url}/{self.url}"

    def notice(self, name: str, now: str) -> tuple[str, str]:
        """(text, address or '') of what every page of the site says at a moment; ('', '') while it is open. name: the site's."""
        state = self.state(now)
        if state == OPEN:
            return "", ""
        to = self.heir[3] if self.heir else ""
        where = f"内容并入{self.heir[2]}" if self.heir else "内容归档保存"
        if state == CLOSED:
            return f"{name}网站已于{in_words(self.ends)}关停，{where}。", to
        return self.text or f"{name}网站将于{in_words(self.ends)}关停，{where}。", self.url or to


class Former(NamedTuple):
    """曾用: what a site, or a site that was merged into it, was before; '' where nothing differs.

    id: of its file; url: its address; name; until: the last day, 'YYYY-MM-DD'; to: the column or channel that shows its content.
    """

    id: str = ""
    url: str = ""
    name: str = ""
    until: str = ""
    to: str = ""


def a_month_after(day: str) -> str:
    """The same day of the next month, or its last one: '2026-01-31' -> '2026-02-28'."""
    start = date.fromisoformat(day)
    if start.year == date.max.year:
        return date.max.isoformat()
    year, month = (start.year, start.month + 1) if start.month < 12 else (start.year + 1, 1)
    from calendar import monthrange  # noqa: PLC0415  (2 ms with all that it imports)

    return date(year, month, min(start.day, monthrange(year, month)[1])).isoformat()


def in_words(day: str) -> str:
    """'2026-11-05' -> '2026年11月5日'."""
    one = date.fromisoformat(day)
    return f"{one.year}年{one.month}月{one.day}日"
