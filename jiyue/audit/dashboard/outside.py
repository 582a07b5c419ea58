"""Scores from outside (专家、媒体、公众、第三方评价): the ledger `sites/ledger/outside-scores.csv`, weighed into a site's points.

    site,period,by,points,weight,evidence
    changchun,2026,第三方评估,86.5,0.2,评估报告第 12 页

points: 0 to 100; weight: the share of the total that they make up, 0 to 1; all weights of a site in a period (a year) stay
below 1, and the rest is the audit's own. A wrong row counts for nothing and is reported with its line. Persons have no place in it.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from jiyue.base.cells import BadTable, read_cells
from jiyue.base.diagnostics import did_you_mean
from jiyue.base.patterns import pattern

FILE = "sites/ledger/outside-scores.csv"
FIELDS = {"site": "站点", "period": "年度", "by": "评价方", "points": "得分", "weight": "权重", "evidence": "依据"}
"""The columns -> Chinese names that may be used instead."""
_NUMBER = pattern(r"\d{1,3}(\.\d+)?")
_YEAR = pattern(r"(19|20)\d\d")


class Outside(NamedTuple):
    """The score of a site by someone else. line: in the ledger."""

    site: str
    period: str
    by: str
    points: float
    weight: float
    evidence: str
    line: int


def outside_scores(root: Path, sites: Collection[str]) -> tuple[list[Outside], list[str]]:
    """The valid rows, and in Chinese what is wrong with the others (`file:line: message`)."""
    try:
        data = (root / FILE).read_bytes()
    except FileNotFoundError:
        return [], []
    except OSError as problem:
        return [], [f"{FILE}: 读不出来：{problem.strerror}"]
    try:
        rows = read_cells(FILE, data)
    except BadTable as problem:
        return [], [f"{FILE}:{problem.line}: {problem.message}。{problem.hint}"]
    if not rows:
        return [], []
    chinese = {name: key for key, name in FIELDS.items()}
    head = [chinese.get(cell, cell) for cell in rows[0][1]]
    if missing := [key for key in FIELDS if key not in head]:
        names = "、".join(f"{key}（{FIELDS[key]}）" for key in missing)
        return [], [f"{FILE}:{rows[0][0]}: 表头缺 {names}。第一行写 {','.join(FIELDS)}"]
    found: list[Outside] = []
    problems: list[str] = []
    weights: dict[tuple[str, str], float] = {}
    for line, cells in rows[1:]:
        given = dict(zip(head, cells, strict=False))
        wrong = _problem(given, sites)
        key = (given.get("site", ""), given.get("period", ""))
        if not wrong and weights.get(key, 0.0) + float(given["weight"]) >= 1:
            wrong = f"{key[0]} {key[1]} 年度的权重加起来达到 1，留不下检查本身的份额。减小权重"
        if wrong:
            problems.append(f"{FILE}:{line}: {wrong}（这一行不算数）")
            continue
        weights[key] = weights.get(key, 0.0) + float(given["weight"])
        found.append(
            Outside(*key, given["by"], float(given["points"]), float(given["weight"]), given.get("evidence", ""), line)
        )
    return found, problems


def _problem(given: dict[str, str], sites: Collection[str]) -> str:
    site = given.get("site", "")
    if site not in sites:
        return f"没有站点「{site}」。{did_you_mean(site, sites) or '写站点编号，如 changchun'}"
    if not _YEAR.fullmatch(given.get("period", "")):
        return f"年度「{given.get('period', '')}」写错了。写成四位数字，如 2026"
    if not given.get("by"):
        return "没有写评价方。写单位或者类别，如 第三方评估、公众评议，不写个人姓名"
    if not (_NUMBER.fullmatch(given.get("points", "")) and float(given["points"]) <= 100):
        return f"得分「{given.get('points', '')}」写错了。写 0 到 100 的数"
    if not (_NUMBER.fullmatch(given.get("weight", "")) and 0 < float(given["weight"]) < 1):
        return f"权重「{given.get('weight', '')}」写错了。写大于 0、小于 1 的数，如 0.2"
    return ""
