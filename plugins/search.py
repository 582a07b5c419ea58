"""For Pelican: jiyue_plugins.search."""

from jiyue_plugins.search import register

__all__ = ["register"]
