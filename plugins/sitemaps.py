"""For Pelican: jiyue_plugins.sitemaps."""

from jiyue_plugins.sitemaps import register

__all__ = ["register"]
