"""Pictures and attachments of a synced article: fetched beside it within limits. What can't be fetched stays a link."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from jiyue.importers.suffixes import stored_suffix
from jiyue.upstream.fetch import Fetcher, FetchError

if TYPE_CHECKING:
    from jiyue.importers.html import Reference


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
    return stored_suffix(data[:512], given, picture=reference.picture)
