"""For Pelican: jiyue_plugins.home."""

from jiyue_plugins.home import register

__all__ = ["register"]
