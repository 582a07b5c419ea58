"""The exercises of the training ground, the cluster that holds them, and which of them are done.

吉政办发〔2015〕5号（十九）wants those who write and review trained; here they practise on what the checks find. The exercises are data
(`exercises.yaml`).
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from jiyue.base.diagnostics import Diagnostic
from jiyue.base.yamlfile import parse
from jiyue.build.options import Options
from jiyue.build.source_check import check
from jiyue.build.unpublished import unpublished
from jiyue.catalogue.scaffold import Refused
from jiyue.registry.site import ClusterBroken

SITE = "lianxi"
RESULTS = "training.json"
"""The file with the results, in the training ground's folder."""

_PICTURE = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAKAAAABaCAIAAACwpMoFAAABR0lEQVR42u3Xu20CQRiFUUqceCohpohdohttnsadbOJKaAJHFsLczFpgdaQvuppoTvRPmv58"
    "tzY0Dy1Cy9Aq1IXWobfQe+gjtAltQ7vQPnQIHUOfoVPoKzQBDBgwYMCAAQMGDBgwYMCAAQMGDBgwYMCAAQMGDBgwYMCAAQMGDBgwYMCAAQMGDBgwYMCAAQMG"
    "DBgwYMCAAQN+CeC+/75uOmtuunnwL28AAwYMGDBgwIDHDjwA5983gAEDBgwYMGDAgAE7k5xJgAEDBgwYMGDAgJ1JziTAgAEDBgwYMGDAwwDXptS21Hmpi1KX"
    "pa5K7crzjw85k17ul35GwIABAwYMGDBgwIB/x4ecSYABAwYMGDBgwIABO5OcSYABAwYMGLARsBGwETBgfwTYCNgI2AjYCNgIGLDvAGwEbARsBGwEbARsBAzY"
    "OIrxAlh/QEevaQnUAAAAAElFTkSuQmCC"
)
"""A drawing of a park; what `PICTURE` in the exercises stands for."""

_CLUSTER = {
    "sites/cluster.yaml": f"name: 练习站群\nroot: {SITE}\n",
    f"sites/{SITE}.yaml": """name: 练习市人民政府
kind: prefecture
url: https://lianxi.example
profile: training
officers:
  - {post: 撰稿岗, unit: 办公室, role: 信息联络员}
  - {post: 初审岗, unit: 办公室, role: 初审}
  - {post: 终审岗, unit: 办公室, role: 终审}
columns:
  - {path: tzgg, name: 通知公告, review: none}
  - {path: bsfw, name: 办事服务, review: none}
  - {path: yw, name: 要闻动态, review: none}
  - {path: zcwj, name: 政策文件, review: required}
""",
    "sites/profiles/training.yaml": """name: 练习方案
extends: national
review: [first, final]
required: []
broken_links: error
unlisted_sources: error
""",
}


class Exercise(NamedTuple):
    """An exercise. article: path of its article; before, after: path -> content with the slip and mended, None for no file.

    find, mend: what there is to find, how it is mended; rules: what the check says, in order; keep: see `exercises.yaml`.
    """

    number: int
    article: str
    title: str
    find: str
    mend: str
    rules: tuple[str, ...]
    keep: tuple[str, ...]
    before: dict[str, bytes]
    after: dict[str, bytes | None]

    @property
    def paths(self) -> set[str]:
        """The files that it is about."""
        return self.before.keys() | self.after.keys()


class Result(NamedTuple):
    """How far an exercise is. findings: what the check still says; why: why it is not done, '' if it is."""

    exercise: Exercise
    findings: list[Diagnostic]
    why: str

    @property
    def passed(self) -> bool:
        """Whether it is done."""
        return not self.why


@cache
def exercises() -> tuple[Exercise, ...]:
    """All exercises, from easy to hard."""
    rows, _ = parse((Path(__file__).parent / "exercises.yaml").read_text("utf-8"))
    return tuple(_exercise(number, row) for number, row in enumerate(rows, 1))


def start(folder: Path) -> list[str]:
    """Write the training ground into an empty folder. Returns the paths written. Raises Refused."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} 已经有内容，请换一个空目录")
    files = {path: text.encode() for path, text in _CLUSTER.items()}
    for one in exercises():
        files |= one.before
        files[f"solutions/{one.number:02}.md"] = _solution(one).encode()
    files["README.md"] = _tasks().encode()
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return sorted(files)


def mend(folder: Path, exercise: Exercise) -> None:
    """Apply the solution of an exercise."""
    for path, data in exercise.after.items():
        if data is None:
            (folder / path).unlink(missing_ok=True)
        else:
            (folder / path).write_bytes(data)


def results(options: Options) -> list[Result]:
    """Check the training ground and say of each exercise whether it is done. Raises ClusterBroken."""
    report = check(options)
    if not report.known:
        raise ClusterBroken(report.diagnostics)
    hidden = {row.path for row in unpublished(options.root, report.known.summaries.values(), options.now)}
    return [_result(options.root, one, report.diagnostics, hidden) for one in exercises()]


def write_results(root: Path, given: Iterable[Result], now: str) -> Path:
    """Write the results for whoever keeps the register of trainings: {checked, exercises: [{number, title, passed, rules}]}."""
    rows = [
        {
            "number": one.exercise.number,
            "title": one.exercise.title,
            "passed": one.passed,
            "rules": _rules(one.findings),
        }
        for one in given
    ]
    path = root / RESULTS
    path.write_text(json.dumps({"checked": now, "exercises": rows}, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return path


def _rules(findings: Iterable[Diagnostic]) -> list[str]:
    return list(dict.fromkeys(one.rule for one in findings))


def _result(root: Path, one: Exercise, findings: Iterable[Diagnostic], hidden: set[str]) -> Result:
    left = [finding for finding in findings if finding.path in one.paths]
    return Result(one, left, _why(root, one, left, hidden))


def _why(root: Path, one: Exercise, left: list[Diagnostic], hidden: set[str]) -> str:
    """Why an exercise is not done; deleting what was to be mended, or hiding it, doesn't do it."""
    if left:
        return "检查还有发现"
    wanted = one.before.keys() | one.after.keys()
    for path in sorted(wanted):
        deleted = path in one.after and one.after[path] is None
        if deleted == (root / path).exists():
            return f"{path} {'还没有删去' if deleted else '不见了'}"
    if one.article in hidden:
        return "文章没有公开"
    text = (root / one.article).read_text("utf-8", "replace") if (root / one.article).is_file() else ""
    gone = [words for words in one.keep if words not in text]
    return f"文章里少了“{gone[0]}”，只改有错的地方" if gone else ""


def _exercise(number: int, row: dict[str, Any]) -> Exercise:
    after = _files(row["after"])
    before = {path: data for path, data in _files(row["before"]).items() if data is not None}
    article = f"content/{SITE}/{row['name']}.md"
    return Exercise(
        number,
        article,
        row["title"],
        row["find"],
        row["mend"],
        tuple(row["rules"]),
        tuple(row.get("keep", ())),
        before,
        after,
    )


def _files(rows: dict[str, str | None]) -> dict[str, bytes | None]:
    return {
        f"content/{SITE}/{path}": None if text in (None, "~") else _PICTURE if text == "PICTURE" else str(text).encode()
        for path, text in rows.items()
    }


def _tasks() -> str:
    """The tasks, for the folder's own README."""
    lines = [
        "# 练习场", "",
        "这个小站群里每篇文章都有故意写错的地方，一篇一题，从易到难。先自己找，再看检查怎么说，改好以后再查一遍：", "",
        "    jiyue check          # 检查怎么说",
        "    jiyue training       # 哪几题做完了",
        "    jiyue serve          # 网页是什么样子", "",
        "答案在 `solutions/` 里，一题一个文件，做完再看。", "",
    ]  # fmt: skip
    for one in exercises():
        lines += [f"## {one.number}. {one.title}", "", f"文件：`{one.article}`", "", one.find, ""]
    return "\n".join(lines)


def _solution(one: Exercise) -> str:
    lines = [f"# 第 {one.number} 题：{one.title}", "", one.mend, ""]
    for path, data in one.after.items():
        if data is None:
            lines += [f"删去 `{path}`。", ""]
        else:
            lines += [f"`{path}` 改为：", "", "```", data.decode().rstrip("\n"), "```", ""]
    return "\n".join(lines)
