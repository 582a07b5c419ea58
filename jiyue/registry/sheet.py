"""The registration sheet (登记表) of a site: what is registered of it, and what is missing, wrong in form, or another site's.

吉政办发〔2015〕5号（十三）, 国办发〔2017〕47号: sponsor, operator, code, filings, level of protection, languages, platforms. Internal:
the sheet is in no public output, whatever single facts stand in the foot of pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from jiyue.registry.life import STATES
from jiyue.registry.site import FACT_NAMES, SITE_KINDS, Registry, Site

UNIQUE = ("conac_id", "police_no")
"""Facts that are given to one site alone. (An ICP number may be a sponsor's for several; url and code: registry.load.)"""
LEVELS = {1: "一级", 2: "二级", 3: "三级", 4: "四级", 5: "五级"}
"""Level of protection (GB/T 22240) -> its name."""


class Problem(NamedTuple):
    """What is wrong with a fact. kind: missing, format or same."""

    kind: str
    fact: str
    message: str


def fact_of(site: Site, key: str) -> str:
    """A fact of the sheet as text, '' where it is not registered."""
    return LEVELS.get(site.security_level, "") if key == "security_level" else site.facts[key]


def problems(registry: Registry, site: Site) -> Iterator[Problem]:
    """What is wrong with the sheet of a site, by what its profile asks for."""
    asked = registry.asked.get(site.profile, {})
    for key in asked.get("required", ()):
        if not fact_of(site, key):
            yield Problem("missing", key, f"缺少{FACT_NAMES[key]}（{key}）")
    for key, form in asked.get("formats", {}).items():
        if (value := fact_of(site, key)) and not re.fullmatch(form, value):
            yield Problem("format", key, f"{FACT_NAMES[key]}「{value}」的格式不对")
    for key in UNIQUE:
        value = site.facts[key]
        first = registry.sites[registry.first_with(key, value)] if value else site
        if first.host != site.host:
            yield Problem("same", key, f"{FACT_NAMES[key]}「{value}」与站点 {first.id} 相同")


def sheet(registry: Registry, site: Site, now: str) -> dict[str, str]:
    """The sheet of a site at a moment: Chinese name of an entry -> text, in order; the same entries for all."""
    closing = site.closing
    state = STATES[closing.state(now)] if closing else STATES["open"]
    platforms = [site.facts[key] for key in ("service_platform", "application_platform") if site.facts[key]]
    former = [one.name or one.url or one.id for one in site.formerly]
    code = site.facts["site_id_code"]
    returned = "（关停后交回，不再给别的站点）" if code and site.is_closed(now) else ""
    return {
        "编号": site.id,
        "名称": site.name,
        "类别": SITE_KINDS[site.kind],
        "上级": registry.sites[site.superior].name if site.superior else "",
        "状态": state,
        "网址": site.url,
        **{FACT_NAMES[key]: fact_of(site, key) for key in ("sponsor", "operator", "contact")},
        FACT_NAMES["site_id_code"]: code + returned,
        **{FACT_NAMES[key]: fact_of(site, key) for key in ("icp", "police_no", "conac_id", "security_level")},
        "语种": "、".join(site.languages) or site.lang,
        "平台": "、".join(platforms),
        "岗位": str(len(site.officers)),
        "频道": str(sum(column.channel for column in site.columns)),
        "公告日期": closing.announced if closing else "",
        "关停日期": closing.ends if closing else "",
        "内容去向": (closing.heir[2] if closing.heir else "归档") if closing else "",
        "曾用": "、".join(former),
        "问题": "；".join(one.message for one in problems(registry, site)),
    }
