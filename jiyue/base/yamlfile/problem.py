"""What readers of YAML give and raise."""

from __future__ import annotations

Lines = dict[tuple[str | int, ...], int]
"""Where a value stands: the path of keys and indexes to it -> its line, from 1."""


class YamlProblem(Exception):
    """What is wrong with a YAML text, in Chinese; line and col count from 1 within that text."""

    def __init__(self, line: int, col: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.line, self.col, self.message, self.hint = line, col, message, hint
