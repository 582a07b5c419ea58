"""QR codes of page addresses: 微信 has no share link, so home and column pages show their own address as a code."""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup, escape


@lru_cache(maxsize=512)
def qr_svg(url: str, label: str) -> Markup:
    """An address as `<svg>` with error correction M and a single path. label: for screen readers."""
    import segno  # noqa: PLC0415  (heavy, and not needed for articles)

    # a fixed mask: choosing the best of eight costs eight times as much, and scanners read any of them
    matrix = segno.make(url, error="m", micro=False, mask=3).matrix
    moves: list[str] = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            run = 1
            if row[x]:
                while x + run < len(row) and row[x + run]:
                    run += 1
                moves.append(f"M{x} {y}h{run}v1h-{run}z")
            x += run
    size = len(matrix) + 4
    box = f'viewBox="-2 -2 {size} {size}" role="img" aria-label="{escape(label)}" shape-rendering="crispEdges"'
    return Markup(f'<svg {box}><path d="{"".join(moves)}"/></svg>')
