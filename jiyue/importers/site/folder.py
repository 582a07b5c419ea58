"""The files of a mirrored folder, and the addresses that they had on the old site.

Understood are a tree by wget (`show.asp?id=5`, `show.asp@id=5` of --restrict-file-names=windows, `.html` added by -E, a folder
for each host), one by httrack (hts-cache/new.txt says which file was which address), and a server's document root.
Symbolic links are not followed and nothing outside the folder is ever read.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes, urlsplit

PAGES = frozenset(
    "html htm shtml shtm xhtml mht asp aspx ashx jsp jspx jhtml php php3 phtml do action cgi pl dhtml stm cfm nsf".split()  # noqa: SIM905
)
"""Suffixes of pages, and of programs whose answers a mirror holds."""
DRESS = frozenset("css js map ico swf cur ttf woff woff2 eot less scss htc".split())  # noqa: SIM905
"""Suffixes of what only dresses pages."""
INDEX_NAMES = frozenset(
    f"{name}.{suffix}" for name in ("index", "default", "main", "home") for suffix in ("html", "htm", "shtml", "asp", "aspx", "php", "jsp")
)  # fmt: skip
"""Files that answer for their folder's address."""
_INDEX_ORDER = sorted(INDEX_NAMES, key=lambda name: (not name.startswith("index"), name))

_TOOLS = frozenset("hts-cache hts-log.txt hts-stop.lock hts-in_progress.lock hts-err.txt backblue.gif fade.gif".split())  # noqa: SIM905
"""What httrack leaves beside a site."""
_HOST = re.compile(
    r"(?!.*\.(?:html?|shtml|aspx?|jsp|php|do|css|js|gif|jpe?g|png|docx?|xlsx?|pdf|zip|txt|xml|git|d)$)"
    r"((?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}|\d{1,3}(?:\.\d{1,3}){3}|localhost)(?:[:+@_](\d{2,5}))?",
    re.IGNORECASE,
)
_QUERY = re.compile(r"([^?]*)\?(.*)|(.+\.(?:" + "|".join(sorted(PAGES)) + r"))@(.+)", re.DOTALL | re.IGNORECASE)
_ADDED = re.compile(r"\.html$")
_SAFE = "!$&'()*+,;=:@~-._"
_HEX = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LONGEST_CACHE = 256 << 20


class Entry(NamedTuple):
    """A file. path: below the imported folder with `/`, printable; file: the same as the system knows it.

    kind: `page`, `file`, or `''` for what can't be read, and then why is its reason. addresses: see Move; key: the main
    one in the form in which addresses are compared.
    """

    path: str
    file: str
    size: int
    kind: str
    reason: str
    addresses: tuple[str, ...]
    suffix: str


class Folder:
    """A mirrored folder. entries: sorted by path; hosts: of the old site, the main one first, () if none is known.

    prefixes: of each top folder that is a host's, the host.
    """

    def __init__(self, root: Path, hosts: Iterable[str] = ()) -> None:
        self.root = root.resolve()
        given = [_origin(host) for host in hosts]
        self.scheme, self.hosts = "http", tuple(host for _, host in given)
        if given:
            self.scheme = given[0][0]
        names = sorted(entry.name for entry in os.scandir(self.root) if entry.is_dir(follow_symlinks=False))
        self.prefixes = {name: host for name in names if (host := _as_host(name))}
        if self.hosts and self.prefixes:
            kept = {name: host for name, host in self.prefixes.items() if host in self.hosts}
            self.prefixes, self.foreign = kept, frozenset(self.prefixes) - frozenset(kept)
        else:
            self.foreign = frozenset[str]()
        if not self.hosts:
            own = _as_host(self.root.name)
            self.hosts = tuple(dict.fromkeys(self.prefixes.values())) or ((own,) if own else ())
        self.cached = dict(_httrack(self.root, [*self.prefixes, *self.foreign]))
        self.entries = sorted(self._walk(), key=lambda one: one.path)
        self.by_path = {one.path: at for at, one in enumerate(self.entries)}
        self.by_lower: dict[str, int] = {}
        self.by_address: dict[str, int] = {}
        for at, one in enumerate(self.entries):
            self.by_lower.setdefault(one.path.lower(), at)
            for address in one.addresses:
                self.by_address.setdefault(comparable(address), at)

    def _walk(self) -> Iterator[Entry]:
        seen: set[str] = set()
        for top, folders, names in os.walk(self.root):
            here = os.path.relpath(top, self.root)
            here = "" if here == "." else here + "/"
            links = [name for name in folders if os.path.islink(os.path.join(top, name))]  # noqa: PTH118, PTH114
            folders[:] = sorted(
                name
                for name in folders
                if name[0] != "." and name not in links and (here or not (name in _TOOLS or name in self.foreign))
            )
            for name in sorted([*names, *links]):
                if name[0] == "." or (not here and name in _TOOLS):
                    continue
                file = here + name
                path = shown(file)
                if path in seen:
                    path = quote(os.fsencode(file), safe="/")
                seen.add(path)
                yield self._entry(path, file)

    def _entry(self, path: str, file: str) -> Entry:
        try:
            found = (self.root / file).lstat()
        except (OSError, ValueError) as problem:
            return Entry(path, file, 0, "", f"系统不允许读取：{getattr(problem, 'strerror', problem)}", (), "")
        base, _query = split_query(file.rpartition("/")[2])
        suffix = base.rpartition(".")[2].lower() if "." in base else ""
        addresses = self.addresses(file)
        if stat.S_ISLNK(found.st_mode):
            return Entry(path, file, 0, "", "符号链接，没有跟随", addresses, suffix)
        if not stat.S_ISREG(found.st_mode):
            return Entry(path, file, 0, "", "不是普通文件", addresses, suffix)
        kind = "page" if suffix in PAGES or (not suffix and _begins_as_page(self.root / file)) else "file"
        return Entry(path, file, found.st_size, kind, "", addresses, suffix)

    def addresses(self, file: str) -> tuple[str, ...]:
        """The addresses of a file on the old site, the main one first."""
        cached = self.cached.get(file)
        if cached:
            return (cached if "://" in cached else f"{self.scheme}://{cached}",)
        first, _, rest = file.partition("/")
        host, below = (self.prefixes[first], rest) if first in self.prefixes else (next(iter(self.hosts), ""), file)
        start = f"{self.scheme}://{host}" if host else ""
        folder, _, name = below.rpartition("/")
        folder = "/" + "".join(quoted(part) + "/" for part in folder.split("/") if part)
        found = []
        for base, query in _spellings(name):
            tail = "?" + quoted(query, _SAFE + "/?%[]") if query else ""
            if base.lower() in INDEX_NAMES and (query or base.lower() == "index.html"):
                found.append(f"{start}{folder}{tail}")  # so wget calls what has no name
            found.append(f"{start}{folder}{quoted(base)}{tail}")
            if base.lower() in INDEX_NAMES and not query:
                found.append(f"{start}{folder}")
        return tuple(dict.fromkeys(found))

    def at_path(self, path: str) -> int | None:
        """The file of a path below the folder, whatever the case of its letters; that of a folder is its index page."""
        if path in self.by_path:
            return self.by_path[path]
        if (at := self.by_lower.get(path.lower())) is not None:
            return at
        inside = (path.rstrip("/") + "/" if path else "").lower()
        return next((at for name in _INDEX_ORDER if (at := self.by_lower.get(inside + name)) is not None), None)

    def at_address(self, address: str) -> int | None:
        """The file that had an absolute address, or one from the root."""
        key = comparable(address)
        host, slash, rest = key.partition("/")
        at = self.by_address.get(key)
        return self.by_address.get(self._known(host) + slash + rest) if at is None else at

    def is_own(self, address: str) -> bool:
        """Whether an absolute address is one of the old site."""
        return not address.startswith("http") or self._known(comparable(address).partition("/")[0]) in self.hosts

    def _known(self, host: str) -> str:
        """The host under which the files of one are known: with www. or without is the same, and further ones have the main's."""
        folders = self.prefixes.values() if self.prefixes else self.hosts[:1]
        other = host.removeprefix("www.") if host.startswith("www.") else f"www.{host}"
        return next((one for one in (host, other) if one in folders), self.hosts[0] if host in self.hosts else host)


def shown(file: str) -> str:
    """A printable form of a path: names on disk are in UTF-8 or, copied from a Windows server, in GBK."""
    try:
        file.encode("utf-8")
        text = unicodedata.normalize("NFC", file)
    except UnicodeEncodeError:
        data = os.fsencode(file)
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError:
            text = quote(data, safe="/")
    return (
        "".join(quote(c) if c < " " or c in "\x7f\u2028\u2029" else c for c in text) if not text.isprintable() else text
    )


def split_query(name: str) -> tuple[str, str]:
    """(name, query) of a mirrored file: show.asp?id=5.html and show.asp@id=5 are both show.asp, id=5."""
    return _spellings(name)[0]


def comparable(address: str) -> str:
    """The form in which addresses are compared: host, path and query, decoded, in lower case (IIS knows no case)."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    path = unquoted(parts.path) or "/"
    query = "?" + unquoted(parts.query.replace("+", "%20")) if parts.query else ""
    return f"{parts.netloc.rpartition('@')[2].removesuffix(':80')}{path}{query}".lower()


def unquoted(text: str) -> str:
    """Percent-encoded text, whose bytes are UTF-8 or GBK."""
    if "%" not in text:
        return text
    data = unquote_to_bytes(text)
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return text


def quoted(text: str, safe: str = _SAFE + "%") -> str:
    """A part of an address, percent-encoded; what is encoded already stays."""
    return quote(os.fsencode(_HEX.sub("%25", text)), safe=safe)


def _spellings(name: str) -> list[tuple[str, str]]:
    """(name, query) as it most likely was, then as it may have been: wget -E adds .html to what has another suffix."""
    match = _QUERY.fullmatch(name)
    base, query = (match[1] or match[3] or "", match[2] or match[4] or "") if match else (name, "")
    if match and not base:
        base = "index.html"
    given = [(base, query)]
    if query and _ADDED.search(query):
        given.insert(0, (base, _ADDED.sub("", query)))
    elif (
        not query
        and (bare := _ADDED.sub("", base)) != base
        and bare.rpartition(".")[2].lower() in PAGES
        and "." in bare
    ):
        given.insert(0, (bare, ""))
    return given


def _as_host(name: str) -> str:
    match = _HOST.fullmatch(name)
    return (match[1] + (f":{match[2]}" if match[2] and match[2] != "80" else "")).lower() if match else ""


def _origin(host: str) -> tuple[str, str]:
    scheme, mark, rest = host.partition("://")
    return (scheme, rest.rstrip("/").lower()) if mark else ("http", host.rstrip("/").lower())


def _begins_as_page(path: Path) -> bool:
    try:
        with path.open("rb") as handle:
            head = handle.read(512)
    except OSError:
        return False
    return bool(re.match(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|!--|body|\?xml)", head, re.IGNORECASE))


def _httrack(root: Path, tops: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(file below the folder, address) of httrack's list. Its columns are separated by tabs: …, address, local file, from."""
    path = root / "hts-cache" / "new.txt"
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _LONGEST_CACHE:
        return
    starts = tuple(f"{top}/" for top in tops)
    with path.open("rb") as handle:
        for line in handle:
            cells = os.fsdecode(line.rstrip(b"\r\n")).split("\t")
            if len(cells) < 9 or not cells[3].startswith("200"):
                continue
            address, local = cells[7].strip(), cells[8].strip().replace("\\", "/")
            at = next((local.find(start) for start in starts if start in local), -1)
            if at >= 0 and "." in address and not re.search(r"[\s<>\"]", address):
                yield local[at:], quoted(address, _SAFE + "/?%[]#")
