"""Rewrites the body of a Word document into a simple one, so that all that is shown is plain paragraphs, runs and tables.

Numbers become words; tracked changes, fields, containers and text boxes are resolved; pictures and notes become marks
(jiyue.importers.word.marks); headings get styles of our own. What cannot be carried is noted. mammoth reads the result.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from jiyue.importers.word import marks, maths, symbols
from jiyue.importers.word.converted import Loss
from jiyue.importers.word.headings import Block
from jiyue.importers.word.looks import Looks
from jiyue.importers.word.numbering import Numbering
from jiyue.importers.word.package import R, Target, W, flag, value
from jiyue.importers.word.pictures import Picture, description

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_PIC = "{http://schemas.openxmlformats.org/drawingml/2006/picture}"
_WPS = "{http://schemas.microsoft.com/office/word/2010/wordprocessingShape}"
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_V, _O = "{urn:schemas-microsoft-com:vml}", "{urn:schemas-microsoft-com:office:office}"
_M = maths.M

_WRAPPERS = frozenset(
    W + name for name in ("ins", "moveTo", "smartTag", "customXml", "bdo", "dir", "fldSimple", "sdtContent", "rubyBase")
)
_REMOVED = frozenset(
    [W + name for name in (
        "del", "moveFrom", "bookmarkStart", "bookmarkEnd", "proofErr", "commentRangeStart", "commentRangeEnd", "commentReference",
        "annotationRef", "permStart", "permEnd", "softHyphen", "lastRenderedPageBreak", "sectPr", "pPrChange", "rPrChange",
        "tblPrChange", "trPrChange", "tcPrChange", "tblGridChange", "sectPrChange", "numberingChange", "sdtPr", "sdtEndPr",
        "smartTagPr", "customXmlPr", "rubyPr", "moveFromRangeStart", "moveFromRangeEnd", "moveToRangeStart", "moveToRangeEnd",
        "customXmlInsRangeStart", "customXmlInsRangeEnd", "customXmlDelRangeStart", "customXmlDelRangeEnd", "tblGrid",
    )]
)  # fmt: skip
_LIST = "1"
"""The id of the list with marks that the new document has for all of them."""
_KEPT_LOOKS = frozenset(W + name for name in ("b", "i", "u", "strike", "vertAlign"))


class Rewriter:
    """Rewrites parts in their order; collects what stands outside the text."""

    def __init__(self, looks: Looks, numbering: Numbering) -> None:
        self.looks, self.numbering = looks, numbering
        self.losses: list[Loss] = []
        self.pictures: list[Picture] = []
        self.notes: list[tuple[str, str]] = []
        """The notes referred to, each once: (footnote or endnote, id)."""
        self.inserted: list[tuple[str, str]] = []
        """Documents inserted whole (altChunk): (part, place)."""
        self.objects: list[tuple[str, str, str]] = []
        """Embedded files and objects: (part, program, place)."""
        self.left_out: list[str] = []
        """Words that are shown, are not carried, and were noted."""
        self.links: dict[str, str] = {}
        """Id of a relationship in the new document -> address."""
        self._targets: Mapping[str, Target] = {}
        self._places: dict[Any, str] = {}
        self._counts: dict[str, int] = {}

    def rewrite(self, body: Any, targets: Mapping[str, Target], called: str = "") -> None:
        """Rewrite the blocks of an element in place. called: what it is for an officer, if it is not the body."""
        self._targets, self._counts = targets, {"ins": 0, "del": 0}
        self._resolve(body)
        self._remove(body)
        self._name_places(body, called)
        for paragraph in list(body.iter(W + "p")):
            self._texts(paragraph)
        self._chunks(body)
        self._boxes(body)
        self._drawings(body)
        self._fields(body)
        self._tables(body)
        self._labels(body)
        if self._counts["ins"] or self._counts["del"]:
            message = f"有修订痕迹：插入 {self._counts['ins']} 处按已接受带入，删除 {self._counts['del']} 处没有带入"
            self.losses.append(Loss(called or "全文", message, lost=False))

    # -- structure --

    def _resolve(self, body: Any) -> None:
        """Take the containers away, each leaves what is shown of it."""
        for one in list(body.iter(_MC + "AlternateContent")):
            choice = one.find(_MC + "Choice")
            shown = choice if choice is not None else one.find(_MC + "Fallback")
            _replace(one, list(shown) if shown is not None else [])
        for one in list(body.iter(W + "del", W + "moveFrom")):
            self._counts["del"] += bool(text_of(one, deleted=True))
        for one in list(body.iter(W + "ins", W + "moveTo")):
            self._counts["ins"] += bool(text_of(one))
        for one in list(body.iter(W + "ruby")):
            spoken = "".join(text_of(rt) for rt in one.iter(W + "rt"))
            base = [run for part in one.iter(W + "rubyBase") for run in part]
            outer = one.getparent()  # the run that has the whole of it
            if outer is not None and outer.tag == W + "r" and outer.getparent() is not None:
                _replace(outer, [*base, run_of(f"（{spoken}）")] if spoken else base)
        for one in list(body.iter(W + "sdt")):
            content = one.find(W + "sdtContent")
            _replace(one, list(content) if content is not None else [])
        for one in list(body.iter(*_WRAPPERS)):
            if one.getparent() is not None and not _is_setting(one):
                _replace(one, list(one))

    def _remove(self, body: Any) -> None:
        for row in list(body.iter(W + "tr")):
            settings = row.find(W + "trPr")
            if settings is not None and settings.find(W + "del") is not None:
                row.getparent().remove(row)
        for one in list(body.iter(*_REMOVED)):
            if one.getparent() is not None and not (_is_setting(one) and one.tag == W + "del"):
                one.getparent().remove(one)

    def _name_places(self, body: Any, called: str) -> None:
        paragraphs = tables = 0
        for block in body:
            if block.tag == W + "tbl":
                tables += 1
                self._places[block] = f"第 {tables} 个表格"
            elif block.tag == W + "p":
                words = "".join(text_of(block).split())
                paragraphs += bool(words)
                at = f"第 {paragraphs or 1} 段"
                self._places[block] = f"{at}「{words[:12]}」" if words else f"{at}之后" if paragraphs else "开头"
            else:
                self._places[block] = f"第 {paragraphs} 段之后" if paragraphs else "开头"
            if called:
                self._places[block] = called

    def place(self, element: Any) -> str:
        """Where an element stands, for an officer."""
        for one in (element, *element.iterancestors()):
            if one in self._places:
                return self._places[one]
        return "正文"

    def _chunks(self, body: Any) -> None:
        for one in list(body.iter(W + "altChunk")):
            target = self._targets.get(one.get(R + "id") or "")
            new = etree.Element(W + "p")
            if target is not None and not target.outside:
                new.append(run_of(marks.mark(marks.PART, len(self.inserted))))
                self.inserted.append((target.name, self.place(one)))
            _replace(one, [new])

    # -- words --

    def _texts(self, paragraph: Any) -> None:
        """Make every character that is shown a text, and take those away that are not."""
        style = self.looks.style_of(paragraph)
        for formula in list(paragraph.iter(_M + "oMathPara")):
            _replace(formula, list(formula.iter(_M + "oMath")))
        for formula in list(paragraph.iter(_M + "oMath")):
            self.losses.append(Loss(self.place(formula), "公式按一行文字带入，请对照原文核对", lost=False))
            _replace(formula, [run_of(words, place) for words, place in maths.pieces(formula)])
        hidden = []
        for run in list(paragraph.iter(W + "r")):
            if _nearest(run, W + "p") is not paragraph:
                continue  # of a text box, whose own paragraphs come later
            if self.looks.is_hidden(run, style):
                hidden.append(text_of(run))
                run.getparent().remove(run)
            else:
                self._run(run)
        if words := "".join(hidden).strip():
            self.losses.append(Loss(self.place(paragraph), f"隐藏的文字没有带入：{_short(words)}"))

    def _run(self, run: Any) -> None:
        fonts = run.find(f"{W}rPr/{W}rFonts")
        font = (fonts.get(W + "ascii") or fonts.get(W + "hAnsi") or "") if fonts is not None else ""
        for one in list(run):
            if one.tag == W + "t":
                one.text = marks.clean(symbols.in_font(one.text or "", font))
                if strange := symbols.unknown(one.text):
                    message = f"有 {len(strange)} 个自造字或者符号字体的字，读者的电脑上显示不出来，请换成通用的字"
                    self.losses.append(Loss(self.place(run), message, lost=False))
            elif one.tag == W + "sym":
                shown = symbols.symbol(one.get(W + "font") or "", one.get(W + "char") or "")
                if not shown:
                    message = f"符号（{one.get(W + 'font')} 字体）没有对应的通用字符，没有带入"
                    self.losses.append(Loss(self.place(run), message))
                _replace(one, [_text(shown)] if shown else [])
            elif one.tag == W + "noBreakHyphen":
                _replace(one, [_text("-")])
            elif one.tag in (W + "cr", W + "ptab"):
                one.tag = W + ("br" if one.tag == W + "cr" else "tab")
            elif one.tag in (W + "footnoteReference", W + "endnoteReference"):
                self._note(run, one)

    def _note(self, run: Any, reference: Any) -> None:
        note = ("footnote" if reference.tag == W + "footnoteReference" else "endnote", reference.get(W + "id") or "")
        if note not in self.notes:
            self.notes.append(note)
        _replace(reference, [_text(marks.mark(marks.NOTE, self.notes.index(note)))])
        if (settings := run.find(W + "rPr")) is not None:
            run.remove(settings)  # Markdown raises the number itself

    # -- drawings --

    def _boxes(self, body: Any) -> None:
        """Put the paragraphs of text boxes after the paragraph in which each is anchored."""
        last: dict[Any, Any] = {}
        for box in list(body.iter(W + "txbxContent")):
            anchor = _nearest(box, W + "p")
            if anchor is None:
                continue
            words = text_of(box)
            after = last.get(anchor, anchor)
            for block in list(box):
                if block.tag in (W + "p", W + "tbl"):
                    self._places.setdefault(block, f"{self.place(anchor)}旁的文本框")
                    after.addnext(block)
                    after = block
            last[anchor] = after
            if words.strip():
                message = f"文本框的文字放在这一段之后：{_short(words)}"
                self.losses.append(Loss(self.place(anchor), message, lost=False))

    def _drawings(self, body: Any) -> None:
        for drawing in list(body.iter(W + "drawing", W + "pict", W + "object")):
            if drawing.getparent() is None:
                continue
            _replace(drawing, [_text(one) for one in self._shown(drawing)])

    def _shown(self, drawing: Any) -> Iterator[str]:
        """The marks and words that stand for a drawing."""
        place = self.place(drawing)
        about = next(drawing.iter(_WP + "docPr"), None)
        if about is not None and about.get("hidden") in ("1", "true"):
            return
        linked = ""
        for one in drawing.iter(_O + "OLEObject"):
            target = self._targets.get(one.get(R + "id") or "")
            program = one.get("ProgID") or ""
            if target is not None and not target.outside:
                yield marks.mark(marks.FILE, len(self.objects))
                self.objects.append((target.name, program, place))
            else:
                self.losses.append(Loss(place, f"链接的对象（{program or '其他程序'}）没有带入"))
        for one in drawing.iter(_CHART + "chart"):
            self._told(place, one, about, "图表", "请另存为图片，或者把数据做成表格")
        for one in drawing.iter(_DIAGRAM + "relIds"):
            self._told(place, one, about, "智能图形（SmartArt）", "请另存为图片，或者写成文字")
        for one in drawing.iter(_V + "textpath"):
            if words := (one.get("string") or "").strip():
                yield words
        shapes = sum(1 for _ in drawing.iter(_WPS + "wsp"))
        if shapes > 2:  # one or two are lines and frames
            self.losses.append(Loss(place, f"由 {shapes} 个图形组成的图只带入了文字，请另存为图片"))
        alt = description(*(about.get(name) for name in ("descr", "title"))) if about is not None else ""
        for one in drawing.iter(_A + "blip"):
            holder = next(one.iterancestors(_PIC + "pic"), None)
            own = next(holder.iter(_PIC + "cNvPr"), None) if holder is not None else None
            said = alt or (description(own.get("descr"), own.get("title")) if own is not None else "")
            linked = one.get(R + "embed") or one.get(R + "link") or ""
            yield from self._picture(linked, said, _crop(one), place)
        for one in drawing.iter(_V + "imagedata"):
            shape = one.getparent()
            said = description(shape.get("alt"), one.get(_O + "title"), shape.get("title"))
            yield from self._picture(one.get(R + "id") or "", said, _vml_crop(one), place)

    def _told(self, place: str, one: Any, about: Any, kind: str, remedy: str) -> None:
        said = description(about.get("descr"), about.get("title")) if about is not None else ""
        self.losses.append(Loss(place, f"{kind}{f'「{said}」' if said else ''}没有带入，{remedy}"))

    def _picture(self, link: str, alt: str, crop: tuple[float, float, float, float], place: str) -> Iterator[str]:
        target = self._targets.get(link)
        if target is None or target.outside:
            self.losses.append(Loss(place, "链接到别处的图片没有带入，请插入图片本身"))
            return
        self.pictures.append(Picture(target.name, marks.clean(alt), crop, place))
        yield marks.mark(marks.PICTURE, len(self.pictures) - 1)

    # -- fields --

    def _fields(self, body: Any) -> None:
        """Leave the result of every field; a table of contents goes, pages make their own."""
        stack: list[str] = []
        contents: list[Any] = []
        for paragraph in list(body.iter(W + "p")):
            inside = any("TOC" in code for code in stack)
            for one in list(paragraph.iter(W + "fldChar", W + "instrText")):
                kind = one.get(W + "fldCharType")
                if one.tag == W + "instrText":
                    if stack:
                        stack[-1] += one.text or ""
                elif kind == "begin":
                    stack.append("")
                    _form(one)
                elif kind == "end" and stack:
                    stack.pop()
                inside = inside or any(re.match(r"\s*TOC\b", code) for code in stack)
            if inside or re.fullmatch(r"(?:toc|目录)\s*\d", self.looks.name(self.looks.style_of(paragraph))):
                contents.append(paragraph)
        if contents:
            words = "、".join(_short(text_of(one), 10) for one in contents[:3] if text_of(one).strip())
            place = self.place(contents[0])
            self.losses.append(Loss(place, f"自动目录（{words} 等 {len(contents)} 行）没有带入，网页用不着页码"))
        for paragraph in contents:
            self.left_out.append(text_of(paragraph))
            paragraph.getparent().remove(paragraph)
        for link in body.iter(W + "hyperlink"):
            target = self._targets.get(link.get(R + "id") or "")
            link.attrib.clear()
            if target is not None and target.outside:
                link.set(R + "id", self._link(target.name))
                if not target.name.lower().startswith(("http:", "https:")):
                    message = f"链接 {_short(target.name, 40)} 不是网址，只带入了文字"
                    self.losses.append(Loss(self.place(link), message, lost=False))

    def _link(self, address: str) -> str:
        return self.links.setdefault(address, f"rId{len(self.links) + 100}")

    # -- tables --

    def _tables(self, body: Any) -> None:
        for table in list(body.iter(W + "tbl")):
            if next(table.iterancestors(W + "tc"), None) is not None:
                self.losses.append(
                    Loss(self.place(table), "表格里套着表格：外层的格子拆成段落，里层的表格保留", lost=False)
                )
            for row in table.iterchildren(W + "tr"):
                settings = row.find(W + "trPr")
                for name, at in (("gridBefore", 0), ("gridAfter", len(row))):
                    for _ in range(min(_number(value(settings, name)), 60)):
                        cell = etree.Element(W + "tc")
                        cell.append(etree.Element(W + "p"))
                        row.insert(at, cell)
                _joined_cells(row)
            _mark_head(table)
            for one in list(table.iter(W + "gridSpan")):
                if not 1 <= _number(one.get(W + "val") or "") <= 200:
                    one.getparent().remove(one)

    # -- numbers --

    def _labels(self, body: Any) -> None:
        """Put the number of each paragraph before its words."""
        for paragraph in body.iter(W + "p"):
            settings = paragraph.find(W + "pPr")
            if settings is not None and settings.find(f"{W}rPr/{W}del") is not None:
                continue  # it is one with the next
            own = settings.find(W + "numPr") if settings is not None else None
            label = self.numbering.label(self.looks.style_of(paragraph), own)
            if own is not None:
                settings.remove(own)
            if label.bullet:
                _as_bullet(paragraph, label.level)
            elif label.text:
                first = next((run for run in paragraph.iter(W + "r") if run.find(W + "t") is not None), None)
                run = run_of(label.text)
                look = first.find(W + "rPr") if first is not None else None
                if look is not None:
                    run.insert(0, copy.deepcopy(look))
                    for raised in list(run.iter(W + "vertAlign")):
                        raised.getparent().remove(raised)
                paragraph.insert(1 if paragraph.find(W + "pPr") is not None else 0, run)

    # -- blocks --

    def blocks(self, body: Any) -> list[tuple[Any, Block]]:
        """The paragraphs that are no part of a table, in their order, without marks."""
        return [
            (one, Block(" ".join(marks.without(text_of(one)).split()), self.looks.look(one)))
            for one in body.iterchildren(W + "p")
        ]


def simplify(body: Any, levels: Mapping[Any, int]) -> None:
    """Leave of each paragraph's and run's settings only what mammoth is to see. levels: paragraph -> its level as a heading."""
    for paragraph in body.iter(W + "p"):
        level = levels.get(paragraph, 0)
        settings = paragraph.find(W + "pPr")
        if settings is None:
            settings = etree.Element(W + "pPr")
            paragraph.insert(0, settings)
        for one in list(settings):
            bullet = one.tag == W + "numPr" and value(one, "numId") == _LIST and not level
            deleted = one.tag == W + "rPr" and one.find(W + "del") is not None
            if not bullet and not deleted:
                settings.remove(one)
        if level:
            style = etree.SubElement(settings, W + "pStyle")
            style.set(W + "val", f"h{level}")
        for look in paragraph.iter(W + "rPr"):
            for one in list(look):
                if one.tag == W + "del":
                    continue
                if one.tag not in _KEPT_LOOKS or (level and one.tag != W + "vertAlign"):
                    look.remove(one)


def _replace(old: Any, new: list[Any]) -> None:
    """Put other elements where one stands."""
    parent = old.getparent()
    at = parent.index(old)
    parent.remove(old)
    parent[at:at] = new


def _is_setting(one: Any) -> bool:
    """Whether an element says something about its parent instead of containing text: the mark of a changed paragraph or row."""
    parent = one.getparent()
    return parent is not None and parent.tag in (W + "rPr", W + "trPr", W + "tcPr", W + "numPr")


def _nearest(element: Any, tag: str) -> Any:
    return next(element.iterancestors(tag), None)


def text_of(element: Any, *, deleted: bool = False) -> str:
    """The words of an element, those of text boxes in it left out."""
    parts = []
    for one in element.iter(W + "t", W + "tab", W + "br", *([W + "delText"] if deleted else [])):
        box = next(one.iterancestors(W + "txbxContent"), None)
        if box is not None and not any(above is box for above in (element, *element.iterancestors())):
            continue
        parts.append((one.text or "") if one.tag in (W + "t", W + "delText") else " ")
    return "".join(parts)


def _text(words: str) -> Any:
    text = etree.Element(W + "t")
    text.text = words
    return text


def run_of(words: str, place: str = "") -> Any:
    """A run with words, raised or lowered if place says so."""
    run = etree.Element(W + "r")
    if place:
        raised = etree.SubElement(etree.SubElement(run, W + "rPr"), W + "vertAlign")
        raised.set(W + "val", place)
    run.append(_text(words))
    return run


def _as_bullet(paragraph: Any, level: int) -> None:
    settings = paragraph.find(W + "pPr")
    if settings is None:
        settings = etree.Element(W + "pPr")
        paragraph.insert(0, settings)
    number = etree.SubElement(settings, W + "numPr")
    etree.SubElement(number, W + "ilvl").set(W + "val", str(min(level, 4)))
    etree.SubElement(number, W + "numId").set(W + "val", _LIST)


def _form(begin: Any) -> None:
    """Write the state of a check box or list of a form, which has no result of its own, as text."""
    box, choice = begin.find(f"{W}ffData/{W}checkBox"), begin.find(f"{W}ffData/{W}ddList")
    if box is not None:
        checked = flag(box, "checked") if box.find(W + "checked") is not None else flag(box, "default")
        begin.addprevious(_text("☑" if checked else "☐"))
        begin.remove(begin.find(W + "ffData"))
    elif choice is not None:
        entries = [one.get(W + "val") or "" for one in choice.iterchildren(W + "listEntry")]
        at = _number(value(choice, "result"))
        if at < len(entries):
            begin.addprevious(_text(entries[at]))


def _mark_head(table: Any) -> None:
    """Mark the first row as the head of a table that marks none, with those into which its merged cells reach."""
    rows = list(table.iterchildren(W + "tr"))
    if len(rows) < 2 or any(row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows):
        return
    last = 0
    for at, row in enumerate(rows[1:-1], 1):
        merges = [one for one in row.iterfind(f"{W}tc/{W}tcPr/{W}vMerge") if one.get(W + "val") != "restart"]
        if at != last + 1 or not merges:
            break
        last = at
    for row in rows[: last + 1]:
        settings = row.find(W + "trPr")
        if settings is None:
            settings = etree.Element(W + "trPr")
            row.insert(0, settings)
        etree.SubElement(settings, W + "tblHeader")


def _joined_cells(row: Any) -> None:
    """Join cells that are merged in the old way (hMerge) into one that spans them."""
    first: Any = None
    for cell in list(row.iterchildren(W + "tc")):
        settings = cell.find(W + "tcPr")
        merge = settings.find(W + "hMerge") if settings is not None else None
        if merge is None:
            first = None
        elif merge.get(W + "val") == "restart" or first is None:
            first = cell
        else:
            span = first.find(f"{W}tcPr/{W}gridSpan")
            if span is None:
                span = etree.SubElement(first.find(W + "tcPr"), W + "gridSpan")
                span.set(W + "val", "1")
            span.set(W + "val", str(_number(span.get(W + "val") or "1") + max(1, _number(value(settings, "gridSpan")))))
            for block in list(cell):
                if block.tag != W + "tcPr" and text_of(block).strip():
                    first.append(block)
            row.remove(cell)


def _crop(blip: Any) -> tuple[float, float, float, float]:
    """What a picture's settings cut off it, as shares (ISO/IEC 29500-1 §20.1.8.55)."""
    rect = blip.getparent().find(_A + "srcRect")
    if rect is None:
        return 0, 0, 0, 0
    shares = [rect.get(name) or "0" for name in ("l", "t", "r", "b")]
    return _shares([float(one) / 100_000 if re.fullmatch(r"-?\d{1,7}", one) else 0.0 for one in shares])


def _vml_crop(image: Any) -> tuple[float, float, float, float]:
    """As _crop, of a picture in VML: shares, or 65536ths with an f."""
    shares = []
    for name in ("cropleft", "croptop", "cropright", "cropbottom"):
        given = image.get(name) or "0"
        match = re.fullmatch(r"(-?\d*\.?\d+)(f?)", given)
        shares.append(float(match[1]) / (65536 if match[2] else 1) if match else 0.0)
    return _shares(shares)


def _shares(found: list[float]) -> tuple[float, float, float, float]:
    left, top, right, bottom = (min(max(one, 0.0), 1.0) for one in found)
    return left, top, right, bottom


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"\d{1,6}", text) else 0


def _short(words: str, length: int = 30) -> str:
    words = " ".join(words.split())
    return words if len(words) <= length else words[:length] + "…"
