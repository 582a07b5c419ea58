"""`jiyue search`: runs the browser's search module in Node on a built tree."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jiyue import THEME

DRIVER = Path(__file__).with_name("cli.mjs")
MODULES = THEME / "static" / "search"
INDEX = Path("search") / "index"
"""The path of a site's index in its tree."""
CLUSTER_INDEX = Path("search") / "all"
"""The path of the index of all sites in the root site's tree."""


class SearchFailed(Exception):
    """Node is missing or failed; the message says why, in Chinese."""


def index_folder(output: Path, site: str, root: str = "") -> Path:
    """The folder of a site's index in the built tree, or of the cluster's (site `all`, in the tree of the root site)."""
    return output / root / CLUSTER_INDEX if site == "all" else output / site / INDEX


def run_search(
    output: Path,
    site: str,
    queries: Sequence[str],
    *,
    root: str = "",
    options: Mapping[str, Any] | None = None,
    modules: Path = MODULES,
) -> list[dict[str, Any]]:
    """The answers in order: {query, hits: [{url, title, site, date, place}], files, bytes, ms, total …}.

    hits: as a reader sees them; place: '#id' of the section to which the link leads, or ''.
    output: the built tree; site: a site's id or `all`; root: the root site's id, required for `all`. options apply to every
    query: page, order ('date'), filters ({'kind': 'document'}), limit, all (exact counts), found
    (adds `found` to the answer: [segment, number] of every hit; `all` implies it).
    Each query starts with an empty cache; bytes and files are what it fetched. Raises SearchFailed.
    """
    return list(ask(index_folder(output, site, root), queries, options=options, modules=modules))


def ask(
    index: Path | str,
    queries: Sequence[str],
    *,
    options: Mapping[str, Any] | None = None,
    modules: Path = MODULES,
    timeout: float | None = None,
) -> Iterator[dict[str, Any]]:
    """run_search() for the index in one folder, or at one address. timeout: seconds for all queries."""
    node = shutil.which("node")
    if node is None:
        raise SearchFailed("没有找到 Node.js（需要 20 以上版本），请先安装。")
    if isinstance(index, Path) and not (index / "m.json").is_file():
        raise SearchFailed(f"{index} 里没有搜索索引，请先构建站点，并确认没有关闭搜索。")
    requests = "".join(json.dumps({"query": query, **(options or {})}) + "\n" for query in queries)
    try:
        done = subprocess.run(
            [node, str(DRIVER), str(modules), str(index)],
            input=requests,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=timeout,
        )
    except subprocess.TimeoutExpired:
        raise SearchFailed(f"搜索程序 {timeout:g} 秒没有答完。") from None
    if done.returncode:
        raise SearchFailed(f"搜索程序出错：{done.stderr.strip()[-500:]}")
    for line in done.stdout.splitlines():
        yield json.loads(line)
