"""The interface between a site's plugins and the engine: pages of declared data, and other files."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from jiyue.render.pages.view import Entry


class Page(NamedTuple):
    """One HTML page.

    path is relative to the site's root, not percent-encoded. template is the name of its template, which gets only `data`
    (and `body`, the article's HTML, if entry is set). data is plain, as for json.dumps, so that equal data gives an equal
    page. section is the column whose shell surrounds it, '' for none. must_have are texts that the finished page has to
    contain: furniture that the template must not drop. lang is the language of its text, '' for the site's own, in which
    the shell is written.

    made_of, if set, is a digest of everything that data depends on; data is then a function, called only if this digest
    has changed since the last build.
    """

    path: str
    template: str
    data: dict[str, Any] | Callable[[], dict[str, Any]]
    section: str = ""
    entry: Entry | None = None
    must_have: tuple[str, ...] = ()
    lang: str = ""
    made_of: str = ""

    def declared(self) -> dict[str, Any]:
        """The data."""
        return self.data() if callable(self.data) else self.data


class File(NamedTuple):
    """Any other file. digest changes with its content; make returns its bytes."""

    path: str
    digest: str
    make: Callable[[], bytes]
