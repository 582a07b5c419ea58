"""Lists of files migrated from an old site, `sites/migrated/<batch>.csv`: path and SHA-256 of each.

    path,sha256
    content/changchun/tzgg/20150101-0a1b2c3d.md,5f70bf18…

The importer writes them. Like everything in `sites/`, only an admin can commit them, which is the approval: only a file
that is listed with exactly these bytes may be dated long before it entered the repository.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from pathlib import Path

from jiyue.base.diagnostics import Diagnostic, error
from jiyue.base.patterns import pattern

FOLDER = "sites/migrated"
LIST = error(
    "file-migrated",
    "迁移清单读不懂",
    "旧站迁来的稿件凭清单里的路径和校验值才可以标旧日期。读不懂的行不算数，列在那里的稿件会被当作补写。",
    "国办秘函〔2019〕19号 单项否决第1项（弄虚作假，如伪造发稿日期）",
)
_HEAD = ["path", "sha256"]
_DIGEST = pattern(r"[0-9a-f]{64}")

Migrated = frozenset[tuple[str, str]]
"""(path relative to the cluster, SHA-256 in hexadecimal)."""


def read_migrated(root: Path) -> tuple[Migrated, list[Diagnostic]]:
    """All rows of all lists, and a finding for each line that can't be parsed and is ignored."""
    rows: set[tuple[str, str]] = set()
    bad: list[Diagnostic] = []
    hint = "第一行是 path,sha256；以下每行是稿件路径和 64 位十六进制的 SHA-256，用 jiyue import 重新生成"
    for path in sorted((root / FOLDER).glob("*.csv")):
        good, lines = _read(path)
        rows |= good
        name = path.relative_to(root).as_posix()
        bad += [LIST.at(name, line, f"迁移清单第 {line} 行读不懂", hint) for line in lines]
    return frozenset(rows), bad


def note_migrated(root: Path, batch: str, paths: Iterable[str]) -> Path:
    """Add files (paths relative to the cluster) to the list of a batch. Returns the list's path."""
    path = root / FOLDER / f"{batch}.csv"
    rows = dict(_read(path)[0] if path.is_file() else ())
    rows |= {name: digest_of((root / name).read_bytes()) for name in paths}
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows([_HEAD, *sorted(rows.items())])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(table.getvalue(), encoding="utf-8")
    return path


def digest_of(data: bytes) -> str:
    """The SHA-256 in the lists' form, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _read(path: Path) -> tuple[set[tuple[str, str]], list[int]]:
    try:
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""), strict=True))
    except (OSError, UnicodeDecodeError, csv.Error):
        return set(), [1]
    if rows[:1] != [_HEAD]:
        return set(), [1]
    good = {(row[0], row[1]) for row in rows[1:] if len(row) == len(_HEAD) and _DIGEST.fullmatch(row[1])}
    return good, [line for line, row in enumerate(rows[1:], 2) if row and tuple(row) not in good]
