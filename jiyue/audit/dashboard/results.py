"""Publishes results (吉政办发〔2015〕5号（二十）: 考核结果要公布): an article with a table, for a column of a site.

It is a draft like any other: it is checked, reviewed and published the way of all articles, or not. Only results go into it: no
finding, no file, no unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jiyue.audit.dashboard.board import Board, SiteState
from jiyue.audit.dashboard.scores import RESULTS
from jiyue.audit.dashboard.tables import Column, Table, as_csv, row
from jiyue.base.diagnostics import did_you_mean
from jiyue.registry.site import SITE_KINDS

_COLUMNS = (
    Column("site", "站点"),
    Column("result", "结果"),
    Column("why", "不合格的原因"),
    Column("total", "总分"),
    Column("rank", "名次"),
)


class NoPlace(ValueError):
    """The article can't be written there; str() is Chinese."""


def publish_results(board: Board, root: Path, place: str) -> Path:
    """Write the article into a column, `site/column`, with the table as CSV beside it. Returns its path. Raises NoPlace.

    What is already there is kept: the results of a day are written once.
    """
    site, _, column = place.strip("/").removeprefix("content/").partition("/")
    sites = board.audit.registry.sites
    if site not in sites:
        raise NoPlace(f"没有站点「{site}」。{did_you_mean(site, sites) or '写成 站点/栏目，如 jilin/tzgg'}")
    columns = [one.path for one in sites[site].columns]
    if column not in columns:
        raise NoPlace(
            f"{site} 没有栏目「{column}」。{did_you_mean(column, columns) or '可以写：' + '、'.join(columns)}"
        )
    name = f"{board.day.replace('-', '')}-jiancha-jieguo"
    article = root / "content" / site / column / f"{name}.md"
    if article.exists():
        raise NoPlace(f"{article.relative_to(root)} 已经有了，要重写先删去它")
    article.parent.mkdir(parents=True, exist_ok=True)
    article.with_suffix(".csv").write_bytes(as_csv(_table([*_in_order(board)])))
    article.write_bytes(_article(board, sites[site].name, article.with_suffix(".csv").name).encode())
    return article


def _in_order(board: Board) -> Iterator[SiteState]:
    for kind in SITE_KINDS:
        chosen = [one for one in board.sites.values() if one.site.kind == kind and one.score.decided]
        yield from sorted(chosen, key=lambda one: (one.rank is None, one.rank or 0, one.site.id))


def _table(chosen: list[SiteState]) -> Table:
    rows = [
        row(
            one.site.name, RESULTS[one.score.result], "、".join(one.rules[rule].name for rule in one.score.vetoes), one.total,
            one.rank or "不排名",
        )
        for one in chosen
    ]  # fmt: skip
    return Table("results", "检查结果", _COLUMNS, rows)


def _article(board: Board, publisher: str, file: str) -> str:
    day = f"{int(board.day[:4])}年{int(board.day[5:7])}月{int(board.day[8:])}日"
    every = [*_in_order(board)]
    failing = sum(one.score.fails for one in every)
    lines = [
        "---", f"title: 政府网站检查结果（{day}）", f"date: {board.day}", f"source: {publisher}",
        f"summary: {day}检查政府网站 {len(every)} 个，其中 {failing} 个不合格。", "---",
        f"{day}，按检查指标检查了政府网站 {len(every)} 个，其中 {failing} 个不合格。名次只在同一类站点之间比较，数据太少的不排名。",
        "", f"[全部结果（CSV）]({file})", "",
    ]  # fmt: skip
    for kind, name in SITE_KINDS.items():
        chosen = [one for one in every if one.site.kind == kind]
        if not chosen:
            continue
        lines += [
            f"## {name}",
            "",
            f"| {' | '.join(column.name for column in _COLUMNS)} |",
            "|" + "---|" * len(_COLUMNS),
        ]
        lines += [f"| {' | '.join(cell.shown.replace('|', '｜') for cell in cells)} |" for cells in _table(chosen).rows]
        lines.append("")
    return "\n".join(lines)
