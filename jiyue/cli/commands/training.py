"""`jiyue training`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from jiyue.cli.building import build_options
from jiyue.cli.called import shown
from jiyue.cli.common import Format, Jobs, Root, Today, usage
from jiyue.training.exercises import RESULTS, SITE, results, write_results


def training(
    root: Root = Path(), jobs: Jobs = 0, today: Today = "", format: Format = "text",
    post: Annotated[str, typer.Option("--as", help="谁做的：岗位，与 --record 一起写")] = "",
    record: Annotated[str, typer.Option("--record", help="把成绩记进站群的登记簿：站群目录:站点，如 ../zhanqun:changchun")] = "",
) -> None:  # fmt: skip
    """练习场：哪几题做完了，结果写入 training.json（用 init --training 建立）。"""
    if not (root / "sites" / f"{SITE}.yaml").is_file():
        usage(f"{root} 不是练习场，先运行：jiyue init 练习目录 --training")
    if bool(post) != bool(record):
        usage("--as 岗位 和 --record 站群目录:站点 要一起写")
    options = build_options(None, root, None, jobs, today, False)
    given = results(options)
    path = write_results(root, given, options.now)
    if record:
        _record(record, post, options.now[:10], sum(one.passed for one in given), len(given))
    if format == "json":
        print(path.read_text("utf-8"), end="")
        return
    for one in given:
        print(f"{'✓ 做完了' if one.passed else '　还没有'}　{one.exercise.number:2}. {one.exercise.title}")
        if not one.passed:
            print(f"            {one.exercise.article}　{one.why}")
    done = sum(one.passed for one in given)
    left = f"检查怎么说：jiyue check --root {root}；答案在 solutions/ 里。" if done < len(given) else "全部做完了。"
    print(shown(f"{len(given)} 题做完 {done} 题，结果已写入 {root / RESULTS}。{left}"))


def _record(where: str, post: str, day: str, done: int, of: int) -> None:
    from jiyue.registry.load import load_registry  # noqa: PLC0415  (only to record)
    from jiyue.training.record import Refused, record  # noqa: PLC0415  (only to record)

    folder, colon, site = where.rpartition(":")
    if not colon or not (Path(folder) / "sites").is_dir():
        usage("--record 写成 站群目录:站点，如 ../zhanqun:changchun")
    registry = load_registry(Path(folder))
    if site not in registry.sites:
        usage(f"{folder} 没有站点 {site}")
    try:
        path, new = record(Path(folder), registry, site, post, day, done, of)
    except Refused as problem:
        usage(str(problem))
    print(shown(f"{'成绩已记入' if new else '成绩已经在'} {path}：{post} {done}/{of}"), file=sys.stderr)
