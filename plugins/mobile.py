"""For Pelican: jiyue_plugins.mobile."""

from jiyue_plugins.mobile import register

__all__ = ["register"]
