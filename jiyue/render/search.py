"""A site's search index: its public articles as documents, and the index folder as a part of the output."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache, partial
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jiyue.base.patterns import pattern
from jiyue.catalogue.kinds import field_text
from jiyue.checks.text.model import HAN
from jiyue.registry.site import Cluster, Site
from jiyue.render.body import read_body
from jiyue.render.data_blocks import readable
from jiyue.render.markdown import convert
from jiyue.render.output import Output
from jiyue.render.pages.job import href
from jiyue.render.pages.view import Entry, SiteView
from jiyue.search.model import Promotion, SearchDoc, TokenCache, digest_of

if TYPE_CHECKING:
    from jiyue.search.totals import IndexReport, Totals

INDEX = "search/index"
"""The folder of a site's index in its output."""
CLUSTER = "search/all"
"""The folder of the index of all sites, in the root site's output; the cluster's build writes it, not the site's."""
TEXT = "4"
"""Version of `plain_text`: raise it with every change to its result, so that indexes are made again."""

_BLOCK = pattern(
    r"</?(?:p|li|h\d|tr|t[dh]|[uod]l|pre|table|blockquote|figcaption|d[dt]|caption|summary|details|div|section|hr)\b[^>]*>|<br ?/?>"
)
_PRE = pattern(r"<pre\b.*?</pre>", re.DOTALL)
_TAG = pattern(r"<[^>]*>")
_HEADING = pattern(r"<h[1-6][^>]*>\s*")
_MARK = "\x01"
"""Stands for the form feed until white space is stripped; no page has it (jiyue/catalogue/references.py)."""
_SOFT = "\x02"
"""Stands for a line end inside a block until the tags are gone; like _MARK, no page has it."""
_WIDE = f"{HAN}\u2018-\u201d\u2026\u3001-\u303f\uff01-\uff60"
"""Characters between which a line end is no space: Han, and the punctuation of Chinese."""
_JOINED = pattern(f"{_SOFT}(?<=[{_WIDE}]{_SOFT})(?=[{_WIDE}])")
_FOOTNOTE = pattern(r'<sup id="fnref.*?</sup>|<a class="footnote-backref".*?</a>')


class SearchRow(NamedTuple):
    """A document without its text: plain data that a child process can return.

    base: the site's address, with url below it. source, line: the file and line where the text begins; content: the file's
    digest. pushed: from another site. copy_of: the address of what it reposts, '' if it is no repost. fields: field_text().
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
    lang: str
    source: str
    line: int
    content: str
    pushed: bool
    copy_of: str
    fields: str
    digest: str = ""

    def document(self, text: Callable[[str, int, str], str], whole: bool) -> SearchDoc:
        """The document as the index expects it. whole: for the cluster's index, with an absolute address.

        text: reads a body on demand. The digest is the same in both indexes, so they share cached tokens.
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
            self.lang,
            self.digest,
            partial(_with_fields, text, self.fields, self.source, self.line, self.content),
        )


def _with_fields(text: Callable[[str, int, str], str], fields: str, source: str, line: int, content: str) -> str:
    """A body's text, after that of its fields."""
    body = text(source, line, content)
    return f"{fields}\n{body}" if fields else body


def search_rows(view: SiteView) -> list[SearchRow]:
    """The articles that the site's search covers, including those pushed to it, in order of id."""
    columns = view.column_by_path
    rows = [
        _search_row(view, entry, columns[entry.column].name if entry.column in columns else "")
        for entry in view.all_entries
    ]
    return sorted(rows, key=lambda row: row.id)


def _search_row(view: SiteView, entry: Entry, column_name: str) -> SearchRow:
    row = entry.article
    extra = row.extra
    plain = SearchRow(
        f"{row.site}/{row.id}", href(entry.path), view.site.url, row.title, entry.column, column_name, row.kind, row.date[:10],
        extra.get("doc_number", ""), view.site.id, view.site.name, view.documents.validity(row.source_path),
        list(extra.get("keywords", ())), "pinned" in extra, extra.get("issuer", ""), extra.get("created", "")[:10],
        "" if (lang := extra.get("lang", "")) == view.site.lang else lang,
        row.source_path, row.body_line, row.digest, entry.pushed is not None,
        str(extra["repost_of"]["url"]) if "repost_of" in extra else "", field_text(extra),
    )  # fmt: skip
    return plain._replace(digest=digest_of((TEXT, *plain)))


class IndexOptions(NamedTuple):
    """A site's settings for its search: promoted results and synonyms."""

    promoted: tuple[Promotion, ...]
    synonyms: tuple[tuple[str, ...], ...]


def index_options(site: Site, cluster: Cluster, folder: str) -> IndexOptions:
    """The settings for the index in this folder of the site's output."""
    base = f"{site.url}/" if folder == CLUSTER else ""
    promoted = [
        Promotion(one.queries, one.title, one.url if "://" in one.url else base + href(one.url))
        for one in site.promoted
    ]
    return IndexOptions(tuple(promoted), cluster.synonyms)


def digest(rows: Sequence[SearchRow], options: IndexOptions | None = None) -> str:
    """The digest of the rows and options of an index."""
    return digest_of((options, [row.digest for row in rows]))


Texts = dict[bytes, bytes]
"""Cache key -> plain text of a body in UTF-16: half as large again as by zlib, which took 70 µs an article to pack and unpack twice."""


def keep_text(texts: Texts, content: str, html: str) -> None:
    """Add the plain text of an article's HTML to texts. content: the digest of its source."""
    texts[_text_key(content)] = plain_text(readable(html)).encode("utf-16-le", "surrogatepass")


def remember(texts: Texts, cache: TokenCache) -> None:
    """Put the texts into the cache, except those that it has."""
    for key, text in texts.items():
        if cache.get(key) is None:
            cache.put(key, text)


def _text_key(content: str) -> bytes:
    return hashlib.blake2b(f"text {TEXT} utf-16 {content}".encode(), digest_size=20).digest()


def plain_text(html: str) -> str:
    """The text of a page's HTML, one line per block. A line end inside a block is a space, and nothing between Chinese characters.

    A heading's line begins with a form feed: a result links to the heading above the match (places.mjs).
    """
    if "<pre" in html:
        html = _PRE.sub(lambda match: match[0].replace("\n", "<br>"), html)
    if "footnote" in html:
        html = _FOOTNOTE.sub("", html)
    html = html.replace("\n", _SOFT)
    marked = _HEADING.sub(f"\n{_MARK}", html) if "<h" in html else html
    text = unescape(_TAG.sub("", _BLOCK.sub("\n", marked)))
    text = _JOINED.sub("", text).replace(_SOFT, " ")
    text = "\n".join([line for line in map(str.strip, text.split("\n")) if line])
    return text.replace(_MARK, "\f") if marked is not html else text


def text_of(root: Path, cache: TokenCache) -> Callable[[str, int, str], str]:
    """A function that reads a body's plain text from the cache, else from its source. The index asks for each text twice."""

    @lru_cache(maxsize=1)
    def read(source: str, line: int, content: str) -> str:
        key = _text_key(content)
        texts: Texts = {}
        packed = cache.get(key)
        if packed is None:
            keep_text(texts, content, convert(read_body(root, source, line, content))[0])
            packed = texts[key]
            cache.put(key, packed)
        return packed.decode("utf-16-le", "surrogatepass")

    return read


class IndexFolder:
    """A folder of a site's output in the form that jiyue.search writes to.

    known: whether the folder is as the last run left it; otherwise every file is written and compared.
    """

    def __init__(self, output: Output, folder: str, known: bool) -> None:
        self.output, self.folder, self.known = output, folder, known
        self.written: set[str] = set()
        self.kept: list[str] = []
        self.dropped: set[str] = set()

    def write(self, path: str, data: bytes) -> None:
        """Write the file, unless it holds these bytes."""
        self.written.add(path)
        self.output.write(f"{self.folder}/{path}", data)

    def read(self, path: str) -> bytes | None:
        """The file of the last run, None if the folder can't be trusted."""
        return self.output.read(f"{self.folder}/{path}") if self.known else None

    def keep(self, folder: str) -> bool:
        """Keep every file below the folder; False if it can't be trusted."""
        if self.known:
            self.kept.append(folder)
        return self.known

    def drop(self, path: str) -> None:
        """Exclude a file from those kept."""
        self.dropped.add(path)

    def close(self) -> None:
        """Remove the files that this run neither wrote nor kept."""
        stale = self.dropped.union(_files(f"{self.output.folder}/{self.folder}", self.kept)) - self.written
        for path in sorted(stale):
            self.output.remove(f"{self.folder}/{path}")


def _files(top: str, kept: Collection[str] = ()) -> Iterator[str]:
    """Every file below a folder, except in the folders named by kept."""
    for folder, below, names in os.walk(top):
        inside = f"{folder[len(top) + 1 :]}/" if folder != top else ""
        below[:] = [name for name in below if f"{inside}{name}/" not in kept]
        yield from (inside + name for name in names)


def warm_up(articles: int, synonyms: tuple[tuple[str, ...], ...]) -> None:
    """Import what making an index needs before this process forks. articles: number on all sites."""
    import lunr.builder  # noqa: F401, PLC0415  (lunr: 6 ms, only where an index changes)

    import jiyue.search.build  # noqa: PLC0415  (20 ms, only where an index changes)
    from jiyue.search.segments import FEW  # noqa: PLC0415  (10 ms, only where sites are searched)
    from jiyue.search.synonyms import shipped  # noqa: PLC0415  (only where sites are searched)

    shipped(synonyms)
    if articles > FEW:
        import jiyue.search.packing  # noqa: F401, PLC0415  (only where an index changes)


def make(
    rows: Sequence[SearchRow],
    root: Path,
    output: Output,
    folder: str,
    known: bool,
    cache: TokenCache,
    options: IndexOptions,
    sweep: bool = True,
) -> IndexReport:
    """Bring the index of these rows in this folder of the output up to date. sweep: remove the folder's other files."""
    from jiyue.search.build import build_index  # noqa: PLC0415  (only where there is something to do)
    from jiyue.search.synonyms import shipped  # noqa: PLC0415  (only where there is something to do)

    text = text_of(root, cache)
    place = IndexFolder(output, folder, known)
    documents = (row.document(text, folder == CLUSTER) for row in rows)
    words = shipped(options.synonyms)
    report = build_index(documents, place, cache=cache, promotions=options.promoted, synonyms=words)
    if sweep:
        place.close()
    return report


def update(
    totals: Totals,
    gone: Sequence[SearchRow],
    come: Sequence[SearchRow],
    root: Path,
    output: Output,
    folder: str,
    cache: TokenCache,
    options: IndexOptions,
) -> IndexReport | None:
    """Like make, from the rows that changed since the last run, which left the folder as it is; see update_index."""
    from jiyue.search.synonyms import shipped  # noqa: PLC0415  (only where there is something to do)
    from jiyue.search.update import update_index  # noqa: PLC0415  (only where there is something to do)

    text = text_of(root, cache)
    place = IndexFolder(output, folder, known=True)
    before, after = ([row.document(text, folder == CLUSTER) for row in rows] for rows in (gone, come))
    words = shipped(options.synonyms)
    report = update_index(totals, before, after, place, cache=cache, promotions=options.promoted, synonyms=words)
    if report:
        place.close()
    return report


def remove(output: Output, folder: str) -> None:
    """Remove an index, if there is one, from the output."""
    below = Path(output.folder, folder)
    for path in sorted(_files(str(below))):
        output.remove(f"{folder}/{path}")
    for empty in (below, below.parent):
        if empty.is_dir() and not any(empty.iterdir()):
            empty.rmdir()
