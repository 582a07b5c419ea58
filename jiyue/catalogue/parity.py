"""Whether an edition in another language is in step with its original, as of a moment: then it is open, else it is not.

吉政办发〔2015〕5号（八）: 外文版核心信息与中文同步，没有能力的不开设. What a site declares of an edition is
jiyue.registry.site.Edition; what is missing in a declaration closes it as well. All pure functions.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from jiyue.catalogue.article import Article
from jiyue.catalogue.editions import language, may_have_editions, translations
from jiyue.registry.site import Edition, Site

MISSING, STALE = "missing", "stale"
STATES = {MISSING: "缺译文", STALE: "译文落后"}
"""State of a Lag -> its Chinese name."""


class Lag(NamedTuple):
    """An original whose translation is missing or older than it. column, path, title: the original's; path is its source.

    translation: source path of the translation, '' for none. changed: when the original was published or last changed;
    due: until when the translation has to follow. Both 'YYYY-MM-DD HH:MM'.
    """

    column: str
    path: str
    title: str
    translation: str
    changed: str
    due: str

    @property
    def state(self) -> str:
        """MISSING or STALE."""
        return STALE if self.translation else MISSING


class Core(NamedTuple):
    """A core column. originals: how many need a translation; translated: how many have one; late: the overdue Lags."""

    path: str
    originals: int
    translated: int
    late: int


class Parity(NamedTuple):
    """The state of an edition at a moment. closed: why it is not open, in Chinese, () if it is open.

    lags: those of the core columns, due or not yet, the oldest first. next: the first later moment at which the state may
    change, '' for none.
    """

    edition: Edition
    closed: tuple[str, ...]
    cores: tuple[Core, ...] = ()
    lags: tuple[Lag, ...] = ()
    next: str = ""


def parities(rows: Sequence[Article], site: Site, withheld: Collection[str], now: str) -> list[Parity]:
    """The state of each edition of a site, those included that some article is in but the site doesn't declare.

    withheld: source paths of articles that aren't published for reasons of their own.
    """
    langs = {row.extra["lang"] for row in rows if "lang" in row.extra} - {site.lang}
    declared = {edition.lang: edition for edition in site.editions}
    if not declared and not langs:
        return []
    groups = translations(rows)
    undeclared = [
        Edition(lang, lacking=("没有在 languages 和 editions 里申报这一语种",))
        for lang in sorted(langs - declared.keys())
    ]
    return [_parity(rows, site, edition, groups, withheld, now) for edition in (*site.editions, *undeclared)]


def _parity(
    rows: Sequence[Article],
    site: Site,
    edition: Edition,
    groups: Mapping[str, list[Article]],
    withheld: Collection[str],
    now: str,
) -> Parity:
    if edition.lacking:
        return Parity(edition, edition.lacking)
    oldest = max(_later(now, -edition.window_days), f"{edition.since or '0000-00-00'} 00:00")
    cores, closed = [], []
    lags: list[Lag] = []
    moments: set[str] = set()
    filled = {row.column for row in rows}
    for path in dict.fromkeys(edition.columns):
        originals = translated = late = 0
        below = {column for column in filled if column == path or column.startswith(f"{path}/")}
        for row in rows:
            if row.column not in below or row.source_path in withheld:
                continue
            if language(row, site) != site.lang or not may_have_editions(row):
                continue
            moments.update(row.turning_points())
            changed = max(row.date, row.updated)
            if changed <= oldest:
                continue
            moments.add(_later(changed, edition.window_days))
            if not row.is_public(now):
                continue
            originals += 1
            own = [one for one in groups.get(row.path, ()) if language(one, site) == edition.lang]
            moments.update(moment for one in own for moment in one.turning_points())
            there = [one for one in own if one.is_public(now) and one.source_path not in withheld]
            translated += bool(there)
            if there and max(there[0].date, there[0].updated)[:10] >= changed[:10]:
                continue
            due = _later(changed, edition.max_lag_days)
            moments.add(due)
            late += due <= now
            lags.append(Lag(path, row.source_path, row.title, there[0].source_path if there else "", changed, due))
        name = next((column.name for column in site.columns if column.path == path), path)
        if not translated:
            closed.append(f"核心栏目「{name}」近 {edition.window_days} 天没有一篇有译文的文章")
        elif late * 100 > originals * (100 - edition.percent):
            closed.append(
                f"核心栏目「{name}」{originals} 篇里有 {late} 篇缺译文，或者译文落后超过 {edition.max_lag_days} 天"
            )
        cores.append(Core(path, originals, translated, late))
    lags.sort(key=lambda lag: (lag.due, lag.path))
    return Parity(edition, tuple(closed), tuple(cores), tuple(lags), min((m for m in moments if m > now), default=""))


def _later(moment: str, days: int) -> str:
    """The moment so many days later; '' stays ''."""
    return f"{datetime.fromisoformat(moment) + timedelta(days=days):%Y-%m-%d %H:%M}" if moment else ""


def entrance(rows: Sequence[Article], site: Site, lang: str, withheld: Collection[str], now: str) -> str:
    """The path of the page on which an open edition begins: its home page, else its newest page; '' if it has none."""
    public = [
        row for row in rows if row.extra.get("lang") == lang and row.is_public(now) and row.source_path not in withheld
    ]
    home = [row for row in public if row.extra.get("translation_of") == "/"]
    first = min(home, key=lambda row: row.source_path, default=None)
    first = first or max(public, key=lambda row: (row.date, row.id), default=None)
    return first.path if first else ""


def switched(rows: Sequence[Article], site: Site, lang: str) -> list[str]:
    """The paths of the pages that lead to an edition while it is open: the home page and every page with a translation."""
    groups = translations(rows)
    found = [path for path, group in groups.items() if any(language(one, site) == lang for one in group)]
    return sorted({"index.html", *found})
