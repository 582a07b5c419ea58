"""Python-Markdown: the dialect that Pelican's users expect, and the reference for the quick way."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def _converter() -> Any:
    import markdown  # noqa: PLC0415  (heavy)

    return markdown.Markdown(extensions=["extra", "sane_lists"], output_format="html")


@lru_cache(maxsize=128)
def python_markdown(text: str) -> str:
    """What Python-Markdown makes of a text.

    Kept for a while, because an article pushed to a hundred sites is converted for each: the parent of their processes
    does it once (build.rendering._warm_up).
    """
    html: str = _converter().reset().convert(text)
    return html
