"""`jiyue import FORMAT SOURCE --to SITE/COLUMN`: one command for each format of old articles."""

from __future__ import annotations

from importlib import import_module

import typer

FORMATS = (
    "markdown",
    "table",
    "tickets",
    "docx",
    "site",
    "hexo",
    "hugo",
    "jekyll",
    "vuepress",
    "wxr",
    "sql",
    "reconcile",
    "freeze",
)
"""The formats in the order of the help. Each is the function `run` in the module of its name in jiyue.cli.importing."""

import_ = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, help="把旧稿件导入成文章。")


@import_.callback()
def _import() -> None:
    """把旧稿件导入成文章。"""


for _format in FORMATS:
    import_.command(_format)(import_module(f"jiyue.cli.importing.{_format}").run)
