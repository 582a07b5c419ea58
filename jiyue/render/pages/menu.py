"""The menu of a site's pages: its columns, in at most eight groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jiyue.registry.site import Column
from jiyue.render.pages.job import href
from jiyue.render.pages.view import SiteView
from jiyue.render.theme.translations import N_

MOST = 8
"""More columns than this are grouped, so that the menu stays on one bar."""

GROUPS = (
    (N_("要闻"), ("工作动态", "通知公告", "人事信息")),
    (N_("政务公开"), (
        "政策文件", "政策解读", "概况信息", "机构职能", "负责人信息", "信息公开指南", "信息公开目录", "信息公开年报",
        "依申请公开", "规划计划",
    )),
    (N_("政务服务"), ("办事服务",)),
    (N_("互动交流"), ("征集调查", "咨询投诉", "回应关切", "在线访谈")),
    (N_("数据开放"), ("数据发布", "数据开放")),
    (N_("专题专栏"), ("专题专栏",)),
)  # fmt: skip
"""The groups: name and types of columns."""
OTHERS = N_("其他栏目")


def _groups(view: SiteView) -> list[tuple[str, list[Column]]]:
    """Name and columns of each group; one of fewer than two columns is none, its name means nothing."""
    top = [column for column in view.columns if "/" not in column.path and not column.channel]
    if view.site.menu:
        there = view.column_by_path
        return [(name, [there[path] for path in paths if path in there]) for name, paths in view.site.menu]
    if len(top) <= MOST:
        return [("", [column]) for column in top]
    groups = [(view.words(name), [c for c in top if c.type in types]) for name, types in GROUPS]
    grouped = {kind for _, types in GROUPS for kind in types}
    return [*groups, (view.words(OTHERS), [c for c in top if c.type not in grouped])]


def group_of(view: SiteView, section: str) -> str:
    """The name of the menu's group that contains a column or one above it; '' if none does, or it has no name of its own."""
    top = {section, section.partition("/")[0]}
    for name, columns in _groups(view):
        paths = {column.path for column in columns}
        if len(columns) > 1 and top & paths:
            return "" if name in {column.name for column in columns if column.path in top} else name
    return ""


def menu(view: SiteView, section: str, prefix: str) -> list[dict[str, Any]]:
    """The entries of the menu: {name, href, current, below}; below: the entries of a group, whose href is that of the first.

    section: path of the current column.
    """
    entries = []
    for name, columns in _groups(view):
        below = list(_entries(columns, section, prefix))
        if len(below) == 1:
            entries.append({**below[0], "below": []})
        elif below:
            current = any(entry["current"] for entry in below)
            entries.append({"name": name, "href": below[0]["href"], "current": current, "below": below})
    return entries


def _entries(columns: Iterable[Column], section: str, prefix: str) -> Iterable[dict[str, Any]]:
    top = section.partition("/")[0]
    for column in columns:
        current = column.path in (section, top)
        yield {"name": column.name, "href": prefix + href(column.path) + "/", "current": current}
