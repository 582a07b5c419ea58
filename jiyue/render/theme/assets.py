"""Publishes the theme's static files under names with a content hash, so that they can be cached forever.

The style sheet is one file: `static/base.css`, the `style.css` of each component in order of names, and
`static/print.css`, without comments and most line breaks. Each `url("…")` in it is replaced by the published name.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from jiyue.base.patterns import pattern
from jiyue.render.theme.translations import SOURCE, in_script, is_translated, words

ACCENTS = {
    "red": "#9b1c1f", "blue": "#174a86", "green": "#1c5f3c", "teal": "#0e5a63", "brown": "#6f4516", "ink": "#2b2f36",
}  # fmt: skip
"""The main colours that a site may choose; the first is the default. Each has a contrast of at least 4.5:1 with white
(WCAG 1.4.3; a test)."""


APART = frozenset({"search", "screens"})
"""Folders of `static/` whose files are published by the plugin of that name, where they are needed."""


@lru_cache(maxsize=16)
def theme_files(theme: Path, language: str = SOURCE) -> dict[str, tuple[str, bytes]]:
    """Path below `theme/` of a site's output -> (digest, bytes); language is the site's."""
    return {hashed_name(name, data): (_digest(data), data) for name, data in _sources(theme, language).items()}


@lru_cache(maxsize=16)
def asset_names(theme: Path, language: str = SOURCE) -> dict[str, str]:
    """Plain name (`site.css`) -> published path (`theme/site.1a2b3c4d.css`)."""
    return {name: f"theme/{hashed_name(name, data)}" for name, data in _sources(theme, language).items()}


def edition_assets(theme: Path, language: str) -> dict[str, str]:
    """Plain name of a script -> published path, for pages in another language than their site's, in its own folder."""
    return {name: f"theme/{language}/{hashed_name(name, data)}" for name, data in _scripts(theme, language).items()}


def edition_files(theme: Path, language: str) -> dict[str, tuple[str, bytes]]:
    """Path on the site -> (digest, bytes) of these scripts."""
    names = edition_assets(theme, language)
    return {names[name]: (_digest(data), data) for name, data in _scripts(theme, language).items()}


def _scripts(theme: Path, language: str) -> dict[str, bytes]:
    return {name: data for name, data in _sources(theme, language).items() if name.endswith((".js", ".mjs"))}


def forget() -> None:
    """Clear the caches, which are valid for one build only: a preview's process outlives changes of the theme."""
    words.cache_clear()
    is_translated.cache_clear()
    theme_files.cache_clear()
    apart_assets.cache_clear()
    asset_names.cache_clear()
    _sources.cache_clear()


def hashed_name(name: str, data: bytes) -> str:
    """`site.css` -> `site.1a2b3c4d.css`; modules keep their names, because they import each other by name."""
    stem, dot, suffix = name.rpartition(".")
    return name if name.endswith(".mjs") else f"{stem}.{_digest(data)[:8]}{dot}{suffix}"


@lru_cache(maxsize=16)
def _sources(theme: Path, language: str) -> dict[str, bytes]:
    static = theme / "static"
    sources: dict[str, bytes] = {}
    for path in sorted(static.rglob("*")) if static.is_dir() else []:
        if path.is_file() and path.suffix != ".css" and path.relative_to(static).parts[0] not in APART:
            data = path.read_bytes()
            if path.suffix in (".js", ".mjs"):
                data = in_script(_lean(data.decode("utf-8")), words(theme, language)).encode()
            sources[path.relative_to(static).as_posix()] = data
    components = sorted((theme / "templates" / "components").glob("*/style.css"))
    parts = [static / "base.css", *components, static / "print.css"]
    css = "\n".join(part.read_text("utf-8").strip() for part in parts if part.is_file())
    if css:
        sources["site.css"] = _style(css, sources)
    return sources


@lru_cache(maxsize=16)
def apart_assets(theme: Path, folder: str, language: str) -> dict[str, tuple[str, bytes]]:
    """Plain name -> (published path, bytes) of the scripts and styles in a folder of APART that are files of their own."""
    found: dict[str, tuple[str, bytes]] = {}
    for path in sorted((theme / "static" / folder).iterdir()) if (theme / "static" / folder).is_dir() else ():
        if path.suffix not in (".css", ".js"):
            continue
        text = path.read_text("utf-8")
        style = path.suffix == ".css"
        data = _style(text, {}) if style else in_script(_lean(text), words(theme, language)).encode()
        stem, dot, suffix = path.name.rpartition(".")
        found[path.name] = f"theme/{folder}/{stem}.{_digest(data)[:8]}{dot}{suffix}", data
    return found


def _style(css: str, files: dict[str, bytes]) -> bytes:
    accents = [f":root{{--accent:{next(iter(ACCENTS.values()))}}}"]
    accents += [f":root[data-accent={name}]{{--accent:{colour}}}" for name, colour in ACCENTS.items()]
    return (_compact(css.replace("/* accents */", "\n".join(accents)), files) + "\n").encode()


_ASIDE = pattern(r"^[ \t]*(?://.*|/\*\*[^\n]*\*/)\n|^[ \t]+", re.MULTILINE)


def _lean(script: str) -> str:
    """Strip comment lines and indentation from a script. Safe, because ours have no multi-line strings."""
    return _ASIDE.sub("", script)


_COMMENT = pattern(r"/\*.*?\*/", re.DOTALL)
_URL = pattern(r'url\("([^":]+)"\)')


def _compact(css: str, files: dict[str, bytes]) -> str:
    """Strip comments and indentation from CSS. Keeps line breaks between top-level rules, so that diffs stay small."""
    css = re.sub(r"\n+\s*(?=[}\w.:#&*\[@-])", "\n", _COMMENT.sub("", css))
    css = re.sub(r"\{\n|;\n(?=[-}\w])|\n(?=\})", lambda m: m[0].strip(), css)

    def published(match: re.Match[str]) -> str:
        name = match[1]
        return f'url("{hashed_name(name, files[name])}")' if name in files else match[0]

    return _URL.sub(published, css).strip()


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
