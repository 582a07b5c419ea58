"""Python-Markdown, the reference for the fast path (see jiyue.catalogue.dialect)."""

from __future__ import annotations

from jiyue.catalogue.dialect import python_markdown

__all__ = ["python_markdown"]
