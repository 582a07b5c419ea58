"""Charts as inline SVG: labels as `<text>`, colours and patterns from the theme's classes, the data below as a table.

Bars run horizontally, because Chinese labels do too and a phone is narrow. One unit is about a CSS pixel on a phone; the
theme sets the width in rem, so the labels grow with the reader's font size. Elder mode's letters are too large for that
on a phone, so each chart is drawn a second time, narrow, with its labels above what they name.
"""

from __future__ import annotations

import math
import re
from html import escape
from urllib.parse import quote

from jiyue.base.patterns import pattern
from jiyue.catalogue.charts import Chart

WIDTH, NARROW = 360, 140
_ROW, _BAR, _LETTER = 26, 16, 13
_SHAPES = {
    2: '<path class="k" d="M0 6L6 0"/>',
    3: '<circle class="k" cx="3" cy="3" r="1.2"/>',
    4: '<path class="k" d="M0 3h6M3 0v6"/>',
    5: '<path class="k" d="M0 3h6"/>',
}
TABLE = "数据表"
DOWNLOADS = {
    "csv": "下载数据（CSV）", "xlsx": "下载数据（XLSX）", "yaml": "下载数据（YAML）", "yml": "下载数据（YAML）",
}  # fmt: skip
"""The link to a file of data, by its type."""


_NOT_IN_URLS = pattern(r"[\x00- \x7f\"#%&'<>\\^`{|}\[\]]")
"""ASCII only: an address may hold Chinese unencoded (WHATWG URL), in a third of the bytes."""


def _percent(sign: re.Match[str]) -> str:
    return quote(sign[0])


def figure(made: Chart, name: str, file: str = "") -> str:
    """The chart with its caption and its data. name: unique on the page, of ASCII letters, digits and `-`.

    file: the address of the data's file, where there is one; else the link holds the data.
    """
    title = escape(made.title)
    unit = f"（{escape(made.unit)}）" if made.unit else ""
    caption = f"{title}{unit}" + (f"<br>{escape(made.description)}" if made.description else "")
    return (
        f'<figure class="chart"><figcaption>{caption}</figcaption>'
        f'<div class="table-scroll" role="region" aria-label="{title}" tabindex="0">{svg(made, name)}{svg(made, name, NARROW)}</div>'
        f"{_data(made, title, file)}</figure>"
    )


def _data(made: Chart, title: str, file: str) -> str:
    head, *rows = made.cells
    cells = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    lines = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    table = f"<table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table>"
    return (
        f"<details><summary>{TABLE}</summary>"
        f'<div class="table-scroll" role="region" aria-label="{title}：{TABLE}" tabindex="0">{table}</div>'
        f"<p>{download(made.title, made.cells, file)}</p></details>"
    )


def download(title: str, cells: tuple[tuple[str, ...], ...], file: str) -> str:
    """The link to the data: their file, else one that the link itself holds."""
    kind = file.rpartition(".")[2].lower() or "csv"
    link = file or "data:text/csv;charset=utf-8,%EF%BB%BF" + _NOT_IN_URLS.sub(_percent, _csv(cells))
    return f'<a href="{escape(link)}" download="{escape(title)}.{kind}">{DOWNLOADS[kind]}</a>'


def _csv(cells: tuple[tuple[str, ...], ...]) -> str:
    """The rows as CSV (RFC 4180), with `'` before a cell that a spreadsheet would take for a formula."""
    return "\r\n".join(",".join(_cell(cell) for cell in row) for row in cells) + "\r\n"


def _cell(cell: str) -> str:
    if cell[:1] in ("=", "@", "\t") or (cell[:1] in ("+", "-") and not cell[1:2].isdigit()):
        cell = "'" + cell
    return '"' + cell.replace('"', '""') + '"' if any(sign in cell for sign in ',"\r\n') else cell


def svg(made: Chart, name: str, wide: int = WIDTH) -> str:
    """The drawing alone, width units wide. The narrow one takes its title from the other."""
    title = f'<title id="{name}-t">{escape(made.title)}</title><desc id="{name}-d">{escape(_description(made))}</desc>'
    head = f'viewBox="0 0 {wide} {{}}" role="img" aria-labelledby="{name}-t {name}-d"'
    if wide == NARROW:
        name, title, head = f"{name}n", "", f'class="narrow" {head}'
    inner, height = {"line": _line, "pie": _pie}.get(made.type, _bars)(made, name, wide)
    series = len(made.rows) if made.type == "pie" else len(made.names)
    patterns = "".join(
        f'<pattern id="{name}-{n}" width="6" height="6" patternUnits="userSpaceOnUse">'
        f'<path class="c{n}" d="M0 0h6v6H0z"/>{_SHAPES[n]}</pattern>'
        for n in range(2, series + 1)
    )
    defs = f"<defs>{patterns}</defs>" if patterns and made.type != "line" else ""
    return f"<svg {head.format(_n(height))}>{title}{defs}{inner}</svg>"


def _description(made: Chart) -> str:
    """The text for readers who can't see the chart: its description, else its largest and smallest value."""
    if made.description:
        return made.description
    every = [
        (v, label, name) for label, row in made.rows for v, name in zip(row, made.names, strict=True) if v is not None
    ]
    (high, at, of), (low, least, least_of) = max(every), min(every)
    several = len(made.names) > 1
    words = f"{len(made.rows)} 项；最大 {_n(high)}{made.unit}（{at}{of if several else ''}）"
    return words + f"，最小 {_n(low)}{made.unit}（{least}{least_of if several else ''}）"


def _n(value: float) -> str:
    """A number with at most two decimals and no trailing zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))


def _width(text: str) -> float:
    """The estimated width of a text: 1 em for a Chinese character, 0.6 for others."""
    return _LETTER * sum(1 if ord(sign) > 0x2E7F else 0.6 for sign in text)


def _fill(name: str, n: int) -> str:
    return 'class="c1"' if n == 1 else f'fill="url(#{name}-{n})"'


def _lines(text: str, room: float) -> list[str]:
    """A text split into lines of at most that width, because SVG doesn't wrap."""
    lines, used = [""], 0.0
    for sign in text:
        used += _width(sign)
        if used > room and lines[-1]:
            lines.append("")
            used = _width(sign)
        lines[-1] += sign
    return lines


def _texts(text: str, x: float, y: float, wide: int) -> tuple[str, float]:
    """A text at a position, in as many lines as it needs, and its height beyond one line."""
    lines = _lines(text, wide - x)
    drawn = [f'<text x="{_n(x)}" y="{_n(y + 18 * n)}">{escape(line)}</text>' for n, line in enumerate(lines)]
    return "".join(drawn), 18.0 * (len(lines) - 1)


def _legend(made: Chart, name: str, width: int) -> tuple[str, float]:
    """The legend and its height; empty for a single series."""
    if len(made.names) < 2:
        return "", 0
    out, x, y = [], 0.0, 0.0
    for n, text in enumerate(made.names, 1):
        wide = 22 + _width(text) + 12
        if x and x + wide > width:
            x, y = 0.0, y + 20
        mark = (
            f'<path class="l{n}" d="M{_n(x)} {_n(y + 10)}h16"/>'
            if made.type == "line"
            else f'<rect x="{_n(x)}" y="{_n(y + 4)}" width="14" height="12" {_fill(name, n)}/>'
        )
        words, more = _texts(text, x + 20, y + 15, width)
        out.append(mark + words)
        x, y = x + wide, y + more
    return "".join(out), y + 28


def _bars(made: Chart, name: str, width: int) -> tuple[str, float]:
    """Horizontal bars, grouped or stacked, each with its value at the end; and the height."""
    legend, y = _legend(made, name, width)
    axis = y
    stacked = made.type == "stacked"
    rows = [(label, [sum(v for v in row if v is not None)] if stacked else row) for label, row in made.rows]
    shown = [v for _, row in rows for v in row if v is not None]
    low, high = min(0.0, *shown), max(0.0, *shown)
    widest = max(_width(label) for label, _ in rows)
    left = widest + 8 if widest <= width * 0.38 else 0.0  # else the labels stand above their bars
    room = width - left - max(_width(_n(v)) for v in shown) - 8
    scale = room / ((high - low) or 1)
    zero = left - low * scale
    out = [legend]
    for (label, ends), (_, row) in zip(rows, made.rows, strict=True):
        if not left:
            words, more = _texts(label, 0, y + 15, width)
            out.append(words)
            y += 20 + more
        else:
            middle = y + (_ROW if stacked else _BAR * len(row) + 10) / 2 + 4
            out.append(f'<text class="e" x="{_n(left - 8)}" y="{_n(middle)}">{escape(label)}</text>')
        y += 5
        if stacked:
            x = zero
            for n, value in enumerate(row, 1):
                if value:
                    out.append(
                        f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(value * scale)}" height="{_BAR}" {_fill(name, n)}/>'
                    )
                    x += value * scale
            out.append(f'<text x="{_n(x + 5)}" y="{_n(y + 13)}">{_n(ends[0] or 0)}</text>')
            y += _BAR
        else:
            for n, value in enumerate(row, 1):
                if value is not None:
                    x, wide = min(zero, zero + value * scale), abs(value) * scale
                    out.append(
                        f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(max(wide, 0.5))}" height="{_BAR}" {_fill(name, n)}/>'
                        f'<text x="{_n(max(x + wide, zero) + 5)}" y="{_n(y + 13)}">{_n(value)}</text>'
                    )
                y += _BAR
        y += 5
    out.append(f'<path class="a" d="M{_n(zero)} {_n(axis)}V{_n(y)}"/>')
    return "".join(out), y + 2


def _steps(low: float, high: float) -> list[float]:
    """About four round tick values that cover a range."""
    span = (high - low) or abs(high) or 1
    power = 10 ** math.floor(math.log10(span / 4))
    step = next(power * n for n in (1, 2, 5, 10) if span / (power * n) <= 5)
    first = math.floor(low / step)
    return [n * step for n in range(first, math.ceil(high / step) + 1)]


def _line(made: Chart, name: str, width: int) -> tuple[str, float]:
    """Lines from left to right, each with its own dashes and a dot at each value; and the height."""
    legend, top = _legend(made, name, width)
    values = [v for _, row in made.rows for v in row if v is not None]
    ticks = _steps(min(0.0, *values), max(values))
    left = max(_width(_n(tick)) for tick in ticks) + 6
    height, top = 180.0, top + 8
    last = len(made.rows) - 1
    right = width - max(8.0, _width(made.rows[-1][0]) / 2)
    left = max(left, _width(made.rows[0][0]) / 2)
    span = (ticks[-1] - ticks[0]) or 1

    def x_of(n: int) -> float:
        return left + (right - left) * (n / last if last else 0.5)

    def y_of(value: float) -> float:
        return top + height * (1 - (value - ticks[0]) / span)

    out = [legend]
    for tick in ticks:
        y = y_of(tick)
        out.append(
            f'<path class="g" d="M{_n(left)} {_n(y)}H{_n(right)}"/><text class="e" x="{_n(left - 5)}" y="{_n(y + 4)}">{_n(tick)}</text>'
        )
    step = max(1, math.ceil(max(_width(label) + 8 for label, _ in made.rows) * last / (right - left))) if last else 1
    for n, (label, _) in enumerate(made.rows):
        if n % step == 0:
            out.append(f'<text class="m" x="{_n(x_of(n))}" y="{_n(top + height + 22)}">{escape(label)}</text>')
    for n in range(1, len(made.names) + 1):
        path, open_ = [], False
        for at, (_, row) in enumerate(made.rows):
            value = row[n - 1]
            if value is not None:
                place = (_n(x_of(at)), _n(y_of(value)))
                path.append(f"{'L' if open_ else 'M'}{' '.join(place)}")
                out.append(f'<circle class="c{n}" cx="{place[0]}" cy="{place[1]}" r="3"/>')
            open_ = value is not None
        out.append(f'<path class="l{n}" d="{"".join(path)}"/>')
    return "".join(out), top + height + 30


def _pie(made: Chart, name: str, width: int) -> tuple[str, float]:
    """Slices clockwise from twelve o'clock with their names, values and shares; and the height."""
    parts = [(label, row[0] or 0.0) for label, row in made.rows]
    whole = sum(value for _, value in parts)
    radius, centre = (70, 72) if width == WIDTH else (66, 70)
    out, turned = [], 0.0
    for n, (_, value) in enumerate(parts, 1):
        share = value / whole
        if share > 0.9999:
            out.append(f'<circle cx="{centre}" cy="{centre}" r="{radius}" {_fill(name, n)}/>')
        elif share:
            ends = [
                (centre + radius * math.sin(a), centre - radius * math.cos(a))
                for a in (turned, turned + share * math.tau)
            ]
            (x, y), (to_x, to_y) = ends
            arc = f"A{radius} {radius} 0 {int(share > 0.5)} 1 {_n(to_x)} {_n(to_y)}"
            out.append(f'<path {_fill(name, n)} d="M{centre} {centre}L{_n(x)} {_n(y)}{arc}z"/>')
        turned += share * math.tau
    entries = [(label, f" {_n(value)}（{value / whole:.1%}）") for label, value in parts]
    below = any(_width(label + amount) > width - 178 for label, amount in entries)
    at, y = (2.0, 152.0) if below else (158.0, 72.0 - 13 * len(parts))
    for n, (label, amount) in enumerate(entries, 1):
        out.append(f'<rect x="{_n(at)}" y="{_n(y + 4)}" width="14" height="12" {_fill(name, n)}/>')
        whole_line = _width(label + amount) <= width - at - 20
        for text in (label + amount,) if whole_line else (label, amount.strip()):
            words, more = _texts(text, at + 20, y + 15, width)
            out.append(words)
            y += 18 + more
        y += 8
    return "".join(out), max(146, y + 2) if below else 146
