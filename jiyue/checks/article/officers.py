"""Rules on the register of officers (信息联络员) and on responsibilities. Pure functions over the registry."""

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
    """Findings for expired terms, vacant roles and columns without an owner, for every site whose profile requires review.

    A site whose profile requires none (basic) is checked only if it registers officers.
    """
    return [finding for site in registry.sites.values() for finding in site_findings(site, now)]


def site_findings(site: Site, now: str) -> list[Diagnostic]:
    """registry_findings() for one site; now is 'YYYY-MM-DD HH:MM'."""
    path, today = f"sites/{site.id}.yaml", now[:10]
    findings = []
    held = set()
    for officer in site.officers:
        until = officer.get("until", "")
        if until and until < today:
            hint = "续任就改写 until，换人就改登记；记得同时核对电话和替岗"
            findings.append(
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
                findings.append(ROLE.at(path, 0, f"没有在任的{role}岗位", hint, site=site.id))
    for column in site.columns if steps else ():
        if not column.owner.strip():
            findings.append(COLUMN.at(path, 0, f"栏目「{column.path}」没有责任单位", "给它写 owner", site=site.id))
    return findings


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
