"""`jiyue import hexo`."""

from __future__ import annotations

from pathlib import Path

from jiyue.cli.common import Root, Today
from jiyue.cli.importing.generators import Columns, Folder, Url, bring
from jiyue.cli.importing.target import ToSite


def run(
    source: Folder, to: ToSite, url: Url = "", columns: Columns = None, root: Root = Path(), today: Today = ""
) -> None:
    """导入 Hexo 网站的源文件夹。"""
    bring("hexo", source, to, url, columns, root, today)
