"""The browser's modules as they are published: those of every search joined into one file, without comments; the rest as it is.

A reader's first search then waits for one request, not for a chain of ten, and for half the bytes. The modules work unjoined too.
"""

from __future__ import annotations

import re
from pathlib import Path

JOINED = ("tokenizer", "shards", "fragments", "lists", "query", "rank", "engine", "excerpt", "source", "page")
"""In the order of their imports; names at the top of them are unique among all."""
LATER = ("tokenizer.mjs", "suggest.mjs", "combobox.mjs", "inflate.mjs", "t2s.txt", "vendor/lunr.min.js")
"""Fetched when they are wanted."""

COMMENT = re.compile(r"/\*\*.*?\*/|^\s*//[^\n]*|\s// [^\n\"]*$", re.S | re.M)
IMPORT = re.compile(r"^import[ {][^\n]*;$", re.M)
KEPT = re.compile(r"""("(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|(?<=[(=])\s?/(?:[^/\\\n\[]|\\.|\[(?:[^\]\\]|\\.)*\])+/[a-z]*)""")
"""Strings, templates and patterns: the parts of a module whose spaces mean something."""
AROUND = re.compile(r" ?([-=+*/<>!&|?:;,(){}\[\]]+) ?")
EXPORT = re.compile(r"^export ", re.M)


def plain(module: str) -> str:
    """The module without comments, indents, and spaces around signs."""
    parts = KEPT.split(re.sub(r"\n\s*", "\n", COMMENT.sub("", module)))
    parts[::2] = [AROUND.sub(r"\1", part) for part in parts[::2]]
    return "".join(parts).strip() + "\n"


def client_files(folder: Path) -> dict[str, bytes]:
    """Path → bytes of all that a search page needs; folder: the theme's static/search."""
    joined = "".join(EXPORT.sub("", IMPORT.sub("", plain((folder / f"{name}.mjs").read_text("utf-8")))) for name in JOINED)
    files = {"page.mjs": re.sub(r"\n+", "\n", joined).encode()}
    for name in LATER:
        data = (folder / name).read_bytes()
        files[name] = plain(data.decode()).encode() if name.endswith(".mjs") else data
    return files
