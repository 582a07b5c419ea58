"""Translates the theme's strings with the catalogues in `<theme>/translations/<language>.po`.

Templates, scripts and the Python code for page data contain Chinese source strings in `_("…")`. They are translated when
templates are compiled and scripts are published, never while a page is rendered.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from jiyue.base.patterns import pattern
from jiyue.registry.site import SOURCE_LANGUAGE

SOURCE = SOURCE_LANGUAGE
"""The language of the source strings, and of a site that declares none."""


class Words:
    """Source text -> translation; untranslated texts stay as they are. digest is '' for the source language."""

    def __init__(self, table: dict[str, str], digest: str) -> None:
        self.table, self.digest = table, digest

    def __call__(self, text: str) -> str:
        """The translation of a text."""
        return self.table.get(text, text)


OURS = Words({}, "")


def N_(text: str) -> str:  # gettext's name for it
    """Mark a text in a table for extraction; it is translated later."""
    return text


@lru_cache(maxsize=32)
def words(theme: Path, language: str) -> Words:
    """The catalogue of a language, else of its base (`en-GB`: `en`), else the source strings."""
    for name in () if language in ("", SOURCE) else (language, language.partition("-")[0]):
        path = theme / "translations" / f"{name.replace('-', '_')}.po"
        if path.is_file():
            return _read(path.read_bytes())
    return OURS


@lru_cache(maxsize=32)
def is_translated(theme: Path, language: str) -> bool:
    """Whether the theme supports a language: the source language, or one with a catalogue."""
    return language == SOURCE or words(theme, language) is not OURS


def _read(data: bytes) -> Words:
    from babel.messages.pofile import read_po  # noqa: PLC0415  (only sites in other languages need it)

    catalogue = read_po(data.decode("utf-8").splitlines(keepends=True))
    table = {str(m.id): str(m.string) for m in catalogue if m.id and m.string and not m.fuzzy}
    return Words(table, hashlib.blake2b(data, digest_size=16).hexdigest())


_CALL = pattern(r'(?<![\w.$])_\(("(?:[^"\\]|\\.)*")\)')


def in_script(script: str, known: Words) -> str:
    """Replace each `_("…")` in a script by its translation."""
    return _CALL.sub(lambda match: json.dumps(known(json.loads(match[1])), ensure_ascii=False), script)
