"""A plain call of `jiyue build` is understood without Typer as it is with it, and says and ends alike."""

from __future__ import annotations

import functools
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import click
import pytest
import typer
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jiyue.cli.commands.build import build
from jiyue.cli.declared import for_typer, understood
from tests.support.cluster import ClusterFolder

WORDS = ["--root", "--output", "--jobs", "--today", "--format", "--explain", "--timings", "--no-cache", "--executor", "--scheduler",
         "--root=a", "--jobs=2", "--jobs=-1", "--jobs=", "--explain=1", "--explain=", "--help", "--", "-", "-h", "--rot", "", "a", "b/c",
         "2", "02", "-3", "٣", "1_0", " 2", "2026-11-20", "json", "甲=乙", "--root=甲=乙", "--root=", "=x", "~/a", "a/../b/"]  # fmt: skip


def by_typer(words: list[str]) -> dict[str, Any] | None:
    """The arguments with which Typer calls the command; None where it doesn't."""
    called: list[dict[str, Any]] = []
    form = for_typer(build)

    @functools.wraps(form)
    def instead(**arguments: Any) -> None:
        called.append(arguments)

    app = typer.Typer(add_completion=False)
    app.command()(instead)
    try:
        typer.main.get_command(app).main(words, standalone_mode=False)
    except click.ClickException:
        return None
    return called[0] if called else None


def given_by_default() -> dict[str, Any]:
    names = build.__code__.co_varnames[: build.__code__.co_argcount]
    return dict(zip(names, build.__defaults__ or (), strict=True))


@settings(max_examples=300, deadline=None)
@example(["a", "--root", "b", "c", "--jobs=2", "--explain", "--today", "2026-11-20"])
@example(["--jobs", "02"])
@example(["--root", "--jobs", "2"])
@example(["--root=a", "--root=甲=乙"])
@given(st.lists(st.sampled_from(WORDS), max_size=5))
def test_what_is_understood_without_typer_is_what_typer_understands(words: list[str]) -> None:
    plain = understood(build, words)
    if plain is not None:
        assert by_typer(words) == given_by_default() | plain


@pytest.mark.parametrize(
    "words",
    [[], ["a", "b"], ["--root", "a"], ["--root=a", "s", "--jobs=2", "--today=2026-11-20"], ["--explain", "--timings"],
     ["--no-cache", "--output", "x", "--format", "json"], ["--executor", "dask", "--scheduler", "tcp://h:1"]],
)  # fmt: skip
def test_usual_calls_are_plain(words: list[str]) -> None:
    assert understood(build, words) is not None


PROGRAM = """
import sys
from jiyue.cli import app
from jiyue.cli.commands import build
quick, problem, sys.argv[1:] = {quick}, {problem}, {words!r}
if not quick:
    app.QUICK = frozenset()
if problem:
    def fails(*_, **__):
        raise problem
    build.run_build = fails
try:
    app.main()
except SystemExit as end:
    print(end.code, file=sys.stderr)
    print("typer" in sys.modules, file=sys.stderr)
"""


def said(words: list[str], *, quick: bool, problem: str = "None") -> tuple[str, list[str], str]:
    """What a call prints on both streams, its exit status the last line of the second; whether it loaded Typer."""
    program = PROGRAM.format(words=["build", *words], quick=quick, problem=problem)
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    *err, typers = run.stderr.splitlines()
    return run.stdout, err, typers


@pytest.mark.parametrize(
    "words", [["--today", "2026-11-20"], ["x"], ["--today", "x"], ["--executor", "dask"], ["--format", "json"]]
)
def test_a_plain_call_loads_no_typer_and_says_what_typers_does(
    words: list[str], new_folder: Callable[..., ClusterFolder]
) -> None:
    root = new_folder({"content/jilin/yw/a.md": "---\ntitle: 甲\n---\n文\n"}).root
    said(["--root", str(root)], quick=True)
    plain = said(["--root", str(root), *words], quick=True)
    usual = said(["--root", str(root), *words], quick=False)
    assert plain == (*usual[:2], "False")
    assert usual[2] == "True"


@pytest.mark.parametrize(("problem", "code"), [("KeyboardInterrupt()", "130"), ("BrokenPipeError(32, 'x')", "1")])
def test_a_plain_call_ends_as_typers_when_it_is_interrupted_or_nobody_reads(problem: str, code: str) -> None:
    assert said([], quick=True, problem=problem) == ("", [code], "False")
    assert said([], quick=False, problem=problem) == ("", [code], "True")
