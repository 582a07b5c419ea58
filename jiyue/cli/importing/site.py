"""`jiyue import site`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from jiyue.cli.common import Root, Today, show, usage
from jiyue.cli.importing.target import ToSite, target


def run(
    source: Annotated[Path, typer.Argument(help="旧站的文件夹：wget、httrack 下载的，或服务器上的", exists=True, file_okay=False)],
    to: ToSite = "",
    rules: Annotated[Path | None, typer.Option("--rules", help="旧站的取法（YAML）；没有的先用 --suggest 写一份")] = None,
    report: Annotated[Path | None, typer.Option("--report", help="逐页的结果写进这个 JSON 文件")] = None,
    suggest: Annotated[bool, typer.Option("--suggest", help="只看网页，写出取法的建议，不导入")] = False,
    jobs: Annotated[int, typer.Option("--jobs", help="同时用几个进程；0 是每个处理器一个")] = 0,
    root: Root = Path(), today: Today = "",
) -> None:  # fmt: skip
    """把旧网站的网页导入成文章，连同图片、附件和旧网址。"""
    place = target(root, to, today=today, whole=True)
    try:
        from jiyue.importers.site import rules as reading  # noqa: PLC0415  (libraries of the extra `sync`)
        from jiyue.importers.site.folder import Folder  # noqa: PLC0415  (as above)
        from jiyue.importers.site.proposals import as_yaml  # noqa: PLC0415  (as above)
        from jiyue.importers.site.suggest import suggest as propose  # noqa: PLC0415  (as above)
    except ImportError as missing:  # lxml raises it without a name where cssselect is missing
        name = (missing.name or "cssselect").partition(".")[0]
        if name == "jiyue":
            raise
        usage(
            f"jiyue import site 需要另装的程序库（缺 {name}）：运行 tools/setup.sh sync，或 pip install 'jiyue[sync]'"
        )
    from jiyue.catalogue.scaffold import column_names  # noqa: PLC0415  (see jiyue.cli.importing)
    from jiyue.importers.dates import SHANGHAI  # noqa: PLC0415  (as above)
    from jiyue.importers.moves import BadMoves  # noqa: PLC0415  (as above)
    from jiyue.importers.site.report import as_json, summary  # noqa: PLC0415  (as above)
    from jiyue.importers.site.run import batch_of, import_site  # noqa: PLC0415  (as above)
    from jiyue.registry.load import load_registry  # noqa: PLC0415  (as above)

    columns = column_names(load_registry(root).sites[place.site])
    now = place.now.astimezone(SHANGHAI).replace(tzinfo=None)
    folder = Folder(source)
    if not any(one.kind == "page" for one in folder.entries):
        usage(f"{source} 里没有网页")
    if suggest or not rules:
        text = as_yaml(
            propose(folder, now), columns, f"jiyue import site {source} --to {to} --rules {rules or '旧站.yaml'}"
        )
        if suggest:
            return _suggested(text, rules)
        print("没有给出 --rules，按建议的取法导入；用 --suggest 可以看到并修改它。", file=sys.stderr)
        made, problems = reading.parse_rules(text.encode(), "建议的取法", columns, place.site)
    else:
        made, problems = reading.read_rules(rules, columns, place.site)
    if made is None:
        show(problems, "text")
        raise SystemExit(1)
    folder = Folder(source, made.host) if made.host else folder
    try:
        result = import_site(
            folder, made, root, place.site, place.column, batch=batch_of(place.site, folder), columns=columns,
            today=place.now, jobs=jobs or os.cpu_count() or 1,
        )  # fmt: skip
        if report:
            report.write_text(as_json(result), "utf-8")
    except BadMoves as problem:
        usage(str(problem))
    except OSError as problem:
        usage(f"{problem.filename or root} 不能读写：{problem.strerror}；改正后再运行一次，会接着做完")
    for line in summary(result):
        print(line)
    for path in result.listed:
        print(f"写了 {path}")
    raise SystemExit(1 if any(one.status == "error" for one in result.moves) else 0)


def _suggested(text: str, path: Path | None) -> None:
    if path is None:
        print(text, end="")
    elif path.exists():
        usage(f"{path} 已经存在，没有改动；换一个文件名")
    else:
        try:
            path.write_text(text, "utf-8")
        except OSError as problem:
            usage(f"{path} 写不了：{problem.strerror}")
        print(f"取法的建议写在 {path}，请逐项核对，改好后不带 --suggest 再运行一次。")
