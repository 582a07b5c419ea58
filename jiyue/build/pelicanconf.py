"""The settings of one site for `pelicanconf.py`, so that plain `pelican` builds it too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jiyue.build.cluster import tasks_for
from jiyue.build.options import Options
from jiyue.build.settings import pelican_settings


def settings_for(site: str, root: Path, output: Path) -> dict[str, Any]:
    """The settings for `pelicanconf.py`. Scans the whole cluster, which links and pushed articles need, without a cache.

    Raises SystemExit with a Chinese message if there is no such site or the cluster can't be read.
    """
    tasks = tasks_for(Options(root=root, output=output, sites=(site,), cache=False))
    if len(tasks) != 1:
        raise SystemExit(f"没有名为「{site}」的站点，或它的站点文件有错（运行 jiyue check 查看）。")
    return pelican_settings(tasks[0])
