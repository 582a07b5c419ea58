"""Batches of files migrated from an old site: `sites/migrated/<site>.<column>.csv`, with path and SHA-256 of each file.

    path,sha256
    content/changchun/tzgg/20150101-0a1b2c3d.md,5f70bf18…

and beside it `sites/migrated/<site>.<column>.yaml`, by which the batch is approved as a whole:

    list: 9c1d…                      # the SHA-256 of the list
    review:
      final: {by: 终审岗, date: 2026-11-28}
      secrecy: {by: 保密审查岗, date: 2026-11-28}

The importers write both, without records. Only an admin can commit a list; the records are written by the holders of the
posts and judged as those of articles are (jiyue.build.batches). Only a file with exactly the listed bytes counts as
migrated: it may be dated long before it entered the repository, and needs no review of its own.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jiyue.base.clock import parse_date
from jiyue.base.diagnostics import Diagnostic, error
from jiyue.base.patterns import pattern
from jiyue.registry.site import MIGRATED, REVIEW_STEPS

FOLDER = MIGRATED
LIST = error(
    "file-migrated",
    "迁移清单读不懂",
    "旧站迁来的稿件凭清单里的路径和校验值才可以标旧日期，凭整批的审核记录发布。读不懂的不算数，列在那里的稿件按普通稿件判断。",
    "国办秘函〔2019〕19号 单项否决第1项（弄虚作假，如伪造发稿日期）",
)
STEPS = ("final", "secrecy")
"""The reviews that approve a batch."""
_HEAD = ["path", "sha256"]
_DIGEST = pattern(r"[0-9a-f]{64}")
_NAME = pattern(r"sites/migrated/([a-z][a-z0-9-]*)\.(?:[^/]+\.)?yaml")
_APPROVAL = """\
# {batch}：整批审核记录。终审、保密审查岗位各自核对清单和稿件后，在 review 里登记，分别提交，例如：
#   review:
#     final: {{by: 终审岗, date: 2026-11-28}}
#     secrecy: {{by: 保密审查岗, date: 2026-11-28}}
list: {digest}
review: {{}}
"""

Migrated = frozenset[tuple[str, str]]
"""(path relative to the cluster, SHA-256 in hexadecimal)."""


class Batch(NamedTuple):
    """A list with its approval. path: of the approval, relative to the cluster, whether it exists or not.

    site: whose reviewers approve it, by the file's name. list_digest: of the list; listed: the digest that the approval
    names. review: step -> record, as in an article. digest: of list and approval.
    """

    path: str
    site: str
    rows: Migrated
    list_digest: str
    listed: str = ""
    review: Mapping[str, Mapping[str, Any]] = {}
    digest: str = ""

    @property
    def list_path(self) -> str:
        """The list's own path."""
        return self.path.removesuffix(".yaml") + ".csv"


def site_of(path: str) -> str:
    """The site whose reviewers may change the approval of a batch; '' for any other path, lists included."""
    match = _NAME.fullmatch(path)
    return match[1] if match else ""


def read_batches(root: Path, newer: Path | None = None) -> tuple[list[Batch], list[Diagnostic]]:
    """All batches, and a finding for each line of a list and each approval that can't be parsed and is ignored.

    newer: a folder like root, whose files go before those of root.
    """
    batches: list[Batch] = []
    bad: list[Diagnostic] = []
    hint = "第一行是 path,sha256；以下每行是稿件路径和 64 位十六进制的 SHA-256，用 jiyue import 重新生成"
    sides = [side for side in (newer, root) if side]
    for name in sorted({path.relative_to(side).as_posix() for side in sides for path in (side / FOLDER).glob("*.csv")}):
        rows, lines, digest = _read(next(side / name for side in sides if (side / name).is_file()))
        bad += [LIST.at(name, line, f"迁移清单第 {line} 行读不懂", hint) for line in lines]
        beside = f"{name.removesuffix('.csv')}.yaml"
        approval = next((side / beside for side in sides if (side / beside).is_file()), None)
        batch = Batch(beside, _site_of_list(name, rows), frozenset(rows), digest)
        if approval:
            data = approval.read_bytes()
            listed, review, problem = read_approval(data)
            batch = batch._replace(listed=listed, review=review, digest=digest + digest_of(data))
            if problem:
                bad.append(LIST.at(batch.path, 1, problem, "照 jiyue import 写出的样子，用引号、冒号和缩进写对"))
        batches.append(batch)
    return batches, bad


def _site_of_list(name: str, rows: Iterable[tuple[str, str]]) -> str:
    """The site of a list: by its name; of a list from before names had a point, that of its first file."""
    site, _, rest = name.rpartition("/")[2].removesuffix(".csv").partition(".")
    first = min(rows, default=("", ""))[0].split("/")
    return first[1] if not rest and len(first) > 2 and site != first[1] else site


def read_approval(data: bytes) -> tuple[str, dict[str, dict[str, Any]], str]:
    """(digest of the list, step -> record, what is wrong in Chinese) of an approval; with a fault nothing counts."""
    import yaml  # noqa: PLC0415  (a build without batches needs none)

    try:
        values = yaml.load(data.decode(), Loader=yaml.BaseLoader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        return "", {}, "审核文件不是 UTF-8 的 YAML"
    if not isinstance(values, dict) or not values.keys() <= {"list", "review"}:
        return "", {}, "审核文件只写 list 和 review"
    if not _DIGEST.fullmatch(str(values.get("list", ""))):
        return "", {}, "list 应是清单的 SHA-256，64 位十六进制"
    review: dict[str, dict[str, Any]] = {}
    for step, record in (values.get("review") or {}).items() if isinstance(values.get("review") or {}, dict) else ():
        date = parse_date(str(record.get("date", ""))) if isinstance(record, dict) else None
        if step not in REVIEW_STEPS or not date or not isinstance(record.get("by"), str):
            return "", {}, f"review 里的 {step} 应写成 {{by: 岗位, date: 2026-11-28}}，只写 {'、'.join(STEPS)}"
        review[step] = {**record, "date": date}
    return values["list"], review, ""


def read_migrated(root: Path) -> tuple[Migrated, list[Diagnostic]]:
    """All rows of all lists, approved or not, and the findings of read_batches."""
    batches, bad = read_batches(root)
    return frozenset().union(*(batch.rows for batch in batches)), bad


def note_migrated(root: Path, batch: str, paths: Iterable[str]) -> Path:
    """Add files (paths relative to the cluster) to the list of a batch, `<site>.<column>`. Returns the list's path.

    What some list has with the same bytes already is not added again. A list with a record of review is left alone, so that
    the approval of what came earlier stays valid: the new files go to the next one, `<batch>.2`.
    """
    known = read_migrated(root)[0]
    rows = {name: digest_of((root / name).read_bytes()) for name in paths}
    fresh = {name: digest for name, digest in rows.items() if (name, digest) not in known}
    last = root / FOLDER / f"{batch}.csv"
    for path in _lists(root / FOLDER, batch):
        approval = path.with_suffix(".yaml")
        if not fresh and not path.is_file():
            break
        last = path
        if not approval.is_file() or not read_approval(approval.read_bytes())[1]:
            break
    if fresh:
        _write(last, batch, dict(_read(last)[0] if last.is_file() else ()) | fresh)
    return last


def _lists(folder: Path, batch: str) -> Iterator[Path]:
    yield folder / f"{batch}.csv"
    number = 2
    while True:
        yield folder / f"{batch}.{number}.csv"
        number += 1


def _write(path: Path, batch: str, rows: Mapping[str, str]) -> None:
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows([_HEAD, *sorted(rows.items())])
    data = table.getvalue().encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    # the approval first: if the import is killed in between, the next one still finds something to list, and writes both
    _replace(path.with_suffix(".yaml"), _APPROVAL.format(batch=batch, digest=digest_of(data)).encode())
    _replace(path, data)


def _replace(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)


def digest_of(data: bytes) -> str:
    """The SHA-256 in the lists' form, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _read(path: Path) -> tuple[set[tuple[str, str]], list[int], str]:
    """(rows, lines that can't be parsed, digest of the file)."""
    digest = ""
    try:
        data = path.read_bytes()
        digest = digest_of(data)
        rows = list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))
    except (OSError, UnicodeDecodeError, csv.Error):
        return set(), [1], digest
    if rows[:1] != [_HEAD]:
        return set(), [1], digest
    good = {(row[0], row[1]) for row in rows[1:] if len(row) == len(_HEAD) and _DIGEST.fullmatch(row[1])}
    return good, [line for line, row in enumerate(rows[1:], 2) if row and tuple(row) not in good], digest
