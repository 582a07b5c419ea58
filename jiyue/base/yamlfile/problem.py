"""Types shared by the YAML parsers."""

from __future__ import annotations

Lines = dict[tuple[str | int, ...], int]
"""Path of keys and indexes to a value -> its line, from 1."""


class YamlProblem(Exception):
    """An error in a YAML text. message and hint are Chinese; line and col count from 1 within that text."""

    def __init__(self, line: int, col: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.line, self.col, self.message, self.hint = line, col, message, hint
