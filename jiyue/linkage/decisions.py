"""What a site decided on articles reported to it (采用、不采用): `content/<site>/received.csv`, in its own rights and never published:

    article,decision,column,at,reason,by
    changchun/notice-1,采用,yw,2026-11-21 09:30,,终审岗
    changchun/notice-2,不采用,,2026-11-21 09:40,与已发布的重复,终审岗

A row is added for each decision; of several on one article the latest counts. A wrong row decides nothing and affects no other one.
YAML with the same columns (`received.yaml`) is read as well.
"""

from __future__ import annotations

import csv
import fcntl
import io
import os
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from jiyue.base.clock import parse_date
from jiyue.base.diagnostics import Diagnostic, error
from jiyue.base.encoding import decode
from jiyue.catalogue.ledgers import BadRow, Model, refuse_formula, table
from jiyue.catalogue.summary import Decision
from jiyue.registry.site import REVIEW_STEPS, Site

FILES = ("received.csv", "received.yaml")
"""In a site's folder; jiyue.catalogue.scan.INTERNAL_FILES keeps them out of the output."""
FIELDS = {
    "article": "文章",
    "decision": "决定",
    "column": "栏目",
    "at": "时间",
    "reason": "理由",
    "by": "岗位",
}
"""The columns in order of writing, with the Chinese names that officers may use instead."""
WORDS = {"采用": True, "adopted": True, "不采用": False, "declined": False}
"""How a decision may be written -> whether the article is adopted."""

INVALID = error(
    "report-decision",
    "采用台账的一行写错",
    "写错的一行不算数，报送的文章仍在等待；报送单位要看到采用到哪个栏目，或者为什么不采用。",
    "吉政办发〔2015〕5号（六）",
)
FINAL = REVIEW_STEPS["final"]
"""The role that adopts, where the site's profile asks for the final approval of what is published."""
_EXAMPLE = "写成 changchun/notice-1,采用,yw,2026-11-21 09:30,,终审岗"
_LEDGER = Model(FIELDS, "", INVALID, lambda cells, _: ("", cells))


def decisions_of(
    root: Path, site: Site, names: Iterable[str], refused: Collection[tuple[str, int]] = ()
) -> tuple[list[Decision], list[Diagnostic]]:
    """The valid rows of a site's ledgers, and a finding for each wrong one. names: of the files that are there.

    refused: (path, line) of errors in their words (privacy, secrecy): a row with one decides nothing, and is told to nobody.
    """
    valid, found = [], []
    for name in sorted(names):
        path = f"content/{site.id}/{name}"
        try:
            data = (root / path).read_bytes()
        except OSError as problem:
            found.append(INVALID.at(path, 0, f"读不出来：{problem.strerror}", "检查文件权限", site=site.id))
            continue
        rows, problems = read(data, path, site)
        valid += _spared(rows, {line for where, line in refused if where == path}, problems)
        found += problems
    return valid, found


def read(data: bytes, path: str, site: Site) -> tuple[list[Decision], list[Diagnostic]]:
    """The same of one ledger's bytes."""
    valid, found = [], []
    for row in table(data, path, _LEDGER):
        try:
            if isinstance(row, BadRow):
                raise row
            valid.append(decision_of(row.cells, site, row.line))
        except BadRow as problem:
            line = problem.line or row.line
            found.append(INVALID.at(path, line, problem.message, problem.hint, site=site.id))
    return valid, found


def _spared(rows: list[Decision], refused: Collection[int], problems: Iterable[Diagnostic]) -> list[Decision]:
    """The rows without an error in their words: one on a line is of the last row that begins there or before."""
    if not refused:
        return rows
    begins = sorted([row.line for row in rows] + [problem.line for problem in problems])
    bad = {begins[bisect_right(begins, line) - 1] for line in refused if begins and line >= begins[0]}
    return [row for row in rows if row.line not in bad and 0 not in refused]


def decision_of(cells: Mapping[str, str], site: Site, line: int = 0) -> Decision:
    """The decision in a row of that site's ledger. Raises BadRow."""
    refuse_formula(cells, _LEDGER)
    article = cells.get("article", "").strip("/").removeprefix("content/")
    if "/" not in article:
        raise BadRow(f"文章「{article[:60]}」写得不对", "写报送站点和文章编号，如 changchun/notice-1")
    adopted = WORDS.get(cells.get("decision", ""))
    if adopted is None:
        raise BadRow(f"决定「{cells.get('decision', '')[:20]}」不对", "写 采用 或 不采用")
    at = parse_date(cells.get("at", ""))
    if at is None:
        raise BadRow(f"时间「{cells.get('at', '')[:40]}」不是日期", "写成 2026-11-21 09:30")
    reason, by, column = (" ".join(cells.get(name, "").split()) for name in ("reason", "by", "column"))
    if not adopted and not reason:
        raise BadRow("不采用没有写理由", "写明理由，报送单位看得到")
    final = adopted and "final" in site.review_steps(column)  # what is adopted appears without any other approval here
    posts = [officer["post"] for officer in site.officers if not final or officer["role"] == FINAL]
    if not by or (site.officers and by not in posts):
        known = "、".join(posts[:5]) or "终审岗"
        which = "终审岗位" if final else "岗位"
        raise BadRow(f"「{by}」不是本站登记的{which}" if by else "没有写岗位", f"写{which}，不写姓名，如 {known}")
    if adopted and column and column not in (one.path for one in site.columns):
        raise BadRow(f"本站没有栏目「{column}」", "写本站的栏目目录，如 " + "、".join(c.path for c in site.columns[:5]))
    return Decision(article, adopted, column, at, reason, by, line)


def approvers(site: Site, now: str) -> tuple[str, ...]:
    """The accounts of the posts in office that may adopt for a site whose profile asks for the final approval."""
    if "final" not in site.review:
        return ()
    posts = [one for one in site.officers if one["role"] == FINAL]
    posts = [one for one in posts if one.get("since", "") <= now[:10] <= one.get("until", "9999")]
    return tuple(one[key] for one in posts for key in ("account", "deputy_account") if one.get(key))


def append(root: Path, site: Site, decision: Decision) -> Path:
    """Add a row to the site's CSV, whole or not at all. Returns its path. Raises BadRow if the file can't take it."""
    path = root / "content" / site.id / FILES[0]
    decision_of(cells := _cells(decision), site)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path.parent):
        text = decode(path.read_bytes()) if path.is_file() else ",".join(FIELDS) + "\n"
        head = next(csv.reader(io.StringIO(text)), [])
        names = {**{name: name for name in FIELDS}, **{chinese: name for name, chinese in FIELDS.items()}}
        columns = [names.get(cell.strip(), "") for cell in head]
        if missing := [name for name, cell in cells.items() if cell and name not in columns]:
            raise BadRow(f"{path.name} 的表头缺少「{missing[0]}」", "表头写 " + ",".join(FIELDS))
        new = io.StringIO()
        new.write(text if text.endswith("\n") else text + "\n")
        csv.writer(new, lineterminator="\n").writerow([cells.get(name, "") for name in columns])
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        part.write_text(new.getvalue(), "utf-8", newline="")
        part.replace(path)
    return path


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Holds the folder's lock, which leaves no file: two officers may decide at once."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _cells(decision: Decision) -> dict[str, str]:
    word = next(word for word, adopted in WORDS.items() if adopted is decision.adopted)
    return {
        "article": decision.article, "decision": word, "column": decision.column, "at": decision.at,
        "reason": decision.reason, "by": decision.by,
    }  # fmt: skip
