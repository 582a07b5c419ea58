"""`jiyue init`: creates a cluster, ready to build, in a new folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jiyue.catalogue import scaffold
from jiyue.cli.called import shown
from jiyue.cli.common import Today, now_text, usage


def init(
    folder: Annotated[Path, typer.Argument(metavar="目录", help="新站群的目录，不存在或者是空的", show_default=False)],
    name: Annotated[str, typer.Option("--name", help="门户网站的名称")] = "示范省人民政府",
    url: Annotated[str, typer.Option("--url", help="门户网站的网址")] = "https://www.example",
    training: Annotated[bool, typer.Option("--training", help="建立练习场：文章里有故意写错的地方")] = False,
    today: Today = "",
) -> None:
    """在一个空目录里新建站群：一个门户站点、一个栏目、一篇文章。"""
    try:
        if training:
            from jiyue.training.exercises import start  # noqa: PLC0415  (all rules: 0.3 s)

            made = start(folder)
        else:
            made = scaffold.init(folder, name=name, url=url, now=now_text(today))
    except scaffold.Refused as problem:
        usage(str(problem))
    for path in made:
        print(shown(f"新建 {folder / path}"))
    print(shown(f"现在可以运行：jiyue {'training' if training else 'serve'} --root {folder}"))
