"""Input and output interfaces of the search index."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import NamedTuple, Protocol


class SearchDoc(NamedTuple):
    """One page of the index. The caller passes only public ones.

    id: unique in the index. url: relative to the site's root (absolute in the index of a cluster). text: plain text of the
    body, with paragraphs separated by newlines. date: 'YYYY-MM-DD' or ''. doc_number: 文号 as printed or ''. validity: the
    value of the filter (现行有效, 废止 …) or ''. issuer: 发文机关. created: 成文日期, like date. lang: of a page in another
    language than its site's, else ''. digest: any string that changes with any field, computed if empty. read: returns the
    text if `text` is empty, so that only changed texts are read (requires digest).
    """

    id: str
    url: str
    title: str
    text: str
    column: str = ""
    column_name: str = ""
    kind: str = ""
    date: str = ""
    doc_number: str = ""
    site: str = ""
    site_name: str = ""
    validity: str = ""
    keywords: tuple[str, ...] = ()
    pinned: bool = False
    issuer: str = ""
    created: str = ""
    lang: str = ""
    digest: str = ""
    read: Callable[[], str] | None = None

    def body(self) -> str:
        """The text; calls read() if `text` is empty."""
        return self.read() if self.read else self.text

    def fingerprint(self) -> str:
        """`digest`, or one computed from every field."""
        return self.digest or digest_of(self[:-2])


def digest_of(fields: object) -> str:
    """A digest of plain data."""
    return hashlib.blake2b(repr(fields).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


class Promotion(NamedTuple):
    """A page that a site shows above the results of certain queries (推荐结果); url as in SearchDoc."""

    queries: tuple[str, ...]
    title: str
    url: str


class TokenCache(Protocol):
    """A cache of bytes by key; lost entries are recomputed."""

    def get(self, key: bytes) -> bytes | None:
        """The value last stored under the key, or None."""

    def put(self, key: bytes, value: bytes) -> None:
        """Store the value."""


class Output(Protocol):
    """The destination of an index. Paths are relative to the index's folder, with `/`.

    After the run the caller removes files that it neither wrote nor kept.
    """

    def write(self, path: str, data: bytes) -> None:
        """Set the file's content for this run; the implementation writes only if it differs."""

    def read(self, path: str) -> bytes | None:
        """The content from the last run, or None."""

    def keep(self, folder: str) -> bool:
        """Keep all files of the last run in the folder (with a final `/`), except those written or dropped later in this run.
        Returns False if that can't be guaranteed; then everything is written again."""

    def drop(self, path: str) -> None:
        """Exclude a file from a kept folder."""


class WriteOnly:
    """An Output around a write function: it does not know a last run, so everything is written."""

    def __init__(self, write: Callable[[str, bytes], None]) -> None:
        self.write = write

    def read(self, path: str) -> bytes | None:
        """Always None."""

    def keep(self, folder: str) -> bool:
        """Always False."""
        return False

    def drop(self, path: str) -> None:
        """Does nothing."""
