"""Official documents and what is in force: validity as of a day, what replaces or amends what, and who interprets it.

Nothing here is stored; all follows from dates, from what an officer states, and from relations, of which one direction is
enough: `replaces`, `replaced_by`, `amends`, `interprets` (有效性: 政府信息公开目录).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from jiyue.base.patterns import pattern
from jiyue.catalogue.article import Article, is_public

IN_FORCE, AMENDED, REPEALED, EXPIRED, FUTURE = "现行有效", "已修改", "废止", "失效", "尚未施行"
STATES = (IN_FORCE, AMENDED, FUTURE, REPEALED, EXPIRED)
ENDED = (REPEALED, EXPIRED)

RELATIONS = ("replaces", "replaced_by", "amends", "interprets")
_FIELDS = frozenset({*RELATIONS, "validity", "effective", "valid_until", "ended", "normative"})
_DAYS = frozenset({"effective", "valid_until", "ended"})
_KINDS = frozenset({"document", "interpretation"})


class Document(NamedTuple):
    """What relations and validity need of an article. Days are 'YYYY-MM-DD' or ''; moments as in Article.

    path: its address below its site's. reading_due: the day by which it needs an interpretation, '' if none.
    stated: the validity that its officer wrote,
    ended: since when, where it is 废止 or 失效. normative: 规章 or 行政规范性文件. names: relation -> documents as written.
    """

    source_path: str
    site: str
    id: str
    path: str
    kind: str
    title: str
    date: str
    doc_number: str
    created: str
    effective: str
    valid_until: str
    stated: str
    ended: str
    normative: str
    form: str
    copy: bool
    names: dict[str, list[str]]
    reading_due: str
    publish_at: str
    expires: str
    withdrawn_at: str

    def is_public(self, now: str) -> bool:
        """As Article.is_public."""
        return is_public(self.publish_at, self.expires, self.withdrawn_at, now)

    @property
    def issued(self) -> str:
        """The day it was made, else the day it was published."""
        return self.created or self.date

    def turning_points(self) -> list[str]:
        """The moments at which its validity changes by itself."""
        return [day for day in (self.effective, self.ended, _day_after(self.valid_until)) if day]


def has_validity(row: Article) -> bool:
    """Whether an article is an official document, or of another kind but states something of its validity."""
    return row.kind == "document" or not _FIELDS.isdisjoint(row.extra.keys() - {"interprets"})


def takes_part(row: Article) -> bool:
    """Whether an article has a validity or a relation."""
    return row.kind in _KINDS or not _FIELDS.isdisjoint(row.extra)


def document(row: Article) -> Document:
    """An article as its relations see it."""
    extra = row.extra
    return Document(
        row.source_path, row.site, row.id, row.path, row.kind, row.title, row.date[:10], extra.get("doc_number", ""),
        extra.get("created", "")[:10], extra.get("effective", "")[:10], extra.get("valid_until", "")[:10],
        extra.get("validity", ""), extra.get("ended", "")[:10], extra.get("normative", ""), extra.get("form", ""), "repost_of" in extra,
        {name: list(extra[name]) for name in RELATIONS if extra.get(name)}, _reading_due(row),
        row.publish_at, row.expires, row.withdrawn_at,
    )  # fmt: skip


def _reading_due(row: Article) -> str:
    """The day by which an interpretation is due: the one that is named, else the document's own (吉政办发〔2015〕5号 二)."""
    needed = row.extra.get("interpretation")
    return (needed.get("due") or row.date)[:10] if needed and needed["state"] == "required" else ""


def state(one: Document, today: str, *, replaced: bool = False, amended: bool = False) -> str:
    """The validity of a document on a day. replaced, amended: whether a document in force by then replaced or amended it.

    A stated end (废止, 失效) counts from the day of `ended` on; everything else is computed from dates and relations, so
    that nobody has to edit the article when a day has passed.
    """
    if one.stated in ENDED and one.ended <= today:
        return one.stated
    if replaced:
        return REPEALED
    if one.valid_until and one.valid_until < today:
        return EXPIRED
    if one.effective > today or (one.stated == FUTURE and not one.effective):
        return FUTURE
    return AMENDED if amended or one.stated == AMENDED else IN_FORCE


class Year(NamedTuple):
    """How many documents were made in a year, came to their end in it, and were in force at its end."""

    made: int
    ended: int
    in_force: int


NORMATIVE = ("规章", "行政规范性文件")


class Names:
    """Documents by what others call them: a path below content/ or in the repository, an id, a 文号."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._found: dict[str, list[Document]] = {}
        for one in documents:
            number = normal(one.doc_number)
            path = one.source_path
            for name in {path, path.removeprefix("content/"), one.id, number} - {""}:
                self._found.setdefault(name, []).append(one)

    def of(self, name: str, site: str) -> list[Document]:
        """Those that a document of this site may mean: its own site's before others', originals before reposts."""
        documents = self._found.get(name) or self._found.get(normal(name), [])
        own = [one for one in documents if one.site == site]
        return own or [one for one in documents if not one.copy] or documents


_NUMBER = pattern(r"[〔\[［(（【]\s*(\d{4})\s*[〕\]］)）】]")


def normal(number: str) -> str:
    """A normalized 文号: 政发[2026] 1号 -> 政发〔2026〕1号."""
    return _NUMBER.sub(r"〔\1〕", "".join(number.split()))


def is_mention(name: str) -> bool:
    """Whether a name without a document in the cluster may be shown as text: a 文号, or a title in 《》."""
    return bool(_NUMBER.search(name)) or name.endswith("号") or "《" in name


class Documents:
    """Documents with their relations, as of a day. elsewhere: (site, name as written) -> source path, for other sites."""

    def __init__(
        self, documents: Iterable[Document], today: str, elsewhere: Mapping[tuple[str, str], str] | None = None
    ) -> None:
        self.today = today
        self.by_path = {one.source_path: one for one in documents}
        self._elsewhere = elsewhere or {}

    def find(self, name: str, site: str) -> Document | None:
        """The document that a name on a site means; None if there is none, or more than one."""
        documents = self.named(name, site)
        return documents[0] if len(documents) == 1 else None

    def named(self, name: str, site: str) -> list[Document]:
        """All that a name on a site may mean."""
        known = self.by_path.get(self._elsewhere.get((site, name), ""))
        return [known] if known else self._names.of(name, site)

    @cached_property
    def _names(self) -> Names:
        return Names(self.by_path.values())

    @cached_property
    def _edges(self) -> dict[str, dict[str, list[Document]]]:
        """Relation (replaces, amends, interprets, and each one's inverse) -> source path -> the others, by day issued.

        An older document never replaces or amends a newer one, whatever is written.
        """
        related: dict[str, dict[str, list[Document]]] = {name: {} for pair in _PAIRS for name in pair}
        for relation, subject, other in self.stated_relations():
            if subject is other or (relation != "interprets" and subject.issued < other.issued):
                continue
            for name, here, there in ((relation, subject, other), (_INVERSE[relation], other, subject)):
                others = related[name].setdefault(here.source_path, [])
                if there not in others:
                    others.append(there)
        for edges in related.values():
            for others in edges.values():
                others.sort(key=_in_order)
        return related

    def stated_relations(self) -> Iterator[tuple[str, Document, Document]]:
        """(replaces, amends or interprets, who, whom), as written in either of the two."""
        for one in self.by_path.values():
            yield from self.relations_of(one)

    def relations_of(self, one: Document) -> Iterator[tuple[str, Document, Document]]:
        """Those that this one states."""
        for relation, names in one.names.items():
            for name in names:
                other = self.find(name, one.site)
                if other is not None:
                    yield ("replaces", other, one) if relation == "replaced_by" else (relation, one, other)

    def related(self, relation: str, source_path: str) -> list[Document]:
        """replaces, replaced_by, amends, amended_by, interprets or interpreted_by of a document, by day issued."""
        return self._edges[relation].get(source_path, [])

    def validity(self, source_path: str) -> str:
        """One of STATES; '' for articles that aren't documents, or have neither dates nor a state."""
        one = self.by_path.get(source_path)
        if one is None or not (one.kind == "document" or one.stated or one.effective or one.valid_until):
            return ""
        replaced, amended = (
            any(self._has_begun(other) for other in self.related(relation, source_path))
            for relation in ("replaced_by", "amended_by")
        )
        return state(one, self.today, replaced=replaced, amended=amended)

    def _has_begun(self, one: Document) -> bool:
        """Whether it ever came into force: a document that it replaced stays replaced, even after its own end."""
        return state(one, self.today) != FUTURE

    def as_of(self, day: str) -> Documents:
        """The documents as of an earlier day, without those issued later."""
        return Documents((one for one in self.by_path.values() if one.issued <= day), day, self._elsewhere)

    def year_of(self, site: str, year: int) -> dict[str, Year]:
        """The counts for each of NORMATIVE (国办公开办函〔2021〕30号, 第二十条第（一）项), as of the year's end or today."""
        now, before = self.as_of(min(f"{year}-12-31", self.today)), self.as_of(f"{year - 1}-12-31")
        years: dict[str, Year] = {}
        for kind in NORMATIVE:
            mine = [one for one in now.by_path.values() if (one.site, one.normative, one.copy) == (site, kind, False)]
            states = {one.source_path: now.validity(one.source_path) for one in mine}
            ended = (state in ENDED and before.validity(path) not in ENDED for path, state in states.items())
            in_force = (state in (IN_FORCE, AMENDED) for state in states.values())
            years[kind] = Year(sum(one.issued[:4] == str(year) for one in mine), sum(ended), sum(in_force))
        return years

    def successor(self, source_path: str) -> Document | None:
        """The document that replaces a repealed one, at the end of the chain of replacements; None if there is none."""
        seen = {source_path}
        last = None
        while True:
            after = [
                one
                for one in self.related("replaced_by", source_path)
                if one.source_path not in seen and self._has_begun(one)
            ]
            if not after:
                return last
            last = after[-1]
            source_path = last.source_path
            seen.add(source_path)

    def history(self, source_path: str) -> list[Document]:
        """All documents that replace or amend each other up to this one and from it on, by day issued; [] for a single one."""
        family = self._connected(source_path, ("replaces", "replaced_by", "amends", "amended_by"))
        return sorted(family, key=_in_order) if len(family) > 1 else []

    def connected(self, source_path: str) -> list[Document]:
        """All that any relation leads to, itself among them."""
        return self._connected(source_path, tuple(self._edges))

    def _connected(self, source_path: str, relations: tuple[str, ...]) -> list[Document]:
        connected: dict[str, Document] = {}
        ahead = [self.by_path[source_path]] if source_path in self.by_path else []
        while ahead:
            one = ahead.pop()
            if one.source_path not in connected:
                connected[one.source_path] = one
                ahead += [other for name in relations for other in self.related(name, one.source_path)]
        return list(connected.values())


_PAIRS = (("replaces", "replaced_by"), ("amends", "amended_by"), ("interprets", "interpreted_by"))
_INVERSE = dict(_PAIRS)


def _in_order(one: Document) -> tuple[str, str, str]:
    return one.issued, one.effective, one.source_path


def validity_moments(row: Article) -> list[str]:
    """The moments at which the validity of an article changes by itself."""
    extra = row.extra
    return [] if _DAYS.isdisjoint(extra) else document(row).turning_points()


def _day_after(day: str) -> str:
    """'' also after the last day that there is: 9999-12-31 is written for what has no end."""
    return (datetime.date.fromisoformat(day) + datetime.timedelta(1)).isoformat() if "" < day < "9999-12-31" else ""
