"""For Pelican: jiyue_plugins.opendata."""

from jiyue_plugins.opendata import register

__all__ = ["register"]
