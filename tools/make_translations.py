"""Updates the theme's catalogues from the strings in templates, scripts and Python code.

python tools/make_translations.py          (part of `make docs`)

A new string appears in `themes/gov/translations/<language>.po` without a translation, which its author has to write.
Unused strings are removed. zh_CN is the source language: each string is its own translation.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
THEME = ROOT / "themes" / "gov"
COMMANDS = ROOT / "jiyue" / "cli" / "locale"
"""The Chinese catalogue for Click: written by hand, compiled here."""
ROOMS = {
    "jiyue/render": [("**.py", "python")],
    "jiyue_plugins": [("**.py", "python")],
    "themes/gov/templates": [("**.html", "jinja2.ext:babel_extract")],
    "themes/gov/static": [("**.js", "javascript"), ("**.mjs", "javascript")],
}
"""Folder -> file patterns and Babel's extractors for them."""
KEPT = ("Language:", "Plural-Forms", "MIME-Version", "Content-T")
"""The header fields that are kept: those needed to read the file, not those on authors, dates and versions."""


def extracted(theme: Path = THEME) -> Catalog:
    """All strings, with the files that contain them."""
    found = Catalog(project="jiyue", charset="utf-8")
    for room, methods in ROOMS.items():
        words = extract_from_dir(ROOT / room, methods, keywords={"_": None, "N_": None}, callback=None)
        for name, _, text, _, _ in words:
            if text:
                found.add(text, locations=[(f"{room}/{name}", 0)])
    return found


def updated(path: Path, template: Catalog) -> bytes:
    """The updated catalogue, deterministically."""
    language = path.stem
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.header_comment = f"# {language}: the words of the theme. See docs/theme.md."
    for message in catalogue:
        if language == "zh_CN" and message.id:
            message.string = message.id
    out = BytesIO()
    write_po(out, catalogue, width=110, sort_output=True, include_lineno=False)
    head, blank, rest = out.getvalue().decode().partition("\n\n")
    header = [row for row in head.splitlines() if row[:1] != '"' or row.startswith(tuple(f'"{name}' for name in KEPT))]
    return ("\n".join(header) + blank + rest).encode()


def compiled(path: Path) -> bytes:
    """A catalogue compiled for gettext."""
    with path.open("rb") as file:
        catalogue = read_po(file)
    catalogue.creation_date = catalogue.revision_date = datetime(
        2026, 1, 1, tzinfo=UTC
    )  # the same bytes whenever it is made
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def main() -> int:
    """Write the catalogues; returns 1 if a string has no translation yet."""
    template, missing = extracted(), 0
    for path in sorted((THEME / "translations").glob("*.po")):
        path.write_bytes(updated(path, template))
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id and (message.fuzzy or not message.string):
                    print(f"{path.name}：「{message.id}」还没有译文")
                    missing += 1
    for path in COMMANDS.rglob("*.po"):
        path.with_suffix(".mo").write_bytes(compiled(path))
    return bool(missing)


if __name__ == "__main__":
    sys.exit(main())
