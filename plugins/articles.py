"""For Pelican: jiyue_plugins.articles."""

from jiyue_plugins.articles import register

__all__ = ["register"]
