"""What a conversion gives: Markdown, fields for the front matter, files to lie beside the article, and what was not carried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Loss(NamedTuple):
    """Something that an officer has to know. All in Chinese.

    place: where it stood, 「第 3 段」 or 「页眉」; message: what it is and what became of it; lost: whether words, a picture or
    a file of the document are not in the Markdown; otherwise it was carried in another form, or ought to be looked at.
    """

    place: str
    message: str
    lost: bool = True


class BadDocument(Exception):
    """A file that can't be converted. str() says why, hint what to do, both in Chinese."""

    def __init__(self, message: str, hint: str = "用 Word 或者 WPS 打开，另存为 .docx，再导入一次。") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Converted:
    """A converted document.

    markdown: its body, without the title. fields: name in the front matter -> value as it is written there (days as
    YYYY-MM-DD), only those that the document states: title, doc_number, issuer, created, genre …; a letterhead (红头) gives
    `kind: document` and `form: red`. files: name -> bytes of pictures and attached files, by which the Markdown refers to
    them. losses: in the order of the document.
    """

    markdown: str
    fields: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    losses: tuple[Loss, ...] = ()
