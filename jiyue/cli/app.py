"""The application: runs the command that was called, and reports errors of the whole cluster.

Each command is a function in a module of the same name in `commands/`; a group of commands is a Typer there. Only the
module of the called command is imported, so that each module can have its imports at the top.
"""

from __future__ import annotations

import sys
from importlib import import_module

import typer

from jiyue.cli import chinese
from jiyue.cli.common import show

COMMANDS = (
    "build",
    "check",
    "audit",
    "dashboard",
    "duties",
    "sites",
    "tasks",
    "roster",
    "procedure",
    "review",
    "approve",
    "list",
    "codeowners",
    "serve",
    "edit",
    "import",
    "search",
    "version",
    "init",
    "training",
    "new",
    "release",
    "publish",
    "rollback",
    "verify",
    "expunge",
    "archive",
    "changed",
    "preview",
    "schedule",
    "serving",
    "submit",
    "letters",
    "contracts",
    "costs",
    "fees",
    "editions",
    "inbox",
    "alert",
    "latency",
    "weibo",
    "digest",
    "sync",
    "probe",
    "key",
    "store",
)
"""All commands, in the order of the help."""


def application(*names: str) -> typer.Typer:
    """The command line with these commands; with none given, all of them."""
    app = typer.Typer(
        add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False,
    )  # fmt: skip
    app.callback()(_jiyue)
    for name in names or COMMANDS:
        attribute = f"{name}_" if name in ("import", "list") else name  # words of Python's own
        command = getattr(import_module(f"jiyue.cli.commands.{attribute}"), attribute)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def main() -> None:
    """The entry point `jiyue`."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    app = application(*(name for name in sys.argv[1:2] if name in COMMANDS))
    chinese.prepare(app)
    try:
        chinese.run(app)
    except Exception as problem:
        from jiyue.registry.site import ClusterBroken  # noqa: PLC0415  (pydantic: a build of nothing new needs none)

        if not isinstance(problem, ClusterBroken):
            raise
        show(problem.diagnostics, "text")
        raise SystemExit(1) from None


def _jiyue() -> None:
    """集约：用一个 git 仓库发布全省政府网站。"""
