"""What goes into a search index and where it is written: the room's plain interfaces."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol


class SearchDoc(NamedTuple):
    """One page that may be found. Only what the public may read is ever handed in.

    id: unique in the index; url: relative to the site's root (absolute in the index of a cluster); text: plain text of the body,
    paragraphs parted by newlines; date: 'YYYY-MM-DD' or '' where there is none; doc_number: 文号 as printed or ''; validity: the word
    readers filter by (现行有效, 废止 …) or ''; issuer: 发文机关; created: 成文日期, as date. digest: any string that changes when a field
    does; computed where left empty. read: gives the text where `text` is left empty, so that only what changed is read (then digest
    has to be given).
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
    digest: str = ""
    read: Callable[[], str] | None = None

    def body(self) -> str:
        """The text, read now where it is not at hand."""
        return self.read() if self.read else self.text

    def fingerprint(self) -> str:
        """`digest`, or one computed from every field."""
        return self.digest or digest_of(self[:-2])


def digest_of(fields: object) -> str:
    """Of plain data: changes when any of it does."""
    return hashlib.blake2b(repr(fields).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


class Promotion(NamedTuple):
    """A page that a site sets above the results of certain queries (推荐结果); url as a SearchDoc's."""

    queries: tuple[str, ...]
    title: str
    url: str


class TokenCache(Protocol):
    """A store of bytes by key that may forget: what is lost is computed again."""

    def get(self, key: bytes) -> bytes | None:
        """The value last put under the key, if it is still there."""

    def put(self, key: bytes, value: bytes) -> None:
        """Keep the value."""


class Output(Protocol):
    """Where an index is written. Paths are relative to the index's folder, with `/`.

    What a run neither writes nor keeps is removed by the caller when the run is over.
    """

    def write(self, path: str, data: bytes) -> None:
        """The file's content in this run; the caller compares before it touches anything."""

    def read(self, path: str) -> bytes | None:
        """The content that the last run left, None where there is none."""

    def keep(self, folder: str) -> bool:
        """Leave everything that the last run left under the folder (with a final `/`) as it is, unless `write` or `drop` names it
        later in this run. False where it can't be promised; then all is written anew."""

    def drop(self, path: str) -> None:
        """Take a file out of what was kept."""


class WriteOnly:
    """An Output made of one function: nothing is known of a last run, so everything is written."""

    def __init__(self, write: Callable[[str, bytes], None]) -> None:
        self.write = write

    def read(self, path: str) -> bytes | None:
        """Nothing is known."""

    def keep(self, folder: str) -> bool:
        """Nothing can be kept."""
        return False

    def drop(self, path: str) -> None:
        """Nothing was kept."""


@dataclass(slots=True)
class IndexReport:
    """What a build of an index did: documents, postings, and how each segment came about."""

    documents: int = 0
    postings: int = 0
    tokenized: int = 0
    segments: dict[str, str] = field(default_factory=dict)
