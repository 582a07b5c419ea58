"""Writes the report of an import in the look of the dashboard: the reconciliation, and the findings in what was imported."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from jiyue.audit.dashboard.pages import TEMPLATES
from jiyue.audit.dashboard.tables import Cell, Column, Table, as_xlsx, row
from jiyue.audit.moving.findings import Group, proposal
from jiyue.audit.moving.reconciliation import Reconciliation
from jiyue.base.diagnostics import Severity
from jiyue.render.theme.assets import theme_files

MENU = (("对账", "index.html"), ("检查结果", "findings.html"))
_ON_PAGE = 30
"""Rows of a table that a page shows; the files beside it have all."""
_SEVERITY = {Severity.ERROR: ("错误", "bad"), Severity.WARNING: ("警告", "soon"), Severity.INFO: ("提示", "")}


def report_files(
    root: Path,
    folder: Path,
    cluster: str,
    theme: Path,
    result: Reconciliation,
    groups: Sequence[Group],
    approved_by: str = "",
) -> dict[str, bytes]:
    """Path -> bytes of all files of the report, which is to lie in `folder`. approved_by: see proposal()."""
    css = next(name for name in theme_files(theme) if name.startswith("site.") and name.endswith(".css"))
    files = {
        f"theme/{name}": data
        for name, (_, data) in theme_files(theme).items()
        if name == css or name.startswith("cursor.")
    }
    files |= {f"theme/{name}": (TEMPLATES / name).read_bytes() for name in ("dashboard.css", "icon.svg")}
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )  # fmt: skip

    def page(path: str, title: str, tables: Sequence[Table], text: str, facts: Sequence[tuple[str, str]] = ()) -> None:
        data = {
            "title": title, "here": path, "page": path, "up": "", "css": css, "menu": MENU, "cluster": cluster, "day": result.day,
            "figures": {}, "to": _leads(root, folder), "basis": "", "report": "迁移对账", "command": "jiyue import reconcile",
            "tables": [_shortened(table) for table in tables], "text": text, "facts": facts,
        }  # fmt: skip
        files[path] = environment.get_template("moving.html").render(data).encode()

    day = datetime.date.fromisoformat(result.day) if result.day else datetime.date(2000, 1, 1)
    found = _findings(groups)
    every = [*result.tables, found]
    for table in every:
        files |= table.files()
        files[table.workbook] = as_xlsx([table])
    for group in groups:
        if group.waivable:
            files[f"waivers/{group.rule}.yaml"] = proposal(root, group, result.batch, day, approved_by).encode()
    shown = [table for table in result.tables if table.name != "moves"]
    text = f"批次 {result.batch}。全部旧网页和文件的去向、校验值在 moves.csv、moves.json 里。"
    page("index.html", f"迁移对账：{result.batch}", shown, text, result.facts)
    text = (
        "迁来的稿件里各项检查的结果，每条规则一行。可以豁免的，建议的登记写在 waivers/ 里，逐个看过、写上批准人才有效。"
    )
    page("findings.html", f"迁来稿件的检查结果：{result.batch}", [found], text)
    return files


def _findings(groups: Sequence[Group]) -> Table:
    names = "kind:种类 rule:规则 title:内容 severity:程度 count:处数 files:稿件 example:例 waivers:建议的豁免"
    columns = tuple(
        Column(key, name, optional=True) for key, _, name in (word.partition(":") for word in names.split())
    )
    rows = []
    for one in groups:
        word, mark = _SEVERITY[one.severity]
        where = f"{one.example.path}:{one.example.line}" if one.example.line else one.example.path
        waivers = f"waivers/{one.rule}.yaml" if one.waivable else ""
        rows.append(row(
            one.kind, one.rule, one.title, Cell(word, "", mark), one.places, len(one.files),
            Cell(f"{where} {one.example.message}"[:160], f"source:{one.example.path}"), Cell(waivers, waivers),
        ))  # fmt: skip
    return Table("findings", "检查结果，按种类", columns, rows)


def _shortened(table: Table) -> tuple[Table, int]:
    """(the table as a page shows it, how many rows it leaves out)."""
    return table._replace(rows=table.rows[:_ON_PAGE]), max(0, len(table.rows) - _ON_PAGE)


def _leads(root: Path, folder: Path) -> Callable[[str], str]:
    up = (
        "../" * len(folder.resolve().relative_to(root.resolve()).parts)
        if folder.resolve().is_relative_to(root.resolve())
        else ""
    )

    def to(href: str) -> str:
        kind, colon, rest = href.partition(":")
        if not colon:
            return href
        return f"{up}{quote(rest)}" if up and rest and kind == "source" and (root / rest).is_file() else ""

    return to
