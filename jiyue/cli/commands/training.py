"""`jiyue training`."""

from __future__ import annotations

from pathlib import Path

from jiyue.cli.building import Jobs, build_options
from jiyue.cli.chinese import shown
from jiyue.cli.common import Format, Root, Today, usage
from jiyue.training.exercises import RESULTS, SITE, results, write_results


def training(root: Root = Path(), jobs: Jobs = 0, today: Today = "", format: Format = "text") -> None:
    """练习场：哪几题做完了，结果写入 training.json（用 init --training 建立）。"""
    if not (root / "sites" / f"{SITE}.yaml").is_file():
        usage(f"{root} 不是练习场，先运行：jiyue init 练习目录 --training")
    options = build_options(None, root, None, jobs, today, False)
    given = results(options)
    path = write_results(root, given, options.now)
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
