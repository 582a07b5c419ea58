"""For Pelican: jiyue_plugins.host."""

from jiyue_plugins.host import register

__all__ = ["register"]
