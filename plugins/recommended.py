"""For Pelican: jiyue_plugins.recommended."""

from jiyue_plugins.recommended import register

__all__ = ["register"]
