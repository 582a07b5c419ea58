"""What is proposed for an old site, and the rules file that says it, with comments for whoever has to confirm it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from jiyue.importers.phrases import squeeze

_PLAIN = re.compile(r"(?![\d.-]+$|(?:true|false|yes|no|null|on|off)$|-)[\w/.-]+", re.IGNORECASE)
"""A YAML scalar that needs no quotes."""


@dataclass(slots=True)
class Proposal:
    """What is proposed for a group. share: of the own words of its pages that the text has, 0..1; examples: paths."""

    name: str
    pages: int
    examples: list[str]
    has: str = ""
    path: str = ""
    skip: str = ""
    body: str = ""
    title: str = ""
    date: str = ""
    crumbs: str = ""
    remove: list[str] = field(default_factory=list)
    undated: str = ""
    share: float = 0.0
    shown: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Suggestion:
    """site_name: '' if titles have none in common; columns: name or path of an old column -> pages in the sample."""

    hosts: tuple[str, ...]
    sample: int
    total: int
    site_name: str = ""
    templates: list[Proposal] = field(default_factory=list)
    columns: Counter[str] = field(default_factory=Counter)
    alone: int = 0


def as_yaml(made: Suggestion, columns: Mapping[str, str], command: str) -> str:
    """The rules file, with comments for whoever confirms it. columns: of the site, folder -> name."""
    lines = [
        "# 旧站的取法，由 jiyue import site --suggest 写出，请逐项核对，改好后再导入：",
        f"#   {command}",
        f"# 看了 {made.total} 个网页中的 {made.sample} 个；外形只见过一次的 {made.alone} 个没有模板，导入时由程序判断正文。",
        "",
    ]
    if made.hosts:
        lines += [f"host: [{', '.join(made.hosts)}]", ""]
    else:
        lines += ["# 不知道旧站的域名，写上它，旧网址才完整：", "# host: www.jl.example", ""]
    if made.site_name:
        lines += ["# 从 <title> 末尾去掉的网站名称", f"site_name: {_quoted(made.site_name)}", ""]
    lines += ["# 核对以后删去这一行；有它的时候，取到的比例按整个网页（除去每页都有的）算", "suggested: true", ""]
    lines += _yaml_columns(made, columns)
    years = {one.undated for one in made.templates if not one.skip}
    if made.alone and len(years) == 1 and years != {""}:
        lines += ["# 没有模板的网页，没有日期的算是哪一天；请改成真实的日期", f"undated: {years.pop()}", ""]
    lines += ["templates:"] if made.templates else ["templates: []"]
    for one in made.templates:
        lines += _yaml_template(one)
    return "\n".join(lines) + "\n"


def _yaml_columns(made: Suggestion, columns: Mapping[str, str]) -> list[str]:
    names = {squeeze(name): path for path, name in columns.items()}
    rows = []
    for old, count in made.columns.most_common(60):
        if old in ("", "/"):
            continue
        last = squeeze(old.rpartition("/")[2])
        new = names.get(last) or (old.strip("/") if old.strip("/") in columns else "")
        rows.append(
            f"  {_quoted(old)}: {new}  # 约 {count} 页"
            if new
            else f"  # {_quoted(old)}:   # 约 {count} 页，写上栏目的目录"
        )
    head = ["# 旧栏目（名称或路径）对应哪个栏目（目录）；没有写的放进以旧栏目命名的目录"]
    if any(not row.startswith("  #") for row in rows):
        return [*head, "columns:", *rows, ""]
    return [*head, "columns: {}", *rows, ""]


def _yaml_template(one: Proposal) -> Iterable[str]:
    yield f"  # {one.pages} 页，如 {'、'.join(one.examples)}"
    if one.body:
        yield f"  # 正文取到网页自己的文字的 {one.share:.0%}，如："
        yield from (f"  #   {text}" for text in one.shown)
    yield from (f"  # 注意：{note}" for note in one.notes)
    yield f"  - name: {one.name}"
    yield f"    match: {{has: {_quoted(one.has)}}}"
    for key in ("skip", "body", "title", "date", "crumbs"):
        if value := getattr(one, key):
            yield f"    {key}: {_quoted(value)}"
    if one.remove:
        yield f"    remove: [{', '.join(map(_quoted, one.remove))}]"
    if one.undated:
        yield f"    undated: {one.undated}"


def _quoted(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
