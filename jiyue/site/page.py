"""What a site's plugins give the engine: pages of declared data, and other files. Nothing here knows how they are rendered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from jiyue.site.view import Entry


class Page(NamedTuple):
    """One HTML page.

    path is its place below the site's root, not percent-encoded. template is the name of its template, which gets
    `data` and nothing else (and `body`, the article's HTML, where entry is set). data is plain: what json.dumps takes,
    so that equal data is an equal page. section is the column whose shell surrounds it, '' for none. must_have are
    texts that the finished page has to contain: furniture that the template may not lose. lang is the language of its
    text, '' for the site's first, in which the shell is written.
    """

    path: str
    template: str
    data: dict[str, Any]
    section: str = ""
    entry: Entry | None = None
    must_have: tuple[str, ...] = ()
    lang: str = ""


class File(NamedTuple):
    """Any other file: digest says when it changed, make gives its bytes, or source is copied as it is."""

    path: str
    digest: str
    make: Callable[[], bytes] | None = None
    source: Path | None = None
