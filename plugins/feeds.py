"""For Pelican: jiyue_plugins.feeds."""

from jiyue_plugins.feeds import register

__all__ = ["register"]
