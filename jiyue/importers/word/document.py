"""Converts Word files (.docx): opens, rewrites, converts by mammoth, and compares what arrived with what the document shows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from jiyue.base import clock
from jiyue.importers import html
from jiyue.importers.word import marks
from jiyue.importers.word.assemble import Shown, assemble
from jiyue.importers.word.clipboard import convert_html
from jiyue.importers.word.completeness import Passage, missing, page_text, passages, squeezed
from jiyue.importers.word.converted import BadDocument, Converted, Loss
from jiyue.importers.word.facts import read_facts
from jiyue.importers.word.looks import Looks
from jiyue.importers.word.numbering import Numbering
from jiyue.importers.word.ole import packaged
from jiyue.importers.word.package import Package, W
from jiyue.importers.word.pictures import NotShown, Picture, as_file
from jiyue.importers.word.rewrite import Rewriter, run_of, simplify, text_of
from jiyue.importers.word.simple import to_html

ATTACHED = re.compile(r"\.(?:pdf|docx|xlsx|pptx|wps|et|ofd|csv|txt|jpe?g|png)$", re.IGNORECASE)
"""Files that become attachments."""
MOST_INSERTED = 3
"""How deep a document may contain another."""
_PAGE_NUMBER = re.compile(r"[\W\d_第页共IVXivx]*")
_NOTES = {"footnote": "脚注", "endnote": "尾注"}


def convert_docx(data: bytes, name: str) -> Converted:
    """Convert a Word file. name: the file's, for messages. Raises BadDocument."""
    return _Conversion(data).converted()


class _Conversion:
    def __init__(self, data: bytes, depth: int = 0) -> None:
        self.package, self.depth = Package(data), depth
        self.lists, self.styles = self.package.part("numbering"), self.package.part("styles")
        self.looks = Looks(self.styles)
        self.rewriter = Rewriter(self.looks, Numbering(self.lists, self.styles))
        self.files: dict[str, bytes] = {}
        self.losses: list[Loss] = []

    def converted(self) -> Converted:
        wanted = list(passages(self._body(), self.looks, Numbering(self.lists, self.styles)))
        body = self._body()
        self.rewriter.rewrite(body, self.package.targets(self.package.main))
        notes = [self._note(*one, wanted) for one in self.rewriter.notes]
        blocks = self.rewriter.blocks(body)
        facts = read_facts([block for _, block in blocks], datetime.fromisoformat(clock.now()))
        for at in facts.broken[1:]:
            if re.match(r"\d{4}\s*年", blocks[at][1].text):
                blocks[facts.broken[0]][0].append(run_of(" "))
            blocks[facts.broken[0]][0].extend(list(blocks[at][0].iterchildren(W + "r", W + "hyperlink")))
            body.remove(blocks[at][0])
        for at in facts.used:
            if not marks.marks().search(text_of(blocks[at][0])):  # a note to the title stays with the text
                body.remove(blocks[at][0])
        simplify(body, {blocks[at][0]: level for at, level in facts.levels.items()})
        text = self._markdown(body)
        pictures = [self._picture(one) for one in self.rewriter.pictures]
        inserted = [self._inserted(*one) for one in self.rewriter.inserted]
        attached = [self._object(*one) for one in self.rewriter.objects]
        markdown = assemble(text, pictures, notes, inserted, attached)
        self._outside()
        page = _above(facts.fields) + page_text(markdown) + squeezed("".join(self.rewriter.left_out))
        losses = [*self.rewriter.losses, *self.losses, *_missing(wanted, page)]
        return Converted(markdown, facts.fields, self.files, tuple(dict.fromkeys(losses)))

    def _body(self) -> Any:
        body = self.package.tree(self.package.main).find(W + "body")
        if body is None:
            raise BadDocument("不是 Word 文档：里面没有正文")
        return body

    def _markdown(self, body: Any) -> str:
        return html.to_markdown(html.parse(to_html(body, self.rewriter.links) or "<p></p>"), "")

    # -- notes --

    def _note(self, kind: str, name: str, wanted: list[Passage]) -> str:
        """The Markdown of a note. wanted: gets its passages."""
        for part in self.package.named(f"{kind}s"):
            note = next(self._notes_named(part, kind, name), None)
            if note is None:
                continue
            wanted += passages(
                next(self._notes_named(part, kind, name)), self.looks, Numbering(self.lists, self.styles)
            )
            body = note.makeelement(W + "body")
            body.extend(list(note))
            self.rewriter.rewrite(body, self.package.targets(part), _NOTES[kind])
            simplify(body, {})
            return self._markdown(body)
        self.losses.append(Loss(_NOTES[kind], f"有一处{_NOTES[kind]}在文件里找不到内容"))
        return ""

    def _notes_named(self, part: str, kind: str, name: str) -> Iterator[Any]:
        root = self.package.tree(part)
        return (one for one in root.iterchildren(W + kind) if one.get(W + "id") == name)

    # -- files --

    def _picture(self, picture: Picture) -> Shown:
        try:
            name, data = as_file(self.package.data(picture.part), picture.crop)
        except NotShown as why:
            self.losses.append(Loss(picture.place, f"图片没有带入：{why}。请另存为 PNG 再插入"))
            return Shown("", picture.alt)
        self.files[name] = data
        if not picture.alt:
            self.losses.append(Loss(picture.place, "图片没有说明文字（替代文字），请补上", lost=False))
        return Shown(name, picture.alt)

    def _inserted(self, part: str, place: str) -> str:
        """The Markdown of a document inserted whole (altChunk)."""
        data = self.package.data(part)
        try:
            if part.lower().endswith(".docx") and self.depth < MOST_INSERTED:
                other = _Conversion(data, self.depth + 1).converted()
            elif part.lower().endswith((".html", ".htm", ".xhtml", ".txt")):
                other = convert_html(data.decode("utf-8", "replace"))
            else:
                raise BadDocument("格式不能读")
        except BadDocument as why:
            self.losses.append(Loss(place, f"整篇插入的文档没有带入：{why}"))
            return ""
        self.files.update(other.files)
        self.losses += [Loss(f"{place}插入的文档，{one.place}", one.message, one.lost) for one in other.losses]
        title = other.fields.get("title", "")
        return "\n\n".join(part for part in (f"## {title}" if title else "", other.markdown) if part)

    def _object(self, part: str, program: str, place: str) -> Shown:
        """A file that was attached by the Packager. Data of other programs may hold more than their picture shows: it stays out."""
        found = packaged(self.package.data(part)) if program == "Package" or part.endswith(".bin") else None
        if found is None or not ATTACHED.search(found[0]):
            called = found[0] if found else program or part.rpartition("/")[2]
            message = f"嵌入的对象（{called}）没有带入，只带入了它的图；需要公开的，另存为附件"
            self.losses.append(Loss(place, message))
            return Shown("", "")
        called, data = found
        stem, _, suffix = re.sub(r'[\x00-\x1f<>:"|?*%#&;\s]', "-", called).rpartition(".")
        name = f"{stem[:60]}-{hashlib.sha256(data).hexdigest()[:8]}.{suffix.lower()}"
        self.files[name] = data
        self.losses.append(Loss(place, f"附带的文件「{called}」放在文章旁边，请看过再公开", lost=False))
        return Shown(name, called)

    # -- what stands outside the text --

    def _outside(self) -> None:
        for kind, called in (("header", "页眉"), ("footer", "页脚")):
            texts = dict.fromkeys(self._text(part) for part in self.package.named(kind))
            self.losses += [
                Loss(called, f"{called}没有带入：{text[:60]}") for text in texts if not _PAGE_NUMBER.fullmatch(text)
            ]
        for part in self.package.named("comments"):
            for comment in self.package.tree(part).iterchildren(W + "comment"):
                self.losses.append(Loss("批注", f"批注没有带入：{' '.join(text_of(comment).split())[:60]}"))
        for kind in self.rewriter.numbering.unknown:
            self.losses.append(Loss("编号", f"不认识的编号格式（{kind}）按 1、2、3 写出，请核对", lost=False))

    def _text(self, part: str) -> str:
        found = passages(self.package.tree(part), self.looks, Numbering(None, None))
        return " ".join(one.text for one in found if one.text)


def _above(fields: Mapping[str, str]) -> str:
    """What a page shows above its text, in the order of a document, squeezed: letterhead, number, title."""
    head = [f"{fields['issuer']}文件", fields.get("doc_number", "")] if fields.get("form") else []
    return squeezed("".join([*head, fields.get("title", "")]))


def _missing(wanted: list[Passage], page: str) -> Iterator[Loss]:
    for text in missing(wanted, page):
        shown = text[:80] + ("…" if len(text) > 80 else "")
        yield Loss("全文核对", f"下面的文字没有带入，请对照原文补上：{shown}")
