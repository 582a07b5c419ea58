"""For Pelican: jiyue_plugins.utility_pages."""

from jiyue_plugins.utility_pages import register

__all__ = ["register"]
