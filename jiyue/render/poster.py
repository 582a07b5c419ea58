"""Draws the poster (海报) of an article for sharing as a picture: site, title, beginning, date, unit and the page's QR code.

The font, the line breaks and the layout are our own, so the same article gives the same bytes on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from jiyue.base.glyphs import FONT, missing
from jiyue.base.patterns import pattern

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

VERSION = 1
"""Raise it with every change to what is drawn."""
WIDTH = 1080
MARGIN = 90
LEAD = 240
"""The most characters of the beginning."""
_INK, _SOFT, _LINE, _WASH = "#1b1b1b", "#555555", "#d9d9d9", "#f6f4f0"

_WORD = pattern(r"[!-~]+|\s+|.")
_NOT_FIRST = frozenset("—，。、；：？！）》〉」』】〕”’…·％℃)]},.:;?!%")
"""May not begin a line (GB/T 15834)."""
_NOT_LAST = frozenset("（《〈「『【〔“‘([{")
"""May not end a line."""


class Poster(NamedTuple):
    """What a poster shows. colour: '#rrggbb'. lines: under the title, such as 文号, unit and date. notes: at its foot, small."""

    site: str
    colour: str
    title: str
    lines: tuple[str, ...]
    lead: tuple[str, ...]
    url: str
    says: str
    notes: tuple[str, ...] = ()


def beginning(paragraphs: Iterable[str], most: int = LEAD) -> tuple[str, ...]:
    """The first paragraphs of a text, at most so many characters; the last one is cut at the end of a sentence or by an ellipsis.

    A paragraph with a character that can't be drawn ends it.
    """
    found: list[str] = []
    for paragraph in paragraphs:
        left = most - sum(map(len, found))
        text = " ".join(paragraph.split())
        if missing([text]) or left < 20:
            break
        if len(text) > left:
            stop = max(text.rfind(mark, 0, left) for mark in "。！？")
            found.append(text[: stop + 1] if stop > left // 2 else text[: left - 2].rstrip("，、；：") + "……")
            break
        found.append(text)
    return tuple(found)


def draw(poster: Poster) -> bytes:
    """The poster as a PNG of WIDTH pixels; as high as its text needs."""
    from PIL import Image, ImageDraw, PngImagePlugin  # noqa: PLC0415  (only where there is a poster to draw)

    image = Image.new("RGB", (WIDTH, 8000), "#ffffff")
    pen = ImageDraw.Draw(image)
    height = _Sheet(pen).draw(poster)
    facts = PngImagePlugin.PngInfo()
    facts.add_itxt("Title", poster.title)
    facts.add_itxt("Description", " ".join([poster.title, *poster.lines, poster.url]))
    out = BytesIO()
    # few colours: a third of the bytes
    image.crop((0, 0, WIDTH, height)).quantize(48, dither=Image.Dither.NONE).save(
        out, "png", optimize=True, pnginfo=facts
    )
    return out.getvalue()


class _Sheet:
    """Draws from the top down; y: where the next thing begins."""

    def __init__(self, pen: ImageDraw.ImageDraw) -> None:
        self.pen = pen
        self.y = 0
        self.fonts: dict[int, ImageFont.FreeTypeFont] = {}

    def font(self, size: int) -> ImageFont.FreeTypeFont:
        from PIL import ImageFont  # noqa: PLC0415  (see draw)

        if size not in self.fonts:
            # the basic layout, because the other one depends on libraries of the machine
            self.fonts[size] = ImageFont.truetype(FONT, size, layout_engine=ImageFont.Layout.BASIC)
        return self.fonts[size]

    def draw(self, poster: Poster) -> int:
        """All of it; its height."""
        inner = WIDTH - 2 * MARGIN
        self.pen.rectangle((0, 0, WIDTH, 172), fill=poster.colour)
        size = 56
        while size > 30 and self.font(size).getlength(poster.site) > inner:
            size -= 2
        self.pen.text((WIDTH / 2, 86), poster.site, "#ffffff", self.font(size), anchor="mm")
        self.y = 172 + 84
        size = next((s for s in (76, 68, 60) if len(lines_of(self.font(s), poster.title, inner)) <= 3), 52)
        self.centred(_balanced(self.font(size), poster.title, inner), size, round(size * 1.45), _INK)
        self.y += 26
        for line in poster.lines:
            self.centred(lines_of(self.font(32), line, inner), 32, 50, _SOFT)
        self.y += 34
        self.pen.rectangle((MARGIN, self.y, WIDTH - MARGIN, self.y + 3), fill=poster.colour)
        self.y += 44
        for paragraph in poster.lead:
            for line in lines_of(self.font(40), f"\u3000\u3000{paragraph}", inner):
                self.pen.text((MARGIN, self.y), line, _INK, self.font(40))
                self.y += 70
            self.y += 18
        self.code(poster)
        return self.y

    def centred(self, lines: Iterable[str], size: int, step: int, colour: str) -> None:
        for line in lines:
            self.pen.text((WIDTH / 2, self.y + step / 2), line, colour, self.font(size), anchor="mm")
            self.y += step

    def code(self, poster: Poster) -> None:
        """The foot: the QR code, beside it what it is for, the address and the notes."""
        import segno  # noqa: PLC0415  (see draw)

        self.y += 40
        top, side = self.y, 280
        text = MARGIN + side + 50
        room = WIDTH - text - MARGIN
        rows = [(poster.says, 42, 68, _INK)]
        rows += [(line, 28, 42, _SOFT) for line in lines_of(self.font(28), poster.url, room)]
        rows += [(line, 26, 42, _SOFT) for note in poster.notes for line in lines_of(self.font(26), note, room)]
        inside = max(side, sum(step for _, _, step, _ in rows))
        self.pen.rectangle((0, top, WIDTH, top + inside + 120), fill=_WASH)
        self.pen.rectangle((0, top, WIDTH, top + 2), fill=_LINE)
        matrix = segno.make(poster.url, error="m", micro=False, mask=3).matrix
        module = side // (len(matrix) + 4)
        left, above = MARGIN, top + 60 + (inside - side) // 2
        self.pen.rectangle((left, above, left + side, above + side), fill="#ffffff")
        edge = (side - module * len(matrix)) // 2
        for y, row in enumerate(matrix):
            for x, dark in enumerate(row):
                if dark:
                    at = (left + edge + x * module, above + edge + y * module)
                    self.pen.rectangle((*at, at[0] + module - 1, at[1] + module - 1), fill="#000000")
        self.y = top + 60 + (inside - sum(step for _, _, step, _ in rows)) // 2
        for line, size, step, colour in rows:
            self.pen.text((text, self.y + step / 2), line, colour, self.font(size), anchor="lm")
            self.y += step
        self.y = top + inside + 120


def lines_of(font: ImageFont.FreeTypeFont, text: str, width: float) -> list[str]:
    """A text in lines of at most this width: signs stay with their character, words and numbers whole where they fit."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(font, text, width):
        if line and font.getlength(line + piece.rstrip(" ")) > width:
            lines.append(line.rstrip(" "))
            line = piece.lstrip(" ")
        else:
            line += piece
    return [*lines, line.rstrip(" ")] if line.strip() else lines


def _pieces(font: ImageFont.FreeTypeFont, text: str, width: float) -> Iterator[str]:
    """What must not be parted: a character or word with the signs around it; of what is wider than a line, single characters."""
    held = ""
    for word in _WORD.findall(text):
        starts = held and held[-1] not in _NOT_LAST and word[0] not in _NOT_FIRST
        if starts:
            yield from _fitting(font, held, width)
            held = ""
        held += word
    yield from _fitting(font, held, width)


def _fitting(font: ImageFont.FreeTypeFont, piece: str, width: float) -> Iterable[str]:
    return piece if font.getlength(piece) > width else [piece] if piece else []


def _balanced(font: ImageFont.FreeTypeFont, text: str, width: int) -> list[str]:
    """The lines of a title, all about equally long: no last line of one character."""
    lines = lines_of(font, text, width)
    for narrower in range(width // len(lines or [""]), width, 20):
        balanced = lines_of(font, text, narrower)
        if len(balanced) <= len(lines):
            return balanced
    return lines
