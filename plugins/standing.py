"""For Pelican: jiyue_plugins.standing."""

from jiyue_plugins.standing import register

__all__ = ["register"]
