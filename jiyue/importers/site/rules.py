"""Reads the rules of an old site (`--rules`), and says in Chinese, with the line, what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import lxml.html

from jiyue.base import yamlfile
from jiyue.base.diagnostics import Diagnostic, did_you_mean, error
from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.validation import findings
from jiyue.importers.pages import RuleError, select

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jiyue.registry.old_site import OldSiteFile

RULES = error(
    "import-rules",
    "旧站的取法写得不对",
    "选择器和栏目对照写错了，会取到空的或错的内容，所以先改正再导入。",
)
_SELECTORS = ("body", "title", "date", "source", "crumbs", "remove")


def read_rules(path: Path, columns: Mapping[str, str], site: str = "") -> tuple[OldSiteFile | None, list[Diagnostic]]:
    """The rules in a file, or what is wrong with them. columns: of the site, folder -> name; empty if it declares none."""
    try:
        data = path.read_bytes()
    except OSError as problem:
        return None, [RULES.at(str(path), 0, f"读不出来：{problem.strerror}", "检查路径和文件权限", site=site)]
    return parse_rules(data, str(path), columns, site)


def parse_rules(
    data: bytes, path: str, columns: Mapping[str, str], site: str = ""
) -> tuple[OldSiteFile | None, list[Diagnostic]]:
    """The rules in the bytes of a file. path: as it is shown."""
    from jiyue.registry.old_site import OldSiteFile  # noqa: PLC0415  (pydantic: 90 ms)

    try:
        values, lines = yamlfile.parse(decode(data))
    except (NotUtf8, yamlfile.YamlProblem) as problem:
        return None, [RULES.at(path, problem.line, problem.message, problem.hint, site=site)]
    if not isinstance(values, dict):
        message = "文件是空的，或不是「键: 值」的形式"
        return None, [RULES.at(path, 1, message, "用 jiyue import site … --suggest 写一份", site=site)]
    rules, problems = findings(OldSiteFile, values, lines, path, RULES, site)
    if rules is None:
        return None, problems
    problems = [*_selectors(rules, lines, path, site), *_columns(rules, lines, path, columns, site)]
    return (None, problems) if problems else (rules, [])


def _selectors(rules: OldSiteFile, lines: yamlfile.Lines, path: str, site: str) -> list[Diagnostic]:
    nothing = lxml.html.Element("html")
    found = []
    for number, template in enumerate(rules.templates):
        given: list[tuple[tuple[str | int, ...], list[str]]]
        given = [(("templates", number, key), getattr(template, key)) for key in _SELECTORS]
        given.append((("templates", number, "match", "has"), template.match.has))
        for at, selectors in given:
            for selector in selectors:
                try:
                    select(nothing, selector)
                except RuleError as problem:
                    line = next((lines[at[:n]] for n in range(len(at), 0, -1) if at[:n] in lines), 1)
                    found.append(RULES.at(path, line, problem.message, problem.hint, site=site))
    return found


def _columns(
    rules: OldSiteFile, lines: yamlfile.Lines, path: str, columns: Mapping[str, str], site: str
) -> list[Diagnostic]:
    """Columns that the site does not have, if it says which it has."""
    given: list[tuple[tuple[str | int, ...], str]]
    given = [(("columns", key), to) for key, to in rules.columns.items()]
    given += [(("column",), rules.column)] if rules.column else []
    given += [(("templates", at, "column"), one.column) for at, one in enumerate(rules.templates) if one.column]
    found = []
    for at, column in given:
        if columns and not any(column == one or column.startswith(f"{one}/") for one in columns):
            line = next((lines[at[:n]] for n in range(len(at), 0, -1) if at[:n] in lines), 1)
            by_name = next((one for one, name in columns.items() if name == column), "")
            hint = (
                f"是否想写 {by_name}？"
                if by_name
                else did_you_mean(column, columns) or "先用 jiyue new column 新建栏目"
            )
            found.append(RULES.at(path, line, f"站点 {site} 没有栏目「{column}」", hint, site=site))
    return found
