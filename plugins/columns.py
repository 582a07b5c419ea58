"""For Pelican: jiyue_plugins.columns."""

from jiyue_plugins.columns import register

__all__ = ["register"]
