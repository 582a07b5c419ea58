"""How this program was called, so that commands in messages can be copied."""

from __future__ import annotations

import sys
from pathlib import Path

from jiyue.base.patterns import pattern

_COMMAND = pattern(r"(?<![\w/.-])jiyue (?=[a-z])")


def called() -> str:
    """How this program was called, such as `.venv/bin/jiyue`."""
    program = sys.argv[0]
    return program if "/" in program and not Path(program).is_absolute() and program.endswith("jiyue") else "jiyue"


def shown(text: str) -> str:
    """A message whose commands are written as this program was called."""
    return text if called() == "jiyue" else _COMMAND.sub(f"{called()} ", text)
