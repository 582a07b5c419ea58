"""Decides for all pages of an old site together what becomes of each: article, duplicate, list page; and in which column."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jiyue.catalogue.scan import RESERVED_FOLDERS
from jiyue.importers.site.folder import INDEX_NAMES, Folder, split_query, unquoted
from jiyue.importers.site.links import resolve

if TYPE_CHECKING:
    from jiyue.importers.moves import Move
    from jiyue.importers.site.page import Facts
    from jiyue.registry.old_site import OldSiteFile

NO_FOLDER = re.compile(
    r"(?:19|20)\d\d(?:[-_]?\d{1,2}){0,2}|\d{1,2}|html?|art|content|info|news_?\d*|\d+", re.IGNORECASE
)
"""Folders that hold the pages of a time or of all kinds, and are no columns."""
_NOT_NAME = re.compile(r"[^\w-]+")
_VIEW = re.compile(r"print|dayin|copy|(?:^|[/.])(?:wap|m|mobile)[/.]", re.IGNORECASE)
"""Paths of other views of a page."""
UNKNOWN = "jiuzhan"
"""The folder for what has no column on the old site."""
_MOST_STEPS = 10


@dataclass(slots=True)
class Plan:
    """articles: number of a page -> its article's path below the cluster's root; same: of a duplicate -> the page it repeats, of a
    further page of an article -> its first one; parts: of an article on several pages -> the further ones.

    columns: of a list page -> the column to which it leads. unknown: old column, for which the rules name none -> how many
    articles went to the folder that is named after it.
    """

    articles: dict[int, str] = field(default_factory=dict)
    same: dict[int, int] = field(default_factory=dict)
    parts: dict[int, tuple[int, ...]] = field(default_factory=dict)
    columns: dict[int, str] = field(default_factory=dict)
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)


def make_plan(
    folder: Folder, facts: Mapping[int, Facts], rules: OldSiteFile, site: str, column: str,
    known: Mapping[str, str], before: Mapping[str, Move],
) -> Plan:  # fmt: skip
    """facts: of each page, by its number. column: for what has none on the old site, '' for none; known: the site's columns,
    folder -> name; before: what the last import made, by path: an article stays where it is."""
    plan = Plan()
    columns = _Columns(rules, column, known)
    taken = {one.article for one in before.values() if one.article and one.kind == "page"}
    first: dict[str, int] = {}
    fine = [at for at in sorted(facts) if not facts[at].status]
    for at in sorted(fine, key=lambda at: (facts[at].template < 0, bool(_VIEW.search(folder.entries[at].path)))):
        first.setdefault(facts[at].key, at)
    plan.same = {at: first[facts[at].key] for at in fine if first[facts[at].key] != at}
    _join(folder, facts, plan, fine)
    for at in fine:
        fact = facts[at]
        if at in plan.same:
            continue
        path = folder.entries[at].path
        place = columns.of(fact, folder.entries[at].addresses[0], plan.unknown)
        old = before.get(path)
        if old and (kept := old.deleted or (old.article if old.status == "imported" else "")):
            plan.articles[at] = kept
            continue
        assert fact.date is not None
        name = _name(path, f"content/{site}/{place}/{fact.date:%Y%m%d}", taken)
        taken.add(name)
        plan.articles[at] = name
    _follow(folder, facts, plan)
    start = f"content/{site}/"
    for at, fact in facts.items():
        if fact.index:
            found = _leads_to(at, folder, fact, plan, columns, start)
            if found is not None:
                plan.columns[at] = found
    return plan


def _name(path: str, start: str, taken: set[str]) -> str:
    digest = hashlib.sha256(unicodedata.normalize("NFC", path).encode("utf-8", "surrogateescape")).hexdigest()
    return next(name for end in range(8, 65) if (name := f"{start}-{digest[:end]}.md") not in taken)


def _join(folder: Folder, facts: Mapping[int, Facts], plan: Plan, fine: list[int]) -> None:
    """Articles spread over several pages: each leads to the next, and all have one title."""
    following = {}
    for at in fine:
        fact = facts[at]
        target = resolve(fact.further, at, folder, fact.base).at if fact.further and at not in plan.same else None
        if target is not None and target != at and target not in plan.same and target in facts:
            other = facts[target]
            if not other.status and (other.title, other.template) == (fact.title, fact.template):
                following[at] = target
    firsts = [at for at in following if at not in set(following.values())]
    for at in firsts:
        parts = [at]
        while (target := following.get(parts[-1])) is not None and target not in parts:
            parts.append(target)
        plan.parts[at] = tuple(parts[1:])
        plan.same |= dict.fromkeys(parts[1:], at)


def _follow(folder: Folder, facts: Mapping[int, Facts], plan: Plan) -> None:
    """Pages that send on to an article are its other addresses."""
    for at, fact in facts.items():
        now, fact_now = at, fact
        for _ in range(_MOST_STEPS):
            if not fact_now.alias:
                break
            target = resolve(fact_now.alias, now, folder, fact_now.base).at
            if target is None or target not in facts:
                break
            now, fact_now = target, facts[target]
        end = plan.same.get(now, now)
        if now != at and end in plan.articles:
            plan.same[at] = end


def _leads_to(at: int, folder: Folder, fact: Facts, plan: Plan, columns: _Columns, start: str) -> str | None:
    """The column in which most articles are that a list page links, or to which its own crumbs belong; None for none."""
    entry = folder.entries[at]
    name, query = split_query(entry.path.rpartition("/")[2])
    above = entry.path.rpartition("/")[0]
    if name.lower() in INDEX_NAMES and not query and (not above or above in folder.prefixes):
        return ""
    if named := columns.named(fact, entry.addresses[0]):
        return named
    counts: Counter[str] = Counter()
    for href in fact.links:
        target = resolve(href, at, folder, fact.base).at
        if target is not None and (article := plan.articles.get(plan.same.get(target, target))):
            counts[article.removeprefix(start).rpartition("/")[0]] += 1
    if not counts and name.lower() in INDEX_NAMES:
        below = above + "/" if above else ""
        counts.update(
            article.removeprefix(start).rpartition("/")[0]
            for page, article in plan.articles.items()
            if folder.entries[page].path.startswith(below)
        )
    best = max(counts.items(), key=lambda one: (one[1], one[0]), default=("", 0))
    if best[1] and best[1] * 2 > sum(counts.values()):
        return best[0]
    return "" if counts else None


class _Columns:
    """The column for a page: declared by the rules, by the names of its crumbs, by its path, by its old name."""

    def __init__(self, rules: OldSiteFile, column: str, known: Mapping[str, str]) -> None:
        self.rules, self.known = rules, known
        self.rest = column or rules.column or ""
        self.paths = {key: to for key, to in rules.columns.items() if key.startswith("/")}
        self.names = {_bare(key): to for key, to in rules.columns.items() if not key.startswith("/")}
        self.own = {_bare(name): path for path, name in sorted(known.items(), reverse=True)}

    def named(self, fact: Facts, address: str) -> str:
        """The column that the rules or the site's own names give; '' for none."""
        template = self.rules.templates[fact.template] if fact.template >= 0 else None
        if template and template.column:
            return template.column
        path = _path_of(address)
        fitting = [key for key in self.paths if path.startswith(key if key.endswith("/") else key + "/") or path == key]
        if fitting:
            return self.paths[max(fitting, key=len)]
        for names in (self.names, self.own):
            for end in range(len(fact.crumbs), 0, -1):
                for begin in range(end):
                    if (key := _bare("/".join(fact.crumbs[begin:end]))) in names:
                        return names[key]
        inside = path.strip("/").split("/")[:-1]
        return next((known for n in range(len(inside), 0, -1) if (known := "/".join(inside[:n])) in self.known), "")

    def of(self, fact: Facts, address: str, unknown: Counter[tuple[str, str]]) -> str:
        """The column of an article. unknown: counts those that nothing names."""
        if named := self.named(fact, address):
            return named
        parts = [part for part in _path_of(address).strip("/").split("/")[:-1] if not NO_FOLDER.fullmatch(part)]
        old = "/".join(fact.crumbs) or "/".join(["", *parts, ""])
        named_after = parts[-2:] or fact.crumbs[-1:] or (UNKNOWN,)
        place = self.rest or "/".join(map(_folder, named_after))
        if place.partition("/")[0] in RESERVED_FOLDERS:
            place = f"{UNKNOWN}/{place}"
        unknown[old, place] += 1
        return place


def _path_of(address: str) -> str:
    rest = address.partition("://")[2] or address
    return "/" + rest.partition("/")[2].partition("?")[0] if "://" in address else rest.partition("?")[0]


def _bare(name: str) -> str:
    return "/".join("".join(part.split()) for part in name.strip("/").split("/"))


def _folder(name: str) -> str:
    """A name as one folder of a column's path."""
    return _NOT_NAME.sub("-", unquoted(name)).strip("-_") or UNKNOWN
