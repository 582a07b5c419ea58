"""`letters import`, `letters due`, `letters stats`: the ledgers of letters."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from jiyue.catalogue import scaffold
from jiyue.checks.runner import ready_terms
from jiyue.checks.text.cache_keys import allowed_mobiles, term_lists
from jiyue.checks.text.content import CheckSettings
from jiyue.cli.common import Root, Today, known_sites, now_text, show, usage
from jiyue.importers.export import BadExport
from jiyue.letters.due import due_letters
from jiyue.letters.importing import import_letters, load_map
from jiyue.letters.ledger import ledgers
from jiyue.letters.statistics import report
from jiyue.registry.load import load_registry

letters = typer.Typer(
    add_completion=False, no_args_is_help=True, rich_markup_mode=None, help="来信台账：导入、期限、统计。"
)


@letters.callback()
def _letters() -> None:
    """来信台账：导入、期限、统计。"""


@letters.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="平台导出的 CSV 或 XLSX", exists=True, dir_okay=False)],
    to: Annotated[str, typer.Option("--to", help="站点/栏目，如 changchun/xjxc")],
    map_: Annotated[Path, typer.Option("--map", help="列的对照表（YAML）", exists=True, dir_okay=False)],
    root: Root = Path(),
    today: Today = "",
) -> None:
    """把平台导出的来信并入台账；有姓名、电话、证件号、住址的行不导入，逐行说明。"""
    site, _, column = to.strip("/").partition("/")
    if not column:
        usage("--to 写成 站点/栏目，如 changchun/xjxc")
    known_sites(root, [site])
    registry, day = load_registry(root), date.fromisoformat(now_text(today)[:10])
    try:
        place = scaffold.chosen_site(registry, site)
        if place.columns:
            scaffold.chosen_column(root, place, column)
        terms = ready_terms(term_lists(root, registry.cluster), day)[0]
        settings = CheckSettings(allowed_mobiles(place, registry.cluster), terms)
        done = import_letters(file, load_map(map_), root, site, column, settings, day)
    except (BadExport, ValueError, scaffold.Refused) as problem:
        usage(str(problem))
    show(done.findings, "text")
    print(f"新增 {done.new} 封，更新 {done.changed} 封，没有变化 {done.same} 封，没有导入 {done.refused} 封。")
    raise SystemExit(1 if done.refused else 0)


@letters.command()
def due(
    days: Annotated[int, typer.Option("--days", min=0, help="几个工作日之内到期的也列出")] = 3,
    root: Root = Path(),
    today: Today = "",
    format: Annotated[str, typer.Option("--format", help="text 或 json")] = "text",
) -> None:
    """列出到期和逾期没有答复的来信；有逾期的以 1 结束。"""
    day = date.fromisoformat(now_text(today)[:10])
    books = [book for site in load_registry(root).sites for book in ledgers(root, site)]
    findings = [finding for book in books for finding in book.findings]
    rows = due_letters(books, day, days)
    late = [row for row in rows if row["overdue"] or row["over_three_months"]]
    if format == "json":
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        raise SystemExit(1 if late or findings else 0)
    show(findings, "text")
    for row in rows:
        state = (
            "超过三个月"
            if row["over_three_months"]
            else f"逾期 {row['overdue_days']} 个工作日"
            if row["overdue"]
            else "即将到期"
        )
        maybe = "（节假日安排尚未公布，暂定）" if row["provisional"] else ""
        print(
            f"{row['path']}:{row['line']}: {row['number']} {row['subject']}　{row['unit']}　{row['due']} 到期{maybe}　{state}"
        )
    print(f"{len(rows)} 封来信到期或即将到期，其中逾期 {len(late)} 封。")
    raise SystemExit(1 if late or findings else 0)


@letters.command()
def stats(
    site: Annotated[str, typer.Argument(help="站点编号")],
    json_: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
    root: Root = Path(),
    today: Today = "",
) -> None:
    """统计一个站点的来信：收到、答复、几个工作日内答复、中位数、九成以内。"""
    known_sites(root, [site])
    day = date.fromisoformat(now_text(today)[:10])
    books = list(ledgers(root, site))
    show([finding for book in books for finding in book.findings], "text")
    statistics = {
        "site": site,
        "as_of": str(day),
        **report([one for book in books for one in book.letters.values()], day),
    }
    if json_:
        print(json.dumps(statistics, ensure_ascii=False, indent=1))
        return
    print(f"收到 {statistics['received']} 封，答复 {statistics['answered']} 封，逾期 {statistics['overdue']} 封。")
    if statistics["answered"]:
        print("、".join(f"{n} 个工作日内 {count} 封" for n, count in statistics["within"].items()) + "。")
        print(f"答复用时：中位数 {statistics['median']:g} 个工作日，九成在 {statistics['p90']} 个工作日以内。")
