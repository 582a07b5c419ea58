"""The responsibility matrix (责任矩阵): site × column × unit × post, with what is missing, computed from the registry and a day.

吉政办发〔2015〕5号（九）：每个栏目有责任单位，单位有分管的机构和人员；（十二）：信息联络员。
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from jiyue.checks.article.officers import LIAISON, TERM, UNIT, Gap, gaps, term, wanted
from jiyue.registry.inspection import InspectionRule
from jiyue.registry.site import REVIEW_STEPS, Column, Registry, Site

ROLES = (LIAISON, *REVIEW_STEPS.values())
"""The roles of the matrix, in the order of its columns."""
TERMS = "W2"
"""The rule of inspection that says how many days before its end a term is told."""
_USUAL_DAYS = 30
ENDS = "任期将满"


class Line(NamedTuple):
    """A column of a site. posts: role -> the posts in office that serve it; required: the roles that it needs. days: of its
    longest time without an update, 0 for none."""

    site: Site
    column: Column
    unit: str
    posts: dict[str, tuple[str, ...]]
    required: tuple[str, ...]
    days: int
    gaps: tuple[str, ...]


class Post(NamedTuple):
    """A post of a site. state: 在任, 任期将满, 任期已满 or 尚未到任; columns: the paths of those it answers for."""

    site: Site
    role: str
    post: str
    unit: str
    deputy: str
    phone: str
    since: str
    until: str
    state: str
    columns: tuple[str, ...]
    gaps: tuple[str, ...]


class Missing(NamedTuple):
    """A gap of a site. unit: who has to close it. soon: it is none yet."""

    site: Site
    unit: str
    gap: Gap
    soon: bool = False


class Matrix(NamedTuple):
    """lines, posts, missing: in the registry's order of the sites."""

    lines: list[Line]
    posts: list[Post]
    missing: list[Missing]

    def of_site(self, site: str) -> Matrix:
        """The part of one site."""
        return self._where(lambda one: one.site.id == site)

    def of_unit(self, unit: str) -> Matrix:
        """The part of one unit: its columns, its posts, the gaps that it has to close."""
        return self._where(lambda one: one.unit == unit)

    def units(self) -> list[str]:
        """All units, in the order in which they come."""
        every = (
            [some.unit for some in self.lines]
            + [some.unit for some in self.posts]
            + [some.unit for some in self.missing]
        )
        return list(dict.fromkeys(filter(None, every)))

    def sites(self) -> list[Site]:
        """All sites, in the order in which they come."""
        every = (
            [some.site for some in self.lines]
            + [some.site for some in self.posts]
            + [some.site for some in self.missing]
        )
        return list({site.id: site for site in every}.values())

    def _where(self, test: Callable[[Any], bool]) -> Matrix:
        return Matrix(*([one for one in some if test(one)] for some in self))  # type: ignore[arg-type]


def sponsor(site: Site) -> str:
    """Who is responsible for a site as a whole."""
    return site.facts.get("operator") or site.facts.get("sponsor") or site.name


def matrix(registry: Registry, day: str, sites: Iterable[str] | None = None) -> Matrix:
    """The matrix of some sites ('YYYY-MM-DD'); None for all."""
    made = Matrix([], [], [])
    for site_id in registry.sites if sites is None else sites:
        site = registry.sites[site_id]
        missing = list(_missing(registry, site, day))
        made.posts.extend(_posts(site, day, [one.gap for one in missing], _ahead(registry, site)))
        made.lines.extend(_lines(site, day, [one.gap for one in missing]))
        made.missing.extend(missing)
    return made


def serving(site: Site, unit: str, role: str, day: str) -> tuple[str, ...]:
    """The posts of a role in office that serve the columns of a unit: the unit's own, else the site's, never another channel's."""
    there = [one for one in site.officers if one["role"] == role and _state(one, day, 0) == "在任"]
    own = [one["post"] for one in there if one["unit"] == unit]
    channels = {column.owner for column in site.columns if column.channel}
    return tuple(own or (one["post"] for one in there if one["unit"] not in channels))


def _ahead(registry: Registry, site: Site) -> int:
    rule: InspectionRule | None = registry.rules(site).get(TERMS)
    return rule.days("warn_days") if rule else _USUAL_DAYS


def _state(officer: dict[str, str], day: str, ahead: int) -> str:
    since, until = term(officer)
    if since > day:
        return "尚未到任"
    if until and until < day:
        return "任期已满"
    if until and ahead and until < str(date.fromisoformat(day) + timedelta(ahead)):
        return ENDS
    return "在任"


def _missing(registry: Registry, site: Site, day: str) -> Iterator[Missing]:
    whole = sponsor(site)
    owners = {column.path: column.owner for column in site.columns}
    for gap in gaps(site, day, wanted(registry, site)):
        yield Missing(site, gap.unit if gap.rule is not UNIT and gap.unit else owners.get(gap.column) or whole, gap)
    for one in site.officers:
        if _state(one, day, _ahead(registry, site)) == ENDS:
            message = f"{one['role']}岗位「{one['post']}」的任期将于 {term(one)[1]} 届满"
            hint = "提前续任或者换人，改写 until"
            yield Missing(site, one["unit"], Gap(TERM, message, hint, "", one["role"], one["post"], one["unit"]), True)


def _lines(site: Site, day: str, missing: list[Gap]) -> Iterator[Line]:
    vacant = {one.role for one in missing if one.role and not one.post}
    for column in site.columns:
        unit = column.owner or sponsor(site)
        steps = tuple(REVIEW_STEPS[step] for step in site.review_steps(column.path))
        required = (LIAISON, *steps) if steps or site.officers else ()
        words = [one.message for one in missing if one.column == column.path]
        words += [f"缺{role}岗位" for role in required if role in vacant]
        posts = {role: serving(site, unit, role, day) for role in ROLES}
        yield Line(site, column, unit, posts, required, column.max_age_days, tuple(dict.fromkeys(words)))


def _posts(site: Site, day: str, missing: list[Gap], ahead: int) -> Iterator[Post]:
    for one in site.officers:
        state = _state(one, day, ahead)
        serves = tuple(
            column.path
            for column in site.columns
            if one["post"] in serving(site, column.owner or sponsor(site), one["role"], day)
        )
        words = tuple(gap.message for gap in missing if gap.post == one["post"])
        yield Post(
            site, one["role"], one["post"], one["unit"], one.get("deputy", ""), one.get("phone", ""), one.get("since", ""),
            one.get("until", ""), state, serves, words,
        )  # fmt: skip
