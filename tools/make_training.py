"""Write docs/training.md: each exercise of the training ground, what the check says to it, how it is mended (`make docs`)."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "training.md"
NOW = "2026-11-28 09:00"

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from jiyue.build.options import Options  # noqa: E402
from jiyue.training.exercises import Result, results, start  # noqa: E402

_HEAD = """# 练习场

吉政办发〔2015〕5号（十九）要求培训写稿、审稿的人员。练习场是一个小站群，里面的文章有故意写错的地方，一篇一题，从易到难：

```
.venv/bin/jiyue init 练习目录 --training     # 建立，目录要是空的
.venv/bin/jiyue check --root 练习目录        # 检查怎么说
.venv/bin/jiyue serve --root 练习目录        # 网页是什么样子，没有公开的也看得到
.venv/bin/jiyue training --root 练习目录     # 哪几题做完了
```

先自己找，再看检查怎么说，改好以后再查一遍。检查对这一题的文件再没有发现、文章照常公开，才算做完；删掉、藏起来或者把正文改空不算。
答案在练习目录的 `solutions/` 里，一题一个文件。结果写入练习目录的 `training.json`：`checked` 是什么时候查的，`exercises` 每题一项
（`number` 题号，`title` 题目，`passed` 是否做完，`rules` 检查还有哪些发现），可以按人归档。

下面每题写明要找什么、检查怎么说、怎样改。本页由 `make docs` 按检查的实际结果生成。
"""


def page() -> str:
    """The page as it should be."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "training"
        start(root)
        given = results(Options(root, root / "output", now=NOW, jobs=1, cache=False))
    return "\n".join([_HEAD, *(_section(one) for one in given)])


def _section(one: Result) -> str:
    exercise = one.exercise
    lines = [f"## {exercise.number}. {exercise.title}", "", exercise.find, ""]
    for path, data in sorted(exercise.before.items()):
        if path.endswith((".md", ".csv")):
            lines += [f"`{path}`：", "", "```", data.decode().rstrip("\n"), "```", ""]
    lines += ["检查怎么说：", ""]
    for finding in one.findings:
        where = f"`{finding.path.rpartition('/')[2]}`" + (f" 第 {finding.line} 行" if finding.line else "")
        said = f"{_plain(finding.message)}。处理办法：{_plain(finding.hint)}"
        lines.append(f"- {where}，[{finding.rule}](rules/{finding.rule}.md)：{said}")
    return "\n".join([*lines, "", f"怎样改：{_plain(exercise.mend)}", ""])


def _plain(text: str) -> str:
    """A text whose Markdown is shown as it is written."""
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", text)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
