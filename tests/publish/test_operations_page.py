"""docs/operations.md names only commands and options that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.commands import jiyue

PAGE = (Path(__file__).parents[2] / "docs/operations.md").read_text()
CALLS = re.findall(r"(?<![\w/.`'])`?(?<!-u )jiyue ([a-z][^`；;)\n#]*)", PAGE)
GROUPS = {"edit": ("user", "log")}
"""Commands with commands of their own."""


def named(call: str) -> str:
    """The command of a call: `publish`, `edit log`."""
    first, *rest = call.split()
    return f"{first} {rest[0]}" if rest and rest[0] in GROUPS.get(first, ()) else first


OPTIONS = {
    command: {option for call in CALLS if named(call) == command for option in re.findall(r"--[a-z-]+", call)}
    for command in sorted({named(call) for call in CALLS})
}


def test_the_page_names_the_commands_of_publishing() -> None:
    publishing = {
        "release",
        "publish",
        "rollback",
        "verify",
        "expunge",
        "preview",
        "changed",
        "schedule",
        "serving",
        "key",
    }
    assert publishing <= OPTIONS.keys()


@pytest.mark.parametrize("command", OPTIONS)
def test_a_command_on_the_page_exists_with_its_options(command: str) -> None:
    shown = jiyue(*command.split(), "--help")
    assert shown.returncode == 0
    assert OPTIONS[command] <= set(re.findall(r"--[a-z-]+", shown.stdout))
