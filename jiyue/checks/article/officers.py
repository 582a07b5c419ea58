"""Rules on the register of officers (信息联络员) and on responsibilities. Pure functions over the registry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from jiyue.base.clock import parse_date
from jiyue.base.diagnostics import Diagnostic, Rule, did_you_mean, warning
from jiyue.registry.site import REVIEW_STEPS, Registry, Site

_SOURCE = "吉政办发〔2015〕5号（九）内容保障主体、（十二）信息联络员"
LIAISON = "信息联络员"

TERM = warning(
    "officer-term",
    "岗位任期已满",
    "任期满了没有续任或者换人，稿件没有人采编、审核；任期之外的审核记录不作数。",
    _SOURCE,
)
ROLE = warning(
    "officer-role",
    "缺少必需的岗位",
    "每个站点都要有在任的信息联络员；方案要求审核的，每一项审核都要有在任的岗位，否则稿件永远审不完。",
    _SOURCE,
)
COLUMN = warning(
    "officer-column",
    "栏目没有责任单位",
    "每个栏目都要有责任单位，谁负责谁更新；没有责任单位的栏目没有人管，容易成为空白、不更新的栏目。",
    _SOURCE,
)
FOLDER = warning(
    "officer-folder",
    "目录没有登记为栏目",
    "没有登记的目录没有责任单位、没有更新期限，也不受审核要求的约束；写错的目录名也会落到这里。",
    _SOURCE,
)
DEPUTY = warning(
    "officer-deputy",
    "岗位没有替岗",
    "任岗的人出差、请假的时候没有人接手，稿件就没有人采编、审核。",
    _SOURCE,
)
TWICE = warning(
    "officer-twice",
    "一个账号任了必须分开的两个岗位",
    "初审、复审、终审、保密审查要由不同的人做；同一个账号做的第二项审核不作数。",
    "吉政办发〔2015〕5号（十一）发布流程、（十二）信息联络员",
)
UNIT = warning(
    "officer-unit",
    "责任单位没有登记岗位",
    "栏目的责任单位没有信息联络员，更新、催办就找不到人；也可能是单位名称写得不一致。",
    _SOURCE,
)
RULES = (TERM, ROLE, COLUMN, FOLDER, DEPUTY, TWICE, UNIT)

POSTS = "D27"
"""The rule of inspection whose thresholds say which roles need a deputy and which may not be one person's."""


class Gap(NamedTuple):
    """What is missing in who answers for what. column, role, post, unit: what it concerns, '' where it doesn't."""

    rule: Rule
    message: str
    hint: str
    column: str = ""
    role: str = ""
    post: str = ""
    unit: str = ""


def registry_findings(registry: Registry, now: str) -> list[Diagnostic]:
    """Findings for expired terms, vacant roles and columns without an owner, for every site whose profile requires review.

    A site whose profile requires none (basic) is checked only if it registers officers.
    """
    return [finding for site in registry.sites.values() for finding in site_findings(site, now, wanted(registry, site))]


def wanted(registry: Registry, site: Site) -> dict[str, tuple[str, ...]]:
    """What a site's profile wants of its posts: {"deputies": roles that need one, "apart": roles that differ in person}."""
    given = registry.profile_rules.get(site.profile, {}).get(POSTS, {}).get("thresholds", {})
    return {name: tuple(given[name]["value"]) for name in ("deputies", "apart") if name in given}


def site_findings(site: Site, now: str, wants: Mapping[str, tuple[str, ...]] | None = None) -> list[Diagnostic]:
    """registry_findings() for one site; now is 'YYYY-MM-DD HH:MM'; wants: see wanted()."""
    path = f"sites/{site.id}.yaml"
    return [one.rule.at(path, 0, one.message, one.hint, site=site.id) for one in gaps(site, now, wants or {})]


def gaps(site: Site, now: str, wants: Mapping[str, tuple[str, ...]]) -> Iterator[Gap]:
    """Everything missing in the posts and responsibilities of a site on a day."""
    today = now[:10]
    held: dict[str, list[dict[str, str]]] = {}
    for officer in site.officers:
        role, post, unit = officer["role"], officer["post"], officer["unit"]
        since, until = term(officer)
        for key, day in (("since", since), ("until", until)):
            if officer.get(key) and not day:
                message = f"{role}岗位「{post}」的任期「{officer[key]}」不是日期"
                yield Gap(TERM, message, f"{key} 写作 2026-12-31", "", role, post, unit)
        if until and until < today:
            hint = "续任就改写 until，换人就改登记；记得同时核对电话和替岗"
            yield Gap(TERM, f"{role}岗位「{post}」的任期已于 {until} 届满", hint, "", role, post, unit)
        elif since <= today:
            held.setdefault(role, []).append(officer)
    steps = {step for column in site.columns for step in site.review_steps(column.path)} | set(site.review)
    if steps or site.officers:
        for role in (LIAISON, *(REVIEW_STEPS[step] for step in REVIEW_STEPS if step in steps)):
            if role not in held:
                hint = f"在 sites/{site.id}.yaml 的 officers 里登记一个在任的{role}岗位"
                yield Gap(ROLE, f"没有在任的{role}岗位", hint, "", role)
    for column in site.columns if steps else ():
        if not column.owner.strip():
            yield Gap(COLUMN, f"栏目「{column.path}」没有责任单位", "给它写 owner", column.path)
    yield from _people(held, wants)
    if site.officers:
        yield from _units(site)


def term(officer: Mapping[str, str]) -> tuple[str, str]:
    """The first and the last day of an officer's term, 'YYYY-MM-DD'; '' where there is none, or what is written is no date."""
    since, until = (_day(officer.get(key, "")) for key in ("since", "until"))
    return since, until


def _day(text: str) -> str:
    try:
        if len(text) == 10:
            return date.fromisoformat(
                text
            ).isoformat()  # as nearly all are written, and every build asks for all of them
    except ValueError:
        pass
    return (parse_date(text) or "")[:10] if text else ""


def _people(held: Mapping[str, list[dict[str, str]]], wants: Mapping[str, tuple[str, ...]]) -> Iterator[Gap]:
    """Posts without a deputy, and persons in two posts. held: role -> the officers in office."""
    for role in wants.get("deputies", ()):
        for one in held.get(role, ()):
            if not one.get("deputy"):
                yield Gap(
                    DEPUTY, f"{role}岗位「{one['post']}」没有替岗", "登记 deputy（替岗的岗位）", "", role, one["post"], one["unit"]
                )  # fmt: skip
    seen: dict[str, tuple[str, str]] = {}
    for role in wants.get("apart", ()):
        for one in held.get(role, ()):
            account = one.get("account", "")
            first, post = seen.setdefault(account, (role, one["post"])) if account else (role, "")
            if first != role:
                yield Gap(
                    TWICE, f"账号 {account} 同时任{first}岗位「{post}」和{role}岗位「{one['post']}」",
                    "这两个岗位由不同的人担任，各用自己的账号", "", role, one["post"], one["unit"],
                )  # fmt: skip


def _units(site: Site) -> Iterator[Gap]:
    """Units that own a column and have no post, unless they run the site themselves."""
    known = {*(one["unit"] for one in site.officers), *site.own_names}
    named: dict[str, str] = {}
    for column in site.columns:
        if column.owner and not column.channel and column.owner not in known:
            named.setdefault(column.owner, column.path)
    for unit, path in named.items():
        hint = did_you_mean(unit, known) or "在 officers 里给它登记一个信息联络员岗位，unit 与 owner 写得一样"
        yield Gap(UNIT, f"栏目「{path}」的责任单位「{unit}」没有登记岗位", hint, path, "", "", unit)


def folder_findings(site: Site, columns: Iterable[str]) -> list[Diagnostic]:
    """Findings for folders with articles that are not declared as columns. columns: those of the site's articles."""
    if not site.review:
        return []
    known = {column.path for column in site.columns}
    return [
        FOLDER.at(
            f"content/{site.id}/{folder}",
            0,
            f"目录「{folder}」没有登记为栏目",
            f"在 sites/{site.id}.yaml 的 columns 里登记它，写明 name 和 owner",
            site=site.id,
        )
        for folder in sorted({c for c in columns if c and c not in known})
    ]
