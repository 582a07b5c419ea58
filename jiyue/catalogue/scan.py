"""The scan: reads each source file of a site once and caches the result by content hash. Nothing else opens source files.

A file whose size and change time (ctime) are as before is not read; one with the same hash is not parsed. Like git, it
uses the change time, because a modification time can be set back, or moves along when a file replaces another. A site's
cache is one entry; it affects only the speed, never the result.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Container, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from jiyue.base.cache import Cache
from jiyue.base.diagnostics import Diagnostic, error, in_order, warning
from jiyue.base.patterns import pattern
from jiyue.base.picture_files import variant_of
from jiyue.base.verified_read import digest
from jiyue.catalogue.article import Article
from jiyue.catalogue.ledgers import Beside, Model
from jiyue.catalogue.read import MAX_BYTES, SIZE, Opened, Place, Reading, open_article, read, validated
from jiyue.catalogue.references import composed, own_files, respelled
from jiyue.catalogue.sources import LEDGERS, article_name, beside, forget, model_of, narrowed_to, overlay, sources
from jiyue.registry.site import Column, Site
from jiyue.registry.url_ledger import old_address
from jiyue.version import engine_digest

PLACE = error("file-place", "文件或目录的名字、位置不对", "文件名会成为网址；符号链接会把站点之外的文件带进来。")
TYPE = error("file-type", "不允许的附件类型", "网页和脚本文件会绕过页面的必备要素和检查。")
ADDRESS = error("article-address", "两个文件会得到同一个网址", "后写的会盖掉先写的，读者看到的就不对了。")
ALIAS = warning(
    "article-alias", "两篇文章写了同一个旧网址", "一个旧网址只能转到一篇文章；读者点开收藏的网址，要到原来那一篇。"
)
UNREADABLE = error("file-unreadable", "文件读不出来", "读不出来的稿件无法发布。")

_RENAME = "不需要自己做缩小版，删去即可；是另一张图片就改文件名，如 图2.webp"
"""Hint for a file that is named like a variant of a picture."""

ATTACHMENT_TYPES = frozenset(
    [
        "pdf",
        "doc",
        "docx",
        "wps",
        "xls",
        "xlsx",
        "et",
        "ppt",
        "pptx",
        "dps",
        "ofd",
        "csv",
        "txt",
        "json",
        "yaml",
        "yml",
        "zip",
        "rar",
        "7z",
        "jpg",
        "jpeg",
        "png",
        "gif",
        "webp",
        "avif",
        "mp4",
        "webm",
        "mp3",
        "ico",
        "vtt",
    ]
)
_MARKDOWN = frozenset({"md", "markdown", "mdown", "mkd", "mdx"})
_WEB = frozenset({"html", "htm", "xhtml", "shtml", "mht", "mhtml"})
RESERVED_FOLDERS = frozenset({"api", "theme", "search", "screen", "_cluster"})
"""Top-level folders of a site's output that the platform writes."""

RESERVED_PATHS = frozenset({"index.html", "404.html", "sitemap.html", "sites.html", "robots.txt", "cluster.json"})
"""Files in the root of a site's output that the platform writes and whose names content could also use."""
RESERVED_NAMES = frozenset({"feed.json"})
"""The same in every folder. Names of lists (`index_2.html`) are not here: no page can have one."""
INTERNAL_FILES = frozenset({"declined.yaml", "received.csv", "received.yaml", "tickets.csv", "tickets.yaml"})
"""Files in a site's folder that the platform reads and never publishes (docs/linkage.md, docs/supervision.md)."""
FILE_FOLDERS = frozenset({"images", "files"})
"""Top-level folders for pictures and attachments of the whole site: nothing in them is an article."""

_OURS = "平台自己的文件"


def poster_of(page: str) -> str:
    """The path of the poster of an article with that page (`poster: true`)."""
    return page.removesuffix(".html") + ".poster.png"


_FOLDER = pattern(r"[^\W_][\w-]*")  # no dot: a folder can then never have the name of a page
_FILE = pattern(r"[^\x00-\x1f\x7f-\x9f/\\:*?\"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]+")
_RACY_NS = 50_000_000
"""A file changed less than this before it was read may change again within the same tick of the file system's clock."""


class Attachment(NamedTuple):
    """A file that is published unchanged. path: its address relative to the site's, and its path in content/<site>/."""

    path: str
    size: int
    digest: str


@dataclass
class SiteScan:
    """The content of content/<site>: rows (published or not yet), attachments, findings. digest covers all of it.

    drafts: source paths of drafts.
    content_findings: an inspector's findings in the files' content. places: the path of every file below the site's folder.
    content covers the files' bytes alone, seconds is the inspector's time. respelled: composed (NFC) path -> path, of files
    whose names are not composed, as macOS writes them.
    edited: where nothing but texts of articles differs from the scan before, source path -> digest before of each; their rows
    and findings are the same but for that. before: digest of that scan, '' where more differs.
    """

    site: str
    digest: str = ""
    rows: list[Article] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    files: int = 0
    read: int = 0
    racy: bool = False
    drafts: list[str] = field(default_factory=list)
    content_findings: list[Diagnostic] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    content: str = ""
    seconds: float = 0.0
    respelled: dict[str, str] = field(default_factory=dict)
    before: str = ""
    edited: dict[str, str] = field(default_factory=dict)

    def without(self, withheld: Iterable[str]) -> SiteScan:
        """The scan without withheld files (source paths) and without the attachments that only they use."""
        withheld = frozenset(withheld)
        if not withheld:
            return self
        rows = [row for row in self.rows if row.source_path not in withheld]
        hidden = only_of((row for row in self.rows if row.source_path in withheld), rows)
        attachments = [
            a for a in self.attachments if a.path not in hidden and f"content/{self.site}/{a.path}" not in withheld
        ]
        return replace(self, rows=rows, attachments=attachments)


def only_of(hidden: Iterable[Article], shown: Iterable[Article]) -> set[str]:
    """Paths of files that only hidden articles refer to; these files are not published either."""
    theirs = {path for row in hidden for path in own_files(row.folder, row.extra)}
    return theirs.difference(path for row in shown for path in own_files(row.folder, row.extra)) if theirs else theirs


class _File(NamedTuple):
    """The cached result for a file: path, stamp, hash, what was read from it, and an inspector's findings with its version.

    head: digest of an article's front matter; of a ledger, the files that its rows name (_named). A row of a ledger is an entry of its own.
    """

    path: str
    size: int
    changed: int
    digest: str
    row: list[Any] | None
    findings: list[dict[str, Any]]
    inspected: str = ""
    content_findings: list[dict[str, Any]] = []  # noqa: RUF012  (never changed)
    head: str = ""


class Inspector(Protocol):
    """The rules on content (jiyue.checks.runner). Their findings for the same bytes are valid while version is the same."""

    seconds: float

    @property
    def version(self) -> str: ...

    def article(self, source_path: str, data: bytes) -> list[Diagnostic]: ...

    def articles(self, sources: Iterable[tuple[str, bytes]]) -> list[list[Diagnostic]]: ...

    def attachment(self, source_path: str) -> list[Diagnostic]: ...


def _with_findings(file: _File, inspector: Inspector, found: Iterable[Diagnostic]) -> _File:
    return file._replace(inspected=inspector.version, content_findings=[one.as_json() for one in found])


def column_of(folder: str, columns: Iterable[Column]) -> str:
    """The column that contains a folder: the longest declared path that is a prefix of it, else its top folder."""
    best = ""
    for column in columns:
        if (folder == column.path or folder.startswith(column.path + "/")) and len(column.path) > len(best):
            best = column.path
    return best or folder.partition("/")[0]


def scan_site(root: Path, site: Site, cache: Cache, inspector: Inspector | None = None) -> SiteScan:
    """Scan content/<site.id>; inspector: checks each new file."""
    name = f"scan/{site.id}.json"
    settings = _settings(site)
    old = cache.get(name)
    known = {f[0]: _File(*f) for f in old["files"]} if old and old["settings"] == settings else {}
    scan = _Scan(root, site, known, inspector)
    result = scan.run()
    if scan.changed or len(known) != len(scan.files) or not old or old["settings"] != settings:
        cache.put(name, {"settings": settings, "files": scan.files})
    _LATEST[:] = [(root.resolve(), settings, result)]
    return result


_LATEST: list[tuple[Path, str, SiteScan]] = []
"""(root, settings, result) of this process's last scan: after an edit of one site, the one that is needed next."""


def recall_scan(root: Path, site: Site, cache: Cache, content: str) -> SiteScan | None:
    """The cached scan with that SiteScan.content, without touching the files; None if it is not cached."""
    settings = _settings(site)
    for place, known_by, latest in _LATEST:
        if (place, known_by, latest.site, latest.content) == (root.resolve(), settings, site.id, content):
            return latest
    old = cache.get(f"scan/{site.id}.json")
    if not old or old["settings"] != settings:
        return None
    scan = _Scan(root, site, {}, None)
    scan.files = [_File(*file) for file in old["files"]]
    result = scan.collect()
    return result if result.content == content else None


def _settings(site: Site) -> str:
    """The settings that affect how a site's files are read, as a cache key."""
    return (
        engine_digest() + repr([column.path for column in site.columns]) + (site.closing.ends if site.closing else "")
    )


BATCH, LARGE = 64, 1 << 20
"""New articles that go through each step together, since code and data of one step then stay in the processor's caches (a tenth of a
cold build), unless one has more bytes."""


class _New(NamedTuple):
    """A file to read. known: what was known of it; inspected: whether by an inspector of this version."""

    relative: str
    source_path: str
    folder: str
    path: str
    name: str
    stat: os.stat_result
    known: _File | None
    inspected: bool
    article: bool


class _Scan:
    def __init__(self, root: Path, site: Site, known: dict[str, _File], inspector: Inspector | None) -> None:
        self.root, self.site, self.known, self.inspector = root, site, known, inspector
        self.files: list[_File] = []
        self.new: list[_New] = []
        self.findings: list[Diagnostic] = []
        self.columns: dict[str, str] = {}
        self.changed = False
        self.edited: dict[str, str] | None = {}
        """Path -> digest before of the articles of which only the text changed; None where something else did."""
        self.result = SiteScan(site.id)

    def run(self) -> SiteScan:
        base = self.root / "content" / self.site.id
        ledgers = []
        there = _walk(base, self.refuse, self.known)
        for folder, path, name, stat in _laid_over(there, self.root, self.site.id) if overlay() else there:
            self.take(folder, path, name, stat)
            if (model := LEDGERS.get(name)) and folder.partition("/")[0] not in FILE_FOLDERS:
                ledgers.append((folder, name, model))
        self.bring_articles()
        for ledger in ledgers:
            self.rows_of(*ledger)
        self.files.sort()
        return self.collect()

    def collect(self) -> SiteScan:
        """Combine the results of all files, in order."""
        result = self.result
        result.files = len(self.files)
        replies = self.replies()
        for file in self.files:
            if file.path in replies:
                continue
            if file.row is not None:
                result.rows.append(Article(*file.row))
            self.findings += [Diagnostic.from_json(d) for d in file.findings]
            result.content_findings += [Diagnostic.from_json(d) for d in file.content_findings]
        self.addresses(replies)
        result.places = [file.path for file in self.files if ":" not in file.path]
        result.respelled = {c: path for path in result.places if (c := composed(path)) != path}
        if result.respelled:
            result.rows = [respelled(row, result.respelled) for row in result.rows]
        if self.site.closing:
            # all that a site has ends with it, by the mechanism that ends a single article
            end = f"{self.site.closing.ends} 00:00"
            result.rows = [row._replace(expires=min(row.expires or end, end)) for row in result.rows]
        result.seconds = self.inspector.seconds if self.inspector else 0.0
        result.diagnostics = in_order(self.findings)
        said = [str(d) for d in result.diagnostics]

        def digest_of(digests: dict[str, str], said: list[str]) -> str:
            parts = [f"{f.path}\0{digests.get(f.path, f.digest)}" for f in self.files]
            return digest("\n".join([*parts, *said]).encode("utf-8", "surrogatepass"))

        result.content, result.digest = digest_of({}, []), digest_of({}, said)
        if self.edited and len(self.files) == len(self.known):
            result.before = digest_of(self.edited, said)
            result.edited = {f"content/{self.site.id}/{path}": old for path, old in self.edited.items()}
        return result

    def refuse(self, path: str, message: str, hint: str) -> None:
        shown = path.encode("utf-8", "replace").decode()
        shown = re.sub(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", "�", shown)
        self.findings.append(PLACE.at(f"content/{self.site.id}/{shown}", 0, message, hint, site=self.site.id))

    def take(self, folder: str, path: str, name: str, stat: os.stat_result) -> None:
        relative = f"{folder}/{name}" if folder else name
        known = self.known.get(relative)
        inspected = known is not None and (self.inspector is None or known.inspected == self.inspector.version)
        if known and inspected and known.size == stat.st_size and known.changed == stat.st_ctime_ns:
            self.files.append(known)
            return
        self.changed = True
        self.result.read += 1
        article = name.endswith((".md", ".markdown")) and folder.partition("/")[0] not in FILE_FOLDERS
        new = _New(relative, f"content/{self.site.id}/{relative}", folder, path, name, stat, known, inspected, article)
        if not article:
            self.bring([new])
            return
        self.new.append(new)
        if len(self.new) == BATCH or stat.st_size > LARGE:
            self.bring_articles()

    def bring_articles(self) -> None:
        """Bring those that wait."""
        self.bring(self.new)
        self.new = []

    def bring(self, new: list[_New]) -> None:
        """Read, parse and inspect new files, each step for all of them."""
        there = [(one, *got) for one in new if (got := self.read_new(one)) is not None]
        opened = [(one, data, *self.opened(one, data, at)) for one, data, at in there]
        parsed = [(one, data, self.parsed(one, file, half)) for one, data, file, half in opened]
        files = self.inspected(self.inspector, parsed) if self.inspector else [file for _, _, file in parsed]
        self.files += files
        for file in files:
            self.note(file)

    def note(self, file: _File) -> None:
        """Note whether of a file that was read again only the text changed."""
        known = self.known.get(file.path)
        if self.edited is None or (known and known[3:] == file[3:]):
            return
        if known and known.row and file.row and _but_for_text(known) == _but_for_text(file):
            self.edited[file.path] = known.digest
        else:
            self.edited = None

    def inspected(self, inspector: Inspector, parsed: list[tuple[_New, bytes, _File]]) -> list[_File]:
        """The files with an inspector's findings.

        Drafts and files of refused types, which are published nowhere, are skipped without reading them.
        """
        files = [file for _, _, file in parsed]
        new = [
            n
            for n, (one, _, file) in enumerate(parsed)
            if not (one.inspected and one.known is not None and one.known.digest == file.digest)
        ]
        articles = [n for n in new if parsed[n][0].article and (files[n].row is not None or files[n].findings)]
        judged = inspector.articles([(parsed[n][0].source_path, parsed[n][1]) for n in articles])
        found: dict[int, list[Diagnostic]] = dict(zip(articles, judged, strict=True))
        for n in new:
            one, file = parsed[n][0], files[n]
            if not one.article and not file.findings and not model_of(file.path):
                found[n] = inspector.attachment(one.source_path)
            files[n] = _with_findings(file, inspector, found.get(n, []))
        return files

    def read_new(self, one: _New) -> tuple[bytes, int] | None:
        """A new file's bytes and when they were read (ns); None if it can't be read, which is reported unless it was deleted."""
        if one.article and one.stat.st_size > MAX_BYTES:
            message = f"文件有 {one.stat.st_size / 1e6:.1f} MB，超过 {MAX_BYTES / 1e6:.0f} MB"
            self.findings.append(
                SIZE.at(one.source_path, 0, message, "把附件和图片放在旁边单独的文件里", site=self.site.id)
            )
            return None
        try:
            with open(one.path, "rb", buffering=0) as handle:  # noqa: PTH123  (the fastest way, once a file)
                return handle.read(), time.time_ns()
        except (FileNotFoundError, NotADirectoryError):
            return None  # deleted since its folder was listed: treated as if it never existed
        except OSError as problem:
            message = f"读不出来：{problem.strerror}"
            self.findings.append(UNREADABLE.at(one.source_path, 0, message, "检查文件权限", site=self.site.id))
            return None

    def opened(self, one: _New, data: bytes, at: int) -> tuple[_File, Opened | Reading | None]:
        """What a new file holds, and of a new article what its row will be made of. at: when it was read."""
        relative, known, stat = one.relative, one.known, one.stat
        changed = stat.st_ctime_ns if at - stat.st_ctime_ns > _RACY_NS else 0
        self.result.racy |= not changed
        content = digest(data)
        if known and known.digest == content:
            return known._replace(size=stat.st_size, changed=changed), None
        if not one.article:
            findings = self.attachment(one.name, one.source_path)
            return _File(relative, stat.st_size, changed, content, None, findings), None
        return _File(relative, stat.st_size, changed, content, None, []), open_article(data, self.place(one))

    def parsed(self, one: _New, file: _File, opened: Opened | Reading | None) -> _File:
        """The file with its row and findings, without an inspector's. opened: None if there is nothing to add."""
        if opened is None:
            return file
        if isinstance(opened, Opened):
            known = one.known
            before = Reading(Article(*known.row), [], known.head) if known and known.row else None
            opened = validated(opened, self.column(one.folder), self.place(one), file.digest, before)
        row, problems, head = opened
        return file._replace(row=list(row) if row else None, findings=[d.as_json() for d in problems], head=head)

    def place(self, one: _New) -> Place:
        return Place(self.site.id, one.folder, one.name, one.source_path)

    def rows_of(self, folder: str, name: str, model: Model) -> None:
        """Add the rows of a ledger; unchanged ones are reused."""
        path = f"{folder}/{name}" if folder else name
        at = next((n for n, file in enumerate(self.files) if file.path == path), None)
        if at is None:
            return  # could not be read
        ledger, before = self.files[at], self.known.get(path)
        read = beside(self.root / "content" / self.site.id / folder)
        if before and before.digest == ledger.digest and before.head == _named(read, before.head):
            rows = [file for other, file in self.known.items() if other.startswith(f"{path}:")]
            if all(
                not file.digest or self.inspector is None or file.inspected == self.inspector.version for file in rows
            ):
                self.files[at] = before._replace(size=ledger.size, changed=ledger.changed)
                self.files += rows
                return
        self.changed = True
        self.edited = None
        forget()
        names: dict[str, None] = {}

        def read_named(file: str) -> bytes | None:
            names[file] = None
            return read(file)

        source_path = f"content/{self.site.id}/{path}"
        findings = []
        for source in sources((self.root / source_path).read_bytes(), name, model, read_named):
            mine = f"{path}:{source.key}" if source.key else path
            if source.fault is None and not source.data:
                self.files.append(_File(mine, 0, 0, "", None, []))  # as a draft
                continue
            if source.fault is None:
                self.files.append(self.row(folder, article_name(f"{name}:{source.key}"), mine, source.data))
                continue
            where, line, problem = f"content/{self.site.id}/{mine}", source.line, source.fault
            finding = model.rule.at(where, problem.line or line, problem.message, problem.hint, site=self.site.id)
            if source.key:
                self.files.append(_File(mine, 0, 0, "", None, [finding.as_json()]))
            else:
                findings.append(finding.as_json())
        self.files[at] = ledger._replace(findings=findings, head=_named(read, json.dumps(names)))

    def row(self, folder: str, name: str, path: str, data: bytes) -> _File:
        """Read and inspect a row as an article of that file name, if it is new."""
        known, content = self.known.get(path), digest(data)
        source_path = f"content/{self.site.id}/{path}"
        if known is None or known.digest != content:
            before = Reading(Article(*known.row), [], known.head) if known and known.row else None
            place = Place(self.site.id, folder, name, source_path)
            row, problems, head = read(data, self.column(folder), place, content, before)
            known = _File(path, 0, 0, content, list(row) if row else None, [d.as_json() for d in problems], head=head)
        if self.inspector and known.inspected != self.inspector.version:
            read_well = known.row is not None or known.findings
            found = self.inspector.article(source_path, data) if read_well else []
            known = _with_findings(known, self.inspector, found)
        return known

    def replies(self) -> set[str]:
        """Paths of the files that rows of ledgers name: parts of these rows, not articles."""
        return {
            f"{file.path.rpartition('/')[0]}/{name}".lstrip("/")
            for file in self.files
            if file.row is None and file.head and model_of(file.path)
            for name in json.loads(file.head)
        }

    def attachment(self, name: str, source_path: str) -> list[dict[str, Any]]:
        if model_of(name) or name.rpartition(".")[2].lower() in ATTACHMENT_TYPES:
            return []
        message, hint = _refused(name)
        return [TYPE.at(source_path, 0, message, hint, site=self.site.id).as_json()]

    def column(self, folder: str) -> str:
        if folder not in self.columns:
            self.columns[folder] = column_of(folder, self.site.columns)
        return self.columns[folder]

    def addresses(self, replies: set[str]) -> None:
        """Report files that share an address; the first by path keeps it. Collects drafts and attachments."""
        taken = dict.fromkeys(RESERVED_PATHS, _OURS)
        if self.site.indexnow_key:
            taken[f"{self.site.indexnow_key}.txt".casefold()] = _OURS
        rows: list[Article] = []
        for row in self.result.rows:
            clash = taken.setdefault(row.path.casefold(), row.source_path)
            other = taken.setdefault(f"id {row.id}", row.source_path)
            if clash == other == row.source_path:
                rows.append(row)
                continue
            first = clash if clash != row.source_path else other
            message = f"与 {first} 的网址或编号相同（{row.path}）"
            self.findings.append(ADDRESS.at(row.source_path, 1, message, "改其中一个的 slug 或 id", site=self.site.id))
        self.result.rows = rows
        for row in rows:
            if "poster" in row.extra:
                taken.setdefault(poster_of(row.path).casefold(), _OURS)
        self.aliases(rows)
        there = {file.path.casefold(): file.path for file in self.files}
        for file in self.files:
            if file.row is not None or file.findings or file.path in replies:
                continue
            if file.path.endswith((".md", ".markdown")) or ":" in file.path:
                self.result.drafts.append(f"content/{self.site.id}/{file.path}")
                continue
            if model_of(file.path) or file.path in INTERNAL_FILES:
                continue
            clash = taken.setdefault(file.path.casefold(), file.path)
            if file.path.rpartition("/")[2].casefold() in RESERVED_NAMES:
                clash = _OURS
            if clash != file.path:
                path = f"content/{self.site.id}/{file.path}"
                hint = "改其中一个的文件名（只差大小写的名字在有些系统上是同一个）"
                self.findings.append(ADDRESS.at(path, 0, f"与 {clash} 的网址相同", hint, site=self.site.id))
                continue
            if picture := there.get(variant_of(file.path).casefold()):
                path = f"content/{self.site.id}/{file.path}"
                message = f"与图片 {picture} 自动生成的缩小版同名，会得到同一个网址"
                self.findings.append(ADDRESS.at(path, 0, message, _RENAME, site=self.site.id))
                continue
            self.result.attachments.append(Attachment(file.path, file.size, file.digest))

    def aliases(self, rows: list[Article]) -> None:
        """Report old addresses of two articles; the first by path keeps it (jiyue.catalogue.summarize)."""
        taken: dict[str, str] = {}
        for row in rows:
            for alias in row.extra.get("aliases", ()):
                first = taken.setdefault(old_address(alias, self.site.url), row.source_path)
                if first != row.source_path:
                    message = f"旧网址 {alias[:80]} 在 {first} 里也写了，转到那一篇"
                    hint = "从不是原来那一篇的文章里删去这个旧网址"
                    self.findings.append(ALIAS.at(row.source_path, 1, message, hint, site=self.site.id))


_DIGEST = Article._fields.index("digest")


def _but_for_text(file: _File) -> str:
    """All that is known of an article but its size, stamp and digest; the order of what its text names counts, too."""
    row = file.row or []
    return repr((row[:_DIGEST], row[_DIGEST + 1 :], file.findings, file.inspected, file.content_findings))


def _named(read: Beside, head: str) -> str:
    """The files that a ledger names, with their present digests, as JSON; head: the same at the last scan."""
    if not head:
        return ""
    names: dict[str, object] = json.loads(head)
    return (
        json.dumps({name: digest(data) if (data := read(name)) is not None else "" for name in sorted(names)})
        if names
        else ""
    )


def _refused(name: str) -> tuple[str, str]:
    """Message and hint for a file that is neither article nor attachment."""
    stem, _, suffix = name.rpartition(".")
    kind = suffix.lower()
    if kind in _MARKDOWN:
        return f"「{name}」是文章，但扩展名不是小写的 .md", f"把文件名改成 {stem}.md"
    if kind in _WEB:
        return f"「{name}」是网页文件，不能直接发布", "把标题和正文写进一篇 .md 文章（网页由平台生成），删去这个文件"
    if not stem:
        return f"「{name}」没有扩展名", f"是文章就改成 {name}.md；是附件就补上扩展名，如 .pdf"
    hint = "允许的类型：" + "、".join(sorted(ATTACHMENT_TYPES)) + "；文章用 .md"
    return f"不允许的附件类型「{name}」", hint


def _walk(base: Path, refuse: Any, known: Container[str]) -> Iterator[tuple[str, str, str, os.stat_result]]:
    """(folder relative to the site's, path, file name, stat) of every file. Skips hidden files and editor backups.

    known: paths of the last scan, whose names are well.
    """
    stack = [("", str(base))]
    while stack:
        folder, path = stack.pop()
        try:
            entries = list(os.scandir(path))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as unread:
            refuse(folder, f"目录读不出来：{unread.strerror}", "检查目录权限")
            continue
        for entry in entries:
            name = entry.name
            relative = f"{folder}/{name}" if folder else name
            if _is_skipped(name):
                continue
            if entry.is_symlink():
                refuse(relative, "不允许符号链接", "把文件本身放到这里")
            elif entry.is_dir():
                if problem := _folder_problem(name, folder):
                    refuse(relative, *problem)
                else:
                    stack.append((relative, entry.path))
            elif relative not in known and (problem := _file_problem(name)):
                refuse(relative, *problem)
            elif stat := _stat(entry):
                yield folder, entry.path, name, stat


def place_problem(path: str) -> tuple[str, str] | None:
    """(message, hint) where the scan would not read a file at a path below its site's folder; None where it would."""
    *folders, name = path.split("/")
    for at, one in enumerate(folders):
        if problem := _folder_problem(one, "/".join(folders[:at])):
            return problem
    if any(map(_is_skipped, (*folders, name))):
        return f"「{name}」是隐藏文件或者编辑软件的备份，不会读到", "文件名用字母、数字、汉字开头"
    return _file_problem(name)


def _is_skipped(name: str) -> bool:
    return name.startswith((".", "~$")) or name.endswith("~") or name in ("Thumbs.db", "desktop.ini")


def _folder_problem(name: str, folder: str) -> tuple[str, str] | None:
    if not _FOLDER.fullmatch(name):
        return f"目录名「{name}」不合规范", "目录名只用字母、数字、汉字、横线和下划线"
    if not folder and name in RESERVED_FOLDERS:
        return f"目录名「{name}」由平台保留", "换一个栏目目录名"
    return None


def _file_problem(name: str) -> tuple[str, str] | None:
    if _FILE.fullmatch(name) and len(name.encode("utf-8", "surrogateescape")) <= 200 and not _surrogates(name):
        return None
    return "文件名含有控制字符、不允许的符号或太长", "文件名只用字母、数字、汉字、横线、下划线和点"


def _laid_over(
    there: Iterable[tuple[str, str, str, os.stat_result]], root: Path, site: str
) -> Iterator[tuple[str, str, str, os.stat_result]]:
    """The same of a site's files, those of the overlay among them."""
    base = f"content/{site}/"
    if (only := narrowed_to(site)) is not None:
        there = _files_at(root, base, only)
    for one in there:
        if f"{base}{one[0]}{'/' if one[0] else ''}{one[2]}" not in overlay():
            yield one
    for path, place in overlay().items():
        if path.startswith(base):
            folder, _, name = path.removeprefix(base).rpartition("/")
            yield folder, f"{place}/{path}", name, (place / path).stat()


def _files_at(root: Path, base: str, paths: Iterable[str]) -> Iterator[tuple[str, str, str, os.stat_result]]:
    """The same of single files, as far as they are there. paths: below the root."""
    for path in sorted(paths):
        folder, _, name = path.removeprefix(base).rpartition("/")
        with suppress(FileNotFoundError, NotADirectoryError):
            yield folder, f"{root}/{path}", name, (root / path).stat()


def _stat(entry: os.DirEntry[str]) -> os.stat_result | None:
    """The stat of a file; None for anything else, and for a file deleted since its folder was listed."""
    try:
        return entry.stat(follow_symlinks=False) if entry.is_file(follow_symlinks=False) else None
    except FileNotFoundError:
        return None


def _surrogates(name: str) -> bool:
    return not name.isascii() and any("\ud800" <= ch <= "\udfff" for ch in name)
