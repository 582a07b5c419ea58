"""Writes old texts as articles of a site: their files beside them, their links led on, and a record of each (moves)."""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from posixpath import relpath
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urljoin, urlsplit

from jiyue.base.diagnostics import Rule, Severity, error, warning
from jiyue.catalogue.migrated import digest_of, note_migrated
from jiyue.catalogue.scan import ATTACHMENT_TYPES
from jiyue.importers import dates, front, manifest
from jiyue.importers.article import DRAFT, EXPIRED, NO_SILENCE, Article, Note, NotImportedError, read_article
from jiyue.importers.bodies import fenced_lines
from jiyue.importers.moves import Link, Move, path_of, read_moves, write_moves
from jiyue.importers.relink import Target, relink
from jiyue.importers.report import Imported, ImportReport
from jiyue.registry.url_ledger import alias_problem

TAKEN = error("import-exists", "目标文件已存在且内容不同", "重复导入不能覆盖已经修改过的文章。")
CONVERTED = Rule("import-converted", Severity.INFO, "文字编码已转换", "平台上的文章一律使用 UTF-8。")
NO_FILE = warning(
    "import-file", "图片或附件没有找到", "旧稿件里的图片、附件不在导入的文件夹里，网页上只能留下链接或者文字。"
)
MARKUP = warning("import-markup", "旧系统的标签没有对应的写法", "照原样留作文字，读者会看到标签本身；改写或者删去。")
NO_COLUMN = error("import-column", "不知道放进哪个栏目", NO_SILENCE)

PICTURES = frozenset("jpg jpeg png gif webp avif".split())  # noqa: SIM905
_SUFFIX = re.compile(r"[a-z0-9]{1,5}")
_AT = re.compile(rb"^migrated:\n(?:  [^\n]*\n)*?  at: '?([0-9]{4}-[0-9 :-]+)'?\n", re.MULTILINE)
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|jsp|shtml)$", re.IGNORECASE)
_NOT_READ = re.compile(
    r"<!--.*?-->|<[^<>]*>|\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+[^()]*)?\)|^ {0,3}\[[^\]]+\]:.*$", re.M | re.S
)


@dataclass(frozen=True, slots=True)
class Old:
    """An old text. name: by which an import recognizes it again, a path; lines: see clean_lines; row: metadata, by column.

    stem, folders: the names of its file and of the folders above it; encoding: what it was in. addresses: the old ones, the
    main one first. column: in which it belongs, '' for that of the import. whole: lines are the body itself, without a page's
    clutter. page: a single page, which may have no date. visible: the old text as readers saw it, if lines are a conversion.
    find: the file in the source that a target in the text means, or None.
    """

    name: str
    lines: list[str]
    row: manifest.Row
    stem: str
    plain: bool
    folders: tuple[str, ...] = ()
    encoding: str = "utf-8"
    addresses: tuple[str, ...] = ()
    column: str = ""
    whole: bool = False
    page: bool = False
    visible: str | None = None
    find: Callable[[str], Path | None] = lambda _: None
    names: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    files: tuple[str, ...] = ()
    """Targets of attachments that the text itself does not link to."""
    sha256: str = ""
    fields: Mapping[str, str] | None = None
    """Its metadata, where lines have no front matter."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of the article's front matter."""


Reading = tuple[str, int, Callable[[], Old]]
"""Where an old text lies (path relative to the source, line), and what reads it, which may raise NotImportedError."""


class Place(NamedTuple):
    """Where articles go. column: '' if each text must name its own; columns: category of the old site -> column."""

    root: Path
    site: str
    column: str
    now: datetime
    columns: Mapping[str, str] = {}

    @property
    def batch(self) -> str:
        """The name of the list of what is imported."""
        return f"{self.site}.{(self.column or 'import').replace('/', '-')}"

    def folder(self, column: str) -> Path:
        """The folder of a column. Raises ValueError if site or column are not plain folder names."""
        return target_folder(self.root, self.site, column)


class _Ready(NamedTuple):
    shown: str
    line: int
    old: Old
    article: Article
    target: str
    """Relative to the cluster."""


def import_texts(
    readings: Iterable[Reading],
    place: Place,
    report: ImportReport,
    *,
    official: bool = False,
    others: Iterable[Move] = (),
) -> None:
    """Turn old texts into articles; what can't become one is reported, each by itself.

    An article's name consists of its date and a hash of the old text's name, so a second import recognizes existing ones: it
    skips equal files, brings what changed at the source, and never overwrites what was edited here. All are listed in
    sites/migrated/; dates and review of the old site count once an admin commits the list and its reviewers approve it.

    others: the record of what is no text.
    """
    if place.column:
        place.folder(place.column)
    record = path_of(place.root, place.batch)
    moves = {move.path: move for move in read_moves(record)}
    before = dict(moves)
    moves |= {move.path: move for move in others}
    ready = []
    tables: set[str] = set()
    for shown, line, reading in readings:
        if (
            line and shown not in tables
        ):  # a row that was refused is named after its line, which may be another's by now
            tables.add(shown)
            moves = {name: move for name, move in moves.items() if not _is_row(name, shown)}
        try:
            ready.append(_ready(shown, line, reading(), place, official=official))
        except NotImportedError as why:
            report.diagnostics.append(why.rule.at(shown, line or why.line, why.message, why.hint, site=place.site))
            status = "skipped" if why.rule in (DRAFT, EXPIRED) else "error"
            name = f"{shown}:{line}" if line else shown
            addresses = why.addresses if isinstance(why, _RefusedError) else ()
            moves[name] = Move(name, status=status, reason=why.message, addresses=addresses)  # type: ignore[arg-type]
    known = _Known(ready)
    listed: list[str] = []
    for one in ready:
        try:
            written = _Writer(one, place, known, before).write()
        except NotImportedError as why:
            report.diagnostics.append(why.rule.at(one.shown, one.line, why.message, why.hint, site=place.site))
            moves[one.old.name] = Move(one.old.name, addresses=one.old.addresses, status="error", reason=why.message)
            continue
        for move in written.moves:
            moves[move.path] = move
        listed += written.paths
        report.written.append(Imported(one.shown, one.target, one.article.title, one.article.date))
        report.fields.update(one.article.fields.keys() if official else ())
        if one.old.encoding != "utf-8":
            message = f"原文是 {one.old.encoding.upper()} 编码，已转换为 UTF-8"
            report.diagnostics.append(CONVERTED.at(one.shown, 0, message, "请抽查文章中有无乱码。", site=place.site))
        notes = (*one.article.notes, *one.old.notes, *written.notes)
        report.diagnostics += [n.rule.at(one.shown, one.line, n.message, n.hint, site=place.site) for n in notes]
    day = f"{_naive(place.now):%Y-%m-%d}"
    dated = [
        replace(move, at=move.at or (before[path].at if path in before else "") or day) for path, move in moves.items()
    ]
    write_moves(record, dated) if moves else None
    if listed:
        report.listed = note_migrated(place.root, place.batch, listed).relative_to(place.root).as_posix()


def _is_row(name: str, table: str) -> bool:
    return name.startswith(f"{table}:") and name.removeprefix(f"{table}:").isdecimal()


def _ready(shown: str, line: int, old: Old, place: Place, *, official: bool) -> _Ready:
    try:
        column = old.column or place.column
        if not column:
            hint = "在 --columns 的对照里写明各分类的栏目，或者用 --to 站点/栏目 给其余的一个去处"
            raise NotImportedError(NO_COLUMN, "没有给出栏目", hint)
        article = read_article(
            old.lines, old.row, old.stem, plain=old.plain, now=_naive(place.now), folders=old.folders,
            official=official, whole=old.whole, page=old.page, given=old.fields,
        )  # fmt: skip
    except NotImportedError as why:
        raise _RefusedError(why, old.addresses) from None
    day = f"{article.date:%Y%m%d}-" if article.date else ""
    target = place.folder(column) / f"{day}{key_of(old.name)}.md"
    return _Ready(shown, line, old, article, target.relative_to(place.root.resolve()).as_posix())


class _RefusedError(NotImportedError):
    def __init__(self, why: NotImportedError, addresses: tuple[str, ...]) -> None:
        super().__init__(why.rule, why.message, why.hint, why.line)
        self.addresses = addresses


def _naive(now: datetime) -> datetime:
    return now.astimezone(dates.SHANGHAI).replace(tzinfo=None) if now.tzinfo else now


def key_of(name: str) -> str:
    """A short name for an old text's name, which its article and the files beside it begin with."""
    name = unicodedata.normalize("NFC", name)
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:8]


class _Known:
    """Which article has an old address, or an old text's name."""

    def __init__(self, ready: Sequence[_Ready]) -> None:
        self.hosts = {urlsplit(a).hostname for one in ready for a in one.old.addresses} - {None}
        self.targets: dict[str, str] = {}
        self.paths: dict[str, str] = {}
        for one in ready:
            for address in one.old.addresses:
                self.targets.setdefault(self.key(address), one.target)
            for name in (one.old.name, *one.old.names):
                self.targets.setdefault(f"name:{name}", one.target)
            self.paths.setdefault(one.target, one.old.name)

    def key(self, address: str) -> str:
        """An address as it is compared: host only if it is a foreign one, decoded, without the name of an index page."""
        parts = urlsplit(address)
        path = _INDEX.sub("/", unquote(parts.path) or "/")
        host = "" if not parts.hostname or parts.hostname in self.hosts else f"//{parts.hostname}"
        return host + path.rstrip("/") + (f"?{parts.query}" if parts.query else "")


class _Written(NamedTuple):
    moves: list[Move]
    paths: list[str]
    notes: list[Note]


class _Writer:
    """Writes one article with its files."""

    def __init__(self, one: _Ready, place: Place, known: _Known, before: Mapping[str, Move]) -> None:
        self.one, self.place, self.known, self.before = one, place, known, before
        self.old = one.old
        self.base = one.old.addresses[0] if one.old.addresses else ""
        self.files: dict[Path, str] = {}
        self.links: dict[str, Link] = {}
        self.missing: list[str] = []

    def write(self) -> _Written:
        body = relink(self.one.article.body, self.resolve)
        more = [target for target in self.old.files if (found := self.resolve(target, False)) and found.to]
        if more:
            named = "\n".join(f"- [{_file_name(target)}]({self.resolve(target, False).to})" for target in more)  # type: ignore[union-attr]
            body = f"{body}\n\n{named}"
        path = self.place.root / self.one.target
        data = self.text(body, path)
        changed = self.check(path, data)
        paths = [self.one.target]
        moves = []
        for source, name in self.files.items():
            copy = path.with_name(name)
            bytes_ = source.read_bytes()
            if not copy.is_file() or copy.read_bytes() != bytes_:
                _put(copy, bytes_)
            paths.append(f"{self.one.target.rpartition('/')[0]}/{name}")
            moves.append(self.file_move(source, paths[-1], bytes_))
        if changed:
            _put(path, data)
        pictures = sum(name.rpartition(".")[2] in PICTURES for name in self.files.values())
        share, count = self.share(body)
        move = Move(
            self.old.name, addresses=self.old.addresses, article=self.one.target, title=self.one.article.title,
            date=_shown_date(self.one.article.date), encoding=self.old.encoding, share=share, characters=count,
            sha256=self.old.sha256 or digest_of("\n".join(self.old.lines).encode("utf-8", "surrogatepass")),
            article_sha256=digest_of(data), pictures=pictures, attachments=len(self.files) - pictures,
            missing=tuple(self.missing), links=tuple(self.links.values()),
        )  # fmt: skip
        hint = "把文件放进来源文件夹再导入一次；确实没有了的，删去文中的链接或者写明"
        notes = [Note(NO_FILE, f"没有找到 {unquote(name)[:80]}", hint) for name in self.missing]
        return _Written([move, *moves], paths, notes)

    def text(self, body: str, path: Path) -> bytes:
        """The file's bytes. What was imported before keeps its time."""
        article = self.one.article
        when = _imported_at(path, _naive(self.place.now))
        aliases = [one for one in self.old.addresses if not alias_problem(one)]
        more: dict[str, Any] = {
            **({"kind": "page"} if self.old.page and not article.date else {}),
            **self.old.more,
            **article.fields,
        }
        more |= {"aliases": [_decoded(one) for one in aliases]} if aliases else {}
        migrated = {"from": self.base or self.old.name, "at": when}
        head = front.dump(
            article.title, article.date, article.source, article.doc_number, article.expires, more, migrated
        )
        return f"{head}\n{body}\n".encode()

    def check(self, path: Path, data: bytes) -> bool:
        """Whether the article has to be written. Raises NotImportedError if someone edited it."""
        if not path.exists() and not path.is_symlink():
            return True
        found = path.read_bytes() if path.is_file() and not path.is_symlink() else None
        if found == data:
            return False
        was = self.before.get(self.old.name)
        if found is None or was is None or was.article != self.one.target or digest_of(found) != was.article_sha256:
            hint = "如果要用来源中的内容，请先删除或改名这个文件，再重新导入。"
            raise NotImportedError(TAKEN, f"{path.name} 已经存在，内容不同，没有覆盖", hint)
        return True

    def resolve(self, target: str, picture: bool) -> Target | None:  # noqa: PLR0911  (one return for each kind of target)
        """What a link or picture becomes, noted for the record."""
        target = target.strip()
        if not target or target.startswith("#"):
            return None
        if target.startswith("name:"):
            article = self.known.targets.get(target, "")
            self.note(target, "article" if article else "nowhere", self.known.paths.get(article, ""))
            return Target(self.beside(article) if article else "")
        absolute = urljoin(self.base, target) if self.base else target
        scheme = urlsplit(target).scheme
        if scheme and scheme not in ("http", "https"):
            return None
        fragment = f"#{urlsplit(target).fragment}" if urlsplit(target).fragment else ""
        if not picture and (article := self.article(target, absolute)):
            self.note(absolute, "article", self.known.paths[article])
            return Target(self.beside(article) + fragment)
        if (path := self.old.find(target)) and (name := self.copy(path)):
            self.note(absolute, "file", path.name)
            return Target(name, shown=name.rpartition(".")[2] in PICTURES)
        host = urlsplit(absolute).hostname
        if host and host not in self.known.hosts:
            self.note(absolute, "outside")
            return Target(absolute) if picture else None
        if scheme or target.startswith("//"):
            self.note(absolute, "nowhere")
            return Target(absolute) if picture else None
        if picture or urlsplit(target).path.rpartition(".")[2].lower() in ATTACHMENT_TYPES:
            self.missing.append(absolute) if absolute not in self.missing else None
        self.note(absolute, "nowhere")
        return Target(absolute if host else "")

    def beside(self, article: str) -> str:
        """Another article as this one links to it."""
        return _quoted(relpath(article, self.one.target.rpartition("/")[0]))

    def article(self, target: str, absolute: str) -> str:
        """The path of the article that a link means, ''."""
        parts = urlsplit(target)
        if self.base and (found := self.known.targets.get(self.known.key(absolute))):
            return found
        if parts.scheme or parts.netloc:
            return ""
        if not self.base and (found := self.known.targets.get(self.known.key(target))) and target.startswith("/"):
            return found
        beside = relpath(f"/{self.old.name}/../{unquote(parts.path)}", "/") if parts.path else ""
        return self.known.targets.get(f"name:{beside}", "")

    def copy(self, path: Path) -> str:
        if path not in self.files:
            suffix = path.suffix.lower().lstrip(".")
            suffix = "jpg" if suffix == "jpeg" else suffix
            if (suffix not in ATTACHMENT_TYPES and suffix not in PICTURES) or not _SUFFIX.fullmatch(suffix):
                return ""
            self.files[path] = f"{key_of(self.old.name)}-{len(self.files) + 1}.{suffix}"
        return self.files[path]

    def note(self, address: str, leads: Any, to: str = "") -> None:
        self.links.setdefault(address, Link(address, leads, to))

    def file_move(self, source: Path, copy: str, data: bytes) -> Move:
        address = next((a for a, link in self.links.items() if link.leads == "file" and link.to == source.name), "")
        return Move(
            f"{self.old.name}#{source.name}", kind="file", addresses=(address,) if address else (),
            article=self.one.target, copy=copy, sha256=digest_of(data),
        )  # fmt: skip

    def share(self, body: str) -> tuple[float, int]:
        """(the share of the old text's letters and digits that the article has, how many there are)."""
        had = Counter(readable(self.old.visible)) if self.old.visible is not None else Counter(readable(self.source()))
        has = Counter(readable(body)) + Counter(readable(self.one.article.title))
        total = had.total()
        return (round(sum((had & has).values()) / total, 4) if total else 1.0), total

    def source(self) -> str:
        if self.old.plain:
            return html.escape("\n".join(self.old.lines), quote=False)
        taken = front.split(self.old.lines)[1]
        return "\n".join(self.old.lines[taken:])


def readable(markdown: str) -> str:
    """The letters and digits of a Markdown text, without comments, tags and the targets of links; all of what is code."""
    lines = markdown.split("\n")
    if fenced := fenced_lines(lines):
        markdown = "\n".join(html.escape(line) if at in fenced else line for at, line in enumerate(lines))
    markdown = _CODE.sub(lambda code: html.escape(code[0]), markdown)
    return "".join(c for c in html.unescape(_NOT_READ.sub("", markdown)) if c.isalnum())


def _shown_date(date: datetime | None) -> str:
    return (
        "" if date is None else f"{date:%Y-%m-%d}" if (date.hour, date.minute) == (0, 0) else f"{date:%Y-%m-%d %H:%M}"
    )


def _file_name(target: str) -> str:
    return PurePosixPath(unquote(urlsplit(target).path)).name.replace("[", r"\[").replace("]", r"\]")


def _quoted(path: str) -> str:
    return quote(path, safe="/.-_~()")


def _decoded(address: str) -> str:
    """An address as officers read it, if that is the same one."""
    try:
        plain = unquote(address, errors="strict")
    except UnicodeDecodeError:
        return address
    return plain if quote(plain, safe="/:?&=%#+,;@!$'()*~") == address and plain.isprintable() else address


def _imported_at(path: Path, now: datetime) -> str:
    """When an article was imported: what was imported before keeps its time."""
    at = _AT.search(path.read_bytes()) if path.is_file() and not path.is_symlink() else None
    return at[1].decode() if at else f"{now:%Y-%m-%d %H:%M}"


def write_article(article: Article, folder: Path, name: str, now: datetime, files: Mapping[str, bytes] = {}) -> Path:
    """Write a new article and the files beside it; name: that of its file elsewhere, from which the article's follows. now: in
    Beijing, naive.

    Raises NotImportedError if one of them is there with other contents.
    """
    day = f"{article.date:%Y%m%d}-" if article.date else ""
    path = folder / f"{day}{key_of(name)}.md"
    head = front.dump(
        article.title, article.date, article.source, article.doc_number, article.expires, article.fields,
        {"from": name, "at": _imported_at(path, now)},
    )  # fmt: skip
    data = f"{head}\n{article.body}\n".encode()
    for one, content in [*((folder / one, content) for one, content in files.items()), (path, data)]:
        if not one.exists() and not one.is_symlink():
            _put(one, content)
        elif not one.is_file() or one.read_bytes() != content:
            hint = "如果要用来源中的内容，请先删除或改名这个文件，再重新导入。"
            raise NotImportedError(TAKEN, f"{one.name} 已经存在，内容不同，没有覆盖", hint)
    return path


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.part")  # hidden, so that an interrupted import leaves no partial article
    half.write_bytes(data)
    half.replace(path)


def target_folder(root: Path, site: str, column: str) -> Path:
    """The folder of a column. Raises ValueError if site or column are not plain folder names."""
    parts = [site, *column.split("/")]
    if any(not part or part[0] == "." or part != part.strip() or "\\" in part or "\0" in part for part in parts):
        raise ValueError(f"站点“{site}”或栏目“{column}”不是 content/ 下的文件夹名")
    if "/" in site:
        raise ValueError(f"站点“{site}”不是文件夹名")
    content = root.resolve() / "content"
    folder = content.joinpath(*parts)
    if not folder.resolve().is_relative_to(content.resolve()):
        raise ValueError(f"栏目“{column}”指向 content/ 以外的地方")
    return folder
