"""The application: runs the command that was called, and reports errors of the whole cluster.

Each command is a function in a module of the same name in `commands/`; a group of commands is a Typer there. Only the
module of the called command is imported, so that each module can have its imports at the top.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

from jiyue.cli.declared import for_typer, understood

if TYPE_CHECKING:
    import typer

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
QUICK = frozenset({"build"})
"""Commands that load no Typer where the call is plain: loading it is a fifth of a build in which nothing changed."""


def application(*names: str) -> typer.Typer:
    """The command line with these commands; with none given, all of them."""
    import typer  # noqa: PLC0415  (most builds are called without it)

    app = typer.Typer(
        add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False,
    )  # fmt: skip
    app.callback()(_jiyue)
    for name in names or COMMANDS:
        command = _command(name)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    _declare(app)
    return app


def _command(name: str) -> Any:
    """The function of a command, or the Typer of a group."""
    attribute = f"{name}_" if name in ("import", "list") else name  # words of Python's own
    return getattr(import_module(f"jiyue.cli.commands.{attribute}"), attribute)


def _declare(app: typer.Typer) -> None:
    """Give Typer the declarations of all commands in its own form."""
    for one in (app.registered_callback, *app.registered_commands):
        if one and one.callback:
            one.callback = for_typer(one.callback)
    for group in app.registered_groups:
        if group.typer_instance:
            _declare(group.typer_instance)


def main() -> None:
    """The entry point `jiyue`."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        _run(sys.argv[1:])
    except Exception as problem:
        from jiyue.registry.site import ClusterBroken  # noqa: PLC0415  (pydantic: a build of nothing new needs none)

        if not isinstance(problem, ClusterBroken):
            raise
        from jiyue.cli.common import show  # noqa: PLC0415  (only where it fails)

        show(problem.diagnostics, "text")
        raise SystemExit(1) from None


def _run(words: list[str]) -> None:
    """Run the command that these words call; exits."""
    name = words[0] if words and words[0] in COMMANDS else ""
    if name in QUICK:
        command = _command(name)
        arguments = understood(command, words[1:])
        if arguments is not None:
            _call(lambda: command(**arguments))
    from jiyue.cli import chinese  # noqa: PLC0415  (loads Typer)

    app = application(name) if name else application()
    chinese.prepare(app)
    chinese.run(app)


def _call(command: Callable[[], object]) -> NoReturn:
    """Run a command; exits, when it is interrupted or its reader is gone, as Typer does."""
    try:
        command()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except OSError as problem:
        if problem.errno != errno.EPIPE:
            raise
        # nothing can be printed any more, so what is still to be printed at the end goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    raise SystemExit(0)


def _jiyue() -> None:
    """集约：用一个 git 仓库发布全省政府网站。"""
