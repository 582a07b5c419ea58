"""Chinese messages for Click, and help laid out for terminals on which a Chinese character takes two columns.

Click translates with gettext and the catalogue in `locale/`, which `make docs` compiles. gettext reads the language from
the environment; it is set only until a command starts, because the output of child processes (git …) is parsed by
programs and must not be translated.
"""

from __future__ import annotations

import gettext
import inspect
import os
import shutil
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click
import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup
from typer.models import CommandInfo
from typer.utils import get_params_from_function

from jiyue.cli.called import called
from jiyue.cli.examples import EXAMPLES

LOCALE = Path(__file__).parent / "locale"
_LANGUAGE = "LANGUAGE"

_PLACEHOLDERS = {
    "account": "账号",
    "action": "操作",
    "actor": "账号",
    "articles": "文章...",
    "at_least": "序号",
    "base": "提交",
    "change": "编号",
    "changed": "提交",
    "column": "栏目",
    "engine": "搜索引擎",
    "executor": "方式",
    "file": "文件",
    "format": "形式",
    "kind": "类型",
    "name": "名称",
    "names": "名字...",
    "partner": "编号",
    "places": "[目录或网址]...",
    "host": "地址",
    "peer": "地址",
    "proxy_header": "请求头",
    "query": "词",
    "remote": "仓库",
    "branch": "分支",
    "reason": "原因",
    "scheduler": "地址",
    "server": "服务器",
    "site": "站点",
    "sites": "[站点]...",
    "source": "来源",
    "superior": "站点",
    "today": "时间",
    "url": "网址",
    "urls": "地址...",
    "what": "什么",
}
"""Placeholders for values in the help, by the parameter's name; else by its type."""
_OF_TYPES = {"text": "文字", "integer": "数", "integer range": "数", "float": "数", "float range": "数", "path": "路径"}


def prepare(app: typer.Typer) -> None:
    """Add Chinese help with examples to the commands of an application."""
    gettext.bindtextdomain("click", str(LOCALE))
    gettext.textdomain("click")
    app.info.cls, app.info.subcommand_metavar, app.info.options_metavar = Group, "命令 …", "[选项]"
    if app.registered_callback:  # its own metavar takes precedence
        app.registered_callback.options_metavar = "[选项]"
    for command in app.registered_commands:
        _prepare(command, _name(command))
    for group in app.registered_groups:
        inner = group.typer_instance
        assert inner is not None
        group.cls, group.subcommand_metavar, group.options_metavar = Group, "命令 …", "[选项]"
        group.epilog = _epilog(str(group.name))
        for command in inner.registered_commands:
            _prepare(command, f"{group.name} {_name(command)}")


def _prepare(command: CommandInfo, name: str) -> None:
    command.cls, command.options_metavar, command.epilog = Command, "[选项]", _epilog(name)


def _name(command: CommandInfo) -> str:
    return str(command.name or getattr(command.callback, "__name__", ""))


def run(app: typer.Typer) -> None:
    """Parse the command line and run the command; exits."""
    os.environ[_LANGUAGE], _SavedLanguage.before = "zh_CN", os.environ.get(_LANGUAGE)
    app(prog_name=called())


class _SavedLanguage:
    """The former value of LANGUAGE, to be restored."""

    before: str | None = None

    @classmethod
    def restore(cls) -> None:
        if cls.before is None:
            os.environ.pop(_LANGUAGE, None)
        else:
            os.environ[_LANGUAGE] = cls.before


class Formatter(click.HelpFormatter):
    """Lays out columns and line breaks by display width."""

    def write_text(self, text: str) -> None:
        """Write paragraphs, which may break between any two Chinese characters."""
        room = self.width - self.current_indent
        for paragraph in text.split("\n\n"):
            as_it_is = paragraph.startswith("\b\n")  # Click's mark
            lines = paragraph.split("\n")[1:] if as_it_is else wrapped(" ".join(paragraph.split()), room)
            for line in lines:
                self.write(" " * self.current_indent + line + "\n")

    def write_heading(self, heading: str) -> None:
        """`选项：`"""
        self.write(" " * self.current_indent + heading + "：\n")

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """`用法：jiyue check [选项] …`"""
        super().write_usage(prog, args, prefix or gettext.gettext("Usage:"))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 34, col_spacing: int = 2) -> None:
        """Write terms and their explanations in two columns."""
        rows = list(rows)
        first = min(max((width(term) for term, _ in rows), default=0), col_max) + col_spacing
        for term, meaning in rows:
            lines = list(wrapped(meaning, max(20, self.width - self.current_indent - first))) or [""]
            start = " " * self.current_indent + term
            if width(term) > first - col_spacing:
                self.write(start + "\n")
                start = " " * (self.current_indent + first)
            else:
                start += " " * (first - width(term))
            self.write((start + lines[0]).rstrip() + "\n")
            for line in lines[1:]:
                self.write(" " * (self.current_indent + first) + line + "\n")


class _Context(click.Context):
    formatter_class = Formatter

    def make_formatter(self) -> click.HelpFormatter:
        """A formatter of the terminal's width, at most 80 columns like Click's own."""
        return Formatter(width=min(80, shutil.get_terminal_size((80, 24)).columns))


class Command(TyperCommand):
    """A command with Chinese help, which restores the environment before it runs."""

    context_class = _Context

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_values(self.params)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Called by Click for help. Click 8.4 and later lose Typer's help for arguments, so it is read from the function."""
        declared = get_params_from_function(inspect.unwrap(self.callback)) if self.callback else {}
        for param in self.params:
            info = declared[param.name].default if param.name in declared else None
            if isinstance(param, TyperArgument) and not param.help:
                param.help = getattr(info, "help", None)
        super().format_options(ctx, formatter)

    def invoke(self, ctx: click.Context) -> Any:
        """Called by Click once everything has been parsed."""
        _SavedLanguage.restore()
        try:
            return super().invoke(ctx)
        finally:
            os.environ[_LANGUAGE] = "zh_CN"  # for Click's message about an aborted command


class Group(TyperGroup):
    """A group of such commands."""

    context_class = _Context
    command_class = Command

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "suggest_commands": False})  # Click's own suggestion is translated
        _name_values(self.params)

    def invoke(self, ctx: click.Context) -> Any:
        """Called by Click; a group that does something itself runs as a command does."""
        if self.invoke_without_command and not (ctx._protected_args or ctx.args):
            _SavedLanguage.restore()
        return super().invoke(ctx)


def _name_values(params: Iterable[click.Parameter]) -> None:
    for param in params:
        flag = isinstance(param, click.Option) and param.is_flag
        if param.metavar is None and not flag:
            param.metavar = _PLACEHOLDERS.get(param.name or "") or _OF_TYPES.get(param.type.name)


def width(text: str) -> int:
    """The number of columns that a text takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in text)


def wrapped(text: str, room: int) -> Iterator[str]:
    """Lines of at most room columns. Latin words stay whole; no line begins with closing punctuation."""
    line = ""
    for piece in _pieces(text):
        if line and width(line + piece.rstrip()) > room and piece[0] not in "，。；：、！？）」》":
            yield line.rstrip()
            line = piece.lstrip()
        else:
            line += piece
    if line.strip():
        yield line.rstrip()


def _pieces(text: str) -> Iterable[str]:
    """The unbreakable pieces: a wide character, or a run of narrow ones with the following space."""
    piece = ""
    for ch in text:
        wide = unicodedata.east_asian_width(ch) in "WF"
        if piece and (wide or piece[-1] == " " != ch):
            yield piece
            piece = ""
        if wide:
            yield ch
        else:
            piece += ch
    if piece:
        yield piece


def _epilog(name: str) -> str:
    rows = [f"  {called()} {row}" for row in EXAMPLES.get(name, ())]
    return "\b\n例：\n" + "\n".join(rows) if rows else ""
