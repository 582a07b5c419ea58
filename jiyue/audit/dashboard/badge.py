"""A badge: the result of a site as a small SVG, for its own office."""

from __future__ import annotations

from html import escape

from jiyue.audit.dashboard.scores import DEDUCTED, POOR, UNAUDITED, VETOED, WELL

_COLOURS = {VETOED: "#9b1c1f", POOR: "#9b1c1f", DEDUCTED: "#6f4516", WELL: "#1c5f3c", UNAUDITED: "#2b2f36"}
"""Each with a contrast of at least 4.5:1 with white."""


def badge(label: str, words: str, result: str) -> str:
    """The SVG. Its text says all; the colour only repeats it."""
    left, right = 14 * len(label) + 16, sum(14 if ord(sign) > 0x2E7F else 8 for sign in words) + 16
    whole = left + right
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="28" viewBox="0 0 {whole} 28" role="img" aria-labelledby="t">'
        f'<title id="t">{escape(label)}：{escape(words)}</title>'
        f'<path fill="#3a3d41" d="M0 0h{left}v28H0z"/><path fill="{_COLOURS[result]}" d="M{left} 0h{right}v28H{left}z"/>'
        f'<g fill="#fff" font-family="system-ui,sans-serif" font-size="14" text-anchor="middle">'
        f'<text x="{left / 2:g}" y="19">{escape(label)}</text><text x="{left + right / 2:g}" y="19">{escape(words)}</text></g></svg>\n'
    )
