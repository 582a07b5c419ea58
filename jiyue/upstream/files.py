"""Pictures and attachments of a synced article: fetched beside it within limits. What can't be fetched stays a link."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from jiyue.catalogue.scan import ATTACHMENT_TYPES
from jiyue.upstream.fetch import Fetcher, FetchError

if TYPE_CHECKING:
    from jiyue.importers.html import Reference

_PICTURES = (
    (re.compile(rb"\xff\xd8\xff"), "jpg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "png"),
    (re.compile(rb"GIF8[79]a"), "gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "webp"),
    (re.compile(rb"....ftypavif", re.DOTALL), "avif"),
)
_SAME = {"jpeg": "jpg"}
_PAGE = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|\?xml)", re.IGNORECASE)


class Fetched(NamedTuple):
    """files: name -> bytes; names: address -> name; left: (address, why it stays a link)."""

    files: dict[str, bytes]
    names: dict[str, str]
    left: list[tuple[str, str]]


def fetch_files(references: Sequence[Reference], stem: str, fetcher: Fetcher, most: int, count: int) -> Fetched:
    """Fetch what a text names. stem: the article's file name; most: bytes a file; count: of files at most."""
    files: dict[str, bytes] = {}
    names: dict[str, str] = {}
    left: list[tuple[str, str]] = []
    for number, reference in enumerate(references, 1):
        if number > count:
            left.append((reference.url, f"超过一篇 {count} 个的限度"))
            continue
        try:
            data = fetcher.get(reference.url, most).body
        except FetchError as problem:
            left.append((reference.url, problem.message))
            continue
        suffix = _suffix(reference, data)
        if not suffix:
            left.append((reference.url, "取到的不是图片" if reference.picture else "取到的不是这种文件"))
            continue
        name = f"{stem}-{number}.{suffix}"
        files[name], names[reference.url] = data, name
    return Fetched(files, names, left)


def present_files(references: Sequence[Reference], article: Path) -> dict[str, str]:
    """Address -> name of those that an earlier fetch put beside an article."""
    beside = {path.stem: path.name for path in files_of(article)}
    named = ((one.url, beside.get(f"{article.stem}-{number}")) for number, one in enumerate(references, 1))
    return {url: name for url, name in named if name}


def files_of(article: Path) -> Iterator[Path]:
    """The files that fetch_files named after an article."""
    pattern = re.compile(re.escape(article.stem) + r"-\d+\.\w+")
    if article.parent.is_dir():
        yield from (
            path for path in sorted(article.parent.iterdir()) if pattern.fullmatch(path.name) and path.is_file()
        )


def _suffix(reference: Reference, data: bytes) -> str:
    """The suffix under which a file is stored, '' if it is not what its address promises."""
    given = PurePosixPath(unquote(urlsplit(reference.url).path)).suffix.lower().lstrip(".")
    if reference.picture:
        return next((suffix for begins, suffix in _PICTURES if begins.match(data)), "")
    if given not in ATTACHMENT_TYPES or not data:
        return ""
    return "" if _PAGE.match(data) and given not in ("txt", "csv") else _SAME.get(given, given)
