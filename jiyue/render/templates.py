"""The theme's templates: the Jinja environment, and a digest for each template with all that it includes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2

from jiyue.base.patterns import pattern
from jiyue.render.bytecode import bytecode
from jiyue.render.jinja_fast_path import Direct
from jiyue.render.pages.cards import share_links
from jiyue.render.pages.languages import autonym, date_in, direction, og_locale
from jiyue.render.places import contents
from jiyue.render.postprocess import list_picture
from jiyue.render.qr import qr_svg
from jiyue.render.theme.translations import SOURCE, words
from jiyue.render.translated import translated
from jiyue.render.word_breaks import word_breaks

if TYPE_CHECKING:
    import jinja2

_REFERENCE = pattern(r"{%[-+]?\s*(?:include|extends|import|from)\s+(?:(['\"])(.+?)\1)?")
SLOT = "\x1e"
"""Separates the parts of a page (`page.html`) and of a shell; no article may hold this character."""


def environment_options(theme: Path, cache: Path | None, language: str = SOURCE) -> dict[str, Any]:
    """Options for the engine's environment and, as JINJA_ENVIRONMENT, for Pelican's, so that both make the same bytes."""

    options: dict[str, Any] = {
        "autoescape": True,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "undefined": jinja2.StrictUndefined,
        "extensions": [Direct, translated(theme, language)],
        "auto_reload": False,
    }
    if cache:
        options["bytecode_cache"] = bytecode(cache / words(theme, language).digest)
    return options


def filters() -> dict[str, Any]:
    """The filters of templates in addition to Jinja's own, for the engine and for Pelican (JINJA_FILTERS)."""
    makers = (word_breaks, date_in, qr_svg, share_links, autonym, direction, og_locale, list_picture, contents)
    return {make.__name__: make for make in makers}


def environment(theme: Path, cache: Path | None, language: str = SOURCE) -> jinja2.Environment:
    """The engine's environment for a theme's templates in one language."""

    options = environment_options(theme, cache, language)
    env = jinja2.Environment(loader=jinja2.FileSystemLoader(theme / "templates"), **options)
    env.filters.update(filters())
    return env


class Closures:
    """Digests of templates, each over all templates that it uses."""

    def __init__(self, theme: Path) -> None:
        self.theme = theme
        self.folder = theme / "templates"
        self.known: dict[tuple[str, str], str] = {}
        self.texts: dict[str, str] = {}

    def digest(self, name: str, language: str = SOURCE) -> str:
        """The digest of a template with all that it includes, extends or imports, at any depth, in a language."""
        key = (name, language)
        if key not in self.known:
            state = hashlib.blake2b(words(self.theme, language).digest.encode(), digest_size=16)
            for member in sorted(self._reach(name, set())):
                state.update(f"{member}\0{self._text(member)}\0".encode())
            self.known[key] = state.hexdigest()
        return self.known[key]

    def _text(self, name: str) -> str:
        if name not in self.texts:
            try:
                self.texts[name] = (self.folder / name).read_text("utf-8")
            except OSError:
                self.texts[name] = ""
        return self.texts[name]

    def _all(self) -> list[str]:
        return [path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*.html")]

    def _reach(self, name: str, seen: set[str]) -> set[str]:
        if name not in seen:
            seen.add(name)
            for _, reference in _REFERENCE.findall(self._text(name)):
                # a name computed at run time may be that of any template
                for member in [reference] if reference else self._all():
                    self._reach(member, seen)
        return seen
