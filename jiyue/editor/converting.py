"""A Word file that is dropped on a form becomes its text: body, fields and files, and what of it was not carried."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

from jiyue.catalogue.models import KINDS
from jiyue.editor import uploads
from jiyue.editor.forms.front_matter import read, write
from jiyue.editor.model import Refused
from jiyue.importers.word.bounded import convert_bounded
from jiyue.importers.word.converted import BadDocument
from jiyue.importers.word.formats import SUFFIXES


class Made(NamedTuple):
    """A text with what a file holds. losses: (where, what became of it, whether something is missing)."""

    text: bytes
    files: dict[str, bytes]
    losses: list[tuple[str, str, bool]]


def is_convertible(name: str) -> bool:
    """Whether a file can become a text, by its name."""
    return any(name.lower().endswith(suffix) for suffix in SUFFIXES)


def filled(text: bytes, data: bytes, name: str, taken: Collection[str]) -> Made:
    """A text with the words of a file: in an empty body, else below it; fields that are empty get what the file states.

    taken: names of files that lie beside the article. Raises Refused, Unchangeable.
    """
    try:
        made = convert_bounded(data, name)
    except BadDocument as problem:
        raise Refused(f"「{name[:60]}」没有放进来：{problem}。{problem.hint}".replace("。。", "。"), 415) from None
    files: dict[str, bytes] = {}
    markdown = made.markdown
    for one, content in made.files.items():
        upload = uploads.taken_in(content, one, {*taken, *files})
        files[upload.name] = upload.data
        if upload.name != one:
            markdown = _renamed(markdown, one, upload.name)
    head = read(text)
    body = markdown.strip("\n") + "\n"
    body = f"{head.body.rstrip()}\n\n{body}" if head.body.strip() else f"\n{body}"
    losses = [(loss.place, loss.message, loss.lost) for loss in made.losses]
    return Made(write(text, _fields(head.values, made.fields), body), files, losses)


def _renamed(markdown: str, old: str, new: str) -> str:
    """A text whose links and pictures, those in tables of HTML too, lead to a file under its new name."""
    return re.sub(rf'(\]\(<?|src="){re.escape(old)}(?=>?[)\s"])', lambda match: match[1] + new, markdown)


def _fields(known: Mapping[str, object], stated: Mapping[str, str]) -> dict[str, str]:
    """What a file states and the front matter does not; its kind, if the article is nothing special yet."""
    found = dict(stated)
    kind = found.pop("kind", "") if known.get("kind") in (None, "", "news") else ""
    found.pop("status", None)
    model = KINDS.get(kind or str(known.get("kind") or "news"), KINDS["news"])
    fields = {key: value for key, value in found.items() if not known.get(key) and key in model.model_fields}
    return ({"kind": kind} if kind in KINDS else {}) | fields
