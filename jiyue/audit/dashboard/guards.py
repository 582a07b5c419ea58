"""Guards of the report itself: an audit that looked at nothing, or lost half of its rows, must not look like a clean one."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from jiyue.audit.dashboard.board import Board, rule_id
from jiyue.audit.dashboard.tables import Table
from jiyue.audit.measures.measurement import FAILED


def guard(board: Board, tables: Iterable[Table], files: Mapping[str, bytes]) -> list[str]:
    """In Chinese, everything that makes the report untrustworthy; [] if it is whole."""
    tables = list(tables)
    twice = [
        f"有两个表叫 {name}，后写的盖住了先写的"
        for name, count in Counter(table.name for table in tables).items()
        if count > 1
    ]
    return [
        *twice,
        *_silence(board),
        *(fault for table in tables for fault in _of_table(table, files)),
        *_rows(board, files),
    ]


def _silence(board: Board) -> Iterator[str]:
    """Every site of the registry has a verdict on every rule."""
    registry = board.audit.registry
    closed = {site.id for site in registry.sites.values() if site.is_closed(board.audit.day)}
    missing = [site for site in registry.sites if site not in board.sites and site not in closed]
    if missing:
        yield f"登记了 {len(registry.sites)} 个站点，{len(missing)} 个没有检查：{'、'.join(missing[:5])}"
    if not any(board.audit.rules.values()):
        yield "没有一条检查指标：站点用的指标方案（profile）里没有 rules，写 profile: national 或者 province"
        return
    for site, state in board.sites.items():
        expected = registry.rules(state.site)
        if [*state.verdicts] != [*expected]:
            yield f"{site} 有 {len(expected)} 项指标，只有 {len(state.verdicts)} 项结果"


def warnings(board: Board) -> Iterator[str]:
    """In Chinese, what the report shows as not looked at; the rest of it holds."""
    for one in board.audit.unaudited:
        yield f"{one.path}: {one.message}。{one.hint}"
    for site, state in board.sites.items():
        if state.verdicts and not state.score.decided:
            yield f"{site} 的 {len(state.verdicts)} 项指标没有一项能判定"
        failed = [one for one in state.verdicts.values() if one.status == FAILED]
        if failed:
            yield f"{site} 有 {len(failed)} 项指标没有测成：{failed[0].rule} {failed[0].why}"


def _of_table(table: Table, files: Mapping[str, bytes]) -> Iterator[str]:
    """Each table is in its files with all rows, and no column of it is empty throughout."""
    if not {f"{table.name}.csv", f"{table.name}.json", table.workbook} <= files.keys():
        yield f"{table.name} 没有写成 CSV、XLSX 和 JSON"
        return
    read = len(json.loads(files[f"{table.name}.json"])["rows"])
    if read != len(table.rows):
        yield f"{table.name}.json 有 {read} 行，应有 {len(table.rows)} 行"
    for at, column in enumerate(table.columns):
        if (
            table.rows
            and not column.optional
            and all(cells[at].shown == "—" and not cells[at].mark for cells in table.rows)
        ):
            yield f"{table.name} 的「{column.name}」一列全是空的"


def _rows(board: Board, files: Mapping[str, bytes]) -> Iterator[str]:
    """The table of all findings has a row at least for each site and rule, read back from the file."""
    wanted = {
        (state.site.name, f"{key} {rule.name}") for state in board.sites.values() for key, rule in state.rules.items()
    }
    rows = list(csv.reader(io.StringIO(files["findings.csv"].decode("utf-8-sig"), newline="")))
    found = {(cells[2], cells[1].removeprefix("'")) for cells in rows[1:]}
    if lost := wanted - found:
        yield f"全部检查结果应有 {len(wanted)} 个站点和指标，缺 {len(lost)} 个：{' '.join(min(lost))}"
    of_rules = sum(len(json.loads(files[f"rules/{rule_id(rule)}.json"])["rows"]) for rule in board.rules())
    if of_rules != len(wanted):
        yield f"各指标的页面共有 {of_rules} 行，应有站点乘以指标 {len(wanted)} 行"
