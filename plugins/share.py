"""微信 has no share address, so home and column pages carry their own as a QR code, an SVG made here."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=512)
def qr_svg(url: str) -> str:
    """The address as a QR code: the content of an SVG path and its size, as `size path`, drawn by the theme."""
    import segno  # noqa: PLC0415  (heavy, and not needed for articles)

    matrix = segno.make(url, error="m", micro=False).matrix
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
    return f"{len(matrix)} {''.join(moves)}"


def register() -> None:
    """Called by Pelican and by the engine; the other plugins use qr_svg."""
