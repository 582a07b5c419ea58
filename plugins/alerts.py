"""For Pelican: jiyue_plugins.alerts."""

from jiyue_plugins.alerts import register

__all__ = ["register"]
