"""A site's search index: its public articles as documents, and the folder that holds the index as a part of the output."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache, partial
from html import unescape
from pathlib import Path
from typing import NamedTuple

from jiyue.base.patterns import pattern
from jiyue.checks.text.model import HAN
from jiyue.registry.site import Cluster, Site
from jiyue.render.body import read_body
from jiyue.render.data_blocks import readable
from jiyue.render.markdown import convert
from jiyue.render.output import Output
from jiyue.render.pages.job import href
from jiyue.render.pages.view import Entry, SiteView
from jiyue.search.model import IndexReport, Promotion, SearchDoc, TokenCache, digest_of
from jiyue.search.segments import FEW
from jiyue.search.synonyms import shipped

INDEX = "search/index"
"""Where a site's index lies in its tree."""
CLUSTER = "search/all"
"""Where the index of all sites lies in the root site's tree; the cluster's build writes it, no site's."""
TEXT = "3"
"""Of the rule that makes plain text of a body; to be raised with it, so that readers fetch the index anew."""

_END = pattern(r"</(?:p|li|h\d|tr|pre|blockquote|figcaption|dt|dd|caption|summary)>|<br ?/?>")
_TAG = pattern(r"<[^>]*>")
_HEADING = pattern(r"<h[1-6][^>]*>\s*")
_MARK = "\x01"
"""Stands for the form feed until white space is taken off; no page has it (jiyue/catalogue/references.py)."""
_SOFT = pattern(f"\n(?<=[{HAN}]\n)(?=[{HAN}])")


class Found(NamedTuple):
    """A document without its text: plain data that a child of the build may hand back.

    url is below the site's, base the site's address; source and line say where the text begins; pushed: from another site;
    copy_of: the address of what it reposts, '' where it is no repost.
    """

    id: str
    url: str
    base: str
    title: str
    column: str
    column_name: str
    kind: str
    date: str
    doc_number: str
    site: str
    site_name: str
    validity: str
    keywords: list[str]
    pinned: bool
    issuer: str
    created: str
    source: str
    line: int
    content: str
    pushed: bool
    copy_of: str
    digest: str = ""

    def document(self, text: Callable[[str, int, str], str], whole: bool) -> SearchDoc:
        """As the index takes it; whole: for the cluster's, with absolute address. text reads a body when it is wanted.

        Both indexes know it by one digest, so that what a site's found out of it serves the cluster's.
        """
        return SearchDoc(
            self.id,
            f"{self.base}/{self.url}" if whole else self.url,
            self.title,
            "",
            self.column,
            self.column_name,
            self.kind,
            self.date,
            self.doc_number,
            self.site,
            self.site_name,
            self.validity,
            tuple(self.keywords),
            self.pinned,
            self.issuer,
            self.created,
            self.digest,
            partial(text, self.source, self.line, self.content),
        )


def found(view: SiteView) -> list[Found]:
    """The articles that readers of this site may find now, those pushed to it among them, in order of id."""
    columns = view.column_by_path
    rows = [
        _found(view, entry, columns[entry.column].name if entry.column in columns else "") for entry in view.all_entries
    ]
    return sorted(rows, key=lambda row: row.id)


def _found(view: SiteView, entry: Entry, column_name: str) -> Found:
    row = entry.article
    extra = row.extra
    plain = Found(
        f"{row.site}/{row.id}", href(entry.path), view.site.url, row.title, entry.column, column_name, row.kind, row.date[:10],
        extra.get("doc_number", ""), view.site.id, view.site.name, view.documents.validity(row.source_path),
        list(extra.get("keywords", ())), "pinned" in extra, extra.get("issuer", ""), extra.get("created", "")[:10],
        row.source_path, row.body_line, row.digest, entry.pushed is not None,
        str(extra["repost_of"]["url"]) if "repost_of" in extra else "",
    )  # fmt: skip
    return plain._replace(digest=digest_of((TEXT, *plain)))


class IndexOptions(NamedTuple):
    """What a site asks of its search: results of its choice, words that mean the same."""

    promoted: tuple[Promotion, ...]
    synonyms: tuple[tuple[str, ...], ...]


def index_options(site: Site, cluster: Cluster, folder: str) -> IndexOptions:
    """Those for the index in this folder of the site's output."""
    base = f"{site.url}/" if folder == CLUSTER else ""
    promoted = [
        Promotion(one.queries, one.title, one.url if "://" in one.url else base + href(one.url))
        for one in site.promoted
    ]
    return IndexOptions(tuple(promoted), cluster.synonyms)


def digest(rows: Sequence[Found], options: IndexOptions | None = None) -> str:
    """Changes when any of them does."""
    return digest_of((options, [row.digest for row in rows]))


Texts = dict[bytes, bytes]
"""Plain texts of bodies, compressed, as the cache keeps them."""


def keep_text(texts: Texts, content: str, html: str) -> None:
    """Put the plain text of an article's HTML among the others; content: the digest of its source."""
    texts[_text_key(content)] = zlib.compress(plain_text(readable(html)).encode("utf-8", "surrogatepass"), 1)


def remember(texts: Texts, cache: TokenCache) -> None:
    """Give the texts to the cache, where it has not got them."""
    for key, text in texts.items():
        if cache.get(key) is None:
            cache.put(key, text)


def _text_key(content: str) -> bytes:
    return hashlib.blake2b(f"text {TEXT} {content}".encode(), digest_size=20).digest()


def plain_text(html: str) -> str:
    """The text of a page's HTML, a block a line; lines that only the source breaks run on, as in a browser.

    A heading's line begins with a form feed: a result leads to the heading under which the query stands (places.mjs).
    """
    marked = _HEADING.sub(f"\n{_MARK}", html) if "<h" in html else html
    lines = unescape(_TAG.sub("", _END.sub("\n", _SOFT.sub("", marked)))).split("\n")
    text = "\n".join([line for line in map(str.strip, lines) if line])
    return text.replace(_MARK, "\f") if marked is not html else text


def text_of(root: Path, cache: TokenCache) -> Callable[[str, int, str], str]:
    """Reads the plain text of a body: from the cache, else from its source. The last is remembered, for it is asked for twice."""

    @lru_cache(maxsize=1)
    def read(source: str, line: int, content: str) -> str:
        key = _text_key(content)
        kept: Texts = {}
        packed = cache.get(key)
        if packed is None:
            keep_text(kept, content, convert(read_body(root, source, line, content))[0])
            packed = kept[key]
            cache.put(key, packed)
        return zlib.decompress(packed).decode("utf-8", "surrogatepass")

    return read


class IndexFolder:
    """A folder of a site's output as the search room's Output.

    known: whether what lies there is what the last run left; else all is written anew, and compared.
    """

    def __init__(self, output: Output, folder: str, known: bool) -> None:
        self.output, self.folder, self.known = output, folder, known
        self.written: set[str] = set()
        self.kept: list[str] = []
        self.dropped: set[str] = set()

    def write(self, path: str, data: bytes) -> None:
        """Put the file there, unless it has these bytes already."""
        self.written.add(path)
        self.output.write(f"{self.folder}/{path}", data)

    def read(self, path: str) -> bytes | None:
        """What the last run left."""
        return self.output.read(f"{self.folder}/{path}") if self.known else None

    def keep(self, folder: str) -> bool:
        """Leave what lies below the folder."""
        if self.known:
            self.kept.append(folder)
        return self.known

    def drop(self, path: str) -> None:
        """Take a file out of what is kept."""
        self.dropped.add(path)

    def close(self) -> None:
        """Remove what this run neither wrote nor kept."""
        stale = self.dropped.union(_files(f"{self.output.folder}/{self.folder}", self.kept)) - self.written
        for path in sorted(stale):
            self.output.remove(f"{self.folder}/{path}")


def _files(top: str, kept: Collection[str] = ()) -> Iterator[str]:
    """Every file below a folder; kept names folders below it that are not looked into."""
    for folder, below, names in os.walk(top):
        inside = f"{folder[len(top) + 1 :]}/" if folder != top else ""
        below[:] = [name for name in below if f"{inside}{name}/" not in kept]
        yield from (inside + name for name in names)


def warm_up(articles: int, synonyms: tuple[tuple[str, ...], ...]) -> None:
    """Load once what every child needs that makes an index; articles: of all sites together."""
    import lunr.builder  # noqa: F401, PLC0415  (lunr: 6 ms, only where an index changes)

    import jiyue.search.build  # noqa: PLC0415  (20 ms, only where an index changes)

    shipped(synonyms)
    if articles > FEW:
        import jiyue.search.packing  # noqa: F401, PLC0415  (only where an index changes)


def make(
    rows: Sequence[Found],
    root: Path,
    output: Output,
    folder: str,
    known: bool,
    cache: TokenCache,
    options: IndexOptions,
    sweep: bool = True,
) -> IndexReport:
    """Bring the index of these rows in this folder of the output up to date. sweep False leaves other files alone."""
    from jiyue.search.build import build_index  # noqa: PLC0415  (only where there is something to do)

    text = text_of(root, cache)
    place = IndexFolder(output, folder, known)
    documents = (row.document(text, folder == CLUSTER) for row in rows)
    words = shipped(options.synonyms)
    report = build_index(documents, place, cache=cache, promotions=options.promoted, synonyms=words)
    if sweep:
        place.close()
    return report


def remove(output: Output, folder: str) -> None:
    """Take an index out of the output, where there is one."""
    below = Path(output.folder, folder)
    for path in sorted(_files(str(below))):
        output.remove(f"{folder}/{path}")
    for empty in (below, below.parent):
        if empty.is_dir() and not any(empty.iterdir()):
            empty.rmdir()
