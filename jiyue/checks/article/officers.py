"""The register of officers (信息联络员) and who answers for what: pure functions over the registry, the clock an argument."""

from __future__ import annotations

from collections.abc import Iterable

from jiyue.base.diagnostics import Diagnostic, warning
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
RULES = (TERM, ROLE, COLUMN, FOLDER)


def registry_findings(registry: Registry, now: str) -> list[Diagnostic]:
    """Expired terms, roles nobody holds, columns without an owner, of every site whose profile asks for review.

    A site of a profile without duties (basic) is left alone, except where it registers officers itself.
    """
    return [found for site in registry.sites.values() for found in site_findings(site, now)]


def site_findings(site: Site, now: str) -> list[Diagnostic]:
    """The same of one site; now is 'YYYY-MM-DD HH:MM'."""
    path, today = f"sites/{site.id}.yaml", now[:10]
    found = []
    held = set()
    for officer in site.officers:
        until = officer.get("until", "")
        if until and until < today:
            hint = "续任就改写 until，换人就改登记；记得同时核对电话和替岗"
            found.append(
                TERM.at(
                    path, 0, f"{officer['role']}岗位「{officer['post']}」的任期已于 {until} 届满", hint, site=site.id
                )
            )
        elif officer.get("since", "") <= today:
            held.add(officer["role"])
    steps = {step for column in site.columns for step in site.review_steps(column.path)} | set(site.review)
    if steps or site.officers:
        for role in (LIAISON, *(REVIEW_STEPS[step] for step in REVIEW_STEPS if step in steps)):
            if role not in held:
                hint = f"在 sites/{site.id}.yaml 的 officers 里登记一个在任的{role}岗位"
                found.append(ROLE.at(path, 0, f"没有在任的{role}岗位", hint, site=site.id))
    for column in site.columns if steps else ():
        if not column.owner.strip():
            found.append(COLUMN.at(path, 0, f"栏目「{column.path}」没有责任单位", "给它写 owner", site=site.id))
    return found


def folder_findings(site: Site, columns: Iterable[str]) -> list[Diagnostic]:
    """Folders with articles that no one declared a column. columns: those that the site's articles lie in."""
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
