"""Remove withdrawn pages, and every mention of them, from files of an earlier build, without a new build.

Lists, feeds, sitemaps, data files and the search of an older release name pages that were withdrawn since. Each kind of
file is cleaned by its format; a file that can't be cleaned is served in another version, or not at all. Rollbacks and
releases without withdrawn pages both use this.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Collection, Iterable, Mapping
from html.parser import HTMLParser
from typing import Any, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from jiyue.base.picture_files import variant_of
from jiyue.publish.release.carry import local_links
from jiyue.publish.release.manifest import FileEntry, sha256_hex
from jiyue.publish.release.records import quoted_url, url_of
from jiyue.publish.release.store import Store
from jiyue.publish.release.tombstones import Tombstone
from jiyue.registry.site import SCREENS
from jiyue.search import fragments

_ITEMS = ("li", "tr", "dd")
_LINKS = ("href", "src", "content", "action")
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_XML_ITEM = re.compile(rb"\s*<(url|item|entry|sitemap)\b[^>]*>.*?</\1>", re.DOTALL)
_LEAST_TITLE = 6
"""Characters: a shorter title is too common to be searched for in data files."""


class Marks:
    """What identifies withdrawn pages in a file: their URLs in every spelling, their ids, and in data their titles."""

    def __init__(self, site: str, base: str, stones: Iterable[Tombstone]) -> None:
        self.base = base.rstrip("/")
        self.local: set[str] = set()
        self.absolute: set[str] = set()
        words: set[str] = set()
        telling: set[str] = set()
        for stone in stones:
            self.absolute.add(unquote(stone.host.rstrip("/") + stone.url))
            if stone.site == site:
                self.local |= {stone.url, f"/{SCREENS}{stone.url.lstrip('/')}"}
                words |= {_word(stone.url), _word(quoted_url(stone.url))}
            else:
                words |= {stone.host.rstrip("/") + stone.url, stone.host.rstrip("/") + quoted_url(stone.url)}
            if len(stone.id) >= _LEAST_TITLE:
                telling.add(stone.id)
            if len(stone.title) >= _LEAST_TITLE:
                telling |= {stone.title, json.dumps(stone.title)[1:-1]}
        self.words = sorted(w.encode() for w in words if len(w) > 1)
        self.telling = sorted(w.encode() for w in telling)

    def in_data(self, data: bytes) -> bool:
        """Whether a data file names a withdrawn page."""
        return any(w in data for w in self.words) or any(w in data for w in self.telling)

    def hit(self, href: str, page: str) -> bool:
        """Whether a link on a page (its local url) leads to a withdrawn page."""
        absolute = urljoin(self.base + page, href)
        target = unquote(urlsplit(absolute)._replace(query="", fragment="").geturl())
        return target in self.absolute or (target.startswith(self.base) and target[len(self.base) :] in self.local)


_SEARCH = "search/"
_SHARED = ("theme/", _SEARCH)
"""Folders whose files belong to no page."""
_NAMING = (".html", ".shtml", ".jsonl", ".json", ".xml", ".atom", ".rss", ".txt")
"""Files that name pages; those of a search without an ending do, too."""
_BUNDLES = (f"/{SCREENS}bundle.zip", f"/{SCREENS}bundle.htz")
"""Offline bundles hold texts as they are, so a mention can be seen, but not cut out."""


class Scrubbed(NamedTuple):
    """A set of files without what was withdrawn; the paths removed, and those cleaned or replaced."""

    files: dict[str, FileEntry]
    dropped: list[str]
    cleaned: list[str]


def scrub_files(
    store: Store,
    files: Mapping[str, FileEntry],
    gone: Collection[str],
    marks: Marks,
    instead: Mapping[str, FileEntry],
    fit: Collection[str] = (),
) -> Scrubbed:
    """Files without the pages and attachments in `gone`, without what only those used, and without any mention of them.

    instead: another version of the same site, from which a file is taken that can't be cleaned; without one it goes.
    fit: SHA-256 of files that are known to name nothing.
    """
    leaving = {path for path in files if path in gone or variant_of(path) in gone or path.removeprefix(SCREENS) in gone}
    leaving |= _only_for(store, files, leaving, marks.base)
    remaining: dict[str, FileEntry] = {}
    cleaned: list[str] = []
    for path, entry in files.items():
        if path in leaving:
            continue
        if entry.sha256 in fit or not names_pages(path):
            remaining[path] = entry
            continue
        version = _clean(store, path, entry, marks)
        if version != entry:
            cleaned.append(path)
            # a search index is one unit: document numbers of another build mean other documents
            replacement = None if path.startswith(_SEARCH) else instead.get(path)
            version = version or (_clean(store, path, replacement, marks) if replacement else None)
        if version:
            remaining[path] = version
    _rename_segments(store, files, remaining)
    return Scrubbed(remaining, sorted(leaving), sorted(cleaned))


def _rename_segments(store: Store, before: Mapping[str, FileEntry], after: dict[str, FileEntry]) -> None:
    """Change the versions of what a search index lost in its manifest: a reader keeps what has the same version for ever."""
    lost = {path for path, entry in before.items() if path.startswith(_SEARCH) and after.get(path) != entry}
    for folder in sorted({"/".join(path.split("/")[:2]) for path in lost if path.count("/") > 1}):
        manifest = after.get(f"{folder}/m.json")
        if not manifest:
            continue
        value = json.loads(store.blob(manifest.sha256).read_bytes())
        for key, name in (("suggestions", "suggest"), ("facets", "facets")):
            if f"{folder}/{name}.json" in lost:
                value[key] = ""
        for segment in value["segments"]:
            inside = f"{folder}/{segment['name']}/"
            if any(path.startswith(inside) for path in lost):
                left = repr([(path, entry.sha256) for path, entry in sorted(after.items()) if path.startswith(inside)])
                segment["version"] = sha256_hex(left.encode())[:12]
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        after[f"{folder}/m.json"] = store.put_bytes(text.encode())


def names_pages(path: str) -> bool:
    """Whether a file of a site is of a kind that names pages."""
    return f"/{path}".endswith((*_NAMING, *_BUNDLES)) or (
        path.startswith(_SEARCH) and "." not in path.rpartition("/")[2]
    )


def _clean(store: Store, path: str, entry: FileEntry, marks: Marks) -> FileEntry | None:
    data = store.blob(entry.sha256).read_bytes()
    if sha256_hex(data) != entry.sha256:
        return None  # altered on the disk: its content is unknown
    clean = scrub_file(path, data, marks)
    if clean is None:
        return None
    return entry if clean is data else store.put_bytes(clean)


def _only_for(store: Store, files: Mapping[str, FileEntry], pages: Collection[str], base: str) -> set[str]:
    """Attachments and pictures that these pages use and no page that stays."""

    def used(path: str, data: bytes) -> set[str]:
        return {link for link in local_links(path, data, base) if not link.endswith(".html") and link in files}

    candidates: set[str] = set()
    for path in pages:
        if path.endswith(".html"):
            candidates |= used(path, store.blob(files[path].sha256).read_bytes())
    candidates = {path for path in candidates if not path.startswith(_SHARED)} - set(pages)
    for path, entry in files.items():
        if not candidates:
            break
        if path.endswith(".html") and path not in pages:
            data = store.blob(entry.sha256).read_bytes()
            names = (
                name for one in candidates for name in (one.rpartition("/")[2], quoted_url(one).rpartition("/")[2])
            )
            if any(name.encode() in data for name in names):
                candidates -= used(path, data)
    return candidates | {path for path in files if variant_of(path) in candidates}


def scrub_file(path: str, data: bytes, marks: Marks) -> bytes | None:
    """The file without any mention; the same object when it has none; None when it can't be cleaned for certain."""
    suffix = "." + path.rpartition(".")[2]
    if suffix in (".html", ".shtml"):
        return _html(path, data, marks)
    if path.startswith(_SEARCH) and not path.endswith("m.json"):
        # the text of a result, or suggestions: the search works without them
        return None if marks.in_data(_shown(data)) else data
    if not marks.in_data(data):
        return data
    if suffix == ".jsonl":
        cleaned = b"".join(line for line in data.splitlines(keepends=True) if not marks.in_data(line))
    elif suffix in (".xml", ".atom", ".rss"):
        cleaned = _XML_ITEM.sub(lambda m: b"" if marks.in_data(m[0]) else m[0], data)
    elif suffix == ".txt":
        cleaned = b"".join(line for line in data.splitlines(keepends=True) if not marks.in_data(line))
    elif suffix == ".json":
        cleaned = _json(data, marks)
    else:
        return None
    return None if marks.in_data(cleaned) else cleaned


def _shown(data: bytes) -> bytes:
    try:
        return fragments.plain(data).encode()
    except (ValueError, zlib.error):
        return data


def _json(data: bytes, marks: Marks) -> bytes:
    try:
        value = json.loads(data)
    except ValueError:
        return data
    return json.dumps(_without(value, marks), ensure_ascii=False, separators=(",", ":")).encode()


def _without(value: Any, marks: Marks) -> Any:
    """Lists lose the innermost elements that name a withdrawn page."""
    if isinstance(value, dict):
        return {k: _without(v, marks) for k, v in value.items()}
    if isinstance(value, list):
        inner = (_without(v, marks) for v in value)
        return [v for v in inner if not marks.in_data(json.dumps(v, ensure_ascii=False).encode())]
    return value


def _html(path: str, data: bytes, marks: Marks) -> bytes | None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None if marks.in_data(data) else data
    plain = unquote(text)
    if not any(unquote(word.decode()).rpartition("/")[2] in plain for word in marks.words):
        return data
    finder = _Finder(text, url_of(path), marks)
    if not finder.hits:
        return data
    if not finder.whole():
        return None
    pieces, at = [], 0
    for start, end in sorted(finder.ranges):
        pieces.append(text[at : max(at, start)])
        at = max(at, end)
    cleaned = "".join([*pieces, text[at:]])
    return None if _Finder(cleaned, url_of(path), marks).hits else cleaned.encode()


class _Finder(HTMLParser):
    """Where a page names withdrawn pages (hits), and the ranges to cut so that it does not.

    A range is the list item or table row around a link, else the link itself; void elements go alone.
    """

    def __init__(self, text: str, page: str, marks: Marks) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.page, self.marks = text, page, marks
        self.lines = [0]
        for line in text.split("\n"):
            self.lines.append(self.lines[-1] + len(line) + 1)
        self.stack: list[tuple[str, int, bool]] = []
        self.ranges: list[tuple[int, int]] = []
        self.hits: list[int] = []
        self.feed(text)
        self.close()

    def whole(self) -> bool:
        """Whether cutting the ranges takes every hit away."""
        return all(any(start <= hit < end for start, end in self.ranges) for hit in self.hits)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = self._at()
        hit = any(value and name in _LINKS and self._leads(value) for name, value in attrs)
        if hit:
            self.hits.append(at)
        if tag not in _VOID:
            self.stack.append((tag, at, hit and tag == "a"))
        elif hit and tag == "meta" and any(name in _ITEMS for name, _, _ in self.stack):
            name, start, _ = self.stack[-1]  # it says of what the item around it is (a slide of a screen)
            self.stack[-1] = (name, start, True)
        elif hit:
            self.ranges.append((at, self._after(at)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        depth = next((i for i in range(len(self.stack) - 1, -1, -1) if self.stack[i][0] == tag), -1)
        if depth < 0:
            return
        if any(hit for _, _, hit in self.stack[depth:]):
            if tag in _ITEMS or not any(name in _ITEMS for name, _, _ in self.stack[:depth]):
                self.ranges.append((self.stack[depth][1], self._after(self._at())))
            else:
                name, at, _ = self.stack[depth - 1]
                self.stack[depth - 1] = (name, at, True)
        del self.stack[depth:]

    def handle_data(self, data: str) -> None:
        if self.stack and self.stack[-1][0] == "script" and self.marks.in_data(data.encode()):
            self.hits.append(self._at())
            end = self.text.find("</script>", self._at())
            if end >= 0:  # data for machines goes as a whole
                self.ranges.append((self.stack[-1][1], end + len("</script>")))

    def _at(self) -> int:
        line, column = self.getpos()
        return self.lines[line - 1] + column

    def _after(self, at: int) -> int:
        return self.text.find(">", at) + 1 or len(self.text)

    def _leads(self, value: str) -> bool:
        try:
            return self.marks.hit(value, self.page)
        except ValueError:  # not a URL
            return False


def _word(url: str) -> str:
    return url.lstrip("/")
