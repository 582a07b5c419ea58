"""docs/operations.md names only commands and options that exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

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
    call = [sys.executable, "-m", "jiyue", *command.split(), "--help"]
    shown = subprocess.run(call, capture_output=True, text=True, check=True).stdout
    assert OPTIONS[command] <= set(re.findall(r"--[a-z-]+", shown))
