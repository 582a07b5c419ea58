"""微信 has no share address, so home and column pages carry their own as a QR code, drawn when the page is rendered."""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup, escape


@lru_cache(maxsize=512)
def qr_svg(url: str, label: str) -> Markup:
    """An address as `<svg>` that is spoken as label: error correction M, one path; the caption and size are the theme's."""
    import segno  # noqa: PLC0415  (heavy, and not needed for articles)

    # a fixed mask: choosing the best of eight costs eight times as much, and every reader takes any
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
