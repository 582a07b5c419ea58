"""The shells of a site's pages: what surrounds a page's own parts, rendered once for all pages that share it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from jiyue.base.patterns import pattern
from jiyue.render.furniture import missing_furniture
from jiyue.render.pages.job import href
from jiyue.render.pages.plainjson import plain_digest
from jiyue.render.pages.shell import furniture, root_prefix, shell_data
from jiyue.render.templates import SLOT, Closures

if TYPE_CHECKING:
    import jinja2

    from jiyue.base.diagnostics import Diagnostic
    from jiyue.render.pages.page import Page
    from jiyue.render.pages.view import SiteView

SLOTS = ("title", "head", "main", "address")
"""The slots of a shell; `address` is the page's absolute address, percent-encoded for the query of a link."""
_TAG = pattern(r"<[^>]*>")


class ShellKey(NamedTuple):
    """What the pages of one shell share: column, relative path to the site's root, language, whether they are articles."""

    section: str
    prefix: str
    lang: str
    article: bool


class _Shell(NamedTuple):
    """A rendered shell, cut at its slots: literal, slot, literal, slot, … literal."""

    literals: list[bytes]
    slots: list[str]


class Shells:
    """The shells of one site. engine: digest of the program; template: name and language -> template."""

    def __init__(
        self, view: SiteView, engine: str, closures: Closures, template: Callable[[str, str], jinja2.Template]
    ) -> None:
        self._view, self._template = view, template
        self._engine, self._closures = engine, closures
        self._inputs: dict[ShellKey, tuple[str, dict[str, Any]]] = {}
        self._rendered: dict[ShellKey, _Shell] = {}
        self._home = quote(f"{view.site.url}/", safe="")

    def key(self, page: Page) -> ShellKey:
        """The key of a page's shell."""
        prefix = self._view.site.base_path + "/" if page.path == "404.html" else root_prefix(page.path)
        return ShellKey(page.section, prefix, page.lang, page.entry is not None)

    def digest(self, key: ShellKey) -> str:
        """The digest of all inputs of a shell."""
        if key not in self._inputs:
            data = shell_data(self._view, *key)
            template = self._closures.digest("shell.html", self._view.furniture_language(key.lang))
            self._inputs[key] = (plain_digest([self._engine, template, data]), data)
        return self._inputs[key][0]

    def splice(
        self, key: ShellKey, path: str, parts: list[bytes], findings: list[Diagnostic]
    ) -> tuple[bytes, list[tuple[int, int]]]:
        """A page's bytes, and the (start, length) of title, head and main in them.

        findings: receives the furniture missing from the shell, once per shell.
        """
        shell = self._rendered.get(key) or self._render(key, findings)
        # as quote(view.url(path), safe=""), ten times as fast: a link's path is percent-encoded already
        address = f"{self._home}{href(path).replace('%', '%25').replace('/', '%2F')}".encode()
        values = {"title": parts[0], "head": parts[1], "main": parts[2], "address": address}
        out: list[bytes] = []
        places: dict[str, tuple[int, int]] = {}
        position = 0
        for literal, slot in zip(shell.literals, [*shell.slots, ""], strict=True):
            out.append(literal)
            position += len(literal)
            if slot:
                value = values[slot]
                places.setdefault(slot, (position, len(value)))
                out.append(value)
                position += len(value)
        return b"".join(out), [places[slot] for slot in SLOTS[:3]]

    def _render(self, key: ShellKey, findings: list[Diagnostic]) -> _Shell:
        data = self._inputs[key][1]
        marks = {slot: f"{SLOT}{slot}{SLOT}" for slot in SLOTS}
        text = self._template("shell.html", self._view.furniture_language(key.lang)).render(**data, slot=marks)
        pieces = text.split(SLOT)
        literals, slots = pieces[0::2], pieces[1::2]
        if set(slots) != set(SLOTS):
            raise ValueError("shell.html 必须放下 slot.title、slot.head、slot.main 和 slot.address")
        head, body, texts = furniture(data)
        start = text.find("<body")
        read = _TAG.sub(" ", text[start:].replace("<wbr>", ""))
        for wanted, where in ((head, text[:start]), (body, text[start:]), (texts, read)):
            findings += missing_furniture(wanted, where, "shell.html", "外框", self._view.site.id)
        self._rendered[key] = shell = _Shell([piece.encode() for piece in literals], slots)
        return shell
