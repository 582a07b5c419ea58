"""For Pelican: jiyue_plugins.assets."""

from jiyue_plugins.assets import register

__all__ = ["register"]
