"""Publishes the browser's search modules: those needed by every search are joined and minified into one file.

A reader's first search then takes one request instead of a chain of ten, and half the bytes. The modules also work
separately.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from jiyue.base.patterns import pattern
from jiyue.render.theme.translations import OURS, Words, in_script, words

JOINED = ("tokenizer", "shards", "fragments", "lists", "query", "rank", "engine", "excerpt", "source", "page")
"""In order of imports. Their top-level names are unique across all of them."""
LATER = (
    "tokenizer.mjs", "suggest.mjs", "pinyin.mjs", "pinyin.txt", "combobox.mjs", "filters.mjs", "help.mjs", "places.mjs", "inflate.mjs",
    "t2s.txt", "vendor/lunr.min.js",
)  # fmt: skip
"""Modules that are loaded on demand."""

COMMENT = pattern(r"/\*\*.*?\*/|^\s*//[^\n]*|\s// [^\n\"]*$", re.S | re.M)
IMPORT = pattern(r"^import[ {][^\n]*$", re.M)
KEPT = pattern(
    r"""("(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|(?<=[(=])\s?/(?:[^/\\\n\[]|\\.|\[(?:[^\]\\]|\\.)*\])+/[a-z]*)"""
)
"""Strings, templates and regular expressions: the parts of a module where spaces are significant."""
AROUND = pattern(r" ?([-=+*/<>!&|?:;,(){}\[\]]+) ?")
CONST = pattern(r"\bconst\b")
EXPORT = pattern(r"^export ", re.M)
OWN = pattern(r"^(?:let|(?:async )?function|class) ([A-Z][A-Z_]+|[a-z]+[A-Z]\w*)\b|(#[a-z]\w+)\(", re.M)
"""Names that can be shortened, because all modules use them for one thing: capitals, camelCase names, private methods."""


def plain(module: str) -> str:
    """The module without comments, indentation, spaces around operators and semicolons at line ends; `const` becomes `let`."""
    parts = KEPT.split(re.sub(r"\n\s*", "\n", COMMENT.sub("", module)))
    parts[::2] = [CONST.sub("let", AROUND.sub(r"\1", part)) for part in parts[::2]]
    return re.sub(r";\n(?=[\w}$])", "\n", "".join(parts).strip() + "\n")


def shortened(module: str) -> str:
    """Shorten the module's own names, except in strings."""
    names = dict.fromkeys(top or private for top, private in OWN.findall(module))
    short = {name: ("#" if name[0] == "#" else "$") + _letters(place) for place, name in enumerate(names)}
    used = re.compile(r"(?<![\w.$#])(" + "|".join(name for name in names if name[0] != "#") + r")\b|(#[a-z]\w+)\b")
    parts = KEPT.split(module)
    for place, part in enumerate(parts):
        if not place % 2 or part[0] == "`":
            parts[place] = used.sub(lambda match: short.get(match.group(), match.group()), part)
    return "".join(parts).replace("this.$#", "this.#")


def _letters(place: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return letters[place] if place < 26 else letters[place // 26 - 1] + letters[place % 26]


def client_files(folder: Path, known: Words = OURS) -> dict[str, bytes]:
    """Path → bytes of all that a search page needs, in the words of a language; folder: the theme's static/search."""
    files = {"page.mjs": _joined([folder / f"{name}.mjs" for name in JOINED], known)}
    for name in LATER:
        data = (folder / name).read_bytes()
        files[name] = plain(in_script(data.decode(), known)).encode() if name.endswith(".mjs") else data
    return files


def _joined(modules: list[Path], known: Words) -> bytes:
    texts = (in_script(module.read_text("utf-8"), known) for module in modules)
    joined = "".join(EXPORT.sub("", IMPORT.sub("", plain(text))) for text in texts)
    return shortened(re.sub(r"\n+", "\n", joined)).encode()


@lru_cache(maxsize=16)
def screen_module(theme: Path, language: str) -> tuple[str, bytes]:
    """(name with a content hash, bytes) of the search of touch screens, for the folder of the others (`published`)."""
    static = theme / "static"
    modules = [static / "search" / f"{name}.mjs" for name in JOINED if name != "page"]
    data = _joined([*modules, static / "screens" / "search.mjs"], words(theme, language))
    return f"screen.{_digest(data)[:8]}.mjs", data


def published(theme: Path, language: str) -> tuple[str, dict[str, tuple[str, bytes]]]:
    """(folder name with the hash of all files, `search.1a2b3c4d.d/`; file name -> (digest, bytes)).

    Only the folder has a hash, because the files import each other by name. No files if the theme has none.
    """
    folder = theme / "static" / "search"
    stamps = [(path.name, path.stat().st_mtime_ns) for path in sorted(folder.rglob("*"))]
    return _published(folder, tuple(stamps), words(theme, language))


@lru_cache(maxsize=16)
def _published(
    folder: Path, stamps: tuple[tuple[str, int], ...], known: Words
) -> tuple[str, dict[str, tuple[str, bytes]]]:
    files = client_files(folder, known) if stamps else {}
    whole = _digest(b"".join(name.encode() + b"\0" + data for name, data in sorted(files.items())))
    return f"search.{whole[:8]}.d/", {name: (_digest(data), data) for name, data in files.items()}


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
