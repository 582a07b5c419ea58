"""`jiyue version`."""

from __future__ import annotations

from jiyue import __version__


def version() -> None:
    """显示版本。"""
    print(f"jiyue {__version__}")
