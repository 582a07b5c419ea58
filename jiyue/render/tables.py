"""Renders tables of data, readable without scripts; the theme's table.mjs adds sorting and filtering."""

from __future__ import annotations

from html import escape

from jiyue.catalogue.tables import Table
from jiyue.render.charts import download

WIRED = ' data-do="table"'
"""The attribute by which the script finds them; articles can't have it (jiyue/checks/article/markup.py)."""


def figure(made: Table, file: str = "") -> str:
    """The table with its caption and download. file: the address of its file, '' if the data are in the article."""
    title = escape(made.title)
    unit = f"（{escape(made.unit)}）" if made.unit else ""
    caption = f"{title}{unit}" + (f"<br>{escape(made.description)}" if made.description else "")
    head, *rows = made.cells
    # an empty head cell must be a <td> (axe: empty-table-header)
    cells = "".join(
        f'<th scope="col"{_numeric(made, n)}>{escape(cell)}</th>' if cell else "<td></td>"
        for n, cell in enumerate(head)
    )
    lines = "".join(
        f"<tr>{''.join(f'<td{_numeric(made, n)}>{escape(cell)}</td>' for n, cell in enumerate(row))}</tr>"
        for row in rows
    )
    return (
        f'<figure class="data-table"{WIRED}><figcaption>{caption}</figcaption>'
        f'<div class="table-scroll" role="region" aria-label="{title}" tabindex="0">'
        f"<table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table></div>"
        f"<p>{download(made.title, made.cells, file)}</p></figure>"
    )


def _numeric(made: Table, n: int) -> str:
    return ' class="n"' if n in made.numeric else ""
